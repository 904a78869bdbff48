-- depends: 0005_live
-- When a broadcast's recording was seen to: it is a track then, or there was nothing to keep.

ALTER TABLE live_streams ADD COLUMN recorded_at TIMESTAMPTZ;
CREATE INDEX live_streams_unrecorded_idx ON live_streams (ended_at)
    WHERE status = 'ended' AND recorded_at IS NULL;
