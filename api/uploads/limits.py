"""What may be uploaded, and how much of it is left."""

import re

from aiohttp import web

from api.auth.principals import caller, maybe_caller
from api.bodies import read_query
from api.envelope import ok
from api.parts import Api
from api.schemas.uploads import (
    DEFAULT_CHUNK_BYTES,
    FormatEntry,
    QuotaState,
    TypeCheck,
    TypeQuery,
    UploadLimits,
)
from api.times import utc
from api.uploads.audio_types import AUDIO_TYPES, by_mime_type, by_name
from rooms.access import Principal
from rooms.errors import NotFound
from rooms.ids import UUID_PATTERN


async def upload_limits(request: web.Request, api: Api) -> web.Response:
    """The limits of the caller's plan; of the default plan for a stranger."""
    principal = maybe_caller(request)
    limits = await api.uploads.limits(None if principal is None else principal.user_id)
    return ok(
        UploadLimits(
            plan=limits.plan,
            max_file_bytes=limits.max_file_bytes,
            max_duration_seconds=limits.max_duration_s,
            uploads_per_month=limits.uploads_per_month,
            storage_bytes=limits.storage_bytes,
            chunk_bytes=DEFAULT_CHUNK_BYTES,
            formats=[
                FormatEntry(
                    format=kind.format,
                    extensions=kind.extensions,
                    mime_types=kind.mime_types,
                    max_bitrate_kbps=kind.max_bitrate_kbps,
                    quality=kind.quality,
                )
                for kind in AUDIO_TYPES
            ],
        ),
        "Upload limits",
    )


async def validate_type(request: web.Request, api: Api) -> web.Response:
    """Whether a file of this name or type stands a chance; its bytes have the last word."""
    query = read_query(request, TypeQuery)
    kind = by_name(query.filename) or by_mime_type(query.mime_type)
    return ok(TypeCheck(kind is not None, kind.format if kind else None), "Type checked")


async def quota(request: web.Request, api: Api) -> web.Response:
    """What is left of the month and of the storage; one's own, or anybody's to an administrator."""
    user_id = await _user_id(request.match_info["id"], api, caller(request))
    usage = await api.uploads.usage(user_id)
    limits = usage.limits
    return ok(
        QuotaState(
            plan=limits.plan,
            uploads_this_month=usage.uploads_this_month,
            uploads_per_month=limits.uploads_per_month,
            uploads_left=max(0, limits.uploads_per_month - usage.uploads_this_month),
            used_bytes=usage.used_bytes,
            storage_bytes=limits.storage_bytes,
            max_file_bytes=limits.max_file_bytes,
            max_duration_seconds=limits.max_duration_s,
            resets_at=utc(usage.resets_at),
        ),
        "Upload quota",
    )


async def _user_id(given: str, api: Api, principal: Principal) -> str:
    """The account that the path names, if the caller may look at its quota."""
    own = await api.accounts.get(principal.user_id)
    if own is not None and given.lower() in ("me", own.id, str(own.seq_id)):
        return own.id
    if principal.role == "admin" and re.fullmatch(UUID_PATTERN, given):
        return given.lower()
    raise NotFound("There is no such account.")
