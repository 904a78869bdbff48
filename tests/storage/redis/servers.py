"""Redis as a cluster and behind a sentinel, of real servers that can be killed one by one."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from storage import embedded
from storage.embedded import Launch
from storage.embedded.launch import CLEAN_ENVIRONMENT
from storage.embedded.redis import redis_program
from tests.eventually import eventually_blocking
from tests.faults.servers import KillableServer

PASSWORD = "a password of these tests"
URL_PASSWORD = PASSWORD.replace(" ", "%20")
SERVICE = "main"
SLOTS = 16_384
DEADLINE_S = 20.0


class RedisServer(KillableServer):
    """One server, by its port."""

    def __init__(self, folder: Path, lines: Sequence[str], *, role: str = "redis") -> None:
        self.port = embedded.free_port()
        folder.mkdir(parents=True)
        config = folder / "redis.conf"
        config.write_text("\n".join([f"port {self.port}", "bind 127.0.0.1", *lines]) + "\n")
        argv = [str(redis_program()), str(config)]
        if role == "sentinel":
            argv.append("--sentinel")
        super().__init__(
            Launch(
                role=role, argv=tuple(argv), cwd=folder, log=folder / "log", env=CLEAN_ENVIRONMENT
            ),
            self._answers,
        )
        self.password = None if role == "sentinel" else PASSWORD

    def ask(self, *words: str | int) -> Any:
        """The answer to one command.

        Raises:
            redis.RedisError: there is none.
        """
        with redis.Redis(
            port=self.port,
            password=self.password,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=2,
            protocol=2,
            decode_responses=True,
        ) as client:
            return client.execute_command(*(str(word) for word in words))

    def info(self, section: str) -> Mapping[str, str]:
        """INFO or CLUSTER INFO as `name: value`."""
        words = ("CLUSTER", "INFO") if section == "cluster" else ("INFO", section)
        with redis.Redis(
            port=self.port, password=self.password, retry=Retry(NoBackoff(), 0), protocol=2
        ) as client:
            client.response_callbacks.clear()
            text: bytes = client.execute_command(*words)
        pairs = (line.split(":", 1) for line in text.decode().splitlines() if ":" in line)
        return {name: value.strip() for name, value in pairs}

    def _answers(self) -> bool:
        try:
            self.ask("PING")
        except redis.RedisError:
            return False
        return True


class RedisCluster:
    """Three primaries with a third of the slots each, and a replica of each where asked for."""

    def __init__(self, folder: Path, *, replicas: bool, without: Sequence[str]) -> None:
        self.servers = [
            RedisServer(
                folder / str(number),
                [
                    f'requirepass "{PASSWORD}"',
                    f'masterauth "{PASSWORD}"',
                    'save ""',
                    "cluster-enabled yes",
                    f"cluster-port {embedded.free_port()}",
                    "cluster-node-timeout 1000",
                    "cluster-replica-validity-factor 0",
                    "repl-diskless-sync-delay 0",
                    *(f'rename-command {command} ""' for command in without),
                ],
            )
            for number in range(6 if replicas else 3)
        ]
        self.primaries = self.servers[:3]

    @property
    def url(self) -> str:
        """Names the first two nodes only: the rest has to be asked for."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.servers[:2])
        return f"redis+cluster://:{URL_PASSWORD}@{hosts}"

    def form(self) -> None:
        """Starts all and makes them one cluster."""
        for server in self.servers:
            server.start()
        first = self.servers[0]
        bus_ports = [server.ask("CONFIG", "GET", "cluster-port") for server in self.servers]
        for server, answer in zip(self.servers, bus_ports, strict=True):
            bus_port = answer["cluster-port"] if isinstance(answer, dict) else answer[1]
            first.ask("CLUSTER", "MEET", "127.0.0.1", server.port, bus_port)
        for number, server in enumerate(self.primaries):
            span = number * SLOTS // 3, (number + 1) * SLOTS // 3 - 1
            server.ask("CLUSTER", "ADDSLOTSRANGE", *span)
        for primary, replica in zip(self.primaries, self.servers[3:], strict=False):
            owner = primary.ask("CLUSTER", "MYID")
            wait_for(lambda r=replica, o=owner: o in str(r.ask("CLUSTER", "NODES")))  # type: ignore[misc]
            replica.ask("CLUSTER", "REPLICATE", owner)
        wait_for(self.is_up)
        for replica in self.servers[3:]:
            wait_for(
                lambda r=replica: r.info("replication").get("master_link_status") == "up"  # type: ignore[misc]
            )

    def is_up(self) -> bool:
        """True when every node says so."""
        return all(s.info("cluster").get("cluster_state") == "ok" for s in self.servers)

    def owner(self, key: str) -> RedisServer:
        """The primary that holds a key's slot now."""
        slot = self.alive().ask("CLUSTER", "KEYSLOT", key)
        for first, last, (_, port, *_), *_ in self.alive().ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(server for server in self.servers if server.port == port)
        raise LookupError(f"nobody holds slot {slot}")

    def alive(self) -> RedisServer:
        """Any server that runs."""
        return next(server for server in self.servers if server.runs)


