"""The Textual app: screens in their order, themes, the clipboard, and the command palette."""
