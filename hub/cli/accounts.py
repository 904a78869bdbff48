"""`veza user`: accounts made at the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.terminal import answered, attached, data_option

if TYPE_CHECKING:
    from hub.operator.accounts import Role


@click.group()
def user() -> None:
    """Accounts."""


@user.command("create")
@click.argument("username")
@click.option("--email", prompt=True, help="Address of the account.")
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    envvar="VEZA_PASSWORD",
    help="Asked for when not given; VEZA_PASSWORD keeps it out of the process list.",
)
@click.option("--display-name", help="What others see.  [default: the user name]")
@click.option(
    "--role",
    type=click.Choice(["user", "content_creator", "moderator", "admin"]),
    default="content_creator",
    show_default=True,
)
@data_option
def create_user(
    username: str,
    email: str,
    password: str,
    display_name: str | None,
    role: "Role",
    data: Path | None,
) -> None:
    """Make an account."""
    from hub.operator.accounts import create_account
    from storage.backends import open_pool

    settings = attached(data)

    async def create() -> str:
        assert settings.database_url is not None
        async with open_pool(settings.database_url, size=2) as pool:
            account = await create_account(
                pool,
                username=username,
                email=email,
                password=password,
                display_name=display_name,
                role=role,
            )
        return account.id

    click.echo(f"created {username} {answered(create())}")
