"""/api/v1/live."""
