"""What of somebody's activity others may follow: public rooms and public tracks."""

from msgspec.structs import replace

from rooms.presence import Activity
from storage.backends import Pool

_KNOWN = """
SELECT EXISTS (SELECT FROM rooms WHERE id = $1 AND room_type = 'public' AND deleted_at IS NULL)
           AS room_is_public,
       (SELECT coalesce(is_public, true) AND deleted_at IS NULL FROM tracks WHERE id = $2)
           AS track_is_public
"""


async def shareable(pool: Pool, activity: Activity | None) -> Activity | None:
    """An activity as others are shown it: what they can join or hear, and no more.

    A room is named while anybody may enter it; a private one is left out, and with it what is done
    in it. A track that is not public goes with its title.
    """
    if activity is None or (activity.room_id is None and activity.track_id is None):
        return _worth_showing(activity)
    row = await pool.fetchrow(_KNOWN, activity.room_id, activity.track_id)
    assert row is not None
    if activity.room_id is not None and not row["room_is_public"]:
        return None
    if activity.track_id is not None and not row["track_is_public"]:
        is_known = row["track_is_public"] is not None
        title = None if is_known else activity.track_title
        return _worth_showing(replace(activity, track_id=None, track_title=title))
    return activity


def _worth_showing(activity: Activity | None) -> Activity | None:
    if activity is None or activity.room_id or activity.track_id or activity.track_title:
        return activity
    return None
