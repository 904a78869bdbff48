"""Accounts for a trial, each signed in."""

import time

from api.tokens import hmac_tokens
from rooms.access import Principal
from storage.accounts.crowd import make_crowd
from storage.backends import open_pool
from tests.faults.harness.stage import SECRET, Stage

LIFETIME_S = 24 * 3600


async def sign_in(stage: Stage, count: int) -> list[tuple[str, str]]:
    """So many new people: each user's id and an access token."""
    tokens = hmac_tokens(SECRET, "veza-api", "veza-platform")
    async with open_pool(stage.database_url, size=2) as pool:
        crowd = await make_crowd(pool, count, LIFETIME_S)
    return [
        (
            person.user_id,
            tokens.issue_access(
                Principal(
                    user_id=person.user_id,
                    session_id=person.session_id,
                    username=person.username,
                    display_name=person.display_name,
                ),
                0,
                int(time.time()),
            ).token,
        )
        for person in crowd
    ]
