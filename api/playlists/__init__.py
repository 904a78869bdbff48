"""/api/v1/playlists."""
