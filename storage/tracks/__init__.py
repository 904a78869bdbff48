"""Rows of tracks."""
