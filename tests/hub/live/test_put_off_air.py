"""Who loses the right to publish is off air within two seconds, by whichever door he came."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.accounts.sessions import Sessions
from storage.live.live import StreamKeys
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.hub.live.conftest import Studio
from tests.media.publishers import Publisher, publishing
from tests.nodes import People
from tests.people import fresh_id

DEADLINE_S = 20.0


async def put_off(publisher: Publisher) -> None:
    """Waits until the hub has let go of a publisher."""
    await eventually(lambda: publisher.peer.connectionState == "closed", DEADLINE_S)


@asynccontextmanager
async def bob_on_air(
    studio: Studio, ada: HubClient, bob: HubClient, bearer: str
) -> AsyncIterator[tuple[Publisher, str, str]]:
    """Bob publishes in a room of Ada's: with the ids of the room and of his broadcast."""
    room = await ada.ok("room:create", {"name": "Kitchen", "type": "public"})
    await ada.ok("stream:subscribe", {"stream": f"room:{room['id']}"})
    await bob.ok("room:join", {"room_id": room["id"]})
    announced = {"room_id": room["id"], "op_id": fresh_id(), "title": "Friday night"}
    live = await bob.ok("live:create", announced)
    async with publishing(studio.http, studio.url, live["id"], bearer) as publisher:
        await ada.wait_for("live:started")
        yield publisher, room["id"], live["id"]


async def test_who_is_signed_out_publishes_no_more(studio: Studio, people: People) -> None:
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    pool = studio.running.node.backends.pool
    async with (
        connected(studio.running.url, ada_token) as ada,
        connected(studio.running.url, bob_token) as bob,
        bob_on_air(studio, ada, bob, bob_token) as (publisher, _, live_id),
    ):
        [session] = await Sessions(pool).alive(bob_id.user_id)
        await Sessions(pool).revoke(str(session.id), "signed out")
        await put_off(publisher)
        await ada.wait_for("live:interrupted", lambda e: e["data"]["id"] == live_id)


async def test_who_is_put_out_of_the_room_publishes_no_more(studio: Studio, people: People) -> None:
    (_, ada_token), (bob_id, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    key = await StreamKeys(studio.running.node.backends.pool).regenerate(bob_id.user_id)
    async with (
        connected(studio.running.url, ada_token) as ada,
        connected(studio.running.url, bob_token) as bob,
        bob_on_air(studio, ada, bob, key) as (publisher, room_id, live_id),
    ):
        await ada.ok("member:remove", {"room_id": room_id, "user_id": bob_id.user_id})
        await put_off(publisher)
        offer = {"Authorization": f"Bearer {key}", "Content_Type": "application/sdp"}
        status, text = await studio.ask("POST", f"/whip/{live_id}", publisher.offer, **offer)
        assert (status, "FORBIDDEN" in text) == (403, True)
