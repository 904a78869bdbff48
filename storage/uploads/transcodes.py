"""A track's way from an uploaded original to files that can be played: the SQL of it.

Each time a worker takes a track up, `attempt` rises; it names the folder of what that worker makes
and guards every later write. A worker that lost its lease and comes back late finds a higher number
and changes nothing. What listeners hear changes in one UPDATE: `publish`.
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from storage.backends import Pool
from storage.postgres import answering
from storage.uploads.media_facts import FileFacts, MediaFacts, RungFacts
from storage.uploads.orders import order_sweep

OUTLIVE_MS = 3_600_000
"""Files that were replaced stay for an hour: somebody may be in the middle of them."""


class Attempt(Struct, frozen=True):
    """What a worker is to do, and the number that lets it write."""

    track_id: str
    number: int
    original_key: str
    artwork_key: str | None
    """Picture uploaded beside the track; it goes before the one in the tags."""
    creator_id: str | None
    title: str
    metadata_from_file: bool

    @property
    def prefix(self) -> str:
        """Folder of everything this attempt makes, without a slash at the end."""
        return f"tracks/{self.track_id}/{self.number}"


class Published(Struct, frozen=True):
    """A track whose files are complete."""

    track_id: str
    creator_id: str | None
    title: str
    artist: str | None
    duration_ms: int
    has_cover: bool


async def begin(pool: Pool, track_id: str, job_id: int) -> Attempt | Published | None:
    """Take the track up: what is to do, or what this very job has done already.

    None: the track is gone and nothing is to do. A track that can be played stays so meanwhile.
    """
    with answering():
        async with pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_TRACK_TO_DO, track_id)
            if row is None:
                return None
            if row["published_job_id"] == job_id:
                return Published(
                    track_id=track_id,
                    creator_id=row["creator_id"],
                    title=row["title"],
                    artist=row["artist"],
                    duration_ms=row["duration_ms"] or 0,
                    has_cover=row["has_cover"],
                )
            number = await connection.fetchval(_BEGIN, track_id)
    return Attempt(
        track_id=track_id,
        number=number,
        original_key=row["original_key"],
        artwork_key=row["artwork_path"],
        creator_id=row["creator_id"],
        title=row["title"],
        metadata_from_file=row["metadata_from_file"],
    )


async def report(pool: Pool, attempt: Attempt, step: str, percent: int) -> bool:
    """Say how far it is; False when another worker has taken the track up or it was deleted."""
    return await _guarded(pool, _REPORT, attempt, step, percent)


async def describe(
    pool: Pool, attempt: Attempt, facts: FileFacts, claimed_duration_ms: int | None
) -> bool:
    """Write down what the file is, before it has been worked through. False as for `report`."""
    return await _guarded(
        pool,
        _DESCRIBE,
        attempt,
        facts.format,
        facts.codec,
        max(facts.bitrate_bps // 1_000, 1),
        facts.sample_rate_hz,
        facts.channels,
        "lossless" if facts.is_lossless else "lossy",
        facts.title,
        facts.artist,
        facts.album,
        facts.genre,
        facts.year,
        claimed_duration_ms,
    )


async def make_playable(pool: Pool, attempt: Attempt, rungs: tuple[RungFacts, ...]) -> bool:
    """Let listeners in while the rest is still being made. False as for `report`.

    A track that has complete files keeps them until `publish`.
    """
    return await _guarded(pool, _MAKE_PLAYABLE, attempt, attempt.prefix, _rungs(rungs))


async def publish(pool: Pool, attempt: Attempt, job_id: int, facts: MediaFacts) -> Published | None:
    """Make this attempt what everybody hears, in one transaction; None as False for `report`.

    What earlier attempts left is removed: at once what nobody could hear, in an hour what was
    heard.
    """
    with answering():
        async with pool.acquire() as connection, connection.transaction():
            before = await connection.fetchrow(_LOCK, attempt.track_id, attempt.number)
            if before is None:
                return None
            row = await connection.fetchrow(
                _PUBLISH,
                attempt.track_id,
                attempt.number,
                job_id,
                attempt.prefix,
                _rungs(facts.rungs),
                facts.duration_ms,
                round(facts.duration_ms / 1_000),
                max((rung.priming_samples for rung in facts.rungs), default=0),
                facts.integrated_lufs,
                facts.range_lu,
                facts.true_peak_dbtp,
                facts.has_cover,
            )
            replaced = before["media_prefix"]
            if replaced is not None and replaced != attempt.prefix:
                await order_sweep(connection, [f"{replaced}/"], after_ms=OUTLIVE_MS)
            if abandoned := _prefixes(attempt, attempt.number - 1, replaced):
                await order_sweep(connection, abandoned)
    assert row is not None  # the row is locked and its attempt was checked
    return Published(
        track_id=attempt.track_id,
        creator_id=row["creator_id"],
        title=row["title"],
        artist=row["artist"],
        duration_ms=facts.duration_ms,
        has_cover=facts.has_cover,
    )


async def fail(pool: Pool, attempt: Attempt, code: str, message: str) -> bool:
    """Say that this original cannot be made playable, and why. False as for `report`.

    A track with complete files of an earlier attempt keeps them and stays as it is.
    """
    with answering():
        async with pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_FAIL, attempt.track_id, attempt.number, code, message)
            if row is not None:
                swept = _prefixes(attempt, attempt.number, row["media_prefix"])
                await order_sweep(connection, swept)
    return row is not None


def _prefixes(attempt: Attempt, newest: int, kept: str | None) -> list[str]:
    """Folders of the attempts up to `newest`, but for the one that is `kept`."""
    prefixes = [f"tracks/{attempt.track_id}/{number}" for number in range(1, newest + 1)]
    return [f"{prefix}/" for prefix in prefixes if prefix != kept]


async def _guarded(pool: Pool, sql: str, attempt: Attempt, *args: Any) -> bool:
    with answering():
        found = await pool.fetchval(sql, attempt.track_id, attempt.number, *args)
    return found is not None


def _rungs(rungs: tuple[RungFacts, ...]) -> list[dict[str, Any]]:
    return [asdict(rung) for rung in rungs]


_TRACK_TO_DO = """
SELECT original_key, artwork_path, creator_id::text, title, artist, metadata_from_file,
       published_job_id, duration_ms, has_cover
