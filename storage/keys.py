"""Every Redis key and channel the hub uses. Nothing else puts one together.

All of it may vanish at any time: PostgreSQL holds what has been promised.
"""

PREFIX = "veza:"


def channel(stream: str) -> str:
    """Pub/sub channel of one stream: durable events as hints, ephemeral events as themselves."""
    return f"{PREFIX}ch:{stream}"


def present(place: str) -> str:
    """Hash of the connections present in a place, such as a room, by connection id."""
    return f"{PREFIX}present:{place}"


def present_users(node: str) -> str:
    """Hash of one node's connections by user."""
    return f"{PREFIX}present-users:{node}"


def crowded(node: str) -> str:
    """Set of the users whose sockets a node is asked to count again."""
    return f"{PREFIX}crowded:{node}"


def present_nodes() -> str:
    """Hash of the nodes, each with the Unix ms until which it lives."""
    return f"{PREFIX}present-nodes"
