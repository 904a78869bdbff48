-- depends: 0023_devices
-- Which invitation a guest came by: when it is taken back, so is what leant on it.

ALTER TABLE users ADD COLUMN guest_invitation_id UUID;
CREATE INDEX users_guest_invitation_idx ON users (guest_invitation_id)
    WHERE guest_invitation_id IS NOT NULL;
