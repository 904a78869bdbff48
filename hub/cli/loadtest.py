"""`veza loadtest`: what load tests need, in development only."""

from pathlib import Path

import click

from hub.cli.terminal import Refused, answered, attached, data_option


@click.group()
def loadtest() -> None:
    """What load tests need; refused in production."""


@loadtest.command("users")
@click.argument("count", type=click.IntRange(1, 100_000))
@data_option
def make_users(count: int, data: Path | None) -> None:
    """Make COUNT accounts and print an access token a line."""
    from hub.operator import loadtest as crowd

    settings = attached(data)
    if settings.app_env == "production":
        raise Refused("load tests make accounts that nobody owns: not where APP_ENV=production")
    with_key = crowd.with_key(settings)
    if with_key is None:
        raise Refused("JWT_SECRET is not set: it has to be the one that the web nodes have")
    click.echo("\n".join(answered(crowd.make_users(with_key, count))))
