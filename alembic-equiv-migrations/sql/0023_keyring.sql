-- Keys of the platform: what the installation signs and encrypts with in its own name.

CREATE TABLE platform_keys (
    key_id       text PRIMARY KEY CHECK (key_id ~ '^[a-z]+_[0-9a-f]{32}$'),
    purpose      text NOT NULL
        CHECK (purpose IN ('signing', 'encryption', 'backup_signing', 'backup_encryption', 'webhook_signing')),
    status       text NOT NULL CHECK (status IN ('active', 'retiring', 'retired', 'revoked')),
    -- The secret under the master key of the keyring, which is not in the database.
    wrapped_key  bytea NOT NULL,
    -- What others check signatures with, for keys that have such a half: Ed25519, in hex.
    public_key   text,
    created_at   timestamptz NOT NULL,
    activated_at timestamptz,
    retired_at   timestamptz
);
-- However many operators rotate at once, one key of a purpose is used for what is new.
CREATE UNIQUE INDEX platform_keys_active ON platform_keys (purpose) WHERE status = 'active';
CREATE INDEX platform_keys_purpose ON platform_keys (purpose, created_at DESC);

ALTER TABLE platform_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY of_platform ON platform_keys USING (nexus_platform()) WITH CHECK (nexus_platform());
-- A key that was made stays what it is, and is never removed.
GRANT SELECT, INSERT, UPDATE (status, activated_at, retired_at, wrapped_key) ON platform_keys TO nexus_app;
