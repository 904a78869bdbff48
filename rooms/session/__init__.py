"""Listening together at a set time: announced, begun and ended by the hub itself."""
