"""Query and answer of /api/v1/tracks/search (specification A6)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.schemas.tracks import Key, License, Seconds, Uploader, Words
from storage.tracks.lists import Order
from storage.tracks.search import SearchSort


class SearchQuery(Struct, frozen=True, kw_only=True):
    """GET /tracks/search."""

    q: Words | None = None
    type: Literal["simple", "advanced", "semantic"] = "simple"
    artist: Words | None = None
    genre: Words | None = None
    key: Key | None = None
    license: License | None = None
    tags: Words | None = None
    bpm_min: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    bpm_max: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    duration_min: Seconds | None = None
    duration_max: Seconds | None = None
    min_duration: Seconds | None = None
    max_duration: Seconds | None = None
    sort: SearchSort = "relevance"
    order: Order = "desc"
    limit: Annotated[int, Meta(ge=1, le=50)] = 20
    offset: Annotated[int, Meta(ge=0, le=10_000)] = 0


class Highlighted(Struct, frozen=True):
    """HTML: escaped, with what matched in <em>."""

    title: str
    artist: str | None
    tags: list[str]


class SearchResult(Struct, frozen=True, kw_only=True):
    """One result of a search (A6)."""

    id: int
    uuid: str
    title: str
    artist: str | None
    score: float
    match_reasons: tuple[str, ...]
    highlighted: Highlighted
    duration_seconds: int | None
    genre: str | None
    bpm: int | None
    key: str | None
    thumbnail_url: str | None
    stream_url: str | None
    uploader: Uploader
    stats: dict[str, int]


class FacetCount(Struct, frozen=True):
    """One value and how many results have it."""

    name: str
    count: int


class RangeCount(Struct, frozen=True):
    """One range and how many results are in it."""

    range: str
    count: int


class Facets(Struct, frozen=True):
    """How the results divide."""

    genres: list[FacetCount]
    artists: list[FacetCount]
    bpm_ranges: list[RangeCount]


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """Answer to a search."""

    query: str
    total_results: int
    search_time_ms: int
    results: list[SearchResult]
    facets: Facets
    suggestions: list[str]
    related_searches: list[str]
