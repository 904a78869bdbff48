"""POST /api/v1/tracks: a whole file in one form, streamed to the object store as it comes (A3)."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uuid_utils
from aiohttp import BodyPartReader, web

from api.auth.principals import caller
from api.bodies import invalid, read_query
from api.envelope import ok
from api.forms import form_parts, reader_of, short_field
from api.parts import Api
from api.schemas.uploads import UploadQuery
from api.tracks.metadata import CODE, FLAT_FIELDS, Said, from_fields, from_json, new_track
from api.tracks.views import uploaded
from api.uploads.receiving import Progress, Receipt, audio_pieces, plain_pieces, steady, too_large
from rooms.errors import FieldError, HubError, Invalid
from storage.uploads.plans import PlanLimits

log = logging.getLogger(__name__)

MAX_ARTWORK_BYTES = 10 * 1024 * 1024
FORM_BYTES = 1024 * 1024
"""What a form may have around its files."""
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_NAME_CHARS = 255


class _Form:
    """What has come of the form so far."""

    def __init__(self) -> None:
        self.said: Said | None = None
        self.fields: dict[str, list[str]] = {}
        self.audio: Receipt | None = None
        self.audio_name = ""
        self.artwork_key: str | None = None


async def upload_track(request: web.Request, api: Api) -> web.Response:
    """Take a file, make a track of it, and have it processed. All of that or nothing.

    Whatever goes wrong (a cut line, a wrong type, a full quota, a bad field), the object is
    removed, no track is there, and the place in the quota is free again.
    """
    principal = caller(request)
    query = read_query(request, UploadQuery)
    limits = await api.uploads.limits(principal.user_id)
    length = request.content_length
    if length is not None and length > limits.max_file_bytes + MAX_ARTWORK_BYTES + FORM_BYTES:
        raise too_large(limits.max_file_bytes)
    track_id = str(uuid_utils.uuid7())
    key = f"originals/{track_id}/source"
    async with _reserved(api, principal.user_id, track_id, key, length, limits) as upload_id:
        form = _Form()
        progress = Progress(api.publish, principal.user_id, query.upload_id or upload_id, length)
        async for part in form_parts(request):
            await _take(api, form, part, key, limits, progress)
        said, audio = _whole(form)
        new = new_track(
            said,
            track_id=track_id,
            creator_id=principal.user_id,
            name=form.audio_name,
            extension=audio.format or "",
            original_key=key,
            original_sha256=audio.sha256,
            file_size=audio.size_bytes,
            format=audio.format,
            artwork_key=form.artwork_key,
        )
        track, _ = await api.uploads.finish(upload_id, new, limits.max_duration_s)
    await progress.at(audio.size_bytes, done=True)
    return ok(uploaded(track), "Track uploaded successfully", status=201)


async def remove_upload(api: Api, upload_id: str, *folders: str) -> None:
    """Take away what an upload that failed has left; never raises, the sweep comes after it."""
    try:
        for folder in folders:
            await api.objects.delete_prefix(folder)
        await api.uploads.give_up(upload_id)
    except HubError as exc:
        log.warning("upload.left_behind", extra={"upload_id": upload_id, "code": exc.code})


@asynccontextmanager
async def _reserved(
    api: Api, user_id: str, track_id: str, key: str, length: int | None, limits: PlanLimits
) -> AsyncIterator[str]:
    """A place in the quota; given up, with all that was stored, when the body raises."""
    upload_id = await api.uploads.reserve(
        user_id,
        filename="(receiving)",
        total_bytes=min(length or limits.max_file_bytes, limits.max_file_bytes),
        storage_key=key,
    )
    try:
        yield upload_id
    except BaseException:
        await remove_upload(api, upload_id, f"originals/{track_id}/")
        raise


async def _take(
    api: Api,
    form: _Form,
    part: BodyPartReader,
    key: str,
    limits: PlanLimits,
    progress: Progress,
) -> None:
    """Read one part of the form."""
    name = part.name or ""
    if name == "audio":
        if form.audio is not None:
            raise invalid([FieldError("audio", "TOO_MANY", "One file a form.")], CODE)
        form.audio_name = (part.filename or "")[-_NAME_CHARS:]
        progress.name(form.audio_name)
        receipt = Receipt()
        pieces = audio_pieces(reader_of(part), receipt, limits.max_file_bytes, progress)
        await api.objects.put(key, pieces)
        form.audio = receipt
    elif name == "artwork":
        form.artwork_key = await _keep_artwork(api, part, key)
    elif name == "metadata":
        form.said = from_json(await short_field(part, name, CODE))
    elif name in FLAT_FIELDS:
        value = (await short_field(part, name, CODE)).decode("utf-8", "replace")
        form.fields.setdefault(name, []).append(value)
    else:
        message = "There is no such field. The file goes into `audio`."
        raise invalid([FieldError(name[:64] or "(no name)", "UNKNOWN_FIELD", message)], CODE)


async def _keep_artwork(api: Api, part: BodyPartReader, key: str) -> str | None:
    """Store the picture beside the original; a worker makes the covers of it. Empty: none."""
    read = reader_of(part)
    head = await steady(read)
    if not head:
        return None
    if not head.startswith(_PICTURES) and not (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        message = "The picture has to be a JPEG, PNG or WebP."
        raise Invalid(message, CODE, fields=(FieldError("artwork", "INVALID_FORMAT", message),))

    async def with_head() -> AsyncIterator[bytes]:
        yield head
        async for piece in plain_pieces(read, Receipt(), MAX_ARTWORK_BYTES - len(head)):
            yield piece

    artwork_key = f"{key.rpartition('/')[0]}/artwork"
    await api.objects.put(artwork_key, with_head())
    return artwork_key


def _whole(form: _Form) -> tuple[Said, Receipt]:
    """What the form says and holds. `metadata` wins over flat fields."""
    if form.audio is None:
        raise invalid([FieldError("audio", "REQUIRED", "A file is required.")], CODE)
    return form.said or from_fields(form.fields), form.audio
