"""Ids that callers send: a UUID, or the integer that some answers carry (specification C01)."""

import re
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from api.bodies import invalid
from api.parts import Api
from rooms.errors import FieldError
from rooms.ids import UUID_PATTERN
from storage.refs import Kind, Ref

MAX_SEQ_ID = 10**18 - 1

AnyId = (
    Annotated[str, Meta(pattern=UUID_PATTERN, description="UUID")]
    | Annotated[int, Meta(ge=1, le=MAX_SEQ_ID, description="integer id")]
)
"""An id in a JSON body."""

IdText = Annotated[str, Meta(pattern=f"^[0-9]{{1,18}}$|{UUID_PATTERN}", max_length=36)]
"""An id in a query string."""

_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)


def as_ref(given: str) -> Ref | None:
    """What a path or a query names; None for what can be nobody's id."""
    if re.fullmatch(UUID_PATTERN, given):
        return given.lower()
    return int(given) if _DIGITS.fullmatch(given) else None


def path_uuid(request: web.Request, name: str = "id") -> str | None:
    """The UUID of the path, for what has no integer id; None for anything else."""
    ref = as_ref(request.match_info[name])
    return ref if isinstance(ref, str) else None


async def path_id(request: web.Request, api: Api, kind: Kind, name: str = "id") -> str | None:
    """The UUID of what the path names; None for what can be nobody's id."""
    ref = as_ref(request.match_info[name])
    return None if ref is None else (await api.refs.resolve(kind, [ref]))[0]


NOBODY = "00000000-0000-0000-0000-000000000000"
"""Stands for a number that is nobody's, so that a list narrowed to it is empty."""


async def given_id(given: str | None, name: str, kind: Kind, api: Api) -> str | None:
    """The UUID of what the query `name` is narrowed to. Raises Invalid when it is no id."""
    if given is None:
        return None
    ref = as_ref(given)
    if ref is None:
        raise invalid([FieldError(name, "INVALID_FORMAT", "An integer or a UUID.")])
    return (await api.refs.resolve(kind, [ref]))[0] or NOBODY
