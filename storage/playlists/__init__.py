"""Rows of playlists."""
