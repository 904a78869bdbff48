"""`veza import`: every piece of music below a folder becomes a track of one account.

The bytes are copied into the object store and a worker does the rest, as for an upload. A file that
the owner has already, byte for byte, is left alone, so an import can be repeated.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Literal

import uuid_utils
from msgspec import Struct

from api.uploads.audio_types import HEAD_BYTES, TAKEN, by_name, describe, sniff
from storage.backends import Pool
from storage.objects.objects import CHUNK_BYTES, ObjectStore
from storage.uploads.imports import add_imported, find_imported
from storage.uploads.new_tracks import NewTrack

TITLE_MAX_CHARS = 200


class Imported(Struct, frozen=True):
    """What became of one file."""

    path: Path
    outcome: Literal["added", "known", "refused"]
    problem: str | None = None
    """Why it was refused, in words."""


def music_files(folder: Path) -> list[Path]:
    """Files below `folder` whose names claim a format that is taken, in order of their paths."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and by_name(path.name) is not None
    )


async def import_files(
    pool: Pool,
    objects: ObjectStore,
    owner_id: str,
    files: list[Path],
    on_file: Callable[[Imported], None],
) -> None:
    """Import them one after another; `on_file` hears of each as it is done.

    Raises:
        Unavailable: the database or the object store is away; what was reported is done.
    """
    for path in files:
        try:
            on_file(await _import_file(pool, objects, owner_id, path))
        except OSError as exc:
            on_file(Imported(path, "refused", f"cannot be read: {exc.strerror}"))


async def _import_file(pool: Pool, objects: ObjectStore, owner_id: str, path: Path) -> Imported:
    head, sha256, size_bytes = await asyncio.to_thread(_look_at, path)
    audio_format = sniff(head)
    if audio_format is None:
        return Imported(path, "refused", f"this is {describe(head)}. {TAKEN}")
    if await find_imported(pool, owner_id, sha256) is not None:
        return Imported(path, "known")
    track_id = str(uuid_utils.uuid7())
    key = f"originals/{track_id}/source"
    await objects.put(key, _read(path))
    try:
        await add_imported(
            pool,
            NewTrack(
                id=track_id,
                creator_id=owner_id,
                title=_title(path),
                artist=None,
                filename=path.name[:255],
                original_key=key,
                original_sha256=sha256,
                file_size=size_bytes,
                format=audio_format,
                metadata_from_file=True,
            ),
        )
    except BaseException:
        await objects.delete(key)
        raise
    return Imported(path, "added")


def _look_at(path: Path) -> tuple[bytes, bytes, int]:
    """The file's first bytes, its SHA-256 and its length; reads all of it."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").digest()
        return head, digest, file.tell()


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield block


def _title(path: Path) -> str:
    """From the name, for files without tags: `time_to_strike.mp3` is "time to strike"."""
    return " ".join(path.stem.replace("_", " ").split())[:TITLE_MAX_CHARS] or "Untitled"
