"""Restored backups: the logs go on from an older state, under seqs that clients have seen before.

A client that has seen seq 900 of a log which was restored at 700 must not take the new 701 to 900
for what it knows. Each log has an epoch; when history is replaced they all get another one, and
clients read everything anew (`stream:subscribe`, `recovered: false`).

That it was replaced is found out by itself where the database stands elsewhere than it says: a dump
that was restored, anywhere, and a folder that was copied back. A server that was rolled back in
place (point-in-time recovery, a failover that lost something, a snapshot of a disk, rows alone)
looks the same as before: `veza restored` says it.
"""

import logging
from pathlib import Path
from typing import Any, Literal

import asyncpg

from storage.backends import Pool
from storage.postgres import Postgres

log = logging.getLogger(__name__)

Kind = Literal["cluster", "folder"]

RENEW_S = 300.0
"""For every log there is to get a new epoch; nobody is served meanwhile."""

# One process finds out, the others wait and find it settled; the lock goes with the transaction.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('veza.database_places'))"

# Server, database and table: whichever of them a restore made anew has another number.
_CLUSTER = """
SELECT (SELECT system_identifier FROM pg_control_system()) || ':' || d.oid || ':'
       || 'streams'::regclass::oid
FROM pg_database d WHERE datname = current_database()
"""
_ONLY_MADE = """
SELECT d.oid || ':' || 'streams'::regclass::oid
FROM pg_database d WHERE datname = current_database()
"""

_KNOWN = "SELECT place FROM database_places WHERE kind = $1"

_NOTE = """
INSERT INTO database_places (kind, place) VALUES ($1, $2)
ON CONFLICT (kind) DO UPDATE SET place = excluded.place, noted_at = now()
"""

# `rev` tells committers that what they remember of a stream is no longer so.
_NEW_EPOCHS = """
UPDATE streams SET epoch = substr(md5(gen_random_uuid()::text), 1, 8), rev = rev + 1
"""

_NOBODY_RECOVERS = "DELETE FROM recoveries"
_NEW_LIFE = "DELETE FROM recovery_lives"


async def settle_cluster(pool: Pool) -> bool:
    """Whether the database was moved since the hub last ran on it; new epochs if it was.

    Every process asks before it serves anybody.

    Raises:
        Unavailable: PostgreSQL does not answer.
    """
    postgres = Postgres(pool)
    try:
        row = await postgres.row(_CLUSTER)
    except asyncpg.InsufficientPrivilegeError:  # where pg_control_system is kept from users
        row = await postgres.row(_ONLY_MADE)
    assert row is not None
    return await _settle(postgres, "cluster", row[0])


async def settle_folder(pool: Pool, folder: Path) -> bool:
    """The same for a cluster of our own in `folder`, which may have been copied back there.

    The server writes its control file in place: a copy of it is another file.
    """
    inode = (folder / "global" / "pg_control").stat().st_ino
    return await _settle(Postgres(pool), "folder", str(inode))


async def renew_epochs(pool: Pool) -> int:
    """History was replaced: every log gets a new epoch. Returns how many there are.

    Nodes that run find out within a second, and send their clients to read anew.
    """
    async with Postgres(pool).transaction() as connection:
        return await _renew(connection)


async def _settle(postgres: Postgres, kind: Kind, place: str) -> bool:
    async with postgres.transaction() as connection:
        await connection.execute(_LOCK, timeout=RENEW_S)
        known = await connection.fetchval(_KNOWN, kind)
        if known == place:
            return False
        await connection.execute(_NOTE, kind, place)
        if known is None:
            return False
        streams = await _renew(connection)
    log.warning("restored.new_epochs", extra={"streams": streams, "kind": kind})
    return True


async def _renew(connection: Any) -> int:
    done: str = await connection.execute(_NEW_EPOCHS, timeout=RENEW_S)
    await connection.execute(_NOBODY_RECOVERS)
    await connection.execute(_NEW_LIFE)
    return int(done.split()[-1])
