"""What changes tracks, and what is said of it: update, deletion, likes."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.refs import AnyId
from rooms.ids import UUID_PATTERN

License = Literal[
    "All Rights Reserved",
    "Creative Commons BY",
    "Creative Commons BY-SA",
    "Creative Commons BY-NC",
    "Public Domain",
]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Artist = Annotated[str, Meta(min_length=1, max_length=100)]
Description = Annotated[str, Meta(max_length=2_000)]
Genre = Annotated[str, Meta(max_length=50)]
Tag = Annotated[str, Meta(min_length=1, max_length=30)]
Tags = Annotated[list[Tag], Meta(max_length=10)]
Bpm = Annotated[int, Meta(ge=40, le=300)]
Key = Annotated[str, Meta(pattern=r"^[A-G][#b]?[m]?$")]
Seconds = Annotated[int, Meta(ge=0, le=1_000_000)]
UploaderId = Annotated[str, Meta(pattern=f"^me$|^[0-9]{{1,18}}$|{UUID_PATTERN}")]
Words = Annotated[str, Meta(max_length=200)]

HINTS: Mapping[str, str] = {
    "key": "A key is a letter from A to G, # or b, and m for minor: C, F#, Bbm.",
    "tags": "At most 10 tags of at most 30 characters.",
}


Batch = Annotated[list[AnyId], Meta(min_length=1, max_length=100)]


class DeleteQuery(Struct, frozen=True):
    """DELETE /tracks/{id}."""

    force: bool = False


class TrackChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT /tracks/{id}: what is left out stays as it is."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS
    BLOCKS: ClassVar[frozenset[str]] = frozenset({"description"})

    title: Title | UnsetType = UNSET
    artist: Artist | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    genre: Genre | UnsetType | None = UNSET
    bpm: Bpm | UnsetType | None = UNSET
    key: Key | UnsetType | None = UNSET
    is_public: bool | UnsetType = UNSET
    is_downloadable: bool | UnsetType = UNSET
    license: License | UnsetType = UNSET


class LoggedChange(Struct, frozen=True):
    """One field that an update changed."""

    field: str
    old_value: Any
    new_value: Any
    changed_at: str


class UpdatedTrack(Struct, frozen=True, kw_only=True):
    """Answer to an update (A4)."""

    id: int
    uuid: str
    title: str
    artist: str | None
    description: str | None
    tags: tuple[str, ...]
    genre: str | None
    bpm: int | None
    key: str | None
    is_public: bool
    is_downloadable: bool
    license: str
    uploader_id: int | None
    uploader_uuid: str | None
    updated_at: str
    change_log: list[LoggedChange]


class Cleanup(Struct, frozen=True):
    """What became of each part; files go within moments, by a job of the same transaction."""

    database_record: str = "deleted"
    audio_file: str = "deleted"
    waveform: str = "deleted"
    thumbnail: str = "deleted"
    cdn_cache: str = "purged"
    search_index: str = "removed"


class Impact(Struct, frozen=True):
    """Whom a deletion touches."""

    playlists_affected: int
    user_libraries_affected: int
    stats_preserved: bool = True


class DeletedTrack(Struct, frozen=True, kw_only=True):
    """Answer to a deletion (A5)."""

    deleted_track_id: int
    deleted_track_uuid: str
    title: str
    deleted_at: str
    cleanup_status: Cleanup
    impact: Impact


class Liked(Struct, frozen=True):
    """Answer to like and unlike."""

    liked: bool
    likes: int


class DeleteTracks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /tracks/batch/delete."""

    track_ids: Batch
    force: bool = False
    """Delete them although playlists hold them."""


class UpdateTracks(TrackChanges, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /tracks/batch/update: the fields of PUT, for all of them."""

    track_ids: Batch


class BatchFailure(Struct, frozen=True):
    """A track to which it was not done, and why."""

    track_id: AnyId
    error_code: str
    message: str


class BatchAnswer(Struct, frozen=True):
    """What became of each, by the id that was given."""

    done: list[AnyId]
    failed: list[BatchFailure]
