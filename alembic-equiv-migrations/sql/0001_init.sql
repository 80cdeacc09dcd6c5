-- The first schema: tenants and keys, corpora and documents, conversations, jobs and the audit log.
--
-- Rules that every table of a tenant keeps:
--   * the primary key starts with tenant_id, so that one tenant's ids say nothing about another's;
--   * row-level security is enabled and forced; without `nexus.tenant` no row is visible;
--   * the runtime role `nexus_app` owns nothing and cannot bypass row-level security.

CREATE EXTENSION IF NOT EXISTS vector;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nexus_app') THEN
        CREATE ROLE nexus_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION
    -- Another database of this cluster is being migrated at the same moment.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT nexus_app TO %I', current_user);
    EXECUTE format('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    EXECUTE format('GRANT USAGE ON SCHEMA public TO nexus_app');
END
$$;

-- The tenant of the current transaction. After a transaction that set it, the setting is '' and not null.
CREATE FUNCTION nexus_tenant() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('nexus.tenant', true), '') $$;

-- Whether the current transaction acts for the platform as a whole.
CREATE FUNCTION nexus_platform() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('nexus.platform', true), '') = 'on' $$;

-- Tells every replica that a cached thing changed: "<topic> <tenant> <id>".
CREATE FUNCTION nexus_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    changed jsonb := to_jsonb(coalesce(OLD, NEW));
BEGIN
    PERFORM pg_notify('nexus_changes',
        TG_ARGV[0] || ' ' || coalesce(changed ->> 'tenant_id', changed ->> 'id') || ' ' || (changed ->> 'id'));
    RETURN NULL;
END
$$;

-- Who -----------------------------------------------------------------------------------------------------------------

CREATE TABLE tenants (
    id          text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._-]{1,128}$'),
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    tenant_id   text NOT NULL REFERENCES tenants (id),
    id          text NOT NULL,
    email       text,
    role        text NOT NULL CHECK (role IN ('reader', 'editor', 'admin', 'operator')),
    is_active   boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE TRIGGER users_changed AFTER UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('user');

CREATE TABLE api_keys (
    tenant_id    text NOT NULL,
    id           text NOT NULL,
    user_id      text NOT NULL,
    name         text,
    key_prefix   text NOT NULL,
    -- HMAC-SHA-256 of the whole key under a pepper that is not in this database.
    key_hash     bytea NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash);
CREATE INDEX api_keys_user ON api_keys (tenant_id, user_id);
-- The use of a key moves `last_used_at` and must not empty the caches.
CREATE TRIGGER api_keys_changed
    AFTER UPDATE OF revoked_at, expires_at, user_id, key_hash OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('api_key');

-- What ----------------------------------------------------------------------------------------------------------------

CREATE TABLE corpora (
    tenant_id            text NOT NULL REFERENCES tenants (id),
    id                   text NOT NULL,
    name                 text NOT NULL,
    provider_config_json jsonb NOT NULL,
    -- A corpus remembers what its vectors were made with: vectors of two models are never compared.
    embedding_model      text NOT NULL,
    embedding_dimension  integer NOT NULL CHECK (embedding_dimension BETWEEN 1 AND 4000),
    -- Kept by ingestion and deletion: the size that search plans by, and the statistics of BM25.
    chunk_count          bigint NOT NULL DEFAULT 0 CHECK (chunk_count >= 0),
    term_count           bigint NOT NULL DEFAULT 0 CHECK (term_count >= 0),
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX corpora_created ON corpora (tenant_id, created_at, id);
CREATE TRIGGER corpora_changed
    AFTER UPDATE OF name, provider_config_json, embedding_model OR DELETE ON corpora
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('corpus');

CREATE TABLE documents (
    tenant_id             text NOT NULL,
    id                    text NOT NULL,
    corpus_id             text NOT NULL,
    filename              text NOT NULL,
    title                 text NOT NULL,
    content_type          text NOT NULL,
    ingest_source         text NOT NULL CHECK (ingest_source IN ('upload_file', 'raw_text')),
    status                text NOT NULL CHECK (status IN ('queued', 'processing', 'succeeded', 'failed')),
    failure_reason        text,
    metadata_json         jsonb NOT NULL DEFAULT '{}',
    -- An opaque key in the object store; a client never chooses a path.
    source_key            text NOT NULL,
    source_bytes          bigint NOT NULL,
    source_sha256         bytea NOT NULL,
    chunk_size_chars      integer NOT NULL,
    chunk_overlap_chars   integer NOT NULL,
    -- What is stored and searchable now; null until the first ingestion succeeded.
    num_chunks            integer,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    queued_at             timestamptz,
    processing_started_at timestamptz,
    completed_at          timestamptz,
    last_reindexed_at     timestamptz,
    last_job_id           uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, corpus_id) REFERENCES corpora (tenant_id, id)
);
CREATE INDEX documents_created ON documents (tenant_id, created_at, id);
CREATE INDEX documents_corpus ON documents (tenant_id, corpus_id, created_at, id);
CREATE INDEX documents_source ON documents (source_key);

