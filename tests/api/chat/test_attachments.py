"""Pictures and sounds for messages: what is taken, what becomes of it, and who may have it."""

import asyncio
import io
import math
import struct
import uuid
import wave
from functools import partial
from typing import Any

import av
import numpy as np
import pytest
from aiohttp import FormData
from msgspec.structs import replace
from PIL import Image

from rooms.chat.edits import DeleteMessage
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


def _gif() -> bytes:
    """An animation of red and blue."""
    out = io.BytesIO()
    red, blue = (Image.new("RGB", (320, 200), colour) for colour in ("red", "blue"))
    red.save(out, "GIF", save_all=True, append_images=[blue], duration=100, loop=0)
    return out.getvalue()


def _recorded(muxer: str, seconds: float = 1.5) -> bytes:
    """A voice message as browsers make them: Opus, written as it is spoken, of unknown length."""
    out = _Written()
    options = {"live": "1"} if muxer == "webm" else {}
    with av.open(out, "w", format=muxer, options=options) as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        for block in range(int(seconds * 50)):
            times = np.arange(block * 960, (block + 1) * 960) / 48_000
            tone = (12_000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(tone[np.newaxis], "s16", "mono")
            frame.sample_rate, frame.pts = 48_000, block * 960
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return bytes(out.data)


class _Written:
    """A file that can only be written on."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, piece: bytes) -> int:
        self.data += piece
        return len(piece)


async def _upload(caller: Caller, room_id: str, data: bytes, name: str = "a.bin") -> Any:
    form = FormData()
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    return await caller("POST", f"/chat/rooms/{room_id}/attachments", data=form)


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


@pytest.mark.parametrize("muxer", ["webm", "ogg", "matroska"])
async def test_what_a_browser_records_is_a_sound(door: Door, muxer: str) -> None:
    ada = await door.newcomer()
    room_id = await _room(ada)
    uploaded = await _upload(ada, room_id, _recorded(muxer), "voice")
    assert uploaded.status == 201, uploaded.body
    record = uploaded.data
    assert (record["kind"], record["mime_type"]) == ("audio", "audio/mp4")
    assert abs(record["duration_ms"] - 1_500) <= 40
    assert min(record["peaks"][1:-1]) > 30


async def test_of_an_animation_the_first_frame_is_shown(door: Door) -> None:
    ada = await door.newcomer()
    room_id = await _room(ada)
    record = (await _upload(ada, room_id, _gif(), "party.gif")).data
    assert (record["kind"], record["mime_type"]) == ("image", "image/jpeg")
    assert (record["width_px"], record["height_px"]) == (320, 200)
    headers = {"Authorization": f"Bearer {ada.token}"}
    async with ada.client.get(record["url"], headers=headers) as response:
        shown = Image.open(io.BytesIO(await response.read())).resize((1, 1))
    red, _, blue = shown.tobytes()
    assert red > 200 > 50 > blue


async def test_what_is_no_picture_and_no_sound_is_refused(door: Door) -> None:
    ada, eve = await door.newcomer(), await door.newcomer()
    room_id = await _room(ada)
    for data in (
        b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(100),
        _gif()[:60],
        b"\x1a\x45\xdf\xa3" + bytes(500),
        b"\0\0\0\x18ftypheic" + bytes(500),
        b"BM" + bytes(500),
        _picture((13_000, 13_000)),
        _picture()[:200],
        b"",
    ):
        refused = await _upload(ada, room_id, data)
        assert (refused.status, refused.code) == (415, "UNSUPPORTED_MEDIA"), data[:20]
        if b"heic" in data:
            assert "This is a HEIC picture." in refused.body["message"]
            assert "a picture (JPEG, PNG, WebP or GIF) or a sound (MP3" in refused.body["message"]
            assert "AAC or WebM)" in refused.body["message"]
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
