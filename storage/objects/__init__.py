"""The object store: bytes under a key."""
