"""The rows of api/routes.py that are about playlists."""

from api.limits import (
    CATALOG_WRITE,
    PLAYLIST_SHARED,
    TRACK_SEARCH,
)
from api.playlists import collaborators, playlists
from api.playlists import exports as playlist_exports
from api.playlists import tracks as playlist_tracks
from api.playlists.files import SavedPlaylist
from api.routing import Route
from api.schemas.playlists import (
    AddCollaborator,
    AddTracks,
    ChangeCollaborator,
    ChangePlaylist,
    CollaboratorEntry,
    CreatePlaylist,
    DeletedPlaylist,
    DuplicatePlaylist,
    MakeLink,
    PlaylistDetail,
    PlaylistEntry,
    PlaylistItem,
    PlaylistQuery,
    PlaylistSearch,
    ReorderTracks,
    RevokedLinks,
    SharedLink,
    TracksQuery,
)

PLAYLISTS = "/api/v1/playlists"
PLAYLIST = "/api/v1/playlists/{id}"
PEOPLE = "/api/v1/playlists/{id}/collaborators"

# fmt: off
PLAYLIST_ROUTES: tuple[Route, ...] = (
    Route("GET", PLAYLISTS + "/shared/{token}", playlists.get_shared_playlist, "optional",
          PLAYLIST_SHARED, answer=PlaylistDetail, by_address=True),
    Route("GET", PLAYLISTS, playlists.list_playlists, "session",
          query=PlaylistQuery, answer=PlaylistItem, is_list=True),
    Route("POST", PLAYLISTS, playlists.create_playlist, "account", CATALOG_WRITE,
          body=CreatePlaylist, answer=PlaylistItem),
    Route("GET", f"{PLAYLISTS}/search", playlists.search_playlists, "session", TRACK_SEARCH,
          query=PlaylistSearch, answer=PlaylistItem, is_list=True),
    Route("GET", f"{PLAYLISTS}/favoris", playlists.get_favorites, "account",
          answer=PlaylistDetail),
    Route("GET", f"{PLAYLISTS}/favorites", playlists.get_favorites, "account",
          answer=PlaylistDetail),
    Route("GET", PLAYLIST, playlists.get_playlist, "session", answer=PlaylistDetail),
    Route("PUT", PLAYLIST, playlists.update_playlist, "account", CATALOG_WRITE,
          body=ChangePlaylist, answer=PlaylistItem),
    Route("DELETE", PLAYLIST, playlists.delete_playlist, "account", CATALOG_WRITE,
          answer=DeletedPlaylist),
    Route("POST", f"{PLAYLIST}/duplicate", playlists.duplicate_playlist, "account",
          CATALOG_WRITE, body=DuplicatePlaylist, needs_body=False, answer=PlaylistItem),
    Route("GET", f"{PLAYLIST}/export/json", playlist_exports.export_json, "session",
          media="application/json", answer=SavedPlaylist),
    Route("GET", f"{PLAYLIST}/export/csv", playlist_exports.export_csv, "session",
          media="text/csv"),
    Route("GET", f"{PLAYLIST}/export/m3u", playlist_exports.export_m3u, "session",
          media="audio/x-mpegurl"),
    Route("GET", f"{PLAYLIST}/tracks", playlist_tracks.list_tracks, "session",
          query=TracksQuery, answer=PlaylistEntry, is_list=True),
    Route("POST", f"{PLAYLIST}/tracks", playlist_tracks.add_tracks, "account", CATALOG_WRITE,
          body=AddTracks, answer=PlaylistItem),
    Route("PUT", f"{PLAYLIST}/tracks/reorder", playlist_tracks.reorder_tracks, "account",
          CATALOG_WRITE, body=ReorderTracks, answer=PlaylistItem),
    Route("DELETE", PLAYLIST + "/tracks/{track_id}", playlist_tracks.remove_track, "account",
          CATALOG_WRITE, answer=PlaylistItem),
    Route("GET", PEOPLE, collaborators.list_collaborators, "account",
          answer=CollaboratorEntry, is_list=True),
    Route("POST", PEOPLE, collaborators.add_collaborator, "account", CATALOG_WRITE,
          body=AddCollaborator, answer=CollaboratorEntry),
    Route("PUT", PEOPLE + "/{user_id}", collaborators.change_collaborator, "account",
          CATALOG_WRITE, body=ChangeCollaborator, answer=CollaboratorEntry),
    Route("DELETE", PEOPLE + "/{user_id}", collaborators.remove_collaborator, "account",
          CATALOG_WRITE),
    Route("POST", f"{PLAYLIST}/share", collaborators.make_link, "account", CATALOG_WRITE,
          body=MakeLink, needs_body=False, answer=SharedLink),
    Route("DELETE", f"{PLAYLIST}/share", collaborators.revoke_links, "account", CATALOG_WRITE,
          answer=RevokedLinks),
)
# fmt: on
