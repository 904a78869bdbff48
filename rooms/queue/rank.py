"""Fractional rank keys: strings that sort, between any two of which another one fits.

A rank is `HEAD_DIGITS` base-62 digits and, when two neighbours leave no room, some more. Compare by
code unit (Python and JavaScript `<`; PostgreSQL `COLLATE "C"`), never by locale. Only the server
makes ranks, under the room's lock, so no two clients can make the same one.
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""In ASCII order."""
HEAD_DIGITS = 6
STEP = 62**3
"""Distance of neighbours that were added at an end: 119,000 steps either way from the middle, and
some 17 halvings before a key gets longer."""
MAX_DIGITS = 12
"""A longer key is never made: `between` says None and the queue is spread anew. That takes more
than forty insertions at the very same place."""

_BASE = len(DIGITS)
_MIDDLE = _BASE**HEAD_DIGITS // 2
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}


def between(low: str | None, high: str | None, count: int = 1) -> tuple[str, ...] | None:
    """`count` ascending ranks strictly between two neighbours (None: that end is open).

    Returns:
        the ranks, at most `MAX_DIGITS` long; None when they do not fit: use `spread` for all.
    """
    if low is not None and high is not None:
        return _inside(low, high, count)
    if low is not None:
        start = _number(low[:HEAD_DIGITS], HEAD_DIGITS) + STEP
    elif high is not None:
        start = _number(high[:HEAD_DIGITS], HEAD_DIGITS) - STEP * count
    else:
        start = _MIDDLE
    stop = start + STEP * (count - 1)
    if start < 0 or stop >= _BASE**HEAD_DIGITS:
        return None
    return tuple(_rank(start + STEP * i, HEAD_DIGITS) for i in range(count))


def spread(count: int) -> tuple[str, ...]:
    """`count` ascending short ranks around the middle, for a queue that ran out of room."""
    first = _MIDDLE - STEP * (count // 2)
    return tuple(_rank(first + STEP * i, HEAD_DIGITS) for i in range(count))


def _inside(low: str, high: str, count: int) -> tuple[str, ...] | None:
    for width in range(max(HEAD_DIGITS, len(low), len(high)), MAX_DIGITS + 1):
        bottom = _number(low, width)
        gap = _number(high, width) - bottom
        if gap > count:
            return tuple(_rank(bottom + gap * (i + 1) // (count + 1), width) for i in range(count))
    return None


def _number(rank: str, width: int) -> int:
    value = 0
    for digit in rank.ljust(width, DIGITS[0]):
        value = value * _BASE + _VALUES[digit]
    return value


def _rank(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, value = divmod(number, _BASE)
        digits.append(DIGITS[value])
    whole = "".join(reversed(digits))
    # A trailing zero of the fraction would make two spellings of one number.
    return whole[:HEAD_DIGITS] + whole[HEAD_DIGITS:].rstrip(DIGITS[0])
