-- Accounts: who signs in, by what, and what he may do. Columns of the specification come first in
-- each table, our own after them. Ids are UUIDv7, so that a table is stored in order of creation.
-- Forward only: a mistake is mended by a later migration.

CREATE TYPE user_role AS ENUM ('user', 'content_creator', 'moderator', 'admin');

-- Limits per plan; NULL means unlimited. Sizes are binary (1 MB = 1,048,576 bytes).
CREATE TABLE plan_limits (
    plan VARCHAR(20) PRIMARY KEY,
    max_file_bytes BIGINT NOT NULL,
    max_duration_seconds INTEGER,
    uploads_per_month INTEGER NOT NULL,
    storage_bytes BIGINT NOT NULL
);

INSERT INTO plan_limits (plan, max_file_bytes, max_duration_seconds, uploads_per_month, storage_bytes) VALUES
    ('free',   52428800,    360,  10,   1073741824),
    ('basic',  104857600,   600,  50,   10737418240),
    ('pro',    524288000,   1800, 200,  107374182400),
    ('artist', 1073741824,  NULL, 1000, 1099511627776);

CREATE TABLE users (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    username VARCHAR(30) NOT NULL,
    email VARCHAR NOT NULL UNIQUE,
    password_hash VARCHAR NOT NULL,
    token_version INTEGER DEFAULT 0,  -- bumped to revoke tokens
    first_name VARCHAR,
    last_name VARCHAR,
    avatar TEXT,  -- avatar URL
    banner_url TEXT,  -- banner URL
    bio TEXT,
    location VARCHAR,
    birthdate TIMESTAMPTZ,
    gender VARCHAR(20),
    role user_role DEFAULT 'user',
    is_active BOOLEAN DEFAULT true,
    is_verified BOOLEAN DEFAULT false,
    is_banned BOOLEAN DEFAULT false,
    is_admin BOOLEAN DEFAULT false,
    is_public BOOLEAN DEFAULT true,
    last_login_at TIMESTAMPTZ,
    login_count INTEGER DEFAULT 0,
    password_changed_at TIMESTAMPTZ,
    social_links JSONB DEFAULT '{}'::jsonb,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ,
    seq_id BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,  -- the integer id that /api/v1/tracks shows
    display_name VARCHAR(100),
    plan VARCHAR(20) NOT NULL DEFAULT 'basic' REFERENCES plan_limits (plan),
    -- ours
    is_guest BOOLEAN NOT NULL DEFAULT false,  -- came in by an invitation; e-mail ends in @guest.invalid
    guest_room_id UUID  -- the only room a guest may enter
);

CREATE UNIQUE INDEX uq_users_email_live ON users (lower(email)) WHERE deleted_at IS NULL;

-- The hub itself: the sender of system messages and the owner of demo content. Nobody can sign in
-- as it, since no password hashes to '!'.
INSERT INTO users (id, username, email, password_hash, display_name, is_public)
VALUES ('00000000-0000-0000-0000-000000000000', 'veza', 'hub@veza.invalid', '!', 'Veza', false);

-- One row per sign-in; the `sid` claim of an access token. A revoked session ends every token that
-- names it, here and now, also while Redis is away.
CREATE TABLE sessions (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id),
    token_hash VARCHAR UNIQUE,  -- hash of the token
    ip_address VARCHAR,
    user_agent VARCHAR,
    revoked_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- ours
    last_used_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    revoked_reason VARCHAR(40)
);

-- Refresh tokens, SHA-256 only. A token is used once; a second use means that two hold it, and the
-- whole session ends.
CREATE TABLE refresh_tokens (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash VARCHAR NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ,
    -- ours
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    used_at TIMESTAMPTZ
);

