import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import FormData, MultipartWriter

from storage.backends import Pool
from storage.uploads.plans import PlanLimits
from storage.uploads.uploads import Uploads
from tests.api.conftest import Answer, Caller, Door, OpenDoor
from tests.api.uploads.test_audio_types import CONTAINERS, encoded
from tests.eventually import eventually

MB = 1024 * 1024
DREAMS = {"title": "Midnight Dreams", "artist": "Ann"}


@pytest.fixture(scope="session")
def mp3() -> bytes:
    return encoded(*CONTAINERS["mp3"])


@pytest.fixture
async def alice(door: Door) -> Caller:
    return await door.newcomer(username="alice")


def form(audio: bytes | None, name: str = "song.mp3", **fields: Any) -> FormData:
    data = FormData(quote_fields=False, default_to_multipart=True)
    for field, value in fields.items():
        for single in value if isinstance(value, list) else [value]:
            data.add_field(field, single)
    if audio is not None:
        data.add_field("audio", audio, filename=name, content_type="audio/mpeg")
    return data


async def send(caller: Caller, data: FormData, **kwargs: Any) -> Answer:
    return await caller.post("/tracks", data=data, **kwargs)


async def nothing_is_left(door: Door, uploads: int = 0) -> bool:
    """True when there is no track, no upload but `uploads`, no job and no object."""
    counts = await door.pool.fetchrow(
        "SELECT (SELECT count(*) FROM tracks), (SELECT count(*) FROM uploads),"
        " (SELECT count(*) FROM pgqueuer)"
    )
    return tuple(counts or ()) == (0, uploads, 0) and door.stored() == []


async def test_an_upload_becomes_a_track_in_processing(
    door: Door, alice: Caller, mp3: bytes
) -> None:
    answer = await send(
        alice,
        form(
            mp3,
            **DREAMS,
            description="At night.",
            tags="calm, night",
            genre="Ambient",
            bpm="90",
            key="Am",
            is_public="false",
            is_downloadable="true",
            license="Public Domain",
        ),
    )

    assert (answer.status, answer.body["message"]) == (201, "Track uploaded successfully")
    data = answer.data
    assert (data["title"], data["artist"], data["tags"]) == (
        "Midnight Dreams",
        "Ann",
        ["calm", "night"],
    )
    assert data["filename"].startswith("midnight_dreams_20")
    assert data["filename"].endswith(".mp3")
    assert (data["genre"], data["bpm"], data["key"]) == ("Ambient", 90, "Am")
    assert (data["is_public"], data["is_downloadable"]) == (False, True)
    assert data["license"] == "Public Domain"
    assert data["uploader_id"] == alice.user["seq_id"]
    assert data["duration_seconds"] is None
    assert data["urls"]["stream"] is None
    status = data["processing_status"]
    assert (status["status"], status["progress"]) == ("processing", 0)
    assert status["tasks"] == [
        "audio_analysis",
        "waveform_generation",
        "thumbnail_creation",
        "quality_variants",
    ]
    assert status["estimated_completion"] > data["created_at"]


async def test_object_row_and_job_belong_together(door: Door, alice: Caller, mp3: bytes) -> None:
    data = (await send(alice, form(mp3, **DREAMS))).data

    key = f"originals/{data['uuid']}/source"
    assert door.stored() == [key]
    assert (door.objects / key).read_bytes() == mp3
    track = await door.pool.fetchrow("SELECT * FROM tracks")
    assert track is not None
    assert track["original_key"] == key
    assert track["original_sha256"] == hashlib.sha256(mp3).digest()
    assert (track["file_size"], track["format"]) == (len(mp3), "mp3")
    assert (track["status"], track["metadata_from_file"]) == ("processing", False)
    job = await door.pool.fetchrow("SELECT entrypoint, payload FROM pgqueuer")
    assert job is not None
    assert job["entrypoint"] == "transcode"
    assert data["uuid"].encode() in job["payload"]
    assert b'"max_duration_ms":600000' in job["payload"]
    upload = await door.pool.fetchrow("SELECT status, track_id::text FROM uploads")
    assert upload is not None
    assert tuple(upload) == ("completed", data["uuid"])
    assert (await alice.get(f"/tracks/{data['uuid']}/status")).data["status"] == "processing"


