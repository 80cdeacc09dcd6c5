-- Imports: folders, archives and buckets that the server itself takes into a corpus. And what vectors are made of.

-- The SHA-256 of the text that was embedded, heading and title included: a passage that is the same again keeps its vector.
-- Null for chunks from before, which are embedded once more when their document is processed anew.
ALTER TABLE chunks ADD COLUMN embedded_sha256 bytea;

CREATE TABLE imports (
    tenant_id      text NOT NULL,
    id             uuid NOT NULL,
    corpus_id      text NOT NULL,
    -- A URL of the operator's list; it carries no credential.
    source         text NOT NULL,
    overwrite      boolean NOT NULL,
    status         text NOT NULL CHECK (status IN ('running', 'succeeded', 'failed')),
    failure_reason text,
    -- The file that it is behind: where the next job goes on.
    position       text,
    accepted       bigint NOT NULL DEFAULT 0,
    unchanged      bigint NOT NULL DEFAULT 0,
    skipped        bigint NOT NULL DEFAULT 0,
    failed         bigint NOT NULL DEFAULT 0,
    -- The first files that were not taken: [{"path": "…", "reason": "…"}].
    failures       jsonb NOT NULL DEFAULT '[]',
    user_id        text NOT NULL,
    credential_id  text NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    finished_at    timestamptz,
    last_job_id    uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, corpus_id) REFERENCES corpora (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX imports_corpus ON imports (tenant_id, corpus_id);

ALTER TABLE imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE imports FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON imports USING (tenant_id = nexus_tenant()) WITH CHECK (tenant_id = nexus_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON imports TO nexus_app;
