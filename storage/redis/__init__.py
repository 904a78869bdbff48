"""Redis as one server, behind sentinels, or as a cluster: one address, one client, one grouping."""

from storage.redis.client import FAILURES, RedisClient, open_client, per_server
from storage.redis.target import FORMS, Address, BadTarget, Target, Tls, parse_target

__all__ = [
    "FAILURES",
    "FORMS",
    "Address",
    "BadTarget",
    "RedisClient",
    "Target",
    "Tls",
    "open_client",
    "parse_target",
    "per_server",
]
