"""The domain: values and pure functions, standard library only."""
