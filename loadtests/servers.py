"""The servers that a load is put on: the hub, what a user would build instead, and the floor."""

import asyncio
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from socket import create_connection

import asyncpg

from loadtests.on_air import nginx_hls
from loadtests.peers import PEERS, node, node_modules
from loadtests.stage import READY_WITHIN_S, Running, Stage
from storage import embedded

Start = Callable[[Stage, int, Sequence[str]], AbstractContextManager[Running]]
"""Starts so many nodes of a server, which know these rooms."""

PEER_DATABASE = "peers"


@contextmanager
def hub(stage: Stage, nodes: int, _rooms: Sequence[str]) -> Iterator[Running]:
    """`veza serve`, as in the Procfile, without limits."""
    argv = [sys.executable, "-m", "hub", "serve", "--port"]
    with _nodes(stage, "hub", argv, stage.environment(), nodes, ready_over_http) as running:
        yield running


def peer(script: str, *argv: str, redis: bool = False, own_tables: bool = True) -> Start:
    """A Node.js server of the folder `peers`; without tables of its own, on the hub's."""

    @contextmanager
    def start(stage: Stage, nodes: int, rooms: Sequence[str]) -> Iterator[Running]:
        environment = stage.environment() | {"NODE_PATH": str(node_modules())}
        if own_tables:
            environment["DATABASE_URL"] = asyncio.run(_peer_database(stage.database_url, rooms))
        if not redis and nodes == 1:
            del environment["REDIS_URL"]
        command = [node(), str(PEERS / script)]
        with _nodes(stage, "peer", command, environment, nodes, _listens, argv) as running:
            yield running

    return start


def floor(way: str) -> Start:
    """The C server that only writes: `each` delivery by itself, or a `batch` a turn."""

    @contextmanager
    def start(stage: Stage, nodes: int, _rooms: Sequence[str]) -> Iterator[Running]:
        command = [stage.program("floor")]
        with _nodes(stage, "floor", command, {}, nodes, _listens, [way]) as running:
            yield running

    return start


@contextmanager
def nginx(stage: Stage, _nodes: int, _rooms: Sequence[str]) -> Iterator[Running]:
    """nginx-rtmp, which makes HLS of a broadcast by itself and serves it as files."""
    with nginx_hls(stage) as running:
        yield running


SERVERS: dict[str, Start] = {
    "hub": hub,
    "node": peer("fanout.js"),
    "node detail": peer("detail.js", own_tables=False),
    "node tx": peer("chat.js", "transactions", redis=True),
    "node group": peer("chat.js", "groups", redis=True),
    "nginx": nginx,
    "floor each": floor("each"),
    "floor batch": floor("batch"),
}
"""`node`: Socket.IO alone (with the Redis adapter where there are two). `node tx`: with adapter and
`pg`, a transaction a message. `node group`: the same with group commit. `node detail`: HTTP.
`nginx`: with its RTMP module and an own broadcast."""


@contextmanager
def _nodes(
    stage: Stage,
    role: str,
    command: Sequence[str],
    environment: dict[str, str],
    nodes: int,
    ready: Callable[[int], bool],
    argv: Sequence[str] = (),
) -> Iterator[Running]:
    """So many nodes on ports of their own; the last one has the measured core to itself."""
    with ExitStack() as stack:
        ports, pids = [], []
        for number in range(1, nodes + 1):
            port = embedded.free_port()
            core = stage.server_core if number == nodes else stage.generator_core
            name = f"{role}-{number}"
            process = stack.enter_context(
                stage.process(name, [*command, str(port), *argv], environment, core)
            )
            _wait(lambda port=port: ready(port), process, stage, name)  # type: ignore[misc]
            ports.append(port)
            pids.append(process.pid)
        yield Running(tuple(ports), tuple(pids[-1:]))


def _wait(
    answers: Callable[[], bool], process: "subprocess.Popen[bytes]", stage: Stage, name: str
) -> None:
    try:
        embedded.wait_until(answers, process, READY_WITHIN_S)
    except RuntimeError as error:
        raise RuntimeError(f"{name}: {error}\n{stage.log_of(name)}") from error


def _listens(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def ready_over_http(port: int) -> bool:
    """Whether the node of this port wants traffic."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        time.sleep(0.05)
        return False


async def _peer_database(database_url: str, rooms: Sequence[str]) -> str:
    """Tables of the durable peers, new each time, with these rooms."""
    schema = await asyncio.to_thread(Path(PEERS / "schema.sql").read_text)
    url = f"{database_url.rpartition('/')[0]}/{PEER_DATABASE}"
    admin = await asyncpg.connect(database_url)
    await admin.execute(f"DROP DATABASE IF EXISTS {PEER_DATABASE} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {PEER_DATABASE}")
    await admin.close()
    connection = await asyncpg.connect(url)
    await connection.execute(schema)
    await connection.execute("INSERT INTO rooms (id) SELECT unnest($1::uuid[])", list(rooms))
    await connection.close()
    return url
