"""How soon is a page of history of a million messages there? `python -m loadtests.chat_history`.

Over a socket of one node, one page of 50 after the other, on a private PostgreSQL with fsync on:
before, after and around random places of a room of 600,000 messages and of a small one, each page
with the reactions and answers that its messages have. Every page is checked: whole and in order.
"""

import argparse
import asyncio
import random
import sys

import orjson

from loadtests.message_archive import BIG, MESSAGES, open_archive, percentiles, timed_ms
from tests.interrupts import interruptible

PAGES = 1_000
SIZE = 50
SEED = 7


async def measure(count: int) -> dict[str, float]:
    """Figures of one run.

    Raises:
        RuntimeError: a page that is wrong.
    """
    draw = random.Random(SEED)  # noqa: S311 (a load, no secret)
    big = count * BIG // MESSAGES
    async with open_archive(count) as archive:
        times_ms = []
        for number in range(PAGES + 30):
            edge = draw.choice(("before", "after", "around"))
            room_id, most = (
                (archive.big_room_id, big) if number % 2 else (archive.small_room_id, count)
            )
            payload: dict[str, object] = {
                "room_id": room_id,
                edge: draw.randrange(1, most),
                "limit": SIZE,
            }
            page: dict[str, object] = {}

            async def read(
                payload: dict[str, object] = payload, page: dict[str, object] = page
            ) -> None:
                page |= await archive.ask("message:history", payload)

            took_ms = await timed_ms(read())
            if number >= 30:  # the plans are made, the pool is open
                times_ms.append(took_ms)
            _check(payload, page["messages"])
        return {"messages": count, "pages": len(times_ms), **percentiles(times_ms)}


def _check(payload: dict[str, object], messages: object) -> None:
    assert isinstance(messages, list)
    seqs = [message["seq"] for message in messages]
    in_order = seqs == sorted(set(seqs)) and len(seqs) <= SIZE
    before, after = payload.get("before"), payload.get("after")
    fits = (before is None or not seqs or seqs[-1] < int(str(before))) and (
        after is None or not seqs or seqs[0] > int(str(after))
    )
    if not (in_order and fits):
        raise RuntimeError(f"a wrong page for {payload}")


def main() -> None:
    """Measures and prints one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    print(orjson.dumps(asyncio.run(measure(parser.parse_args().messages))).decode())


if __name__ == "__main__":
    sys.exit(interruptible(main))
