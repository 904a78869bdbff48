"""Tracks that listeners pull over a socket, chunk by chunk."""