class Sentinels:
    """A master, its replica and a sentinel that fails over after half a second."""

    def __init__(self, folder: Path) -> None:
        common = [f'requirepass "{PASSWORD}"', f'masterauth "{PASSWORD}"', 'save ""']
        self.master = RedisServer(folder / "one", common)
        replica_of = f"replicaof 127.0.0.1 {self.master.port}"
        self.replica = RedisServer(
            folder / "two", [*common, replica_of, "repl-diskless-sync-delay 0"]
        )
        self.sentinel = RedisServer(
            folder / "sentinel",
            [
                f"sentinel monitor {SERVICE} 127.0.0.1 {self.master.port} 1",
                f'sentinel auth-pass {SERVICE} "{PASSWORD}"',
                f"sentinel down-after-milliseconds {SERVICE} 500",
                f"sentinel failover-timeout {SERVICE} 3000",
            ],
            role="sentinel",
        )

    @property
    def url(self) -> str:
        """By the sentinel."""
        return f"redis+sentinel://:{URL_PASSWORD}@127.0.0.1:{self.sentinel.port}/{SERVICE}/0"

    def form(self) -> None:
        """Starts all; returns when the sentinel knows the replica, which is up to date."""
        for server in (self.master, self.replica, self.sentinel):
            server.start()
        wait_for(lambda: self.replica.info("replication").get("master_link_status") == "up")
        wait_for(
            lambda: (
                f"slave0:name={SERVICE}" not in str(self.sentinel.info("sentinel"))
                and "slaves=1" in self.sentinel.info("sentinel").get("master0", "")
            )
        )

    def master_port(self) -> int:
        """Whom the sentinel calls master now."""
        return int(self.sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1])


def wait_for(holds: Callable[[], bool]) -> None:
    """Returns once `holds` is true; errors of a server that starts count as false.

    Raises:
        TimeoutError: it was not within `DEADLINE_S`.
    """

    def answered() -> bool:
        try:
            return holds()
        except redis.RedisError:
            return False

    eventually_blocking(answered, DEADLINE_S)


@contextmanager
def redis_cluster(*, replicas: bool = False, without: Sequence[str] = ()) -> Iterator[RedisCluster]:
    """A cluster that is up; `without` these commands, as an older server is."""
    with _folder() as folder:
        cluster = RedisCluster(folder, replicas=replicas, without=without)
        try:
            cluster.form()
            yield cluster
        finally:
            for server in cluster.servers:
                server.kill()


@contextmanager
def redis_sentinels() -> Iterator[Sentinels]:
    """A master that has a successor."""
    with _folder() as folder:
        sentinels = Sentinels(folder)
        try:
            sentinels.form()
            yield sentinels
        finally:
            for server in (sentinels.sentinel, sentinels.replica, sentinels.master):
                server.kill()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="veza-redis-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
