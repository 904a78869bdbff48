"""A web node in a process of its own, to be killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from msgspec import Struct

from storage import embedded
from tests.nodes import SECRET
from tests.serving import until_ready


class NodeProcess(Struct, frozen=True):
    """A `veza serve` that answers."""

    process: asyncio.subprocess.Process
    url: str


@asynccontextmanager
async def node_process(database_url: str, redis_url: str) -> AsyncIterator[NodeProcess]:
    """One more node on the test's servers; dead at the end of the block."""
    port = embedded.free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "serve", "--port", str(port)),
        env=os.environ
        | {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "JWT_SECRET": SECRET},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await until_ready(url, lambda: process.returncode is not None, 30)
        yield NodeProcess(process, url)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
