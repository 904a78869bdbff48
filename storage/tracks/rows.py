"""A track with its uploader, as one row: what everything that shows or changes tracks reads."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from rooms.errors import NotFound
from storage.postgres import Postgres

if TYPE_CHECKING:
    from storage.postgres import Connection

TrackStatus = Literal["uploading", "processing", "completed", "failed"]


class Track(Struct, frozen=True, kw_only=True):
    """A track with its uploader, as one row."""

    id: str
    seq_id: int
    creator_id: str | None
    creator_seq_id: int | None
    creator_username: str | None
    creator_display_name: str | None
    creator_avatar: str | None
    creator_is_verified: bool
    title: str
    artist: str | None
    album: str | None
    description: str | None
    filename: str | None
    duration: int | None
    """Seconds, rounded."""
    duration_ms: int | None
    genre: str | None
    tags: tuple[str, ...]
    bpm: int | None
    musical_key: str | None
    is_public: bool
    is_downloadable: bool
    license: str
    status: TrackStatus
    status_message: str | None
    failure_code: str | None
    processing_step: str | None
    processing_percent: int
    media_prefix: str | None
    """None until it can be played."""
    has_waveform: bool
    has_cover: bool
    album_cover_url: str | None
    format: str | None
    bitrate: int | None
    """kbit/s."""
    sample_rate: int | None
    """Hz."""
    channels: int | None
    file_size: int | None
    """Bytes of the original."""
    codec: str | None
    quality: str | None
    loudness_lufs: float | None
    play_count: int
    unique_listeners: int
    like_count: int
    dislike_count: int
    download_count: int
    share_count: int
    comment_count: int
    repost_count: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @property
    def is_deleted(self) -> bool:
        """True once it has been taken away."""
        return self.deleted_at is not None


_BY_IDS = """
SELECT t.id::text, t.seq_id, t.creator_id::text, u.seq_id AS creator_seq_id,
       u.username AS creator_username,
       coalesce(u.display_name, u.username) AS creator_display_name, u.avatar AS creator_avatar,
       coalesce(u.is_verified, false) AS creator_is_verified,
       t.title, t.artist, t.album, t.description, t.filename, t.duration, t.duration_ms, t.genre,
       coalesce(t.tags, '{}') AS tags, t.bpm, t.musical_key,
       coalesce(t.is_public, true) AS is_public,
       t.is_downloadable, t.license, coalesce(t.status, 'processing')::text AS status,
       t.status_message, t.failure_code, t.processing_step, t.processing_percent, t.media_prefix,
       t.has_waveform, t.has_cover, a.cover_url AS album_cover_url, t.format, t.bitrate,
       t.sample_rate, t.channels, t.file_size, t.codec, t.quality, t.loudness_lufs,
       coalesce(t.play_count, 0) AS play_count, t.unique_listeners,
       coalesce(t.like_count, 0) AS like_count, t.dislike_count, t.download_count, t.share_count,
       t.comment_count, t.repost_count, t.created_at, t.updated_at, t.deleted_at
FROM tracks t
LEFT JOIN users u ON u.id = t.creator_id
LEFT JOIN albums a ON a.id = t.album_id AND a.deleted_at IS NULL
WHERE t.id = ANY($1::uuid[])
"""

_NOTE = """
INSERT INTO track_history (track_id, user_id, action) VALUES ($1, $2, $3::track_history_action)
"""


async def read_track(connection: "Connection", track_id: str) -> Track:
    """A track as the transaction open on `connection` sees it. Raises NotFound, TRACK_NOT_FOUND."""
    row = await connection.fetchrow(_BY_IDS, [track_id])
    if row is None:
        raise NotFound("Track not found", "TRACK_NOT_FOUND")
    return _track(row)


async def read_tracks(postgres: Postgres, track_ids: Sequence[str]) -> dict[str, Track]:
    """Tracks by their ids, also deleted ones; ids that are none are left out."""
    rows = await postgres.rows(_BY_IDS, list(track_ids))
    return {row["id"]: _track(row) for row in rows}


async def note(connection: "Connection", track_id: str, user_id: str, action: str) -> None:
    """Write into the track's history what was done to it."""
    await connection.execute(_NOTE, track_id, user_id, action)


def _track(row: Any) -> Track:
    values = dict(row)
    values["tags"] = tuple(values["tags"])
    return Track(**values)
