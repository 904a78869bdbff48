"""Queries, bodies and answers of albums."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from api.paging import PageNumber, PageSize
from api.refs import AnyId, IdText
from api.schemas.artists import Skip
from api.schemas.playlists import ImageUrl
from api.schemas.tracks import TrackItem, Words
from rooms.access import ArtistRole
from storage.albums.records import AlbumArtist, AlbumSort, AlbumType
from storage.pages import Order

AlbumTitle = Annotated[str, Meta(min_length=1, max_length=255)]
Year = Annotated[int, Meta(ge=1, le=9999)]

HINTS: Mapping[str, str] = {
    "cover_url": "An address that starts with https:// or http://.",
    "release_date": "A date such as 2026-11-21.",
    "track_ids": "UUIDs or integer ids, at most 200.",
}


class AlbumQuery(Struct, frozen=True, kw_only=True):
    """GET /api/v1/albums."""

    page: PageNumber = 1
    limit: PageSize = 20
    sort: AlbumSort = "created_at"
    order: Order = "desc"
    artist_id: IdText | None = None
    """UUID or integer."""
    artist: Words | None = None
    """Name, whole."""
    album_type: AlbumType | None = None
    year: Year | None = None
    search: Words | None = None
    q: Words | None = None
    """Another spelling of search."""


class LibraryAlbums(Struct, frozen=True, kw_only=True):
    """GET /api/albums."""

    skip: Skip = 0
    limit: PageSize = 100
    artist_id: IdText | None = None
    """Integer or UUID."""
    artist: Words | None = None
    """Name, whole."""
    search: Words | None = None


class AlbumArtistLink(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom an album is by, and what he may do with it."""

    artist_id: AnyId
    role: ArtistRole = "owner"


Links = Annotated[list[AlbumArtistLink], Meta(min_length=1, max_length=50)]


class CreateAlbum(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/v1/albums."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    title: AlbumTitle
    album_type: AlbumType = "album"
    cover_url: ImageUrl | None = None
    release_date: date | None = None
    artists: Links | None = None
    """The caller's own artist when left out."""


class ChangeAlbum(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT /api/v1/albums/{id}: what is left out stays as it is."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    title: AlbumTitle | UnsetType = UNSET
    album_type: AlbumType | UnsetType = UNSET
    cover_url: ImageUrl | UnsetType | None = UNSET
    release_date: date | UnsetType | None = UNSET
    artists: Links | UnsetType = UNSET
    """All of them; the album's owners only."""


class AlbumTracks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT /api/v1/albums/{id}/tracks: all of them, in order."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    track_ids: Annotated[list[AnyId], Meta(max_length=200)]


class AlbumItem(Struct, frozen=True, kw_only=True):
    """An album in a list."""

    id: int
    uuid: str
    title: str
    cover_url: str | None
    album_type: AlbumType
    release_date: date | None
    artists: tuple[AlbumArtist, ...]
    track_count: int
    """Of public and finished tracks."""
    created_at: str
    updated_at: str


class AlbumDetail(AlbumItem, frozen=True, kw_only=True):
    """One album with the tracks that the caller may hear."""

    tracks: list[TrackItem]
    role: ArtistRole | None
    """The caller's."""


class DeletedAlbum(Struct, frozen=True):
    """Answer to a deletion."""

    deleted_album_id: int
    deleted_album_uuid: str
