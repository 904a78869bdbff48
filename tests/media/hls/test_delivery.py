"""HLS over HTTP, of a track that a real child has made."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec import Struct, json

from media.child.messages import InitMade, SegmentMade
from media.hls.delivery import mount
from media.hls.playlist import parse_media, parse_multivariant
from media.hls.segment_cache import SegmentCache
from media.transcode.track_files import TrackFiles
from rooms.access import Principal
from rooms.errors import HubError
from storage.backends import Pool
from storage.objects.objects import FolderSpec, ObjectStore, open_objects
from storage.tracks.hearing import Hearing
from storage.uploads.media_facts import MediaFacts
from storage.uploads.transcodes import Attempt, begin, publish
from tests.media.bad_files import jpeg
from tests.media.children import transcode
from tests.media.signals import music, offset_samples, read_audio, write_audio
from tests.media.uploads import upload
from tests.people import fresh_id

Client = TestClient[web.Request, web.Application]
CALLER = "X-Test-User"


@web.middleware
async def errors_and_callers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What the hub's own middleware does, as short as it goes."""
    user_id = request.headers.get(CALLER)
    request["principal"] = Principal(user_id, "s", "u", "U") if user_id else None
    try:
        return await handler(request)
    except HubError as error:
        body = {"error_code": error.code, "message": error.message}
        return web.json_response(body, status=error.status)


class Site(Struct, frozen=True):
    """A node's delivery, and one finished track."""

    client: Client
    pool: Pool
    objects: ObjectStore
    track_id: str

    @property
    def base(self) -> str:
        return f"/api/v1/tracks/{self.track_id}"

    async def set(self, **columns: Any) -> None:
        for name, value in columns.items():
            await self.pool.execute(_SET[name], self.track_id, value)

    async def creator_id(self) -> str:
        sql = "SELECT creator_id::text FROM tracks WHERE id = $1"
        return str(await self.pool.fetchval(sql, self.track_id))


_SET = {
    "is_public": "UPDATE tracks SET is_public = $2 WHERE id = $1",
    "deleted_at": "UPDATE tracks SET deleted_at = to_timestamp($2) WHERE id = $1",
    "media_prefix": "UPDATE tracks SET media_prefix = $2 WHERE id = $1",
    "stream_status": "UPDATE tracks SET stream_status = $2 WHERE id = $1",
    "has_cover": "UPDATE tracks SET has_cover = $2 WHERE id = $1",
}


