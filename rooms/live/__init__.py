"""Broadcasts of a room."""
