"""What an uploader says of a track, from JSON or from the fields of a form."""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from api.bodies import checked, invalid, strict_object
from api.schemas.uploads import Metadata
from api.text import clean_block, clean_line
from api.tracks.views import folded
from rooms.errors import FieldError
from rooms.text import is_showable
from storage.uploads.new_tracks import NewTrack

CODE = "INVALID_METADATA"
DESCRIPTIVE = frozenset({"title", "artist", "description", "tags", "genre", "bpm", "key"})
"""Whoever fills in one of these describes the track himself: then title and artist are needed."""
FLAT_FIELDS = DESCRIPTIVE | {"is_public", "is_downloadable", "license"}
MAX_TITLE_CHARS = 200


class Said(Struct, frozen=True):
    """Checked metadata, and whether anybody described the track."""

    metadata: Metadata
    is_described: bool


def from_json(raw: bytes) -> Said:
    """The form field `metadata`. Raises Invalid, INVALID_METADATA."""
    return from_object(strict_object(raw, CODE))


def from_object(given: Mapping[str, Any]) -> Said:
    """Metadata that came as JSON. Raises Invalid, INVALID_METADATA."""
    return _said(checked(given, Metadata, code=CODE), is_described=True)


def from_fields(given: Mapping[str, Sequence[str]]) -> Said:
    """Metadata from form fields: everything is text there, and empty means left out.

    Raises:
        Invalid: INVALID_METADATA.
    """
    flat: dict[str, Any] = {
        name: values[-1] for name, values in given.items() if any(value.strip() for value in values)
    }
    if "tags" in flat:
        flat["tags"] = [tag for value in given["tags"] for tag in _split_tags(value)]
    metadata = checked(flat, Metadata, strict=False, code=CODE)
    return _said(metadata, is_described=bool(DESCRIPTIVE & set(flat)))


def new_track(
    said: Said, *, track_id: str, creator_id: str, name: str, extension: str, **stored: Any
) -> NewTrack:
    """The row of an upload: what was said of it, or what its file's name says.

    Args:
        said: checked metadata.
        track_id: UUID of the track.
        creator_id: UUID of the uploader.
        name: what the file was called on his machine.
        extension: of the format that it turned out to be.
        stored: the other fields of NewTrack.
    """
    metadata = said.metadata
    title = metadata.title or _title_of(name)
    return NewTrack(
        id=track_id,
        creator_id=creator_id,
        title=title,
        artist=metadata.artist,
        filename=_filename(title, extension),
        description=metadata.description,
        tags=tuple(metadata.tags),
        genre=metadata.genre,
        bpm=metadata.bpm,
        musical_key=metadata.key,
        is_public=metadata.is_public,
        is_downloadable=metadata.is_downloadable,
        license=metadata.license,
        metadata_from_file=not said.is_described,
        **stored,
    )


def tidy_tags(tags: Sequence[str]) -> list[str]:
    """Trimmed, none empty, none twice, in the order given."""
    return list(dict.fromkeys(tidy for tag in tags if (tidy := clean_line(tag))))


def _said(metadata: Metadata, *, is_described: bool) -> Said:
    tidy = replace(
        metadata,
        title=clean_line(metadata.title or "") or None,
        artist=clean_line(metadata.artist or "") or None,
        genre=clean_line(metadata.genre or "") or None,
        description=clean_block(metadata.description or "") or None,
        tags=tidy_tags(metadata.tags),
    )
    missing = [name for name in ("title", "artist") if getattr(tidy, name) is None]
    if is_described and missing:
        raise invalid(
            [FieldError(name, "REQUIRED", "This field is required.") for name in missing], CODE
        )
    return Said(tidy, is_described)


def _split_tags(value: str) -> list[str]:
    return [tag for part in value.split(",") if (tag := part.strip())]


def _title_of(name: str) -> str:
    """A title for a file of which nothing is known but its name."""
    stem = re.split(r"[/\\]", name)[-1].rpartition(".")[0] or name
    title = clean_line("".join(c for c in stem.replace("_", " ") if is_showable(c)))
    return title.strip(" .")[:MAX_TITLE_CHARS] or "Untitled"


def _filename(title: str, extension: str) -> str:
    """A harmless name for the stored original, such as `midnight_dreams_20240120.mp3`."""
    slug = re.sub(r"[^a-z0-9]+", "_", folded(title)).strip("_")[:80] or "track"
    today = datetime.datetime.now(datetime.UTC)
    return f"{slug}_{today:%Y%m%d}.{extension}"
