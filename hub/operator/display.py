"""What long commands show while they work: a moving picture, or plain lines in a log."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)


class StartDisplay:
    """Steps of a start: on a terminal each turns while it is under way, elsewhere it is a line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Draw while the block runs."""
        with self._progress:
            yield

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step, such as "PostgreSQL"; several may be under way."""
        began = time.monotonic()
        task = self._progress.add_task(name, total=1)
        yield
        self._progress.update(task, completed=1)
        if not self._console.is_terminal:
            self._console.print(
                f"{name}: {time.monotonic() - began:.1f} s", highlight=False, soft_wrap=True
            )


@contextmanager
def counted(console: Console, title: str, total: int) -> Iterator["Counted"]:
    """A bar over `total` things, such as files of an import."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        yield Counted(progress, console, title, total)


class Counted:
    """The bar of `counted`."""

    def __init__(self, progress: Progress, console: Console, title: str, total: int) -> None:
        self._progress = progress
        self._console = console
        self._task = progress.add_task(title, total=total)

    def done(self, name: str, problem: str | None = None) -> None:
        """One more is done; a problem is printed and stays."""
        self._progress.advance(self._task)
        if problem is not None:
            self._console.print(f"{name}: {problem}", highlight=False, markup=False)
