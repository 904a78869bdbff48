"""/api/v1/tracks and what is below it, but not uploads."""
