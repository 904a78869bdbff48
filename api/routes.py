"""Every path of the REST door on one page: method, path, handler, who may call, how often."""

import msgspec
from aiohttp import web

from api import (
    about,
    albums,
    artists,
    auth,
    chunks,
    collaborators,
    listening,
    playlist_tracks,
    playlists,
    search,
    sessions,
    tracks,
    upload_limits,
    uploads,
)
from api.chat_routes import CHAT_ROUTES
from api.limits import (
    CATALOG_LIST,
    CATALOG_WRITE,
    CHECK_USERNAME,
    GUEST,
    LOGIN,
    PLAYLIST_SHARED,
    REFRESH,
    REGISTER,
    STREAM_TOKEN,
    TRACK_DELETE,
    TRACK_LIST,
    TRACK_READ,
    TRACK_SEARCH,
    TRACK_STREAM,
    TRACK_UPDATE,
    TRACK_UPLOAD,
)
from api.live_routes import LIVE_ROUTES
from api.openapi import describe
from api.parts import Api
from api.queue_routes import QUEUE_ROUTES
from api.routing import Route, guarded
from api.schemas.albums import (
    AlbumDetail,
    AlbumItem,
    AlbumQuery,
    AlbumTracks,
    ChangeAlbum,
    CreateAlbum,
    DeletedAlbum,
    LibraryAlbums,
)
from api.schemas.artists import (
    ArtistItem,
    ArtistQuery,
    ChangeArtist,
    CreateArtist,
    DeletedArtist,
    LibraryArtists,
)
from api.schemas.auth import (
    CsrfToken,
    Entered,
    Guest,
    LogIn,
    Refresh,
    Register,
    Revoked,
    SessionEntry,
    SessionStats,
    SignedIn,
    StreamToken,
    TokenTest,
    User,
    UsernameCheck,
    UsernameQuery,
)
from api.schemas.listening import AudioQuery, PlayAnswer, PlayLog, StreamAnswer, StreamQuery
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
from api.schemas.search import SearchAnswer, SearchQuery
from api.schemas.tracks import (
    DeletedTrack,
    DeleteQuery,
    Liked,
    TrackChanges,
    TrackDetail,
    TrackDetailQuery,
    TrackItem,
    TrackQuery,
    TrackState,
    UpdatedTrack,
)
from api.schemas.uploads import (
    ChunkQuery,
    ChunkReceived,
    Complete,
    Initiate,
    Initiated,
    Metadata,
    QuotaState,
    TypeCheck,
    TypeQuery,
    UploadedTrack,
    UploadLimits,
    UploadQuery,
    UploadState,
)

AUTH = "/api/v1/auth"
SESSIONS = "/api/v1/sessions"
TRACKS = "/api/v1/tracks"
TRACK = "/api/v1/tracks/{id}"
PLAYLISTS = "/api/v1/playlists"
PLAYLIST = "/api/v1/playlists/{id}"
ARTISTS = "/api/v1/artists"
ARTIST = "/api/v1/artists/{id}"
ALBUMS = "/api/v1/albums"
ALBUM = "/api/v1/albums/{id}"
PEOPLE = "/api/v1/playlists/{id}/collaborators"

# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("POST", f"{AUTH}/register", auth.register, "public", REGISTER,
          body=Register, answer=SignedIn, by_address=True),
    Route("POST", f"{AUTH}/login", auth.log_in, "public", LOGIN,
          body=LogIn, answer=SignedIn, by_address=True),
    Route("POST", f"{AUTH}/refresh", auth.refresh, "public", REFRESH,
          body=Refresh, needs_body=False, answer=SignedIn, by_address=True),
    Route("POST", f"{AUTH}/logout", auth.log_out, "public", body=Refresh, needs_body=False),
    Route("POST", f"{AUTH}/guest", auth.enter_as_guest, "public", GUEST,
          body=Guest, answer=Entered, by_address=True),
    Route("GET", f"{AUTH}/me", auth.me, "session", answer=User),
    Route("GET", f"{AUTH}/test", auth.test_token, "session", answer=TokenTest),
    Route("GET", f"{AUTH}/check-username", auth.check_username, "public", CHECK_USERNAME,
          query=UsernameQuery, answer=UsernameCheck),
    Route("POST", f"{AUTH}/stream-token", auth.stream_token, "session", STREAM_TOKEN,
          answer=StreamToken),
    Route("GET", "/api/v1/csrf-token", auth.csrf, "public", answer=CsrfToken),

    Route("GET", "/api/v1/status", about.api_status, "public", answer=about.ApiStatus),

    Route("GET", SESSIONS, sessions.list_sessions, "session", answer=SessionEntry, is_list=True),
    Route("GET", f"{SESSIONS}/stats", sessions.session_stats, "session", answer=SessionStats),
    Route("POST", f"{SESSIONS}/logout", auth.log_out, "public", body=Refresh, needs_body=False),
    Route("POST", f"{SESSIONS}/logout-all", sessions.log_out_all, "session", answer=Revoked),
    Route("POST", f"{SESSIONS}/logout-others", sessions.log_out_others, "session", answer=Revoked),
    Route("POST", f"{SESSIONS}/refresh", auth.refresh, "public", REFRESH,
          body=Refresh, needs_body=False, answer=SignedIn, by_address=True),
    Route("DELETE", SESSIONS + "/{session_id}", sessions.revoke_session, "session",
          answer=Revoked),

    Route("GET", TRACKS, tracks.list_tracks, "optional", TRACK_LIST,
          query=TrackQuery, answer=TrackItem, is_list=True),
    Route("GET", f"{TRACKS}/search", search.search_tracks, "optional", TRACK_SEARCH,
          query=SearchQuery, answer=SearchAnswer),
    Route("POST", TRACKS, uploads.upload_track, "creator", TRACK_UPLOAD,
          query=UploadQuery, form=Metadata, answer=UploadedTrack, streams=True),
    Route("POST", f"{TRACKS}/initiate", chunks.initiate, "creator",
          body=Initiate, answer=Initiated),
    Route("POST", f"{TRACKS}/chunk", chunks.receive_chunk, "creator",
          query=ChunkQuery, answer=ChunkReceived, streams=True),
    Route("POST", f"{TRACKS}/complete", chunks.complete, "creator",
          body=Complete, answer=UploadedTrack),
    Route("GET", TRACKS + "/resume/{upload_id}", chunks.upload_state, "account",
          answer=UploadState),
    Route("GET", TRACKS + "/quota/{id}", upload_limits.quota, "account", answer=QuotaState),
    Route("GET", TRACK, tracks.get_track, "optional", TRACK_READ,
          query=TrackDetailQuery, answer=TrackDetail),
    Route("PUT", TRACK, tracks.update_track, "account", TRACK_UPDATE,
          body=TrackChanges, answer=UpdatedTrack),
    Route("DELETE", TRACK, tracks.delete_track, "account", TRACK_DELETE,
          query=DeleteQuery, answer=DeletedTrack),
    Route("GET", f"{TRACK}/status", tracks.track_state, "session", answer=TrackState),
    Route("GET", f"{TRACK}/stream", listening.stream_track, "optional", TRACK_STREAM,
          query=StreamQuery, answer=StreamAnswer),
    Route("GET", f"{TRACK}/download", listening.download_track, "optional", TRACK_STREAM,
          media="application/octet-stream"),
    Route("POST", f"{TRACK}/play", listening.play_track, "session", TRACK_STREAM,
          body=PlayLog, needs_body=False, answer=PlayAnswer),
    Route("GET", "/audio/{id}/{quality}.{ext}", listening.send_audio, "public",
          query=AudioQuery, media="audio/mp4"),
    Route("POST", f"{TRACK}/like", tracks.like_track, "account", answer=Liked),
    Route("DELETE", f"{TRACK}/like", tracks.unlike_track, "account", answer=Liked),

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

    Route("GET", ARTISTS, artists.list_artists, "optional", CATALOG_LIST,
          query=ArtistQuery, answer=ArtistItem, is_list=True),
    Route("POST", ARTISTS, artists.create_artist, "account", CATALOG_WRITE,
          body=CreateArtist, answer=ArtistItem),
    Route("GET", ARTIST, artists.get_artist, "optional", TRACK_READ, answer=ArtistItem),
    Route("PUT", ARTIST, artists.update_artist, "account", CATALOG_WRITE,
          body=ChangeArtist, answer=ArtistItem),
    Route("DELETE", ARTIST, artists.delete_artist, "account", CATALOG_WRITE,
          answer=DeletedArtist),
    Route("GET", "/api/artists", artists.list_library_artists, "session", CATALOG_LIST,
          query=LibraryArtists, answer=ArtistItem, is_list=True, bare=True),

    Route("GET", ALBUMS, albums.list_albums, "optional", CATALOG_LIST,
          query=AlbumQuery, answer=AlbumItem, is_list=True),
    Route("POST", ALBUMS, albums.create_album, "account", CATALOG_WRITE,
          body=CreateAlbum, answer=AlbumDetail),
    Route("GET", ALBUM, albums.get_album, "optional", TRACK_READ, answer=AlbumDetail),
    Route("PUT", ALBUM, albums.update_album, "account", CATALOG_WRITE,
          body=ChangeAlbum, answer=AlbumDetail),
    Route("PUT", f"{ALBUM}/tracks", albums.set_tracks, "account", CATALOG_WRITE,
          body=AlbumTracks, answer=AlbumDetail),
    Route("DELETE", ALBUM, albums.delete_album, "account", CATALOG_WRITE, answer=DeletedAlbum),
    Route("GET", "/api/albums", albums.list_library_albums, "session", CATALOG_LIST,
          query=LibraryAlbums, answer=AlbumItem, is_list=True, bare=True),

    Route("GET", "/api/v1/upload/limits", upload_limits.upload_limits, "optional",
          answer=UploadLimits),
    Route("GET", "/api/v1/uploads/limits", upload_limits.upload_limits, "optional",
          answer=UploadLimits),
    Route("GET", "/api/v1/upload/validate-type", upload_limits.validate_type, "public",
          query=TypeQuery, answer=TypeCheck),
    Route("GET", "/api/v1/uploads/validate-type", upload_limits.validate_type, "public",
          query=TypeQuery, answer=TypeCheck),
    Route("GET", "/api/v1/uploads/{upload_id}/status", chunks.upload_state, "account",
          answer=UploadState),
    Route("GET", "/api/v1/uploads/{upload_id}/progress", chunks.upload_state, "account",
          answer=UploadState),
    Route("DELETE", "/api/v1/uploads/{upload_id}", chunks.cancel_upload, "account"),

    *LIVE_ROUTES,
    *CHAT_ROUTES,
    *QUEUE_ROUTES,
)
# fmt: on


def mount(app: web.Application, api: Api, *, documented: bool = True) -> None:
    """Add every route to `app`, whose middlewares are `answer_errors` and `identify`."""
    if documented:
        document = msgspec.json.encode(describe(ROUTES))

        async def openapi(_request: web.Request) -> web.Response:
            return web.Response(body=document, content_type="application/json")

        app.router.add_get("/api/openapi.json", openapi)
    for route in ROUTES:
        handler = guarded(route, api)
        if route.method == "GET":
            app.router.add_get(route.path, handler)  # answers HEAD too
        else:
            app.router.add_route(route.method, route.path, handler)
