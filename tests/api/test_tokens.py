import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from api.tokens import (
    ACCESS_S,
    GUEST_ACCESS_S,
    MAX_TOKEN_BYTES,
    TokenExpired,
    Tokens,
    hmac_tokens,
    rsa_tokens,
)
from rooms.access import Principal
from rooms.errors import Unauthenticated

SECRET = "a secret of more than thirty-two bytes!"
ISSUER, AUDIENCE = "veza-api", "veza-platform"
ALICE = Principal(
    user_id="01a1fdb7-ad1b-7caa-865c-5cf7ab716186",
    session_id="01a1fdb7-ad1b-7caa-865c-5cf7ab716187",
    username="alice",
    display_name="Alice",
)


@pytest.fixture(scope="module")
def key_pair() -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public


@pytest.fixture
def tokens() -> Tokens:
    return hmac_tokens(SECRET, ISSUER, AUDIENCE)


def claims(**changes: Any) -> dict[str, Any]:
    now_s = int(time.time())
    good: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": ALICE.user_id,
        "jti": "1",
        "iat": now_s,
        "exp": now_s + ACCESS_S,
        "sid": ALICE.session_id,
        "ver": 0,
        "username": "alice",
        "name": "Alice",
        "role": "user",
    }
    good.update(changes)
    return {name: value for name, value in good.items() if value is not ...}


def signed(payload: dict[str, Any], **headers: Any) -> str:
    return jwt.encode(payload, SECRET, algorithm="HS256", headers=headers or None)


def signed_raw(payload: str) -> str:
    """A correctly signed token around text that no JSON writer would make."""
    return jwt.api_jws.encode(payload.encode(), SECRET, algorithm="HS256")


def test_a_token_names_its_owner_again(tokens: Tokens) -> None:
    now_s = int(time.time())

    issued = tokens.issue_access(ALICE, token_version=3, now_s=now_s)

    principal = tokens.verify(issued.token)
    assert principal.user_id == ALICE.user_id
    assert principal.session_id == ALICE.session_id
    assert (principal.username, principal.display_name, principal.role) == (
        "alice",
        "Alice",
        "user",
    )
    assert principal.expires_at_ms == (now_s + ACCESS_S) * 1000
    assert issued.expires_in_s == ACCESS_S
    assert tokens.read(issued.token).ver == 3


def test_a_guest_token_lasts_an_evening_in_one_room(tokens: Tokens) -> None:
    room_id = "01a1fdb7-ad1b-7caa-865c-5cf7ab716188"
    guest = Principal("u", "s", "guest_1", "Ann", "guest", room_id)

    issued = tokens.issue_access(guest, 0, int(time.time()))

    assert tokens.verify(issued.token).room_id == room_id
    assert issued.expires_in_s == GUEST_ACCESS_S


def test_an_rsa_token_names_its_owner_again(key_pair: tuple[bytes, bytes]) -> None:
    tokens = rsa_tokens(*key_pair, ISSUER, AUDIENCE)

    issued = tokens.issue_access(ALICE, 0, int(time.time()))

    assert jwt.get_unverified_header(issued.token)["alg"] == "RS256"
    assert tokens.verify(issued.token).user_id == ALICE.user_id


def test_an_expired_token_is_told_apart(tokens: Tokens) -> None:
    old = int(time.time()) - ACCESS_S - 60

    with pytest.raises(TokenExpired) as error:
        tokens.verify(tokens.issue_access(ALICE, 0, old).token)

    assert (error.value.code, error.value.status) == ("TOKEN_EXPIRED", 401)


def test_clocks_may_differ_by_some_seconds(tokens: Tokens) -> None:
    late = int(time.time()) - ACCESS_S - 5

    assert tokens.verify(tokens.issue_access(ALICE, 0, late).token).user_id == ALICE.user_id


NOW_S = int(time.time())


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": ...},
        {"iat": ...},
        {"iss": ...},
        {"aud": ...},
        {"sub": ...},
        {"jti": ...},
        {"sid": ...},
        {"exp": str(NOW_S + 600)},
        {"exp": float(NOW_S + 600)},
        {"exp": 1e308},
        {"exp": True},
        {"exp": 253402300799 * 1000},
        {"exp": NOW_S + 366 * 86400},
        {"exp": NOW_S + ACCESS_S + 3600},
        {"iat": NOW_S + 3600, "exp": NOW_S + 3600 + ACCESS_S},
        {"iat": NOW_S, "exp": NOW_S - 1},
        {"iat": "yesterday"},
        {"nbf": NOW_S + 3600},
        {"iss": "somebody-else"},
        {"aud": "another-platform"},
        {"aud": [AUDIENCE, "another-platform"]},
        {"sub": 7},
        {"sub": {"id": ALICE.user_id}},
        {"role": "root"},
        {"role": "guest"},
        {"role": "user", "room": ALICE.session_id},
        {"ver": "0"},
    ],
    ids=str,
)
def test_claims_that_are_not_ours_are_refused(tokens: Tokens, changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated) as error:
        tokens.verify(signed(claims(**changes)))

    assert error.value.code == "UNAUTHENTICATED"


def test_the_unchanged_claims_are_accepted(tokens: Tokens) -> None:
    assert tokens.verify(signed(claims())).username == "alice"