class Made(Struct, frozen=True):
    """What a worker has stored of a track of nine seconds with a cover."""

    folder: Path
    facts: MediaFacts


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Made once by a real child, for all tests; each gets a copy."""
    folder = tmp_path_factory.mktemp("made")

    async def make() -> MediaFacts:
        heard = await transcode(write_audio(folder / "song.wav", music(9.0), kind="wav"))
        async with (
            open_objects(FolderSpec(folder)) as objects,
            TrackFiles.open(objects, "track", 1, heard.described.rungs) as files,
        ):
            for message in heard.messages:
                if isinstance(message, InitMade):
                    await files.put_init(message)
                elif isinstance(message, SegmentMade):
                    await files.put_segment(message)
            await files.put_waveform(heard.analysed.waveform_json)
            await files.put_covers(jpeg(500, 500), jpeg(256, 256))
            await files.finish()
        return MediaFacts(files.facts(), 9_000, -14.0, 5.0, -1.0, has_cover=True)

    return Made(folder / "track", asyncio.run(make()))


@pytest.fixture
async def site(pool: Pool, tmp_path: Path, made: Made) -> AsyncIterator[Site]:
    """Delivery of the made track."""
    app = web.Application(middlewares=[errors_and_callers])
    async with open_objects(FolderSpec(tmp_path / "objects")) as objects:
        track_id = await upload(pool, objects, b"")
        attempt = await begin(pool, track_id, 1)
        assert isinstance(attempt, Attempt)
        shutil.copytree(made.folder, tmp_path / "objects" / attempt.prefix)
        assert await publish(pool, attempt, 1, made.facts)
        mount(app, hearing=Hearing(pool), objects=objects, cache=SegmentCache())
        async with TestClient(TestServer(app)) as client:
            yield Site(client, pool, objects, track_id)


async def test_a_player_finds_its_way_from_the_master_to_the_sound(site: Site) -> None:
    response = await site.client.get(f"{site.base}/hls/master.m3u8")
    assert response.content_type == "application/vnd.apple.mpegurl"
    master = parse_multivariant(await response.text())
    assert [variant.stable_id for variant in master.variants] == [
        "low",
        "medium",
        "high",
        "lossless",
    ]
    for variant in master.variants:
        at = response.url.join(site.client.make_url(f"{site.base}/hls/{variant.uri}"))
        listed = await site.client.get(at.path_qs)
        playlist = parse_media(await listed.text())
        parts = []
        for uri in (playlist.init_uri, *(segment.uri for segment in playlist.segments)):
            piece = await site.client.get(f"{site.base}/hls/{variant.stable_id}/{uri}")
            assert piece.status == 200
            assert piece.content_type == "audio/mp4"
            assert piece.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            parts.append(await piece.read())
        assert offset_samples(read_audio(b"".join(parts)), music(9.0)) == 0


async def test_relative_addresses_lead_to_the_right_places(site: Site) -> None:
    master = site.client.make_url(f"{site.base}/hls/master.m3u8")
    playlist = master.join(type(master)("low/playlist.m3u8?v=1"))
    segment = playlist.join(type(master)("segment_000.m4s?v=1"))
    assert segment.path_qs == f"{site.base}/hls/low/segment_000.m4s?v=1"
    assert (await site.client.get(segment.path_qs)).status == 200


async def test_a_track_is_found_by_its_integer_id_too(site: Site) -> None:
    seq_id = await site.pool.fetchval("SELECT seq_id FROM tracks WHERE id = $1", site.track_id)
    response = await site.client.get(f"/api/v1/tracks/{seq_id}/hls/master.m3u8")
    assert response.status == 200


@pytest.mark.parametrize(
    ("quality", "same_as"),
    [("64", "low"), ("128", "medium"), ("256", "high"), ("original", "lossless")],
)
async def test_a_rung_has_two_names(site: Site, quality: str, same_as: str) -> None:
    first = await site.client.get(f"{site.base}/hls/{quality}/segment_001.m4s?v=1")
    second = await site.client.get(f"{site.base}/hls/{same_as}/segment_001.m4s?v=1")
    assert await first.read() == await second.read()
    assert first.headers["ETag"] == second.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "hls/low/segment_999.m4s",
        "hls/low/segment_000.ts",
        "hls/low/master.m3u8",
        "hls/low/..%2fmaster.m3u8",
        "hls/low/init.mp4%00",
        "hls/huge/playlist.m3u8",
        "hls/..%2f..%2fetc/playlist.m3u8",
        "hls/low/segment_000.m4s?v=2",
        "hls/low/segment_000.m4s?v=0",
        "hls/low/segment_000.m4s?v=../1",
        "hls/low/segment_000.m4s?v=٣",
    ],
)
async def test_nothing_else_is_served(site: Site, path: str) -> None:
    response = await site.client.get(f"{site.base}/{path}")
    assert response.status == 404


@pytest.mark.parametrize("ref", ["1e9", "-1", "%27%20OR%201=1", "٣", "x" * 500, "9" * 19])
async def test_an_id_that_is_none_finds_nothing(site: Site, ref: str) -> None:
    response = await site.client.get(f"/api/v1/tracks/{ref}/hls/master.m3u8")
    assert response.status == 404


async def test_an_unknown_track_finds_nothing(site: Site) -> None:
    response = await site.client.get(f"/api/v1/tracks/{fresh_id()}/hls/info")
    assert response.status == 404
    assert (await response.json())["error_code"] == "TRACK_NOT_FOUND"


PLACES = (
    "hls/master.m3u8",
    "hls/info",
    "hls/status",
    "hls/low/playlist.m3u8",
    "hls/low/segment_000.m4s?v=1",
    "hls/low/init.mp4",
    "waveform",
    "cover",
    "thumbnail",
)


@pytest.mark.parametrize("place", PLACES)
async def test_a_private_track_is_for_its_creator_alone(site: Site, place: str) -> None:
    # Once public: what the node keeps in memory must not be a way around.
    assert (await site.client.get(f"{site.base}/{place}")).status == 200
    await site.set(is_public=False)
    creator = {CALLER: await site.creator_id()}
    for headers, status in (({}, 403), ({CALLER: fresh_id()}, 403), (creator, 200)):
        response = await site.client.get(f"{site.base}/{place}", headers=headers)
        assert response.status == status
    assert "public" not in response.headers["Cache-Control"]


@pytest.mark.parametrize("place", PLACES)
async def test_a_deleted_track_is_gone(site: Site, place: str) -> None:
    await site.set(deleted_at=1.0)
    response = await site.client.get(f"{site.base}/{place}")
    assert response.status == 410
    assert (await response.json())["error_code"] == "TRACK_DELETED"


async def test_a_track_that_is_being_made_says_so(site: Site) -> None:
    await site.set(media_prefix=None, stream_status="processing")
    response = await site.client.get(f"{site.base}/hls/master.m3u8")
    assert response.status == 422
    assert (await response.json())["error_code"] == "TRACK_PROCESSING"
    status = (await (await site.client.get(f"{site.base}/hls/status")).json())["data"]
    assert (status["status"], status["is_playable"]) == ("processing", False)


async def test_a_track_that_failed_is_not_there(site: Site) -> None:
    await site.set(media_prefix=None, stream_status="error")
    assert (await site.client.get(f"{site.base}/hls/master.m3u8")).status == 404
    status = (await (await site.client.get(f"{site.base}/hls/status")).json())["data"]
    assert status["status"] == "failed"


async def test_info_tells_a_player_where_every_sample_is(site: Site) -> None:
    body = await (await site.client.get(f"{site.base}/hls/info")).json()
    assert body["success"] is True
    info = body["data"]
    assert info["playlist_url"] == f"{site.base}/hls/master.m3u8"
    assert (info["duration_ms"], info["segments_count"], info["version"]) == (9_000, 3, 1)
    assert info["bitrates"][:3] == [64, 128, 256]
    low, lossless = info["rungs"][0], info["rungs"][-1]
    assert (low["priming_samples"], low["segment_samples"]) == (3_072, 176_128)
    assert (lossless["priming_samples"], lossless["codecs"]) == (0, "fLaC")


async def test_status_of_a_finished_track(site: Site) -> None:
    status = (await (await site.client.get(f"{site.base}/hls/status")).json())["data"]
    assert status == {
        "track_id": site.track_id,
        "status": "ready",
        "is_playable": True,
        "task": None,
        "percent": 100,
        "error_code": None,
        "error_message": None,
    }


async def test_waveform_and_pictures(site: Site) -> None:
    waveform = await site.client.get(f"{site.base}/waveform")
    assert waveform.content_type == "application/json"
    assert json.decode(await waveform.read())["length"] == 450
    for name in ("cover", "thumbnail"):
        picture = await site.client.get(f"{site.base}/{name}")
        assert picture.content_type == "image/jpeg"
        assert (await picture.read()).startswith(b"\xff\xd8\xff")
    await site.set(has_cover=False)
    assert (await site.client.get(f"{site.base}/cover")).status == 404


@pytest.mark.parametrize("place", PLACES[:1] + PLACES[3:])
async def test_what_a_browser_has_is_not_sent_again(site: Site, place: str) -> None:
    first = await site.client.get(f"{site.base}/{place}")
    again = await site.client.get(
        f"{site.base}/{place}", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status == 304


async def test_a_part_of_a_segment_and_its_head(site: Site) -> None:
    url = f"{site.base}/hls/high/segment_000.m4s?v=1"
    whole = await (await site.client.get(url)).read()
    part = await site.client.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status, await part.read()) == (206, whole[100:200])
    head = await site.client.head(url)
    assert head.headers["Content-Length"] == str(len(whole))


async def test_playlists_are_asked_for_anew_and_segments_are_not(site: Site) -> None:
    for place, lasting in (
        ("hls/master.m3u8", "public, no-cache"),
        ("hls/low/playlist.m3u8?v=1", "public, no-cache"),
        ("hls/low/segment_000.m4s", "public, no-cache"),
        ("hls/low/segment_000.m4s?v=1", "public, max-age=31536000, immutable"),
    ):
        response = await site.client.get(f"{site.base}/{place}")
        assert response.headers["Cache-Control"] == lasting


async def test_who_began_with_an_older_version_may_end_with_it(site: Site) -> None:
    old = await (await site.client.get(f"{site.base}/hls/low/segment_001.m4s?v=1")).read()
    await site.objects.put(f"tracks/{site.track_id}/2/low/segment_001.m4s", b"new")
    await site.set(media_prefix=f"tracks/{site.track_id}/2")
    assert await (await site.client.get(f"{site.base}/hls/low/segment_001.m4s?v=1")).read() == old
    for query in ("", "?v=2"):
        response = await site.client.get(f"{site.base}/hls/low/segment_001.m4s{query}")
        assert await response.read() == b"new"


async def test_hot_segments_come_from_memory(site: Site) -> None:
    url = f"{site.base}/hls/low/segment_000.m4s?v=1"
    first = await (await site.client.get(url)).read()
    await site.objects.delete(f"tracks/{site.track_id}/1/low/segment_000.m4s")
    assert await (await site.client.get(url)).read() == first
