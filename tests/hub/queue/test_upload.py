"""An upload that is still under way is queued, and plays once the worker is done; a whole hub."""

from pathlib import Path

import aiohttp
import pytest

from tests.browser.test_queue import write_tone
from tests.client import connected
from tests.hub.together import op
from tests.running import run_hub

pytestmark = pytest.mark.timeout(120)

PERSON = {
    "username": "ada",
    "email": "ada@example.org",
    "password": "correct horse battery staple",
}


async def test_an_upload_is_queued_while_it_is_processed(tmp_path: Path) -> None:
    song = tmp_path / "Fresh.wav"
    write_tone(song, 440)
    with run_hub(tmp_path / "data") as hub:
        async with aiohttp.ClientSession(hub.url) as http:
            async with http.post("/api/v1/auth/register", json=PERSON) as answer:
                token = (await answer.json())["data"]["access_token"]
            async with connected(hub.url, token) as ada:
                room_id = (await ada.ok("room:create", {"name": "Kitchen"}))["id"]
                await ada.ok("stream:subscribe", {"stream": f"room:{room_id}"})
                form = aiohttp.FormData()
                form.add_field("audio", song.read_bytes(), filename="Fresh.wav")
                form.add_field("title", "Fresh")
                form.add_field("artist", "Ada")
                headers = {"Authorization": f"Bearer {token}"}
                async with http.post("/api/v1/tracks", data=form, headers=headers) as answer:
                    made = await answer.json()
                assert made["success"], made
                track_id = made["data"]["uuid"]
                add = {"room_id": room_id, "op_id": op(), "track_ids": [track_id]}
                (item,) = (await ada.ok("item:add", add))["items"]
                assert (item["ready"], item["duration_ms"]) == (False, None)
                early = await ada.error("playback:play", {"room_id": room_id, "op_id": op()})
                assert (early["code"], early["retryable"]) == ("TRACK_PROCESSING", True)
                ready = await ada.wait_for("item:updated", lambda p: p["data"]["ready"])
                assert ready["data"]["item_id"] == item["id"]
                assert abs(ready["data"]["duration_ms"] - 20_000) < 100
                playing = await ada.ok("playback:play", {"room_id": room_id, "op_id": op()})
                assert (playing["status"], playing["track_id"]) == ("playing", track_id)
