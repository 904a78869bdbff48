from typing import Any

import msgspec
import pytest

from rooms.feature import Actor
from rooms.membership.commands import CreateInvite, CreateRoom
from storage.backends import Pool
from tests.api.conftest import Caller, Door


class Host:
    """A room and its owner, who invites."""

    def __init__(self, door: Door, owner: Caller, room_id: str) -> None:
        self.door = door
        self.owner = owner
        self.room_id = room_id

    @property
    def actor(self) -> Actor:
        user = self.owner.user
        return Actor(user["id"], user["username"], user["display_name"])

    async def invites(self, **changes: Any) -> str:
        payload = CreateInvite(room_id=self.room_id, **changes)
        invited = await self.door.api.submit(
            "invite:create", payload, room_id=self.room_id, actor=self.actor
        )
        return str(msgspec.json.decode(invited.data)["token"])


@pytest.fixture
async def host(door: Door) -> Host:
    owner = await door.newcomer(username="host")
    user = owner.user
    actor = Actor(user["id"], user["username"], user["display_name"])
    made = await door.api.submit(
        "room:create", CreateRoom(name="Party", type="private"), room_id=None, actor=actor
    )
    return Host(door, owner, str(msgspec.json.decode(made.data)["id"]))


async def no_guest_is_left(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT count(*) = 0 FROM users WHERE is_guest"))


async def test_a_guest_comes_into_one_room(door: Door, host: Host) -> None:
    token = await host.invites()

    answer = await door.stranger.post(
        "/auth/guest", {"invite_token": token.upper(), "display_name": "  Ann  "}
    )

    assert answer.status == 201
    data = answer.data
    user = data["user"]
    assert (user["display_name"], user["role"], user["is_guest"]) == ("Ann", "guest", True)
    assert user["email"] is None
    assert user["room_id"] == data["room"]["id"] == host.room_id
    assert data["room"]["name"] == "Party"
    assert data["refresh_token"] is None
    assert data["expires_in"] == 12 * 3600
    assert answer.cookies["veza_access"]["httponly"] is True
    assert "veza_refresh" not in answer.cookies
    door.client.session.cookie_jar.clear()
    me = await door.signed_in(answer).get("/auth/me")
    assert me.data == user
    member = await door.pool.fetchrow(
        "SELECT role, state FROM room_members WHERE user_id = $1", user["id"]
    )
    assert tuple(member or ()) == ("guest", "joined")


async def test_what_a_guest_may_not_do(door: Door, host: Host) -> None:
    token = await host.invites()
    entered = await door.stranger.post(
        "/auth/guest", {"invite_token": token, "display_name": "Ann"}
    )
    door.client.session.cookie_jar.clear()
    guest = door.signed_in(entered)
    track_id = await door.add_track(host.owner)

    refused = [
        await guest.post("/tracks", data=b"x"),
        await guest.post("/tracks/initiate", {}),
        await guest.post(f"/tracks/{track_id}/like"),
        await guest.put(f"/tracks/{track_id}", {}),
        await guest.delete(f"/tracks/{track_id}"),
        await guest.get("/tracks/quota/me"),
    ]

    assert [(answer.status, answer.code) for answer in refused] == [(403, "FORBIDDEN")] * 6
    assert (await guest.get("/tracks")).status == 200
    login = {"username": guest.user["username"], "password": "!"}
    assert (await door.stranger.post("/auth/login", login)).status == 401
    assert (await guest.post("/auth/logout")).status == 200
    assert (await guest.get("/auth/me")).code == "TOKEN_REVOKED"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ("expires_at = now() - interval '1 s'", 410, "GONE"),
        ("uses = 1, max_uses = 1", 410, "GONE"),
        ("revoked_at = now()", 410, "GONE"),
    ],
)
async def test_an_invitation_that_has_ended(
    door: Door, host: Host, pool: Pool, change: str, status: int, code: str
) -> None:
    token = await host.invites()
    await pool.execute(f"UPDATE room_invitations SET {change}")  # noqa: S608

    answer = await door.stranger.post("/auth/guest", {"invite_token": token, "display_name": "Ann"})

    assert (answer.status, answer.code) == (status, code)
    assert await no_guest_is_left(pool)
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 1, "the host's own"


async def test_an_unknown_invitation(door: Door, pool: Pool) -> None:
    body = {"invite_token": "01a1fdb7-ad1b-7caa-865c-5cf7ab716186", "display_name": "Ann"}

    answer = await door.stranger.post("/auth/guest", body)

    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert await no_guest_is_left(pool)


async def test_an_invitation_for_two_lets_in_two(door: Door, host: Host, pool: Pool) -> None:
    token = await host.invites(max_uses=2)
    body = {"invite_token": token, "display_name": "Ann"}

    answers = [await door.stranger.post("/auth/guest", body) for _ in range(3)]

    assert [answer.status for answer in answers] == [201, 201, 410]
    assert await pool.fetchval("SELECT count(*) FROM users WHERE is_guest") == 2


async def test_a_bad_guest_form(door: Door, host: Host, pool: Pool) -> None:
    token = await host.invites()
    cases: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({"invite_token": "x"}, {"invite_token": "INVALID_FORMAT"}),
        ({"invite_token": token + "\n"}, {"invite_token": "BAD_CHARACTERS"}),
        ({"display_name": ""}, {"display_name": "TOO_SHORT"}),
        ({"display_name": " \u3000 "}, {"display_name": "TOO_SHORT"}),
        ({"display_name": "x" * 81}, {"display_name": "TOO_LONG"}),
        ({"role": "admin"}, {"role": "UNKNOWN_FIELD"}),
    ]
    for changes, fields in cases:
        body = {"invite_token": token, "display_name": "Ann"} | changes
        answer = await door.stranger.post("/auth/guest", body)
        assert (answer.status, answer.fields) == (400, fields)
    assert await no_guest_is_left(pool)
