import asyncio
import hashlib
from typing import Any

import pytest
from aiohttp import FormData

from storage.backends import Pool
from storage.uploads.plans import PlanLimits
from storage.uploads.uploads import Uploads
from tests.api.conftest import Answer, Caller, Door, OpenDoor
from tests.api.uploads.test_audio_types import CONTAINERS, encoded
from tests.api.uploads.test_uploads import nothing_is_left

KIB = 1024


@pytest.fixture(scope="session")
def wav() -> bytes:
    """Two seconds: 192,044 bytes, three chunks of 64 KiB."""
    return encoded(*CONTAINERS["wav"], seconds=2)


@pytest.fixture
async def alice(door: Door) -> Caller:
    return await door.newcomer(username="alice")


async def begin(caller: Caller, content: bytes, **changes: Any) -> Answer:
    body = {"filename": "song.wav", "total_bytes": len(content), "chunk_bytes": 64 * KIB}
    return await caller.post("/tracks/initiate", body | changes)


async def send_chunk(
    caller: Caller, upload_id: str, content: bytes, index: int, **headers: str
) -> Answer:
    return await caller.post(
        "/tracks/chunk",
        params={"upload_id": upload_id, "chunk_index": index},
        data=content[index * 64 * KIB : (index + 1) * 64 * KIB],
        headers={"Content-Type": "application/octet-stream"} | headers,
    )


async def begun(caller: Caller, content: bytes, **changes: Any) -> str:
    answer = await begin(caller, content, **changes)
    assert answer.status == 201, answer.body
    return str(answer.data["upload_id"])


async def test_chunks_become_a_track(door: Door, alice: Caller, wav: bytes) -> None:
    answer = await begin(
        alice,
        wav,
        sha256=hashlib.sha256(wav).hexdigest(),
        metadata={"title": "Chunks", "artist": "Ann", "tags": ["a"]},
    )
    started = answer.data
    assert (answer.status, started["chunk_bytes"], started["total_chunks"]) == (201, 64 * KIB, 3)
    upload_id = started["upload_id"]

    for index in (2, 0, 1):
        chunk = await send_chunk(alice, upload_id, wav, index)
        assert chunk.status == 200
    assert chunk.data["received_chunks"] == [0, 1, 2]
    assert chunk.data["received_bytes"] == chunk.data["total_bytes"] == len(wav)
    done = await alice.post("/tracks/complete", {"upload_id": upload_id})

    assert (done.status, done.data["title"], done.data["tags"]) == (201, "Chunks", ["a"])
    key = f"originals/{done.data['uuid']}/source"
    assert door.stored() == [key], "the chunks are gone"
    assert (door.objects / key).read_bytes() == wav
    row = await door.pool.fetchrow("SELECT format, original_sha256, file_size FROM tracks")
    assert row is not None
    assert tuple(row) == ("wav", hashlib.sha256(wav).digest(), len(wav))
    assert await door.pool.fetchval("SELECT count(*) FROM pgqueuer") == 1
    last = door.published.of("upload:progress")[-1][1]
    assert (last["done"], last["percent"], last["upload_id"]) == (True, 100, upload_id)


async def test_completing_twice_gives_the_same_track(door: Door, alice: Caller, wav: bytes) -> None:
    upload_id = await begun(alice, wav)
    for index in range(3):
        await send_chunk(alice, upload_id, wav, index)

    answers = await asyncio.gather(
        *(alice.post("/tracks/complete", {"upload_id": upload_id}) for _ in range(3))
    )
    again = await alice.post("/tracks/complete", {"upload_id": upload_id})

    assert sorted(answer.status for answer in answers) == [200, 200, 201]
    assert again.status == 200
    assert len({answer.data["uuid"] for answer in (*answers, again)}) == 1
    assert await door.pool.fetchval("SELECT count(*) FROM tracks") == 1
    assert await door.pool.fetchval("SELECT count(*) FROM pgqueuer") == 1
    assert (await send_chunk(alice, upload_id, wav, 0)).status == 409


