-- Authorization: policies, corpus-wide grants, groups, labels in the row of the document, and the notifications and the
-- confirmation that caches of decisions live by.

-- The owner of the schema is bound by row-level security like everybody; what it copies here belongs to all tenants.
SELECT set_config('nexus.platform', 'on', true);
ALTER TABLE documents NO FORCE ROW LEVEL SECURITY;
ALTER TABLE document_labels NO FORCE ROW LEVEL SECURITY;

-- Tells every replica that a cached thing changed: "<topic> <tenant> <id>". The second argument names the column of the id.
CREATE OR REPLACE FUNCTION nexus_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    changed jsonb := to_jsonb(coalesce(OLD, NEW));
BEGIN
    PERFORM pg_notify('nexus_changes',
        TG_ARGV[0] || ' ' || coalesce(changed ->> 'tenant_id', changed ->> 'id')
            || ' ' || (changed ->> coalesce(TG_ARGV[1], 'id')));
    RETURN NULL;
END
$$;

-- Labels stand in the row that policies are decided on, so that a list decides without a look into a second table.
ALTER TABLE documents ADD COLUMN labels_json jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels_json) = 'object');
UPDATE documents d SET labels_json = l.labels
    FROM (SELECT tenant_id, document_id, jsonb_object_agg(key, value) AS labels
          FROM document_labels GROUP BY tenant_id, document_id) l
    WHERE d.tenant_id = l.tenant_id AND d.id = l.document_id;
DROP TABLE document_labels;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;

-- What policies may ask of a document.
CREATE FUNCTION nexus_attributes(d documents) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('type', 'document', 'id', d.id, 'tenant_id', d.tenant_id, 'corpus_id', d.corpus_id,
        'status', d.status, 'content_type', d.content_type, 'labels', d.labels_json, 'metadata', d.metadata_json)
$$;

CREATE TRIGGER documents_attributes_changed AFTER UPDATE OF labels_json, metadata_json ON documents
    FOR EACH ROW WHEN (OLD.labels_json IS DISTINCT FROM NEW.labels_json OR OLD.metadata_json IS DISTINCT FROM NEW.metadata_json)
    EXECUTE FUNCTION nexus_changed('document');
CREATE TRIGGER documents_deleted AFTER DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('document');
CREATE TRIGGER document_permissions_changed AFTER UPDATE OR DELETE ON document_permissions
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('grant', 'document_id');

-- Policies ------------------------------------------------------------------------------------------------------------

CREATE TABLE authorization_policies (
    -- '*' is the operator's: the policy binds every tenant.
    tenant_id      text NOT NULL,
    id             uuid NOT NULL,
    name           text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
    version        integer NOT NULL DEFAULT 1,
    effect         text NOT NULL CHECK (effect IN ('allow', 'deny')),
    resource_type  text NOT NULL CHECK (resource_type IN ('document', 'corpus', 'run', 'admin', 'ops', 'audit', '*')),
    action         text NOT NULL CHECK (action IN ('read', 'write', 'delete', 'reindex', 'run', 'manage', '*')),
    condition_json jsonb NOT NULL DEFAULT '{}',
    priority       integer NOT NULL DEFAULT 100,
    enabled        boolean NOT NULL DEFAULT true,
    created_by     text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    owner          text GENERATED ALWAYS AS (nullif(tenant_id, '*')) STORED REFERENCES tenants (id),
    PRIMARY KEY (tenant_id, id)
);
CREATE TRIGGER authorization_policies_changed AFTER INSERT OR UPDATE OR DELETE ON authorization_policies
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('policy');

ALTER TABLE authorization_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE authorization_policies FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON authorization_policies
    USING (tenant_id = nexus_tenant() AND tenant_id <> '*') WITH CHECK (tenant_id = nexus_tenant() AND tenant_id <> '*');
CREATE POLICY of_operator ON authorization_policies FOR SELECT USING (tenant_id = '*');
CREATE POLICY of_platform ON authorization_policies USING (nexus_platform()) WITH CHECK (nexus_platform());
GRANT SELECT, INSERT, UPDATE, DELETE ON authorization_policies TO nexus_app;

