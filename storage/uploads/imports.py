"""Music that the operator brings in: the same tables and jobs as an upload, without its quota."""

from storage.backends import Pool
from storage.postgres import Postgres
from storage.tracks.rows import Track
from storage.uploads.new_tracks import NewTrack, add_track
from storage.uploads.orders import TranscodeOrder, order_transcode

PRIORITY = -1
"""A person who waits for an upload goes before a folder of a thousand files."""

_KNOWN = """
SELECT id::text FROM tracks
WHERE creator_id = $1 AND original_sha256 = $2 AND deleted_at IS NULL
LIMIT 1
"""


async def find_imported(pool: Pool, owner_id: str, sha256: bytes) -> str | None:
    """The owner's track that was made of these very bytes."""
    found: str | None = await Postgres(pool).value(_KNOWN, owner_id, sha256)
    return found


async def add_imported(pool: Pool, new: NewTrack) -> Track:
    """Make a track of an original that is stored, and order its processing: both or none."""
    async with Postgres(pool).transaction() as connection:
        track = await add_track(connection, new)
        await order_transcode(connection, TranscodeOrder(new.id), priority=PRIORITY)
    return track
