"""People for load tests: many accounts, signed in, with a token each."""

import time

from msgspec.structs import replace

from api.tokens import ACCESS_S
from hub.rest import make_tokens
from hub.settings import Settings
from hub.up.secrets import load_secrets
from rooms.access import Principal
from storage.accounts.crowd import make_crowd
from storage.backends import open_pool


async def make_users(settings: Settings, count: int) -> list[str]:
    """Access tokens of `count` new accounts; each lasts as long as any access token does."""
    assert settings.database_url is not None
    tokens = make_tokens(settings)
    async with open_pool(settings.database_url, size=2, application_name="veza-loadtest") as pool:
        crowd = await make_crowd(pool, count, ACCESS_S)
    now_s = int(time.time())
    return [
        tokens.issue_access(
            Principal(
                user_id=person.user_id,
                session_id=person.session_id,
                username=person.username,
                display_name=person.display_name,
            ),
            token_version=0,
            now_s=now_s,
        ).token
        for person in crowd
    ]


def with_key(settings: Settings) -> Settings | None:
    """The settings with the key that signs tokens; a `veza up` keeps its own in the data folder.

    Returns:
        None when there is no key anywhere.
    """
    if settings.jwt_secret is not None or settings.jwt_private_key_path is not None:
        return settings
    if not (settings.data / "secrets.json").exists():
        return None
    return replace(settings, jwt_secret=load_secrets(settings.data).jwt_secret)
