"""Who is let in, and who is shown out."""

import uuid
from typing import Any

import pytest

from storage.accounts.sessions import Sessions
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.nodes import OpenNode, People
from veza_client import Refused


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        ({}, "UNAUTHENTICATED"),
        ({"token": "nonsense"}, "UNAUTHENTICATED"),
        ({"token": "x" * 9000}, "VALIDATION_ERROR"),
        (None, "UNAUTHENTICATED"),
        ({"token": "x", "protocol": 9}, "VALIDATION_ERROR"),
    ],
)
async def test_a_socket_without_a_good_token_is_told_why(
    open_one: OpenNode, auth: dict[str, Any] | None, code: str
) -> None:
    node = await open_one()
    client = HubClient()
    with pytest.raises(Refused):
        await client.connect(node.url, auth)
    assert client.refusal["data"]["code"] == code
    assert client.refusal["message"] == client.refusal["data"]["message"]
    await client.close()


async def test_who_comes_with_a_token_that_ran_out_may_come_again(
    open_one: OpenNode, people: People
) -> None:
    node, client = await open_one(), HubClient()
    _, token = await people.sign_in("ada", age_s=3_600)
    with pytest.raises(Refused):
        await client.connect(node.url, {"token": token})
    why = client.refusal["data"]
    assert (why["code"], why["status"], why["retryable"]) == ("TOKEN_EXPIRED", 401, True)
    await client.close()


async def test_a_sign_in_ended_elsewhere_ends_its_sockets(
    open_one: OpenNode, people: People, pool: Pool
) -> None:
    node = await open_one()
    ada, token = await people.sign_in("ada")
    async with connected(node.url, token) as client:
        assert await Sessions(pool).revoke_all(ada.user_id, "test")
        told = await client.wait_for("auth:revoked")
        assert told["reason"] == "token_revoked"
        await client.ended()


async def test_a_token_may_be_renewed_on_the_open_socket_by_its_owner_only(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (_, ada_token), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, ada_token) as client:
        renewed = await client.ok("auth:refresh", {"token": ada_token})
        assert renewed["expires_at"].endswith("Z")
        assert (await client.error("auth:refresh", {"token": bob_token}))["code"] == (
            "UNAUTHENTICATED"
        )


async def test_one_user_cannot_follow_the_stream_of_another(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    (ada, _), (_, bob_token) = await people.sign_in("ada"), await people.sign_in("bob")
    async with connected(node.url, bob_token) as bob:
        error = await bob.error("stream:subscribe", {"stream": f"user:{ada.user_id}"})
        assert error["code"] == "FORBIDDEN"
        error = await bob.error("stream:subscribe", {"stream": f"room:{uuid.uuid4()}"})
        assert error["code"] == "NOT_FOUND"


async def test_the_first_event_of_a_private_stream_is_no_new_history(
    open_one: OpenNode, people: People
) -> None:
    node = await open_one()
    ada, token = await people.sign_in("ada")
    async with connected(node.url, token) as client:
        known = await client.ok("stream:subscribe", {"stream": f"user:{ada.user_id}"})
        await node.node.committer.append(
            ada.user_id, "track:ready", {"track_id": "t"}, str(uuid.uuid4())
        )
        event = await client.wait_for("track:ready")
        assert (event["epoch"], event["seq"]) == (known["epoch"], known["seq"] + 1)


async def test_hello_lists_what_this_hub_can(open_one: OpenNode, people: People) -> None:
    plain, live = await open_one(recovery_s=0), await open_one(goes_live=True)
    _, token = await people.sign_in("ada")
    told = []
    for node in (plain, live):
        async with connected(node.url, token) as client:
            told.append((await client.wait_for("hello"))["features"])
    assert told == [["resume"], ["resume", "recovery", "whip", "whep"]]
