"""Queries, bodies and answers of /api/v1/playlists."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.paging import PageNumber, PageSize
from api.refs import AnyId, IdText
from api.schemas.tracks import TrackItem, Words
from rooms.access import Permission
from storage.pages import Order
from storage.playlists.playlists import PlaylistSort

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Description = Annotated[str, Meta(max_length=2_000)]
ImageUrl = Annotated[str, Meta(max_length=500, pattern=r"^https?://[!#-&(-;=?-\[\]-~]+$")]
Position = Annotated[int, Meta(ge=0, le=1_000)]


HINTS: Mapping[str, str] = {
    "cover_url": "An address that starts with https:// or http://.",
    "track_id": "A UUID or an integer id.",
    "track_ids": "UUIDs or integer ids, at most as many as a playlist holds.",
    "user_id": "A UUID or an integer id.",
}


class PlaylistQuery(Struct, frozen=True, kw_only=True):
    """GET /playlists."""

    page: PageNumber = 1
    limit: PageSize = 20
    sort: PlaylistSort = "updated_at"
    order: Order = "desc"
    scope: Literal["mine", "owned", "shared"] = "mine"
    """Own ones and those the caller collaborates on, or one kind of the two."""
    user_id: IdText | None = None
    """UUID or integer: the playlists of this user that the caller may see, instead of `scope`."""
    is_public: bool | None = None
    search: Words | None = None
    q: Words | None = None
    """Another spelling of search."""


class PlaylistSearch(Struct, frozen=True, kw_only=True):
    """GET /playlists/search."""

    q: Annotated[str, Meta(min_length=1, max_length=200)]
    page: PageNumber = 1
    limit: PageSize = 20
    sort: PlaylistSort = "updated_at"
    order: Order = "desc"


class TracksQuery(Struct, frozen=True, kw_only=True):
    """GET /playlists/{id}/tracks."""

    page: PageNumber = 1
    limit: PageSize = 100


class CreatePlaylist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /playlists."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS
    BLOCKS: ClassVar[frozenset[str]] = frozenset({"description"})

    name: Name
    description: Description | None = None
    is_public: bool = True
    cover_url: ImageUrl | None = None


class ChangePlaylist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT /playlists/{id}: what is left out stays as it is."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS
    BLOCKS: ClassVar[frozenset[str]] = frozenset({"description"})

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    is_public: bool | UnsetType = UNSET
    cover_url: ImageUrl | UnsetType | None = UNSET


class DuplicatePlaylist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /playlists/{id}/duplicate."""

    name: Name | None = None
    """The original's name when left out."""
    is_public: bool = False


class AddTracks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /playlists/{id}/tracks: `track_id`, `track_ids`, or both in this order."""

    NEEDS_ONE_OF: ClassVar[tuple[str, ...]] = ("track_id", "track_ids")
    HINTS: ClassVar[Mapping[str, str]] = HINTS

    track_id: AnyId | None = None
    track_ids: Annotated[list[AnyId], Meta(min_length=1, max_length=100)] | None = None
    position: Position | None = None
    """Where the first goes, from 0; at the end when left out."""


class ReorderTracks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT /playlists/{id}/tracks/reorder: the new order; tracks left out follow in theirs."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    track_ids: Annotated[list[AnyId], Meta(min_length=1, max_length=1_000)]


class AddCollaborator(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /playlists/{id}/collaborators."""

    HINTS: ClassVar[Mapping[str, str]] = HINTS

    user_id: AnyId
    permission: Permission = "read"


class ChangeCollaborator(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT /playlists/{id}/collaborators/{userId}."""

    permission: Permission


class MakeLink(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /playlists/{id}/share."""

    expires_in_days: Annotated[int, Meta(ge=1, le=365)] = 30


class Owner(Struct, frozen=True):
    """Whose a playlist is."""

    user_id: str
    username: str
    display_name: str


class PlaylistItem(Struct, frozen=True, kw_only=True):
    """A playlist in a list."""

    id: str
    name: str
    description: str | None
    is_public: bool
    cover_url: str | None
    track_count: int
    follower_count: int
    is_editorial: bool
    is_default_favorites: bool
    user_id: str
    owner: Owner
    permission: Literal["owner", "admin", "write", "read"] | None
    """What the caller may do; None for one who came by its being public or by a link."""
    created_at: str
    updated_at: str


class PlaylistEntry(Struct, frozen=True, kw_only=True):
    """A track's place in a playlist."""

    position: int
    """From 0, among the tracks that the caller may hear."""
    added_by: str | None
    """UUID."""
    added_at: str | None
    track: TrackItem


class PlaylistDetail(PlaylistItem, frozen=True, kw_only=True):
    """One playlist with the first of its tracks; /tracks has the rest."""

    tracks: list[PlaylistEntry]
    duration_seconds: int
    """Of the tracks shown here."""


class DeletedPlaylist(Struct, frozen=True):
    """Answer to a deletion."""

    deleted_playlist_id: str


class CollaboratorEntry(Struct, frozen=True, kw_only=True):
    """One person with a permission."""

    user_id: str
    username: str
    display_name: str
    avatar_url: str | None
    permission: Permission
    added_at: str


class SharedLink(Struct, frozen=True):
    """A new link: the token is shown this once."""

    token: str
    url: str
    """Path of the shared playlist on this host."""
    expires_at: str


class RevokedLinks(Struct, frozen=True):
    """Answer to taking links back."""

    revoked: int
