"""Statistics on answers and quants."""
