"""A WHIP or WHEP session as HTTP sees it (RFC 9725 §4): address, version, candidates."""

import secrets

from aiohttp import web

from media.webrtc.sdp_bodies import FRAGMENT_TYPE, OFFER_TYPE
from media.webrtc.whip_sdp import MAX_CANDIDATES
from rooms.errors import Invalid


class Session:
    """A session whose offer was answered.

    Args:
        ufrag: of the offer: a fragment of another negotiation has another one.
        candidates: that count already.
    """

    def __init__(self, ufrag: str, candidates: int = 0) -> None:
        self.id = secrets.token_urlsafe(24)
        """Last part of its address; nobody can guess it."""
        self.etag = f'"{secrets.token_hex(8)}"'
        self.ufrag = ufrag
        self._candidates = candidates

    def created(self, collection: str, answer: str) -> web.Response:
        """201 with the answer; `collection` is the path it was posted to."""
        return web.Response(
            status=201,
            text=answer,
            content_type=OFFER_TYPE,
            headers={
                "Location": f"{collection}/{self.id}",
                "ETag": self.etag,
                "Accept-Patch": FRAGMENT_TYPE,
                "Cache-Control": "no-store",
            },
        )

    def add_candidates(self, count: int) -> None:
        """Notes that candidates came. They are not needed, for the other side calls by itself.

        Raises:
            Invalid: BAD_SDP, more than anybody has.
        """
        self._candidates += count
        if self._candidates > MAX_CANDIDATES:
            raise Invalid(f"More than {MAX_CANDIDATES} candidates.", "BAD_SDP")


async def options(_request: web.Request) -> web.Response:
    """What may be posted (RFC 9725 §4.2)."""
    return web.Response(status=204, headers={"Accept-Post": OFFER_TYPE})
