"""Presence over REST."""
