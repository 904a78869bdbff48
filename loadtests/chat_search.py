"""How soon is a search over a million messages answered? `python -m loadtests.chat_search`.

Over a socket of one node, one search after the other, on a private PostgreSQL with fsync on. Words
are drawn from the whole vocabulary, from the one in every second message to those that stand in a
handful; alone, two together, of one person, in one room of 600,000 messages, in a small one, and in
all 41 rooms of the caller. Every answer is checked: each message holds the words, newest first.
"""

import argparse
import asyncio
import random
import sys

import orjson

from loadtests.message_archive import (
    MESSAGES,
    WORDS,
    Archive,
    open_archive,
    percentiles,
    timed_ms,
)
from tests.interrupts import interruptible

SEARCHES = 600
SEED = 7


def queries(archive: Archive, count: int) -> list[dict[str, object]]:
    """Payloads of `message:search`, the same in every run."""
    draw = random.Random(SEED)  # noqa: S311 (a load, no secret)
    found: list[dict[str, object]] = []
    for number in range(count):
        words = [f"w{int(WORDS * draw.random() ** draw.choice((1, 4, 8)))}" for _ in range(2)]
        payload: dict[str, object] = {"q": " ".join(words[: 1 + number % 2])}
        if number % 3 == 0:
            payload["room_id"] = archive.big_room_id
        elif number % 3 == 1:
            payload["room_id"] = archive.small_room_id
        if number % 5 == 0:
            payload["from"] = archive.user_id
        found.append(payload)
    return found


async def measure(count: int) -> dict[str, float]:
    """Figures of one run.

    Raises:
        RuntimeError: an answer that is wrong.
    """
    async with open_archive(count) as archive:
        asked = queries(archive, SEARCHES)
        for payload in asked[:30]:  # the plans are made, the pool is open
            await archive.ask("message:search", payload)
        times_ms = []
        hits = 0
        for payload in asked:
            answer: dict[str, object] = {}

            async def search(
                payload: dict[str, object] = payload, answer: dict[str, object] = answer
            ) -> None:
                answer |= await archive.ask("message:search", payload)

            times_ms.append(await timed_ms(search()))
            hits += _checked(payload, answer["messages"])
        return {"messages": count, "searches": len(asked), "found": hits, **percentiles(times_ms)}


def _checked(payload: dict[str, object], messages: object) -> int:
    assert isinstance(messages, list)
    ids = [message["id"] for message in messages]
    words = str(payload["q"]).split()
    wrong = [m for m in messages if not set(words) <= set(m["content"].split())]
    if wrong or ids != sorted(ids, reverse=True) or len(set(ids)) < len(ids):
        raise RuntimeError(f"a wrong answer to {payload}")
    return len(ids)


def main() -> None:
    """Measures and prints one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    print(orjson.dumps(asyncio.run(measure(parser.parse_args().messages))).decode())


if __name__ == "__main__":
    sys.exit(interruptible(main))
