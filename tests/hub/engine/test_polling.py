"""What one POST may carry."""

import base64

import pytest
from aiohttp import ClientSession

from hub.engine import Limits
from tests.hub.engine.conftest import MakeHub
from tests.hub.engine.poller import Poller


@pytest.mark.parametrize("sort", ["text", "binary"])
async def test_each_packet_of_a_post_has_the_bound_of_a_message(
    make_hub: MakeHub, http: ClientSession, sort: str
) -> None:
    hub = await make_hub(limits=Limits(message_bytes=1_000))
    poller = Poller(http, hub)
    await poller.connect()

    def packet(size: int) -> str:
        if sort == "text":
            return f'42["{"x" * (size - 6)}"]'
        return "b" + base64.b64encode(b"x" * size).decode()

    assert await poller.push(packet(1_000)) == "ok"
    assert hub.gone.empty()
    assert "Bad request" in await poller.push(packet(1_001))
    assert await hub.next_gone() == "too_big"
