"""The processes of `veza up`: how each is started, and how one sees that it answers."""

import asyncio
import os
import sys
from pathlib import Path

from msgspec import Struct

from hub.readiness import Readiness
from hub.settings import Settings
from hub.supervisor import Answers, Part
from hub.supervisor.leftovers import MARK
from hub.up.secrets import Secrets
from hub.variables import http_url
from storage import embedded
from storage.embedded import Launch

HUB_STOP_S = 5.0
"""What web nodes and workers get to drain; with the servers' 3 s all ends within 10 s."""
SERVER_STOP_S = 3.0
INGEST_HOST = "127.0.0.1"
_KILL_MARGIN_S = 1.0


class Addresses(Struct, frozen=True):
    """Where the private servers listen; the URLs hold their passwords."""

    postgres_port: int
    redis_port: int
    ingest_port: int
    database_url: str
    redis_url: str


class PartList:
    """Makes the parts of one `veza up`."""

    def __init__(
        self,
        settings: Settings,
        public_url: str,
        addresses: Addresses,
        secrets: Secrets,
        readiness: Readiness,
    ) -> None:
        self._settings = settings
        self._public_url = public_url
        self._addresses = addresses
        self._secrets = secrets
        self._readiness = readiness
        self._data = settings.data

    def postgres(self) -> Part:
        """The database; the port is the same again after a crash, so that all find it."""
        url, port = self._addresses.database_url, self._addresses.postgres_port

        async def answers(_pid: int) -> bool:
            return await asyncio.to_thread(embedded.postgres_answers, url)

        return Part(
            name="postgres",
            role="postgres",
            launch=embedded.postgres_launch(self._data / "postgres", port, self._log("postgres")),
            answers=answers,
            port=port,
            url=url,
            stop_deadline_s=SERVER_STOP_S,
        )

    def redis(self) -> Part:
        """Presence, rate limits and the way events take between nodes."""
        url, port = self._addresses.redis_url, self._addresses.redis_port

        async def answers(_pid: int) -> bool:
            return await asyncio.to_thread(embedded.redis_answers, url)

        launch = embedded.redis_launch(
            self._data / "redis", port, self._secrets.redis_password, self._log("redis")
        )
        return Part(
            name="redis",
            role="redis",
            launch=launch,
            answers=answers,
            port=port,
            url=url,
            stop_deadline_s=SERVER_STOP_S,
        )

    def web(self, number: int, port: int) -> Part:
        """One web node; `number` counts from 1."""
        url = http_url(self._settings.host, port)

        async def answers(_pid: int) -> bool:
            return await self._readiness.answers_on_readyz(url)

        return self._hub(f"web-{number}", "web", ("serve", "--port", str(port)), answers, port, url)

    def worker(self) -> Part:
        """The one that decodes uploads."""
        return self._hub("worker", "worker", ("work",), self._readiness.has_notified)

    def ingest(self) -> Part:
        """The one that takes in live broadcasts; web nodes of this machine hand publishers on."""
        port = self._addresses.ingest_port
        argv = ("ingest", "--host", INGEST_HOST, "--port", str(port))
        url = http_url(INGEST_HOST, port)
        return self._hub("ingest", "ingest", argv, self._readiness.has_notified, port, url)

    def environment(self) -> dict[str, str]:
        """What every hub process of this `veza up` sees.

        Settings are those of the supervisor, written out, so that a child cannot read them another
        way; the services are always the private ones.
        """
        elsewhere = ("S3_", "AWS_", "PG")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(elsewhere)}
        settings = self._settings
        return kept | {
            MARK: str(self._data.resolve()),
            "NOTIFY_SOCKET": str(self._readiness.socket_path),
            "APP_ENV": settings.app_env,
            "HOST": settings.host,
            "PUBLIC_URL": self._public_url,
            "DATA": str(self._data),
            "DATABASE_URL": self._addresses.database_url,
            "REDIS_URL": self._addresses.redis_url,
            "OBJECTS_DIR": str(settings.objects_dir or self._data / "objects"),
            "JWT_SECRET": settings.jwt_secret or self._secrets.jwt_secret,
            "INGEST_URL": http_url(INGEST_HOST, self._addresses.ingest_port),
            "LOG_LEVEL": settings.log_level,
            "LOG_FORMAT": settings.log_format,
            "LIMITS": "on" if settings.limits else "off",
            "RECOVERY_S": str(settings.recovery_s),
            "DRAIN_S": str(int(HUB_STOP_S - _KILL_MARGIN_S)),
        }

    def _hub(
        self,
        name: str,
        role: str,
        argv: tuple[str, ...],
        answers: Answers,
        port: int | None = None,
        url: str | None = None,
    ) -> Part:
        launch = Launch(
            role=role,
            argv=(sys.executable, "-m", "hub", *argv),
            cwd=Path.cwd(),
            log=self._log(name),
            env=self.environment(),
        )
        return Part(
            name=name,
            role=role,
            launch=launch,
            answers=answers,
            port=port,
            url=url,
            stop_deadline_s=HUB_STOP_S,
        )

    def _log(self, name: str) -> Path:
        return self._data / "logs" / f"{name}.log"
