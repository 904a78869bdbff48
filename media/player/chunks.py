"""Chunks of a track: a chunk is one whole fragment, cut at the same instants in every rung.

Chunk `k` holds the music from exactly `k * segment_samples` on. Positions are whole ms: the start
of a chunk is rounded up, so that the chunk at a chunk's start is that chunk.
"""

from collections.abc import Collection, Sequence
from typing import Literal, get_args

from msgspec import Struct

from storage.uploads.media_facts import RungFacts

Quality = Literal["auto", "low", "medium", "high", "lossless"]

QUALITIES: tuple[Quality, ...] = get_args(Quality)


class Timeline(Struct, frozen=True):
    """Which chunk sounds when."""

    segment_samples: int
    sample_rate_hz: int
    count: int
    """Chunks in all."""
    duration_ms: int

    @property
    def chunk_ms(self) -> int:
        """Length of a chunk but the last, to the nearest ms."""
        return round(self.segment_samples * 1_000 / self.sample_rate_hz)

    def index_at(self, position_ms: int) -> int:
        """The chunk that holds a position; past the end it is the last one."""
        index = position_ms * self.sample_rate_hz // (self.segment_samples * 1_000)
        return max(0, min(index, self.count - 1))

    def start_ms(self, index: int) -> int:
        """Where a chunk starts, rounded up to a whole ms."""
        return -(-index * self.segment_samples * 1_000 // self.sample_rate_hz)

    def length_ms(self, index: int) -> int:
        """From this chunk's start to the next one's; all of them add up to the duration."""
        end_ms = self.duration_ms if self.is_last(index) else self.start_ms(index + 1)
        return max(0, end_ms - self.start_ms(index))

    def is_last(self, index: int) -> bool:
        """Whether the track ends with it."""
        return index == self.count - 1


def timeline_of(rungs: Sequence[RungFacts], duration_ms: int) -> Timeline:
    """The timeline that all `rungs` of a track share."""
    first = rungs[0]
    return Timeline(
        segment_samples=first.segment_samples,
        sample_rate_hz=first.sample_rate_hz,
        # Where one rung has a fragment more, there is only an encoder's padding in it.
        count=min(rung.segments for rung in rungs),
        duration_ms=duration_ms,
    )


def playable_rungs(
    rungs: Sequence[RungFacts], codecs: Collection[str] | None
) -> tuple[RungFacts, ...]:
    """The rungs that a client can decode, lowest bitrate first.

    Args:
        rungs: of the track.
        codecs: RFC 6381 names that the client decodes; None: all of ours.
    """
    known = {name.lower() for name in codecs} if codecs is not None else None
    kept = [rung for rung in rungs if known is None or rung.codecs.lower() in known]
    return tuple(sorted(kept, key=lambda rung: rung.bitrate_bps))


def fixed_rung(rungs: Sequence[RungFacts], quality: Quality) -> int | None:
    """Index of the rung that a quality asks for: itself, else the next lower one, else the lowest.

    None for `auto`.
    """
    if quality == "auto":
        return None
    by_rank = sorted(range(len(rungs)), key=lambda i: _rank(rungs[i].name))
    fits = [i for i in by_rank if _rank(rungs[i].name) <= QUALITIES.index(quality)]
    return fits[-1] if fits else by_rank[0]


def _rank(name: str) -> int:
    return next((i for i, quality in enumerate(QUALITIES) if quality == name), len(QUALITIES))
