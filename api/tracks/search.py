"""/api/v1/tracks/search (A6)."""

import time

from aiohttp import web

from api.bodies import read_query
from api.envelope import ok
from api.parts import Api
from api.schemas.search import FacetCount, Facets, RangeCount, SearchAnswer, SearchQuery
from api.text import clean_line
from api.tracks.views import folded, search_result
from storage.tracks.found import Found
from storage.tracks.lists import TrackFilter, words_of

RELATED = 5


async def search_tracks(request: web.Request, api: Api) -> web.Response:
    """What fits the words and the filters, the best fit first."""
    started_s = time.perf_counter()
    query = read_query(request, SearchQuery)
    text = clean_line(query.q) if query.q is not None else None
    found = await api.search.search(
        text or None, _filter(query), query.sort, query.order, query.limit, query.offset
    )
    tracks = await api.catalog.in_order([hit.track_id for hit in found.hits])
    hits = {hit.track_id: hit for hit in found.hits}
    words = words_of(text or "")
    answer = SearchAnswer(
        query=text or "",
        total_results=found.total,
        search_time_ms=round((time.perf_counter() - started_s) * 1000),
        results=[search_result(track, hits[track.id], words) for track in tracks],
        facets=Facets(
            genres=[FacetCount(count.name, count.count) for count in found.genres],
            artists=[FacetCount(count.name, count.count) for count in found.artists],
            bpm_ranges=[RangeCount(count.name, count.count) for count in found.bpm_ranges],
        ),
        suggestions=found.suggestions,
        related_searches=_related(text or "", found),
    )
    return ok(answer, "Search completed successfully")


def _filter(query: SearchQuery) -> TrackFilter:
    tags = [tag for part in (query.tags or "").split(",") if (tag := part.strip())]
    low = query.duration_min if query.duration_min is not None else query.min_duration
    high = query.duration_max if query.duration_max is not None else query.max_duration
    return TrackFilter(
        artist=query.artist,
        genre=query.genre,
        tags=tuple(tags),
        key=query.key,
        license=query.license,
        min_bpm=query.bpm_min,
        max_bpm=query.bpm_max,
        min_duration_s=low,
        max_duration_s=high,
    )


def _related(text: str, found: Found) -> list[str]:
    """Artists and genres that the results have in common, but for what was asked."""
    names = [count.name for count in (*found.artists[:3], *found.genres[:3])]
    others = [name for name in names if folded(name) != folded(text)]
    return list(dict.fromkeys(others))[:RELATED]
