"""Search of the catalog: by class of match, not by a rank nobody can explain.

Every word of the query has to be found, each at least begun, in title, artist, album or
description; or a tag has to be the query, or tags all of its words. Where a match was found makes
its score (specification A6); popularity only orders equals. When nothing is found, words are
compared by their trigrams, which forgives slips of the pen.
"""

from typing import Literal

from msgspec.structs import replace

from storage.backends import Pool
from storage.postgres import Postgres
from storage.tracks.found import Found, found, fuzzy_hit
from storage.tracks.lists import Conditions, Order, Sort, TrackFilter, conditions, words_of

SearchSort = Literal["relevance"] | Sort

MOST_FUZZY = 50
MOST_MATCHES = 4_000
"""Matches that are weighed; each costs some 10 us. A query that matches more of a catalog (a very
common word) is answered from the first 4,000 and from all that are called exactly so; its facets
are of those, its total is counted to `MOST_COUNTED`."""
MOST_COUNTED = 10_000
SUGGESTIONS = 5
ALIKE = 0.4
"""Least share of trigrams: `quene` has 0.5 of `queen`, `midnihgt` 0.55 of `midnight`."""
QUERY_DEADLINE_S = 2

_ORDERS: dict[str, str] = {
    "relevance": "score",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "title": "folded(title)",
    "artist": "folded(artist)",
    "duration": "duration",
    "plays": "play_count",
    "likes": "like_count",
    "popularity": "popularity_score",
}

_QUERY = """
WITH q AS MATERIALIZED (
    SELECT folded({}) AS text, {}::text[] AS whole, {}::text[] AS tags,
           to_tsquery('simple', string_agg(lexeme || ':*', ' & ')) AS anywhere,
           to_tsquery('simple', string_agg(lexeme || ':*A', ' & ')) AS in_title,
           to_tsquery('simple', string_agg(lexeme || ':*B', ' & ')) AS in_artist,
           to_tsquery('simple', string_agg(lexeme || ':*AB', ' & ')) AS in_both,
           to_tsquery('simple', string_agg(lexeme || ':*C', ' & ')) AS in_album,
           to_tsquery('simple', string_agg(lexeme || ':*D', ' & ')) AS in_description
    FROM (SELECT quote_literal(folded(word)) AS lexeme FROM unnest({}::text[]) AS word) AS words
),
"""

_MATCH = """
    (SELECT t.id, t.title, t.artist, t.genre, t.bpm, t.duration, t.created_at, t.updated_at,
            t.play_count, t.like_count, t.popularity_score,
            folded(t.title) = q.text AS title_exact,
            coalesce(folded(t.artist) = q.text, false) AS artist_exact,
            t.search_words @@ q.in_title AS title_partial,
            t.search_words @@ q.in_artist AS artist_partial,
            t.search_words @@ q.in_both AS both_partial,
            coalesce(t.tags && q.whole OR t.tags && q.tags, false) AS tags_match,
            t.search_words @@ q.in_description AS description,
            t.search_words @@ q.in_album OR coalesce(lower(t.genre) = q.text, false) AS metadata
     FROM tracks t, q
     WHERE
"""

# Each has its own index. What is called just so is looked for apart, so that the cap on the rest
# cannot lose it.
_WAYS = (
    "folded(t.title) = q.text",
    "folded(t.artist) = q.text",
    "(t.search_words @@ q.anywhere OR t.tags && q.whole OR t.tags @> q.tags)",
)

_SCORED = """
reasoned AS (
    SELECT *, array_remove(ARRAY[
        CASE WHEN title_exact THEN 'title_exact' END,
        CASE WHEN artist_exact THEN 'artist_exact' END,
        CASE WHEN NOT title_exact AND title_partial THEN 'title_partial' END,
        CASE WHEN both_partial AND NOT title_partial AND NOT artist_partial
             THEN 'title_artist' END,
        CASE WHEN NOT artist_exact AND artist_partial THEN 'artist_partial' END,
        CASE WHEN tags_match THEN 'tags_match' END,
        CASE WHEN description THEN 'description' END,
        CASE WHEN metadata THEN 'metadata' END], NULL) AS reasons
    FROM matches
),
scored AS (
    SELECT *, least(1.0,
        CASE reasons[1] WHEN 'title_exact' THEN 1.0 WHEN 'artist_exact' THEN 0.9
                        WHEN 'title_partial' THEN 0.8 WHEN 'title_artist' THEN 0.78
                        WHEN 'artist_partial' THEN 0.75
                        WHEN 'tags_match' THEN 0.7 WHEN 'description' THEN 0.6 ELSE 0.4 END
        + CASE WHEN cardinality(reasons) > 1 THEN 0.15 ELSE 0 END
        + 0.05 * greatest(cardinality(reasons) - 2, 0)) AS score
    FROM reasoned
)
"""

_EVERYTHING = """
WITH scored AS MATERIALIZED (
    SELECT t.id, t.title, t.artist, t.genre, t.bpm, t.duration, t.created_at, t.updated_at,
           t.play_count, t.like_count, t.popularity_score, 1.0 AS score, '{{}}'::text[] AS reasons
    FROM tracks t
    WHERE
"""

_COUNT = """
SELECT count(*) AS total FROM (SELECT FROM tracks t, q WHERE
"""

_ANSWER = """
SELECT (SELECT count(*) FROM scored) AS total,
       (SELECT jsonb_agg(p) FROM (
            SELECT id::text AS track_id, round(score, 2)::float8 AS score, reasons FROM scored
            ORDER BY
"""

