"""What the API says of itself: that it answers, and what it can be asked."""

from importlib.metadata import version

from aiohttp import web
from msgspec import Struct

from api.envelope import ok
from api.parts import Api
from rooms.times import iso


class ApiStatus(Struct, frozen=True):
    """Answer to /api/v1/status."""

    status: str
    version: str
    server_time: str


async def api_status(request: web.Request, api: Api) -> web.Response:
    """The API answers; /readyz says how its parts are."""
    return ok(ApiStatus("ok", version("veza-hub"), iso(api.now_ms())), "API status")
