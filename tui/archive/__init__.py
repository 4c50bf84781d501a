"""Everything said is kept."""
