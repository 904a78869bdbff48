"""What a socket may ask besides commands: one module a subject."""
