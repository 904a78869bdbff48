-- depends: 0021_database_places
-- What a device said of itself (`device:update`), so that it need not say it again.

CREATE TABLE user_devices (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_id UUID NOT NULL,
    name VARCHAR(80),
    kind VARCHAR(32) NOT NULL,
    output_latency_ms INTEGER,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, device_id)
);