@pytest.mark.parametrize(
    "headers",
    [
        {"kid": "../../etc/passwd"},
        {"kid": "' OR 1=1 --"},
        {"kid": "https://evil.example/key.pem"},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"crit": ["exp"]},
        {"b64": False, "crit": ["b64"]},
        {"typ": "dpop+jwt"},
    ],
    ids=str,
)
def test_a_header_chooses_no_key(tokens: Tokens, headers: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(segments({"alg": "HS256", "typ": "JWT"} | headers, claims()))


def segments(header: dict[str, Any], payload: Any) -> str:
    """A token put together by hand and signed with our secret as HS256."""
    body = ".".join(_b64(json.dumps(part).encode()) for part in (header, payload))
    algorithm = jwt.get_algorithm_by_name("HS256")
    signature = algorithm.sign(body.encode(), algorithm.prepare_key(SECRET))
    return f"{body}.{_b64(signature)}"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "HS384", "HS512", "RS256", "ES256"])
def test_another_algorithm_is_refused(tokens: Tokens, algorithm: str) -> None:
    body = ".".join(
        _b64(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims())
    )
    for signature in ("", _b64(b"\0" * 32)):
        with pytest.raises(Unauthenticated):
            tokens.verify(f"{body}.{signature}")


@pytest.mark.parametrize("encoding", ["PEM", "DER"])
def test_the_public_key_is_no_secret(key_pair: tuple[bytes, bytes], encoding: str) -> None:
    private, public = key_pair
    secret = public
    if encoding == "DER":
        secret = serialization.load_pem_public_key(public).public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    body = ".".join(
        _b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims())
    )
    hs256 = jwt.get_algorithm_by_name("HS256")
    forged = f"{body}.{_b64(hs256.sign(body.encode(), secret))}"

    with pytest.raises(Unauthenticated):
        rsa_tokens(private, public, ISSUER, AUDIENCE).verify(forged)


def test_a_claim_given_twice_is_refused(tokens: Tokens) -> None:
    text = json.dumps(claims())
    doubled = text[:-1] + ', "sub": "01a1fdb7-ad1b-7caa-865c-5cf7ab716199"}'

    with pytest.raises(Unauthenticated):
        tokens.verify(signed_raw(doubled))


def test_a_good_token_before_makes_no_bad_one_good(tokens: Tokens) -> None:
    good = signed(claims())
    header, payload, signature = good.split(".")
    twice = json.dumps(claims(), separators=(",", ":"))[:-1] + ',"role":"user"}'
    tokens.verify(good)

    for bad in (
        f"{header}.{payload}.{_b64(b'0' * 32)}",
        f"{header}.{_b64(json.dumps(claims(role='admin')).encode())}.{signature}",
        f"{good}=",
        f"{good}.{signature}",
        signed_raw(twice),
    ):
        with pytest.raises(Unauthenticated):
            tokens.verify(bad)
    assert tokens.verify(good).username == "alice"


def test_an_issuer_that_is_a_list_is_refused(tokens: Tokens) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(signed_raw(json.dumps(claims(iss=[ISSUER]))))


@pytest.mark.parametrize("payload", ["[1, 2]", '"alice"', "null", '{"exp": NaN}', "{", "[" * 6000])
def test_a_payload_that_is_no_object_is_refused(tokens: Tokens, payload: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(signed_raw(payload))


def test_a_huge_token_is_refused_unread(tokens: Tokens) -> None:
    fits = signed(claims(name="x" * 4_000))
    too_long = signed(claims(name="x" * 1_000_000))

    assert len(fits) <= MAX_TOKEN_BYTES
    assert tokens.verify(fits).username == "alice"
    started = time.perf_counter()
    with pytest.raises(Unauthenticated):
        tokens.verify(too_long)
    assert time.perf_counter() - started < 0.001


def test_a_token_of_another_hub_is_refused(tokens: Tokens) -> None:
    other = hmac_tokens("another secret of more than thirty-two bytes", ISSUER, AUDIENCE)

    with pytest.raises(Unauthenticated):
        tokens.verify(other.issue_access(ALICE, 0, int(time.time())).token)


@pytest.mark.parametrize("secret", ["", "x", "devpassword", "x" * 31])
def test_a_short_secret_is_refused_at_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        hmac_tokens(secret, ISSUER, AUDIENCE)


def test_keys_that_do_not_belong_together_are_refused(key_pair: tuple[bytes, bytes]) -> None:
    other = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(ValueError, match="belong together"):
        rsa_tokens(other, key_pair[1], ISSUER, AUDIENCE)


@given(st.text(max_size=300) | st.from_regex(r"[\w-]{0,80}\.[\w-]{0,80}\.[\w-]{0,80}"))
def test_no_text_breaks_the_check(text: str) -> None:
    with pytest.raises(Unauthenticated):
        hmac_tokens(SECRET, ISSUER, AUDIENCE).verify(text)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_character_voids_a_token(place: int, shift: int) -> None:
    tokens = hmac_tokens(SECRET, ISSUER, AUDIENCE)
    token = tokens.issue_access(ALICE, 0, int(time.time())).token
    place %= len(token) - 1  # the last character also carries two bits that mean nothing
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    known = alphabet.find(token[place])
    changed = alphabet[(known + 1 + shift % 63) % 64]
    forged = token[:place] + changed + token[place + 1 :]

    with pytest.raises(Unauthenticated):
        tokens.verify(forged)
