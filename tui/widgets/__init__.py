"""The pieces of a screen."""
