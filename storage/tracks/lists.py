"""Pages of the catalog: filters, order, totals."""

import re
import time
from typing import Any, Literal

from msgspec import Struct

from storage.backends import Pool
from storage.postgres import Postgres

Sort = Literal[
    "created_at", "updated_at", "title", "artist", "duration", "plays", "likes", "popularity"
]
Order = Literal["asc", "desc"]

COUNTED_EXACTLY = 1_000
"""Counting so many rows takes a ms. Larger totals are counted once in 15 s: with a million tracks
an exact count takes 60 ms, thirty times the page itself."""
COUNT_KEPT_S = 15
COUNTS_KEPT = 500
QUERY_DEADLINE_S = 5

_ORDERS: dict[str, str] = {
    "created_at": "t.created_at",
    "updated_at": "t.updated_at",
    "title": "folded(t.title)",
    "artist": "folded(t.artist)",
    "duration": "t.duration",
    "plays": "t.play_count",
    "likes": "t.like_count",
    "popularity": "t.popularity_score",
}

LISTED = "t.is_public AND t.status = 'completed' AND t.deleted_at IS NULL"
"""What everybody sees: public and finished (specification C47)."""

# Built in the query, so that quoting is PostgreSQL's: folding turns some letters into quotes.
WORDS = (
    "@@ (SELECT to_tsquery('simple', string_agg("
    "quote_literal(folded(word)) || ':*{weights}', ' & ')) FROM unnest({}::text[]) AS word)"
)


class TrackFilter(Struct, frozen=True, kw_only=True):
    """What a list is narrowed to; None leaves it open. Every filter narrows further."""

    artist: str | None = None
    genre: str | None = None
    tags: tuple[str, ...] = ()
    """All of them."""
    min_duration_s: int | None = None
    max_duration_s: int | None = None
    search: str | None = None
    """Words of title and artist, each at least begun."""
    uploader_id: str | None = None
    """UUID."""
    uploader_seq_id: int | None = None
    format: str | None = None
    quality: str | None = None
    key: str | None = None
    license: str | None = None
    min_bpm: int | None = None
    max_bpm: int | None = None
    own_of: str | None = None
    """UUID of a user whose private and unfinished tracks are listed too."""


class PageOfTracks(Struct, frozen=True):
    """Ids of one page, and how many there are in all."""

    track_ids: list[str]
    total: int


class Conditions:
    """Parts of a WHERE clause with their arguments, numbered as they come."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.args: list[Any] = []

    def add(self, part: str, *args: Any) -> None:
        """Add `part`, in which each {} stands for one of `args`."""
        numbers = range(len(self.args) + 1, len(self.args) + len(args) + 1)
        self.parts.append(part.format(*(f"${number}" for number in numbers)))
        self.args.extend(args)

    def add_if(self, part: str, value: Any) -> None:
        """Add `part` unless `value` is None."""
        if value is not None:
            self.add(part, value)

    @property
    def sql(self) -> str:
        """The whole clause, without WHERE."""
        return " AND ".join(self.parts)


class TrackLists:
    """Finds the tracks of a page.

    Args:
        pool: the database.
        counted_exactly: larger totals are counted once in a while.
    """

    def __init__(self, pool: Pool, counted_exactly: int = COUNTED_EXACTLY) -> None:
        self._postgres = Postgres(pool)
        self._counted_exactly = counted_exactly
        self._counts: dict[tuple[Any, ...], tuple[float, int]] = {}

    async def page(
        self, wanted: TrackFilter, sort: Sort, order: Order, limit: int, offset: int
    ) -> PageOfTracks:
        """Ids from `offset` on, and the total."""
        where = conditions(wanted)
        direction = "ASC" if order == "asc" else "DESC"
        sql = "\n".join(
            [
                "SELECT t.id::text FROM tracks t",
                "WHERE " + where.sql,
                f"ORDER BY {_ORDERS[sort]} {direction} NULLS LAST, t.id {direction}"
                if sort in ("artist", "duration")
                else f"ORDER BY {_ORDERS[sort]} {direction}, t.id {direction}",
                f"LIMIT {int(limit)} OFFSET {int(offset)}",
            ]
        )
        rows = await self._postgres.rows(sql, *where.args, timeout_s=QUERY_DEADLINE_S)
        track_ids = [row["id"] for row in rows]
        if 0 < len(track_ids) < limit:
            return PageOfTracks(track_ids, offset + len(track_ids))
        if not track_ids and offset == 0:
            return PageOfTracks([], 0)
        return PageOfTracks(track_ids, await self._total(where))

    async def _total(self, where: Conditions) -> int:
        key = (where.sql, *map(str, where.args))
        kept = self._counts.get(key)
        now_s = time.monotonic()
        if kept is not None and now_s - kept[0] < COUNT_KEPT_S:
            return kept[1]
        capped = "\n".join(
            [
                "SELECT count(*) FROM (SELECT FROM tracks t",
                "WHERE " + where.sql,
                f"LIMIT {self._counted_exactly + 1}) AS counted",
            ]
        )
        total = int(await self._postgres.value(capped, *where.args))
        if total > self._counted_exactly:
            everything = "\n".join(["SELECT count(*) FROM tracks t", "WHERE " + where.sql])
            total = int(await self._postgres.value(everything, *where.args))
            if len(self._counts) >= COUNTS_KEPT:
                self._counts.clear()
            self._counts[key] = (now_s, total)
        return total


def conditions(wanted: TrackFilter) -> Conditions:
    """The WHERE clause of a filter, over `tracks t`."""
    where = Conditions()
    if wanted.own_of is None:
        where.add(LISTED)
    else:
        where.add(
            "t.deleted_at IS NULL"
            " AND (t.creator_id = {} OR (t.is_public AND t.status = 'completed'))",
            wanted.own_of,
        )
    where.add_if("t.creator_id = {}", wanted.uploader_id)
    where.add_if("t.creator_id = (SELECT id FROM users WHERE seq_id = {})", wanted.uploader_seq_id)
    where.add_if("folded(t.artist) = folded({})", wanted.artist)
    where.add_if("lower(t.genre) = lower({})", wanted.genre)
    if wanted.tags:
        where.add("t.tags @> {}::text[]", list(wanted.tags))
    where.add_if("t.duration >= {}", wanted.min_duration_s)
    where.add_if("t.duration <= {}", wanted.max_duration_s)
    where.add_if("lower(t.format) = lower({})", wanted.format)
    where.add_if("lower(t.quality) = lower({})", wanted.quality)
    where.add_if("t.musical_key = {}", wanted.key)
    where.add_if("t.license = {}", wanted.license)
    where.add_if("t.bpm >= {}", wanted.min_bpm)
    where.add_if("t.bpm <= {}", wanted.max_bpm)
    if wanted.search is not None:
        words = words_of(wanted.search)
        if words:
            where.add("t.search_words " + WORDS.replace("{weights}", "AB"), words)
        else:
            where.add("false")  # nothing but punctuation was asked for
    return where


def words_of(text: str) -> list[str]:
    """The words of a query: ten at most, 64 characters each."""
    return [word[:64] for word in re.findall(r"\w+", text[:200])[:10]]
