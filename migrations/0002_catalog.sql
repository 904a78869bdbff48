-- depends: 0001_accounts
-- The catalog: tracks and everything that hangs on one. Columns of the specification come first in
-- each table, our own after them.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

CREATE TYPE track_status AS ENUM ('uploading', 'processing', 'completed', 'failed');
CREATE TYPE track_history_action AS ENUM (
    'created', 'updated', 'deleted', 'published', 'unpublished', 'restored');
CREATE TYPE playlist_version_action AS ENUM (
    'created', 'updated', 'tracks_added', 'tracks_removed', 'tracks_reordered', 'restored', 'deleted');
CREATE TYPE artist_role AS ENUM ('owner', 'editor', 'viewer');

-- Lower case without accents: how titles and names are compared in a search. Immutable in fact, since
-- the dictionary is named; unaccent() alone is only stable, for it looks its dictionary up by path.
CREATE FUNCTION folded(value TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, value));

CREATE TABLE artists (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    seq_id BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    name VARCHAR(255) NOT NULL,
    avatar_url TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ
);

CREATE TABLE albums (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    seq_id BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,
    title VARCHAR(255) NOT NULL,
    cover_url VARCHAR(500),
    album_type VARCHAR(20) NOT NULL DEFAULT 'album' CHECK (album_type IN ('single', 'ep', 'album')),
    release_date DATE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ
);

CREATE TABLE tracks (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    creator_id UUID REFERENCES users (id) ON DELETE CASCADE,
    file_id UUID,
    title VARCHAR(255) NOT NULL,
    artist VARCHAR(255),
    album VARCHAR(255),
    duration INTEGER,  -- seconds
    genre VARCHAR(100),
    tags TEXT[],  -- PostgreSQL array
    year INTEGER DEFAULT 0,
    bpm INTEGER,
    musical_key VARCHAR(10),
    file_path VARCHAR(500),
    file_size BIGINT,  -- bytes
    format VARCHAR(10),  -- wav, mp3, flac, ...
    bitrate INTEGER,  -- kbps
    sample_rate INTEGER,  -- Hz
    waveform_path VARCHAR,
    waveform_url VARCHAR,
    cover_art_path VARCHAR,
    is_public BOOLEAN DEFAULT true,
    status track_status,
    status_message TEXT,
    stream_status VARCHAR DEFAULT 'pending' CHECK (stream_status IN ('pending', 'processing', 'ready', 'error')),
    stream_manifest_url VARCHAR,  -- URL of the HLS playlist
    play_count BIGINT DEFAULT 0,
    like_count BIGINT DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ,
    seq_id BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,  -- the integer id of /api/v1/tracks
    description TEXT CHECK (char_length(description) <= 2000),
    filename VARCHAR(255),
    is_downloadable BOOLEAN NOT NULL DEFAULT false,
    license VARCHAR(40) NOT NULL DEFAULT 'All Rights Reserved' CHECK (license IN (
        'All Rights Reserved', 'Creative Commons BY', 'Creative Commons BY-SA',
        'Creative Commons BY-NC', 'Public Domain')),
    channels INTEGER,
    codec VARCHAR(100),
    quality VARCHAR(20),
    artwork_path VARCHAR(500),
    thumbnail_path VARCHAR(500),
    unique_listeners BIGINT NOT NULL DEFAULT 0,
    dislike_count BIGINT NOT NULL DEFAULT 0,
    download_count BIGINT NOT NULL DEFAULT 0,
    share_count BIGINT NOT NULL DEFAULT 0,
    comment_count BIGINT NOT NULL DEFAULT 0,
    repost_count BIGINT NOT NULL DEFAULT 0,
    album_id UUID REFERENCES albums (id) ON DELETE SET NULL,
    lyrics_url TEXT,
    video_url TEXT,
    is_explicit BOOLEAN NOT NULL DEFAULT false,
    is_published BOOLEAN NOT NULL DEFAULT false,
    popularity_score DOUBLE PRECISION NOT NULL DEFAULT 0,
    search_tsv TSVECTOR GENERATED ALWAYS AS
        (to_tsvector('english', coalesce(title, '') || ' ' || coalesce(artist, ''))) STORED,
    -- ours: the original
    original_key TEXT,  -- in the object store
    original_sha256 BYTEA,
    -- nothing was typed at the upload: tags in the file may replace title, artist and the like
    metadata_from_file BOOLEAN NOT NULL DEFAULT false,
    -- ours: processing
    attempt INTEGER NOT NULL DEFAULT 0,  -- rises each time a worker takes the track; names its folder
    processing_step VARCHAR(40),
    processing_percent INTEGER NOT NULL DEFAULT 0 CHECK (processing_percent BETWEEN 0 AND 100),
    failure_code VARCHAR(40),
    -- ours: what was published
    media_prefix TEXT,  -- folder of the published attempt, tracks/{id}/{attempt}
    rungs JSONB NOT NULL DEFAULT '[]',  -- [{name, codec, codecs, bitrate_bps, sample_rate_hz}]
    duration_ms BIGINT CHECK (duration_ms >= 0),
    priming_samples INTEGER NOT NULL DEFAULT 0,
    loudness_lufs REAL,  -- integrated, ITU-R BS.1770
    true_peak_dbtp REAL,
    has_waveform BOOLEAN NOT NULL DEFAULT false,
    has_cover BOOLEAN NOT NULL DEFAULT false,
    published_at TIMESTAMPTZ,  -- first moment at which it could be played
    -- ours: search. Weights: title A, artist B, album C, description D. 'simple' keeps every word:
    -- the English list of stop words leaves nothing of "The Who".
    search_words TSVECTOR GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', folded(title)), 'A')
        || setweight(to_tsvector('simple', folded(coalesce(artist, ''))), 'B')
        || setweight(to_tsvector('simple', folded(coalesce(album, ''))), 'C')
        || setweight(to_tsvector('simple', folded(coalesce(description, ''))), 'D')) STORED,
    CONSTRAINT tracks_duration_not_negative CHECK (duration IS NULL OR duration >= 0),
    CONSTRAINT tracks_bpm_range CHECK (bpm IS NULL OR bpm BETWEEN 40 AND 300)
);

