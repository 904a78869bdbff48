"""Tracks that come in: their original is stored, and a worker has yet to make them playable."""

from typing import TYPE_CHECKING

from msgspec import Struct

from storage.tracks.rows import Track, note, read_track

if TYPE_CHECKING:
    from storage.postgres import Connection


class NewTrack(Struct, frozen=True, kw_only=True):
    """A track whose original has just been stored."""

    id: str
    creator_id: str
    title: str
    artist: str | None
    filename: str
    original_key: str
    original_sha256: bytes
    file_size: int
    format: str
    description: str | None = None
    tags: tuple[str, ...] = ()
    genre: str | None = None
    bpm: int | None = None
    musical_key: str | None = None
    is_public: bool = True
    is_downloadable: bool = False
    license: str = "All Rights Reserved"
    artwork_key: str | None = None
    metadata_from_file: bool = False
    """Nothing was typed: the worker may put the file's own tags in place of title and artist."""


_INSERT = """
INSERT INTO tracks (id, creator_id, title, artist, filename, original_key, original_sha256,
                    file_size, format, description, tags, genre, bpm, musical_key, is_public,
                    is_downloadable, license, artwork_path, metadata_from_file, status)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        'processing')
"""

_TASKS = """
INSERT INTO track_processing_tasks (track_id, task)
SELECT $1, task FROM unnest(ARRAY['audio_analysis', 'waveform_generation', 'thumbnail_creation',
                                  'quality_variants']) AS task
"""


async def add_track(connection: "Connection", new: NewTrack) -> Track:
    """Insert a track that waits for a worker, by the transaction open on `connection`."""
    await connection.execute(
        _INSERT,
        new.id,
        new.creator_id,
        new.title,
        new.artist,
        new.filename,
        new.original_key,
        new.original_sha256,
        new.file_size,
        new.format,
        new.description,
        list(new.tags),
        new.genre,
        new.bpm,
        new.musical_key,
        new.is_public,
        new.is_downloadable,
        new.license,
        new.artwork_key,
        new.metadata_from_file,
    )
    await connection.execute(_TASKS, new.id)
    await note(connection, new.id, new.creator_id, "created")
    return await read_track(connection, new.id)
