"""ClamAV, where one is configured: whether a file is known to do harm (clamd(8), INSTREAM)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from rooms.errors import HubError, Unavailable

PIECE_BYTES = 256 * 1024
TIMEOUT_S = 30.0


class Infected(HubError):
    """The scanner knows the file."""

    status = 422
    default_code = "INFECTED_FILE"


async def scan(address: str, file: Path) -> None:
    """Asks the scanner at `address` (host:port, or the path of a socket) about a file.

    Raises:
        Infected: the scanner knows it.
        Unavailable: the scanner does not answer: nothing is let through unscanned.
    """
    try:
        async with asyncio.timeout(TIMEOUT_S):
            answer = await _ask(address, file)
    except (OSError, TimeoutError, EOFError) as error:
        raise Unavailable("Files cannot be checked just now. Try again later.") from error
    if answer.endswith("FOUND"):
        raise Infected("This file holds something harmful and was not taken.")
    if not answer.endswith("OK"):
        raise Unavailable("Files cannot be checked just now. Try again later.")


async def _ask(address: str, file: Path) -> str:
    host, _, port = address.rpartition(":")
    if address.startswith("/"):
        reader, writer = await asyncio.open_unix_connection(address)
    else:
        reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(b"zINSTREAM\0")
        for piece in await asyncio.to_thread(lambda: list(_pieces(file))):
            writer.write(len(piece).to_bytes(4, "big") + piece)
            await writer.drain()
        writer.write(b"\0\0\0\0")
        await writer.drain()
        return (await reader.readuntil(b"\0")).rstrip(b"\0").decode(errors="replace")
    finally:
        writer.close()


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE_BYTES):
            yield piece
