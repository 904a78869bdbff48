"""Bring a database to the tables of migrations/*.sql: forward only, in order of their names.

yoyo keeps the account of what was applied (`yoyo list` reads it). Beyond it: a whole file and its
mark are one transaction, so a crash leaves a migration applied or not; two migrators wait for each
other on an advisory lock, which dies with its session; and a file that was changed after it was
applied is refused, because two databases would then have the same history and different tables.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
    with _locked(database_url), closing(_Backend(database_url)) as backend:
        return backend.apply([m for m in read_migrations(str(folder)) if m.is_raw_sql()])


def pending(database_url: str) -> list[str]:
    """Names of migrations that `migrate` would apply; empty when the database is current."""
    with as_file(files("migrations")) as folder, psycopg.connect(database_url) as connection:
        names = [path.stem for path in sorted(folder.glob("*.sql"))]
        if connection.execute("SELECT to_regclass('schema_checksums')").fetchone() == (None,):
            return names
        applied = {
            row[0] for row in connection.execute("SELECT migration_id FROM schema_checksums")
        }
        return [name for name in names if name not in applied]


class _Backend:
    """yoyo's account of one database."""

    def __init__(self, database_url: str) -> None:
        scheme, _, rest = database_url.partition("://")
        if scheme not in ("postgresql", "postgres"):
            raise ValueError("a database URL starts with postgresql://")
        self._yoyo: DatabaseBackend = get_backend(f"postgresql+psycopg://{rest}")
        self._yoyo.break_lock()  # ours is the advisory lock: a row here is from a crash
        self._yoyo.ensure_internal_schema_updated()
        self._yoyo.execute(_CHECKSUMS)

    def close(self) -> None:
        self._yoyo.connection.close()

    def apply(self, migrations: list[Migration]) -> list[str]:
        rows = self._yoyo.execute("SELECT migration_id, sha256 FROM schema_checksums").fetchall()
        known = dict(rows)
        for migration in migrations:
            if known.get(migration.id, _sha256(migration)) != _sha256(migration):
                raise MigrationChanged(
                    f"migration {migration.id} was changed after this database applied it; put the"
                    " file back as it was and write what is new into a further migration"
                )
        missing = [migration for migration in migrations if migration.id not in known]
        for migration in missing:
            self._apply_one(migration)
        return [migration.id for migration in missing]

    def _apply_one(self, migration: Migration) -> None:
        # The file goes to the server whole: yoyo's own splitting into statements does not know
        # every dollar-quoted body, and PostgreSQL does.
        with self._yoyo.transaction():
            self._yoyo.cursor().execute(Path(migration.path).read_text("utf-8"))
            self._yoyo.mark_one(migration, log=False)
            self._yoyo.execute(
                "INSERT INTO schema_checksums (migration_id, sha256) VALUES (:id, :sha256)",
                {"id": migration.id, "sha256": _sha256(migration)},
            )
        log.info("migrate.applied", extra={"migration": migration.id})


@contextmanager
def _locked(database_url: str) -> Iterator[None]:
    """Hold the advisory lock on a connection of its own; a killed migrator's is gone with it."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        yield


def _sha256(migration: Migration) -> str:
    return hashlib.sha256(Path(migration.path).read_bytes()).hexdigest()
