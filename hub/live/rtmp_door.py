"""Hands on what the RTMP server asks a web node, to the ingest process that pulls broadcasts."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
from msgspec import Struct

from api.parts import Ask, TellIngest
from rooms.errors import HubError, Unavailable

log = logging.getLogger(__name__)

ANSWERS_WITHIN_S = 10.0
"""nginx-rtmp waits no longer than 10 s by itself."""


class _Refusal(Struct):
    """What of an error's envelope is handed on."""

    message: str = "The broadcast was refused."
    error_code: str = "REFUSED"


@asynccontextmanager
async def open_rtmp_door(ingest_url: str | None, secret: str | None) -> AsyncIterator[TellIngest]:
    """`await tell(word, key, client)`, while the block lasts.

    That raises HubError: what the ingest process says, or Unavailable when there is none.
    """
    timeout = aiohttp.ClientTimeout(total=ANSWERS_WITHIN_S)
    headers = {"Authorization": f"Bearer {secret}"}
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as client:

        async def tell(ask: Ask, key: str, connection: str) -> None:
            if ingest_url is None or secret is None:
                raise Unavailable("Going live is not set up on this hub.", "LIVE_UNAVAILABLE")
            call = {"key": key, "client": connection}
            try:
                async with client.post(f"{ingest_url}/rtmp/{ask}", json=call) as answer:
                    status, body = answer.status, await answer.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                log.warning("rtmp.ingest_away", extra={"error": type(error).__name__})
                raise Unavailable(
                    "Going live is not possible just now.", "LIVE_UNAVAILABLE"
                ) from error
            if status >= 400:
                raise _refused(status, body)

        yield tell


def _refused(status: int, body: bytes) -> HubError:
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except msgspec.DecodeError:
        refusal = _Refusal()
    if status == Unavailable.status:
        return Unavailable(refusal.message, refusal.error_code)
    return HubError(refusal.message, refusal.error_code, status=status)
