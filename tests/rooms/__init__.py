"""Rules of a room, called directly: no socket, no database, no clock."""
