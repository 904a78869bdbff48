"""/api/v1/chat, /api/v1/conversations: the same as by socket."""
