"""What a real node answers to hostile clients; the numbers are those of the threat list."""
