-- Keys of tenants, what is encrypted under them, and their rotation.

CREATE TABLE tenant_keys (
    tenant_id    text NOT NULL,
    id           uuid NOT NULL,
    key_alias    text NOT NULL,
    key_version  integer NOT NULL CHECK (key_version > 0),
    provider     text NOT NULL CHECK (provider IN ('local_kms', 'aws_kms', 'gcp_kms')),
    key_ref      text NOT NULL,
    -- The key as the key-management service gave it back, which alone can open it.
    wrapped_key  bytea NOT NULL,
    status       text NOT NULL CHECK (status IN ('active', 'retiring', 'retired', 'revoked')),
    created_at   timestamptz NOT NULL,
    activated_at timestamptz,
    retired_at   timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key_version)
);
-- However many administrators rotate at once, one key seals.
CREATE UNIQUE INDEX tenant_keys_active ON tenant_keys (tenant_id) WHERE status = 'active';

CREATE TABLE key_rotation_jobs (
    tenant_id       text NOT NULL,
    id              uuid NOT NULL,
    from_key_id     uuid NOT NULL,
    to_key_id       uuid NOT NULL,
    status          text NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'completed', 'failed')),
    total_items     bigint NOT NULL DEFAULT 0,
    processed_items bigint NOT NULL DEFAULT 0,
    failed_items    bigint NOT NULL DEFAULT 0,
    -- How far this pass has come: the kind of thing, and the last name.
    cursor_kind     text NOT NULL DEFAULT '',
    cursor_name     text NOT NULL DEFAULT '',
    pass            integer NOT NULL DEFAULT 1,
    created_by      text,
    reason          text,
    started_at      timestamptz,
    completed_at    timestamptz CHECK ((completed_at IS NOT NULL) = (status IN ('completed', 'failed'))),
    error_code      text,
    error_message   text,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, from_key_id) REFERENCES tenant_keys (tenant_id, id),
    FOREIGN KEY (tenant_id, to_key_id) REFERENCES tenant_keys (tenant_id, id)
);
CREATE UNIQUE INDEX key_rotation_jobs_one ON key_rotation_jobs (tenant_id) WHERE status IN ('queued', 'running', 'paused');

-- What a rotation could not read, each once however often it was tried.
CREATE TABLE key_rotation_failures (
    tenant_id  text NOT NULL,
    job_id     uuid NOT NULL,
    kind       text NOT NULL,
    name       text NOT NULL,
    attempts   integer NOT NULL,
    error_code text NOT NULL,
    failed_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, job_id, kind, name),
    FOREIGN KEY (tenant_id, job_id) REFERENCES key_rotation_jobs (tenant_id, id) ON DELETE CASCADE
);

-- What lies encrypted in the object store. An object without a row is one from before, or one that was let through as it is.
CREATE TABLE sealed_objects (
    tenant_id   text NOT NULL,
    name        text NOT NULL,
    kind        text NOT NULL,
    resource_id text NOT NULL,
    -- How often it was written; a part of where it lies.
    version     integer NOT NULL CHECK (version > 0),
    key_id      uuid NOT NULL,
    -- Whether the version before this one may still lie there.
    stale       boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name),
    FOREIGN KEY (tenant_id, key_id) REFERENCES tenant_keys (tenant_id, id)
);
CREATE INDEX sealed_objects_key ON sealed_objects (tenant_id, key_id, name);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant_keys', 'key_rotation_jobs', 'key_rotation_failures', 'sealed_objects']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = nexus_tenant()) WITH CHECK (tenant_id = nexus_tenant())', t);
    END LOOP;
END
$$;
-- A key that was made stays what it is, and is never removed.
GRANT SELECT, INSERT, UPDATE (status, activated_at, retired_at) ON tenant_keys TO nexus_app;
GRANT SELECT, INSERT, UPDATE ON key_rotation_jobs TO nexus_app;
GRANT SELECT, INSERT, UPDATE ON key_rotation_failures TO nexus_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sealed_objects TO nexus_app;

-- Bodies of answers that are remembered for clients who ask again: encrypted ones stand here.
ALTER TABLE idempotency_records
    ADD COLUMN response_sealed bytea,
    ADD COLUMN key_id uuid,
    ADD CHECK (response_body IS NULL OR response_sealed IS NULL),
    ADD CHECK ((response_sealed IS NULL) = (key_id IS NULL));
