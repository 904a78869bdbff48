import asyncio
import time
from typing import Any

import pytest

from api.tokens import Tokens
from rooms.access import Principal
from storage.backends import Pool
from tests.api.conftest import PASSWORD, Door, OpenDoor

FORM = {"username": "alice", "email": "Alice@Example.org", "password": PASSWORD}


async def test_registering_signs_in(door: Door) -> None:
    answer = await door.stranger.post("/auth/register", FORM | {"display_name": "  Alice  A. "})

    assert answer.status == 201
    user = answer.data["user"]
    assert user["username"] == "alice"
    assert user["email"] == "alice@example.org"
    assert user["display_name"] == "Alice A."
    assert user["role"] == "content_creator"
    assert user["is_guest"] is False
    assert isinstance(user["seq_id"], int)
    assert user["created_at"].endswith("Z")
    assert "password" not in str(answer.body)
    assert answer.data["token_type"] == "Bearer"
    assert answer.data["expires_in"] == 900
    access, refresh = answer.cookies["veza_access"], answer.cookies["veza_refresh"]
    assert (access["httponly"], access["samesite"], access["path"]) == (True, "Lax", "/")
    assert refresh["httponly"] is True
    assert refresh["samesite"] == "Strict"
    assert refresh["path"] == "/api/v1/auth"
    me = await door.signed_in(answer).get("/auth/me")
    assert me.data == user


async def test_the_password_is_stored_as_a_hash(door: Door, pool: Pool) -> None:
    await door.newcomer(username="alice")

    stored = await pool.fetchval("SELECT password_hash FROM users WHERE username = 'alice'")

    assert stored.startswith("$2b$")


async def test_cookies_are_enough_for_a_browser(door: Door) -> None:
    await door.stranger.post("/auth/register", FORM)

    me = await door.stranger.get("/auth/me")

    assert me.data["username"] == "alice"


A_BAD_FORM_SAYS_WHICH_FIELD_CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"username": "al"}, "username", "TOO_SHORT"),
    ({"username": "a" * 31}, "username", "TOO_LONG"),
    ({"username": "al ice"}, "username", "INVALID_FORMAT"),
    ({"username": "-alice"}, "username", "INVALID_FORMAT"),
    ({"username": "аlice"}, "username", "INVALID_FORMAT"),
    ({"email": "alice"}, "email", "INVALID_FORMAT"),
    ({"email": "alice@localhost"}, "email", "INVALID_FORMAT"),
    ({"email": "a@b@example.org"}, "email", "INVALID_FORMAT"),
    ({"password": "short"}, "password", "TOO_SHORT"),
    ({"password": "x" * 1025}, "password", "TOO_LONG"),
    ({"display_name": ""}, "display_name", "TOO_SHORT"),
    ({"display_name": "   "}, "display_name", "TOO_SHORT"),
    ({"display_name": "x" * 81}, "display_name", "TOO_LONG"),
    ({"display_name": "a\u202eb"}, "display_name", "BAD_CHARACTERS"),
    ({"role": "admin"}, "role", "UNKNOWN_FIELD"),
    ({"is_admin": True}, "is_admin", "UNKNOWN_FIELD"),
    ({"id": 1}, "id", "UNKNOWN_FIELD"),
    ({"username": None}, "username", "INVALID_TYPE"),
]


async def test_a_bad_form_says_which_field(
    door: Door, pool: Pool, subtests: pytest.Subtests
) -> None:
    before = await pool.fetchval("SELECT count(*) FROM users")

    for changes, field, code in A_BAD_FORM_SAYS_WHICH_FIELD_CASES:
        with subtests.test(case=changes):
            answer = await door.stranger.post("/auth/register", FORM | changes)

            assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
            assert answer.fields == {field: code}
            assert await pool.fetchval("SELECT count(*) FROM users") == before


A_NAME_BELONGS_TO_ONE_PERSON_CASES: list[tuple[dict[str, str], str]] = [
    ({"username": "ALICE", "email": "other@example.org"}, "username"),
    ({"username": "other", "email": "ALICE@EXAMPLE.ORG"}, "email"),
    ({"username": "Admin", "email": "other@example.org"}, "username"),
    ({"username": "veza", "email": "other@example.org"}, "username"),
]


