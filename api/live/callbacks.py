"""/api/v1/live/callback: the RTMP server asks whether a broadcaster may, and tells when he goes.

nginx-rtmp posts a form and can send no header of its own, so the shared secret stands in the
address it was given (`on_publish http://…/publish?secret=…`); whoever can send headers may use
X-Rtmp-Secret. Behind the form's own fields stands what the publisher wrote behind his key: so the
secret is never read from the form, and a field that stands there twice is refused.
"""

import logging
import re
from hmac import compare_digest
from urllib.parse import parse_qsl

from aiohttp import web

from api.bodies import UnsupportedMediaType, checked, read_body, read_query
from api.envelope import ok
from api.parts import Api, Ask
from api.schemas.live_callbacks import LiveCallback, RtmpPublish, Secret
from rooms.errors import FieldError, Forbidden, Invalid, NotFound, Unavailable

log = logging.getLogger(__name__)

FORM_TYPE = "application/x-www-form-urlencoded"
SECRET_HEADER = "X-Rtmp-Secret"  # noqa: S105 -- a name, no secret
MAX_FIELDS = 64

_KEY = re.compile(r"live_[A-Za-z0-9_-]{20,64}", re.ASCII)
_FIELDS = ("name", "clientid", "call")


async def publish(request: web.Request, api: Api) -> web.Response:
    """Somebody publishes, or does so still: 2xx lets him, anything else cuts him off."""
    check_secret(request, api.rtmp_secret)
    form = await read_form(request)
    if form.call == "update_play":
        return _heard()  # the hub itself listens
    ask: Ask = "update" if form.call == "update_publish" else "publish"
    if _KEY.fullmatch(form.name) is None:
        raise NotFound("This stream key is not valid.", "UNKNOWN_STREAM_KEY")
    try:
        await api.tell_ingest(ask, form.name, form.clientid)
    except Unavailable:
        if ask == "publish":
            raise
        # Nobody is cut off because the hub is being restarted: the next update is soon.
        log.info("live.update_postponed")
    return _heard()


async def publish_done(request: web.Request, api: Api) -> web.Response:
    """Somebody has stopped publishing; twice is fine."""
    check_secret(request, api.rtmp_secret)
    form = await read_form(request)
    if _KEY.fullmatch(form.name) is not None:
        await api.tell_ingest("publish_done", form.name, form.clientid)
    return _heard()


def check_secret(request: web.Request, secret: str | None) -> None:
    """Raises Forbidden unless the caller knows the secret; compared in constant time."""
    given = read_query(request, Secret).secret or request.headers.get(SECRET_HEADER) or ""
    is_known = compare_digest(given.encode(errors="replace"), (secret or "").encode())
    if secret is None or not is_known:
        raise Forbidden("This address is for the RTMP server.")


async def read_form(request: web.Request) -> RtmpPublish:
    """The fields that matter.

    Raises:
        UnsupportedMediaType: it is no form.
        Invalid: one is missing, wrong, or stands there twice.
    """
    if request.content_type != FORM_TYPE:
        raise UnsupportedMediaType(f"Send the body as Content-Type: {FORM_TYPE}.")
    body = await read_body(request)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise Invalid.field("body", "INVALID_FORM", "The body is no form.") from None
    names = [name for name, _ in pairs]
    twice = [name for name in _FIELDS if names.count(name) > 1]
    if twice:
        errors = tuple(FieldError(name, "TWICE", "This stands there twice.") for name in twice)
        raise Invalid("A field stands there twice.", fields=errors)
    known = {name: value for name, value in pairs if name in _FIELDS}
    return checked(known, RtmpPublish, strict=False)


def _heard() -> web.Response:
    return ok(LiveCallback(), "Heard")
