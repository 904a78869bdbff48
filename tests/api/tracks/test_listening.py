"""Signed addresses, the files behind them, plays and downloads."""

import asyncio
import hashlib
from typing import Any

import jwt
import pytest
from aiohttp import ClientResponse
from msgspec import Struct

from media.child.messages import SegmentMade
from rooms.feature import Actor
from rooms.membership.commands import JoinRoom, LeaveRoom
from rooms.queue.commands import AddItems
from tests.api.conftest import SECRET, Answer, Caller, Door
from tests.media.children import transcode
from tests.media.signals import music, offset_samples, read_audio, write_audio
from tests.people import fresh_id


class Rung(Struct, frozen=True):
    """Pieces of one rung of nine seconds, as a child makes them."""

    init: bytes
    segments: tuple[bytes, ...]

    @property
    def whole(self) -> bytes:
        return self.init + b"".join(self.segments)


@pytest.fixture(scope="session")
def high(tmp_path_factory: pytest.TempPathFactory) -> Rung:
    folder = tmp_path_factory.mktemp("song")

    async def make() -> Rung:
        heard = await transcode(write_audio(folder / "song.wav", music(9.0), kind="wav"))
        made: list[SegmentMade] = heard.segments("high")
        return Rung(heard.init("high"), tuple(segment.data for segment in made))

    return asyncio.run(make())


@pytest.fixture
async def alice(door: Door) -> Caller:
    return await door.newcomer(username="alice")


def facts(name: str, kbps: int, segments: int, size_bytes: int) -> dict[str, Any]:
    return {
        "name": name, "codec": "aac", "codecs": "mp4a.40.2", "bitrate_bps": kbps * 1_000,
        "sample_rate_hz": 44_100, "channels": 2, "priming_samples": 1_024,
        "segment_samples": 176_128, "segments": segments, "size_bytes": size_bytes,
    }  # fmt: skip


async def made_track(door: Door, owner: Caller, high: Rung, **columns: Any) -> str:
    """A finished track whose rung `high` is there; `low` is only listed."""
    track_id = await door.add_track(owner, duration_ms=9_000, **columns)
    prefix = f"tracks/{track_id}/1"
    rungs = [
        facts("low", 64, 3, 72_000),
        facts("high", 256, len(high.segments), len(high.whole)),
    ]
    await door.pool.execute(
        "UPDATE tracks SET media_prefix = $2, rungs = $3, stream_status = 'ready' WHERE id = $1",
        track_id,
        prefix,
        rungs,
    )
    await door.api.objects.put(f"{prefix}/high/init.mp4", high.init)
    for number, segment in enumerate(high.segments):
        await door.api.objects.put(f"{prefix}/high/segment_{number:03}.m4s", segment)
    return track_id


async def fetch(door: Door, url: str, method: str = "GET", **headers: str) -> ClientResponse:
    response = await door.client.request(method, url, headers=headers)
    await response.read()
    return response


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


async def test_an_address_gives_the_whole_track(door: Door, alice: Caller, high: Rung) -> None:
    track_id = await made_track(door, alice, high)
    answer = await door.stranger.get(f"/tracks/{track_id}/stream")
    data = answer.data
    assert answer.body["message"] == "Stream URL generated successfully"
    assert (data["quality"], data["format"], data["bitrate"]) == ("high", "m4a", 256)
    assert (data["duration"], data["estimated_size"]) == (9.0, len(high.whole))
    assert data["stream_url"].startswith(f"/audio/{data['track_id']}/high.m4a?token=")
    assert data["streaming_info"]["supports_range"] is True

    sound = await fetch(door, data["stream_url"])
    assert (sound.status, sound.content_type) == (200, "audio/mp4")
    assert sound.headers["Accept-Ranges"] == "bytes"
    assert offset_samples(read_audio(await sound.read()), music(9.0)) == 0


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-", 100, None),
        ("bytes=-500", -500, None),
        ("bytes=1000-200000", 1_000, 200_001),
        ("bytes=5-999999999", 5, None),
    ],
)
async def test_a_range_is_cut_across_pieces(
    door: Door, alice: Caller, high: Rung, wanted: str, start: int, end: int | None
) -> None:
    track_id = await made_track(door, alice, high)
    url = (await alice.get(f"/tracks/{track_id}/stream")).data["stream_url"]
    part = await fetch(door, url, Range=wanted)
    assert part.status == 206
    assert await part.read() == high.whole[start:end]
    assert part.headers["Content-Range"].endswith(f"/{len(high.whole)}")


