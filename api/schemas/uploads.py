"""Bodies and answers of uploads, whole and in chunks (specification A3)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from api.schemas.tracks import (
    HINTS,
    Artist,
    Bpm,
    Description,
    Genre,
    Key,
    License,
    Tags,
    Title,
    Urls,
)
from rooms.ids import Uuid

MetadataObject = Annotated[
    dict[str, Any], Meta(extra_json_schema={"$ref": "#/components/schemas/Metadata"})
]
"""Read as Metadata once it is needed, where its errors have a code of their own."""
Sha256 = Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")]
MIN_CHUNK_BYTES = 64 * 1024
MAX_CHUNK_BYTES = 16 * 1024 * 1024
DEFAULT_CHUNK_BYTES = 5 * 1024 * 1024


class Metadata(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a track at its upload.

    Title and artist are needed as soon as one describes the track at all; without a word the
    file's own tags speak.
    """

    NEEDS_ALL_OF: ClassVar[tuple[str, ...]] = ("title", "artist")
    HINTS: ClassVar[Mapping[str, str]] = HINTS
    BLOCKS: ClassVar[frozenset[str]] = frozenset({"description"})

    title: Title | None = None
    artist: Artist | None = None
    description: Description | None = None
    tags: Tags = []
    genre: Genre | None = None
    bpm: Bpm | None = None
    key: Key | None = None
    is_public: bool = True
    is_downloadable: bool = False
    license: License = "All Rights Reserved"


class ProcessingStatus(Struct, frozen=True, kw_only=True):
    """What happens next to an upload."""

    estimated_completion: str
    tasks: tuple[str, ...]
    status: str = "processing"
    progress: int = 0


class UploadedTrack(Struct, frozen=True, kw_only=True):
    """Answer to an upload (A3)."""

    id: int
    uuid: str
    title: str
    artist: str | None
    filename: str | None
    duration_seconds: int | None
    tags: tuple[str, ...]
    genre: str | None
    bpm: int | None
    key: str | None
    is_public: bool
    is_downloadable: bool
    license: str
    uploader_id: int | None
    uploader_uuid: str | None
    created_at: str
    updated_at: str
    urls: Urls
    processing_status: ProcessingStatus


class UploadQuery(Struct, frozen=True):
    """POST /tracks: a name of the sender's own for his progress bar."""

    upload_id: Annotated[str, Meta(max_length=64)] | None = None


class Initiate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /tracks/initiate: announce an upload in chunks."""

    HINTS: ClassVar[Mapping[str, str]] = {"sha256": "SHA-256 of the whole file, 64 hex digits."}

    filename: Annotated[str, Meta(min_length=1, max_length=255)]
    total_bytes: Annotated[int, Meta(ge=1)]
    mime_type: Annotated[str, Meta(max_length=100)] | None = None
    sha256: Sha256 | None = None
    chunk_bytes: Annotated[int, Meta(ge=MIN_CHUNK_BYTES, le=MAX_CHUNK_BYTES)] = DEFAULT_CHUNK_BYTES
    metadata: MetadataObject | None = None
    """As `metadata` of POST /tracks."""


class ChunkQuery(Struct, frozen=True, kw_only=True):
    """POST /tracks/chunk: which chunk the body is."""

    HINTS: ClassVar[Mapping[str, str]] = {
        "upload_id": "The id that /tracks/initiate gave.",
        "sha256": "SHA-256 of this chunk, 64 hex digits.",
    }

    upload_id: Uuid
    chunk_index: Annotated[int, Meta(ge=0, le=1_000_000)]
    sha256: Sha256 | None = None


class Complete(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /tracks/complete: all chunks are there."""

    HINTS: ClassVar[Mapping[str, str]] = {"upload_id": "The id that /tracks/initiate gave."}

    upload_id: Uuid
    sha256: Sha256 | None = None
    metadata: MetadataObject | None = None
    """In place of that of initiate."""


class Initiated(Struct, frozen=True, kw_only=True):
    """Answer to initiate."""

    upload_id: str
    chunk_bytes: int
    """Size of every chunk but the last."""
    total_chunks: int
    received_chunks: tuple[int, ...]
    expires_at: str


class ChunkReceived(Struct, frozen=True, kw_only=True):
    """Answer to chunk."""

    upload_id: str
    chunk_index: int
    received_bytes: int
    total_bytes: int
    received_chunks: tuple[int, ...]


class UploadState(Struct, frozen=True, kw_only=True):
    """Answer to resume, status and progress."""

    upload_id: str
    filename: str
    status: str
    total_bytes: int
    received_bytes: int
    percent: int
    chunk_bytes: int
    total_chunks: int
    received_chunks: tuple[int, ...]
    missing_chunks: tuple[int, ...]
    track_id: str | None
    expires_at: str


class QuotaState(Struct, frozen=True, kw_only=True):
    """Answer to quota."""

    plan: str
    uploads_this_month: int
    uploads_per_month: int
    uploads_left: int
    used_bytes: int
    storage_bytes: int
    max_file_bytes: int
    max_duration_seconds: int | None
    resets_at: str


class FormatEntry(Struct, frozen=True, kw_only=True):
    """A format that is taken."""

    format: str
    extensions: tuple[str, ...]
    mime_types: tuple[str, ...]
    max_bitrate_kbps: int | None
    quality: str


class UploadLimits(Struct, frozen=True, kw_only=True):
    """Answer to upload/limits."""

    plan: str
    max_file_bytes: int
    max_duration_seconds: int | None
    uploads_per_month: int
    storage_bytes: int
    chunk_bytes: int
    formats: list[FormatEntry]


class TypeQuery(Struct, frozen=True):
    """GET /upload/validate-type."""

    filename: Annotated[str, Meta(max_length=255)] = ""
    mime_type: Annotated[str, Meta(max_length=100)] = ""


class TypeCheck(Struct, frozen=True):
    """Answer to validate-type; the bytes themselves have the last word."""

    allowed: bool
    format: str | None
