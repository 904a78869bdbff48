"""Tracks pulled over a real socket, decoded, and compared with their source sample by sample."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest
from msgspec import Struct

from hub.players.opened import PATIENCE, Patience
from media.transcode.ladder import AAC_PRIMING_SAMPLES
from rooms.feature import Actor
from storage.backends import Pool
from tests.client import HubClient, connected
from tests.eventually import eventually
from tests.media.boxes import frame_sizes_and_durations
from tests.media.signals import offset_samples, read_audio
from tests.nodes import OpenNode, People, RunningNode
from tests.people import fresh_id, new_room
from tests.songs import Song

CHUNKS = 4

Matches = Callable[[dict[str, Any]], bool]


class Stage(Struct, frozen=True):
    """A node, a listener who is connected to it, and the song."""

    node: RunningNode
    ada: Actor
    client: HubClient
    track_id: str


@pytest.fixture
def patience() -> Patience:
    """With those who use their players no more; some tests have none."""
    return PATIENCE


@pytest.fixture
async def stage(
    open_one: OpenNode, people: People, song: Song, patience: Patience
) -> AsyncIterator[Stage]:
    node = await open_one(patience=patience)
    ada, token = await people.sign_in("ada")
    track_id = await song.publish(node.node.backends, ada)
    async with connected(node.url, token) as client:
        yield Stage(node, ada, client, track_id)


async def pull(stage: Stage, opened: dict[str, Any], start: int = 0) -> list[dict[str, Any]]:
    """All chunks from `start` to the end, asked for two at a time."""
    client, player_id = stage.client, opened["player_id"]
    for index in range(start, opened["chunks"], 2):
        request = {"player_id": player_id, "from_index": index, "credits": 2}
        granted = await client.ok("player:request", request)
        last = index + granted["credits"] - 1
        await client.wait_for("media:chunk", end_of(last))
    await client.wait_for("player:ended", of_player(player_id))
    return [c for c in client.payloads("media:chunk") if c["player_id"] == player_id]


def end_of(index: int) -> Matches:
    """Matches the last piece of a chunk."""
    return lambda c: c["index"] == index and c.get("part", 0) == c.get("parts", 1) - 1


def of_player(player_id: str) -> Matches:
    return lambda event: event["player_id"] == player_id


def joined(chunks: list[dict[str, Any]]) -> bytes:
    return b"".join(chunk["data"] for chunk in chunks)


async def test_a_track_in_flac_arrives_sample_by_sample(stage: Stage, song: Song) -> None:
    opened = await stage.client.ok(
        "player:open", {"track_id": stage.track_id, "quality": "lossless"}
    )
    assert opened["rung"] == "lossless"
    chunks = await pull(stage, opened)
    heard = read_audio(joined(chunks))
    assert heard.shape == song.samples.shape
    assert np.array_equal(heard, song.samples)


async def test_a_track_in_aac_has_the_length_and_the_place_of_its_source(
    stage: Stage, song: Song
) -> None:
    for quality in ("low", "medium", "high"):
        opened = await stage.client.ok(
            "player:open", {"track_id": stage.track_id, "quality": quality}
        )
        chunks = await pull(stage, opened)
        heard = read_audio(joined(chunks))
        assert offset_samples(heard, song.samples) == 0
        # The fragments name the exact length; a decoder gives the last frame of AAC as a whole.
        fragments = [chunk["data"][chunk.get("init", 0) :] for chunk in chunks]
        coded = sum(sum(frame_sizes_and_durations(one)[1]) for one in fragments)
        assert coded - AAC_PRIMING_SAMPLES == song.samples.shape[1]
        assert 0 <= heard.shape[1] - song.samples.shape[1] < 1_024
        await stage.client.ok("player:close", {"player_id": opened["player_id"]})
        stage.client.heard.clear()


async def test_the_answer_says_what_a_player_needs(stage: Stage) -> None:
    opened = await stage.client.ok("player:open", {"track_id": stage.track_id})
    assert (opened["duration_ms"], opened["chunk_ms"], opened["chunks"]) == (13_000, 3_994, CHUNKS)
    assert [rung["id"] for rung in opened["rungs"]] == ["low", "medium", "high", "lossless"]
    assert [rung["lossless"] for rung in opened["rungs"]] == [False, False, False, True]
    assert opened["rungs"][3]["codec"] == "fLaC"
    assert opened["hls_url"] == f"/api/v1/tracks/{stage.track_id}/hls/master.m3u8"
    assert opened["from_index"] == 0
    assert opened["expires_at"].endswith("Z")


async def test_chunks_say_where_they_belong(stage: Stage) -> None:
    opened = await stage.client.ok("player:open", {"track_id": stage.track_id, "quality": "high"})
    chunks = await pull(stage, opened)
    assert [chunk["index"] for chunk in chunks] == list(range(CHUNKS))
    assert sum(chunk["duration_ms"] for chunk in chunks) == 13_000
    assert [chunk["start_ms"] for chunk in chunks] == [0, 3_994, 7_988, 11_982]
    assert [chunk.get("last", False) for chunk in chunks] == [False, False, False, True]
    assert [bool(chunk.get("init")) for chunk in chunks] == [True, False, False, False]
    assert chunks[0]["data"][4:8] == b"ftyp"
    assert chunks[0]["data"][chunks[0]["init"] :][4:8] == b"moof"
    assert {chunk["codec"] for chunk in chunks} == {"mp4a.40.2"}


async def test_a_long_fragment_comes_in_parts(stage: Stage, song: Song) -> None:
    opened = await stage.client.ok(
        "player:open", {"track_id": stage.track_id, "quality": "lossless"}
    )
    chunks = await pull(stage, opened)
    assert max(len(chunk["data"]) for chunk in chunks) <= 256 * 1024
    first = [chunk for chunk in chunks if chunk["index"] == 0]
    assert first[0]["parts"] == len(first) > 1
    assert [chunk["part"] for chunk in first] == list(range(len(first)))
    stored = (song.folder / "lossless" / "segment_000.m4s").read_bytes()
    assert joined(first)[first[0]["init"] :] == stored


async def test_a_change_of_rung_leaves_no_hole(stage: Stage, song: Song) -> None:
    client = stage.client
    opened = await client.ok("player:open", {"track_id": stage.track_id, "quality": "high"})
    ask = {"player_id": opened["player_id"], "credits": 2}
    await client.ok("player:request", ask | {"from_index": 0})
    await client.wait_for("media:chunk", lambda c: c["index"] == 1)
    granted = await client.ok("player:request", ask | {"from_index": 2, "rung": "lossless"})
    assert granted == {"from_index": 2, "credits": 2, "rung": "lossless"}
    await client.wait_for("player:ended")
    chunks = client.payloads("media:chunk")
    high = [chunk for chunk in chunks if chunk["rung"] == "high"]
    flac = [chunk for chunk in chunks if chunk["rung"] == "lossless"]
    assert high[0]["init"]
    assert flac[0]["init"]
    # Without its beginning a file is played from where it begins: put the places together again.
    half = 2 * 176_128
    assert read_audio(joined(high)).shape[1] == half
    assert np.array_equal(read_audio(joined(flac)), song.samples[:, half:])


async def test_a_seek_leads_to_the_chunk_that_holds_the_position(stage: Stage) -> None:
    client = stage.client
    opened = await client.ok(
        "player:open", {"track_id": stage.track_id, "position_ms": 8_000, "quality": "low"}
    )
    assert opened["from_index"] == 2
    player_id = opened["player_id"]
    sought = await client.ok("player:seek", {"player_id": player_id, "position_ms": 12_500})
    assert sought == {"from_index": 3, "start_ms": 11_982}
    request = {"player_id": player_id, "from_index": 3, "credits": 8}
    assert (await client.ok("player:request", request))["credits"] == 1
    chunk = await client.wait_for("media:chunk")
    assert (chunk["index"], chunk["last"], bool(chunk["init"])) == (3, True, True)


async def test_reports_move_the_rung(stage: Stage) -> None:
    client = stage.client
    opened = await client.ok("player:open", {"track_id": stage.track_id})
    assert opened["rung"] == "medium"
    report = {"player_id": opened["player_id"], "throughput_bps": 4_000_000}
    assert await client.ok("player:metrics", report | {"buffer_ms": 9_000}) == {"rung": "high"}
    changed = await client.wait_for("player:rung_changed")
    assert changed == {
        "player_id": opened["player_id"],
        "rung": "high",
        "from_index": 0,
        "reason": "up",
    }
    dry = report | {"buffer_ms": 0, "underruns": 1}
    assert await client.ok("player:metrics", dry) == {"rung": "medium"}
    await client.wait_for("player:rung_changed", lambda c: c["reason"] == "down")


async def test_a_client_gets_only_what_it_decodes(stage: Stage) -> None:
    ask = {"track_id": stage.track_id, "quality": "lossless"}
    opened = await stage.client.ok("player:open", ask | {"codecs": ["mp4a.40.2"]})
    assert [rung["id"] for rung in opened["rungs"]] == ["low", "medium", "high"]
    assert opened["rung"] == "high"
    refused = await stage.client.error("player:open", ask | {"codecs": ["vorbis"]})
    assert refused["fields"][0]["code"] == "NONE_FITS"


async def test_an_item_of_a_queue_is_played_by_whoever_may_see_the_room(
    stage: Stage, people: People
) -> None:
    room_id = await new_room(stage.node.node.committer, stage.ada, type="private")
    add = {"room_id": room_id, "op_id": fresh_id(), "track_ids": [stage.track_id]}
    added = await stage.client.ok("item:add", add)
    item_id = added["items"][0]["id"]
    opened = await stage.client.ok("player:open", {"item_id": item_id, "room_id": room_id})
    assert opened["track_id"] == stage.track_id
    missing = await stage.client.error("player:open", {"item_id": item_id})
    assert missing["fields"][0]["field"] == "room_id"
    _, token = await people.sign_in("bob")
    async with connected(stage.node.url, token) as bob:
        refused = await bob.error("player:open", {"item_id": item_id, "room_id": room_id})
        assert refused["code"] == "NOT_FOUND"


async def test_a_track_of_somebody_else_that_is_private_is_refused(
    stage: Stage, people: People, pool: Pool
) -> None:
    _, token = await people.sign_in("bob")
    async with connected(stage.node.url, token) as bob:
        await bob.ok("player:open", {"track_id": stage.track_id})
        await pool.execute("UPDATE tracks SET is_public = false WHERE id = $1", stage.track_id)
        refused = await bob.error("player:open", {"track_id": stage.track_id})
        assert (refused["status"], refused["code"]) == (403, "UNAUTHORIZED_ACCESS")
        logged = await bob.error("play:log", {"track_id": stage.track_id, "listened_ms": 1})
        assert logged["code"] == "UNAUTHORIZED_ACCESS"
    await stage.client.ok("player:open", {"track_id": stage.track_id})


async def test_a_private_track_is_pulled_in_the_room_where_its_owner_put_it_on(
    stage: Stage, people: People, pool: Pool
) -> None:
    await pool.execute("UPDATE tracks SET is_public = false WHERE id = $1", stage.track_id)
    room_id = await new_room(stage.node.node.committer, stage.ada, type="public")
    _, token = await people.sign_in("bob")
    async with connected(stage.node.url, token) as bob:
        await bob.ok("room:join", {"room_id": room_id})
        await bob.error("player:open", {"track_id": stage.track_id})
        add = {"room_id": room_id, "op_id": fresh_id(), "track_ids": [stage.track_id]}
        item_id = (await stage.client.ok("item:add", add))["items"][0]["id"]
        opened = await bob.ok("player:open", {"item_id": item_id, "room_id": room_id})
        request = {"player_id": opened["player_id"], "from_index": 0, "credits": 1}
        await bob.ok("player:request", request)
        await bob.wait_for("media:chunk", end_of(0))
        await bob.ok("play:log", {"track_id": stage.track_id, "listened_ms": 1})
        await bob.ok("room:leave", {"room_id": room_id})
        refused = await bob.error("player:open", {"track_id": stage.track_id})
        assert refused["code"] == "UNAUTHORIZED_ACCESS"


@pytest.mark.parametrize("patience", [Patience(check_every_ms=0)])
async def test_who_may_hear_is_asked_again_while_he_listens(
    stage: Stage, people: People, pool: Pool
) -> None:
    _, token = await people.sign_in("bob")
    async with connected(stage.node.url, token) as bob:
        opened = await bob.ok("player:open", {"track_id": stage.track_id})
        await pool.execute("UPDATE tracks SET is_public = false WHERE id = $1", stage.track_id)
        failed = await bob.wait_for("player:failed")
        assert failed["code"] == "UNAUTHORIZED_ACCESS"
        request = {"player_id": opened["player_id"], "from_index": 0, "credits": 1}
        assert (await bob.error("player:request", request))["code"] == "NOT_FOUND"


async def test_files_that_are_gone_end_the_player_and_nothing_else(stage: Stage) -> None:
    opened = await stage.client.ok("player:open", {"track_id": stage.track_id})
    await stage.node.node.backends.objects.delete_prefix(f"tracks/{stage.track_id}/1/")
    request = {"player_id": opened["player_id"], "from_index": 0, "credits": 1}
    await stage.client.ok("player:request", request)
    assert (await stage.client.wait_for("player:failed"))["code"] == "GONE"
    assert (await stage.client.ok("clock:ping", {"t0": 1}))["t0"] == 1


@pytest.mark.parametrize("patience", [Patience(idle_ms=0)])
async def test_a_player_nobody_uses_is_closed(stage: Stage) -> None:
    opened = await stage.client.ok("player:open", {"track_id": stage.track_id})
    ended = await stage.client.wait_for("player:ended")
    assert ended == {"player_id": opened["player_id"], "reason": "expired"}


async def test_four_players_a_socket_and_each_on_its_own_socket(
    stage: Stage, people: People
) -> None:
    ask = {"track_id": stage.track_id}
    opened = [await stage.client.ok("player:open", ask) for _ in range(4)]
    assert (await stage.client.error("player:open", ask))["code"] == "CONFLICT"
    player_id = opened[0]["player_id"]
    _, token = await people.sign_in("bob")
    async with connected(stage.node.url, token) as bob:
        for call, rest in (
            ("player:request", {"from_index": 0, "credits": 1}),
            ("player:seek", {"position_ms": 0}),
            ("player:metrics", {"buffer_ms": 0}),
            ("player:close", {}),
        ):
            refused = await bob.error(call, {"player_id": player_id} | rest)
            assert refused["code"] == "NOT_FOUND"
    await stage.client.ok("player:close", {"player_id": player_id})
    await stage.client.ok("player:open", ask)


@pytest.mark.parametrize(
    ("call", "bad", "field"),
    [
        ("player:request", {"from_index": CHUNKS, "credits": 1}, "from_index"),
        ("player:request", {"from_index": -1, "credits": 1}, "from_index"),
        ("player:request", {"from_index": 2**40, "credits": 1}, "from_index"),
        ("player:request", {"from_index": 0.5, "credits": 1}, "from_index"),
        ("player:request", {"from_index": 0, "credits": 9}, "credits"),
        ("player:request", {"from_index": 0, "credits": 0}, "credits"),
        ("player:request", {"from_index": 0, "credits": 1, "rung": "best"}, "rung"),
        ("player:seek", {"position_ms": 13_000}, "position_ms"),
        ("player:seek", {"position_ms": -5}, "position_ms"),
        ("player:seek", {"position_ms": None}, "position_ms"),
        ("player:metrics", {"buffer_ms": -1}, "buffer_ms"),
        ("player:metrics", {"buffer_ms": 1, "throughput_bps": "NaN"}, "throughput_bps"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_harms_nothing(
    stage: Stage, call: str, bad: dict[str, Any], field: str
) -> None:
    opened = await stage.client.ok("player:open", {"track_id": stage.track_id, "quality": "low"})
    player = {"player_id": opened["player_id"]}
    refused = await stage.client.error(call, player | bad)
    assert refused["code"] == "VALIDATION_ERROR"
    assert refused["fields"][0]["field"] == field
    assert len(joined(await pull(stage, opened))) > 0


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({}, "VALIDATION_ERROR"),
        ({"live_id": "LIVE"}, "VALIDATION_ERROR"),
        ({"live_id": "00000000-0000-0000-0000-000000000001"}, "VALIDATION_ERROR"),
        ({"track_id": "00000000-0000-0000-0000-000000000001"}, "TRACK_NOT_FOUND"),
        ({"track_id": "../../etc/passwd"}, "VALIDATION_ERROR"),
        ({"track_id": "TRACK", "item_id": "TRACK"}, "VALIDATION_ERROR"),
        ({"track_id": "TRACK", "position_ms": 99_000}, "VALIDATION_ERROR"),
        ({"track_id": "TRACK", "codecs": ["x" * 65]}, "VALIDATION_ERROR"),
        ({"track_id": "TRACK", "quality": "ultra"}, "VALIDATION_ERROR"),
    ],
)
async def test_what_cannot_be_opened_is_refused(
    stage: Stage, bad: dict[str, Any], code: str
) -> None:
    payload = {k: stage.track_id if v == "TRACK" else v for k, v in bad.items()}
    assert (await stage.client.error("player:open", payload))["code"] == code


async def test_a_track_that_is_not_ready_or_deleted_is_refused(stage: Stage, pool: Pool) -> None:
    ask = {"track_id": stage.track_id}
    await pool.execute(
        "UPDATE tracks SET stream_status = 'processing' WHERE id = $1", *ask.values()
    )
    refused = await stage.client.error("player:open", ask)
    assert (refused["status"], refused["code"]) == (422, "TRACK_PROCESSING")
    await pool.execute("UPDATE tracks SET deleted_at = now() WHERE id = $1", *ask.values())
    assert (await stage.client.error("player:open", ask))["code"] == "TRACK_DELETED"


async def test_a_player_ends_with_its_socket(stage: Stage, people: People) -> None:
    _, token = await people.sign_in("bob")
    async with connected(stage.node.url, token) as bob:
        opened = await bob.ok("player:open", {"track_id": stage.track_id})
    request = {"player_id": opened["player_id"], "from_index": 0, "credits": 1}
    assert (await stage.client.error("player:request", request))["code"] == "NOT_FOUND"
    async with connected(stage.node.url, token) as bob:
        assert (await bob.error("player:request", request))["code"] == "NOT_FOUND"


async def test_a_listener_who_stops_reading_is_neither_cut_nor_sent_more(stage: Stage) -> None:
    """Four players of FLAC are several times what may wait for a socket."""
    client = stage.client
    opened = [
        await client.ok("player:open", {"track_id": stage.track_id, "quality": "lossless"})
        for _ in range(4)
    ]
    (session,) = stage.node.node.sessions
    engine_session = session.link._peer.session
    transport = client.connection.transport
    transport.pause_reading()
    for one in opened:
        request = {"player_id": one["player_id"], "from_index": 0, "credits": 8}
        await client.emit("player:request", request)
    congested_bytes = engine_session.limits.congested_bytes
    await eventually(lambda: engine_session.unsent_bytes > congested_bytes)
    assert engine_session.unsent_bytes < 400_000
    transport.resume_reading()
    for one in opened:
        await client.wait_for("player:ended", of_player(one["player_id"]))
    assert len(client.payloads("media:chunk")) > 4 * CHUNKS


async def test_a_play_is_logged(stage: Stage, pool: Pool) -> None:
    said = {"track_id": stage.track_id, "listened_ms": 12_000, "completed": True}
    logged = await stage.client.ok("play:log", said | {"context": "library"})
    assert logged == {"listened_ms": 12_000, "counted": True}
    row = await pool.fetchrow("SELECT * FROM track_plays WHERE track_id = $1", stage.track_id)
    assert row is not None
    assert (str(row["user_id"]), row["duration"]) == (stage.ada.user_id, 12)
    assert (row["context"], row["ip_address"]) == ("library", "127.0.0.1")
    again = await stage.client.ok("play:log", said)
    assert not again["counted"]
