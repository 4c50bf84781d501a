"""Tables and charts that screens and commands share."""
