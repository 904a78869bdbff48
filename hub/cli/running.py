"""`veza up`, and the processes of the Procfile."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import click

from hub.cli.terminal import Refused, answered, attached, console, data_option, settings_of
from hub.logs import configure_logs

NEEDS = ("DATABASE_URL", "REDIS_URL")


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port of the first web node, 0 for any.  [default: 8080]")
@click.option("--data", type=Path, help="Folder for everything it keeps.  [default: .veza]")
@click.option(
    "--music",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of music to import once it runs.",
)
@click.option(
    "--nodes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Web nodes, on ports port, port + 1, …",
)
@click.option("--demo/--no-demo", default=True, help="Make a demo catalog on the first start.")
@click.option("--limits", type=click.Choice(["on", "off"]), help="Rate limits.  [default: on]")
def up(
    host: str | None,
    port: int | None,
    data: Path | None,
    music: Path | None,
    nodes: int,
    demo: bool,
    limits: str | None,
) -> None:
    """Run the whole hub on this machine: PostgreSQL, Redis, web nodes and a worker.

    Prints `ready URL` when every part answers. Ctrl-C ends all of it.
    """
    from hub.up.up import UpOptions
    from hub.up.up import up as run_up

    given = {"HOST": host, "PORT": port, "DATA": data, "LIMITS": limits}
    settings = settings_of({name: str(value) for name, value in given.items() if value is not None})
    configure_logs(settings.log_level, settings.log_format, "up")
    options = UpOptions(nodes=nodes, music=music and music.absolute(), demo=demo)
    _until_done(lambda: asyncio.run(run_up(settings, options, console)))


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
def serve(host: str | None, port: int | None) -> None:
    """Run one web node: REST, sockets, media and the web client on one port."""
    given = {"HOST": host, "PORT": port}
    overrides = {name: str(value) for name, value in given.items() if value is not None}
    settings = settings_of(overrides, *NEEDS, "JWT_SECRET")
    configure_logs(settings.log_level, settings.log_format, "web")
    from hub.processes.opening import run
    from hub.processes.web import serve as serve_until_told

    run(serve_until_told(settings))


@click.command()
def work() -> None:
    """Run one worker: transcodes uploads."""
    settings = settings_of({}, *NEEDS)
    configure_logs(settings.log_level, settings.log_format, "worker")
    from hub.processes.opening import run
    from hub.processes.worker import work as work_until_told

    run(work_until_told(settings))


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.")
def ingest(host: str | None, port: int | None) -> None:
    """Run the process that takes in live broadcasts; web nodes find it by INGEST_URL."""
    given = {"HOST": host, "PORT": port}
    overrides = {name: str(value) for name, value in given.items() if value is not None}
    settings = settings_of(overrides, *NEEDS, "JWT_SECRET")
    configure_logs(settings.log_level, settings.log_format, "ingest")
    from hub.processes.ingest import ingest as ingest_until_told
    from hub.processes.opening import run

    run(ingest_until_told(settings))


@click.command()
def migrate() -> None:
    """Bring the database to the tables of this version; does nothing when they are there.

    As a part of `honcho start` it stays until it is told to end: honcho ends all parts with the
    first that ends.
    """
    from hub.signals import until_told
    from storage.migrate import MigrationChanged
    from storage.migrate import migrate as apply

    settings = settings_of({}, "DATABASE_URL")
    configure_logs(settings.log_level, settings.log_format, "release")
    assert settings.database_url is not None
    try:
        names = apply(settings.database_url)
    except MigrationChanged as exc:
        raise Refused(str(exc)) from exc
    for name in names:
        click.echo(f"applied {name}")
    if not names:
        click.echo("nothing to apply")
    if "HONCHO_PROCESS_NAME" in os.environ:
        asyncio.run(until_told())


@click.command()
@data_option
def restored(data: Path | None) -> None:
    """Say that the database was rolled back in place: all clients read everything anew.

    A dump in another database, or a folder that was copied back, is found out without it.
    """
    from storage.backends import open_pool
    from storage.restored import renew_epochs

    settings = attached(data)

    async def renew() -> int:
        assert settings.database_url is not None
        async with open_pool(settings.database_url, size=2) as pool:
            return await renew_epochs(pool)

    click.echo(f"{answered(renew())} logs begin a new epoch")


def _until_done(run: Callable[[], None]) -> None:
    """Run `veza up`; what stopped it from starting becomes a message, not a traceback."""
    from hub.supervisor import DataHeld, PartFailed
    from hub.up.ports import PortTaken
    from hub.up.secrets import SecretsLost
    from storage.embedded import ClusterFailed
    from storage.migrate import MigrationChanged

    refusals = (DataHeld, PortTaken, SecretsLost, ClusterFailed, MigrationChanged, PartFailed)
    problems: list[str] = []
    try:
        run()
    except* (*refusals, OSError) as group:
        problems = [str(error) for error in _leaves(group)]
    if problems:
        raise Refused("\n".join(problems))


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