async def test_a_name_belongs_to_one_person(door: Door, subtests: pytest.Subtests) -> None:
    await door.stranger.post("/auth/register", FORM)

    for changes, field in A_NAME_BELONGS_TO_ONE_PERSON_CASES:
        with subtests.test(case=changes):
            answer = await door.stranger.post("/auth/register", FORM | changes)

            assert (answer.status, answer.code) == (409, "CONFLICT")
            assert answer.fields == {field: "TAKEN"}


async def test_of_two_who_register_a_name_at_once_one_has_it(door: Door) -> None:
    answers = await asyncio.gather(
        *(
            door.stranger.post("/auth/register", FORM | {"email": f"a{number}@example.org"})
            for number in range(4)
        )
    )

    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]


async def test_an_administrator_may_keep_uploading_to_himself(open_door: OpenDoor) -> None:
    door = await open_door(creators_by_default=False)

    assert (await door.newcomer()).user["role"] == "user"


SIGNING_IN_BY_ADDRESS_OR_NAME_CASES: list[dict[str, str]] = [
    {"email": "alice@example.org"},
    {"email": "ALICE@EXAMPLE.ORG"},
    {"username": "alice"},
    {"username": "Alice"},
    {"email": "alice"},
]


async def test_signing_in_by_address_or_name(door: Door, subtests: pytest.Subtests) -> None:
    await door.stranger.post("/auth/register", FORM)

    for login in SIGNING_IN_BY_ADDRESS_OR_NAME_CASES:
        with subtests.test(case=login):
            answer = await door.stranger.post("/auth/login", login | {"password": PASSWORD})

            assert answer.status == 200
            assert answer.data["user"]["username"] == "alice"
            assert (await door.signed_in(answer).get("/auth/me")).status == 200


async def test_a_long_passphrase_counts_to_its_last_letter(door: Door) -> None:
    long = "x" * 100
    await door.stranger.post("/auth/register", FORM | {"password": long})

    right = await door.stranger.post("/auth/login", {"username": "alice", "password": long})
    wrong = await door.stranger.post(
        "/auth/login", {"username": "alice", "password": "x" * 99 + "y"}
    )

    assert (right.status, wrong.status) == (200, 401)


async def test_unknown_and_wrong_look_alike(door: Door) -> None:
    await door.stranger.post("/auth/register", FORM)

    wrong = await door.stranger.post("/auth/login", {"username": "alice", "password": "wrong one"})
    unknown = await door.stranger.post("/auth/login", {"username": "nemo", "password": "wrong one"})

    assert wrong.status == unknown.status == 401
    assert wrong.code == unknown.code == "UNAUTHENTICATED"
    assert wrong.body["message"] == unknown.body["message"]


async def test_a_sign_in_needs_a_name(door: Door) -> None:
    answer = await door.stranger.post("/auth/login", {"password": PASSWORD})

    assert (answer.status, answer.fields) == (400, {"email": "REQUIRED"})


@pytest.mark.parametrize("name", ["alice", "nobody"])
async def test_five_wrong_passwords_lock(door: Door, name: str) -> None:
    await door.stranger.post("/auth/register", FORM)
    wrong = {"username": name, "password": "wrong one"}

    codes = [(await door.stranger.post("/auth/login", wrong)).status for _ in range(5)]
    locked = await door.stranger.post("/auth/login", {"username": name, "password": PASSWORD})

    assert codes == [401] * 5
    assert (locked.status, locked.code) == (423, "ACCOUNT_LOCKED")
    assert 0 < int(locked.headers["Retry-After"]) <= 900


