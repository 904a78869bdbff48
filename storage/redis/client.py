"""The client that asks: one server, the master that sentinels name, or a cluster."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisClusterException, RedisError

from storage.redis.target import Target, Tls, parse_target

RedisClient: TypeAlias = Redis | RedisCluster
"""Answers are bytes: decode where text is meant. A command's keys are all in one slot."""

FAILURES = (RedisError, RedisClusterException, OSError, TimeoutError)
"""What a command raises when Redis is away, slow, or says no."""

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 0.75
"""Less than presence waits, so that a server that stalls is noticed and its successor asked for."""
SENTINEL_TIMEOUT_S = 0.5
"""A sentinel that is dead must not keep us from the next one."""


@asynccontextmanager
async def open_client(url: str) -> AsyncIterator[RedisClient]:
    """A client with a bound on every wait; a command that fails is tried twice more within 1 s.

    Nothing is connected before the first command. Behind sentinels, a connection that is lost is
    made again to whom they call the master then; in a cluster, the slots are asked for again.

    Raises:
        BadTarget: `url` cannot be meant.
    """
    target = parse_target(url)
    if target.kind == "sentinel":
        async with _open_sentinels(target) as master:
            yield master
        return
    client: RedisClient
    client = _cluster(target) if target.kind == "cluster" else _standalone(target)
    try:
        yield client
    finally:
        await client.aclose()


def per_server(client: RedisClient, keys: Iterable[str]) -> list[list[str]]:
    """The keys in groups that one server each holds, so that a dead one fails its own alone."""
    if not isinstance(client, RedisCluster):
        together = list(keys)
        return [together] if together else []
    groups: dict[object, list[str]] = {}
    for key in keys:
        try:
            node: object = client.get_node_from_key(key)
        except RedisClusterException:  # before the first answer, or a slot that nobody holds
            node = None
        groups.setdefault(node, []).append(key)
    return list(groups.values())


def sentinels(target: Target) -> Sentinel:
    """The sentinels of a target; close each of `.sentinels` at the end."""
    return Sentinel(  # type: ignore[no-untyped-call]
        [(address.host, address.port) for address in target.addresses],
        sentinel_kwargs={
            "username": target.sentinel_username,
            "password": target.sentinel_password,
            "socket_connect_timeout": SENTINEL_TIMEOUT_S,
            "socket_timeout": SENTINEL_TIMEOUT_S,
            "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), retries=0),
            **tls_options(target.tls),
        },
        **_options(target),
    )


def _standalone(target: Target) -> Redis:
    address = target.addresses[0]
    options = {**_options(target), "db": target.database}
    if address.port == 0:
        return Redis(unix_socket_path=address.host, **options)
    return Redis(host=address.host, port=address.port, **options)


def _cluster(target: Target) -> RedisCluster:
    nodes = [ClusterNode(address.host, address.port) for address in target.addresses]
    # A shard that is down takes only its own keys along.
    return RedisCluster(startup_nodes=nodes, require_full_coverage=False, **_options(target))


@asynccontextmanager
async def _open_sentinels(target: Target) -> AsyncIterator[Redis]:
    manager = sentinels(target)
    client: Redis = manager.master_for(target.service, redis_class=Redis, db=target.database)
    try:
        yield client
    finally:
        await client.aclose()
        for sentinel in manager.sentinels:
            await sentinel.aclose()


def _options(target: Target) -> dict[str, Any]:
    return {
        "username": target.username,
        "password": target.password,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "socket_timeout": ANSWER_TIMEOUT_S,
        "health_check_interval": 30,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.5), retries=2),
        **tls_options(target.tls),
    }


def tls_options(tls: Tls | None) -> dict[str, Any]:
    """What redis-py is told about TLS."""
    if tls is None:
        return {}
    return {
        "ssl": True,
        "ssl_ca_certs": tls.ca_file,
        "ssl_certfile": tls.certificate_file,
        "ssl_keyfile": tls.key_file,
        "ssl_cert_reqs": "required" if tls.verify else "none",
        "ssl_check_hostname": tls.verify,
    }
