"""Access tokens: JWTs that name a session, signed and checked with one algorithm.

RS256 when a key pair is configured, else HS256 with a secret of 32 bytes or more; a token with any
other algorithm is refused, so the two can never be confused. This module checks what can be checked
without asking anybody; `api.auth.principals` also asks whether the session still lives.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jwt
import msgspec
import uuid_utils
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from msgspec import Struct

from api.claims import AudioGrant, Claims, principal_of, read_claims
from rooms.access import Principal
from rooms.errors import Forbidden, Unauthenticated

ACCESS_S = 15 * 60
GUEST_ACCESS_S = 12 * 3600
"""A guest has no refresh token: his access lasts as long as a long evening, in one room."""
LEEWAY_S = 10
MAX_TOKEN_BYTES = 8 * 1024
MIN_SECRET_BYTES = 32
MIN_RSA_BITS = 2048
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
"""RFC 7515 §7.1: header, payload and signature, base64url without padding."""


class TokenExpired(Unauthenticated):
    """The token was good once; a refresh brings a new one."""

    default_code = "TOKEN_EXPIRED"


class TokenRevoked(Unauthenticated):
    """The session behind the token has ended; only a new sign-in helps."""

    default_code = "TOKEN_REVOKED"


class Issued(Struct, frozen=True):
    """A fresh token and how long it lasts."""

    token: str
    expires_in_s: int


class Tokens:
    """Signs and verifies; made once at the start by `hmac_tokens` or `rsa_tokens`."""

    def __init__(
        self, algorithm: str, signing_key: Any, verifying_key: Any, issuer: str, audience: str
    ) -> None:
        self._algorithm = algorithm
        self._signing_key = signing_key
        self._verifying_key = verifying_key
        self._issuer = issuer
        self._audience = audience
        # Another audience, so that an address can never sign anybody in.
        self._audio_audience = f"{audience}/audio"
        self._key_id = _key_id(verifying_key)
        # PyJWT prepares a key anew for each token, which costs more than HMAC itself.
        self._is_signed: Callable[[bytes, bytes], bool]
        if algorithm == "HS256":
            self._is_signed = partial(_is_hmac, verifying_key)
        else:
            signature = jwt.get_algorithm_by_name(algorithm)
            prepared = signature.prepare_key(verifying_key)
            self._is_signed = lambda signed, given: signature.verify(signed, prepared, given)
        self._good_header = ""
        """The header that has passed every check: nearly all tokens carry the same bytes."""

    def issue_access(self, principal: Principal, token_version: int, now_s: int) -> Issued:
        """A token for `principal`: 15 minutes, or 12 hours for a guest.

        Args:
            principal: whom it names; `expires_at_ms` is not read.
            token_version: of his account; raising that one voids the token.
            now_s: Unix time in s.
        """
        lifetime_s = _lifetime_s(principal.role)
        claims = Claims(
            iss=self._issuer,
            aud=self._audience,
            sub=principal.user_id,
            jti=str(uuid_utils.uuid7()),
            iat=now_s,
            exp=now_s + lifetime_s,
            sid=principal.session_id,
            ver=token_version,
            username=principal.username,
            name=principal.display_name,
            role=principal.role,
            room=principal.room_id,
        )
        headers = {"kid": self._key_id}
        payload = msgspec.to_builtins(claims)
        token = jwt.encode(payload, self._signing_key, algorithm=self._algorithm, headers=headers)
        return Issued(token, lifetime_s)

    def verify(self, token: str) -> Principal:
        """Whom the token names. Its session is not asked for here.

        Raises:
            TokenExpired: TOKEN_EXPIRED, everything else about it being right.
            Unauthenticated: anything else is wrong with it; the message never says what, since
                that helps only a forger.
        """
        return principal_of(self.read(token))

    def read(self, token: str) -> Claims:
        """The claims of a token that passes every check; raises as `verify`."""
        # The length is taken before anything is decoded: 1 MB of token is 1 MB of work otherwise.
        if not token or len(token) > MAX_TOKEN_BYTES or not token.isascii():
            raise _refused()
        try:
            claims = self._checked(token)
        except (jwt.PyJWTError, msgspec.MsgspecError, ValueError, RecursionError) as exc:
            raise _refused() from exc
        # A validity longer than we ever give was not given by us: a leaked key is no eternal key.
        if not 0 < claims.exp - claims.iat <= _lifetime_s(claims.role):
            raise _refused()
        if (claims.role == "guest") != (claims.room is not None):
            raise _refused()
        if claims.exp + LEEWAY_S <= time.time():
            raise TokenExpired("The access token has expired.")
        return claims

    def issue_audio(self, grant: AudioGrant) -> str:
        """A token for one file until `grant.exp`."""
        claims = msgspec.to_builtins(grant) | {"iss": self._issuer, "aud": self._audio_audience}
        return jwt.encode(claims, self._signing_key, algorithm=self._algorithm)

    def read_audio(self, token: str) -> AudioGrant:
        """What a token grants that `issue_audio` made. Raises Forbidden, UNAUTHORIZED_ACCESS."""
        if not token or len(token) > MAX_TOKEN_BYTES or not token.isascii():
            raise _no_grant()
        try:
            claims = jwt.decode(
                token,
                self._verifying_key,
                algorithms=[self._algorithm],
                audience=self._audio_audience,
                issuer=self._issuer,
                options={"require": ["exp", "iss", "aud", "sub"], "strict_aud": True},
            )
            return msgspec.convert(claims, AudioGrant)
        except (jwt.PyJWTError, msgspec.MsgspecError, ValueError, RecursionError) as exc:
            raise _no_grant() from exc

    def _checked(self, token: str) -> Claims:
        """The claims of a sound token; when it ends is not looked at (RFC 7519 §7.2).

        Each part is decoded once: 12 us, against 130 us for PyJWT's header, claims and a strict
        reading one after the other.
        """
        parts = _COMPACT.fullmatch(token)
        if parts is None:
            raise ValueError("no compact JWS")
        header, payload, signature = parts.groups()
        if header != self._good_header:
            self._check_header(token)
            self._good_header = header
        signed = token[: parts.end(2)].encode()
        if not self._is_signed(signed, _decoded(signature)):
            raise ValueError("signature")
        claims = read_claims(_decoded(payload))
        latest_s = time.time() + LEEWAY_S
        if claims.iss != self._issuer or claims.aud != self._audience:
            raise ValueError("for somebody else")
        if claims.iat > latest_s or (claims.nbf is not None and claims.nbf > latest_s):
            raise ValueError("not yet")
        return claims

    def _check_header(self, token: str) -> None:
        header = jwt.get_unverified_header(token)
        # Nothing of the header chooses a key: `kid` must be ours, `jku`, `x5u` and the like have no
        # business here.
        if set(header) - {"alg", "typ", "kid"} or header.get("kid", self._key_id) != self._key_id:
            raise ValueError("header")
        if header.get("alg") != self._algorithm or header.get("typ", "JWT") != "JWT":
            raise ValueError("header")


def hmac_tokens(secret: str, issuer: str, audience: str) -> Tokens:
    """HS256. Raises `ValueError` when the secret is shorter than 32 bytes."""
    key = secret.encode()
    if len(key) < MIN_SECRET_BYTES:
        raise ValueError(
            f"the token secret needs {MIN_SECRET_BYTES} bytes, this one has {len(key)}"
        )
    return Tokens("HS256", key, key, issuer, audience)


def rsa_tokens(private_pem: bytes, public_pem: bytes, issuer: str, audience: str) -> Tokens:
    """RS256. Raises `ValueError` when the keys are no pair, no RSA, or shorter than 2,048 bits."""
    private = serialization.load_pem_private_key(private_pem, password=None)
    public = serialization.load_pem_public_key(public_pem)
    if not isinstance(private, RSAPrivateKey) or not isinstance(public, RSAPublicKey):
        raise ValueError("the token keys have to be RSA keys")
    if private.public_key().public_numbers() != public.public_numbers():
        raise ValueError("the token keys do not belong together")
    if public.key_size < MIN_RSA_BITS:
        raise ValueError(f"the token key needs {MIN_RSA_BITS} bits, this one has {public.key_size}")
    return Tokens("RS256", private, public, issuer, audience)


def _is_hmac(key: bytes, signed: bytes, given: bytes) -> bool:
    """HS256 (RFC 7518 §3.2) by OpenSSL in one call: 2 us, against 11 for PyJWT's object."""
    return hmac.compare_digest(hmac.digest(key, signed, "sha256"), given)


def _lifetime_s(role: str) -> int:
    return GUEST_ACCESS_S if role == "guest" else ACCESS_S


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _key_id(verifying_key: Any) -> str:
    """A name for the key that gives nothing of it away."""
    if isinstance(verifying_key, RSAPublicKey):
        public = verifying_key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hashlib.sha256(public).hexdigest()[:16]
    return hashlib.sha256(b"veza key id\0" + bytes(verifying_key)).hexdigest()[:16]


def _no_grant() -> Forbidden:
    return Forbidden("This address is not valid, or no longer.", "UNAUTHORIZED_ACCESS")


def _refused() -> Unauthenticated:
    return Unauthenticated("This access token is not valid.")