async def test_a_lock_holds_for_the_address_too_and_ends(door: Door, pool: Pool) -> None:
    await door.stranger.post("/auth/register", FORM)
    for _ in range(5):
        await door.stranger.post("/auth/login", {"username": "alice", "password": "wrong one"})
    by_address = {"email": FORM["email"], "password": PASSWORD}

    locked = await door.stranger.post("/auth/login", by_address)
    await pool.execute(
        "UPDATE login_lockouts SET locked_until = now() - interval '1 s',"
        " first_failure_at = now() - interval '16 min'"
    )
    later = await door.stranger.post("/auth/login", by_address)

    assert (locked.status, later.status) == (423, 200)
    assert await pool.fetchval("SELECT count(*) FROM login_lockouts") == 0


async def test_the_right_password_forgives_earlier_slips(door: Door) -> None:
    await door.stranger.post("/auth/register", FORM)
    right = {"username": "alice", "password": PASSWORD}
    for _ in range(3):
        for _ in range(4):
            await door.stranger.post("/auth/login", {"username": "alice", "password": "wrong one"})
        assert (await door.stranger.post("/auth/login", right)).status == 200


async def test_slips_far_apart_do_not_add_up(door: Door, pool: Pool) -> None:
    await door.stranger.post("/auth/register", FORM)
    for _ in range(8):
        await door.stranger.post("/auth/login", {"username": "alice", "password": "wrong one"})
        await pool.execute(
            "UPDATE login_lockouts SET first_failure_at = first_failure_at - interval '16 min'"
        )

    answer = await door.stranger.post("/auth/login", {"username": "alice", "password": PASSWORD})

    assert answer.status == 200


async def test_guesses_sent_at_once_are_counted_too(door: Door) -> None:
    await door.stranger.post("/auth/register", FORM)
    wrong = {"username": "alice", "password": "wrong one"}

    answers = await asyncio.gather(*(door.stranger.post("/auth/login", wrong) for _ in range(20)))

    assert sorted(answer.status for answer in answers) == [401] * 5 + [423] * 15


async def test_many_devices_may_sign_in_at_once(door: Door) -> None:
    await door.stranger.post("/auth/register", FORM)
    right = {"username": "alice", "password": PASSWORD}

    answers = await asyncio.gather(*(door.stranger.post("/auth/login", right) for _ in range(20)))

    assert {answer.status for answer in answers} == {200}


@pytest.mark.parametrize("change", ["is_banned = true", "is_active = false", "deleted_at = now()"])
async def test_a_closed_account_is_out_at_once(door: Door, pool: Pool, change: str) -> None:
    alice = await door.newcomer(username="alice")
    await pool.execute(f"UPDATE users SET {change} WHERE username = 'alice'")  # noqa: S608

    me = await alice.get("/auth/me")
    again = await door.stranger.post("/auth/login", {"username": "alice", "password": PASSWORD})
    renewed = await door.stranger.post("/auth/refresh", {"refresh_token": alice.refresh_token})

    assert (me.status, me.code) == (401, "TOKEN_REVOKED")
    assert again.status == 401
    assert renewed.status == 401


async def test_raising_the_token_version_voids_all_tokens(door: Door, pool: Pool) -> None:
    alice = await door.newcomer(username="alice")
    await pool.execute("UPDATE users SET token_version = 1 WHERE username = 'alice'")

    assert (await alice.get("/auth/me")).code == "TOKEN_REVOKED"
    renewed = await door.stranger.post("/auth/refresh", {"refresh_token": alice.refresh_token})
    assert (await door.signed_in(renewed).get("/auth/me")).status == 200


async def test_a_role_taken_away_is_gone_at_once(door: Door, pool: Pool) -> None:
    alice = await door.newcomer(username="alice")
    await pool.execute("UPDATE users SET role = 'user' WHERE username = 'alice'")

    assert (await alice.get("/auth/test")).data["role"] == "user"


async def test_a_refresh_renews_both_tokens(door: Door) -> None:
    alice = await door.newcomer()

    answer = await door.stranger.post("/auth/refresh", {"refresh_token": alice.refresh_token})

    assert answer.status == 200
    assert answer.data["refresh_token"] != alice.refresh_token
    assert answer.data["user"] == alice.user
    assert (await door.signed_in(answer).get("/auth/me")).status == 200
    assert (await alice.get("/auth/me")).status == 200, "the same session goes on"


