"""Sign-ins that end while their sockets are open (P14)."""
