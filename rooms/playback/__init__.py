"""The shared transport: one timeline for everybody in a room."""
