"""The bodies of WHIP and WHEP requests, read with limits."""

import asyncio

from aiohttp import web

from media.webrtc.whip_sdp import MAX_SDP_BYTES
from rooms.errors import HubError, TooLarge

OFFER_TYPE = "application/sdp"
FRAGMENT_TYPE = "application/trickle-ice-sdpfrag"
READ_WITHIN_S = 10.0


async def read_body(request: web.Request, content_type: str) -> bytes:
    """The body of a request of that type.

    Raises:
        TooLarge: more than 32 KiB.
        HubError: UNSUPPORTED_MEDIA_TYPE (415), or REQUEST_TIMEOUT (408) after 10 s.
    """
    if request.content_type != content_type:
        raise HubError(f"Send Content-Type: {content_type}.", "UNSUPPORTED_MEDIA_TYPE", status=415)
    if (request.content_length or 0) > MAX_SDP_BYTES:
        raise TooLarge(f"A session description is at most {MAX_SDP_BYTES // 1024} KiB.")
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > MAX_SDP_BYTES:
                    raise TooLarge(f"A session description is at most {MAX_SDP_BYTES // 1024} KiB.")
    except TimeoutError:
        raise HubError("The request took too long.", "REQUEST_TIMEOUT", status=408) from None
    return bytes(body)
