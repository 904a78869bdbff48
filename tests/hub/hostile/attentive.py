"""A client in a process of its own that follows a room and reads all it is sent, to the end.

`python -m tests.hub.hostile.attentive PORT TOKEN ROOM` says `following`, and at the end how many
bytes it has read since. Whoever stops the process (SIGSTOP) has a client that is there and does not
read, does not answer pings, and closes nothing.
"""

import asyncio
import sys

from loadtests.slow.reader import SlowReader


async def main(port: int, token: str, room_id: str) -> None:
    """Follows and reads until the hub ends it."""
    reader = await SlowReader.open(port, token, room_id)
    sys.stdout.write("following\n")
    sys.stdout.flush()
    sys.stdout.write(f"{len(await reader.rest(within_s=90.0, answers=True))}\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
