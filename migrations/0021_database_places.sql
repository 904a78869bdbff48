-- depends: 0012_recovery
-- Where this database was when the hub last ran on it. A backup that is restored elsewhere still says
-- where it came from: so the hub finds out by itself that its history has been replaced
-- (storage/restored.py).

CREATE TABLE database_places (
    kind TEXT PRIMARY KEY CHECK (kind IN ('cluster', 'folder')),
    place TEXT NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