CREATE TABLE album_artists (
    album_id UUID NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    artist_id UUID NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    role artist_role NOT NULL DEFAULT 'owner',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (album_id, artist_id)
);

CREATE TABLE track_artists (
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    artist_id UUID NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    role artist_role NOT NULL DEFAULT 'viewer',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (track_id, artist_id)
);

CREATE TABLE track_audios (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    ext VARCHAR(4) NOT NULL CHECK (ext IN ('mp3', 'ogg')),
    bitrate INTEGER NOT NULL CHECK (bitrate > 0),  -- kbps; ogg 96/160/320, mp3 at the source bitrate
    path TEXT NOT NULL,  -- URL
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (track_id, ext, bitrate),
    CHECK (ext <> 'ogg' OR bitrate IN (96, 160, 320))
);

CREATE TABLE track_versions (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID REFERENCES tracks (id) ON DELETE CASCADE,
    version_number INTEGER,
    file_path VARCHAR(500),
    file_size BIGINT,  -- bytes
    changelog TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (track_id, version_number)
);

CREATE TABLE track_likes (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    track_id UUID REFERENCES tracks (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, track_id)
);

CREATE TABLE track_plays (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID REFERENCES tracks (id),
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,  -- null for anonymous plays
    duration INTEGER,  -- seconds played
    played_at TIMESTAMPTZ,
    device VARCHAR(100),
    ip_address VARCHAR(45),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_shares (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID,
    user_id UUID,
    share_token VARCHAR(255) UNIQUE,
    permissions VARCHAR(50) DEFAULT 'read' CHECK (permissions IN ('read', 'download')),
    expires_at TIMESTAMPTZ,
    access_count BIGINT DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_comments (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID REFERENCES tracks (id) ON DELETE CASCADE,
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    parent_id UUID REFERENCES track_comments (id) ON DELETE CASCADE,  -- comment replied to
    content TEXT NOT NULL,
    timestamp DOUBLE PRECISION,  -- position in seconds
    is_edited BOOLEAN DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    seq_id BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE
);

CREATE TABLE track_reposts (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    track_id UUID REFERENCES tracks (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_stems (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID REFERENCES tracks (id) ON DELETE CASCADE,
    name VARCHAR(100),
    file_path VARCHAR(500),
    format VARCHAR(10),
    size_bytes BIGINT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_lyrics (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID UNIQUE REFERENCES tracks (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_history (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID,
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    action track_history_action,
    old_value TEXT,
    new_value TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE tags (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    name VARCHAR(30) UNIQUE,
    use_count INTEGER DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_tags (
    track_id UUID,
    tag_id UUID,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (track_id, tag_id)
);

CREATE TABLE genres (
    slug VARCHAR(50) PRIMARY KEY,
    name VARCHAR(100),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_genres (
    track_id UUID,
    genre_slug VARCHAR(50),
    position INTEGER DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (track_id, genre_slug)
);

CREATE TABLE playback_analytics (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID REFERENCES tracks (id) ON DELETE CASCADE,
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    play_time INTEGER,  -- seconds
    pause_count INTEGER,
    seek_count INTEGER,
    completion_rate NUMERIC(5,2),  -- 0-100 %
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE playlists (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    name VARCHAR(200),  -- the title; the column is called name
    description TEXT,
    is_public BOOLEAN DEFAULT true,
    cover_url VARCHAR(500),
    track_count INTEGER DEFAULT 0,
    follower_count INTEGER DEFAULT 0,
    is_editorial BOOLEAN DEFAULT false,  -- editorial playlist
    is_default_favorites BOOLEAN DEFAULT false,  -- automatic favourites playlist
    deleted_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE playlist_tracks (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    playlist_id UUID REFERENCES playlists (id) ON DELETE CASCADE,
    track_id UUID REFERENCES tracks (id) ON DELETE CASCADE,
    position INTEGER,  -- order in the playlist
    added_by UUID,
    added_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE playlist_collaborators (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    playlist_id UUID REFERENCES playlists (id),
    user_id UUID REFERENCES users (id),
    permission VARCHAR(20) DEFAULT 'read' CHECK (permission IN ('read', 'write', 'admin')),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE playlist_follows (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    playlist_id UUID,
    user_id UUID,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE playlist_share_links (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    playlist_id UUID,
    user_id UUID,
    share_token VARCHAR(255) UNIQUE,
    expires_at TIMESTAMPTZ,
    access_count BIGINT DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE playlist_versions (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    playlist_id UUID,
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    version INTEGER,
    action playlist_version_action,  -- kind of change
    title VARCHAR(200),
    description TEXT,
    is_public BOOLEAN,
    cover_url VARCHAR(500),
    tracks_snapshot TEXT,  -- JSON of the tracks at this version
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE user_genre_follows (
    user_id UUID,
    genre_slug VARCHAR,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, genre_slug)
);

CREATE TABLE user_tag_follows (
    user_id UUID,
    tag_id UUID,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, tag_id)
);

CREATE TABLE track_processing_tasks (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    task VARCHAR(40) NOT NULL CHECK (task IN (
        'audio_analysis', 'waveform_generation', 'thumbnail_creation', 'quality_variants')),
    status VARCHAR(20) NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    progress INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    estimated_completion TIMESTAMPTZ,
    error_message TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (track_id, task)
);

CREATE TABLE track_change_log (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    field VARCHAR(50) NOT NULL,
    old_value JSONB,
    new_value JSONB,
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_dislikes (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, track_id)
);

CREATE TABLE track_downloads (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    user_id UUID REFERENCES users (id) ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_comment_likes (
    comment_id UUID NOT NULL REFERENCES track_comments (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (comment_id, user_id)
);

CREATE TABLE track_audio_features (
    track_id UUID PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    bpm DOUBLE PRECISION,
    key VARCHAR(10),
    camelot_key VARCHAR(3),
    mood VARCHAR(50),
    features JSONB NOT NULL DEFAULT '{}'::jsonb,  -- any other measured feature, by name
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE track_embeddings (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    type VARCHAR(50) NOT NULL,   -- the {type} path parameter
    vector REAL[] NOT NULL,      -- pgvector may replace the array where it is installed
    dimension INTEGER GENERATED ALWAYS AS (cardinality(vector)) STORED,
    model VARCHAR(100),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (track_id, type)
);

CREATE TABLE track_metadata (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    track_id UUID NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    key VARCHAR(100) NOT NULL,
    value TEXT,
    source VARCHAR(100),         -- such as lastfm, listenbrainz, napster
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (track_id, key, source)
);

-- An upload under way, whole or in chunks. It also holds the place in the month's quota, so that two
-- hundred uploads begun at once cannot pass a quota of ten; past `expires_at` it counts no more.
CREATE TABLE uploads (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    track_id UUID REFERENCES tracks (id) ON DELETE SET NULL,
    filename VARCHAR(255) NOT NULL,
    mime_type VARCHAR(100),
    total_bytes BIGINT NOT NULL,
    received_bytes BIGINT NOT NULL DEFAULT 0,
    chunk_bytes INTEGER,
    total_chunks INTEGER,
    received_chunks INTEGER[] NOT NULL DEFAULT '{}',
    storage_key TEXT,
    status VARCHAR(20) NOT NULL DEFAULT 'uploading'
        CHECK (status IN ('uploading', 'processing', 'completed', 'failed')),
    error_message TEXT,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    sha256 BYTEA,  -- what the client says the whole file hashes to
    metadata JSONB NOT NULL DEFAULT '{}'
);

-- Chunks that have arrived; a chunk sent twice with the same bytes is the same chunk.
CREATE TABLE upload_parts (
    upload_id UUID NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    chunk_index INTEGER NOT NULL CHECK (chunk_index >= 0),
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    sha256 BYTEA NOT NULL,
    storage_key TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (upload_id, chunk_index)
);

CREATE INDEX uploads_user_idx ON uploads (user_id, status);
CREATE INDEX uploads_expires_idx ON uploads (expires_at) WHERE status = 'uploading';

CREATE INDEX idx_tracks_creator_id ON tracks (creator_id);
CREATE INDEX idx_tracks_deleted_at ON tracks (deleted_at);
CREATE INDEX idx_track_plays_track_id ON track_plays (track_id);
CREATE INDEX idx_track_plays_user_id ON track_plays (user_id);
CREATE INDEX idx_track_plays_played_at ON track_plays (played_at);
CREATE INDEX idx_track_shares_track_id ON track_shares (track_id);
CREATE INDEX idx_track_shares_user_id ON track_shares (user_id);
CREATE INDEX idx_track_comments_track_id ON track_comments (track_id);
CREATE INDEX idx_track_comments_user_id ON track_comments (user_id);
CREATE INDEX idx_track_reposts_user_id ON track_reposts (user_id);
CREATE INDEX idx_track_reposts_track_id ON track_reposts (track_id);
CREATE INDEX idx_track_reposts_created_at ON track_reposts (created_at);
CREATE INDEX idx_track_stems_track_id ON track_stems (track_id);
CREATE INDEX idx_track_history_track_id ON track_history (track_id);
CREATE INDEX idx_track_history_action ON track_history (action);
CREATE INDEX idx_playback_analytics_track_id ON playback_analytics (track_id);
CREATE INDEX idx_playback_analytics_user_id ON playback_analytics (user_id);
CREATE INDEX idx_playlists_user_id ON playlists (user_id);
CREATE INDEX idx_playlist_tracks_playlist_id ON playlist_tracks (playlist_id);
CREATE INDEX idx_playlist_tracks_track_id ON playlist_tracks (track_id);
CREATE INDEX idx_playlist_collaborators_playlist_id ON playlist_collaborators (playlist_id);
CREATE INDEX idx_playlist_collaborators_user_id ON playlist_collaborators (user_id);
CREATE INDEX idx_playlist_follows_playlist_id ON playlist_follows (playlist_id);
CREATE INDEX idx_playlist_follows_user_id ON playlist_follows (user_id);
CREATE INDEX idx_playlist_share_links_playlist_id ON playlist_share_links (playlist_id);
CREATE INDEX idx_playlist_share_links_user_id ON playlist_share_links (user_id);
CREATE INDEX idx_playlist_versions_playlist_id ON playlist_versions (playlist_id);
CREATE INDEX idx_track_stems_deleted_at ON track_stems (deleted_at);
CREATE INDEX idx_playlists_deleted_at ON playlists (deleted_at);
CREATE UNIQUE INDEX uq_track_reposts ON track_reposts (user_id, track_id);
CREATE UNIQUE INDEX uq_playlist_follows ON playlist_follows (playlist_id, user_id);
CREATE UNIQUE INDEX uq_playlist_collaborators ON playlist_collaborators (playlist_id, user_id);
CREATE UNIQUE INDEX uq_default_favorites ON playlists (user_id) WHERE is_default_favorites AND deleted_at IS NULL;
CREATE UNIQUE INDEX uq_artists_user ON artists (user_id) WHERE user_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX idx_artists_deleted_at ON artists (deleted_at);
CREATE INDEX idx_albums_deleted_at ON albums (deleted_at);
CREATE INDEX idx_album_artists_artist ON album_artists (artist_id, role);
CREATE INDEX idx_track_artists_artist ON track_artists (artist_id);
CREATE INDEX idx_tracks_search ON tracks USING gin (search_tsv);
CREATE INDEX idx_tracks_title_trgm ON tracks USING gin (title gin_trgm_ops);
CREATE INDEX idx_tracks_artist_trgm ON tracks USING gin (artist gin_trgm_ops);
CREATE INDEX idx_tracks_public_created ON tracks (is_public, created_at);
CREATE INDEX idx_tracks_artist ON tracks (artist);
CREATE INDEX idx_tracks_tags ON tracks USING gin (tags);
CREATE INDEX idx_tracks_genre_bpm ON tracks (genre, bpm) WHERE is_public = true;
CREATE INDEX idx_tracks_popularity ON tracks (play_count DESC, created_at DESC) WHERE is_public = true;
CREATE INDEX idx_tracks_album ON tracks (album_id);
CREATE INDEX idx_track_change_log ON track_change_log (track_id, changed_at DESC);
CREATE INDEX idx_track_downloads_track ON track_downloads (track_id, created_at);
CREATE INDEX idx_track_comments_time ON track_comments (track_id, "timestamp");
CREATE INDEX idx_taf_bpm ON track_audio_features (bpm);
CREATE INDEX idx_taf_key ON track_audio_features (key);
CREATE INDEX idx_taf_camelot ON track_audio_features (camelot_key);
CREATE INDEX idx_taf_mood ON track_audio_features (mood);
CREATE INDEX idx_track_metadata_key ON track_metadata (key);
CREATE INDEX idx_track_metadata_source ON track_metadata (source);

-- Ours. The list shows what is public and can be played; three partial indexes carry the pages of the
-- default order, of a genre and of popularity without a sort.
CREATE INDEX tracks_listed_idx ON tracks (created_at DESC, id DESC)
    WHERE is_public AND status = 'completed' AND deleted_at IS NULL;
CREATE INDEX tracks_listed_genre_idx ON tracks (lower(genre), created_at DESC, id DESC)
    WHERE is_public AND status = 'completed' AND deleted_at IS NULL;
CREATE INDEX tracks_listed_popularity_idx ON tracks (popularity_score DESC, id DESC)
    WHERE is_public AND status = 'completed' AND deleted_at IS NULL;
CREATE INDEX tracks_creator_time_idx ON tracks (creator_id, created_at DESC);
CREATE INDEX tracks_words_idx ON tracks USING gin (search_words);
CREATE INDEX tracks_title_folded_idx ON tracks USING gin (folded(title) gin_trgm_ops);
CREATE INDEX tracks_artist_folded_idx ON tracks USING gin (folded(artist) gin_trgm_ops);
CREATE INDEX playlist_tracks_position_idx ON playlist_tracks (playlist_id, position);