async def test_the_cookie_refreshes_a_browser(door: Door) -> None:
    await door.stranger.post("/auth/register", FORM)

    answer = await door.stranger.post("/auth/refresh")

    assert answer.status == 200
    assert answer.cookies["veza_refresh"].value == answer.data["refresh_token"]


async def test_a_refresh_token_used_twice_ends_the_session(door: Door) -> None:
    alice = await door.newcomer()
    first = await door.stranger.post("/auth/refresh", {"refresh_token": alice.refresh_token})
    thief = door.signed_in(first)

    reuse = await door.stranger.post("/auth/refresh", {"refresh_token": alice.refresh_token})

    assert (reuse.status, reuse.code) == (401, "TOKEN_REVOKED")
    assert (await thief.get("/auth/me")).code == "TOKEN_REVOKED"
    assert (await alice.get("/auth/me")).code == "TOKEN_REVOKED"
    again = await door.stranger.post("/auth/refresh", {"refresh_token": thief.refresh_token})
    assert again.code == "TOKEN_REVOKED"
    session_id = first.data["session_id"]
    assert door.published.of("auth:revoked")[0] == (
        f"user:{alice.user['id']}",
        {"reason": "refresh_reused", "session_ids": [session_id]},
    )


async def test_of_two_refreshes_at_once_one_wins_and_the_session_ends(door: Door) -> None:
    alice = await door.newcomer()
    body = {"refresh_token": alice.refresh_token}

    answers = await asyncio.gather(*(door.stranger.post("/auth/refresh", body) for _ in range(2)))

    assert sorted(answer.status for answer in answers) == [200, 401]
    assert (await alice.get("/auth/me")).code == "TOKEN_REVOKED"


AN_UNKNOWN_REFRESH_TOKEN_IS_REFUSED_CASES: list[str] = ["nonsense", "x" * 512]


async def test_an_unknown_refresh_token_is_refused(door: Door, subtests: pytest.Subtests) -> None:
    for token in AN_UNKNOWN_REFRESH_TOKEN_IS_REFUSED_CASES:
        with subtests.test(case=token):
            answer = await door.stranger.post("/auth/refresh", {"refresh_token": token})

            assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
            assert answer.cookies["veza_access"].value == "", "dead cookies are taken back"


async def test_an_old_refresh_token_is_refused(door: Door, pool: Pool) -> None:
    alice = await door.newcomer()
    await pool.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 s'")

    answer = await door.stranger.post("/auth/refresh", {"refresh_token": alice.refresh_token})

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


async def test_refresh_without_a_token(door: Door) -> None:
    assert (await door.stranger.post("/auth/refresh")).status == 401
    assert (await door.stranger.post("/auth/refresh", {})).status == 401


async def test_signing_out_ends_the_session(door: Door) -> None:
    alice = await door.newcomer()

    answer = await alice.post("/auth/logout")

    assert answer.status == 200
    assert answer.cookies["veza_access"].value == ""
    assert (await alice.get("/auth/me")).code == "TOKEN_REVOKED"
    renewed = await door.stranger.post("/auth/refresh", {"refresh_token": alice.refresh_token})
    assert renewed.status == 401
    (told,) = door.published.of("auth:revoked")
    assert told[1]["reason"] == "logout"


async def test_signing_out_with_an_expired_token(door: Door) -> None:
    alice = await door.newcomer()

    answer = await door.stranger.post("/auth/logout", {"refresh_token": alice.refresh_token})

    assert answer.status == 200
    assert (await alice.get("/auth/me")).code == "TOKEN_REVOKED"


async def test_a_stranger_cannot_sign_out(door: Door) -> None:
    answer = await door.stranger.post("/auth/logout")

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


A_CLOSED_DOOR_NEEDS_A_TOKEN_CASES: list[tuple[str | None, str]] = [
    (None, "UNAUTHENTICATED"),
    ("Bearer nonsense", "UNAUTHENTICATED"),
    ("Bearer ", "UNAUTHENTICATED"),
    ("Bearer a.b.c", "UNAUTHENTICATED"),
    ("Basic YWxpY2U6eA==", "UNAUTHENTICATED"),
]


