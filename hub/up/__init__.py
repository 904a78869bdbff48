"""`veza up`: private servers, web nodes and workers as one command."""