-- The text that offsets of chunks and citations count in. It changes in the same transaction as the chunks.
CREATE TABLE document_texts (
    tenant_id      text NOT NULL,
    document_id    text NOT NULL,
    content        text NOT NULL,
    total_chars    bigint NOT NULL,
    content_sha256 bytea NOT NULL,
    PRIMARY KEY (tenant_id, document_id),
    FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE document_labels (
    tenant_id   text NOT NULL,
    document_id text NOT NULL,
    key         text NOT NULL,
    value       text NOT NULL,
    PRIMARY KEY (tenant_id, document_id, key),
    FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE document_permissions (
    tenant_id      text NOT NULL,
    id             uuid NOT NULL,
    document_id    text NOT NULL,
    principal_type text NOT NULL CHECK (principal_type IN ('user', 'api_key', 'group', 'role')),
    principal_id   text NOT NULL,
    permission     text NOT NULL CHECK (permission IN ('read', 'write', 'delete', 'reindex', 'owner')),
    granted_by     text,
    expires_at     timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- The name under which a caller looks for its grants.
    principal      text GENERATED ALWAYS AS (principal_type || ':' || principal_id) STORED,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, document_id, principal_type, principal_id, permission),
    FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX document_permissions_principal
    ON document_permissions (tenant_id, principal, document_id) INCLUDE (permission, expires_at);

CREATE TABLE chunks (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id   text NOT NULL,
    corpus_id   text NOT NULL,
    document_id text NOT NULL,
    chunk_index integer NOT NULL,
    -- Offsets in Unicode scalar values into document_texts.content.
    start_char  bigint NOT NULL,
    end_char    bigint NOT NULL CHECK (end_char > start_char),
    heading     text,
    text        text NOT NULL,
    -- How many terms the text has, which BM25 normalises by.
    term_count  integer NOT NULL,
    dimension   integer NOT NULL,
    embedding   halfvec NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, document_id, chunk_index),
    FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, corpus_id) REFERENCES corpora (tenant_id, id) ON DELETE CASCADE
);
-- A vector stays in its row up to this many bytes: an exact search that has to look each of them up elsewhere takes more than
-- twice as long.
ALTER TABLE chunks SET (toast_tuple_target = 4080);
CREATE INDEX chunks_corpus ON chunks (tenant_id, corpus_id);
-- One index for each dimension in use: an index needs a fixed one, and models differ.
CREATE INDEX chunks_hnsw_384 ON chunks USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops) WHERE dimension = 384;
CREATE INDEX chunks_hnsw_768 ON chunks USING hnsw ((embedding::halfvec(768)) halfvec_cosine_ops) WHERE dimension = 768;
CREATE INDEX chunks_hnsw_1024 ON chunks USING hnsw ((embedding::halfvec(1024)) halfvec_cosine_ops) WHERE dimension = 1024;
CREATE INDEX chunks_hnsw_1536 ON chunks USING hnsw ((embedding::halfvec(1536)) halfvec_cosine_ops) WHERE dimension = 1536;
CREATE INDEX chunks_hnsw_3072 ON chunks USING hnsw ((embedding::halfvec(3072)) halfvec_cosine_ops) WHERE dimension = 3072;

-- The inverted index of the lexical leg. Equality on text is leakproof, so that it is used under row-level security,
-- which a full-text operator would not be.
CREATE TABLE postings (
    tenant_id  text NOT NULL,
    corpus_id  text NOT NULL,
    term       text NOT NULL,
    chunk_id   bigint NOT NULL,
    term_freq  integer NOT NULL CHECK (term_freq > 0),
    PRIMARY KEY (tenant_id, corpus_id, term, chunk_id) INCLUDE (term_freq),
    FOREIGN KEY (tenant_id, chunk_id) REFERENCES chunks (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX postings_chunk ON postings (tenant_id, chunk_id);

-- Conversations -------------------------------------------------------------------------------------------------------

-- A session belongs to one user of one tenant: the same id used by somebody else is another session.
CREATE TABLE sessions (
    tenant_id    text NOT NULL REFERENCES tenants (id),
    user_id      text NOT NULL,
    id           text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, user_id, id)
);

CREATE TABLE messages (
    tenant_id      text NOT NULL,
    id             uuid NOT NULL,
    user_id        text NOT NULL,
    session_id     text NOT NULL,
    run_id         text NOT NULL,
    role           text NOT NULL CHECK (role IN ('user', 'assistant')),
    content        text NOT NULL,
    citations_json jsonb,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id, session_id) REFERENCES sessions (tenant_id, user_id, id) ON DELETE CASCADE
);
CREATE INDEX messages_session ON messages (tenant_id, user_id, session_id, id);

