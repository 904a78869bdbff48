"""Hands requests of WHIP and WHEP on to the ingest process, so that one address serves them, too.

Only the session is made here; the sound itself goes straight to the ingest process over UDP.
"""

import logging
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from rooms.errors import TooLarge, Unavailable

log = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024
ANSWERS_WITHIN_S = 15.0

_ASKED = ("Authorization", "Content-Type", "If-Match")
_ANSWERED = ("Location", "ETag", "Accept-Patch", "Accept-Post", "Cache-Control", "Retry-After")


class WhipProxy:
    """The handler of /whip and /whep. Its client lives as long as the application."""

    def __init__(self, ingest_url: str | None) -> None:
        self._ingest_url = ingest_url
        self._client: aiohttp.ClientSession | None = None

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.cleanup_ctx.append(self._open)
        for door in ("whip", "whep"):
            app.router.add_route("*", f"/{door}/{{live_id}}", self.handle)
            app.router.add_route("*", f"/{door}/{{live_id}}/{{session}}", self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        """One request, handed on.

        Raises:
            TooLarge: more than 64 KiB.
            Unavailable: there is no ingest process, or it does not answer.
        """
        if self._ingest_url is None or self._client is None:
            raise Unavailable("Going live is not set up on this hub.", "LIVE_UNAVAILABLE")
        if (request.content_length or 0) > MAX_BYTES:
            raise TooLarge(f"A request here is at most {MAX_BYTES // 1024} KiB.")
        body = await request.content.read(MAX_BYTES + 1) if request.can_read_body else b""
        while len(body) <= MAX_BYTES and not request.content.at_eof():
            body += await request.content.read(MAX_BYTES + 1 - len(body))
        if len(body) > MAX_BYTES:
            raise TooLarge(f"A request here is at most {MAX_BYTES // 1024} KiB.")
        headers = {name: request.headers[name] for name in _ASKED if name in request.headers}
        url = f"{self._ingest_url}{request.path}"
        try:
            async with self._client.request(
                request.method, url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                kept = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    content_type=answer.content_type,
                    headers=kept,
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("whip.ingest_away", extra={"error": type(error).__name__})
            raise Unavailable(
                "Going live is not possible just now. Try again in a moment.", "LIVE_UNAVAILABLE"
            ) from error

    async def _open(self, _app: web.Application) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=ANSWERS_WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            self._client = client
            yield
            self._client = None
