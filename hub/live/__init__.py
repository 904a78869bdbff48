"""Broadcasts as the hub sees them: their doors, their audience, what rooms are told."""