-- A tenant begins with policies that allow what its grants and roles allow: without any, everything would be denied.
CREATE FUNCTION nexus_baseline_policies() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO authorization_policies (tenant_id, id, name, effect, resource_type, action, priority)
    VALUES (NEW.id, gen_random_uuid(), 'Baseline: documents', 'allow', 'document', '*', 0),
           (NEW.id, gen_random_uuid(), 'Baseline: runs', 'allow', 'corpus', 'run', 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER tenants_baseline AFTER INSERT ON tenants
    FOR EACH ROW EXECUTE FUNCTION nexus_baseline_policies();
INSERT INTO authorization_policies (tenant_id, id, name, effect, resource_type, action, priority)
    SELECT t.id, gen_random_uuid(), b.name, 'allow', b.resource_type, b.action, 0
    FROM tenants t CROSS JOIN (VALUES ('Baseline: documents', 'document', '*'), ('Baseline: runs', 'corpus', 'run'))
        AS b (name, resource_type, action);

-- Grants for all documents of a corpus -----------------------------------------------------------------------------------

CREATE TABLE corpus_permissions (
    tenant_id      text NOT NULL,
    id             uuid NOT NULL,
    corpus_id      text NOT NULL,
    principal_type text NOT NULL CHECK (principal_type IN ('user', 'api_key', 'group', 'role')),
    principal_id   text NOT NULL,
    permission     text NOT NULL CHECK (permission IN ('read', 'write', 'delete', 'reindex', 'owner')),
    granted_by     text,
    expires_at     timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    principal      text GENERATED ALWAYS AS (principal_type || ':' || principal_id) STORED,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, corpus_id, principal_type, principal_id, permission),
    FOREIGN KEY (tenant_id, corpus_id) REFERENCES corpora (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX corpus_permissions_principal
    ON corpus_permissions (tenant_id, principal, corpus_id) INCLUDE (permission, expires_at);
CREATE TRIGGER corpus_permissions_changed AFTER UPDATE OR DELETE ON corpus_permissions
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('grant', 'corpus_id');

-- Groups ------------------------------------------------------------------------------------------------------------------

CREATE TABLE groups (
    tenant_id    text NOT NULL REFERENCES tenants (id),
    -- Grants name the id: a group that is renamed keeps its rights, and a new one of an old name gets none.
    id           text NOT NULL,
    display_name text NOT NULL,
    external_id  text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX groups_display_name ON groups (tenant_id, display_name);

CREATE TABLE group_members (
    tenant_id text NOT NULL,
    group_id  text NOT NULL,
    user_id   text NOT NULL,
    PRIMARY KEY (tenant_id, group_id, user_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX group_members_user ON group_members (tenant_id, user_id);
-- A group's members are cached with their keys: what changes is the user.
CREATE TRIGGER group_members_changed AFTER INSERT OR UPDATE OR DELETE ON group_members
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('user', 'user_id');

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['corpus_permissions', 'groups', 'group_members']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = nexus_tenant())'
            ' WITH CHECK (tenant_id = nexus_tenant())', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO nexus_app', t);
    END LOOP;

    -- A key is looked up before its tenant is known, and its groups with it.
    CREATE POLICY of_platform ON group_members FOR SELECT USING (nexus_platform());
END
$$;

-- Freshness ---------------------------------------------------------------------------------------------------------------

-- Sends a word to the one who listens on the same connection. Notifications come in the order of commits, so that when the
-- word arrives, every change that was committed before it was sent has arrived. A policy table that cannot be read
-- confirms nothing: decisions must not go on from memory.
CREATE FUNCTION nexus_confirm(token text) RETURNS void
    LANGUAGE plpgsql SET lock_timeout = '1500ms'
    AS $$
BEGIN
    PERFORM FROM authorization_policies LIMIT 1;
    PERFORM pg_notify('nexus_changes', 'confirmed * ' || token);
END
$$;

SELECT set_config('nexus.platform', '', true);
