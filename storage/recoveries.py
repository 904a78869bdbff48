"""Sockets that may be recovered, and where a client that comes back stands in each stream."""

import secrets
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from storage.backends import Pool
from storage.log import CATCH_UP_LIMIT, Head, Log, LogEvent
from storage.postgres import Postgres


class Floor(Struct, frozen=True):
    """Where a socket began to follow a stream."""

    epoch: str
    seq: int


class Recoverable(Struct, frozen=True, kw_only=True):
    """One socket as it can be taken back."""

    pid: str
    connection_id: str
    """Of the connection that holds it now."""
    sid: str
    """The client's `socket.id`; it stays the same."""
    user_id: str
    sign_in_id: str
    streams: Mapping[str, Floor]
    dropped: bool = False


class Claimed(Struct, frozen=True, kw_only=True):
    """A socket that has been taken over."""

    connection_id: str
    """Of the connection that held it before."""
    sid: str
    streams: Mapping[str, Floor]
    life: str | None
    """Of the database, as of now."""


class Observation(Struct, frozen=True):
    """Heads of streams, and the snapshot of the database that they were read in."""

    heads: Mapping[str, Head]
    """By stream id."""
    life: str | None
    """None: the database has just begun a life; name it (`begin_life`) and look again."""
    snapshot: str
    """`xmin:xmax:xip,xip` (PostgreSQL's pg_snapshot)."""


class Standing(Struct, frozen=True):
    """What of one stream a client has seen, and what there is."""

    seen: int
    head: int


class TooMuchMissed(Exception):
    """More than a recovery replays."""


_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"

_SAVE = """
INSERT INTO recoveries AS r
       (pid, connection_id, sid, node_id, user_id, sign_in_id, streams, dropped_at)
SELECT pid, connection_id, sid, $1, user_id, sign_in_id, streams, CASE WHEN dropped THEN now() END
FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[]::json[],
            $8::boolean[])
    AS q (pid, connection_id, sid, user_id, sign_in_id, streams, dropped)
ON CONFLICT (pid) DO UPDATE SET streams = excluded.streams, dropped_at = excluded.dropped_at
WHERE r.connection_id = excluded.connection_id
"""

_FORGET = """
DELETE FROM recoveries r USING unnest($1::text[], $2::text[]) AS q (pid, connection_id)
WHERE r.pid = q.pid AND r.connection_id = q.connection_id
"""

# A node that is killed has last been seen up to one beat before: that is added.
_CLAIM = """
UPDATE recoveries r SET node_id = $1, connection_id = $2, dropped_at = NULL
FROM recoveries AS old LEFT JOIN recovery_nodes n ON n.id = old.node_id
WHERE old.pid = $3 AND r.pid = old.pid AND old.user_id = $4 AND old.sign_in_id = $5
  AND coalesce(old.dropped_at, n.seen_at + make_interval(secs => $6))
      > now() - make_interval(secs => $7)
RETURNING old.connection_id, r.sid, r.streams::text, (SELECT life FROM recovery_lives) AS life
"""

_BEAT = """
INSERT INTO recovery_nodes (id, seen_at) VALUES ($1, now())
ON CONFLICT (id) DO UPDATE SET seen_at = now()
"""

_SWEEP = """
WITH gone AS (
    DELETE FROM recovery_nodes WHERE seen_at < now() - make_interval(secs => $1)
)
DELETE FROM recoveries r
WHERE r.dropped_at < now() - make_interval(secs => $1)
   OR NOT EXISTS (
       SELECT FROM recovery_nodes n
       WHERE n.id = r.node_id AND n.seen_at >= now() - make_interval(secs => $1)
   )
"""

_OBSERVE = """
SELECT id::text, epoch, head_seq, NULL AS snapshot FROM streams WHERE id = ANY($1::uuid[])
UNION ALL
SELECT NULL, (SELECT life FROM recovery_lives), NULL, pg_current_snapshot()::text
"""

_BEGIN_LIFE = """
INSERT INTO recovery_lives (life) VALUES ($1) ON CONFLICT DO NOTHING
"""

# `seen` is what the offset names, else the last event that its snapshot held, looked for from the
# head back as far as matters; never less than where the stream was subscribed to (GREATEST passes
# over NULL). A stream whose history has been replaced is left out.
_STAND = """
SELECT s.id::text, s.head_seq,
       greatest(q.floor, coalesce(q.seq, held.seq)) AS seen
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) AS q (id, epoch, floor, seq)
JOIN streams s ON s.id = q.id AND s.epoch = q.epoch
LEFT JOIN LATERAL (
    SELECT e.seq FROM stream_events e
    WHERE q.seq IS NULL AND $5::text::pg_snapshot IS NOT NULL
      AND e.stream_id = s.id AND e.seq > greatest(q.floor, s.head_seq - $6 - 1)
      AND (e.tx IS NULL OR pg_visible_in_snapshot(e.tx, $5::text::pg_snapshot))
    ORDER BY e.seq DESC LIMIT 1
) held ON true
"""


