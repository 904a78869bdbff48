"""The command line: `veza up`, the processes of the Procfile, and what an operator does by hand."""

import sys
from importlib.metadata import version

import click

from hub.cli.accounts import user
from hub.cli.catalog import demo, import_
from hub.cli.loadtest import loadtest
from hub.cli.running import ingest, migrate, restored, serve, up, work


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("veza-hub"), prog_name="veza")
def main() -> None:
    """A real-time collaboration and streaming hub for music.

    Settings come from the environment; docs/operations.md lists them all.
    """


for command in (up, serve, work, ingest, migrate, restored, import_, demo, user, loadtest):
    main.add_command(command)


if __name__ == "__main__":
    sys.exit(main())