async def test_metadata_as_json_wins_over_fields(door: Door, alice: Caller, mp3: bytes) -> None:
    metadata = '{"title": "From JSON", "artist": "Ann", "tags": ["a"], "bpm": 100}'

    answer = await send(alice, form(mp3, metadata=metadata, title="From a field", artist="Bob"))

    assert (answer.data["title"], answer.data["artist"], answer.data["bpm"]) == (
        "From JSON",
        "Ann",
        100,
    )


async def test_fields_may_come_after_the_file(door: Door, alice: Caller, mp3: bytes) -> None:
    data = form(mp3)
    data.add_field("title", "After")
    data.add_field("artist", "Ann")

    assert (await send(alice, data)).data["title"] == "After"


async def test_tags_may_be_repeated(door: Door, alice: Caller, mp3: bytes) -> None:
    answer = await send(alice, form(mp3, **DREAMS, tags=["a", "b", "a"]))

    assert answer.data["tags"] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("01_my song.mp3", "01 my song"),
        ("C:\\Music\\Été.flac", "Été"),
        ("../../etc/passwd.mp3", "passwd"),
        ("x" * 300 + ".mp3", "x" * 200),
        ("\u202egpj.mp3", "gpj"),
        (".mp3", "mp3"),
    ],
)
async def test_without_a_word_the_file_speaks_for_itself(
    door: Door, alice: Caller, mp3: bytes, name: str, title: str
) -> None:
    answer = await send(alice, form(mp3, name, is_public="true"))

    assert answer.status == 201
    assert (answer.data["title"], answer.data["artist"]) == (title, None)
    assert await door.pool.fetchval("SELECT metadata_from_file FROM tracks") is True


BAD_METADATA: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"title": "Only a title"}, {"artist": "REQUIRED"}),
    ({"genre": "Jazz"}, {"title": "REQUIRED", "artist": "REQUIRED"}),
    ({"metadata": "{}"}, {"title": "REQUIRED", "artist": "REQUIRED"}),
    ({"metadata": '{"title": "x"}'}, {"artist": "REQUIRED"}),
    ({"metadata": "not json"}, {"body": "INVALID_JSON"}),
    ({"metadata": "[]"}, {"body": "NOT_AN_OBJECT"}),
    ({"metadata": '{"title": "x", "artist": "y", "id": 1}'}, {"id": "UNKNOWN_FIELD"}),
    ({"metadata": '{"title": "x", "artist": "y", "bpm": "90"}'}, {"bpm": "INVALID_TYPE"}),
    ({"title": "x" * 201, "artist": "y"}, {"title": "TOO_LONG"}),
    ({"title": "x", "artist": "y" * 101}, {"artist": "TOO_LONG"}),
    ({"title": "x", "artist": "y", "bpm": "30"}, {"bpm": "OUT_OF_RANGE"}),
    ({"title": "x", "artist": "y", "bpm": "fast"}, {"bpm": "INVALID_TYPE"}),
    ({"title": "x", "artist": "y", "key": "H"}, {"key": "INVALID_FORMAT"}),
    ({"title": "x", "artist": "y", "license": "mine"}, {"license": "INVALID_VALUE"}),
    ({"title": "x", "artist": "y", "tags": ",".join("abcdefghijk")}, {"tags": "TOO_LONG"}),
    ({"title": "x", "artist": "y", "creator_id": "me"}, {"creator_id": "UNKNOWN_FIELD"}),
    ({"title": "  ", "artist": "y"}, {"title": "REQUIRED"}),
    ({"title": "a\x00b", "artist": "y"}, {"title": "BAD_CHARACTERS"}),
]


async def test_bad_metadata_is_refused_and_leaves_nothing(
    door: Door, alice: Caller, mp3: bytes, subtests: pytest.Subtests
) -> None:
    for fields, expected in BAD_METADATA:
        with subtests.test(case=str(fields)[:80]):
            answer = await send(alice, form(mp3, **fields))

            assert (answer.status, answer.code) == (400, "INVALID_METADATA")
            assert answer.fields == expected
            assert await nothing_is_left(door)


NO_AUDIO: list[tuple[bytes, str]] = [
    (b"", "an empty file"),
    (b"This is a text named .mp3", "a text file"),
    (b"#EXTM3U\nhttp://127.0.0.1:1/secret.ts\n", "a playlist (M3U)"),
    (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "a picture"),
    (b"PK\x03\x04" + b"x" * 100, "a ZIP archive"),
    (bytes(range(256)) * 50, "no audio file"),
]


