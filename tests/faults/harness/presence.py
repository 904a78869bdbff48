"""How long who was shown wrongly: each person's view against where everybody really was."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import inf

from msgspec import Struct

from tests.faults.harness.checks import Violation
from tests.faults.harness.history import Entry, History
from tests.faults.harness.schedule import SILENT

GHOST_S = 8.5
"""P9: gone everywhere within 8 s of a kill -9; the rest is the harness's own delay."""
MISSING_S = 3.5
"""P9: right again within 3 s of a flush."""
HALF_OPEN_S = 20.5
"""P9: gone within 20 s after a network that died without a word."""


GRACE_S = 5.0
"""P9: whoever is back within this has not been away; a node's lease is as long at the least."""
CROSSING_S = 1.0
"""For so long after his return somebody who was away for longer may still be shown to leave: the
two have crossed."""


class Shown(Struct, frozen=True):
    """What was shown wrongly."""

    longest_ghost_s: float
    """Somebody was shown who had gone."""
    longest_missing_s: float
    """Somebody was there and not shown."""
    flickers: int
    """Times that somebody was shown to leave who was back within the grace."""


class _Link(Struct):
    """One connection of one person, from up to down."""

    who: int
    node: int
    begins_s: float
    ends_s: float
    sees: list[Entry]


def measure_presence(history: History, ends_s: float) -> Shown:
    """The worst of every pair of people in every room."""
    links = _links(history, ends_s, _silences(history))
    there: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for link in links:
        there[link.who].append((link.begins_s, link.ends_s))
    members: dict[str, set[int]] = defaultdict(set)
    for entry in history.of("member"):
        members[entry.room].add(entry.who)
    ghost_s = missing_s = 0.0
    flickers = 0
    for link in links:
        for room in {entry.room for entry in link.sees}:
            views = [entry for entry in link.sees if entry.room == room]
            for who, spans in there.items():
                if who != link.who and who in members[room]:
                    shown = _spans_shown(views, who, link.ends_s)
                    watched = (views[0].t_s, link.ends_s)
                    ghost_s = max(ghost_s, _longest(shown, spans, watched))
                    missing_s = max(missing_s, _longest(_clip(spans, watched), shown, watched))
                    flickers += _flickers(shown, spans, watched)
    return Shown(ghost_s, missing_s, flickers)


def check_presence(shown: Shown, ghost_s: float = GHOST_S) -> list[Violation]:
    """P9, where nothing but deaths of nodes, flushes and partitions happened."""
    found = []
    if shown.flickers:
        found.append(Violation("flickered", f"{shown.flickers} times"))
    if shown.longest_ghost_s > ghost_s:
        found.append(Violation("shown and gone", f"{shown.longest_ghost_s:.1f} s"))
    if shown.longest_missing_s > MISSING_S:
        found.append(Violation("there and not shown", f"{shown.longest_missing_s:.1f} s"))
    return found


def _silences(history: History) -> dict[int, list[float]]:
    """When each node was cut off from its clients without a word: from then on nobody is there."""
    begins: dict[int, list[float]] = defaultdict(list)
    for entry in history.of("fault"):
        if entry.kind == SILENT and entry.begins:
            begins[entry.node].append(entry.t_s)
    return begins


def _links(history: History, ends_s: float, silences: dict[int, list[float]]) -> list[_Link]:
    links = _spans_up(history, ends_s)
    for link in links:
        for begins_s in silences.get(link.node, ()):
            if link.begins_s < begins_s < link.ends_s:
                link.ends_s = begins_s
                link.sees = [view for view in link.sees if view.t_s < begins_s]
    return links


def _spans_up(history: History, ends_s: float) -> list[_Link]:
    open_links: dict[int, _Link] = {}
    links: list[_Link] = []
    early: dict[tuple[int, int], list[Entry]] = defaultdict(list)
    for entry in history.of("up", "down", "sees"):
        if entry.f == "up":
            link = _Link(
                entry.who, entry.node, entry.t_s, ends_s, early.pop((entry.who, entry.link), [])
            )
            open_links[entry.who] = link
            links.append(link)
        elif entry.f == "down":
            if (ended := open_links.pop(entry.who, None)) is not None:
                ended.ends_s = entry.t_s
        elif entry.who in open_links:
            open_links[entry.who].sees.append(entry)
        else:
            early[(entry.who, entry.link)].append(entry)
    return links


Spans = Sequence[tuple[float, float]]


def _spans_shown(views: Sequence[Entry], who: int, ends_s: float) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    since_s: float | None = None
    for view in views:
        if who in view.seen and since_s is None:
            since_s = view.t_s
        elif who not in view.seen and since_s is not None:
            spans.append((since_s, view.t_s))
            since_s = None
    if since_s is not None:
        spans.append((since_s, ends_s))
    return spans


def _clip(spans: Spans, to: tuple[float, float]) -> list[tuple[float, float]]:
    cut = [(max(begin, to[0]), min(end, to[1])) for begin, end in spans]
    return [(begin, end) for begin, end in cut if begin < end]


def _longest(spans: Spans, without: Spans, watched: tuple[float, float]) -> float:
    """The longest stretch of `spans` that `without` leaves uncovered."""
    longest = 0.0
    for begin, end in _clip(spans, watched):
        at = begin
        for other_begin, other_end in sorted(without):
            if other_end <= at:
                continue
            if other_begin >= end:
                break
            longest = max(longest, other_begin - at)
            at = max(at, other_end)
        longest = max(longest, end - at)
    return longest


def _flickers(shown: Spans, there: Spans, watched: tuple[float, float]) -> int:
    """Ends of being shown while he was there, and had not just come back from being away."""
    ends: Iterable[float] = (end for _, end in shown if end < watched[1])
    return sum(_is_flicker(end, there) for end in ends)


def _is_flicker(left_s: float, there: Spans) -> bool:
    before_s = -inf
    for begin, end in sorted(there):
        if begin < left_s < end:
            was_away = begin - before_s > GRACE_S and before_s > -inf
            return not (was_away and left_s - begin < CROSSING_S)
        before_s = max(before_s, end)
    return False
