"""Parts of one statement: all of them or none."""

import asyncpg
import pytest

from storage.backends import Pool
from storage.commit.statement import Part, joined

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
