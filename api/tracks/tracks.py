"""/api/v1/tracks: list, detail, status, update, delete, likes. Uploads are in api/uploads."""

from typing import Any

from aiohttp import web
from msgspec import UNSET
from msgspec.structs import replace

from api.auth.principals import caller, maybe_caller
from api.bodies import read_query
from api.envelope import ok
from api.paging import page_meta
from api.parts import Api
from api.refs import as_ref
from api.schemas.track_changes import (
    Liked,
)
from api.schemas.tracks import (
    CommentAuthor,
    DetailedStats,
    RecentComment,
    RelatedTrack,
    TrackDetail,
    TrackDetailQuery,
    TrackQuery,
)
from api.times import utc
from api.tracks.views import audio_info, item, state, stats, thumbnail_url, uploader, urls
from rooms.access import may_delete
from rooms.errors import Gone, NotFound
from storage.tracks.lists import TrackFilter
from storage.tracks.rows import Track


async def list_tracks(request: web.Request, api: Api) -> web.Response:
    """A page of the catalog (A1)."""
    query = read_query(request, TrackQuery)
    wanted, applied = _filter(request, query)
    offset = (query.page - 1) * query.limit
    page = await api.lists.page(wanted, query.sort, query.order, query.limit, offset)
    tracks = await api.catalog.in_order(page.track_ids)
    with_status = query.include == "status"
    meta = page_meta(query.page, query.limit, page.total, applied)
    data = [item(track, with_status=with_status) for track in tracks]
    return ok(data, "Tracks retrieved successfully", meta=meta)


async def get_track(request: web.Request, api: Api) -> web.Response:
    """One track (A2)."""
    query = read_query(request, TrackDetailQuery)
    track = await visible_track(request, api)
    principal = maybe_caller(request)
    liked: Any = UNSET
    if principal is not None:
        liked = await api.catalog.is_liked(track.id, principal.user_id)
    data = TrackDetail(
        id=track.seq_id,
        uuid=track.id,
        title=track.title,
        artist=track.artist,
        description=track.description,
        filename=track.filename,
        duration_seconds=track.duration,
        duration_ms=track.duration_ms,
        tags=track.tags,
        genre=track.genre,
        bpm=track.bpm,
        key=track.musical_key,
        is_public=track.is_public,
        is_downloadable=track.is_downloadable,
        license=track.license,
        status=track.status,
        uploader_id=track.creator_seq_id,
        uploader_uuid=track.creator_id,
        uploader=uploader(track, in_full=True),
        created_at=utc(track.created_at),
        updated_at=utc(track.updated_at),
        urls=urls(track),
        audio_info=audio_info(track),
        stats=await detailed_stats(api, track) if query.include_stats else stats(track),
        related_tracks=await _related(api, track) if query.include_related else [],
        recent_comments=await _comments(api, track) if query.include_comments else [],
        liked=liked,
    )
    return ok(data, "Track retrieved successfully")


async def track_state(request: web.Request, api: Api) -> web.Response:
    """How far the processing is; the owner also sees why it failed."""
    track = await visible_track(request, api)
    shown = state(track)
    if not may_delete(track.creator_id, caller(request)):
        shown = replace(shown, error=None)
    return ok(shown, "Track status")


async def like_track(request: web.Request, api: Api) -> web.Response:
    """Like a track; twice is once."""
    track = await visible_track(request, api)
    likes = await api.catalog.like(track.id, caller(request).user_id)
    return ok(Liked(liked=True, likes=likes), "Track liked")


async def unlike_track(request: web.Request, api: Api) -> web.Response:
    """Take a like back."""
    track = await visible_track(request, api)
    likes = await api.catalog.unlike(track.id, caller(request).user_id)
    return ok(Liked(liked=False, likes=likes), "Like removed")


async def visible_track(request: web.Request, api: Api) -> Track:
    """The track of the path, if the caller may see it.

    Raises:
        NotFound: TRACK_NOT_FOUND.
        Gone: TRACK_DELETED.
        Forbidden: UNAUTHORIZED_ACCESS, it is private and another's.
    """
    track = await api.catalog.get(await track_id_of(request, api))
    return await api.hearing.require(track, maybe_caller(request))


def refuse_deleted(track: Track) -> None:
    """Raises Gone, TRACK_DELETED."""
    if track.is_deleted:
        raise Gone("Track deleted", "TRACK_DELETED")


async def track_id_of(request: web.Request, api: Api) -> str:
    """The UUID of the track that the path names by UUID or by its integer id."""
    given = request.match_info["id"]
    ref = as_ref(given)
    track_id = await api.catalog.id_of(ref) if isinstance(ref, int) else ref
    if track_id is None:
        raise track_not_found()
    return track_id


def _filter(request: web.Request, query: TrackQuery) -> tuple[TrackFilter, dict[str, Any]]:
    """What to look for, and the same in the words of `filters_applied`."""
    uploader_id, uploader_seq_id = _uploader(request, query.uploader_id)
    wanted = TrackFilter(
        artist=query.artist,
        genre=query.genre,
        tags=tuple(tag for part in (query.tags or "").split(",") if (tag := part.strip())),
        min_duration_s=_first(query.min_duration, query.duration_min),
        max_duration_s=_first(query.max_duration, query.duration_max),
        search=query.search or query.q,
        uploader_id=uploader_id,
        uploader_seq_id=uploader_seq_id,
        format=query.format,
        quality=query.quality,
        own_of=caller(request).user_id if query.show_private else None,
    )
    sent = {
        "artist": wanted.artist,
        "genre": wanted.genre,
        "tags": wanted.tags or None,
        "min_duration": wanted.min_duration_s,
        "max_duration": wanted.max_duration_s,
        "search": wanted.search,
        "uploader_id": query.uploader_id,
        "show_private": query.show_private or None,
        "format": wanted.format,
        "quality": wanted.quality,
    }
    return wanted, sent


def _uploader(request: web.Request, given: str | None) -> tuple[str | None, int | None]:
    """The UUID or the integer that the caller means."""
    if given is None:
        return None, None
    if given == "me":
        return caller(request).user_id, None
    ref = as_ref(given)
    return (ref, None) if isinstance(ref, str) else (None, ref)


def _first(one: int | None, other: int | None) -> int | None:
    return other if one is None else one


async def detailed_stats(api: Api, track: Track) -> DetailedStats:
    """The track's counters, with plays of late."""
    late = await api.details.plays(track.id)
    return replace(
        stats(track),
        plays_today=late.today,
        plays_this_week=late.this_week,
        plays_this_month=late.this_month,
    )


async def _related(api: Api, track: Track) -> list[RelatedTrack]:
    related = await api.details.related(track.id)
    similarity = {found.track_id: found.similarity for found in related}
    return [
        RelatedTrack(
            id=other.seq_id,
            uuid=other.id,
            title=other.title,
            artist=other.artist,
            thumbnail_url=thumbnail_url(other),
            similarity_score=similarity[other.id],
        )
        for other in await api.catalog.in_order(list(similarity))
    ]


async def _comments(api: Api, track: Track) -> list[RecentComment]:
    return [
        RecentComment(
            id=comment.seq_id,
            user=CommentAuthor(comment.user_seq_id, comment.username, comment.avatar_url),
            content=comment.content,
            timestamp=comment.timestamp_s,
            created_at=utc(comment.created_at),
            likes=comment.likes,
        )
        for comment in await api.details.comments(track.id)
    ]


def track_not_found() -> NotFound:
    """What is said of a track that there never was."""
    return NotFound("Track not found", "TRACK_NOT_FOUND")
