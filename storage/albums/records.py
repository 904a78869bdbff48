"""An album as one viewer meets it, and what a list of albums is narrowed to."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from rooms.access import ArtistRole

AlbumSort = Literal["created_at", "updated_at", "title", "release_date"]
AlbumType = Literal["single", "ep", "album"]


class AlbumArtist(Struct, frozen=True, kw_only=True):
    """One whom an album is by."""

    id: int
    uuid: str
    name: str
    avatar_url: str | None
    role: ArtistRole


class Album(Struct, frozen=True, kw_only=True):
    """An album as one viewer meets it."""

    id: str
    seq_id: int
    title: str
    cover_url: str | None
    album_type: AlbumType
    release_date: date | None
    creator_id: str | None
    role: ArtistRole | None
    """The strongest that the viewer has by an artist of his."""
    artists: tuple[AlbumArtist, ...]
    track_count: int
    """Of public and finished tracks."""
    created_at: datetime
    updated_at: datetime


class AlbumFilter(Struct, frozen=True, kw_only=True):
    """What a list is narrowed to."""

    artist_id: str | None = None
    artist: str | None = None
    """A name, whole."""
    album_type: AlbumType | None = None
    search: str | None = None
    """Part of the title."""
    year: int | None = None


class PageOfAlbums(Struct, frozen=True):
    """One page, and how many there are in all."""

    albums: list[Album]
    total: int
