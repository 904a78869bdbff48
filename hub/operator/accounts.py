"""Accounts made at the terminal: `veza user create`, and the owner of an import."""

import secrets
from typing import Literal

import msgspec

from api.auth.passwords import open_passwords
from api.schemas.auth import Register
from rooms.errors import Invalid
from storage.accounts.accounts import Account, Accounts, NewAccount
from storage.backends import Pool

Role = Literal["user", "content_creator", "moderator", "admin"]


async def create_account(
    pool: Pool,
    *,
    username: str,
    email: str,
    password: str,
    display_name: str | None = None,
    role: Role = "content_creator",
) -> Account:
    """Make an account by the rules of registration; names that are reserved there are free here.

    Raises:
        Invalid: a field breaks a rule; the message says which.
        Conflict: the user name or the e-mail address is taken.
    """
    given = {
        "username": username,
        "email": email,
        "password": password,
        "display_name": display_name,
    }
    try:
        body = msgspec.convert(given, Register)
    except msgspec.ValidationError as error:
        raise Invalid(str(error)) from error
    with open_passwords(threads=1) as passwords:
        password_hash = await passwords.hash(body.password)
    return await Accounts(pool).register(
        NewAccount(
            username=body.username,
            email=body.email,
            password_hash=password_hash,
            display_name=body.display_name or body.username,
            role=role,
        )
    )


async def account_named(pool: Pool, username: str) -> Account:
    """The account of this name; made with a random password when there is none.

    Such an account owns music and signs nobody in until its password is reset.
    """
    accounts = Accounts(pool)
    login = await accounts.find_login(username)
    found = None if login is None else await accounts.get(login.user_id)
    return found or await create_account(
        pool,
        username=username,
        email=f"{username}@veza.invalid",
        password=secrets.token_urlsafe(32),
    )
