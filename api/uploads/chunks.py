"""Uploads in chunks, which outlive a lost connection: initiate, chunk, complete, resume.

Every step may be sent again: a chunk with the same bytes is the same chunk, and completing twice
gives the same track. Another user's upload is as unknown as none.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import uuid_utils
from aiohttp import web

from api.auth.principals import caller
from api.bodies import checked, invalid, read_json
from api.envelope import ok
from api.forms import PIECE_BYTES, form_parts, reader_of, short_field
from api.parts import Api
from api.schemas.uploads import (
    ChunkQuery,
    ChunkReceived,
    Complete,
    Initiate,
    Initiated,
    UploadState,
)
from api.times import utc
from api.tracks.metadata import from_fields, from_object, new_track
from api.tracks.views import uploaded
from api.uploads.receiving import (
    Progress,
    Read,
    Receipt,
    audio_format,
    audio_pieces,
    plain_pieces,
    too_large,
)
from api.uploads.uploads import remove_upload
from rooms.access import Principal
from rooms.errors import Conflict, FieldError, Invalid, NotFound
from rooms.ids import UUID_PATTERN
from storage.objects.objects import ObjectMissing, ObjectStore
from storage.uploads.new_tracks import NewTrack
from storage.uploads.uploads import Part, Upload

CHECKSUM_HEADER = "X-Chunk-SHA256"
HEAD_OF_ORIGINAL = 16 * 1024


class ChecksumMismatch(Invalid):
    """The bytes that came are not those that were sent."""

    default_code = "CHECKSUM_MISMATCH"


class UploadIncomplete(Conflict):
    """Chunks are missing; `fields` names them."""

    default_code = "UPLOAD_INCOMPLETE"


async def initiate(request: web.Request, api: Api) -> web.Response:
    """Announce an upload and hold a place in the quota for it."""
    principal = caller(request)
    body = await read_json(request, Initiate)
    limits = await api.uploads.limits(principal.user_id)
    if body.total_bytes > limits.max_file_bytes:
        raise too_large(limits.max_file_bytes)
    if body.metadata is not None:
        from_object(body.metadata)
    total_chunks = -(-body.total_bytes // body.chunk_bytes)
    upload_id = await api.uploads.reserve(
        principal.user_id,
        filename=body.filename,
        total_bytes=body.total_bytes,
        storage_key=f"originals/{uuid_utils.uuid7()}/source",
        mime_type=body.mime_type,
        chunk_bytes=body.chunk_bytes,
        total_chunks=total_chunks,
        sha256=None if body.sha256 is None else bytes.fromhex(body.sha256),
        metadata=body.metadata,
    )
    upload = await _own(api, upload_id, principal)
    return ok(
        Initiated(
            upload_id=upload_id,
            chunk_bytes=body.chunk_bytes,
            total_chunks=total_chunks,
            received_chunks=(),
            expires_at=utc(upload.expires_at),
        ),
        "Upload started",
        status=201,
    )


async def receive_chunk(request: web.Request, api: Api) -> web.Response:
    """Take one chunk: as the body itself, or as the part `chunk` of a form."""
    principal = caller(request)
    named, read = await _open_chunk(request)
    upload = await _own(api, named.upload_id, principal)
    if upload.status != "uploading":
        raise Conflict("This upload takes no more chunks.")
    size_bytes = _size_of_chunk(upload, named.chunk_index)
    key = f"uploads/{upload.id}/{named.chunk_index:06d}-{uuid_utils.uuid7()}"
    receipt = Receipt()
    pieces = (
        audio_pieces(read, receipt, size_bytes, None)
        if named.chunk_index == 0
        else plain_pieces(read, receipt, size_bytes)
    )
    await api.objects.put(key, pieces)
    part = Part(named.chunk_index, receipt.size_bytes, receipt.sha256, key)
    try:
        _check_chunk(part, size_bytes, named.sha256)
        is_new = await api.uploads.add_part(upload.id, part)
        if not is_new:
            await _refuse_other_bytes(api, upload.id, part)
    except BaseException:
        await api.objects.delete(key)
        raise
    if not is_new:
        await api.objects.delete(key)
    upload = await _own(api, upload.id, principal)
    await Progress(
        api.publish, principal.user_id, upload.id, upload.total_bytes, upload.filename
    ).at(upload.received_bytes)
    return ok(
        ChunkReceived(
            upload_id=upload.id,
            chunk_index=part.index,
            received_bytes=upload.received_bytes,
            total_bytes=upload.total_bytes,
            received_chunks=upload.received_chunks,
        ),
        "Chunk received",
    )


async def complete(request: web.Request, api: Api) -> web.Response:
    """Put the chunks together and make a track of them. Again: the same track, status 200."""
    principal = caller(request)
    body = await read_json(request, Complete)
    upload = await _own(api, body.upload_id, principal)
    if upload.track_id is not None:
        return await _same_track(api, upload.track_id)
    given = body.metadata if body.metadata is not None else upload.metadata
    said = from_object(given) if given else from_fields({})
    _refuse_missing(upload)
    wanted = bytes.fromhex(body.sha256) if body.sha256 is not None else upload.sha256
    receipt = Receipt()
    parts = await api.uploads.parts(upload.id)
    try:
        await api.objects.put(upload.storage_key, _joined(api.objects, parts, receipt))
        head = await api.objects.read(upload.storage_key, 0, HEAD_OF_ORIGINAL)
    except ObjectMissing:
        # Another request has completed it and taken the chunks away.
        again = await _own(api, upload.id, principal)
        if again.track_id is None:
            raise
        return await _same_track(api, again.track_id)
    track_id = upload.storage_key.split("/")[1]
    if wanted is not None and receipt.sha256 != wanted:
        await remove_upload(api, upload.id, f"originals/{track_id}/", f"uploads/{upload.id}/")
        raise ChecksumMismatch("The whole file does not match its SHA-256. Upload it again.")
    file_format = audio_format(head)
    new: NewTrack = new_track(
        said,
        track_id=track_id,
        creator_id=principal.user_id,
        name=upload.filename,
        extension=file_format,
        original_key=upload.storage_key,
        original_sha256=receipt.sha256,
        file_size=receipt.size_bytes,
        format=file_format,
    )
    limits = await api.uploads.limits(principal.user_id)
    track, is_new = await api.uploads.finish(upload.id, new, limits.max_duration_s)
    await api.objects.delete_prefix(f"uploads/{upload.id}/")
    await Progress(
        api.publish, principal.user_id, upload.id, upload.total_bytes, upload.filename
    ).at(receipt.size_bytes, done=True)
    return ok(uploaded(track), "Track uploaded successfully", status=201 if is_new else 200)


async def upload_state(request: web.Request, api: Api) -> web.Response:
    """What of an upload has arrived, so that it can go on."""
    upload = await _own(api, request.match_info["upload_id"], caller(request))
    here = set(upload.received_chunks)
    return ok(
        UploadState(
            upload_id=upload.id,
            filename=upload.filename,
            status=upload.status,
            total_bytes=upload.total_bytes,
            received_bytes=upload.received_bytes,
            percent=min(100, upload.received_bytes * 100 // upload.total_bytes),
            chunk_bytes=upload.chunk_bytes,
            total_chunks=upload.total_chunks,
            received_chunks=upload.received_chunks,
            missing_chunks=tuple(n for n in range(upload.total_chunks) if n not in here),
            track_id=upload.track_id,
            expires_at=utc(upload.expires_at),
        ),
        "Upload status",
    )


async def cancel_upload(request: web.Request, api: Api) -> web.Response:
    """Give an upload up; what has arrived is removed."""
    upload = await _own(api, request.match_info["upload_id"], caller(request))
    if upload.track_id is not None:
        raise Conflict("This upload has become a track. Delete the track.")
    track_id = upload.storage_key.split("/")[1]
    await remove_upload(api, upload.id, f"uploads/{upload.id}/", f"originals/{track_id}/")
    return ok({"upload_id": upload.id}, "Upload given up")


async def _own(api: Api, upload_id: str, principal: Principal) -> Upload:
    upload = None
    if re.fullmatch(UUID_PATTERN, upload_id):
        upload = await api.uploads.get(upload_id.lower(), principal.user_id)
    if upload is None:
        raise NotFound("There is no such upload.")
    return upload


async def _open_chunk(request: web.Request) -> tuple[ChunkQuery, Read]:
    """Which chunk this is, and a function that reads its bytes."""
    given = {name: value for name, value in request.query.items() if value}
    if CHECKSUM_HEADER in request.headers:
        given["sha256"] = request.headers[CHECKSUM_HEADER]
    if request.content_type != "multipart/form-data":

        async def read() -> bytes:
            return await request.content.read(PIECE_BYTES)

        return _named(given), read
    async for part in form_parts(request):
        if part.name == "chunk":
            return _named(given), reader_of(part)
        value = await short_field(part, part.name or "(no name)", "VALIDATION_ERROR")
        given[part.name or ""] = value.decode("utf-8", "replace")
    message = "The chunk itself is missing; it comes after the other fields."
    raise invalid([FieldError("chunk", "REQUIRED", message)])


def _named(given: Mapping[str, Any]) -> ChunkQuery:
    return checked(given, ChunkQuery, strict=False)


def _size_of_chunk(upload: Upload, index: int) -> int:
    """Bytes that chunk `index` has; all have `chunk_bytes` but the last."""
    if index >= upload.total_chunks:
        message = f"This upload has {upload.total_chunks} chunks, numbered from 0."
        raise invalid([FieldError("chunk_index", "OUT_OF_RANGE", message)])
    return min(upload.chunk_bytes, upload.total_bytes - index * upload.chunk_bytes)


def _check_chunk(part: Part, size_bytes: int, sha256: str | None) -> None:
    if sha256 is not None and part.sha256 != bytes.fromhex(sha256):
        raise ChecksumMismatch("The chunk does not match its SHA-256. Send it again.")
    if part.size_bytes != size_bytes:
        message = f"This chunk has {part.size_bytes} bytes, expected {size_bytes}."
        raise invalid([FieldError("chunk", "WRONG_SIZE", message)])


async def _refuse_other_bytes(api: Api, upload_id: str, part: Part) -> None:
    before = await api.uploads.part(upload_id, part.index)
    if before is not None and before.sha256 != part.sha256:
        raise Conflict("This chunk has come before, with other bytes.")


def _refuse_missing(upload: Upload) -> None:
    here = set(upload.received_chunks)
    missing = [number for number in range(upload.total_chunks) if number not in here]
    if missing:
        listed = ", ".join(map(str, missing[:20])) + (", …" if len(missing) > 20 else "")
        message = f"{len(missing)} chunks are missing: {listed}."
        raise UploadIncomplete(message, fields=(FieldError("chunks", "MISSING", message),))


async def _joined(
    objects: ObjectStore, parts: list[Part], receipt: Receipt
) -> AsyncIterator[bytes]:
    for part in parts:
        async for piece in objects.stream(part.storage_key):
            receipt.take(piece)
            yield piece


async def _same_track(api: Api, track_id: str) -> web.Response:
    track = await api.catalog.get(track_id)
    if track is None:
        raise NotFound("Track not found", "TRACK_NOT_FOUND")
    return ok(uploaded(track), "Track uploaded successfully")
