"""`honcho start`: the Procfile's processes on services of one's own, from an empty database on."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from media.hls.playlist import parse_media, parse_multivariant
from storage.objects.objects import open_objects
from tests.conftest import Servers
from tests.eventually import eventually
from tests.media.signals import music, offset_samples, read_audio, write_audio
from tests.s3 import bucket_at, s3_server

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 90
ENDS_WITHIN_S = 15
PASSWORD = "correct horse battery staple"
SECONDS = 9.0


@pytest.fixture
def empty_database(servers: Servers) -> Iterator[str]:
    """A database without a single table."""
    name = f"procfile_{os.getpid()}"
    with psycopg.connect(servers.database_url("postgres"), autocommit=True) as admin:
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield servers.database_url(name)
        admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


class Started:
    """The processes of one `honcho start`."""

    def __init__(self, process: subprocess.Popen[str], base: int, log: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{base + 100}"
        """Second line of the Procfile: each gets a hundred more than the one before."""
        self.ingest_url = f"http://127.0.0.1:{base + 300}"
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def children(self) -> list[psutil.Process]:
        parts: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return parts


def _free_base() -> int:
    """A port that is free with its fellows, each a hundred further on."""
    while True:
        base = 15_000 + secrets.randbelow(15_000)  # below those that connections are given
        if all(_is_free(base + 100 * number) for number in range(4)):
            return base


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def honcho_start(environment: dict[str, str], log: Path) -> Iterator[Started]:
    """`honcho start` in the repository, with nothing but `environment` to go by."""
    base = _free_base()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {n: v for n in ("PYTHONPATH", "HOME", "LANG") if (v := os.environ.get(n)) is not None}
    told = {"INGEST_URL": f"http://127.0.0.1:{base + 300}"}
    with log.open("w") as output:
        process = subprocess.Popen(
            ["honcho", "-e", os.devnull, "start", "-p", str(base)],
            cwd=ROOT,
            env={"PATH": path, **kept, **told, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    started = Started(process, base, log)
    try:
        yield started
    finally:
        if process.poll() is None:
            for child in [*started.children(), psutil.Process(process.pid)]:
                child.kill()
            process.wait()


async def answers(started: Started, url: str) -> None:
    """Wait until a process says that it is ready."""
    async with aiohttp.ClientSession() as session:

        async def is_ready() -> bool:
            assert started.process.poll() is None, started.said
            try:
                async with session.get(url) as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

        await eventually(is_ready, READY_WITHIN_S, each_s=0.2)


async def register(session: aiohttp.ClientSession) -> None:
    form = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    async with session.post("/api/v1/auth/register", json=form) as response:
        assert response.status == 201, await response.text()
        token = (await response.json())["data"]["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"


async def upload(session: aiohttp.ClientSession, song: Path) -> str:
    """Send a file; returns the track's id once it can be heard to its end."""
    form = aiohttp.FormData({"title": "Procfile song", "artist": "Ada"})
    form.add_field("audio", song.read_bytes(), filename="song.wav", content_type="audio/wav")
    async with session.post("/api/v1/tracks", data=form) as response:
        assert response.status == 201, await response.text()
        track_id = str((await response.json())["data"]["uuid"])

    async def can_be_heard() -> bool:
        async with session.get(f"/api/v1/tracks/{track_id}/hls/status") as response:
            state = (await response.json())["data"]
        assert state["status"] != "failed", state
        return bool(state["status"] == "ready")

    await eventually(can_be_heard, READY_WITHIN_S, each_s=0.2)
    return track_id


async def listen(session: aiohttp.ClientSession, track_id: str) -> Any:
    """The samples of the best rung, by way of the playlists."""
    base = f"/api/v1/tracks/{track_id}/hls"

    async def get(path: str) -> bytes:
        async with session.get(path) as response:
            assert response.status == 200, path
            return await response.read()

    master = parse_multivariant((await get(f"{base}/master.m3u8")).decode())
    best = master.variants[-1]
    playlist = parse_media((await get(f"{base}/{best.uri}")).decode())
    uris = (playlist.init_uri, *(segment.uri for segment in playlist.segments))
    return read_audio(b"".join([await get(f"{base}/{best.stable_id}/{uri}") for uri in uris]))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_honcho_runs_the_hub_on_services_of_ones_own(
    empty_database: str, redis_url: str, tmp_path: Path
) -> None:
    with s3_server() as s3_url:
        environment = {
            "DATABASE_URL": empty_database,
            "REDIS_URL": redis_url,
            "S3_ENDPOINT": s3_url,
            "S3_BUCKET": "procfile",
            "S3_ACCESS_KEY": "test",
            "S3_SECRET_KEY": "test",
            "JWT_SECRET": "a secret of this test run, long enough for HS256",
        }
        with honcho_start(environment, tmp_path / "honcho.log") as started:
            await answers(started, f"{started.url}/readyz")
            await answers(started, f"{started.ingest_url}/healthz")
            async with aiohttp.ClientSession(started.url) as session:
                await register(session)
                samples = music(SECONDS)
                song = write_audio(tmp_path / "song.wav", samples, kind="wav")
                track_id = await upload(session, song)
                heard = await listen(session, track_id)
                assert offset_samples(heard, samples) == 0
                assert np.abs(heard[:, : samples.shape[1]] - samples).max() < 1e-4
            async with open_objects(bucket_at(s3_url, "procfile")) as objects:
                assert (await objects.stat(f"tracks/{track_id}/1/master.m3u8")).size_bytes > 0

            parts = started.children()
            assert len(parts) >= 4, started.said
            started.process.send_signal(signal.SIGTERM)
            started.process.wait(ENDS_WITHIN_S)
            _, left = psutil.wait_procs(parts, timeout=1)
            # A zombie has ended; its shell did before it, and nobody has asked after it yet.
            assert all(part.status() == psutil.STATUS_ZOMBIE for part in left), started.said
        for name in ("release", "web", "worker", "ingest"):
            assert re.search(rf"{name}\.1 .*started", started.said), started.said
        assert "Traceback" not in started.said, started.said
        assert "SIGKILL" not in started.said, started.said
