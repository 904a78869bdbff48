-- depends: 0006_catalog_order
-- Who made an artist or an album, an order of an album's tracks, and what lists are read by.

ALTER TABLE artists ADD COLUMN created_by UUID REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE albums ADD COLUMN created_by UUID REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE tracks ADD COLUMN album_position INTEGER;  -- from 0; NULL goes last

CREATE INDEX artists_creator_idx ON artists (created_by);
CREATE INDEX albums_creator_idx ON albums (created_by);
CREATE INDEX artists_listed_name_idx ON artists (folded(name), id) WHERE deleted_at IS NULL;
CREATE INDEX albums_listed_title_idx ON albums (folded(title), id) WHERE deleted_at IS NULL;
CREATE INDEX artists_name_trgm_idx ON artists USING gin (folded(name) gin_trgm_ops);
CREATE INDEX albums_title_trgm_idx ON albums USING gin (folded(title) gin_trgm_ops);
CREATE INDEX playlists_name_trgm_idx ON playlists USING gin (folded(name) gin_trgm_ops);
CREATE INDEX track_plays_listener_idx ON track_plays (user_id, track_id, played_at DESC);
