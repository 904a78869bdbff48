"""Chat, conversations and notifications over REST: the same rules as by socket."""

import asyncio
import uuid

import pytest

from hub.push.encryption import encode64, make_keys
from rooms.errors import Unauthenticated
from tests.api.conftest import Caller, Door


async def _room(owner: Caller, *others: Caller) -> str:
    members = [other.user["id"] for other in others]
    made = await owner.post("/conversations", {"name": "Kitchen", "members": members})
    assert made.status == 201
    return str(made.data["id"])


async def test_a_chat_token_is_for_the_chat_alone(door: Door) -> None:
    ada = await door.newcomer()
    issued = await ada.post("/chat/token")
    assert issued.headers["Cache-Control"] == "no-store"
    assert issued.data["url"] == "/api/v1/chat/ws"
    claims = door.api.chat_tokens.read(issued.data["token"])
    assert (claims.sub, claims.exp - claims.iat) == (ada.user["id"], issued.data["expires_in"])
    stranger = Caller(ada.client, issued.data["token"])
    assert (await stranger.get("/auth/me")).status == 401
    with pytest.raises(Unauthenticated):
        door.api.chat_tokens.read(ada.token or "")
    assert (await Caller(ada.client).post("/chat/token")).status == 401


async def test_a_conversation_lives_through_its_routes(door: Door) -> None:
    ada, bob, eve = await door.newcomer(), await door.newcomer(), await door.newcomer()
    room_id = await _room(ada, bob)
    path = f"/conversations/{room_id}"
    assert [c["id"] for c in (await bob.get("/conversations")).data] == [room_id]
    assert (await bob.put(path, {"name": "Mine"})).code == "FORBIDDEN"
    assert (await ada.put(path, {"name": "Ours"})).data["name"] == "Ours"
    assert (await ada.put(path, {"type": "private"})).data["type"] == "private"
    assert (await eve.get(path)).code == "NOT_FOUND"
    assert (await ada.put(path, {"type": "dm"})).status == 400
    assert (await ada.put(path, {"type": "public"})).data["type"] == "public"
    assert (await eve.get(path)).data["name"] == "Ours"
    assert (await ada.post(f"{path}/members", {"user_id": eve.user["id"]})).status == 201
    patched = await ada("PATCH", f"{path}/members/{eve.user['id']}", {"role": "moderator"})
    assert patched.data["role"] == "moderator"
    assert (await eve.delete(f"{path}/participants/{bob.user['id']}")).status == 200
    names = [m["user_id"] for m in (await ada.get(f"{path}/members")).data]
    assert sorted(names) == sorted([ada.user["id"], eve.user["id"]])
    invite = (await ada.post(f"{path}/invitations", {"max_uses": 1})).data
    assert (await bob.get(f"/conversations/join/{invite['token']}")).data["id"] == room_id
    late = await door.newcomer()
    assert (await late.post(f"/conversations/join/{invite['token']}")).code == "GONE"
    assert (await bob.post(f"{path}/leave")).status == 200
    assert (await ada.delete(path)).status == 200
    assert (await ada.get(path)).code == "NOT_FOUND"
    assert (await ada.get("/conversations/nonsense")).code == "NOT_FOUND"


async def test_messages_reactions_and_search_are_those_of_the_socket(door: Door) -> None:
    ada, bob, eve = await door.newcomer(), await door.newcomer(), await door.newcomer()
    made = await ada.post("/chat/rooms", {"name": "Cellar", "type": "private",
                                          "members": [bob.user["id"]]})  # fmt: skip
    room_id = made.data["id"]
    path = f"/chat/rooms/{room_id}/messages"
    body = {"content": "blue notes", "client_id": str(uuid.uuid4())}
    said = await ada.post(path, body)
    again = await ada.post(path, body)
    assert said.data == again.data
    assert (await ada.post(path, {**body, "content": "red"})).code == "IDEMPOTENCY_CONFLICT"
    assert (await ada.post(path, {"content": " "})).fields == {"content": "EMPTY"}
    on = f"{path}/{said.data['id']}/reactions"
    assert (await bob.post(on, {"emoji": "🎷"})).status == 201
    page = await bob.get(path)
    assert page.data[0]["reactions"][0]["emoji"] == "🎷"
    assert page.body["meta"] == {"has_more_before": False, "has_more_after": False}
    assert (await bob.get(f"/conversations/{room_id}/history")).data == page.data
    assert (await bob.delete(on, params={"emoji": "🎷"})).status == 200
    found = await bob.get(f"{path}/search", params={"q": "blue"})
    assert [m["id"] for m in found.data] == [said.data["id"]]
    assert [m["id"] for m in (await bob.get(f"{path}/search")).data] == [said.data["id"]]
    between = {"before": said.data["seq"] + 1, "after": said.data["seq"] - 1, "limit": 5}
    assert [m["id"] for m in (await bob.get(path, params=between)).data] == [said.data["id"]]
    for secret in (path, f"{path}/search?q=blue", f"/conversations/{room_id}"):
        assert (await eve.get(secret)).code == "NOT_FOUND"
    assert (await eve.post(path, {"content": "hello"})).code == "NOT_FOUND"
    assert (await eve.post(on, {"emoji": "🎷"})).code == "NOT_FOUND"
    assert (await bob.get("/chat/stats")).data["unread"] == 1
    assert (await ada.get("/chat/stats")).data["messages_sent"] == 1
    listed = await bob.get("/chat/rooms", params={"scope": "mine"})
    assert [room["id"] for room in listed.data] == [room_id]


