"""The web application of a node: sockets, REST, media and the web client behind one port."""

import logging
import warnings
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.auth.principals import Authenticator, identify
from api.envelope import answer_errors
from api.parts import Api
from api.routes import mount as mount_api
from hub.access import may_enter
from hub.chat_socket.door import mount as mount_chat
from hub.co_listening.door import mount as mount_co_listening
from hub.engine import Engine
from hub.live.whip_proxy import WhipProxy
from hub.node import Node, is_ready
from hub.players.raw_socket import mount as mount_stream
from hub.proxies import behind
from hub.variables import Network
from media.hls.delivery import mount as mount_media
from media.live.delivery import mount as mount_live
from storage.live.live import Lives
from storage.tracks.hearing import Hearing

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CLIENT_FOLDER = Path(__file__).parent.parent / "web" / "dist"
"""The built web client (`make web`)."""

_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_SECURITY_HEADERS = {
    "Content-Security-Policy": _PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=()",
}


def build_app(
    node: Node,
    api: Api,
    authenticator: Authenticator,
    engine: Engine,
    *,
    upload_max_bytes: int,
    trusted_proxies: Sequence[Network] = (),
    ingest_url: str | None = None,
    documented: bool = True,
) -> web.Application:
    """Everything a node serves; `node` is running and stays the caller's to close.

    With `documented` the API's description and its page are served; production leaves them out.
    """
    # A request's caller stands under a plain name: media reads it too, and a key of aiohttp's kind
    # would have to live in a module that both layers import.
    warnings.filterwarnings("ignore", category=web.NotAppKeyWarning)
    app = web.Application(
        middlewares=[behind(trusted_proxies), secure, answer_errors, identify(authenticator)],
        client_max_size=upload_max_bytes + 1024 * 1024,
    )
    for path in engine.paths:
        app.router.add_route("*", path, engine.handle_http)
    mount_api(app, api, documented=documented, page=client_page)
    if documented:
        app.router.add_get("/api/docs", docs_page)
        if (CLIENT_FOLDER / "docs").is_dir():
            app.router.add_static("/api/docs/", CLIENT_FOLDER / "docs")
    mount_media(
        app,
        hearing=Hearing(node.backends.pool),
        objects=node.backends.objects,
        cache=node.chunks.cache,
    )
    mount_live(
        app,
        lives=Lives(node.backends.pool),
        objects=node.backends.objects,
        may_enter=may_enter(node.backends.pool),
    )
    WhipProxy(ingest_url).mount(app)
    mount_stream(app, node)
    mount_chat(app, node, api.chat_tokens)
    mount_co_listening(app, node, authenticator)
    health = _Health(node)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/health", health.alive)
    app.router.add_get("/health/deep", health.ready)
    app.router.add_get("/metrics", metrics)
    if (CLIENT_FOLDER / "assets").is_dir():
        app.router.add_static("/assets", CLIENT_FOLDER / "assets", append_version=False)
    # Not below /api: a method that an address there does not take is 405, and not a page (404).
    app.router.add_get(r"/{path:(?!api/|assets/|socket\.io/).*}", client_page)
    return app


@web.middleware
async def secure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Adds what tells browsers to be careful; an answer's own header wins."""
    response = await handler(request)
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.path.startswith("/assets/"):
        # Names of assets hold a digest of their content.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


async def client_page(request: web.Request) -> web.StreamResponse:
    """A file of the web client, or its one page: the client routes by itself."""
    name = request.match_info.get("path", "")
    if name and "/" not in name and not name.startswith("."):
        file = CLIENT_FOLDER / name
        if file.is_file():
            return web.FileResponse(file)
    page = CLIENT_FOLDER / "index.html"
    if not page.is_file():
        text = "The web client has not been built. Run `make web`, then reload this page.\n"
        return web.Response(status=503, text=text)
    return web.FileResponse(page, headers={"Cache-Control": "no-cache"})


async def docs_page(_request: web.Request) -> web.StreamResponse:
    """The API's reference, built with the web client: Swagger UI over /api/openapi.json."""
    page = CLIENT_FOLDER / "docs" / "index.html"
    if not page.is_file():
        text = "The API's page has not been built. Run `make web`, then reload this page.\n"
        return web.Response(status=503, text=text)
    return web.FileResponse(page, headers={"Cache-Control": "no-cache"})


async def metrics(request: web.Request) -> web.Response:
    """Prometheus metrics, for this machine only: a proxy must not hand them on."""
    if "X-Forwarded-For" in request.headers or not _is_loopback(request.remote):
        raise web.HTTPNotFound
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Health:
    """Answers of the health addresses."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def alive(self, _request: web.Request) -> web.Response:
        """The process runs and its loop turns."""
        return web.json_response({"status": "ok"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Whether to send traffic here, with a word on each part."""
        ready, parts = await is_ready(self._node)
        body = {"status": "ready" if ready else "unavailable", "parts": parts}
        return web.json_response(body, status=200 if ready else 503)


def _is_loopback(remote: str | None) -> bool:
    try:
        return remote is not None and ip_address(remote).is_loopback
    except ValueError:
        return False
