-- Answers to changes that named themselves with an Idempotency-Key, so that the same request again gets the same answer.
-- A row is written in the transaction of the change: there is no change without its row, and no row without its change.

CREATE TABLE idempotency_records (
    tenant_id        text NOT NULL,
    -- SHA-256 of the four columns below: what makes a request the same one.
    scope            bytea NOT NULL,
    actor_id         text NOT NULL,
    method           text NOT NULL,
    -- For people: its first 512 characters.
    path             text NOT NULL,
    idem_key         text NOT NULL,
    -- SHA-256 of the query and the body.
    request_hash     bytea NOT NULL,
    request_id       text NOT NULL,
    response_status  smallint NOT NULL,
    response_headers jsonb NOT NULL,
    -- The data as it was sent, byte for byte; null for an answer without data. It holds no secret.
    response_body    text,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, scope)
);
CREATE INDEX idempotency_records_expires ON idempotency_records (expires_at);

ALTER TABLE idempotency_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_records FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON idempotency_records
    USING (tenant_id = nexus_tenant()) WITH CHECK (tenant_id = nexus_tenant());
-- The platform removes what nobody may read any more, and sees nothing else.
CREATE POLICY expired_seen ON idempotency_records FOR SELECT USING (nexus_platform() AND expires_at < now());
CREATE POLICY expired_gone ON idempotency_records FOR DELETE USING (nexus_platform() AND expires_at < now());
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_records TO nexus_app;