async def test_what_is_no_audio_is_refused_in_plain_words(
    door: Door, alice: Caller, subtests: pytest.Subtests
) -> None:
    for content, words in NO_AUDIO:
        with subtests.test(case=words):
            answer = await send(alice, form(content, "song.mp3", **DREAMS))

            assert (answer.status, answer.code) == (400, "INVALID_AUDIO_FORMAT")
            assert words in answer.body["message"]
            assert "MP3" in answer.body["message"]
            assert await nothing_is_left(door)


async def test_a_form_without_a_file(door: Door, alice: Caller) -> None:
    answer = await send(alice, form(None, **DREAMS))

    assert (answer.status, answer.code) == (400, "INVALID_METADATA")
    assert answer.fields == {"audio": "REQUIRED"}
    assert await nothing_is_left(door)


async def test_two_files_in_one_form(door: Door, alice: Caller, mp3: bytes) -> None:
    data = form(mp3, **DREAMS)
    data.add_field("audio", mp3, filename="b.mp3")

    answer = await send(alice, data)

    assert answer.fields == {"audio": "TOO_MANY"}
    assert await nothing_is_left(door)


async def test_the_body_has_to_be_a_form(door: Door, alice: Caller, mp3: bytes) -> None:
    as_json = await alice.post("/tracks", {"title": "x"})
    raw = await alice.post("/tracks", data=mp3, headers={"Content-Type": "audio/mpeg"})

    assert (as_json.status, as_json.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert raw.status == 415
    assert await nothing_is_left(door)


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"--xx\r\nbad header line\r\n\r\nzzz\r\n--xx--\r\n",
        b"--xx\r\nContent-Type: multipart/mixed; boundary=yy\r\n\r\n--yy--\r\n--xx--\r\n",
        b'--xx\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n' * 100 + b"--xx--\r\n",
    ],
)
async def test_a_malformed_form_is_told(door: Door, alice: Caller, body: bytes) -> None:
    answer = await alice.post(
        "/tracks", data=body, headers={"Content-Type": "multipart/form-data; boundary=xx"}
    )

    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert await nothing_is_left(door)


async def test_a_form_that_ends_early_is_cut(door: Door, alice: Caller, mp3: bytes) -> None:
    head = b'--xx\r\nContent-Disposition: form-data; name="audio"; filename="a.mp3"\r\n\r\n'

    answer = await alice.post(
        "/tracks",
        data=head + mp3,
        headers={"Content-Type": "multipart/form-data; boundary=xx"},
    )

    assert (answer.status, answer.code) == (400, "UPLOAD_CUT")
    assert await nothing_is_left(door)


async def test_a_cut_line_leaves_nothing_behind(door: Door, alice: Caller, mp3: bytes) -> None:
    host, port = door.client.server.host, door.client.server.port
    _, writer = await asyncio.open_connection(host, port)
    head = b'--xx\r\nContent-Disposition: form-data; name="audio"; filename="a.mp3"\r\n\r\n'
    writer.write(
        b"POST /api/v1/tracks HTTP/1.1\r\nHost: x\r\n"
        b"Authorization: Bearer " + str(alice.token).encode() + b"\r\n"
        b"Content-Type: multipart/form-data; boundary=xx\r\n"
        b"Content-Length: 5000000\r\n\r\n" + head + mp3 * 80
    )
    await writer.drain()
    await door.published.heard("upload:progress")
    assert await door.pool.fetchval("SELECT count(*) FROM uploads") == 1

    writer.transport.abort()

    await eventually(lambda: nothing_is_left(door))


async def tiny(open_door: OpenDoor, pool: Pool, **changes: Any) -> Door:
    limits: dict[str, Any] = {
        "plan": "basic",
        "max_file_bytes": MB,
        "max_duration_s": 60,
        "uploads_per_month": 3,
        "storage_bytes": 10 * MB,
    }
    door = await open_door(uploads=Uploads(pool, PlanLimits(**(limits | changes))))
    assert isinstance(door, Door)
    return door