async def test_conditions_and_impossible_ranges(door: Door, alice: Caller, high: Rung) -> None:
    track_id = await made_track(door, alice, high)
    url = (await alice.get(f"/tracks/{track_id}/stream")).data["stream_url"]
    head = await fetch(door, url, "HEAD")
    assert (head.status, head.content_length) == (200, len(high.whole))
    etag = head.headers["ETag"]
    assert (await fetch(door, url, **{"If-None-Match": etag})).status == 304
    fresh = {"Range": "bytes=0-9", "If-Range": etag}
    stale = {"Range": "bytes=0-9", "If-Range": '"other"'}
    assert (await fetch(door, url, **fresh)).status == 206
    assert (await fetch(door, url, **stale)).status == 200
    for wanted in (f"bytes={len(high.whole)}-", "bytes=0-1,4-5", "bytes=5-1", "seconds=1"):
        refusal = await fetch(door, url, Range=wanted)
        assert refusal.status == 416, wanted
        assert refusal.headers["Content-Range"] == f"bytes */{len(high.whole)}"
    agreed = await alice.get(f"/tracks/{track_id}/stream", params={"range": "bytes=0-65535"})
    part = await fetch(door, agreed.data["stream_url"])
    assert (part.status, await part.read()) == (206, high.whole[:65_536])


async def test_formats_that_are_not_made_lead_to_hls(door: Door, alice: Caller, high: Rung) -> None:
    track_id = await made_track(door, alice, high)
    for wanted in ("mp3", "ogg"):
        data = (await alice.get(f"/tracks/{track_id}/stream", params={"format": wanted})).data
        assert (data["format"], data["expires_at"]) == ("hls", None)
        assert data["stream_url"] == f"/api/v1/tracks/{track_id}/hls/master.m3u8"
    below = (await alice.get(f"/tracks/{track_id}/stream", params={"quality": "medium"})).data
    assert (below["quality"], below["bitrate"]) == ("low", 64)
    best = (await alice.get(f"/tracks/{track_id}/stream", params={"quality": "lossless"})).data
    assert best["quality"] == "high"
    await door.pool.execute("UPDATE tracks SET stream_status = 'processing'")
    assert (await alice.get(f"/tracks/{track_id}/stream")).data["format"] == "hls"
    await door.pool.execute("UPDATE tracks SET media_prefix = NULL")
    waiting = await alice.get(f"/tracks/{track_id}/stream")
    assert refused(waiting) == (422, "TRACK_PROCESSING")


async def test_an_address_holds_for_one_file_one_hour_and_while_it_is_allowed(
    door: Door, alice: Caller, high: Rung
) -> None:
    bob = await door.newcomer()
    track_id, other = await made_track(door, alice, high), await made_track(door, alice, high)
    url = (await bob.get(f"/tracks/{track_id}/stream")).data["stream_url"]
    number = url.split("/")[2]
    other_number = await door.pool.fetchval("SELECT seq_id FROM tracks WHERE id = $1", other)
    expires = int(url.rpartition("=")[2])
    token = url.partition("token=")[2].partition("&")[0]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert 3_500 < expires - door.api.now_ms() / 1_000 <= 3_600
    old = jwt.encode(claims | {"exp": expires - 7_200}, SECRET, "HS256")
    forged = jwt.encode(claims, "another secret of thirty-two bytes!!", "HS256")
    bad = [
        url.replace(f"/audio/{number}/", f"/audio/{other_number}/"),
        url.replace("high.m4a", "low.m4a"),
        url.replace("high.m4a", "high.mp3"),
        url.replace(str(expires), str(expires + 1)),
        url.replace(token, token[:-4] + "AAAA"),
        url.replace(token, old).replace(str(expires), str(expires - 7_200)),
        url.replace(token, forged),
        url.replace(token, str(bob.token)),
    ]
    for address in bad:
        assert (await fetch(door, address)).status == 403, address
    door_caller = Caller(door.client, token)
    assert (await door_caller.get("/auth/me")).status == 401

    assert (await fetch(door, url, Referer="https://elsewhere.example/page")).status == 403
    own_page = str(door.client.make_url("/tracks/1"))
    assert (await fetch(door, url, Referer=own_page)).status == 200
    await door.pool.execute("UPDATE tracks SET is_public = false")
    assert (await fetch(door, url)).status == 403
    mine = (await alice.get(f"/tracks/{track_id}/stream")).data["stream_url"]
    assert (await fetch(door, mine)).status == 200
    assert refused(await bob.get(f"/tracks/{track_id}/stream")) == (403, "UNAUTHORIZED_ACCESS")
    await door.pool.execute("UPDATE tracks SET deleted_at = now()")
    assert (await fetch(door, mine)).status == 410


async def test_an_address_ends_with_the_sign_in_it_was_made_for(
    door: Door, alice: Caller, high: Rung
) -> None:
    track_id = await made_track(door, alice, high, is_public=False)
    url = (await alice.get(f"/tracks/{track_id}/stream")).data["stream_url"]
    public_id = await made_track(door, alice, high)
    public_url = (await alice.get(f"/tracks/{public_id}/stream")).data["stream_url"]
    stranger_url = (await door.stranger.get(f"/tracks/{public_id}/stream")).data["stream_url"]
    for address in (url, public_url, stranger_url):
        assert (await fetch(door, address, Range="bytes=0-9")).status == 206
    claims = jwt.decode(
        url.partition("token=")[2].partition("&")[0], options={"verify_signature": False}
    )
    nameless = {name: value for name, value in claims.items() if name != "sid"}
    unnamed = f"{url.partition('token=')[0]}token={jwt.encode(nameless, SECRET, 'HS256')}"
    assert (await fetch(door, f"{unnamed}&expires={claims['exp']}")).status == 403

    assert (await alice.post("/auth/logout")).status == 200

    for address in (url, public_url):
        assert (await fetch(door, address, Range="bytes=0-9")).status == 403
    assert (await fetch(door, stranger_url)).status == 200


