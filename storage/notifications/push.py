"""Where Web Push messages go: browsers' subscriptions, and the hub's own key pair."""

from collections.abc import Sequence

from msgspec import Struct

from storage.backends import Pool
from storage.notifications.words import Words, words_of

MAX_SUBSCRIPTIONS = 20
"""Of one person; the oldest give way."""
MAX_FAILURES = 20
"""In a row; then a subscription is given up."""

_SUBSCRIBE = """
INSERT INTO push_subscriptions (user_id, endpoint, p256dh, auth, session_id)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (endpoint) DO UPDATE SET user_id = excluded.user_id, p256dh = excluded.p256dh,
    auth = excluded.auth, session_id = excluded.session_id, failures = 0
RETURNING id::text
"""

_TRIM = """
DELETE FROM push_subscriptions WHERE id IN (
    SELECT id FROM push_subscriptions WHERE user_id = $1 ORDER BY created_at DESC, id OFFSET $2)
"""

_UNSUBSCRIBE = "DELETE FROM push_subscriptions WHERE user_id = $1 AND endpoint = $2"

# A subscription ends with the sign-in it was made by; who has turned push off is told nothing.
_OF = """
SELECT p.id::text, p.user_id::text, p.endpoint, p.p256dh, p.auth
FROM push_subscriptions p LEFT JOIN user_settings u ON u.user_id = p.user_id
WHERE p.user_id = ANY($1::uuid[])
  AND coalesce(u.push_notifications, true) AND coalesce(u.browser_notifications, true)
  AND NOT EXISTS (SELECT FROM sessions s WHERE s.id = p.session_id AND s.revoked_at IS NOT NULL)
"""

_GONE = "DELETE FROM push_subscriptions WHERE id = $1"
_FAILED = """
UPDATE push_subscriptions SET failures = failures + 1 WHERE id = $1 RETURNING failures
"""
_WENT = "UPDATE push_subscriptions SET failures = 0 WHERE id = $1 AND failures > 0"

_KEYS = "SELECT private_pem, public_key FROM push_keys"
_ADD_KEYS = "INSERT INTO push_keys (private_pem, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING"


class Subscription(Struct, frozen=True):
    """One browser that wants to be told (W3C Push API, PushSubscription)."""

    id: str
    user_id: str
    endpoint: str
    p256dh: str
    auth: str


class PushStore:
    """Subscriptions and keys."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def subscribe(
        self, user_id: str, session_id: str | None, endpoint: str, p256dh: str, auth: str
    ) -> str:
        """Notes a browser; the same endpoint again replaces what was known of it."""
        subscription_id: str = await self._pool.fetchval(
            _SUBSCRIBE, user_id, endpoint, p256dh, auth, session_id
        )
        await self._pool.execute(_TRIM, user_id, MAX_SUBSCRIPTIONS)
        return subscription_id

    async def unsubscribe(self, user_id: str, endpoint: str) -> None:
        """Forgets a browser."""
        await self._pool.execute(_UNSUBSCRIBE, user_id, endpoint)

    async def of(self, user_ids: Sequence[str]) -> list[Subscription]:
        """The browsers of these people, as far as they want to be pushed to at all."""
        return [Subscription(**dict(row)) for row in await self._pool.fetch(_OF, list(user_ids))]

    async def gone(self, subscription_id: str) -> None:
        """The push service knows it no more."""
        await self._pool.execute(_GONE, subscription_id)

    async def went(self, subscription_id: str) -> None:
        """A message was taken."""
        await self._pool.execute(_WENT, subscription_id)

    async def failed(self, subscription_id: str) -> None:
        """A message was not taken; after `MAX_FAILURES` in a row the browser is forgotten."""
        failures: int | None = await self._pool.fetchval(_FAILED, subscription_id)
        if failures is not None and failures >= MAX_FAILURES:
            await self.gone(subscription_id)

    async def words(self, message_id: str) -> Words | None:
        """How a message begins at the moment of sending; None when it was deleted."""
        return await words_of(self._pool, message_id)

    async def keys(self) -> tuple[str, str] | None:
        """Private key (PEM) and public key (base64url), if they were made."""
        row = await self._pool.fetchrow(_KEYS)
        return (row["private_pem"], row["public_key"]) if row is not None else None

    async def keep_keys(self, private_pem: str, public_key: str) -> tuple[str, str]:
        """Keeps a key pair unless another node was first; returns the one that counts."""
        await self._pool.execute(_ADD_KEYS, private_pem, public_key)
        kept = await self.keys()
        assert kept is not None
        return kept
