"""PostgreSQL, Redis, object store: everything outside the process."""
