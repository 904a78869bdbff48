"""The broadcasts that this process makes: who publishes each, and what the rooms are told of it.

Of two publications of one broadcast the newer wins and the older is closed. What happens is told in
order, again and again while the database is away: a room's word on a broadcast is never lost.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from msgspec import Struct

from media.live.live import Broadcast
from media.live.opus_feed import OpusFeed
from media.live.publisher import Credential, MayPublish, PeerGone, Publisher
from rooms.errors import HubError, Unavailable
from storage.live.live import LiveRow, Lives
from storage.objects.objects import ObjectStore

log = logging.getLogger(__name__)

SILENT_S = 2.0
"""No packet for so long: the publisher is lost for now. His page may be loading again."""
GIVEN_UP_S = 30.0
"""A connection that is silent for so long is closed."""
LOOK_S = 1.0
"""How often it is asked whether a broadcast was ended, and whether who publishes it may still."""
TELL_AGAIN_S = 0.5
UNHEARD_S = 60.0
"""A broadcast that nobody publishes and no room knows to be on air is let go of."""

Word = Literal["connected", "lost"]
Tell = Callable[[Word, LiveRow, int], Awaitable[None]]
"""`await tell(word, live, publication)`: `live:connected` or `live:lost`, committed.

Raises HubError: Unavailable is tried again, anything else is the room's last word.
"""


class _Said(Struct, frozen=True):
    """Something the room is to be told."""

    word: Word
    publication: int
    peer: Publisher | None


class _Channel:
    """One broadcast, its publisher, and what is still to be told."""

    def __init__(self, live: LiveRow, broadcast: Broadcast, now_s: float) -> None:
        self.live = live
        self.broadcast = broadcast
        self.peer: Publisher | None = None
        self.credential: Credential | None = None
        """Of the publisher, or of the last one."""
        self.heard: int | None = None
        """Number of the publication that the room believes to be on air."""
        self.quiet_since_s = now_s
        self.words: asyncio.Queue[_Said] = asyncio.Queue()

    def say(self, word: Word, publication: int, peer: Publisher | None) -> None:
        """Has the room told, after what it is still to be told."""
        self.words.put_nowait(_Said(word, publication, peer))

    def connected(self, number: int, peer: Publisher) -> None:
        """Sound comes in."""
        self.heard = number
        self.say("connected", number, peer)

    def lost(self) -> None:
        """No sound comes in any more."""
        if self.heard is not None:
            self.say("lost", self.heard, None)
            self.heard = None


class OnAir:
    """All broadcasts of this process. Open it with `open_on_air`."""

    def __init__(
        self,
        lives: Lives,
        objects: ObjectStore,
        tell: Tell,
        may_publish: MayPublish,
        silent_s: float = SILENT_S,
    ) -> None:
        self._may_publish = may_publish
        self._silent_s = silent_s
        self._lives = lives
        self._objects = objects
        self._tell = tell
        self._channels: dict[str, _Channel] = {}
        self._making: set[asyncio.Task[None]] = set()

    def is_made(self, live_id: str) -> bool:
        """Whether segments of this broadcast may still be written."""
        return live_id in self._channels

    def feed(self, live_id: str) -> OpusFeed | None:
        """Where a broadcast is heard by WebRTC; None when it is not being made here."""
        channel = self._channels.get(live_id)
        return None if channel is None else channel.broadcast.feed

    def is_published(self, live_id: str) -> bool:
        """Whether somebody publishes this broadcast here just now."""
        channel = self._channels.get(live_id)
        return channel is not None and channel.peer is not None

    async def may_publish(self, live: LiveRow, credential: Credential) -> bool:
        """Whether he may publish this broadcast: neither signed out nor put out of its room."""
        return await self._may_publish(live, credential)

    async def publish(
        self, live: LiveRow, number: int, peer: Publisher, credential: Credential
    ) -> None:
        """Puts a publisher on air until he is gone, another takes his place or it is over.

        Who may not publish any more is closed within some `LOOK_S`.
        """
        try:
            await peer.connected()
            channel = self._channel(live, number)
            before, channel.peer = channel.peer, peer
            channel.credential = credential
            channel.broadcast.restart()
            if before is not None:
                log.info("live.taken_over", extra={"live_id": live.id, "publication": number})
                await before.close()
            await self._hear(channel, number, peer)
        except PeerGone:
            log.info("live.publisher_gone", extra={"live_id": live.id, "publication": number})
        finally:
            await peer.close()

    async def _hear(self, channel: _Channel, number: int, peer: Publisher) -> None:
        """Brings his sound on air. Raises `PeerGone`."""
        is_used, silent_s = False, 0.0
        try:
            while channel.peer is peer and silent_s < GIVEN_UP_S:
                try:
                    async with asyncio.timeout(self._silent_s):
                        stamp, sound = await peer.receive()
                except TimeoutError:
                    silent_s += self._silent_s
                    if channel.peer is peer:
                        channel.lost()
                    continue
                if channel.peer is not peer:
                    return
                silent_s = 0.0
                if channel.heard != number:
                    if is_used:
                        # A number is on air once: what was said of its end must not end this.
                        number = await self._lives.next_publication(channel.live.id)
                    is_used = True
                    channel.connected(number, peer)
                channel.broadcast.add(stamp, sound)
        finally:
            if channel.peer is peer:
                channel.peer = None
                channel.quiet_since_s = asyncio.get_running_loop().time()
                channel.lost()

    def _channel(self, live: LiveRow, number: int) -> _Channel:
        channel = self._channels.get(live.id)
        if channel is None:
            broadcast = Broadcast(live.id, number, self._objects)
            channel = _Channel(live, broadcast, asyncio.get_running_loop().time())
            self._channels[live.id] = channel
            task = asyncio.create_task(self._make(channel), name=f"live-{live.id}")
            self._making.add(task)
            task.add_done_callback(self._making.discard)
        return channel

    async def _make(self, channel: _Channel) -> None:
        talking = asyncio.create_task(self._talk(channel), name=f"live-talk-{channel.live.id}")
        try:
            await channel.broadcast.run()
        except Exception:  # the others go on
            log.exception("live.broken", extra={"live_id": channel.live.id})
        finally:
            talking.cancel()
            channel.broadcast.feed.end()
            del self._channels[channel.live.id]
            if channel.peer is not None:
                await channel.peer.close()

    async def _talk(self, channel: _Channel) -> None:
        """Tells the room, in order; on air it is once there is something to hear."""
        while True:
            said = await channel.words.get()
            if said.word == "connected":
                await channel.broadcast.playable.wait()
            await self._say(channel, said)
            channel.words.task_done()

    async def _say(self, channel: _Channel, said: _Said) -> None:
        while True:
            try:
                await self._tell(said.word, channel.live, said.publication)
            except Unavailable:
                await asyncio.sleep(TELL_AGAIN_S)
                continue
            except HubError as error:
                fields = {"live_id": channel.live.id, "word": said.word, "code": error.code}
                log.info("live.refused", extra=fields)
                if said.peer is not None:
                    await said.peer.close()
            return

    async def watch(self) -> None:
        """Ends what was ended by its room; runs for ever, owned by `open_on_air`."""
        while True:
            await asyncio.sleep(LOOK_S)
            for channel in list(self._channels.values()):
                try:
                    await self._look(channel)
                except Unavailable:
                    break

    async def _look(self, channel: _Channel) -> None:
        live = await self._lives.find(channel.live.id)
        if live is None or live.status == "ended" or self._is_unheard(channel, live):
            await _end(channel)
            return
        peer, credential = channel.peer, channel.credential
        if peer is None or credential is None or await self._may_publish(live, credential):
            return
        if channel.peer is peer:
            log.info("live.cut_off", extra={"live_id": live.id, "user_id": credential.user_id})
            await peer.close()

    def _is_unheard(self, channel: _Channel, live: LiveRow) -> bool:
        quiet_s = asyncio.get_running_loop().time() - channel.quiet_since_s
        return channel.peer is None and live.status == "scheduled" and quiet_s > UNHEARD_S

    async def drain(self, within_s: float) -> None:
        """This process stops: rooms hear that their broadcasters are lost, segments are stored."""
        channels = list(self._channels.values())
        try:
            async with asyncio.timeout(within_s):
                for channel in channels:
                    channel.lost()
                    await _end(channel, told=True)
                if self._making:
                    await asyncio.wait(self._making)
        except TimeoutError:
            log.warning("live.drained_in_part", extra={"broadcasts": len(self._channels)})
        for task in list(self._making):
            task.cancel()


@asynccontextmanager
async def open_on_air(
    lives: Lives,
    objects: ObjectStore,
    tell: Tell,
    may_publish: MayPublish,
    drain_s: float,
    silent_s: float = SILENT_S,
) -> AsyncIterator[OnAir]:
    """Broadcasts, while the block lasts; then those on air get `drain_s` to be stored.

    Who sends no packet for `silent_s` is lost for now.
    """
    on_air = OnAir(lives, objects, tell, may_publish, silent_s)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(on_air.watch(), name="live-watch")
        try:
            yield on_air
        finally:
            watching.cancel()
            await on_air.drain(drain_s)


async def _end(channel: _Channel, *, told: bool = False) -> None:
    """Finishes a broadcast here; with `told`, once its room knows all there is to know."""
    peer, channel.peer = channel.peer, None
    if peer is not None:
        await peer.close()
    if told:
        await channel.words.join()
    channel.broadcast.end()
