"""/api/v1/queue, /api/playqueue, /api/v1/co-listening."""
