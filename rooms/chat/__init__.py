"""Messages of a room."""
