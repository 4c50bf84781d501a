"""What was said in one pane."""
