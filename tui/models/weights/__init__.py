"""Weights files on this disk, and what is known of their content."""
