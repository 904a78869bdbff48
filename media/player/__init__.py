"""Chunks of a track, at the pace of the listener who pulls them."""
