"""The main screen: two panes and a prompt."""
