"""The screen that is shown while weights are fetched."""
