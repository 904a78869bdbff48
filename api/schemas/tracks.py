"""Queries, bodies and answers of /api/v1/tracks (specification A1 to A6)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from rooms.ids import UUID_PATTERN
from storage.tracks.lists import Order, Sort

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


class TrackQuery(Struct, frozen=True, kw_only=True):
    """GET /tracks."""

    HINTS: ClassVar[Mapping[str, str]] = {"uploader_id": "An integer, a UUID or `me`."}

    page: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    sort: Sort = "created_at"
    order: Order = "desc"
    artist: Words | None = None
    genre: Words | None = None
    tags: Words | None = None
    """Separated by commas; a track has to have all of them."""
    min_duration: Seconds | None = None
    max_duration: Seconds | None = None
    duration_min: Seconds | None = None
    """Another spelling of min_duration."""
    duration_max: Seconds | None = None
    search: Words | None = None
    q: Words | None = None
    """Another spelling of search."""
    uploader_id: UploaderId | None = None
    """Integer, UUID, or `me`."""
    show_private: bool = False
    format: Words | None = None
    quality: Words | None = None
    include: Literal["status"] | None = None
    """`status` adds to each track how far its processing is."""


class TrackDetailQuery(Struct, frozen=True, kw_only=True):
    """GET /tracks/{id}."""

    include_stats: bool = False
    include_comments: bool = False
    include_related: bool = False


class Stats(Struct, frozen=True):
    """Counters of a track in a list."""

    plays: int
    likes: int
    downloads: int
    shares: int


class AudioInfo(Struct, frozen=True):
    """What the original is; None until a worker has looked."""

    format: str | None
    bitrate: int | None
    sample_rate: int | None
    channels: int | None
    file_size: int | None


class Processing(Struct, frozen=True):
    """How far a worker is."""

    step: str | None
    percent: int


class Fault(Struct, frozen=True):
    """Why a track could not be made playable."""

    code: str
    message: str


class TrackItem(Struct, frozen=True, kw_only=True):
    """A track in a list: the fields of A1, and the UUIDs (C01)."""

    id: int
    uuid: str
    title: str
    artist: str | None
    filename: str | None
    duration_seconds: int | None
    tags: tuple[str, ...]
    is_public: bool
    uploader_id: int | None
    uploader_uuid: str | None
    uploader_name: str | None
    created_at: str
    updated_at: str
    stream_url: str | None
    waveform_url: str | None
    thumbnail_url: str | None
    stats: Stats
    audio_info: AudioInfo
    status: str | UnsetType = UNSET
    duration_ms: int | UnsetType | None = UNSET
    processing: Processing | UnsetType = UNSET
    failure: Fault | UnsetType | None = UNSET


class Uploader(Struct, frozen=True, kw_only=True):
    """Who uploaded a track."""

    id: int | None
    uuid: str | None
    username: str | None
    display_name: str | None
    avatar_url: str | UnsetType | None = UNSET
    is_verified: bool | UnsetType = UNSET
    follower_count: int | UnsetType = UNSET


class Urls(Struct, frozen=True, kw_only=True):
    """Where a track's files are; None until there are any."""

    stream: str | None
    waveform: str | None
    thumbnail: str | None
    artwork: str | UnsetType | None = UNSET


class DetailedAudioInfo(Struct, frozen=True, kw_only=True):
    """What the original is, in full."""

    format: str | None
    bitrate: int | None
    sample_rate: int | None
    channels: int | None
    file_size: int | None
    codec: str | None
    quality: str | None
    loudness_lufs: float | None


class DetailedStats(Struct, frozen=True, kw_only=True):
    """Counters of one track; the plays of late only when asked for."""

    plays: int
    unique_listeners: int
    likes: int
    dislikes: int
    downloads: int
    shares: int
    comments: int
    reposts: int
    plays_today: int | UnsetType = UNSET
    plays_this_week: int | UnsetType = UNSET
    plays_this_month: int | UnsetType = UNSET


class RelatedTrack(Struct, frozen=True, kw_only=True):
    """A track that shares artist, genre or tags."""

    id: int
    uuid: str
    title: str
    artist: str | None
    thumbnail_url: str | None
    similarity_score: float


class CommentAuthor(Struct, frozen=True):
    """Who wrote a comment."""

    id: int
    username: str
    avatar_url: str | None


class RecentComment(Struct, frozen=True, kw_only=True):
    """A comment at a position of the track."""

    id: int
    user: CommentAuthor
    content: str
    timestamp: float | None
    """Seconds into the track."""
    created_at: str
    likes: int


class TrackDetail(Struct, frozen=True, kw_only=True):
    """One track (A2)."""

    id: int
    uuid: str
    title: str
    artist: str | None
    description: str | None
    filename: str | None
    duration_seconds: int | None
    duration_ms: int | None
    tags: tuple[str, ...]
    genre: str | None
    bpm: int | None
    key: str | None
    is_public: bool
    is_downloadable: bool
    license: str
    status: str
    uploader_id: int | None
    uploader_uuid: str | None
    uploader: Uploader
    created_at: str
    updated_at: str
    urls: Urls
    audio_info: DetailedAudioInfo
    stats: DetailedStats
    related_tracks: list[RelatedTrack]
    recent_comments: list[RecentComment]
    liked: bool | UnsetType = UNSET
    """For a caller who is signed in."""


TaskStatus = Literal["pending", "processing", "completed", "failed"]


class Task(Struct, frozen=True):
    """One step of processing, as the specification names them."""

    task: str
    status: TaskStatus
    progress: int


class TrackState(Struct, frozen=True, kw_only=True):
    """GET /tracks/{id}/status."""

    id: int
    uuid: str
    status: str
    progress: int
    step: str | None
    tasks: list[Task]
    error: Fault | None
    stream_url: str | None
    duration_ms: int | None
    updated_at: str