async def test_a_closed_door_needs_a_token(door: Door, subtests: pytest.Subtests) -> None:
    for header, code in A_CLOSED_DOOR_NEEDS_A_TOKEN_CASES:
        with subtests.test(case=header):
            headers = {} if header is None else {"Authorization": header}

            answer = await door.stranger.get("/auth/me", headers=headers)

            assert (answer.status, answer.code) == (401, code)
            assert answer.body["errors"] == []
            assert answer.body["request_id"] == answer.headers["X-Request-ID"]


async def test_an_expired_token_is_told_apart(door: Door, tokens: Tokens) -> None:
    alice = await door.newcomer()
    session_id = (await alice.get("/auth/test")).data["session_id"]
    principal = Principal(
        alice.user["id"], session_id, alice.user["username"], alice.user["display_name"]
    )
    old = tokens.issue_access(principal, 0, int(time.time()) - 1000)

    answer = await door.stranger.get("/auth/me", headers={"Authorization": f"Bearer {old.token}"})

    assert (answer.status, answer.code) == (401, "TOKEN_EXPIRED")


async def test_a_token_of_a_session_that_never_was(door: Door, tokens: Tokens) -> None:
    alice = await door.newcomer()
    nobody = "01a1fdb7-ad1b-7caa-865c-5cf7ab716187"
    principal = Principal(alice.user["id"], nobody, "alice", "Alice")
    token = tokens.issue_access(principal, 0, int(time.time())).token

    answer = await door.stranger.get("/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.code == "TOKEN_REVOKED"


async def test_a_token_tells_whom_it_names(door: Door) -> None:
    alice = await door.newcomer()

    data = (await alice.get("/auth/test")).data

    assert data["valid"] is True
    assert data["user_id"] == alice.user["id"]
    assert data["expires_at"].endswith("Z")


WHETHER_A_NAME_IS_FREE_CASES: list[tuple[str, bool, str | None]] = [
    ("free", True, None),
    ("alice", False, "TAKEN"),
    ("ALICE", False, "TAKEN"),
    ("root", False, "TAKEN"),
    ("a", False, "INVALID"),
    ("not a name", False, "INVALID"),
]


async def test_whether_a_name_is_free(door: Door, subtests: pytest.Subtests) -> None:
    await door.stranger.post("/auth/register", FORM)

    for name, available, reason in WHETHER_A_NAME_IS_FREE_CASES:
        with subtests.test(case=name):
            answer = await door.stranger.get("/auth/check-username", params={"username": name})

            assert answer.data == {"username": name, "available": available, "reason": reason}


async def test_a_stream_token_works_once(door: Door) -> None:
    alice = await door.newcomer()

    data = (await alice.post("/auth/stream-token")).data

    assert data["expires_in"] == 60
    ticket = await door.api.tickets.redeem(data["token"])
    assert ticket is not None
    assert ticket.user_id == alice.user["id"]
    assert await door.api.tickets.redeem(data["token"]) is None


async def test_a_stream_token_is_short_lived(door: Door, pool: Pool) -> None:
    alice = await door.newcomer()
    token = (await alice.post("/auth/stream-token")).data["token"]
    await pool.execute("UPDATE stream_tickets SET expires_at = now() - interval '1 s'")

    assert await door.api.tickets.redeem(token) is None


async def test_sign_ins_are_limited_by_address(open_door: OpenDoor) -> None:
    door = await open_door(limits=True)
    body = {"username": "nobody", "password": "wrong one"}

    answers = [
        await door.stranger.post("/auth/login", body | {"username": f"n{i}"}) for i in range(31)
    ]

    assert {answer.status for answer in answers[:30]} == {401}
    last = answers[-1]
    assert (last.status, last.code) == (429, "RATE_LIMIT_EXCEEDED")
    assert int(last.headers["Retry-After"]) >= 1
    assert last.headers["X-RateLimit-Limit"] == "30"
    assert last.headers["X-RateLimit-Remaining"] == "0"
    assert int(last.headers["X-RateLimit-Reset"]) >= int(time.time())
    assert answers[0].headers["X-RateLimit-Remaining"] == "29"
