"""What the hub's own server says to the odd request of a Socket.IO client."""

from aiohttp import ClientSession

from tests.nodes import OpenNode, People
from tests.stock import stock_client


async def test_jsonp_is_off(open_one: OpenNode) -> None:
    node = await open_one()
    query = {"EIO": "4", "transport": "polling", "j": "0"}
    async with ClientSession() as http, http.get(f"{node.url}/socket.io/", params=query) as answer:
        assert answer.status == 400
        assert await answer.json() == {"code": 3, "message": "Bad request"}


async def test_an_unknown_namespace_says_so(open_one: OpenNode, people: People) -> None:
    node = await open_one()
    _, token = await people.sign_in("ada")
    async with stock_client() as client:
        client.tell("open", url=f"{node.url}/nowhere", options={"auth": {"token": token}})
        await client.until(lambda: bool(client.refusals))
        assert client.refusals[0]["refused"] == "Invalid namespace"
