import asyncio

import pytest
import uuid_utils

from rooms.errors import Conflict
from rooms.ids import SYSTEM_USER_ID
from storage.accounts.accounts import Accounts, platform_role
from storage.backends import Pool
from tests.storage.people import add_account

NO_INVITATION = "00000000-0000-4000-8000-000000000000"


async def test_an_account_is_found_by_id_name_and_address(pool: Pool) -> None:
    accounts = Accounts(pool)
    alice = await add_account(pool, email="Alice@Example.ORG")

    assert alice.email == "alice@example.org"
    assert await accounts.get(alice.id) == alice
    for name in ("alice", "ALICE", "alice@example.org", "ALICE@example.org"):
        login = await accounts.find_login(name)
        assert login is not None
        assert (login.user_id, login.is_open) == (alice.id, True)
    assert await accounts.find_login("nobody") is None
    assert await accounts.get(str(uuid_utils.uuid7())) is None


async def test_a_name_is_taken_in_every_case(pool: Pool) -> None:
    await add_account(pool)

    assert await Accounts(pool).username_taken("ALICE")
    assert not await Accounts(pool).username_taken("bob")
    with pytest.raises(Conflict) as name:
        await add_account(pool, "Alice", email="other@example.org")
    assert [field.field for field in name.value.fields] == ["username"]
    with pytest.raises(Conflict) as address:
        await add_account(pool, "bob", email="ALICE@example.org")
    assert [field.field for field in address.value.fields] == ["email"]


async def test_the_name_of_a_deleted_account_is_free(pool: Pool) -> None:
    alice = await add_account(pool)
    await pool.execute("UPDATE users SET deleted_at = now() WHERE id = $1", alice.id)

    assert await Accounts(pool).get(alice.id) is None
    assert await Accounts(pool).find_login("alice") is None
    assert (await add_account(pool, email="new@example.org")).username == "alice"


async def test_a_guest_has_no_way_to_sign_in(pool: Pool) -> None:
    accounts = Accounts(pool)
    user_id, room_id = str(uuid_utils.uuid7()), str(uuid_utils.uuid7())

    guest = await accounts.add_guest(user_id, "guest_1", "Ann", NO_INVITATION)
    await accounts.admit_guest(user_id, room_id)

    assert (guest.role, guest.is_guest, guest.email) == ("guest", True, None)
    admitted = await accounts.get(user_id)
    assert admitted is not None
    assert admitted.room_id == room_id
    assert await accounts.find_login("guest_1") is None
    assert await accounts.find_login(f"guest+{user_id}@guest.invalid") is None


async def test_only_a_guest_can_be_forgotten(pool: Pool) -> None:
    accounts = Accounts(pool)
    alice = await add_account(pool)
    guest = await accounts.add_guest(str(uuid_utils.uuid7()), "guest_1", "Ann", NO_INVITATION)

    await accounts.forget_guest(alice.id)
    await accounts.forget_guest(guest.id)

    assert await accounts.get(alice.id) is not None
    assert await accounts.get(guest.id) is None


async def test_sign_ins_are_written_down(pool: Pool) -> None:
    alice = await add_account(pool)

    await Accounts(pool).note_login(alice.id, "127.0.0.1", "Browser", None)
    await Accounts(pool).note_login(alice.id, "127.0.0.1", "Browser", "wrong_password")

    rows = await pool.fetch("SELECT success, reason FROM login_history ORDER BY created_at")
    assert [tuple(row) for row in rows] == [(True, None), (False, "wrong_password")]
    assert await pool.fetchval("SELECT login_count FROM users WHERE id = $1", alice.id) == 1


async def test_the_hub_itself_has_an_account_nobody_can_use(pool: Pool) -> None:
    hub = await Accounts(pool).get(SYSTEM_USER_ID)

    assert hub is not None
    assert hub.username == "veza"
    assert await pool.fetchval("SELECT password_hash FROM users WHERE id = $1", hub.id) == "!"


async def test_many_reads_at_once(pool: Pool) -> None:
    people = [await add_account(pool, f"user{number}") for number in range(20)]

    found = await asyncio.gather(*(Accounts(pool).get(person.id) for person in people))

    assert list(found) == people


@pytest.mark.parametrize(
    ("role", "is_admin", "is_guest", "expected"),
    [
        ("user", False, False, "user"),
        ("user", True, False, "admin"),
        ("admin", False, False, "admin"),
        ("moderator", None, False, "moderator"),
        ("content_creator", False, False, "content_creator"),
        (None, None, False, "user"),
        ("admin", True, True, "guest"),
    ],
)
def test_one_role_out_of_three_columns(
    role: str | None, is_admin: bool | None, is_guest: bool, expected: str
) -> None:
    assert platform_role(role, is_admin, is_guest) == expected