async def test_an_announced_size_over_the_limit_is_refused_at_once(
    open_door: OpenDoor, pool: Pool, mp3: bytes
) -> None:
    door = await tiny(open_door, pool)
    alice = await door.newcomer()

    answer = await send(alice, form(mp3 + b"\0" * (13 * MB)))

    assert (answer.status, answer.code) == (413, "FILE_TOO_LARGE")
    assert "1 MB" in answer.body["message"]
    assert await nothing_is_left(door)


async def test_a_size_nobody_announced_is_counted(
    open_door: OpenDoor, pool: Pool, mp3: bytes
) -> None:
    door = await tiny(open_door, pool)
    alice = await door.newcomer()

    async def endless() -> AsyncIterator[bytes]:
        yield mp3
        for _ in range(40):
            yield b"\0" * 64 * 1024

    with MultipartWriter("form-data") as writer:
        part = writer.append(endless())
        part.set_content_disposition("form-data", name="audio", filename="a.mp3")
    answer = await alice.post("/tracks", data=writer)

    assert (answer.status, answer.code) == (413, "FILE_TOO_LARGE")
    assert await nothing_is_left(door)


async def test_the_month_has_an_end(open_door: OpenDoor, pool: Pool, mp3: bytes) -> None:
    door = await tiny(open_door, pool)
    alice = await door.newcomer()

    answers = [await send(alice, form(mp3)) for _ in range(4)]

    assert [answer.status for answer in answers] == [201, 201, 201, 429]
    last = answers[-1]
    assert last.code == "UPLOAD_QUOTA_EXCEEDED"
    assert int(last.headers["Retry-After"]) > 0
    assert len(door.stored()) == 3
    quota = (await alice.get("/tracks/quota/me")).data
    assert (quota["uploads_this_month"], quota["uploads_left"]) == (3, 0)
    assert quota["used_bytes"] == 3 * len(mp3)
    await alice.delete(f"/tracks/{answers[0].data['uuid']}")
    assert (await send(alice, form(mp3))).status == 429, "deleting does not give a place back"


async def test_uploads_at_once_cannot_pass_the_quota(
    open_door: OpenDoor, pool: Pool, mp3: bytes
) -> None:
    door = await tiny(open_door, pool)
    alice = await door.newcomer()

    answers = await asyncio.gather(*(send(alice, form(mp3)) for _ in range(12)))

    assert sorted(answer.status for answer in answers) == [201] * 3 + [429] * 9
    assert len(door.stored()) == 3


async def test_a_refused_upload_gives_its_place_back(
    open_door: OpenDoor, pool: Pool, mp3: bytes
) -> None:
    door = await tiny(open_door, pool)
    alice = await door.newcomer()
    for _ in range(5):
        await send(alice, form(b"text"))

    assert (await send(alice, form(mp3))).status == 201


async def test_storage_has_an_end(open_door: OpenDoor, pool: Pool, mp3: bytes) -> None:
    door = await tiny(open_door, pool, storage_bytes=2 * len(mp3))
    alice = await door.newcomer()

    first = await send(alice, form(mp3))
    second = await send(alice, form(mp3))

    assert (first.status, second.status) == (201, 429)
    assert second.code == "UPLOAD_QUOTA_EXCEEDED"


async def test_who_may_upload(door: Door, alice: Caller, mp3: bytes, pool: Pool) -> None:
    stranger = await send(door.stranger, form(mp3))
    await pool.execute("UPDATE users SET role = 'user' WHERE id = $1", alice.user["id"])
    listener = await send(alice, form(mp3))

    assert (stranger.status, stranger.code) == (401, "UNAUTHENTICATED")
    assert (listener.status, listener.code) == (403, "FORBIDDEN")
    assert await nothing_is_left(door)


async def test_the_sender_sees_his_progress(door: Door, alice: Caller, mp3: bytes) -> None:
    await send(alice, form(mp3, "my.mp3"), params={"upload_id": "bar-1"})

    told = door.published.of("upload:progress")
    assert {stream for stream, _ in told} == {f"user:{alice.user['id']}"}
    assert {data["upload_id"] for _, data in told} == {"bar-1"}
    last = told[-1][1]
    assert (last["done"], last["percent"], last["received_bytes"]) == (True, 100, len(mp3))
    assert last["filename"] == "my.mp3"