_FACETS = """
       ) p) AS hits,
       (SELECT jsonb_agg(f) FROM (
            SELECT genre AS name, count(*) AS count FROM scored WHERE genre IS NOT NULL
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10) f) AS genres,
       (SELECT jsonb_agg(f) FROM (
            SELECT artist AS name, count(*) AS count FROM scored WHERE artist IS NOT NULL
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10) f) AS artists,
       (SELECT jsonb_agg(f) FROM (
            SELECT bpm / 20 * 20 AS low, count(*) AS count FROM scored WHERE bpm IS NOT NULL
            GROUP BY 1 ORDER BY 1) f) AS bpm_ranges
"""

_FUZZY = """
SELECT id::text AS track_id, title, artist, round(alike::numeric, 2)::float8 AS alike, by_title
FROM (
    SELECT t.id, t.title, t.artist, t.popularity_score,
           greatest(word_similarity(folded({}), folded(t.title)),
                    word_similarity(folded({}), folded(coalesce(t.artist, '')))) AS alike,
           word_similarity(folded({}), folded(t.title))
               >= word_similarity(folded({}), folded(coalesce(t.artist, ''))) AS by_title
    FROM tracks t
    WHERE (folded({}) <% folded(t.title) OR folded({}) <% folded(t.artist)) AND
"""


class TrackSearch:
    """Finds tracks by what people remember of them.

    Args:
        pool: the database.
        most_matches: of each way to match; so many are weighed against each other.
    """

    def __init__(self, pool: Pool, most_matches: int = MOST_MATCHES) -> None:
        self._postgres = Postgres(pool)
        self._most_matches = most_matches

    async def search(
        self,
        text: str | None,
        wanted: TrackFilter,
        sort: SearchSort,
        order: Order,
        limit: int,
        offset: int,
    ) -> Found:
        """Results for `text` within `wanted`; without a text, all that the filter leaves.

        Raises:
            Unavailable: it took longer than 2 s.
        """
        words = words_of(text or "")
        if text is not None and not words:
            return Found(hits=[], total=0, genres=[], artists=[], bpm_ranges=[], suggestions=[])
        exact = await self._exact(text, words, wanted, sort, order, limit, offset)
        if text is None or exact.total > 0 or len(text) < 3:
            return exact
        return await self._fuzzy(text, wanted, limit, offset)

    async def _exact(
        self,
        text: str | None,
        words: list[str],
        wanted: TrackFilter,
        sort: SearchSort,
        order: Order,
        limit: int,
        offset: int,
    ) -> Found:
        narrowed = conditions(wanted)
        where = Conditions()
        where.args = list(narrowed.args)
        if text is None:
            head = [_EVERYTHING.replace("{{}}", "{}"), narrowed.sql]
            head.append(f"LIMIT {self._most_matches})")
        else:
            whole = sorted({text, text.lower()})
            where.add(_QUERY, text, whole, [word.lower() for word in words], words)
            head = [where.sql, _matches(narrowed.sql, self._most_matches), _SCORED]
        sql = "\n".join(
            [*head, _ANSWER, _ordering(sort, order), f"LIMIT {limit} OFFSET {offset}", _FACETS]
        )
        rows = await self._postgres.rows(sql, *where.args, timeout_s=QUERY_DEADLINE_S)
        page = found(rows[0])
        if page.total < self._most_matches:
            return page
        return replace(page, total=await self._count(text, where, narrowed))

    async def _count(self, text: str | None, where: Conditions, narrowed: Conditions) -> int:
        """How many there are in all, up to `MOST_COUNTED`."""
        if text is None:
            head = ["SELECT count(*) AS total FROM (SELECT FROM tracks t WHERE", narrowed.sql]
        else:
            query = where.sql.rstrip().removesuffix(",")
            head = [query, _COUNT, f"{_WAYS[2]} AND", narrowed.sql]
        sql = "\n".join([*head, f"LIMIT {MOST_COUNTED}) AS counted"])
        rows = await self._postgres.rows(sql, *where.args, timeout_s=QUERY_DEADLINE_S)
        return int(rows[0]["total"])

    async def _fuzzy(self, text: str, wanted: TrackFilter, limit: int, offset: int) -> Found:
        """What is spelt like the query, the most alike first."""
        narrowed = conditions(wanted)
        where = Conditions()
        where.args = list(narrowed.args)
        where.add(_FUZZY, *[text] * 6)
        sql = "\n".join(
            [
                where.sql,
                narrowed.sql,
                ") t",
                "ORDER BY alike DESC, popularity_score DESC, track_id DESC",
                f"LIMIT {MOST_FUZZY}",
            ]
        )
        async with self._postgres.transaction() as connection:
            await connection.execute(f"SET LOCAL pg_trgm.word_similarity_threshold = {ALIKE}")
            rows = await connection.fetch(sql, *where.args, timeout=QUERY_DEADLINE_S)
        names = [row["title"] if row["by_title"] else row["artist"] for row in rows]
        return Found(
            hits=[fuzzy_hit(row) for row in rows[offset : offset + limit]],
            total=len(rows),
            genres=[],
            artists=[],
            bpm_ranges=[],
            suggestions=list(dict.fromkeys(names))[:SUGGESTIONS],
        )


def _matches(narrowed: str, most: int) -> str:
    """The CTE of all that matches, in one way or another, once each."""
    ways = ["\n".join([_MATCH, f"{way} AND", narrowed, f"LIMIT {most})"]) for way in _WAYS]
    return "\n".join(["matches AS MATERIALIZED (", "UNION".join(ways), "),"])


def _ordering(sort: SearchSort, order: Order) -> str:
    direction = "ASC" if order == "asc" else "DESC"
    first = f"{_ORDERS[sort]} {direction} NULLS LAST"
    return f"{first}, popularity_score DESC, id DESC"
