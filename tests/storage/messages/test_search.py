"""A search behind the newest messages: whoever has few or many in his rooms finds his own alone."""

import pytest

from storage.backends import Pool
from storage.messages.search import MANY_MESSAGES, NEWEST, MessageQuery, search_messages
from tests.people import fresh_id, new_user

_ROOM = "INSERT INTO rooms (id, name, room_type, creator_id) VALUES ($1, 'Kitchen', 'private', $2)"
_STREAM = "INSERT INTO streams (id, kind, epoch, head_seq) VALUES ($1, 'room', 'one', $2)"
_MEMBER = """
INSERT INTO room_members (room_id, user_id, role, state) VALUES ($1, $2, 'owner', 'joined')
"""
# The oldest alone speaks of tapes; behind it stands more than the first look reads.
_MESSAGES = """
INSERT INTO messages (id, room_id, sender_id, content, seq, created_at, content_tsv)
SELECT uuidv7(), $1, $2, words, n, now(), to_tsvector('simple', words)
FROM (SELECT n, CASE n WHEN 1 THEN 'buy my tapes' ELSE 'hello' END AS words
      FROM generate_series(1, $3::int) AS n) AS m
"""


async def _full_room(pool: Pool, user_id: str, head_seq: int) -> str:
    room_id = fresh_id()
    await pool.execute(_ROOM, room_id, user_id)
    await pool.execute(_STREAM, room_id, head_seq)
    await pool.execute(_MEMBER, room_id, user_id)
    await pool.execute(_MESSAGES, room_id, user_id, NEWEST + 10)
    return room_id


@pytest.mark.parametrize("head_seq", [NEWEST + 10, MANY_MESSAGES + 1], ids=["few", "many"])
async def test_what_is_rare_is_found_in_ones_own_rooms_alone(pool: Pool, head_seq: int) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    of_ada = await _full_room(pool, ada.user_id, head_seq)
    await _full_room(pool, bob.user_id, head_seq)
    found = await search_messages(pool, ada.user_id, MessageQuery(room_id=None, words="tapes"))
    assert [(one.room_id, one.content) for one in found.messages] == [(of_ada, "buy my tapes")]
