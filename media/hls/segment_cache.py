"""Keeps what many listeners ask for at the same time: the segments of what is playing now.

Bounded by bytes; the piece that nobody has asked for the longest goes first. When a hundred ask for
a piece that is not there, the store is asked once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

MAX_BYTES = 64 * 1024 * 1024
"""Five minutes of a whole ladder, or a minute of some twenty tracks."""
MAX_PIECE_BYTES = 4 * 1024 * 1024


class SegmentCache:
    """Immutable pieces by key."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._pieces: OrderedDict[str, bytes] = OrderedDict()
        self._loading: dict[str, asyncio.Future[bytes]] = {}
        self.size_bytes = 0

    async def get(self, key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """The piece, from here or by `load`, whose error everybody who waits for it gets."""
        while True:
            if (piece := self._pieces.get(key)) is not None:
                self._pieces.move_to_end(key)
                return piece
            loading = self._loading.get(key)
            if loading is None:
                return await self._load(key, load)
            try:
                return await asyncio.shield(loading)
            except asyncio.CancelledError:
                # Whoever was loading it has gone; if it is not us who are cancelled, go on.
                task = asyncio.current_task()
                if not loading.cancelled() or (task is not None and task.cancelling()):
                    raise

    async def _load(self, key: str, load: Callable[[], Awaitable[bytes]]) -> bytes:
        loading: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._loading[key] = loading
        try:
            piece = await load()
        except asyncio.CancelledError:
            loading.cancel()
            raise
        except Exception as error:
            loading.set_exception(error)
            loading.exception()  # nobody else may be waiting; then it is not lost but raised here
            raise
        else:
            loading.set_result(piece)
            self._keep(key, piece)
            return piece
        finally:
            del self._loading[key]

    def _keep(self, key: str, piece: bytes) -> None:
        if len(piece) > min(MAX_PIECE_BYTES, self._max_bytes):
            return
        self._pieces[key] = piece
        self.size_bytes += len(piece)
        while self.size_bytes > self._max_bytes:
            _, oldest = self._pieces.popitem(last=False)
            self.size_bytes -= len(oldest)