async def test_a_play_is_counted_as_the_clock_allows(door: Door, alice: Caller) -> None:
    track_id = await door.add_track(alice, duration_ms=40_000)
    played = await alice.post(f"/tracks/{track_id}/play", {"duration": 35, "device": "web"})
    assert played.data == {"counted": True, "duration": 35}
    again = await alice.post(f"/tracks/{track_id}/play")
    assert again.data["counted"] is False
    assert (await door.stranger.get(f"/tracks/{track_id}")).data["stats"]["plays"] == 1
    assert (await door.stranger.post(f"/tracks/{track_id}/play")).status == 401


async def original(door: Door, track_id: str, filename: str, body: bytes) -> None:
    key = f"originals/{track_id}/source"
    await door.api.objects.put(key, body)
    await door.pool.execute(
        "UPDATE tracks SET original_key = $2, original_sha256 = $3, filename = $4, format = 'mp3'"
        " WHERE id = $1",
        track_id,
        key,
        hashlib.sha256(body).digest(),
        filename,
    )


async def test_a_download_is_the_original_where_its_owner_allows_it(
    door: Door, alice: Caller
) -> None:
    bob = await door.newcomer()
    body = bytes(range(256)) * 4_000
    allowed = await door.add_track(alice, is_downloadable=True)
    kept = await door.add_track(alice)
    for track_id in (allowed, kept):
        await original(door, track_id, 'Été "live".mp3', body)
    path = f"/api/v1/tracks/{allowed}/download"

    whole = await fetch(door, path)
    assert (whole.status, whole.content_type) == (200, "audio/mpeg")
    assert await whole.read() == body
    assert whole.headers["Content-Disposition"] == (
        "attachment; filename=\"_t_ _live_.mp3\"; filename*=UTF-8''%C3%89t%C3%A9%20%22live%22.mp3"
    )
    rest = await fetch(door, path, Range="bytes=1000000-")
    assert (rest.status, await rest.read()) == (206, body[1_000_000:])
    assert (await door.stranger.get(f"/tracks/{allowed}")).data["stats"]["downloads"] == 1

    refusal = await bob.get(f"/tracks/{kept}/download")
    assert refused(refusal) == (403, "UNAUTHORIZED_ACCESS")
    assert refused(await door.stranger.get(f"/tracks/{kept}/download"))[0] == 403
    own = {"Authorization": f"Bearer {alice.token}"}
    assert (await fetch(door, f"/api/v1/tracks/{kept}/download", **own)).status == 200
    await door.pool.execute("UPDATE tracks SET is_public = false")
    assert refused(await bob.get(f"/tracks/{allowed}/download"))[0] == 403
    empty = await door.add_track(alice, is_downloadable=True)
    assert (await bob.get(f"/tracks/{empty}/download")).status == 404


async def test_a_private_track_put_on_in_a_room_is_heard_there(
    door: Door, alice: Caller, high: Rung
) -> None:
    bob, carol = await door.newcomer(), await door.newcomer()
    track_id = await made_track(door, alice, high, is_public=False)
    room = (await alice.post("/live/streams", {"title": "Demos"})).data["room_id"]
    ada_acts, bob_acts = [
        Actor(one.user["id"], one.user["username"], one.user["display_name"])
        for one in (alice, bob)
    ]
    await door.api.submit("room:join", JoinRoom(room_id=room), room_id=room, actor=bob_acts)
    assert (await bob.get(f"/tracks/{track_id}")).status == 403
    add = AddItems(room_id=room, op_id=fresh_id(), track_ids=(track_id,))
    await door.api.submit("item:add", add, room_id=room, actor=ada_acts)

    assert (await bob.get(f"/tracks/{track_id}")).status == 200
    url = (await bob.get(f"/tracks/{track_id}/stream")).data["stream_url"]
    assert (await fetch(door, url)).status == 200
    assert refused(await carol.get(f"/tracks/{track_id}/stream")) == (403, "UNAUTHORIZED_ACCESS")
    # Heard for a while is not had for good.
    playlist = (await bob.post("/playlists", {"name": "Mine"})).data["id"]
    kept = await bob.post(f"/playlists/{playlist}/tracks", {"track_id": track_id})
    assert refused(kept) == (403, "UNAUTHORIZED_ACCESS")

    leave = LeaveRoom(room_id=room)
    await door.api.submit("room:leave", leave, room_id=room, actor=bob_acts)
    assert (await fetch(door, url)).status == 403
    assert (await bob.get(f"/tracks/{track_id}")).status == 403
