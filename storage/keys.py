"""Every Redis key and channel the hub uses. Nothing else puts one together.

All of it may vanish at any time: PostgreSQL holds what has been promised.
"""

PREFIX = "veza:"


def channel(stream: str) -> str:
    """Pub/sub channel of one stream: durable events as hints, ephemeral events as themselves."""
    return f"{PREFIX}ch:{stream}"


def present(place: str) -> str:
    """Hash of the connections present in a place (a room or a user), by connection id."""
    return f"{PREFIX}present:{place}"