async def test_direct_messages_need_no_room_first_and_stop_at_a_block(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    to_bob, to_ada = f"/chat/dm/{bob.user['id']}", f"/chat/dm/{ada.user['id']}"
    assert (await ada.get(to_bob)).data == {"room_id": None, "messages": []}
    first = await asyncio.gather(*(ada.post(to_bob, {"content": f"{n}"}) for n in range(3)))
    assert len({sent.data["room_id"] for sent in first}) == 1
    assert len((await bob.get(to_ada)).data["messages"]) == 3
    assert (await bob.post(f"/users/{ada.user['id']}/block")).status == 200
    assert (await ada.post(to_bob, {"content": "hey"})).code == "BLOCKED"
    assert (await bob.get(to_ada)).data["messages"] == []
    assert (await bob.delete(f"/users/{ada.user['id']}/block")).status == 200
    assert (await ada.post(to_bob, {"content": "hey"})).status == 201
    assert (await ada.post(f"/chat/dm/{ada.user['id']}", {"content": "me"})).code == ("CONFLICT")
    assert (await ada.post(f"/chat/dm/{uuid.uuid4()}", {"content": "you"})).code == "NOT_FOUND"


async def test_notifications_are_listed_read_and_set_as_loud_as_one_likes(door: Door) -> None:
    ada = await door.newcomer()
    assert (await ada.get("/notifications")).data == []
    assert (await ada.get("/notifications/unread-count")).data == {"unread": 0}
    assert (await ada.post(f"/notifications/{uuid.uuid4()}/read")).code == "NOT_FOUND"
    await door.pool.execute(
        "INSERT INTO notifications (user_id, type, title) SELECT $1, 'system', 'n' "
        "FROM generate_series(1, 3)",
        ada.user["id"],
    )
    listed = await ada.get("/notifications", params={"limit": 2})
    assert listed.body["meta"]["unread"] == 3
    cursor = listed.body["meta"]["next_cursor"]
    rest = await ada.get("/notifications", params={"limit": 2, "cursor": cursor})
    assert len(listed.data + rest.data) == 3
    one = listed.data[0]["id"]
    assert (await ada.post(f"/notifications/{one}/read")).data == {"unread": 2}
    assert (await ada.delete(f"/notifications/{one}")).data == {"unread": 2}
    assert (await ada.post("/notifications/read-all")).data == {"unread": 0}
    assert (await ada.delete("/notifications")).status == 200
    assert (await ada.get("/notifications")).data == []
    preferences = (await ada.get("/notifications/preferences")).data
    assert preferences["types"]["dm"] == {"in_app": True, "push": True, "email": False}
    changed = await ada.put(
        "/notifications/preferences",
        {
            "types": {"dm": {"in_app": True, "push": False}},
            "quiet_hours": {"from_minute": 1320, "until_minute": 420, "time_zone": "Europe/Paris"},
        },
    )
    assert changed.data["types"]["dm"]["push"] is False
    assert changed.data["quiet_hours"]["time_zone"] == "Europe/Paris"
    nowhere = {"quiet_hours": {"from_minute": 0, "until_minute": 1, "time_zone": "Mars"}}
    assert (await ada.put("/notifications/preferences", nowhere)).status == 400
    ended = await ada.put("/notifications/preferences", {"quiet_hours": None})
    assert ended.data["quiet_hours"] is None
    assert ended.data["switches"]["push_notifications"]
    for switches in ({"push_notifications": False}, {"email_on_mention": True}):
        switched = await ada.put("/notifications/preferences", {"switches": switches})
    assert not switched.data["switches"]["push_notifications"]
    assert switched.data["switches"]["email_on_mention"]
    assert switched.data["switches"]["browser_notifications"]
    wrong = await ada.put("/notifications/preferences", {"switches": {"email_on_moon": True}})
    assert wrong.status == 400


async def test_a_browser_subscribes_with_an_address_the_hub_goes_to(door: Door) -> None:
    ada = await door.newcomer()
    key = (await ada.get("/notifications/push/key")).data["public_key"]
    assert len(key) == 87
    keys = {"p256dh": make_keys().public_key, "auth": encode64(bytes(16))}
    good = {"endpoint": "https://push.example.org/send/1", "expirationTime": None, "keys": keys}
    del good["expirationTime"]
    assert (await ada.post("/notifications/push/subscribe", good)).status == 201
    for endpoint in ("http://push.example.org/", "https://127.0.0.1/", "https://x.org:22/"):
        bad = await ada.post("/notifications/push/subscribe", {**good, "endpoint": endpoint})
        assert bad.fields == {"endpoint": "INVALID_VALUE"}
    bad_keys = {**good, "keys": {**keys, "p256dh": "A" * 87}}
    refused = await ada.post("/notifications/push/subscribe", bad_keys)
    assert refused.fields == {"keys": "INVALID_VALUE"}


async def test_a_report_is_noted_once(door: Door) -> None:
    ada, bob = await door.newcomer(), await door.newcomer()
    report = {"content_type": "user", "content_id": bob.user["id"], "reason": "spam"}
    first = await ada.post("/reports", report)
    assert first.status == 201
    assert (await ada.post("/reports", report)).data == first.data
    assert (await ada.post("/reports", {**report, "content_id": str(uuid.uuid4())})).code == (
        "NOT_FOUND"
    )
