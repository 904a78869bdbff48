"""Proxies: whose word on the client's address counts."""

from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.proxies import behind


async def seen(trusted: list[str], headers: dict[str, str]) -> tuple[str, str]:
    """The address and scheme that a handler sees; the peer is 127.0.0.1 over http."""

    async def tell(request: web.Request) -> web.Response:
        return web.json_response([request.remote, request.scheme])

    app = web.Application(middlewares=[behind([ip_network(each) for each in trusted])])
    app.router.add_get("/", tell)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/", headers=headers)
        remote, scheme = await answer.json()
        return remote, scheme


async def test_nobody_is_believed_by_default() -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    assert await seen([], headers) == ("127.0.0.1", "http")


async def test_a_trusted_peer_names_the_client() -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    assert await seen(["127.0.0.0/8"], headers) == ("203.0.113.9", "https")


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("6.6.6.6, 203.0.113.9, 10.0.0.3", "203.0.113.9"),  # the first is what the client made up
        ("10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("nonsense", "127.0.0.1"),
        ("nonsense, 10.0.0.3", "10.0.0.3"),
        ("", "127.0.0.1"),
    ],
)
async def test_the_last_untrusted_hop_is_the_client(forwarded: str, client: str) -> None:
    headers = {"X-Forwarded-For": forwarded}
    assert await seen(["127.0.0.0/8", "10.0.0.0/8"], headers) == (client, "http")


async def test_an_unknown_scheme_is_ignored() -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher"}
    assert await seen(["127.0.0.1"], headers) == ("203.0.113.9", "http")