class Recoveries:
    """The rows of recoverable sockets."""

    def __init__(self, pool: Pool) -> None:
        self._db = Postgres(pool)

    async def save(self, node_id: str, rows: Sequence[Recoverable]) -> None:
        """Writes sockets of a node, those that dropped included; one taken elsewhere is left alone.

        Raises:
            Unavailable: PostgreSQL does not answer.
        """
        await self._db.run(
            _SAVE,
            node_id,
            [row.pid for row in rows],
            [row.connection_id for row in rows],
            [row.sid for row in rows],
            [row.user_id for row in rows],
            [row.sign_in_id for row in rows],
            [msgspec.json.encode(row.streams).decode() for row in rows],
            [row.dropped for row in rows],
        )

    async def forget(self, gone: Iterable[tuple[str, str]]) -> None:
        """Removes sockets that went for good, as (pid, connection id)."""
        pairs = list(gone)
        await self._db.run(_FORGET, [pid for pid, _ in pairs], [held for _, held in pairs])

    async def claim(
        self,
        *,
        node_id: str,
        connection_id: str,
        pid: str,
        user_id: str,
        sign_in_id: str,
        beat_s: float,
        limit_s: float,
    ) -> Claimed | None:
        """Takes a socket over for another connection of the same sign-in; None: there is none.

        Args:
            node_id: the node it is on from now on.
            connection_id: the connection that holds it from now on.
            pid: which one.
            user_id: whose it has to be.
            sign_in_id: under which sign-in.
            beat_s: how old a dead node's last word may have been when it died.
            limit_s: how long ago it may have dropped.
        """
        row = await self._db.row(
            _CLAIM, node_id, connection_id, pid, user_id, sign_in_id, beat_s, limit_s
        )
        if row is None:
            return None
        return Claimed(
            connection_id=row["connection_id"],
            sid=row["sid"],
            streams=msgspec.json.decode(row["streams"], type=dict[str, Floor]),
            life=row["life"],
        )

    async def beat(self, node_id: str) -> None:
        """Says that a node lives."""
        await self._db.run(_BEAT, node_id)

    async def sweep(self, limit_s: float) -> int:
        """Removes what nobody can be recovered from any more."""
        return await self._db.run(_SWEEP, limit_s)

    async def observe(self, stream_ids: Sequence[str]) -> Observation:
        """The heads of streams and the snapshot they were read in."""
        heads: dict[str, Head] = {}
        life, snapshot = None, ""
        for row in await self._db.rows(_OBSERVE, list(stream_ids)):
            if row["id"] is None:
                life, snapshot = row["epoch"], row["snapshot"]
            else:
                heads[row["id"]] = Head(row["epoch"], row["head_seq"])
        return Observation(heads, life, snapshot)

    async def begin_life(self) -> None:
        """Names the database's life, unless another node has."""
        await self._db.run(_BEGIN_LIFE, "".join(secrets.choice(_LETTERS) for _ in range(4)))


class Missed:
    """What a client has missed in the streams it followed."""

    def __init__(self, pool: Pool) -> None:
        self._db = Postgres(pool)
        self._log = Log(pool)

    async def stand(
        self,
        floors: Mapping[str, Floor],
        seqs: Mapping[str, int],
        snapshot: str | None,
        most: int,
    ) -> dict[str, Standing]:
        """Where a client stands, by stream.

        Args:
            floors: the streams it followed.
            seqs: of some of them, the last event it has seen.
            snapshot: of the others it has seen what this held.
            most: events back from each head that are looked at.

        Streams whose history has been replaced are left out. More than `most` missing may be said
        as even more.
        """
        names = {stream.partition(":")[2]: stream for stream in floors}
        rows = await self._db.rows(
            _STAND,
            list(names),
            [floor.epoch for floor in floors.values()],
            [floor.seq for floor in floors.values()],
            [seqs.get(stream) for stream in floors],
            snapshot,
            most,
        )
        return {names[row["id"]]: Standing(row["seen"], row["head_seq"]) for row in rows}

    async def events(
        self, stream: str, epoch: str, standing: Standing, most: int
    ) -> list[LogEvent]:
        """All that is missing of one stream, oldest first.

        Raises:
            TooMuchMissed: more than `most`, or the log has a hole.
        """
        wanted = standing.head - standing.seen
        if not 0 <= wanted <= most:
            raise TooMuchMissed
        events: list[LogEvent] = []
        while len(events) < wanted:
            after = standing.seen + len(events)
            page = await self._log.read(stream, epoch, after, standing.head, CATCH_UP_LIMIT)
            if not page:
                break
            events += page
        expected = list(range(standing.seen + 1, standing.head + 1))
        if [event.seq for event in events] != expected:
            raise TooMuchMissed
        return events