CREATE TABLE roles (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    name VARCHAR(50) NOT NULL UNIQUE,
    display_name VARCHAR(100) NOT NULL,
    description TEXT,
    is_system BOOLEAN,  -- system role, cannot be deleted
    is_active BOOLEAN DEFAULT true,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE permissions (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    name VARCHAR(100) NOT NULL UNIQUE,
    resource VARCHAR(50) NOT NULL,
    action VARCHAR(50) NOT NULL,
    description TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE user_roles (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    role_id UUID REFERENCES roles (id) ON DELETE CASCADE,
    role VARCHAR(50),  -- role name, denormalised
    assigned_at TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP,
    assigned_by UUID,
    expires_at TIMESTAMPTZ,
    is_active BOOLEAN DEFAULT true,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, role_id)
);

CREATE TABLE role_permissions (
    role_id UUID REFERENCES roles (id) ON DELETE CASCADE,
    permission_id UUID REFERENCES permissions (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (role_id, permission_id)
);

CREATE TABLE mfa_configs (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID NOT NULL UNIQUE,
    secret VARCHAR NOT NULL,
    backup_codes TEXT,  -- JSON array
    is_enabled BOOLEAN DEFAULT false,
    last_used_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ
);

CREATE TABLE recovery_codes (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID,
    code VARCHAR,
    is_used BOOLEAN DEFAULT false,
    used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE webauthn_credentials (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID NOT NULL,
    credential_id BYTEA NOT NULL UNIQUE,
    public_key BYTEA NOT NULL,
    attestation_type VARCHAR(50) DEFAULT 'none',
    aaguid BYTEA,
    sign_count INTEGER DEFAULT 0,
    name VARCHAR(100) DEFAULT 'My Passkey',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_used_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE federated_identities (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    provider VARCHAR CHECK (provider IN ('google', 'github', 'facebook', 'twitter', 'discord')),
    provider_id VARCHAR,
    email VARCHAR,
    display_name VARCHAR,
    avatar_url VARCHAR,
    access_token TEXT,
    refresh_token TEXT,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID,
    name VARCHAR(100),
    prefix VARCHAR(16),
    hashed_key VARCHAR(128),
    scopes TEXT[],  -- PostgreSQL array
    last_used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE user_settings (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID UNIQUE,
    email_notifications BOOLEAN,
    push_notifications BOOLEAN,
    browser_notifications BOOLEAN,
    email_on_follow BOOLEAN,
    email_on_like BOOLEAN,
    email_on_comment BOOLEAN,
    email_on_message BOOLEAN,
    email_on_mention BOOLEAN,
    email_marketing BOOLEAN,
    allow_search_indexing BOOLEAN,
    show_activity BOOLEAN,
    explicit_content BOOLEAN,
    autoplay BOOLEAN,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE user_profiles (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID UNIQUE,
    language VARCHAR DEFAULT 'en',
    timezone VARCHAR DEFAULT 'UTC',
    theme VARCHAR DEFAULT 'auto',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE user_presence (
    user_id UUID PRIMARY KEY,
    status VARCHAR(20) DEFAULT 'offline' CHECK (status IN ('online', 'away', 'busy', 'offline')),
    last_seen_at TIMESTAMPTZ,
    status_message TEXT,
    track_id UUID,  -- track being listened to
    track_title TEXT,
    invisible BOOLEAN DEFAULT false,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE login_history (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    ip_address VARCHAR(45),
    user_agent TEXT,
    success BOOLEAN NOT NULL,
    reason VARCHAR(50),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_login_history_user ON login_history (user_id, created_at DESC);

CREATE TABLE one_time_tokens (
    id UUID PRIMARY KEY DEFAULT uuidv7(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose VARCHAR(20) NOT NULL CHECK (purpose IN ('verify_email', 'password_reset', 'magic_link')),
    token_hash VARCHAR(128) NOT NULL UNIQUE,
    used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Failed sign-ins, by a SHA-256 of the account's id, or of what was typed when there is no such account:
-- an unknown name locks just like a known one, so nobody can tell them apart.
CREATE TABLE login_lockouts (
    login_hash BYTEA PRIMARY KEY,
    failures INTEGER NOT NULL DEFAULT 0,
    first_failure_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    locked_until TIMESTAMPTZ
);

-- Single-use tickets for URLs that cannot carry a header, valid for 60 s. Not worth the disk of a
-- log record: a crash may forget them.
CREATE UNLOGGED TABLE stream_tickets (
    ticket_hash BYTEA PRIMARY KEY,
    user_id UUID NOT NULL,
    session_id UUID NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX stream_tickets_expires_idx ON stream_tickets (expires_at);
CREATE INDEX login_lockouts_first_failure_idx ON login_lockouts (first_failure_at);

CREATE INDEX idx_users_deleted_at ON users (deleted_at);
CREATE INDEX idx_sessions_user_id ON sessions (user_id);
CREATE INDEX idx_refresh_tokens_user_id ON refresh_tokens (user_id);
CREATE INDEX idx_refresh_tokens_token_hash ON refresh_tokens (token_hash);
CREATE INDEX idx_user_roles_assigned_by ON user_roles (assigned_by);
CREATE INDEX idx_recovery_codes_user_id ON recovery_codes (user_id);
CREATE INDEX idx_federated_identities_user_id ON federated_identities (user_id);
CREATE INDEX idx_api_keys_user_id ON api_keys (user_id);
CREATE INDEX idx_api_keys_prefix ON api_keys (prefix);
CREATE INDEX idx_refresh_tokens_deleted_at ON refresh_tokens (deleted_at);
CREATE INDEX idx_mfa_configs_deleted_at ON mfa_configs (deleted_at);
CREATE UNIQUE INDEX uq_users_username_live ON users (lower(username)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX uq_federated_identity ON federated_identities (provider, provider_id);

CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);
CREATE INDEX sessions_expires_idx ON sessions (expires_at);

INSERT INTO roles (name, display_name, description, is_system) VALUES
    ('user', 'User', 'Listens, joins rooms, chats', true),
    ('content_creator', 'Creator', 'Uploads tracks', true),
    ('moderator', 'Moderator', 'Keeps the peace', true),
    ('admin', 'Administrator', 'Runs the platform', true);