async def test_an_interrupted_upload_goes_on(door: Door, alice: Caller, wav: bytes) -> None:
    upload_id = await begun(alice, wav)
    await send_chunk(alice, upload_id, wav, 1)

    state = (await alice.get(f"/tracks/resume/{upload_id}")).data
    early = await alice.post("/tracks/complete", {"upload_id": upload_id})
    for index in state["missing_chunks"]:
        await send_chunk(alice, upload_id, wav, index)
    done = await alice.post("/tracks/complete", {"upload_id": upload_id})
    after = (await alice.get(f"/uploads/{upload_id}/status")).data

    assert (state["received_chunks"], state["missing_chunks"]) == ([1], [0, 2])
    assert (state["status"], state["percent"], state["track_id"]) == ("uploading", 34, None)
    assert (early.status, early.code) == (409, "UPLOAD_INCOMPLETE")
    assert early.fields == {"chunks": "MISSING"}
    assert done.status == 201
    assert (after["status"], after["track_id"]) == ("completed", done.data["uuid"])
    assert after["missing_chunks"] == []


async def test_a_chunk_sent_twice_counts_once(door: Door, alice: Caller, wav: bytes) -> None:
    upload_id = await begun(alice, wav)

    answers = await asyncio.gather(*(send_chunk(alice, upload_id, wav, 1) for _ in range(3)))
    other = await send_chunk(alice, upload_id, bytes(len(wav)), 1)

    assert {answer.status for answer in answers} == {200}
    assert {answer.data["received_bytes"] for answer in answers} == {64 * KIB}
    assert (other.status, other.code) == (409, "CONFLICT")
    assert len(door.stored()) == 1


async def test_a_chunk_in_a_form(door: Door, alice: Caller, wav: bytes) -> None:
    upload_id = await begun(alice, wav)
    first = wav[: 64 * KIB]
    form = FormData(default_to_multipart=True)
    form.add_field("upload_id", upload_id)
    form.add_field("chunk_index", "0")
    form.add_field("sha256", hashlib.sha256(first).hexdigest())
    form.add_field("chunk", first, filename="blob")

    answer = await alice.post("/tracks/chunk", data=form)

    assert (answer.status, answer.data["received_chunks"]) == (200, [0])
    assert (door.objects / door.stored()[0]).read_bytes() == first


async def test_a_chunk_that_changed_on_its_way(door: Door, alice: Caller, wav: bytes) -> None:
    upload_id = await begun(alice, wav)
    right = hashlib.sha256(wav[: 64 * KIB]).hexdigest()

    wrong = await send_chunk(alice, upload_id, wav, 0, **{"X-Chunk-SHA256": "0" * 64})
    good = await send_chunk(alice, upload_id, wav, 0, **{"X-Chunk-SHA256": right})

    assert (wrong.status, wrong.code) == (400, "CHECKSUM_MISMATCH")
    assert good.status == 200
    assert len(door.stored()) == 1


async def test_a_whole_that_is_not_what_was_announced(
    door: Door, alice: Caller, wav: bytes
) -> None:
    upload_id = await begun(alice, wav, sha256="0" * 64)
    for index in range(3):
        await send_chunk(alice, upload_id, wav, index)

    answer = await alice.post("/tracks/complete", {"upload_id": upload_id})

    assert (answer.status, answer.code) == (400, "CHECKSUM_MISMATCH")
    assert await nothing_is_left(door)


async def test_the_first_chunk_shows_what_it_is(door: Door, alice: Caller) -> None:
    upload_id = await begun(alice, b"x" * 100_000, filename="song.mp3")

    answer = await send_chunk(alice, upload_id, b"text " * 20_000, 0)

    assert (answer.status, answer.code) == (400, "INVALID_AUDIO_FORMAT")
    assert "a text file" in answer.body["message"]
    assert await nothing_is_left(door, uploads=1)


BAD_CHUNKS: list[tuple[dict[str, Any], int, str, str]] = [
    ({"chunk_index": 3}, 400, "VALIDATION_ERROR", "chunk_index"),
    ({"chunk_index": -1}, 400, "VALIDATION_ERROR", "chunk_index"),
    ({"chunk_index": "x"}, 400, "VALIDATION_ERROR", "chunk_index"),
    ({"upload_id": "x"}, 400, "VALIDATION_ERROR", "upload_id"),
    ({"size": 100}, 400, "VALIDATION_ERROR", "chunk"),
    ({"size": 65 * KIB}, 413, "FILE_TOO_LARGE", ""),
    ({"size": 0}, 400, "INVALID_AUDIO_FORMAT", ""),
    ({"surprise": 1}, 400, "VALIDATION_ERROR", "surprise"),
]


