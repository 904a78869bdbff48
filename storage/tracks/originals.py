"""The file that somebody uploaded, for who may have it; and how often it was handed out."""

from msgspec import Struct

from storage.backends import Pool
from storage.postgres import Postgres


class Original(Struct, frozen=True):
    """Where it is and what it is."""

    key: str
    sha256: bytes | None
    filename: str
    format: str | None


_GET = """
SELECT original_key AS key, original_sha256 AS sha256, coalesce(filename, title) AS filename, format
FROM tracks WHERE id = $1 AND original_key IS NOT NULL AND deleted_at IS NULL
"""

_NOTE = """
WITH noted AS (INSERT INTO track_downloads (track_id, user_id) VALUES ($1, $2))
UPDATE tracks SET download_count = download_count + 1 WHERE id = $1
"""


class Originals:
    """Reads tracks, writes track_downloads."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def get(self, track_id: str) -> Original | None:
        """The original of a track; None for one that was never uploaded, such as a recording."""
        row = await self._postgres.row(_GET, track_id)
        return None if row is None else Original(**dict(row))

    async def note_download(self, track_id: str, user_id: str | None) -> None:
        """Count one download; None is somebody without an account."""
        await self._postgres.run(_NOTE, track_id, user_id)
