"""What a client makes of presence."""

from tests.client import HubClient


def online(client: HubClient, user_id: str) -> bool:
    """Whether this client's fold of snapshot and diffs has the user in it."""
    there = False
    for name, payload in client.heard:
        if name == "presence:diff":
            if user_id in payload["data"]["upserts"]:
                there = True
            if user_id in payload["data"]["leaves"]:
                there = False
    return there
