"""What the commands share: the console, refusals, settings, and the hub they work on."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from hub.logs import configure_logs
from hub.settings import Settings, SettingsError, read_settings

T = TypeVar("T")

console = Console(stderr=True)

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of the running `veza up` to work on.  [default: DATABASE_URL, else .veza]",
)


class Refused(click.ClickException):
    """Something a person can put right: one paragraph, no traceback, exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        console.print(f"veza: {self.message}", highlight=False, markup=False, soft_wrap=True)


def settings_of(overrides: dict[str, str], *needed: str) -> Settings:
    """Settings from the environment and the command line. Raises `Refused`."""
    try:
        return read_settings({**os.environ, **overrides}, *needed)
    except SettingsError as exc:
        raise Refused("; ".join(exc.problems)) from exc


def attached(data: Path | None) -> Settings:
    """Settings to reach the hub that a command works on. Raises `Refused`."""
    from hub.operator.attached import attach

    try:
        settings = attach(os.environ, data)
    except SettingsError as exc:
        raise Refused("; ".join(exc.problems)) from exc
    configure_logs(settings.log_level, settings.log_format, "cli")
    return settings


def answered(work: Coroutine[Any, Any, T]) -> T:
    """Run it; an error that is meant for people becomes a message."""
    from rooms.errors import HubError

    try:
        return asyncio.run(work)
    except HubError as exc:
        raise Refused(exc.message) from exc
