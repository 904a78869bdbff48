"""Connection state recovery: what a stock client brings back, and what the hub makes of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from hub.engine import Accept, Handlers, Link, Resume, event
from tests.hub.engine.conftest import Hub, MakeHub
from tests.hub.engine.wire import open_wire, until


async def test_without_recovery_there_is_no_pid(make_hub: MakeHub) -> None:
    hub = await make_hub()
    async with await open_wire(hub.port) as wire:
        assert list(await wire.connect()) == ["sid"]


async def test_a_recovered_client_keeps_its_ids_and_misses_nothing(make_hub: MakeHub) -> None:
    resumes: list[Resume | None] = []
    auths: list[Any] = []

    def on_connect(link: Link, auth: dict[str, Any]) -> Accept:
        resumes.append(link.resume)
        auths.append(auth)
        if link.resume is None:
            return Accept()
        missed = event("said", "missed", offset="8")
        return Accept(sid="old-sid", pid=link.resume.pid, replay=[missed])

    def nothing(*_: Any) -> None:
        return None

    handlers = Handlers(on_connect, nothing, nothing)
    hub = await make_hub(recovery=True, namespaces={"/": handlers})
    async with await open_wire(hub.port) as wire:
        first = await wire.connect()
    pid = first["pid"]
    assert pid != first["sid"]

    async with await open_wire(hub.port) as wire:
        auth = orjson.dumps({"pid": pid, "offset": "7", "token": "t"}).decode()
        assert await wire.connect(auth) == {"sid": "old-sid", "pid": pid}
        assert await wire.event() == ["said", "missed", "8"]
    assert resumes == [None, Resume(pid, "7")]
    assert auths == [{}, {"token": "t"}]


async def slow_connect(
    make_hub: MakeHub, during: Callable[[Link], Any]
) -> tuple[asyncio.Event, Hub, list[str]]:
    """A hub that lets clients in when the event is set, and joins them to a room before."""
    decide = asyncio.Event()

    async def on_connect(link: Link, auth: dict[str, Any]) -> Accept:
        hub.engine.join(link, "all")
        during(link)
        await decide.wait()
        return Accept(replay=[event("said", 1)])

    gone: list[str] = []
    handlers = Handlers(on_connect, lambda *_: None, lambda link, reason: gone.append(reason))
    hub = await make_hub(namespaces={"/": handlers})
    return decide, hub, gone


async def test_what_comes_while_a_client_is_let_in_follows_connect(make_hub: MakeHub) -> None:
    links: list[Link] = []
    decide, hub, _ = await slow_connect(make_hub, links.append)
    async with await open_wire(hub.port) as wire:
        wire.text("40")
        await wire.still_there()

        hub.engine.broadcast("all", event("said", 2))
        links[0].send(event("said", 3))
        decide.set()

        assert str(await wire.message()).startswith('40{"sid"')
        assert [await wire.event() for _ in range(3)] == [["said", 1], ["said", 2], ["said", 3]]


async def test_a_client_that_goes_while_it_is_let_in_is_gone_once(make_hub: MakeHub) -> None:
    links: list[Link] = []
    decide, hub, gone = await slow_connect(make_hub, links.append)
    async with await open_wire(hub.port) as wire:
        wire.text("40")
        await wire.still_there()
    await until(lambda: not hub.engine.sessions)
    assert gone == []

    decide.set()
    await until(lambda: bool(gone))

    assert gone == ["transport close"]
    assert hub.engine.delivery.members("all") == []
