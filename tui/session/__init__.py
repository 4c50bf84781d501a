"""A comparison without a screen: two models, one prompt at a time, everything recorded."""
