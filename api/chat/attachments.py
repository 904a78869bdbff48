"""/api/v1/chat/.../attachments: a picture or a sound is sent first, and a message names it then."""

import re
import tempfile
from pathlib import Path
from urllib.parse import quote

import uuid_utils
from aiohttp import web

from api.auth.principals import caller
from api.chat.chat import path_id
from api.envelope import ok
from api.forms import form_parts, malformed, reader_of
from api.parts import Api
from api.ranges import LongBody, send, wanted_span
from api.uploads.receiving import Receipt, plain_pieces
from rooms.chat.records import Attachment
from rooms.errors import Forbidden, NotFound, RateLimited
from storage.messages.attachments import MAX_UNUSED, Prepared, StoredAttachment
from storage.rooms import rooms

MAX_BYTES = 25 * 1024**2
_YEAR = "private, max-age=31536000, immutable"


async def upload(request: web.Request, api: Api) -> web.Response:
    """Takes a picture (JPEG, PNG, WebP, GIF) or a sound for a message of the caller's in a room."""
    room_id, principal = path_id(request), caller(request)
    entry: rooms.Entry = await api.chat.check_room(room_id, principal)
    if entry.state != "joined":
        raise Forbidden("Join the room first.")
    if await api.chat.attachments.unused_of(principal.user_id) >= MAX_UNUSED:
        raise RateLimited(
            f"{MAX_UNUSED} of your uploads wait for a message. Send those first.",
            retry_after_ms=60_000,
        )
    with tempfile.TemporaryDirectory(prefix="veza-attachment-") as folder:
        file, filename = Path(folder) / "file", ""
        async for part in form_parts(request):
            if part.name == "file":
                filename = part.filename or "file"
                with file.open("wb") as target:
                    async for piece in plain_pieces(reader_of(part), Receipt(), MAX_BYTES):
                        target.write(piece)
                break
        if not filename:
            raise malformed("The form needs a part named file.")
        if api.chat.scan is not None:
            await api.chat.scan(file)
        with file.open("rb") as source:
            prepared = await api.chat.prepare(source.fileno())
    record = await _keep(api, prepared, room_id, principal.user_id, _shown_name(filename))
    return ok(record, "Attachment uploaded", status=201)


async def download(request: web.Request, api: Api) -> web.StreamResponse:
    """The picture or sound, for who may read the room; sounds in ranges."""
    found = await _find(request, api)
    return await _send(request, api, found, f"{found.storage_key}/source", found.mime_type)


async def thumbnail(request: web.Request, api: Api) -> web.StreamResponse:
    """A picture at 256 x 256 px."""
    found = await _find(request, api)
    if found.kind != "image":
        raise NotFound("A sound has no thumbnail.")
    return await _send(request, api, found, f"{found.storage_key}/thumbnail.jpg", "image/jpeg")


async def _keep(
    api: Api, prepared: Prepared, room_id: str, user_id: str, filename: str
) -> Attachment:
    attachment_id = str(uuid_utils.uuid7())
    url, key = f"/api/v1/chat/attachments/{attachment_id}", f"attachments/{attachment_id}"
    record = Attachment(
        id=attachment_id,
        kind=prepared.kind,
        filename=filename,
        mime_type=prepared.mime_type,
        size_bytes=len(prepared.data),
        url=url,
        width_px=prepared.width_px,
        height_px=prepared.height_px,
        thumbnail_url=f"{url}/thumbnail" if prepared.thumbnail is not None else None,
        duration_ms=prepared.duration_ms,
        peaks=prepared.peaks,
    )
    await api.objects.put(f"{key}/source", prepared.data, prepared.mime_type)
    if prepared.thumbnail is not None:
        await api.objects.put(f"{key}/thumbnail.jpg", prepared.thumbnail, "image/jpeg")
    await api.chat.attachments.add(record, room_id=room_id, uploader_id=user_id, storage_key=key)
    return record


async def _find(request: web.Request, api: Api) -> StoredAttachment:
    found = await api.chat.attachments.find(path_id(request))
    if found is None:
        raise NotFound("There is no such attachment.")
    principal = caller(request)
    if found.message_id is None and found.uploader_id != principal.user_id:
        raise NotFound("There is no such attachment.")
    await api.chat.check_room(found.room_id, principal)
    return found


async def _send(
    request: web.Request, api: Api, found: StoredAttachment, key: str, mime_type: str
) -> web.StreamResponse:
    stat = await api.objects.stat(key)
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", found.filename)
    named = f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(found.filename, safe='')}"
    body = LongBody(
        size_bytes=stat.size_bytes,
        content_type=mime_type,
        etag=stat.etag,
        read=lambda start, end: api.objects.stream(key, start, end),
        headers={
            "Content-Disposition": named,
            "Cache-Control": _YEAR,
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
    return await send(request, body, wanted_span(request, body))


def _shown_name(filename: str) -> str:
    """The name as it is shown: no path, nothing that cannot be seen, at most 120 characters."""
    name = re.split(r"[\\/]", filename)[-1]
    name = "".join(c for c in name if c.isprintable()).strip(" .")
    return name[-120:] or "file"
