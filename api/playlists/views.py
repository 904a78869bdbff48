"""Rows of playlists in the shapes of their answers. Pure."""

from collections.abc import Sequence

from msgspec.structs import asdict

from api.schemas.playlists import (
    CollaboratorEntry,
    Owner,
    PlaylistDetail,
    PlaylistEntry,
    PlaylistItem,
)
from api.times import utc, utc_or_none
from api.tracks.views import item as track_item
from rooms.access import Principal
from storage.playlists.collaborators import Collaborator
from storage.playlists.playlists import Playlist
from storage.playlists.tracks import Entry
from storage.tracks.rows import Track


def item(playlist: Playlist, principal: Principal | None) -> PlaylistItem:
    """A playlist in a list."""
    owns = principal is not None and principal.user_id == playlist.user_id
    return PlaylistItem(
        id=playlist.id,
        name=playlist.name,
        description=playlist.description,
        is_public=playlist.is_public,
        cover_url=playlist.cover_url,
        track_count=playlist.track_count,
        follower_count=playlist.follower_count,
        is_editorial=playlist.is_editorial,
        is_default_favorites=playlist.is_default_favorites,
        user_id=playlist.user_id,
        owner=Owner(playlist.user_id, playlist.owner_username, playlist.owner_display_name),
        permission="owner" if owns else playlist.permission,
        created_at=utc(playlist.created_at),
        updated_at=utc(playlist.updated_at),
    )


def detail(
    playlist: Playlist, principal: Principal | None, shown: list[PlaylistEntry]
) -> PlaylistDetail:
    """One playlist with tracks."""
    return PlaylistDetail(
        **asdict(item(playlist, principal)),
        tracks=shown,
        duration_seconds=sum(entry.track.duration_seconds or 0 for entry in shown),
    )


def entries(
    heard: Sequence[Entry], tracks: Sequence[Track], first_position: int = 0
) -> list[PlaylistEntry]:
    """Entries with their tracks; one whose track has just gone is left out."""
    by_id = {track.id: track for track in tracks}
    return [
        PlaylistEntry(
            position=position,
            added_by=entry.added_by,
            added_at=utc_or_none(entry.added_at),
            track=track_item(by_id[entry.track_id], with_status=True),
        )
        for position, entry in enumerate(heard, first_position)
        if entry.track_id in by_id
    ]


def person(collaborator: Collaborator) -> CollaboratorEntry:
    """One who was let in."""
    return CollaboratorEntry(
        user_id=collaborator.user_id,
        username=collaborator.username,
        display_name=collaborator.display_name,
        avatar_url=collaborator.avatar_url,
        permission=collaborator.permission,
        added_at=utc(collaborator.created_at),
    )