async def test_a_chunk_has_its_place_and_size(
    door: Door, alice: Caller, wav: bytes, subtests: pytest.Subtests
) -> None:
    upload_id = await begun(alice, wav)

    for changes, status, code, field in BAD_CHUNKS:
        with subtests.test(case=str(changes)):
            params: dict[str, Any] = {"upload_id": upload_id, "chunk_index": 0} | changes
            size = params.pop("size", 64 * KIB)
            answer = await alice.post(
                "/tracks/chunk",
                params=params,
                data=wav[:size],
                headers={"Content-Type": "application/octet-stream"},
            )

            assert (answer.status, answer.code) == (status, code)
            assert set(answer.fields) == ({field} if field else set())
            assert await nothing_is_left(door, uploads=1)


BAD_STARTS: list[tuple[dict[str, Any], int, str]] = [
    ({"filename": ""}, 400, "VALIDATION_ERROR"),
    ({"total_bytes": 0}, 400, "VALIDATION_ERROR"),
    ({"total_bytes": 101 * KIB * KIB}, 413, "FILE_TOO_LARGE"),
    ({"chunk_bytes": 1000}, 400, "VALIDATION_ERROR"),
    ({"chunk_bytes": 17 * KIB * KIB}, 400, "VALIDATION_ERROR"),
    ({"sha256": "xyz"}, 400, "VALIDATION_ERROR"),
    ({"metadata": {"title": "x"}}, 400, "INVALID_METADATA"),
    ({"user_id": "x"}, 400, "VALIDATION_ERROR"),
]


async def test_a_bad_announcement_holds_no_place(
    door: Door, alice: Caller, wav: bytes, subtests: pytest.Subtests
) -> None:
    for changes, status, code in BAD_STARTS:
        with subtests.test(case=str(changes)):
            answer = await begin(alice, wav, **changes)

            assert (answer.status, answer.code) == (status, code)
            assert await nothing_is_left(door)


async def test_anothers_upload_is_unknown(door: Door, alice: Caller, wav: bytes) -> None:
    upload_id = await begun(alice, wav)
    bob = await door.newcomer()

    answers = [
        await bob.get(f"/tracks/resume/{upload_id}"),
        await bob.get(f"/uploads/{upload_id}/status"),
        await send_chunk(bob, upload_id, wav, 0),
        await bob.post("/tracks/complete", {"upload_id": upload_id}),
        await bob.delete(f"/uploads/{upload_id}"),
        await bob.get("/tracks/resume/nonsense"),
    ]

    assert [answer.status for answer in answers] == [404] * 6
    assert (await alice.get(f"/tracks/resume/{upload_id}")).status == 200


async def test_an_upload_can_be_given_up(door: Door, alice: Caller, wav: bytes) -> None:
    upload_id = await begun(alice, wav)
    await send_chunk(alice, upload_id, wav, 0)

    answer = await alice.delete(f"/uploads/{upload_id}")

    assert answer.status == 200
    assert await nothing_is_left(door)
    assert (await alice.delete(f"/uploads/{upload_id}")).status == 404


async def test_what_became_a_track_is_not_given_up(door: Door, alice: Caller, wav: bytes) -> None:
    upload_id = await begun(alice, wav)
    for index in range(3):
        await send_chunk(alice, upload_id, wav, index)
    await alice.post("/tracks/complete", {"upload_id": upload_id})

    assert (await alice.delete(f"/uploads/{upload_id}")).status == 409
    assert len(door.stored()) == 1


async def test_an_announcement_holds_a_place_until_it_is_forgotten(
    open_door: OpenDoor, pool: Pool, wav: bytes
) -> None:
    limits = PlanLimits("basic", 1024 * KIB, 60, 1, 1024 * KIB)
    door = await open_door(uploads=Uploads(pool, limits))
    alice = await door.newcomer()
    await begun(alice, wav)

    full = await begin(alice, wav)
    await pool.execute("UPDATE uploads SET expires_at = now() - interval '1 min'")
    later = await begin(alice, wav)

    assert (full.status, full.code) == (429, "UPLOAD_QUOTA_EXCEEDED")
    assert later.status == 201
