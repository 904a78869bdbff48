"""A real broadcast for listeners: ffmpeg publishes by RTMP to nginx, the hub's ingest pulls it."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import msgspec
import psutil
import uuid_utils
from msgspec import Struct

from loadtests.stage import READY_WITHIN_S, Person, Running, Stage
from rooms.feature import Actor
from rooms.features import FEATURES
from rooms.live.commands import CreateLive
from storage import embedded
from storage.backends import open_pool
from storage.commit import open_committer
from storage.live.live import StreamKeys
from storage.row_stores import ROW_STORES

SECRET = "of this run alone, on loopback"  # noqa: S105 -- guards nothing beyond the run
PEER_KEY = "load"
PEER_PLAYLIST = f"/hls/{PEER_KEY}.m3u8"
LISTED = 3
"""Segments that are there before anybody listens."""

_NGINX = """
load_module modules/ngx_rtmp_module.so;
worker_processes 1;
pid {folder}/nginx.pid;
daemon off;
{user}
error_log {folder}/error.log error;
events {{ worker_connections 4096; }}
rtmp {{
    access_log off;
    server {{
        listen 127.0.0.1:{rtmp};
        application live {{
            live on;
            hls on;
            hls_path {folder}/hls;
            hls_fragment 1s;
            hls_playlist_length 20s;
        }}
    }}
}}
http {{
    access_log off;
    keepalive_requests 1000000;
    types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; }}
    server {{ listen 127.0.0.1:{http}; location /hls {{ root {folder}; }} }}
}}
"""


class Nginx(Struct, frozen=True):
    """nginx with its RTMP module."""

    http_port: int
    rtmp_port: int
    worker_pid: int


@contextmanager
def run_nginx(stage: Stage, core: int | None) -> Iterator[Nginx]:
    """An RTMP server that makes HLS by itself and serves it as files, while the block lasts."""
    folder = stage.folder / f"nginx-{uuid_utils.uuid7()}"
    (folder / "hls").mkdir(parents=True)
    ports = embedded.free_port(), embedded.free_port()
    configuration = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(_NGINX.format(folder=folder, http=ports[0], rtmp=ports[1], user=user))
    argv = [_program("nginx"), "-e", str(folder / "error.log"), "-c", str(configuration)]
    with stage.process("nginx", argv, {}, core) as process:
        pid_file = folder / "nginx.pid"
        embedded.wait_until(lambda: _worker_of(pid_file) > 0, process, READY_WITHIN_S)
        yield Nginx(*ports, _worker_of(pid_file))


@contextmanager
def nginx_hls(stage: Stage) -> Iterator[Running]:
    """The peer, with a broadcast on it; listeners find it at `PEER_PLAYLIST`."""
    with (
        run_nginx(stage, stage.server_core) as server,
        _publishing(stage, server.rtmp_port, PEER_KEY),
    ):
        _wait_listed(f"http://127.0.0.1:{server.http_port}{PEER_PLAYLIST}", None)
        yield Running((server.http_port,), (server.worker_pid,))


@contextmanager
def broadcast_on_hub(stage: Stage, running: Running, room_id: str, owner: Person) -> Iterator[str]:
    """A broadcast in that room while the block lasts; gives the path of its playlist."""
    key, live_id = asyncio.run(_announce(stage, room_id, owner))
    port = embedded.free_port()
    with ExitStack() as stack:
        server = stack.enter_context(run_nginx(stage, None))
        settings = {
            "RTMP_CALLBACK_SECRET": SECRET,
            "RTMP_PULL_URL": f"rtmp://127.0.0.1:{server.rtmp_port}/live/{{key}}",
        }
        command = [sys.executable, "-m", "hub", "ingest", "--port", str(port)]
        ingest = stage.process("ingest", command, stage.environment() | settings)
        process = stack.enter_context(ingest)
        url = f"http://127.0.0.1:{port}"
        embedded.wait_until(lambda: _answers(f"{url}/healthz"), process, READY_WITHIN_S)
        stack.enter_context(_publishing(stage, server.rtmp_port, key))
        _tell(f"{url}/rtmp/publish", {"key": key, "client": "1"})
        path = f"/live/{live_id}/playlist.m3u8"
        _wait_listed(f"http://127.0.0.1:{running.ports[0]}{path}", owner.token)
        yield path


async def _announce(stage: Stage, room_id: str, owner: Person) -> tuple[str, str]:
    """A stream key of the room's owner, and the broadcast that it is for."""
    live = CreateLive(room_id=room_id, op_id=str(uuid_utils.uuid7()), title="Load")
    async with (
        open_pool(stage.database_url, size=2) as pool,
        open_committer(stage.database_url, FEATURES, ROW_STORES, lambda _: None) as committer,
    ):
        key = await StreamKeys(pool).regenerate(owner.user_id)
        actor = Actor(owner.user_id, "load", "Load")
        made = await committer.submit(
            "live:create", live, room_id=room_id, actor=actor, op_id=live.op_id
        )
        return key, str(msgspec.json.decode(made.data)["id"])


def _publishing(
    stage: Stage, rtmp_port: int, key: str
) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    argv = [_program("ffmpeg"), "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi"]
    argv += ["-i", "sine=frequency=440:sample_rate=48000", "-c:a", "aac", "-b:a", "128k"]
    argv += ["-ac", "2", "-f", "flv", f"rtmp://127.0.0.1:{rtmp_port}/live/{key}"]
    return stage.process("publisher", argv, {})


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is None:
        raise RuntimeError(
            f"this question needs {name} (Debian: nginx-light libnginx-mod-rtmp ffmpeg)"
        )
    return found


def _worker_of(pid_file: Path) -> int:
    """The process that serves; 0 while there is none."""
    if not pid_file.exists() or not (text := pid_file.read_text().strip()):
        return 0
    children = psutil.Process(int(text)).children()
    return children[0].pid if children else 0


def _tell(url: str, call: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
    asked = urllib.request.Request(url, msgspec.json.encode(call), headers)  # noqa: S310 -- ours
    urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310


def _answers(url: str) -> bool:
    return _read(url, None) is not None


def _wait_listed(url: str, token: str | None) -> None:
    give_up_s = time.monotonic() + READY_WITHIN_S
    while (_read(url, token) or "").count("#EXTINF") < LISTED:
        if time.monotonic() > give_up_s:
            raise RuntimeError("the broadcast does not come on air")
        time.sleep(0.2)


def _read(url: str, token: str | None) -> str | None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        asked = urllib.request.Request(url, headers=headers)  # noqa: S310 -- ours
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310
            return str(answer.read().decode())
    except OSError:
        return None
