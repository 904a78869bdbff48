"""Background jobs: PostgreSQL is the queue, pgqueuer its SQL."""
