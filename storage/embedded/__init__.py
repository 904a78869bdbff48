"""Private PostgreSQL and Redis from wheels: nothing to install, nothing shared with the machine.

`postgres` and `redis` say how their server is started (a `Launch`), `launch` starts one. Who keeps
them running (hub/supervisor, tests/conftest.py) is not known here.
"""

from storage.embedded.launch import Launch, free_port, start, stop, wait_until
from storage.embedded.postgres import (
    ClusterFailed,
    initialise_postgres,
    postgres_answers,
    postgres_launch,
    postgres_url,
)
from storage.embedded.redis import redis_answers, redis_launch, redis_url

__all__ = [
    "ClusterFailed",
    "Launch",
    "free_port",
    "initialise_postgres",
    "postgres_answers",
    "postgres_launch",
    "postgres_url",
    "redis_answers",
    "redis_launch",
    "redis_url",
    "start",
    "stop",
    "wait_until",
]
