"""What rings on devices that are not connected: sealed, signed, and sent nowhere inside."""

import asyncio
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

from hub.push import Push, open_pusher
from hub.push.encryption import authorization, decode64, encode64, make_keys, seal
from hub.push.outbound import Refused, check_url, is_public, open_outbound
from storage.backends import Pool
from storage.notifications.push import MAX_SUBSCRIPTIONS, PushStore
from tests.eventually import eventually
from tests.people import new_user


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


def test_a_sealed_message_opens_for_its_browser_alone() -> None:
    browser, other = Browser(), Browser()
    body = seal(b"hello", browser.p256dh, browser.auth)
    assert browser.open(body) == b"hello"
    assert len(seal(b"x" * 3_800, browser.p256dh, browser.auth)) <= 4_096
    with pytest.raises(InvalidTag):
        other.open(body)
    for p256dh, auth in (("AAAA", browser.auth), (browser.p256dh, "AAAA"), ("?", "?")):
        with pytest.raises(ValueError, match=r"."):
            seal(b"x", p256dh, auth)


def test_the_hub_signs_for_one_push_service() -> None:
    keys = make_keys()
    header = authorization(keys, "https://push.example.org", "mailto:a@b.c", 1_000)
    token = header.removeprefix("vapid t=").partition(",")[0]
    assert header.endswith(f"k={keys.public_key}")
    head, claims, signature = token.split(".")
    assert msgspec.json.decode(decode64(claims)) == {
        "aud": "https://push.example.org",
        "exp": 1_000 + 12 * 3600,
        "sub": "mailto:a@b.c",
    }
    raw = decode64(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode64(keys.public_key))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.1", "100.64.0.1", "::1",
     "::ffff:127.0.0.1", "fe80::1%eth0", "fc00::1", "64:ff9b::a00:1", "2002:7f00:1::", "224.0.0.1"],
)  # fmt: skip
def test_private_addresses_are_none_to_go_to(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_are() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    "url",
    ["http://push.example.org/x", "https://push.example.org:25/x", "https://127.0.0.1/x",
     "https://[::1]/x", "https://u:p@push.example.org/x", "file:///etc/passwd", "https:///x",
     "https://push.example.org:99999/x"],
)  # fmt: skip
def test_addresses_that_are_none_for_push_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


async def test_a_name_that_leads_inside_is_not_followed() -> None:
    async with open_outbound() as client:
        with pytest.raises(OSError, match="not public"):
            await client.post("https://localhost:8443/", allow_redirects=False)


async def test_a_push_arrives_sealed_and_a_browser_that_is_gone_is_forgotten(
    pool: Pool, tmp_path: Path
) -> None:
    store, ada, browser = PushStore(pool), await new_user(pool, "ada"), Browser()
    got: asyncio.Queue[tuple[str, bytes, str]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        got.put_nowait((request.path, await request.read(), request.headers["Authorization"]))
        if request.path == "/moved":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        return web.Response(status=410 if request.path == "/gone" else 201)

    app = web.Application()
    app.router.add_post("/{name}", take)
    certificate = self_signed(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server)
    await site.start()
    port = runner.addresses[0][1]
    try:
        for name in ("here", "gone", "moved"):
            endpoint = f"https://localhost:{port}/{name}"
            await store.subscribe(ada.user_id, None, endpoint, browser.p256dh, browser.auth)
        authorities = ssl.create_default_context(cafile=str(certificate))
        async with (
            open_pusher(
                store,
                "mailto:a@b.c",
                is_allowed=lambda address: address in ("127.0.0.1", "::1"),
                ports=(port,),
                authorities=authorities,
            ) as pusher,
            asyncio.timeout(10),
        ):
            push = Push("1", "dm", "Ada", "psst", "/rooms/1", 1)
            for subscription in await store.of([ada.user_id]):
                pusher.send(subscription, push)
            seen = {path: (body, auth) for path, body, auth in [await got.get() for _ in range(3)]}

            async def one_is_forgotten() -> bool:
                return len(await store.of([ada.user_id])) <= 2

            await eventually(one_is_forgotten)
        body, header = seen["/here"]
        assert msgspec.json.decode(browser.open(body), type=Push) == push
        assert header.startswith("vapid t=")
        assert set(seen) == {"/here", "/gone", "/moved"}  # nobody went elsewhere
        left = {s.endpoint.rpartition("/")[2] for s in await store.of([ada.user_id])}
        assert left == {"here", "moved"}
    finally:
        await runner.cleanup()


def self_signed(folder: Path) -> Path:
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


async def test_subscriptions_are_bounded_and_keys_are_one_pair(pool: Pool) -> None:
    store, ada = PushStore(pool), await new_user(pool, "ada")
    for n in range(MAX_SUBSCRIPTIONS + 3):
        await store.subscribe(ada.user_id, None, f"https://push.example.org/{n}", "k", "a")
    assert len(await store.of([ada.user_id])) == MAX_SUBSCRIPTIONS
    pairs = await asyncio.gather(*(store.keep_keys(f"p{n}", f"k{n}") for n in range(5)))
    assert len(set(pairs)) == 1
