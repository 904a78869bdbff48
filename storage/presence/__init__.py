"""Who is where, and what he shows of himself."""
