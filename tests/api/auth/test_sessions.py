from tests.api.conftest import PASSWORD, Caller, Door


async def sign_in(door: Door, user_agent: str) -> Caller:
    answer = await door.stranger.post(
        "/auth/login",
        {"username": "alice", "password": PASSWORD},
        headers={"User-Agent": user_agent},
    )
    door.client.session.cookie_jar.clear()
    return door.signed_in(answer)


async def test_sessions_are_listed_to_their_owner(door: Door) -> None:
    alice = await door.newcomer(username="alice")
    phone = await sign_in(door, "Phone")
    await door.newcomer()

    rows = (await phone.get("/sessions")).data
    stats = (await alice.get("/sessions/stats")).data

    assert rows[0]["user_agent"] == "Phone"
    assert [row["current"] for row in rows] == [True, False]
    assert all(row["ip_address"] == "127.0.0.1" for row in rows)
    assert all(row["expires_at"] > row["created_at"] for row in rows)
    assert (stats["active"], stats["addresses"]) == (2, 1)


async def test_one_session_is_ended_by_another(door: Door) -> None:
    alice = await door.newcomer(username="alice")
    phone = await sign_in(door, "Phone")
    session_id = (await phone.get("/auth/test")).data["session_id"]

    answer = await alice.delete(f"/sessions/{session_id}")

    assert answer.data == {"revoked": 1}
    assert (await phone.get("/auth/me")).code == "TOKEN_REVOKED"
    assert (await alice.get("/auth/me")).status == 200
    assert door.published.of("auth:revoked") == [
        (f"user:{alice.user['id']}", {"reason": "revoked", "session_ids": [session_id]})
    ]
    assert (await alice.delete(f"/sessions/{session_id}")).status == 404


async def test_anothers_session_is_unknown(door: Door) -> None:
    alice = await door.newcomer(username="alice")
    bob = await door.newcomer()
    session_id = (await alice.get("/auth/test")).data["session_id"]

    assert (await bob.delete(f"/sessions/{session_id}")).status == 404
    assert (await bob.delete("/sessions/nonsense")).status == 404
    assert (await alice.get("/auth/me")).status == 200


async def test_signing_out_elsewhere(door: Door) -> None:
    alice = await door.newcomer(username="alice")
    others = [await sign_in(door, f"Device {number}") for number in range(2)]

    answer = await alice.post("/sessions/logout-others")

    assert answer.data == {"revoked": 2}
    assert [(await other.get("/auth/me")).status for other in others] == [401, 401]
    assert (await alice.get("/auth/me")).status == 200
    renewed = await door.stranger.post("/auth/refresh", {"refresh_token": others[0].refresh_token})
    assert renewed.code == "TOKEN_REVOKED"


async def test_signing_out_everywhere(door: Door) -> None:
    alice = await door.newcomer(username="alice")
    phone = await sign_in(door, "Phone")

    answer = await phone.post("/sessions/logout-all")

    assert answer.data == {"revoked": 2}
    assert answer.cookies["veza_access"].value == ""
    for caller in (alice, phone):
        assert (await caller.get("/auth/me")).code == "TOKEN_REVOKED"
    (told,) = door.published.of("auth:revoked")
    assert len(told[1]["session_ids"]) == 2


async def test_the_paths_of_the_sessions_section(door: Door) -> None:
    alice = await door.newcomer(username="alice")

    renewed = await door.stranger.post("/sessions/refresh", {"refresh_token": alice.refresh_token})
    out = await door.signed_in(renewed).post("/sessions/logout")

    assert (renewed.status, out.status) == (200, 200)
    assert (await alice.get("/sessions")).code == "TOKEN_REVOKED"


async def test_a_user_agent_that_is_no_text(door: Door) -> None:
    await door.newcomer(username="alice")

    caller = await sign_in(door, "x\udcff" * 500)

    assert len((await caller.get("/sessions")).data[0]["user_agent"]) == 300
