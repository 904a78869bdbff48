"""One statement made of parts: all that a batch writes goes to PostgreSQL in one round trip."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import Struct

_ARGUMENT = re.compile(r"\$(\d+)")


class Part(Struct, frozen=True):
    """An INSERT, UPDATE or DELETE with arguments of its own, `$1` and up."""

    sql: str
    args: tuple[Any, ...]


class Column(Struct, frozen=True):
    """A column of a table that batches fill."""

    name: str
    type: str
    of: str = "{}"
    """What is stored, as SQL in which `{}` stands for the value sent."""
    steady: bool = False
    """Most batches have one value for all rows: then it is sent once."""


class Table(Struct, frozen=True):
    """A table and the columns that batches fill."""

    name: str
    columns: tuple[Column, ...]
    tail: str = ""
    """Follows the rows, such as `ON CONFLICT …`."""


class Rows(Struct, frozen=True):
    """New rows of a table: a sequence of values for each of its columns, all equally long."""

    table: Table
    columns: tuple[Sequence[Any], ...]


Insert: TypeAlias = Part | Rows


def joined(check: Part, inserts: Sequence[Insert]) -> Part:
    """A statement that does all of it, and fails as a whole when `check` touches too few rows.

    PostgreSQL runs the parts in any order, and none sees what another has done. A value costs the
    hub and PostgreSQL some 0.4 us each, so what tables have in common is sent once: columns that
    are equal in several tables, and those that hold one value all over.

    Args:
        check: an UPDATE … RETURNING whose first argument is an array with an item a row; when a
            row is missing, the statement raises division_by_zero and nothing has happened.
        inserts: everything else.
    """
    args = list(check.args)
    sent = _Sent(args)
    shape: list[_Shape] = []
    for insert in inserts:
        if isinstance(insert, Part):
            shape.append((insert.sql, len(args)))
            args += insert.args
        else:
            shape.append((insert.table, sent.places(insert)))
    return Part(_joined(check.sql, tuple(shape)), tuple(args))


class _Place(Struct, frozen=True):
    """Where a column's values are."""

    argument: int
    group: int
    """0: the argument is one value for all rows. Else an array, as are others of this group, all
    equally long."""


_Shape: TypeAlias = tuple[str, int] | tuple[Table, tuple[_Place, ...]]
"""A part's text and how many arguments stand before its own, or a table and its columns."""


class _Sent:
    """Columns that the statement has already."""

    def __init__(self, args: list[Any]) -> None:
        self._args = args
        self._columns: list[tuple[str, Sequence[Any], _Place]] = []
        self._groups: dict[int, int] = {}

    def places(self, rows: Rows) -> tuple[_Place, ...]:
        return tuple(map(self._place, rows.table.columns, rows.columns))

    def _place(self, column: Column, values: Sequence[Any]) -> _Place:
        if column.steady and values.count(values[0]) == len(values):
            return _Place(self._send(values[0]), 0)
        for kind, known, place in self._columns:
            if kind == column.type and known == values:
                return place
        group = self._groups.setdefault(len(values), len(self._groups) + 1)
        place = _Place(self._send(values), group)
        self._columns.append((column.type, values, place))
        return place

    def _send(self, value: Any) -> int:
        self._args.append(value)
        return len(self._args)


@lru_cache(maxsize=512)  # batches are alike: some twenty texts, 0.2 ms each to make
def _joined(check: str, shapes: tuple[_Shape, ...]) -> str:
    named = [f"checked AS ({check})", *_groups(shapes)]
    for number, (what, where) in enumerate(shapes, start=1):
        if isinstance(what, str):
            assert isinstance(where, int)
            sql = _shifted(what, where)
        else:
            assert isinstance(where, tuple)
            sql = _insert(what, where)
        named.append(f"part_{number} AS ({sql})")
    parts_sql = ", ".join(named)  # our own texts; whatever comes from outside is an argument
    return f"WITH {parts_sql} SELECT 1 / (count(*) = cardinality($1))::int FROM checked"  # noqa: S608


def _groups(shapes: tuple[_Shape, ...]) -> list[str]:
    """The arrays of equal length as rows, which are read once for all tables."""
    arrays: dict[int, dict[int, str]] = {}
    for what, where in shapes:
        if isinstance(what, Table) and isinstance(where, tuple):
            for column, place in zip(what.columns, where, strict=True):
                if place.group:
                    arrays.setdefault(place.group, {})[place.argument] = column.type
    groups = []
    for group, columns in arrays.items():
        names = ", ".join(f"a{number}" for number in columns)
        values = ", ".join(f"${number}::{kind}[]" for number, kind in columns.items())
        groups.append(
            f"group_{group} AS MATERIALIZED (SELECT {names} FROM unnest({values}) AS r ({names}))"  # noqa: S608
        )
    return groups


def _insert(table: Table, places: tuple[_Place, ...]) -> str:
    names = ", ".join(column.name for column in table.columns)
    values = ", ".join(
        column.of.replace(
            "{}", f"a{place.argument}" if place.group else f"${place.argument}::{column.type}"
        )
        for column, place in zip(table.columns, places, strict=True)
    )
    group = max(place.group for place in places)
    return f"INSERT INTO {table.name} ({names}) SELECT {values} FROM group_{group} {table.tail}"  # noqa: S608


def _shifted(sql: str, by: int) -> str:
    return _ARGUMENT.sub(lambda found: f"${int(found[1]) + by}", sql)
