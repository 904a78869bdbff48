"""Sends players what their listeners asked for, as fast as each socket takes it, and no faster.

Before each piece the feeder waits until the client has caught up, so chunks never cut a slow
listener and never stand long before his chat.
"""

import asyncio
import logging
from collections.abc import Callable

from msgspec import UNSET, to_builtins

from hub.engine import event
from hub.players.calls import ChunkSent, PlayerEnded
from hub.players.opened import Opened
from media.player.chunk_reader import Chunk, ChunkReader
from rooms.errors import HubError

log = logging.getLogger(__name__)


class Feeder:
    """One task for each player that waits for chunks. A failure ends that player alone: `fail`."""

    def __init__(
        self,
        reader: ChunkReader,
        tasks: asyncio.TaskGroup,
        fail: Callable[[Opened, HubError], None],
    ) -> None:
        self._reader = reader
        self._tasks = tasks
        self._fail = fail

    def feed(self, one: Opened) -> None:
        """Sees to it that somebody sends what was asked for."""
        if one.feeder is None or one.feeder.done():
            one.feeder = self._tasks.create_task(self._send_chunks(one), name="player-feed")

    async def _send_chunks(self, one: Opened) -> None:
        """Sends until nothing is asked for any more; a failure ends this player alone."""
        try:
            while (wanted := one.player.take_next()) is not None:
                chunk = await self._reader.read(one.player, wanted)
                if wanted.turn == one.player.turn and not await self._send(one, chunk, wanted.turn):
                    return
        except HubError as error:
            self._fail(one, error)
        except Exception:  # one listener's chunk: the others' are not touched
            log.exception("players.feed_failed")
            self._fail(one, HubError("Something went wrong on our side. It has been logged."))

    async def _send(self, one: Opened, chunk: Chunk, turn: int) -> bool:
        """Sends one chunk piece by piece; False when the client is gone."""
        parts = chunk.part_count
        for number, data in enumerate(chunk.parts()):
            if not await one.session.link.drained():
                return False
            if turn != one.player.turn:
                return True
            sent = ChunkSent(
                player_id=one.id,
                index=chunk.index,
                start_ms=chunk.start_ms,
                duration_ms=chunk.duration_ms,
                rung=chunk.rung.name,
                codec=chunk.rung.codecs,
                init=chunk.init_bytes or UNSET,
                part=number if parts > 1 else UNSET,
                parts=parts if parts > 1 else UNSET,
                last=chunk.is_last or UNSET,
            )
            one.session.send(event("media:chunk", {**to_builtins(sent), "data": data}))
        if chunk.is_last:
            one.tell("player:ended", PlayerEnded(one.id, "finished"))
        return True
