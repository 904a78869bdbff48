"""31: long-polling, which the hub offers, and whose answers are as honest as a WebSocket's."""

import asyncio

import aiohttp
import orjson
import pytest

from tests.hub.hostile.conftest import Target

ENGINE = "/socket.io/?EIO=4&transport="


async def test_a_polling_session_belongs_to_the_address_that_opened_it(target: Target) -> None:
    """31: a sid that somebody else has read somewhere opens nothing."""
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    _, token = await target.someone()
    url = f"{target.running.url}{ENGINE}polling"
    async with (
        aiohttp.ClientSession() as owner,
        aiohttp.ClientSession(connector=connector) as thief,
    ):
        async with owner.get(url) as response:
            sid = orjson.loads((await response.text())[1:])["sid"]
        own = f"{url}&sid={sid}"
        async with owner.post(own, data=f'40{{"token":"{token}"}}') as response:
            assert (response.status, await response.text()) == (200, "ok")

        async with thief.get(own) as response:
            assert response.status == 400
        async with thief.post(own, data='42["typing:start",{}]') as response:
            assert response.status == 400

        async with owner.get(own) as response:
            assert (await response.text()).startswith('40{"sid":')


@pytest.mark.parametrize("body", ["9", "42{}", "bnot base64", '42["x",NaN]', ""])
async def test_a_bad_packet_in_a_post_is_answered_in_the_next_poll(
    target: Target, body: str
) -> None:
    """31: like on a WebSocket."""
    _, token = await target.someone()
    url = f"{target.running.url}{ENGINE}polling"
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as response:
            own = f"{url}&sid={orjson.loads((await response.text())[1:])['sid']}"
        async with http.post(own, data=f'40{{"token":"{token}"}}') as response:
            assert response.status == 200
        said = ""
        async with http.post(own, data=f"4{body}" if body == "" else body) as response:
            assert response.status == 200
        async with asyncio.timeout(5):
            while '"BAD_PACKET"' not in said:
                async with http.get(own) as response:
                    assert response.status == 200
                    said += await response.text()


@pytest.mark.parametrize("body", [b"\xff\xfe", b"4" * 200_000, b"\x1e".join([b"2"] * 1_001)])
async def test_a_hopeless_post_ends_the_session_and_says_so(target: Target, body: bytes) -> None:
    """31: the plain library says `ok`."""
    url = f"{target.running.url}{ENGINE}polling"
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as response:
            own = f"{url}&sid={orjson.loads((await response.text())[1:])['sid']}"
        async with http.post(own, data=body) as response:
            assert response.status in (400, 413)
