import pytest

from tests.api.conftest import PASSWORD, Answer, Door, OpenDoor

LOGIN = {"username": "alice", "password": PASSWORD}


async def with_cookies(door: Door) -> None:
    """Sign alice in by cookies alone, as a browser does."""
    await door.newcomer(username="alice")
    assert (await door.stranger.post("/auth/login", LOGIN)).status == 200


async def write(door: Door, **headers: str) -> Answer:
    return await door.stranger.post("/auth/stream-token", headers=headers)


@pytest.fixture
async def own(door: Door) -> str:
    return f"http://{door.client.server.host}:{door.client.server.port}"


async def test_a_page_of_ours_may_write(door: Door, own: str) -> None:
    await with_cookies(door)

    assert (await write(door, Origin=own)).status == 200
    assert (await write(door, **{"Sec-Fetch-Site": "same-origin"})).status == 200


async def test_a_page_of_another_site_may_not(door: Door, own: str) -> None:
    await with_cookies(door)
    foreign = [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": own.replace("127.0.0.1", "127.0.0.1.evil.example")},
        {"Origin": own.replace("http://", "http://sub.")},
        {"Origin": own + "0"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": "nonsense"},
        {"X-CSRF-Token": "é"},
    ]

    answers = [await write(door, **headers) for headers in foreign]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "CSRF_INVALID")}


async def test_the_token_of_the_session_will_do(door: Door) -> None:
    await with_cookies(door)
    answer = await door.stranger.get("/csrf-token")
    token = answer.data["csrf_token"]

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data["header"] == "X-CSRF-Token"
    assert (await write(door, **{"X-CSRF-Token": token})).status == 200
    foreign = {"X-CSRF-Token": token, "Origin": "https://evil.example"}
    assert (await write(door, **foreign)).status == 200, "only a page of ours can read the token"


async def test_the_token_of_another_session_will_not(door: Door) -> None:
    await with_cookies(door)
    token = (await door.stranger.get("/csrf-token")).data["csrf_token"]
    door.client.session.cookie_jar.clear()
    strangers = (await door.stranger.get("/csrf-token")).data["csrf_token"]
    await door.stranger.post("/auth/login", LOGIN)

    assert (await write(door, **{"X-CSRF-Token": token})).code == "CSRF_INVALID"
    assert (await write(door, **{"X-CSRF-Token": strangers})).code == "CSRF_INVALID"


async def test_a_bearer_token_is_proof_enough(door: Door) -> None:
    alice = await door.newcomer(username="alice")
    await door.stranger.post("/auth/login", LOGIN)

    assert (await alice.post("/auth/stream-token")).status == 200
    answer = await alice.post("/auth/stream-token", headers={"Origin": "https://evil.example"})
    assert answer.status == 200


async def test_reading_needs_no_proof(door: Door) -> None:
    await with_cookies(door)

    answer = await door.stranger.get("/auth/me", headers={"Origin": "https://evil.example"})

    assert answer.status == 200


async def test_nobody_signs_a_visitor_in_from_elsewhere(door: Door) -> None:
    await door.newcomer(username="alice")
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    for path in ("login", "register", "refresh", "guest", "logout"):
        answer = await door.stranger.post(f"/auth/{path}", LOGIN, headers=foreign)
        assert (answer.status, answer.code) == (403, "CSRF_INVALID")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_json_has_to_be_declared(door: Door, content_type: str) -> None:
    answer = await door.stranger.post(
        "/auth/login", data=b'{"username": "alice"}', headers={"Content-Type": content_type}
    )

    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_further_origins_can_be_allowed(open_door: OpenDoor) -> None:
    door = await open_door(allowed_origins=("https://app.example",))
    await with_cookies(door)

    assert (await write(door, Origin="https://app.example")).status == 200
    assert (await write(door, Origin="https://app.example.evil.example")).status == 403
