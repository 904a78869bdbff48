"""Parts of one statement: all of them or none."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.backends import Pool
from storage.commit.statement import Column, Part, Rows, Table, joined

MOVE = """
UPDATE streams SET head_seq = q.head_seq FROM unnest($1::uuid[], $2::bigint[]) AS q (id, head_seq)
WHERE streams.id = q.id RETURNING 1
"""
A, B = ("00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b")


def insert(stream_id: str, kind: str) -> Part:
    """A part that makes a stream."""
    return Part("INSERT INTO streams (id, kind, epoch) VALUES ($1, $2, $3)", (stream_id, kind, "e"))


async def run(pool: Pool, part: Part) -> None:
    await pool.execute(part.sql, *part.args)


async def test_each_part_has_arguments_of_its_own(pool: Pool) -> None:
    await run(pool, joined(Part(MOVE, ([], [])), [insert(A, "room"), insert(B, "user")]))
    rows = await pool.fetch("SELECT id::text, kind FROM streams ORDER BY id")
    assert [tuple(row) for row in rows] == [(A, "room"), (B, "user")]


async def test_nothing_happens_when_a_row_of_the_check_is_missing(pool: Pool) -> None:
    await run(pool, joined(Part(MOVE, ([], [])), [insert(A, "room")]))
    check = Part(MOVE, ([A, B], [5, 5]))
    with pytest.raises(asyncpg.DivisionByZeroError):
        await run(pool, joined(check, [insert("00000000-0000-0000-0000-00000000000c", "room")]))
    rows = await pool.fetch("SELECT id::text, head_seq FROM streams")
    assert [tuple(row) for row in rows] == [(A, 0)]


NOTES = Table(
    "notes",
    (
        Column("owner", "uuid", steady=True),
        Column("place", "bigint"),
        Column("words", "text", "upper({})", steady=True),
        Column("extra", "text", steady=True),
    ),
)
MARKS = Table("marks", (Column("place", "bigint"), Column("owner", "uuid")))
TABLES = """
CREATE TEMP TABLE notes (owner UUID, place BIGINT, words TEXT, extra TEXT) ON COMMIT DROP;
CREATE TEMP TABLE marks (place BIGINT, owner UUID) ON COMMIT DROP;
"""
OWNERS = st.sampled_from((A, B))
NOTE_ROWS = st.lists(
    st.tuples(OWNERS, st.integers(0, 9), st.sampled_from("xyz"), st.sampled_from((None, "1"))),
    min_size=1,
    max_size=4,
)
MARK_ROWS = st.lists(st.tuples(st.integers(0, 9), OWNERS), min_size=1, max_size=4)


def rows(table: Table, lines: Sequence[tuple[Any, ...]]) -> Rows:
    """The lines as columns."""
    return Rows(table, tuple(map(list, zip(*lines, strict=True))))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(notes=NOTE_ROWS, marks=MARK_ROWS)
async def test_rows_arrive_as_they_are_however_much_they_have_in_common(
    pool: Pool, notes: list[tuple[Any, ...]], marks: list[tuple[Any, ...]]
) -> None:
    part = joined(Part(MOVE, ([], [])), [rows(NOTES, notes), rows(MARKS, marks)])
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(TABLES)
        await connection.execute(part.sql, *part.args)
        found = await connection.fetch("SELECT owner::text, place, words, extra FROM notes")
        marked = await connection.fetch("SELECT place, owner::text FROM marks")
    expected = [(owner, place, words.upper(), extra) for owner, place, words, extra in notes]
    assert [tuple(row) for row in found] == expected
    assert [tuple(row) for row in marked] == marks


def test_what_is_equal_is_sent_once() -> None:
    places = [4, 5, 6]
    owners = [A, B, A]
    part = joined(
        Part(MOVE, ([], [])),
        [
            Rows(NOTES, (owners, places, ["x"] * 3, [None] * 3)),
            Rows(MARKS, (list(places), list(owners))),
        ],
    )
    assert part.args == ([], [], owners, places, "x", None)
    assert part.sql.count("unnest") == 2  # the check's own, and one for both tables


def test_batches_of_one_shape_have_one_text() -> None:
    def text(count: int) -> str:
        note = Rows(NOTES, ([A] * count, list(range(count)), ["x"] * count, [None] * count))
        return joined(Part(MOVE, ([], [])), [note]).sql

    assert text(1) == text(400)
