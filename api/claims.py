"""What tokens say, and how it is read: strictly, whoever wrote it."""

import json
from typing import Any

import msgspec
import orjson
from msgspec import Struct

from rooms.access import PlatformRole, Principal


class Claims(Struct, frozen=True):
    """What a token says. Types are strict: a number in quotes is no number."""

    iss: str
    aud: str
    sub: str
    jti: str
    iat: int
    exp: int
    sid: str
    ver: int
    username: str
    name: str
    role: PlatformRole
    room: str | None = None


class ShownClaims(Claims, frozen=True):
    """The claims of a token somebody shows, with one that we never write and still obey."""

    nbf: int | None = None


class AudioGrant(Struct, frozen=True):
    """What the token in a signed address of a file says (specification, media contract 7)."""

    sub: str
    """UUID of the user, or `anon`."""
    role: PlatformRole
    tid: str
    """UUID of the track."""
    q: str
    """Quality."""
    fmt: str
    """Format."""
    exp: int
    """Unix time in s."""
    sid: str
    """The sign-in it was made for, with which it ends; empty for `anon`."""


def principal_of(claims: Claims) -> Principal:
    """The caller that these claims name."""
    return Principal(
        user_id=claims.sub,
        session_id=claims.sid,
        username=claims.username,
        display_name=claims.name,
        role=claims.role,
        room_id=claims.room,
        expires_at_ms=claims.exp * 1000,
    )


def read_claims(raw: bytes) -> ShownClaims:
    """The claims, read so that a name given twice or a NaN is an error.

    Text that orjson writes as it came has neither; the standard library judges the rest.

    Raises:
        msgspec.MsgspecError, ValueError, RecursionError: these are no claims of ours.
    """
    try:
        is_plain = orjson.dumps(orjson.loads(raw)) == raw
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        is_plain = False
    if is_plain:
        return msgspec.json.decode(raw, type=ShownClaims)
    payload = json.loads(raw, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
    return msgspec.convert(payload, ShownClaims)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a claim is given twice")
    return names


def _no_constants(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
