"""Queries, bodies and answers of artists."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from api.paging import PageNumber, PageSize
from api.refs import IdText
from api.schemas.playlists import ImageUrl
from api.schemas.tracks import Words
from storage.albums.artists import ArtistSort
from storage.pages import Order

ArtistName = Annotated[str, Meta(min_length=1, max_length=255)]
Skip = Annotated[int, Meta(ge=0, le=10_000_000)]

HINTS: Mapping[str, str] = {"avatar_url": "An address that starts with https:// or http://."}


class ArtistQuery(Struct, frozen=True, kw_only=True):
    """GET /api/v1/artists."""

    page: PageNumber = 1
    limit: PageSize = 20
    sort: ArtistSort = "name"
    order: Order = "asc"
    search: Words | None = None
    q: Words | None = None
    """Another spelling of search."""
    user_id: IdText | None = None
    """UUID or integer: the artists that this account keeps."""


class LibraryArtists(Struct, frozen=True, kw_only=True):
    """GET /api/artists."""

    skip: Skip = 0
    limit: PageSize = 100
    search: Words | None = None


class CreateArtist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/v1/artists."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    name: ArtistName
    avatar_url: ImageUrl | None = None
    is_me: bool = False
    """The artist is the caller himself; an account has one such."""


class ChangeArtist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT /api/v1/artists/{id}: what is left out stays as it is."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    name: ArtistName | UnsetType = UNSET
    avatar_url: ImageUrl | UnsetType | None = UNSET


class ArtistItem(Struct, frozen=True, kw_only=True):
    """One artist."""

    id: int
    uuid: str
    name: str
    avatar_url: str | None
    user_id: str | None
    """UUID of the account whose own artist this is."""
    created_at: str
    updated_at: str


class DeletedArtist(Struct, frozen=True):
    """Answer to a deletion."""

    deleted_artist_id: int
    deleted_artist_uuid: str