async def test_a_picture_may_come_along(door: Door, alice: Caller, mp3: bytes) -> None:
    data = form(mp3, **DREAMS)
    data.add_field("artwork", b"\x89PNG\r\n\x1a\n" + b"x" * 100, filename="cover.png")

    answer = await send(alice, data)

    key = f"originals/{answer.data['uuid']}/artwork"
    assert key in door.stored()
    assert await door.pool.fetchval("SELECT artwork_path FROM tracks") == key


async def test_a_picture_that_is_none(door: Door, alice: Caller, mp3: bytes) -> None:
    data = form(mp3, **DREAMS)
    data.add_field("artwork", b"<svg onload=alert(1)>", filename="cover.svg")

    answer = await send(alice, data)

    assert (answer.status, answer.fields) == (400, {"artwork": "INVALID_FORMAT"})
    assert await nothing_is_left(door)


async def test_a_picture_has_a_limit(door: Door, alice: Caller, mp3: bytes) -> None:
    data = form(mp3, **DREAMS)
    data.add_field("artwork", b"\xff\xd8\xff" + b"x" * (11 * MB), filename="cover.jpg")

    answer = await send(alice, data)

    assert (answer.status, answer.code) == (413, "FILE_TOO_LARGE")
    assert await nothing_is_left(door)


async def test_uploads_are_limited_as_the_contract_says(open_door: OpenDoor, mp3: bytes) -> None:
    door = await open_door(limits=True)
    alice = await door.newcomer()

    answers = [await send(alice, form(mp3)) for _ in range(6)]

    assert [answer.status for answer in answers] == [201] * 5 + [429]
    assert answers[-1].code == "RATE_LIMIT_EXCEEDED"


async def test_the_limits_are_told(door: Door, alice: Caller) -> None:
    for path in ("/upload/limits", "/uploads/limits"):
        data = (await door.stranger.get(path)).data
        assert (data["plan"], data["max_file_bytes"]) == ("basic", 100 * MB)
        assert data["max_duration_seconds"] == 600
        assert {kind["format"] for kind in data["formats"]} == set(CONTAINERS)
    await door.pool.execute("UPDATE users SET plan = 'artist' WHERE id = $1", alice.user["id"])
    assert (await alice.get("/upload/limits")).data["max_duration_seconds"] is None


async def test_a_type_can_be_asked_for(door: Door) -> None:
    asked = [
        {"filename": "a.FLAC"},
        {"mime_type": "audio/mpeg"},
        {"filename": "a.exe"},
        {"filename": "a.exe", "mime_type": "text/plain"},
    ]

    answers = [
        (await door.stranger.get("/upload/validate-type", params=query)).data for query in asked
    ]

    assert answers == [
        {"allowed": True, "format": "flac"},
        {"allowed": True, "format": "mp3"},
        {"allowed": False, "format": None},
        {"allowed": False, "format": None},
    ]
    assert (await door.stranger.get("/upload/validate-type")).data == answers[-1]


async def test_the_quota_is_ones_own(door: Door, alice: Caller, pool: Pool) -> None:
    bob = await door.newcomer()
    own = [
        (await alice.get(f"/tracks/quota/{name}")).data["uploads_left"]
        for name in ("me", alice.user["id"], alice.user["seq_id"])
    ]
    other = await bob.get(f"/tracks/quota/{alice.user['id']}")
    await pool.execute("UPDATE users SET role = 'admin' WHERE id = $1", bob.user["id"])
    admin = await bob.get(f"/tracks/quota/{alice.user['id']}")

    assert own == [50, 50, 50]
    assert (other.status, admin.status) == (404, 200)


async def test_what_a_dead_process_left_is_swept(door: Door, alice: Caller, mp3: bytes) -> None:
    uploads, objects = door.api.uploads, door.api.objects
    await uploads.reserve(
        alice.user["id"], filename="x", total_bytes=1, storage_key="originals/gone/source"
    )
    await objects.put("originals/gone/source", mp3)
    await uploads.reserve(
        alice.user["id"], filename="y", total_bytes=1, storage_key="originals/here/source"
    )
    await objects.put("originals/here/source", mp3)
    await door.pool.execute(
        "UPDATE uploads SET expires_at = now() - interval '1 hour' WHERE filename = 'x'"
    )

    assert await uploads.sweep(objects) == 1

    assert door.stored() == ["originals/here/source"]
    assert await uploads.sweep(objects) == 0
