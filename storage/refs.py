"""From what a path or a body names, a UUID or an integer id (specification C01), to UUIDs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from storage.backends import Pool
from storage.postgres import Postgres

Kind = Literal["user", "track", "artist", "album"]
Ref = str | int
"""A UUID, or a number that fits into a bigint."""

_SQL: Mapping[Kind, str] = {
    "user": "SELECT seq_id, id::text FROM users WHERE seq_id = ANY($1::bigint[])",
    "track": "SELECT seq_id, id::text FROM tracks WHERE seq_id = ANY($1::bigint[])",
    "artist": "SELECT seq_id, id::text FROM artists WHERE seq_id = ANY($1::bigint[])",
    "album": "SELECT seq_id, id::text FROM albums WHERE seq_id = ANY($1::bigint[])",
}
_NUMBERS: Mapping[Kind, str] = {
    kind: sql.replace("seq_id = ANY($1::bigint[])", "id = ANY($1::uuid[])")
    for kind, sql in _SQL.items()
}


class Refs:
    """Finds UUIDs."""

    def __init__(self, pool: Pool) -> None:
        self._postgres = Postgres(pool)

    async def resolve(self, kind: Kind, refs: Sequence[Ref]) -> list[str | None]:
        """The UUID of each; None for a number that is nobody's. UUIDs are not looked up."""
        numbers = sorted({ref for ref in refs if isinstance(ref, int)})
        found: dict[int, str] = {}
        if numbers:
            rows = await self._postgres.rows(_SQL[kind], numbers)
            found = {row["seq_id"]: row["id"] for row in rows}
        return [found.get(ref) if isinstance(ref, int) else ref.lower() for ref in refs]

    async def numbers(self, kind: Kind, ids: Collection[str]) -> dict[str, int]:
        """The integer id of each of these UUIDs that is somebody's."""
        if not ids:
            return {}
        rows = await self._postgres.rows(_NUMBERS[kind], sorted(set(ids)))
        return {row["id"]: row["seq_id"] for row in rows}