-- What a run used and produced, by reference: ids and offsets, never the text of documents.
-- The id of a run is that of its request, which a client may choose and repeat: it is no key.
CREATE TABLE checkpoints (
    tenant_id  text NOT NULL,
    id         uuid NOT NULL,
    run_id     text NOT NULL,
    user_id    text NOT NULL,
    session_id text NOT NULL,
    corpus_id  text NOT NULL,
    state_json jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id, session_id) REFERENCES sessions (tenant_id, user_id, id) ON DELETE CASCADE
);
CREATE INDEX checkpoints_session ON checkpoints (tenant_id, user_id, session_id);
CREATE INDEX checkpoints_run ON checkpoints (tenant_id, run_id);

-- Work and record -----------------------------------------------------------------------------------------------------

CREATE TABLE jobs (
    id            uuid PRIMARY KEY,
    tenant_id     text NOT NULL REFERENCES tenants (id),
    queue         text NOT NULL,
    kind          text NOT NULL,
    -- Ids only: a payload never carries document text or a secret.
    payload       jsonb NOT NULL,
    state         text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'succeeded', 'dead')),
    attempt       integer NOT NULL DEFAULT 0,
    max_attempts  integer NOT NULL CHECK (max_attempts > 0),
    run_at        timestamptz NOT NULL DEFAULT now(),
    leased_by     text,
    lease_until   timestamptz,
    last_error    text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    finished_at   timestamptz
);
-- A claim skips from tenant to tenant, so that none has to wait for all jobs of another.
CREATE INDEX jobs_due ON jobs (queue, tenant_id, run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_served ON jobs (queue, tenant_id, started_at) WHERE started_at IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (queue, lease_until) WHERE state = 'running';
CREATE INDEX jobs_running_tenant ON jobs (queue, tenant_id) WHERE state = 'running';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE state IN ('succeeded', 'dead');

CREATE TABLE audit_events (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at   timestamptz NOT NULL,
    tenant_id     text,
    actor_type    text NOT NULL,
    actor_id      text,
    actor_role    text,
    event_type    text NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('success', 'failure')),
    resource_type text,
    resource_id   text,
    request_id    text,
    ip_address    text,
    user_agent    text,
    metadata_json jsonb NOT NULL DEFAULT '{}',
    error_code    text,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_events_tenant ON audit_events (tenant_id, occurred_at DESC, id DESC);
CREATE INDEX audit_events_request ON audit_events (request_id);

-- Facts about this installation, such as the fingerprint of the pepper that key hashes were made with.
CREATE TABLE platform_facts (
    key   text PRIMARY KEY,
    value text NOT NULL
);

-- Row-level security and rights ---------------------------------------------------------------------------------------

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['users', 'api_keys', 'corpora', 'documents', 'document_texts', 'document_labels',
        'document_permissions', 'chunks', 'postings', 'sessions', 'messages', 'checkpoints', 'jobs', 'audit_events']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = nexus_tenant())'
            ' WITH CHECK (tenant_id = nexus_tenant())', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO nexus_app', t);
    END LOOP;

    -- What the platform does before it knows the tenant, or for all of them.
    FOREACH t IN ARRAY ARRAY['users', 'api_keys', 'jobs', 'audit_events']
    LOOP
        EXECUTE format('CREATE POLICY of_platform ON %I USING (nexus_platform()) WITH CHECK (nexus_platform())', t);
    END LOOP;
END
$$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON tenants FOR SELECT USING (id = nexus_tenant());
CREATE POLICY of_platform ON tenants USING (nexus_platform()) WITH CHECK (nexus_platform());
GRANT SELECT, INSERT, UPDATE ON tenants TO nexus_app;

-- The log can be added to and read, not changed.
REVOKE UPDATE, DELETE ON audit_events FROM nexus_app;
GRANT SELECT, INSERT ON platform_facts TO nexus_app;

-- The version that readiness compares; the runtime role cannot read the bookkeeping of migrations itself.
CREATE FUNCTION nexus_schema_version() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT max(version) FROM public._sqlx_migrations WHERE success $$;
