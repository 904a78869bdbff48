-- depends: 0003_rooms
-- Connection state recovery: what a dropped socket was following, and a way to say in one short
-- text which events a node had delivered at a moment.

-- The transaction that wrote an event. With a snapshot (pg_current_snapshot) at hand, whether the
-- event was there at that moment is pg_visible_in_snapshot(tx, snapshot): exact, whatever the order
-- in which other nodes commit. Older rows have none: they are older than any snapshot that is asked.
ALTER TABLE stream_events ADD COLUMN tx XID8;
ALTER TABLE stream_events ALTER COLUMN tx SET DEFAULT pg_current_xact_id();

-- UNLOGGED, all three: a crash of PostgreSQL empties them, and with them what it may have made wrong
-- (a snapshot is worth nothing once transaction ids may have been given out twice). A client then
-- hears that it was not recovered, and reads on by `since`.

-- One row per socket that follows something.
CREATE UNLOGGED TABLE recoveries (
    pid TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL,
    sid TEXT NOT NULL,
    node_id UUID NOT NULL,
    user_id UUID NOT NULL,
    sign_in_id UUID NOT NULL,
    streams JSON NOT NULL,
    dropped_at TIMESTAMPTZ
);

-- Nodes that live; the sockets of one that has stopped saying so dropped when it did.
CREATE UNLOGGED TABLE recovery_nodes (
    id UUID PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL
);

-- One row: the life of the database between two crashes, named in every offset.
CREATE UNLOGGED TABLE recovery_lives (
    one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
    life TEXT NOT NULL
);
