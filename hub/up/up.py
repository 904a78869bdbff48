"""`veza up`: private PostgreSQL and Redis, migrations, web nodes and a worker, as one command."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from rich.console import Console

from hub.operator.display import StartDisplay
from hub.readiness import open_readiness
from hub.settings import Settings
from hub.signals import stop_signals
from hub.supervisor import RunFile, Supervisor, end_leftovers, hold
from hub.up.parts import Addresses, PartList
from hub.up.ports import choose_ports
from hub.up.secrets import Secrets, load_secrets
from hub.variables import http_url
from storage import embedded
from storage.backends import open_pool
from storage.migrate import migrate
from storage.restored import settle_folder


class UpOptions(Struct, frozen=True):
    """What the command line of `veza up` said, beside the settings."""

    nodes: int = 1
    """Web nodes, on ports PORT, PORT + 1, …"""
    music: Path | None = None
    """Folder to import once everything answers."""
    demo: bool = True
    """Make the demo catalog on a first start without music."""


async def up(settings: Settings, options: UpOptions, console: Console) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP; ends all of it within 10 s then.

    Raises:
        DataHeld, PortTaken, SecretsLost: nothing was started.
        ExceptionGroup: of PartFailed; what had been started has been ended.
    """
    _make_data_folder(settings.data)
    with hold(settings.data) as say_url, stop_signals() as stop:
        running = _run(settings, options, console, say_url)
        work = asyncio.create_task(running, name="up")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not work.done():
            console.print("stopping …", highlight=False)
            work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def _run(
    settings: Settings, options: UpOptions, console: Console, say_url: Callable[[str], None]
) -> None:
    """Start all of it and stay until cancelled."""
    data = settings.data
    await asyncio.to_thread(end_leftovers, data)
    (data / "run.json").unlink(missing_ok=True)
    ports = choose_ports(settings.host, settings.port, options.nodes)
    secrets = load_secrets(data)
    addresses = _addresses(secrets)
    url = http_url(settings.host, ports[0])
    say_url(url)
    run_file = RunFile(
        data / "run.json",
        url=url,
        database_url=addresses.database_url,
        redis_url=addresses.redis_url,
        pid=os.getpid(),
    )
    display = StartDisplay(console)
    async with open_readiness() as readiness, Supervisor(run_file) as supervisor:
        parts = PartList(settings, _public_url(settings, url), addresses, secrets, readiness)
        with display.shown():
            with display.step("PostgreSQL and Redis"):
                folder = data / "postgres"
                await asyncio.to_thread(
                    embedded.initialise_postgres, folder, secrets.postgres_password
                )
                await supervisor.start(parts.postgres(), parts.redis())
            with display.step("Tables"):
                await asyncio.to_thread(migrate, addresses.database_url)
                async with open_pool(addresses.database_url, size=2) as pool:
                    await settle_folder(pool, folder)
            names = "Web node" if options.nodes == 1 else f"{options.nodes} web nodes"
            with display.step(f"{names}, worker and ingest"):
                webs = [parts.web(number, port) for number, port in enumerate(ports, start=1)]
                await supervisor.start(*webs, parts.worker(), parts.ingest())
        first_start_done = data / "first-start.done"
        if not first_start_done.exists():
            wants_demo = options.demo and options.music is None
            if not wants_demo or await _command(parts, "demo", str(data / "demo")):
                first_start_done.touch()
        run_file.publish()
        console.print(f"logs in {data / 'logs'}; Ctrl-C ends it", highlight=False, soft_wrap=True)
        print(f"ready {url}", flush=True)  # noqa: T201 -- what scripts wait for, on stdout
        if options.music is not None:
            await _command(parts, "import", str(options.music))
        await asyncio.Event().wait()


def _make_data_folder(data: Path) -> None:
    """Root's servers run as another account, which has to pass through the folder to its own."""
    if not data.exists():
        data.mkdir(parents=True)
        data.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for name in ("logs", "objects"):
        (data / name).mkdir(mode=0o700, exist_ok=True)


def _addresses(secrets: Secrets) -> Addresses:
    """Free ports for the servers, kept until `veza up` ends: a restart is at the same address."""
    postgres, redis, ingest = (embedded.free_port() for _ in range(3))
    return Addresses(
        postgres_port=postgres,
        redis_port=redis,
        ingest_port=ingest,
        database_url=embedded.postgres_url(postgres, secrets.postgres_password),
        redis_url=embedded.redis_url(redis, secrets.redis_password),
    )


def _public_url(settings: Settings, url: str) -> str:
    """What people open: PUBLIC_URL where it is set, else the first node's own address."""
    own = http_url(settings.host, settings.port)
    return url if settings.public_url == own else settings.public_url


async def _command(parts: PartList, *argv: str) -> bool:
    """Run one more `veza` command to its end, at this terminal, on these servers.

    True when it went well; what went wrong it has said itself, and the hub runs all the same.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub", *argv, env=parts.environment(), start_new_session=True
    )
    try:
        return await process.wait() == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
