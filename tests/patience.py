"""How long a test waits, in seconds, for what must come: a guard against hanging, never a measure of speed."""

PATIENCE = 20
