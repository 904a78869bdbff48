"""What a search of the catalog finds, and how it is read from a row."""

from typing import Any

from msgspec import Struct


class Hit(Struct, frozen=True):
    """One result: which track, how well it fits, and why."""

    track_id: str
    score: float
    reasons: tuple[str, ...]


class Count(Struct, frozen=True):
    """How many results share a genre, an artist or a range of tempo."""

    name: str
    count: int


class Found(Struct, frozen=True, kw_only=True):
    """One page of results."""

    hits: list[Hit]
    total: int
    genres: list[Count]
    artists: list[Count]
    bpm_ranges: list[Count]
    """Named by their bounds, such as `100-120`."""
    suggestions: list[str]
    """What the query may have meant."""


def fuzzy_hit(row: Any) -> Hit:
    """A result that is only spelt like the query."""
    # Below every exact class of title and artist (0.75 and up), above a mere mention elsewhere.
    score = round(0.6 + 0.12 * row["alike"], 2)
    return Hit(row["track_id"], score, ("title_fuzzy" if row["by_title"] else "artist_fuzzy",))


def found(row: Any) -> Found:
    """A page as the query answers it."""
    return Found(
        hits=[Hit(h["track_id"], h["score"], tuple(h["reasons"])) for h in row["hits"] or ()],
        total=row["total"],
        genres=[Count(c["name"], c["count"]) for c in row["genres"] or ()],
        artists=[Count(c["name"], c["count"]) for c in row["artists"] or ()],
        bpm_ranges=[
            Count(f"{c['low']}-{c['low'] + 20}", c["count"]) for c in row["bpm_ranges"] or ()
        ],
        suggestions=[],
    )
