"""/api/v1/tracks/{id}: its counters, who likes it, what was done to it."""

from aiohttp import web

from api.bodies import read_query
from api.envelope import ok
from api.paging import page_meta
from api.parts import Api
from api.schemas.track_people import HistoryEntry, LikerEntry, PeopleQuery
from api.times import utc
from api.tracks.tracks import detailed_stats, visible_track


async def track_stats(request: web.Request, api: Api) -> web.Response:
    """The track's counters, with plays of late."""
    track = await visible_track(request, api)
    return ok(await detailed_stats(api, track), "Track statistics")


async def list_likes(request: web.Request, api: Api) -> web.Response:
    """Who likes the track, the latest first."""
    query = read_query(request, PeopleQuery)
    track = await visible_track(request, api)
    offset = (query.page - 1) * query.limit
    found, total = await api.track_people.likers(track.id, query.limit, offset)
    shown = [
        LikerEntry(
            id=each.user_id,
            username=each.username,
            display_name=each.display_name,
            avatar_url=each.avatar_url,
            liked_at=utc(each.liked_at),
        )
        for each in found
    ]
    return ok(shown, "Likes", meta=page_meta(query.page, query.limit, total))


async def list_history(request: web.Request, api: Api) -> web.Response:
    """What was done to the track, the latest first."""
    query = read_query(request, PeopleQuery)
    track = await visible_track(request, api)
    offset = (query.page - 1) * query.limit
    found, total = await api.track_people.deeds(track.id, query.limit, offset)
    shown = [
        HistoryEntry(action=each.action, username=each.username, created_at=utc(each.done_at))
        for each in found
    ]
    return ok(shown, "Track history", meta=page_meta(query.page, query.limit, total))
