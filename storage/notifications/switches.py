"""What each person wants to hear of at all, whichever kind it is: the switches of his settings."""

from msgspec import Struct
from msgspec.structs import asdict

from storage.backends import Pool


class Switches(Struct, frozen=True, kw_only=True):
    """Booleans of user_settings that steer notifications.

    Push goes to browsers alone, so either of the first two ends it. The hub sends no mail: the
    others are kept for what does.
    """

    push_notifications: bool = True
    browser_notifications: bool = True
    email_notifications: bool = False
    email_on_follow: bool = False
    email_on_like: bool = False
    email_on_comment: bool = False
    email_on_message: bool = False
    email_on_mention: bool = False
    email_marketing: bool = False


_NAMES = tuple(asdict(Switches()))
_COLUMNS = ", ".join(_NAMES)
_ARGS = ", ".join(f"${n}::boolean" for n in range(2, len(_NAMES) + 2))
_KEPT = ", ".join(f"{name} = coalesce(excluded.{name}, s.{name})" for name in _NAMES)

_READ = f"SELECT {_COLUMNS} FROM user_settings WHERE user_id = $1"  # noqa: S608 (our own names)
_SET = f"""
INSERT INTO user_settings AS s (user_id, {_COLUMNS}) VALUES ($1, {_ARGS})
ON CONFLICT (user_id) DO UPDATE SET {_KEPT}, updated_at = now()
"""  # noqa: S608 (our own names)


async def switches_of(pool: Pool, user_id: str) -> Switches:
    """How a person has set them; what he never touched is as it is at first."""
    row = await pool.fetchrow(_READ, user_id)
    chosen = dict(row) if row is not None else {}
    return Switches(**{name: value for name, value in chosen.items() if value is not None})


async def set_switches(pool: Pool, user_id: str, changes: dict[str, bool]) -> None:
    """Sets those that are named (fields of `Switches`); the others stay."""
    await pool.execute(_SET, user_id, *(changes.get(name) for name in _NAMES))
