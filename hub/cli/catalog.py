"""`veza import` and `veza demo`: music that the operator brings in."""

from pathlib import Path

import click

from hub.cli.terminal import Refused, answered, attached, console, data_option


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--owner",
    default="library",
    show_default=True,
    help="Account that the tracks will belong to; made when there is none.",
)
@data_option
def import_(folder: Path, owner: str, data: Path | None) -> None:
    """Import the music below FOLDER into a hub; files it has already are left alone."""
    from hub.operator.importer import music_files

    files = music_files(folder)
    if not files:
        raise Refused(f"there is no music below {folder}")
    _import(files, owner, data)


@click.command()
@click.argument("folder", type=Path)
@data_option
def demo(folder: Path, data: Path | None) -> None:
    """Synthesise the demo catalog into FOLDER and import it."""
    from media.demo import synthesise_demo

    folder.mkdir(parents=True, exist_ok=True)
    with console.status("Making the demo catalog"):
        files = synthesise_demo(folder)
    _import(files, "demo", data)


def _import(files: list[Path], owner: str, data: Path | None) -> None:
    """Import with a bar; what was refused is said and makes no failure of the rest."""
    from hub.operator.accounts import account_named
    from hub.operator.display import counted
    from hub.operator.importer import Imported, import_files
    from storage.backends import open_backends

    settings = attached(data)
    counts = {"added": 0, "known": 0, "refused": 0}

    async def run() -> None:
        assert settings.database_url is not None
        assert settings.redis_url is not None
        async with open_backends(
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            objects=settings.objects(),
            pool_size=2,
            application_name="veza-import",
        ) as backends:
            account = await account_named(backends.pool, owner)
            with counted(console, "Importing", len(files)) as bar:

                def on_file(done: Imported) -> None:
                    counts[done.outcome] += 1
                    bar.done(done.path.name, done.problem)

                await import_files(backends.pool, backends.objects, account.id, files, on_file)

    answered(run())
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    console.print(f"imported for {owner}: {told}", highlight=False)
