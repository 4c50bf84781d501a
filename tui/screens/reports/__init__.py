"""Screens that show what was measured or counted."""
