"""A push service of a browser's maker, on loopback, and a browser that subscribed there."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

from hub.push import Pusher, open_pusher
from hub.push.encryption import encode64
from storage.notifications.push import PushStore


class Browser:
    """A subscribed browser's end: its keys, and what it makes of a message."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)
        self.point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.p256dh, self.auth = encode64(self.point), encode64(self._secret)

    def open(self, body: bytes) -> bytes:
        """RFC 8291 §3.4 from the receiver's side."""
        salt, key_id = body[:16], body[21 : 21 + body[20]]
        record = body[21 + body[20] :]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key_id)
        shared = self._key.exchange(ec.ECDH(), theirs)
        info = b"WebPush: info\0" + self.point + key_id
        ikm = HKDF(hashes.SHA256(), 32, salt=self._secret, info=info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt=salt, info=b"Content-Encoding: aes128gcm\0")
        nonce = HKDF(hashes.SHA256(), 12, salt=salt, info=b"Content-Encoding: nonce\0")
        padded = AESGCM(key.derive(ikm)).decrypt(nonce.derive(ikm), record, None)
        assert padded.endswith(b"\x02")
        return padded[:-1]


class PushService:
    """Takes what it is sent; `/gone` is known no more, `/moved` is elsewhere."""

    def __init__(self, port: int, authorities: ssl.SSLContext) -> None:
        self.got: asyncio.Queue[tuple[str, bytes, str]] = asyncio.Queue()
        """Path, body, and `Authorization` of each message."""
        self._port = port
        self._authorities = authorities

    def address(self, name: str) -> str:
        """Where a browser of this name is pushed to."""
        return f"https://localhost:{self._port}/{name}"

    @asynccontextmanager
    async def open_pusher(self, store: PushStore) -> AsyncIterator[Pusher]:
        """The hub's own pusher, which may for once go to loopback."""
        async with open_pusher(
            store,
            "mailto:a@b.c",
            is_allowed=lambda address: address in ("127.0.0.1", "::1"),
            ports=(self._port,),
            authorities=self._authorities,
        ) as pusher:
            yield pusher


@asynccontextmanager
async def open_push_service(folder: Path) -> AsyncIterator[PushService]:
    """A service with a certificate of its own."""
    services: list[PushService] = []

    async def take(request: web.Request) -> web.Response:
        sent = (request.path, await request.read(), request.headers["Authorization"])
        services[0].got.put_nowait(sent)
        if request.path == "/moved":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        return web.Response(status=410 if request.path == "/gone" else 201)

    app = web.Application()
    app.router.add_post("/{name}", take)
    certificate = _self_signed(folder)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server).start()
        authorities = ssl.create_default_context(cafile=str(certificate))
        services.append(PushService(runner.addresses[0][1], authorities))
        yield services[0]
    finally:
        await runner.cleanup()


def _self_signed(folder: Path) -> Path:
    """A certificate of localhost with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file
