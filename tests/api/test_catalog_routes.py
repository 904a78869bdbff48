"""Addresses as the specification lists them: which are served, which are not yet.

`catalog_routes.tsv` and `session_routes.tsv` (queues, listening together, chat, notifications,
presence) are the lists: the specification's number, method, path, and for an address that is not
served yet what it waits for. The WebSockets among them are GET.
"""

import csv
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from api.auth.principals import Authenticator
from api.tokens import Tokens
from hub.sockets import make_engine
from hub.web import build_app
from storage.accounts.sessions import Sessions
from storage.backends import Pool
from tests.api.conftest import Door
from tests.nodes import OpenNode

LISTS = [Path(__file__).with_name(name) for name in ("catalog_routes.tsv", "session_routes.tsv")]


class Address(NamedTuple):
    """A line of the list."""

    number: str
    method: str
    path: str
    waits_for: str


def listed() -> list[Address]:
    return [address for path in LISTS for address in read(path)]


def read(path: Path) -> list[Address]:
    with path.open(newline="") as file:
        rows = csv.reader(file, delimiter="\t")
        next(rows)
        return [Address(*row) for row in rows]


def shape(path: str) -> str:
    """A path without the names of its parameters."""
    return re.sub(r"{[^}]+}", "{}", path)


def served(app: web.Application) -> set[tuple[str, str]]:
    return {
        (route.method, shape(resource.canonical))
        for resource in app.router.resources()
        for route in resource
    }


@pytest.fixture
async def app(door: Door, open_one: OpenNode, pool: Pool, tokens: Tokens) -> web.Application:
    """What a node serves."""
    node = (await open_one()).node
    engine = make_engine(node.door, node.fanout.delivery, allowed_origins=(), limits=False)
    authenticator = Authenticator(tokens, Sessions(pool))
    return build_app(node, door.api, authenticator, engine, upload_max_bytes=1)


async def test_the_list_says_which_addresses_are_served(app: web.Application) -> None:
    there = served(app)
    promised = {f"{a.method} {a.path}" for a in listed() if not a.waits_for}
    missing = {f"{a.method} {a.path}" for a in listed() if (a.method, shape(a.path)) not in there}
    assert promised & missing == set()
    assert {f"{a.method} {a.path}" for a in listed() if a.waits_for} == missing


def test_an_address_stands_once() -> None:
    keys = [(address.method, shape(address.path)) for address in listed()]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/auth/login", 405), ("/api/v1/nothing", 404), ("/api/", 404), ("/assets/x", 404)],
)
async def test_the_clients_page_is_not_the_apis(
    app: web.Application, path: str, status: int
) -> None:
    async with TestClient(TestServer(app)) as client, client.get(path) as response:
        assert response.status == status
        if status == 405:
            assert response.headers["Allow"] == "POST"
