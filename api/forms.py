"""A form with files, read part by part: no part is held in memory but the short ones."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from api.bodies import UnsupportedMediaType
from api.uploads.receiving import STALL_S, Read, UploadCut, steady
from rooms.errors import FieldError, Invalid

MAX_PARTS = 40
MAX_FIELD_BYTES = 64 * 1024
PIECE_BYTES = 256 * 1024


async def form_parts(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """The parts of a multipart/form-data body, each to be read before the next is asked for.

    Raises:
        UnsupportedMediaType: the body is no such form.
        UploadCut: it ends in the middle.
        Invalid: VALIDATION_ERROR, it is malformed or has too many parts.
    """
    if request.content_type != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data.")
    try:
        reader = await request.multipart()
        for _ in range(MAX_PARTS):
            async with asyncio.timeout(STALL_S):
                part = await reader.next()
            if part is None:
                return
            if not isinstance(part, BodyPartReader):
                raise ValueError("a form within a form")
            yield part
    except (ValueError, TimeoutError, HttpProcessingError) as exc:
        raise malformed("The form is not valid multipart/form-data.") from exc
    except ConnectionError as exc:
        raise UploadCut("The upload ended in the middle. Send it again.") from exc
    raise malformed(f"The form has more than {MAX_PARTS} parts.")


def reader_of(part: BodyPartReader) -> Read:
    """A function that gives the part's next piece."""

    async def read() -> bytes:
        return bytes(await part.read_chunk(PIECE_BYTES))

    return read


async def short_field(part: BodyPartReader, name: str, code: str) -> bytes:
    """A part that is no file. Raises Invalid with `code` past 64 KiB."""
    read, value = reader_of(part), bytearray()
    while piece := await steady(read):
        value += piece
        if len(value) > MAX_FIELD_BYTES:
            message = f"At most {MAX_FIELD_BYTES // 1024} KiB."
            raise Invalid(message, code, fields=(FieldError(name, "TOO_LONG", message),))
    return bytes(value)


def malformed(message: str) -> Invalid:
    """The error of a form that cannot be read."""
    return Invalid(message, fields=(FieldError("body", "INVALID_FORM", message),))
