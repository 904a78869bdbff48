"""Whether the database has the tables that this version works with."""

import asyncio
import logging
from importlib.resources import files

from storage.backends import Pool
from storage.postgres import answering

log = logging.getLogger(__name__)

POLL_S = 0.5


async def wait_for_schema(pool: Pool) -> None:
    """Return once every migration of this version is applied; `veza migrate` does that.

    A process that is started together with the migration, or before it, waits for it here in place
    of failing at its first query.

    Raises:
        Unavailable: PostgreSQL does not answer.
    """
    wanted = {
        file.name.removesuffix(".sql")
        for file in files("migrations").iterdir()
        if file.name.endswith(".sql")
    }
    is_told = False
    while missing := wanted - await _applied(pool):
        if not is_told:
            log.warning("schema.waiting", extra={"missing": sorted(missing)})
            is_told = True
        await asyncio.sleep(POLL_S)
    if is_told:
        log.info("schema.ready")


async def _applied(pool: Pool) -> set[str]:
    with answering():
        if await pool.fetchval("SELECT to_regclass('schema_checksums')") is None:
            return set()
        return {row[0] for row in await pool.fetch("SELECT migration_id FROM schema_checksums")}
