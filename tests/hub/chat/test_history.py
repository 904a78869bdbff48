"""Stretches of a room's messages, by every way to name one."""

from itertools import product

from tests.client import connected
from tests.nodes import OpenNode, People

LIMIT = 4


def stretch(
    seqs: list[int], before: int | None, after: int | None, around: int | None
) -> list[int]:
    """What should be found."""
    known = [s for s in seqs if (before is None or s < before) and (after is None or s > after)]
    if around is not None:
        earlier = [s for s in known if s < around][-(LIMIT // 2) :]
        return earlier + [s for s in known if s >= around][: LIMIT - LIMIT // 2]
    return known[-LIMIT:] if after is None else known[:LIMIT]


async def test_any_edges_go_together(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        room = await ada.ok("room:create", {"name": "Kitchen"})
        seqs = [(await ada.say(room["id"], f"{n}"))["seq"] for n in range(12)]
        edges = (None, 0, seqs[3], seqs[7], seqs[-1] + 5)
        for before, after, around in product(edges, edges, edges):
            named = {"before": before, "after": after, "around": around}
            asked = {name: seq for name, seq in named.items() if seq is not None}
            page = await ada.ok("message:history", {"room_id": room["id"], "limit": LIMIT, **asked})
            found = [message["seq"] for message in page["messages"]]
            assert found == stretch(seqs, before, after, around), asked
            if found:
                assert page["has_more_before"] or found[0] == seqs[0]
                assert page["has_more_after"] or found[-1] == seqs[-1]


async def test_a_search_for_nothing_finds_the_newest(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with connected(node.url, token) as ada:
        rooms = [(await ada.ok("room:create", {"name": f"{n}"}))["id"] for n in range(3)]
        said = [(await ada.say(rooms[n % 3], f"{n}"))["data"]["id"] for n in range(12)]
        for room_id in (None, rooms[0]):
            wanted = [one for n, one in enumerate(said) if room_id is None or n % 3 == 0]
            found: list[str] = []
            query = {"limit": 2} | ({"room_id": room_id} if room_id else {})
            while True:
                page = await ada.ok("message:search", query)
                found += [message["id"] for message in page["messages"]]
                if page["next_cursor"] is None:
                    break
                query["cursor"] = page["next_cursor"]
            assert found == wanted[::-1]
