"""/api/v1/albums, /api/v1/artists."""
