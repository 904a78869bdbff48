"""A broadcast from its announcement to its recording, as the room hears of it."""

from hub.access import may_enter
from storage.live.live import Lives, StreamKeys
from storage.live.recordings import Recordings
from tests.client import connected
from tests.eventually import eventually
from tests.hub.live.conftest import Studio, live_in
from tests.media.publishers import publishing
from tests.nodes import People
from tests.people import fresh_id, principal_of

DEADLINE_S = 20.0


async def test_a_broadcast_goes_on_air_survives_a_reload_and_becomes_a_track(
    studio: Studio, people: People
) -> None:
    actor, token = await people.sign_in("ada")
    pool = studio.running.node.backends.pool
    key = await StreamKeys(pool).regenerate(actor.user_id)
    async with connected(studio.running.url, token) as ada:
        room_id, live_id = await live_in(ada, "public")
        async with publishing(studio.http, studio.url, live_id, key):
            started = await ada.wait_for("live:started")
            assert started["data"]["status"] == "live"
            async with studio.http.get(f"{studio.url}{started['data']['hls_url']}") as master:
                assert master.status == 200
            async with studio.http.get(f"{studio.url}/live/{live_id}/playlist.m3u8") as listed:
                name = (await listed.text()).splitlines()[-1]
            async with studio.http.get(f"{studio.url}/live/{live_id}/{name}") as segment:
                assert (segment.status, segment.content_type) == (200, "audio/mp4")
                assert "immutable" in segment.headers["Cache-Control"]
        interrupted = await ada.wait_for("live:interrupted")
        assert interrupted["data"]["fallback"] == "silence"
        async with publishing(studio.http, studio.url, live_id, key):
            await ada.wait_for("live:resumed")
            on_live = {"room_id": room_id, "op_id": fresh_id(), "live_id": live_id}
            await ada.ok("live:end", on_live)
            await ada.wait_for("live:ended")
            ready = await ada.wait_for("recording:ready")
    track = await pool.fetchrow(
        "SELECT title, artist, is_public, original_key FROM tracks WHERE id = $1",
        ready["data"]["track_id"],
    )
    assert track is not None
    assert (track["title"], track["artist"], track["is_public"]) == ("Friday night", "ada", True)
    body = await studio.running.node.backends.objects.read(track["original_key"])
    assert body[4:8] == b"ftyp"
    live = await Lives(pool).find(live_id)
    assert live is not None
    assert live.recording_track_id == ready["data"]["track_id"]

    async def none_waits() -> bool:
        return not await Recordings(pool).waiting()

    await eventually(none_waits, DEADLINE_S)


async def test_a_private_rooms_broadcast_is_for_its_people(studio: Studio, people: People) -> None:
    actor, token = await people.sign_in("ada")
    stranger, _ = await people.sign_in("eve")
    pool = studio.running.node.backends.pool
    key = await StreamKeys(pool).regenerate(actor.user_id)
    async with connected(studio.running.url, token) as ada:
        room_id, live_id = await live_in(ada, "private")
        async with publishing(studio.http, studio.url, live_id, key):
            await ada.wait_for("live:started")
            async with studio.http.get(f"{studio.url}/live/{live_id}/master.m3u8") as answer:
                assert answer.status == 404
    ask = may_enter(pool)
    assert await ask(room_id, principal_of(actor))
    assert not await ask(room_id, principal_of(stranger))
    assert not await ask(room_id, None)
    assert not await ask(fresh_id(), None)
