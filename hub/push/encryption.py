"""Web Push messages: sealed for one browser (RFC 8291), signed by the hub (VAPID, RFC 8292)."""

import base64
import json
import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

RECORD_BYTES = 4_096
MAX_PLAIN_BYTES = 3_800
"""What a push service has to take is 4,096 bytes with the header (RFC 8030 §7.2)."""
VAPID_S = 12 * 3600
"""Life of a signature; at most 24 h (RFC 8292 §2)."""


class VapidKeys(Struct, frozen=True):
    """The hub's key pair."""

    private_pem: str
    public_key: str
    """Uncompressed point, base64url without padding: `applicationServerKey` in a browser."""


def make_keys() -> VapidKeys:
    """A fresh pair on P-256."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return VapidKeys(pem.decode(), encode64(_point(private.public_key())))


def authorization(keys: VapidKeys, origin: str, contact: str, now_s: int) -> str:
    """The Authorization header for a push service (RFC 8292 §3).

    Args:
        keys: the hub's pair.
        origin: scheme and host of the subscription's endpoint.
        contact: mailto: or https: address of who runs the hub.
        now_s: Unix time.
    """
    claims = {"aud": origin, "exp": now_s + VAPID_S, "sub": contact}
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    text = ".".join(encode64(json.dumps(p, separators=(",", ":")).encode()) for p in parts)
    private = serialization.load_pem_private_key(keys.private_pem.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    signature = encode64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={text}.{signature}, k={keys.public_key}"


def seal(plain: bytes, p256dh: str, auth: str) -> bytes:
    """A message that only the subscribed browser can open: one aes128gcm record (RFC 8188 §2).

    Args:
        plain: at most `MAX_PLAIN_BYTES`.
        p256dh: the browser's public key, base64url.
        auth: its secret of 16 bytes, base64url.

    Raises:
        ValueError: the browser's key or secret is none.
    """
    salt, own = os.urandom(16), ec.generate_private_key(ec.SECP256R1())
    theirs = check_subscription(p256dh, auth)
    own_point, their_point = _point(own.public_key()), _point(theirs)
    shared = own.exchange(ec.ECDH(), theirs)
    info = b"WebPush: info\0" + their_point + own_point
    secret = HKDF(hashes.SHA256(), 32, salt=decode64(auth), info=info).derive(shared)
    extract = HKDF(hashes.SHA256(), 16, salt=salt, info=b"Content-Encoding: aes128gcm\0")
    key = extract.derive(secret)
    nonce = HKDF(hashes.SHA256(), 12, salt=salt, info=b"Content-Encoding: nonce\0").derive(secret)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(own_point)]) + own_point
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def check_subscription(p256dh: str, auth: str) -> ec.EllipticCurvePublicKey:
    """The browser's key.

    Raises:
        ValueError: key or secret is none.
    """
    try:
        if len(decode64(auth)) != 16:
            raise ValueError("The secret has to be 16 bytes.")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode64(p256dh))
    except InvalidKey as error:
        raise ValueError("This is no key.") from error


def encode64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode64(text: str) -> bytes:
    """Bytes of base64url, padded or not.

    Raises:
        ValueError: it is none.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
