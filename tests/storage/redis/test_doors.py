"""The ways into a Redis that are no plain TCP with a password: client and bus take each of them."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis.exceptions import ConnectionError as RedisConnectionError

from storage.bus import Ephemeral, Hint, open_bus
from storage.redis import open_client, parse_target
from tests.eventually import eventually
from tests.storage.redis.servers import PASSWORD, URL_PASSWORD, RedisServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(
        tmp_path / "redis",
        [
            f'requirepass "{PASSWORD}"',
            f"unixsocket {tmp_path}/redis.sock",
            "user hub on >hub-password +@all ~veza:* &veza:*",
            'save ""',
        ],
    )
    server.start()
    yield server
    server.kill()


async def goes_through(url: str) -> bool:
    """Whether commands are answered and what is published is heard."""
    heard: list[Hint] = []
    async with open_client(url) as client, open_bus(parse_target(url), heard.append) as bus:
        await client.set("veza:test", "1", ex=5)
        await eventually(lambda: bus.connected, 5)
        await bus.subscribe("room:1")
        bus.publish_nowait("room:1", "typing", None)
        await eventually(lambda: heard, 5)
    return heard == [Ephemeral("room:1", "typing", b"null")]


async def test_a_socket_of_the_file_system(server: RedisServer, tmp_path: Path) -> None:
    assert await goes_through(f"unix://:{URL_PASSWORD}@{tmp_path}/redis.sock?db=3")


async def test_a_user_of_an_access_list(server: RedisServer) -> None:
    assert await goes_through(f"redis://hub:hub-password@127.0.0.1:{server.port}/0")


async def test_tls_with_an_authority_of_ones_own(server: RedisServer, tmp_path: Path) -> None:
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(_certificate())
    async with _tls_in_front_of(server.port, certificate) as port:
        url = f"rediss://:{URL_PASSWORD}@127.0.0.1:{port}/0"
        assert await goes_through(f"{url}?ssl_ca_certs={certificate}")
        assert await goes_through(f"{url}?ssl_cert_reqs=none")
        async with open_client(url) as client:
            with pytest.raises(RedisConnectionError, match="certificate"):
                await client.ping()


@asynccontextmanager
async def _tls_in_front_of(port: int, certificate: Path) -> AsyncIterator[int]:
    """A server's TLS, whether or not it was built with any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    pumps: set[asyncio.Task[None]] = set()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(65_536):
                sink.write(chunk)
                await sink.drain()
        sink.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_redis, to_redis = await asyncio.open_connection("127.0.0.1", port)
        pumps.add(asyncio.create_task(pump(reader, to_redis)))
        pumps.add(asyncio.create_task(pump(from_redis, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in pumps:
            task.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


def _certificate() -> bytes:
    """Key and certificate of 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "redis of a test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)
