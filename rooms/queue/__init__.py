"""The collaborative queue."""
