"""Who comes in, what he is told first, and how he leaves."""
