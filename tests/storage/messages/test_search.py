"""A search behind the newest messages: whoever has few or many in his rooms finds his own alone."""

import pytest

from storage.backends import Pool
from storage.messages.search import MANY_MESSAGES, NEWEST, MessageQuery, search_messages
from storage.messages.words import MessageWords
from tests.people import fresh_id, new_user

_ROOM = "INSERT INTO rooms (id, name, room_type, creator_id) VALUES ($1, 'Kitchen', 'private', $2)"
_STREAM = "INSERT INTO streams (id, kind, epoch, head_seq) VALUES ($1, 'room', 'one', $2)"
_MEMBER = """
INSERT INTO room_members (room_id, user_id, role, state) VALUES ($1, $2, 'owner', 'joined')
"""
# The oldest alone speaks of tapes; behind it stands more than the first look reads.
_MESSAGES = """
INSERT INTO messages (id, room_id, sender_id, content, seq, created_at, content_tsv)
SELECT uuidv7(), $1, $2, words, n, now(), search_words(words)
FROM (SELECT n, CASE n WHEN 1 THEN 'buy my Täpes in the café' ELSE 'hello' END AS words
      FROM generate_series(1, $3::int) AS n) AS m
"""

_SAID = """
INSERT INTO messages (id, room_id, sender_id, content, seq, created_at)
VALUES (uuidv7(), $1, $2, $3, $4, now())
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
    for words in ("tapes", "TÄPES cafe", '"my tapes" -cafeteria', "cafe\u0301"):
        found = await search_messages(pool, ada.user_id, MessageQuery(room_id=None, words=words))
        assert [one.room_id for one in found.messages] == [of_ada], words


@pytest.mark.parametrize("is_indexed", [False, True])
async def test_accents_are_folded_on_both_sides(pool: Pool, is_indexed: bool) -> None:
    ada = await new_user(pool, "ada")
    room_id = await _full_room(pool, ada.user_id, 0)
    said = ("Smörgåsbord", "mañana a las ŁÓDŹ", "Ćao ﬁnal", "서울", "ёлка", "plain words", "日本")
    for n, words in enumerate(said, NEWEST + 100):
        await pool.execute(_SAID, room_id, ada.user_id, words, n)
    if is_indexed:
        await pool.execute("UPDATE streams SET head_seq = $2 WHERE id = $1", room_id, n)
        marked = "INSERT INTO message_words_marks (room_id, seq) VALUES ($1, $2)"
        await pool.execute(marked, room_id, NEWEST + 90)
        assert not await MessageWords(pool).fill()
    for asked, content in (
        ("smorgasbord", said[0]), ("SMÖRGASBORD", said[0]), ("manana lodz", said[1]),
        ("cao final", said[2]), ("서울", said[3]), ("елка", said[4]), ("pláin", said[5]),
        ("日本", said[6]),
    ):  # fmt: skip
        found = await search_messages(pool, ada.user_id, MessageQuery(room_id=room_id, words=asked))
        assert [one.content for one in found.messages] == [content], asked