FROM tracks
WHERE id = $1 AND deleted_at IS NULL AND original_key IS NOT NULL
FOR UPDATE
"""

_BEGIN = """
UPDATE tracks
SET attempt = attempt + 1,
    status = CASE WHEN published_job_id IS NULL THEN 'processing'::track_status ELSE status END,
    stream_status = CASE WHEN published_job_id IS NULL THEN 'processing' ELSE stream_status END,
    media_prefix = CASE WHEN published_job_id IS NULL THEN NULL ELSE media_prefix END,
    status_message = NULL, failure_code = NULL,
    processing_step = 'audio_analysis', processing_percent = 0, updated_at = now()
WHERE id = $1
RETURNING attempt
"""

_REPORT = """
UPDATE tracks SET processing_step = $3, processing_percent = $4
WHERE id = $1 AND attempt = $2 AND deleted_at IS NULL
RETURNING true
"""

_DESCRIBE = """
UPDATE tracks
SET format = $3, codec = $4, bitrate = $5, sample_rate = $6, channels = $7, quality = $8,
    title = CASE WHEN metadata_from_file THEN coalesce($9, title) ELSE title END,
    artist = CASE WHEN metadata_from_file THEN coalesce($10, artist) ELSE coalesce(artist, $10) END,
    album = coalesce(album, $11), genre = coalesce(genre, $12),
    year = CASE WHEN coalesce(year, 0) = 0 THEN coalesce($13, year) ELSE year END,
    duration_ms = coalesce(duration_ms, $14), updated_at = now()
WHERE id = $1 AND attempt = $2 AND deleted_at IS NULL
RETURNING true
"""

_MAKE_PLAYABLE = """
UPDATE tracks
SET media_prefix = CASE WHEN published_job_id IS NULL THEN $3 ELSE media_prefix END,
    rungs = CASE WHEN published_job_id IS NULL THEN $4::jsonb ELSE rungs END,
    published_at = coalesce(published_at, now()), updated_at = now()
WHERE id = $1 AND attempt = $2 AND deleted_at IS NULL
RETURNING true
"""

_LOCK = """
SELECT media_prefix FROM tracks
WHERE id = $1 AND attempt = $2 AND deleted_at IS NULL
FOR UPDATE
"""

_PUBLISH = """
UPDATE tracks
SET status = 'completed', stream_status = 'ready', status_message = NULL, failure_code = NULL,
    processing_step = NULL, processing_percent = 100, published_job_id = $3,
    media_prefix = $4, rungs = $5::jsonb, duration_ms = $6, duration = $7, priming_samples = $8,
    loudness_lufs = $9, loudness_range_lu = $10, true_peak_dbtp = $11,
    has_waveform = true, has_cover = $12,
    waveform_path = $4 || '/waveform.json',
    waveform_url = '/api/v1/tracks/' || id || '/waveform',
    cover_art_path = CASE WHEN $12 THEN $4 || '/cover.jpg' END,
    thumbnail_path = CASE WHEN $12 THEN $4 || '/thumbnail.jpg' END,
    stream_manifest_url = '/api/v1/tracks/' || id || '/hls/master.m3u8',
    is_published = true, published_at = coalesce(published_at, now()), updated_at = now()
WHERE id = $1 AND attempt = $2
RETURNING creator_id::text, title, artist
"""

_FAIL = """
UPDATE tracks
SET status = CASE WHEN published_job_id IS NULL THEN 'failed'::track_status ELSE status END,
    stream_status = CASE WHEN published_job_id IS NULL THEN 'error' ELSE stream_status END,
    media_prefix = CASE WHEN published_job_id IS NULL THEN NULL ELSE media_prefix END,
    published_at = CASE WHEN published_job_id IS NULL THEN NULL ELSE published_at END,
    failure_code = $3, status_message = $4, processing_step = NULL, updated_at = now()
WHERE id = $1 AND attempt = $2 AND deleted_at IS NULL
RETURNING media_prefix
"""
