"""The catalogue: which models exist."""
