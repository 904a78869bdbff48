"""Every path of the REST door on one page: method, path, handler, who may call, how often."""

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from api import about
from api.albums.routes import ALBUM_ROUTES
from api.auth import auth, sessions
from api.chat.routes import CHAT_ROUTES
from api.limits import (
    CHECK_USERNAME,
    GUEST,
    LOGIN,
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
from api.live.routes import LIVE_ROUTES
from api.openapi import describe
from api.parts import Api
from api.playlists.routes import PLAYLIST_ROUTES
from api.presence.routes import PRESENCE_ROUTES
from api.queue.routes import QUEUE_ROUTES
from api.routing import Route, guarded
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
from api.schemas.library_tracks import LibraryTracks
from api.schemas.listening import AudioQuery, PlayAnswer, PlayLog, StreamAnswer, StreamQuery
from api.schemas.search import SearchAnswer, SearchQuery
from api.schemas.track_changes import (
    BatchAnswer,
    DeletedTrack,
    DeleteQuery,
    DeleteTracks,
    Liked,
    TrackChanges,
    UpdatedTrack,
    UpdateTracks,
)
from api.schemas.track_people import HistoryEntry, LikerEntry, PeopleQuery
from api.schemas.tracks import (
    DetailedStats,
    TrackDetail,
    TrackDetailQuery,
    TrackItem,
    TrackQuery,
    TrackState,
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
from api.tracks import changes as track_changes
from api.tracks import library as library_tracks
from api.tracks import listening, search, tracks
from api.tracks import people as track_people
from api.uploads import chunks, uploads
from api.uploads import limits as upload_limits

AUTH = "/api/v1/auth"
SESSIONS = "/api/v1/sessions"
TRACKS = "/api/v1/tracks"
LIBRARY = "/api/tracks"
TRACK = "/api/v1/tracks/{id}"

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
    Route("PUT", TRACK, track_changes.update_track, "account", TRACK_UPDATE,
          body=TrackChanges, answer=UpdatedTrack),
    Route("DELETE", TRACK, track_changes.delete_track, "account", TRACK_DELETE,
          query=DeleteQuery, answer=DeletedTrack),
    Route("POST", f"{TRACKS}/batch/update", track_changes.update_batch, "account", TRACK_UPDATE,
          body=UpdateTracks, answer=BatchAnswer),
    Route("POST", f"{TRACKS}/batch/delete", track_changes.delete_batch, "account", TRACK_DELETE,
          body=DeleteTracks, answer=BatchAnswer),
    Route("GET", f"{TRACK}/stats", track_people.track_stats, "optional", TRACK_READ,
          answer=DetailedStats),
    Route("GET", f"{TRACK}/history", track_people.list_history, "optional", TRACK_READ,
          query=PeopleQuery, answer=HistoryEntry, is_list=True),
    Route("GET", f"{TRACK}/likes", track_people.list_likes, "session", TRACK_READ,
          query=PeopleQuery, answer=LikerEntry, is_list=True),
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

    Route("GET", LIBRARY, library_tracks.list_library_tracks, "session", TRACK_LIST,
          query=LibraryTracks, answer=TrackItem, is_list=True, bare=True),
    Route("GET", LIBRARY + "/{id}", library_tracks.get_library_track, "session", TRACK_READ,
          answer=TrackItem, bare=True),
    Route("PUT", LIBRARY + "/{id}", library_tracks.update_library_track, "account", TRACK_UPDATE,
          body=TrackChanges, answer=TrackItem, bare=True),
    Route("DELETE", LIBRARY + "/{id}", library_tracks.delete_library_track, "account",
          TRACK_DELETE, answer=DeletedTrack, bare=True),

    *PLAYLIST_ROUTES,
    *ALBUM_ROUTES,

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
    *PRESENCE_ROUTES,
    *QUEUE_ROUTES,
)
# fmt: on


def mount(
    app: web.Application, api: Api, *, documented: bool = True, page: Handler | None = None
) -> None:
    """Add every route to `app`, whose middlewares are `answer_errors` and `identify`.

    The library's addresses are at the root, too (C21). Who wants HTML there gets `page`.
    """
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
        if route.bare and page is not None:
            rooted = at_root(handler, page)
            app.router.add_route(route.method, route.path.removeprefix("/api"), rooted)
            if route.method == "GET":
                app.router.add_route("HEAD", route.path.removeprefix("/api"), rooted)


def at_root(handler: Handler, page: Handler) -> Handler:
    """The handler of an address that is also one of the client's pages."""

    async def choose(request: web.Request) -> web.StreamResponse:
        wants_page = request.method in ("GET", "HEAD") and "text/html" in request.headers.get(
            "Accept", ""
        )
        return await (page if wants_page else handler)(request)

    return choose
