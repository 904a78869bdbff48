"""Bring a database to the tables of migrations/*.sql: forward only, in order of their names.

yoyo keeps the account of what was applied (`yoyo list` reads it). Beyond it: a whole file and its
mark are one transaction, so a crash leaves a migration applied or not; two migrators wait for each
other on an advisory lock, which dies with its session; and a file that was changed after it was
applied is refused, because two databases would then have the same history and different tables.
"""

import hashlib
import logging
from importlib.resources import as_file, files
from pathlib import Path

import psycopg
from yoyo import get_backend
from yoyo.backends import DatabaseBackend
from yoyo.migrations import Migration, read_migrations

log = logging.getLogger(__name__)

_LOCK_KEY = 0x76657A61  # "veza": any constant; all migrators of one database take the same one

_CHECKSUMS = """
    CREATE TABLE IF NOT EXISTS schema_checksums (
        migration_id text PRIMARY KEY,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""


class MigrationChanged(RuntimeError):
    """A migration's file is not the one this database was made with."""


def migrate(database_url: str, folder: Path | None = None) -> list[str]:
    """Apply what is missing and return the names applied, oldest first; blocks.

    Args:
        database_url: as for psycopg, `postgresql://…`.
        folder: where the *.sql are; the package `migrations` when None.

    Raises:
        MigrationChanged: a file that was applied before has other text now.
        psycopg.Error: the database refused a statement; nothing of that file remains.
    """
    if folder is None:
        with as_file(files("migrations")) as packaged:
            return migrate(database_url, packaged)
    with psycopg.connect(database_url, autocommit=True) as connection:
        # Held until this connection closes, so a killed migrator's lock is gone with it.
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        missing = _missing(connection, folder)
        if missing:
            _apply(database_url, folder, missing)
        return missing


def pending(database_url: str) -> list[str]:
    """Names of migrations that `migrate` would apply; empty when the database is current.

    Raises:
        MigrationChanged: as `migrate`.
    """
    with as_file(files("migrations")) as folder, psycopg.connect(database_url) as connection:
        return _missing(connection, folder)


def _missing(connection: psycopg.Connection, folder: Path) -> list[str]:
    """Names of files not applied yet, in order."""
    wanted = {path.stem: _sha256(path) for path in sorted(folder.glob("*.sql"))}
    if connection.execute("SELECT to_regclass('schema_checksums')").fetchone() == (None,):
        return list(wanted)
    rows = connection.execute("SELECT migration_id, sha256 FROM schema_checksums")
    applied: dict[str, str] = dict(rows.fetchall())
    for name, sha256 in wanted.items():
        if applied.get(name, sha256) != sha256:
            raise MigrationChanged(
                f"migration {name} was changed after this database applied it; put the file back"
                " as it was and write what is new into a further migration"
            )
    return [name for name in wanted if name not in applied]


def _apply(database_url: str, folder: Path, names: list[str]) -> None:
    _, _, rest = database_url.partition("://")
    backend = get_backend(f"postgresql+psycopg://{rest}")
    try:
        backend.break_lock()  # ours is the advisory lock: a row here is from a crash
        backend.ensure_internal_schema_updated()
        backend.execute(_CHECKSUMS)
        for migration in read_migrations(str(folder)):
            if migration.is_raw_sql() and migration.id in names:
                _apply_one(backend, migration)
    finally:
        backend.connection.close()


def _apply_one(backend: DatabaseBackend, migration: Migration) -> None:
    # The file goes to the server whole: yoyo's own splitting into statements does not know every
    # dollar-quoted body, and PostgreSQL does.
    path = Path(migration.path)
    with backend.transaction():
        backend.cursor().execute(path.read_text("utf-8"))
        backend.mark_one(migration, log=False)
        backend.execute(
            "INSERT INTO schema_checksums (migration_id, sha256) VALUES (:id, :sha256)",
            {"id": migration.id, "sha256": _sha256(path)},
        )
    log.info("migrate.applied", extra={"migration": migration.id})


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
