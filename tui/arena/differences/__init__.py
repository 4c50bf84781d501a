"""What only one of two answers states."""
