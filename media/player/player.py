"""One open player: what its listener has asked for, and the next chunk he gets.

State without clock or I/O; `media/player/chunk_reader.py` reads what `take_next` names. A listener
pulls: each credit is one chunk, and at most `MAX_CREDITS` of them are under way.
"""

from collections.abc import Collection, Sequence

from msgspec import Struct

from media.player.adapt import Adaptation, Report, adapt, start
from media.player.chunks import Quality, Timeline, fixed_rung, playable_rungs, timeline_of
from rooms.errors import Invalid
from storage.tracks.media import TrackMedia, require_complete
from storage.uploads.media_facts import RungFacts

MAX_CREDITS = 8


class Granted(Struct, frozen=True):
    """What a request will be answered with."""

    from_index: int
    credits: int
    """Chunks from there on; fewer than asked for where the track ends or too much is under way."""
    rung: str


class Wanted(Struct, frozen=True):
    """The next chunk to send."""

    index: int
    rung: RungFacts
    has_init: bool
    """Whether the rung's init segment goes in front of it."""
    turn: int
    """`Player.turn` when it was wanted; another one since means that nobody waits for it."""


class Player:
    """A listener's place in one track."""

    def __init__(
        self,
        prefix: str,
        rungs: Sequence[RungFacts],
        timeline: Timeline,
        quality: Quality,
    ) -> None:
        self.prefix = prefix
        """Folder of the track's files."""
        self.rungs = tuple(rungs)
        """Those that the client can decode, lowest bitrate first."""
        self.timeline = timeline
        self.turn = 0
        """Grows with each jump."""
        self._bitrates_bps = tuple(rung.bitrate_bps for rung in rungs)
        self._fixed = fixed_rung(self.rungs, quality)
        self._adaptation: Adaptation = start(self._bitrates_bps)
        self._next = 0
        self._end = 0
        self._sent_rung: str | None = None

    @property
    def rung(self) -> RungFacts:
        """The rung of the next chunk."""
        index = self._adaptation.rung if self._fixed is None else self._fixed
        return self.rungs[index]

    @property
    def next_index(self) -> int:
        """The next chunk that will be sent once it is asked for."""
        return self._next

    def seek(self, position_ms: int) -> int:
        """Goes to the chunk that holds a position and drops what was asked for before.

        Returns:
            The chunk's index.

        Raises:
            Invalid: the position is past the end.
        """
        if not 0 <= position_ms < max(self.timeline.duration_ms, 1):
            raise Invalid.field("position_ms", "OUT_OF_RANGE", "The track is not that long.")
        self._jump(self.timeline.index_at(position_ms))
        return self._next

    def ask(self, from_index: int, credit: int, quality: Quality | None = None) -> Granted:
        """Asks for chunks. One that goes on where the last ended adds to it; another replaces it.

        Args:
            from_index: the first chunk.
            credit: how many.
            quality: None leaves it as it is.

        Raises:
            Invalid: there is no such chunk.
        """
        if not 0 <= from_index < self.timeline.count:
            last = self.timeline.count - 1
            message = f"The chunks of this track are 0 to {last}."
            raise Invalid.field("from_index", "OUT_OF_RANGE", message)
        if quality is not None:
            self._fixed = fixed_rung(self.rungs, quality)
        if from_index != self._end:
            self._jump(from_index)
        most = min(self._next + MAX_CREDITS, self.timeline.count)
        before, self._end = self._end, max(self._end, min(from_index + credit, most))
        return Granted(before, self._end - before, self.rung.name)

    def take_next(self) -> Wanted | None:
        """The next chunk that was asked for; None when all have been taken."""
        if self._next >= self._end:
            return None
        rung = self.rung
        wanted = Wanted(self._next, rung, self._sent_rung != rung.name, self.turn)
        self._sent_rung = rung.name
        self._next += 1
        return wanted

    def report(self, report: Report) -> bool:
        """Takes a listener's report; True when the next chunk will be of another rung."""
        before = self.rung.name
        self._adaptation = adapt(self._bitrates_bps, self._adaptation, report)
        return self.rung.name != before

    def _jump(self, index: int) -> None:
        self.turn += 1
        self._next = self._end = index
        # Whoever jumps may have thrown away what he had.
        self._sent_rung = None


def player_for(track: TrackMedia, quality: Quality, codecs: Collection[str] | None) -> Player:
    """A player of a finished track, at its start.

    Args:
        track: that its listener may hear.
        quality: `auto`, or one rung for good.
        codecs: RFC 6381 names that the client decodes; None: all of ours.

    Raises:
        Conflict: TRACK_PROCESSING: the track is still being made.
        Invalid: the client decodes none of the track's codecs.
    """
    prefix = require_complete(track)
    rungs = playable_rungs(track.rungs, codecs)
    if not rungs or track.duration_ms is None:
        message = "This track has no rung in any of these codecs."
        raise Invalid.field("codecs", "NONE_FITS", message)
    # All rungs of the track have a say in its end, also those that this client cannot play.
    return Player(prefix, rungs, timeline_of(track.rungs, track.duration_ms), quality)
