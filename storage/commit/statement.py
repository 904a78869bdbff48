"""One statement made of parts: all that a batch writes goes to PostgreSQL in one round trip."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

_ARGUMENT = re.compile(r"\$(\d+)")


class Part(Struct, frozen=True):
    """An INSERT, UPDATE or DELETE with arguments of its own, `$1` and up."""

    sql: str
    args: tuple[Any, ...]


def joined(check: Part, parts: Sequence[Part]) -> Part:
    """A statement that does all of it, and fails as a whole when `check` touches too few rows.

    PostgreSQL runs the parts in any order, and none sees what another has done.

    Args:
        check: an UPDATE … RETURNING whose first argument is an array with an item a row; when a
            row is missing, the statement raises division_by_zero and nothing has happened.
        parts: everything else.
    """
    sql = _joined(check.sql, tuple((part.sql, len(part.args)) for part in parts), len(check.args))
    return Part(sql, (*check.args, *(arg for part in parts for arg in part.args)))


@lru_cache(maxsize=512)  # batches are alike: some twenty texts, 0.2 ms each to make
def _joined(check: str, parts: tuple[tuple[str, int], ...], arguments: int) -> str:
    named = [f"checked AS ({check})"]
    for number, (sql, count) in enumerate(parts, start=1):
        named.append(f"part_{number} AS ({_shifted(sql, arguments)})")
        arguments += count
    parts_sql = ", ".join(named)  # our own texts; whatever comes from outside is an argument
    return f"WITH {parts_sql} SELECT 1 / (count(*) = cardinality($1))::int FROM checked"  # noqa: S608


def _shifted(sql: str, by: int) -> str:
    return _ARGUMENT.sub(lambda found: f"${int(found[1]) + by}", sql)
