"""Speed, alone and together, and what the screen costs."""
