-- Switches of the operator, and plans: what a tenant's contract includes.

-- Switches ------------------------------------------------------------------------------------------------------------

-- A row overrides the default from the environment until it expires. The platform reads it for everybody.
CREATE TABLE switches (
    -- 'kill.run' or 'rollout.tts'.
    id         text PRIMARY KEY,
    -- 0 or 1 for a kill switch, a percentage for a rollout.
    value      integer NOT NULL CHECK (value BETWEEN 0 AND 100),
    reason     text,
    expires_at timestamptz,
    set_by     text NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TRIGGER switches_changed AFTER INSERT OR UPDATE OR DELETE ON switches
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('switch');
ALTER TABLE switches ENABLE ROW LEVEL SECURITY;
ALTER TABLE switches FORCE ROW LEVEL SECURITY;
CREATE POLICY of_platform ON switches USING (nexus_platform()) WITH CHECK (nexus_platform());
GRANT SELECT, INSERT, UPDATE, DELETE ON switches TO nexus_app;

-- Plans ---------------------------------------------------------------------------------------------------------------

CREATE TABLE plans (
    id         text PRIMARY KEY CHECK (id ~ '^[a-z0-9_-]{1,64}$'),
    name       text NOT NULL,
    is_active  boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE plan_features (
    plan_id     text NOT NULL REFERENCES plans (id),
    feature_key text NOT NULL,
    enabled     boolean NOT NULL,
    config_json jsonb CHECK (jsonb_typeof(config_json) = 'object'),
    PRIMARY KEY (plan_id, feature_key)
);
GRANT SELECT ON plans, plan_features TO nexus_app;

INSERT INTO plans (id, name) VALUES ('free', 'Free'), ('pro', 'Pro'), ('enterprise', 'Enterprise');
INSERT INTO plan_features (plan_id, feature_key, enabled)
    SELECT plan.id, feature.key, plan.rank >= feature.least
    FROM (VALUES ('free', 0), ('pro', 1), ('enterprise', 2)) AS plan (id, rank)
    CROSS JOIN (VALUES
        ('feature.retrieval.local_pgvector', 0),
        ('feature.retrieval.aws_bedrock', 2),
        ('feature.retrieval.gcp_vertex', 1),
        ('feature.tts', 1),
        ('feature.ops_admin_access', 1),
        ('feature.audit_access', 1),
        ('feature.high_quota_tier', 2),
        ('feature.corpora_patch_provider_config', 1),
        ('feature.billing_webhook_test', 1),
        ('feature.identity.sso', 1),
        ('feature.identity.scim', 2),
        ('feature.identity.jit', 2),
        ('feature.cost_visibility', 1),
        ('feature.cost_controls', 1),
        ('feature.chargeback_reports', 2)) AS feature (key, least);

-- Which plan a tenant has, and had. At most one row is open, and a change closes it.
CREATE TABLE tenant_plan_assignments (
    tenant_id      text NOT NULL REFERENCES tenants (id),
    id             uuid NOT NULL,
    plan_id        text NOT NULL REFERENCES plans (id),
    effective_from timestamptz NOT NULL,
    effective_to   timestamptz CHECK (effective_to > effective_from),
    is_active      boolean NOT NULL DEFAULT true,
    assigned_by    text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX tenant_plan_assignments_one ON tenant_plan_assignments (tenant_id) WHERE is_active;
CREATE TRIGGER tenant_plan_assignments_changed AFTER INSERT OR UPDATE OR DELETE ON tenant_plan_assignments
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('plan');

-- What differs from the plan. A null means: as the plan says.
CREATE TABLE tenant_feature_overrides (
    tenant_id   text NOT NULL REFERENCES tenants (id),
    feature_key text NOT NULL,
    enabled     boolean,
    config_json jsonb CHECK (jsonb_typeof(config_json) = 'object'),
    updated_by  text NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, feature_key)
);
CREATE TRIGGER tenant_feature_overrides_changed AFTER INSERT OR UPDATE OR DELETE ON tenant_feature_overrides
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('plan', 'feature_key');

-- What tenants ask for; the operator answers by assigning a plan. One request for a plan is open at a time.
CREATE TABLE plan_upgrade_requests (
    tenant_id    text NOT NULL REFERENCES tenants (id),
    id           bigint GENERATED ALWAYS AS IDENTITY,
    target_plan  text NOT NULL REFERENCES plans (id),
    reason       text CHECK (char_length(reason) <= 1024),
    status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'granted', 'superseded')),
    requested_by text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX plan_upgrade_requests_open ON plan_upgrade_requests (tenant_id, target_plan) WHERE status = 'pending';

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant_plan_assignments', 'tenant_feature_overrides', 'plan_upgrade_requests']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = nexus_tenant())'
            ' WITH CHECK (tenant_id = nexus_tenant())', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO nexus_app', t);
    END LOOP;
END
$$;
