"""The menu, in which two models are chosen."""
