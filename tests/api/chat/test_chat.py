"""Chat, conversations and notifications over REST: the same rules as by socket."""

import asyncio
import io
import math
import struct
import uuid
import wave
from functools import partial
from typing import Any

import pytest
from aiohttp import FormData
from msgspec.structs import replace
from PIL import Image

from hub.push.encryption import encode64, make_keys
from rooms.chat.edits import DeleteMessage
from rooms.errors import Unauthenticated
from rooms.feature import Actor
from storage.messages.attachments import Attachments
from storage.virus_scan import scan
from tests.api.conftest import Caller, Door, OpenDoor


async def _room(owner: Caller, *others: Caller) -> str:
    members = [other.user["id"] for other in others]
    made = await owner.post("/conversations", {"name": "Kitchen", "members": members})
    assert made.status == 201
    return str(made.data["id"])


def _picture(size: tuple[int, int] = (1600, 800), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "tomato").save(out, kind)
    return out.getvalue()


def _tone(seconds: float = 1.0, rate_hz: int = 44_100) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        half = int(seconds * rate_hz / 2)
        loud = [round(16_000 * math.sin(2 * math.pi * 440 * n / rate_hz)) for n in range(half)]
        file.writeframes(struct.pack(f"<{2 * half}h", *loud, *([0] * half)))
    return out.getvalue()


async def _upload(caller: Caller, room_id: str, data: bytes, name: str = "a.bin") -> Any:
    form = FormData()
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    return await caller("POST", f"/chat/rooms/{room_id}/attachments", data=form)


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


async def test_a_picture_is_made_anew_and_belongs_to_one_message(door: Door) -> None:
    ada, bob, eve = await door.newcomer(), await door.newcomer(), await door.newcomer()
    room_id = await _room(ada, bob)
    hidden = _picture() + b"<script>alert(1)</script>"
    sent = await _upload(ada, room_id, hidden, "../../Höhle .png")
    assert sent.status == 201
    record = sent.data
    assert (record["kind"], record["mime_type"]) == ("image", "image/jpeg")
    assert (record["width_px"], record["height_px"]) == (1024, 512)
    assert "/" not in record["filename"]
    path = f"/chat/rooms/{room_id}/messages"
    theirs = {"content": "", "type": "image", "attachment_ids": [record["id"]]}
    assert (await bob.post(path, theirs)).fields == {"attachment_ids[0]": "NOT_FOUND"}
    said = await ada.post(path, theirs)
    assert said.data["attachments"][0]["id"] == record["id"]
    assert (await ada.post(path, theirs)).fields == {"attachment_ids[0]": "NOT_FOUND"}
    headers = {"Authorization": f"Bearer {bob.token}"}
    async with bob.client.get(record["url"], headers=headers) as response:
        data = await response.read()
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.content_type == "image/jpeg"
    assert b"script" not in data
    assert Image.open(io.BytesIO(data)).size == (1024, 512)
    async with bob.client.get(record["thumbnail_url"], headers=headers) as response:
        assert Image.open(io.BytesIO(await response.read())).size == (256, 256)
    headers = {"Authorization": f"Bearer {eve.token}"}
    async with eve.client.get(record["url"], headers=headers) as response:
        assert response.status == 200  # the room is public
    found = await bob.get(f"{path}/search", params={"has": "image"})
    assert [m["id"] for m in found.data] == [said.data["id"]]


async def test_a_sound_gets_an_outline_and_plays_in_ranges(door: Door) -> None:
    ada = await door.newcomer()
    room_id = await _room(ada)
    record = (await _upload(ada, room_id, _tone(), "riff.wav")).data
    assert (record["kind"], record["mime_type"]) == ("audio", "audio/mp4")
    assert abs(record["duration_ms"] - 1_000) <= 30
    peaks = record["peaks"]
    assert 40 <= len(peaks) <= 200
    assert max(peaks[: len(peaks) // 3]) > 50
    assert max(peaks[-len(peaks) // 3 :]) < 5
    headers = {"Authorization": f"Bearer {ada.token}", "Range": "bytes=4-7"}
    async with ada.client.get(record["url"], headers=headers) as response:
        assert response.status == 206
        assert await response.read() == b"ftyp"


async def test_what_is_no_picture_and_no_sound_is_refused(door: Door) -> None:
    ada, eve = await door.newcomer(), await door.newcomer()
    room_id = await _room(ada)
    for data in (
        b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(100),
        _picture((13_000, 13_000)),
        _picture()[:200],
        b"",
    ):
        refused = await _upload(ada, room_id, data)
        assert (refused.status, refused.code) == (415, "UNSUPPORTED_MEDIA"), data[:20]
        if data.startswith(b"GIF"):
            assert "a picture (JPEG, PNG or WebP) or a sound (MP3" in refused.body["message"]
    assert (await _upload(eve, room_id, _picture())).code == "FORBIDDEN"
    assert (await _upload(ada, str(uuid.uuid4()), _picture())).code == "NOT_FOUND"


async def test_a_deleted_message_takes_its_attachment_along(door: Door) -> None:
    ada = await door.newcomer()
    room_id = await _room(ada)
    record = (await _upload(ada, room_id, _picture())).data
    body = {"content": "", "attachment_ids": [record["id"]]}
    said = (await ada.post(f"/chat/rooms/{room_id}/messages", body)).data
    delete = DeleteMessage(message_id=said["id"], op_id=str(uuid.uuid4()))
    actor = Actor(ada.user["id"], ada.user["username"], "Ada")
    await door.api.submit("message:delete", delete, room_id=room_id, actor=actor)
    assert (await ada.get(record["url"])).code == "NOT_FOUND"
    assert [each[0] for each in await Attachments(door.pool).sweepable()] == [record["id"]]


async def test_files_are_scanned_where_a_scanner_is_and_none_passes_without(
    open_door: OpenDoor, door: Door
) -> None:
    async def clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        body = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            body += await reader.readexactly(size)
        writer.write(b"stream: Eicar FOUND\0" if b"EICAR" in body else b"stream: OK\0")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(clamd, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = replace(door.api.chat, scan=partial(scan, f"127.0.0.1:{port}"))
    guarded: Door = await open_door(chat=parts)
    ada = await guarded.newcomer()
    room_id = await _room(ada)
    assert (await _upload(ada, room_id, _picture() + b"EICAR")).code == "INFECTED_FILE"
    assert (await _upload(ada, room_id, _picture())).status == 201
    server.close()
    await server.wait_closed()
    assert (await _upload(ada, room_id, _picture())).code == "UNAVAILABLE"


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
