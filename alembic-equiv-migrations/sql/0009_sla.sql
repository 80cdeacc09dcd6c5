-- Service levels: policies and who they count for, what was measured, incidents; and autoscaling.

CREATE TABLE sla_policies (
    -- '*' is the operator's: the policy counts for every tenant without an assignment of its own.
    tenant_id   text NOT NULL,
    id          uuid NOT NULL,
    name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
    tier        text NOT NULL CHECK (tier IN ('standard', 'pro', 'enterprise', 'custom')),
    enabled     boolean NOT NULL,
    config_json jsonb NOT NULL CHECK (jsonb_typeof(config_json) = 'object'),
    version     integer NOT NULL CHECK (version >= 1),
    created_by  text,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    owner       text GENERATED ALWAYS AS (nullif(tenant_id, '*')) STORED REFERENCES tenants (id),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name, version)
);

CREATE TABLE tenant_sla_assignments (
    tenant_id      text NOT NULL REFERENCES tenants (id),
    id             uuid NOT NULL,
    policy_tenant  text NOT NULL,
    policy_id      uuid NOT NULL,
    effective_from timestamptz NOT NULL,
    effective_to   timestamptz CHECK (effective_to > effective_from),
    override_json  jsonb CHECK (jsonb_typeof(override_json) = 'object'),
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    -- A tenant has one.
    PRIMARY KEY (tenant_id),
    CHECK (policy_tenant IN (tenant_id, '*')),
    FOREIGN KEY (policy_tenant, policy_id) REFERENCES sla_policies (tenant_id, id) ON DELETE CASCADE
);

-- What one replica measured in one aligned window. A row is replaced as a whole by the replica that it belongs to, so that
-- writing it twice counts nothing twice; whoever reads adds the replicas up.
CREATE TABLE sla_measurements (
    tenant_id          text NOT NULL,
    route_class        text NOT NULL CHECK (route_class IN ('run', 'read', 'mutation', 'ingest', 'ops', 'admin')),
    window_seconds     integer NOT NULL,
    window_start       timestamptz NOT NULL,
    replica            uuid NOT NULL,
    request_count      bigint NOT NULL,
    error_count        bigint NOT NULL,
    -- How many requests took how long: {"<bucket>": count}.
    latencies_json     jsonb NOT NULL,
    -- Hundredths of a percent, and how many samples they are the sum of.
    saturation_total   bigint NOT NULL,
    saturation_samples bigint NOT NULL,
    computed_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, route_class, window_seconds, window_start, replica)
);
CREATE INDEX sla_measurements_news ON sla_measurements (computed_at);
CREATE INDEX sla_measurements_age ON sla_measurements (window_start);

CREATE TABLE sla_incidents (
    tenant_id       text NOT NULL REFERENCES tenants (id),
    id              uuid NOT NULL,
    policy_tenant   text NOT NULL,
    policy_id       uuid NOT NULL,
    route_class     text NOT NULL,
    breach_type     text NOT NULL,
    severity        text NOT NULL CHECK (severity IN ('sev1', 'sev2', 'sev3')),
    status          text NOT NULL CHECK (status IN ('open', 'mitigating', 'resolved')),
    -- What was last decided because of it.
    decision        text NOT NULL CHECK (decision IN ('allow', 'warn', 'degrade', 'shed')),
    first_breach_at timestamptz NOT NULL,
    last_breach_at  timestamptz NOT NULL,
    details_json    jsonb,
    resolved_at     timestamptz CHECK ((resolved_at IS NOT NULL) = (status = 'resolved')),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (policy_tenant, policy_id) REFERENCES sla_policies (tenant_id, id) ON DELETE CASCADE
);
-- However many replicas see a breach, there is one incident of it.
CREATE UNIQUE INDEX sla_incidents_unresolved ON sla_incidents (tenant_id, policy_id, route_class) WHERE status <> 'resolved';
CREATE INDEX sla_incidents_newest ON sla_incidents (tenant_id, first_breach_at DESC, id);

CREATE TABLE autoscaling_profiles (
    -- '*' is the operator's.
    tenant_id          text NOT NULL,
    id                 uuid NOT NULL,
    name               text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
    scope              text NOT NULL CHECK (scope IN ('global', 'tenant', 'route_class')),
    route_class        text,
    min_replicas       integer NOT NULL CHECK (min_replicas >= 1),
    max_replicas       integer NOT NULL CHECK (max_replicas >= min_replicas),
    target_p95_ms      integer NOT NULL CHECK (target_p95_ms >= 1),
    target_queue_depth integer NOT NULL CHECK (target_queue_depth >= 0),
    cooldown_seconds   integer NOT NULL CHECK (cooldown_seconds >= 0),
    step_up            integer NOT NULL CHECK (step_up >= 1),
    step_down          integer NOT NULL CHECK (step_down >= 1),
    enabled            boolean NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    owner              text GENERATED ALWAYS AS (nullif(tenant_id, '*')) STORED REFERENCES tenants (id),
    PRIMARY KEY (tenant_id, id),
    CHECK ((scope = 'global') = (tenant_id = '*'))
);

CREATE TABLE autoscaling_actions (
    -- That of the profile.
    tenant_id     text NOT NULL,
    id            uuid NOT NULL,
    profile_id    uuid NOT NULL,
    route_class   text NOT NULL,
    action        text NOT NULL CHECK (action IN ('scale_up', 'scale_down', 'hold', 'degrade')),
    from_replicas integer NOT NULL,
    to_replicas   integer NOT NULL,
    reason        text NOT NULL,
    signal_json   jsonb NOT NULL,
    executed      boolean NOT NULL,
    executed_at   timestamptz CHECK ((executed_at IS NOT NULL) = executed),
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES autoscaling_profiles (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX autoscaling_actions_profile ON autoscaling_actions (tenant_id, profile_id, created_at DESC);
CREATE INDEX autoscaling_actions_age ON autoscaling_actions (created_at);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['sla_policies', 'tenant_sla_assignments', 'sla_measurements', 'sla_incidents',
        'autoscaling_profiles', 'autoscaling_actions']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = nexus_tenant() AND tenant_id <> ''*'')'
            ' WITH CHECK (tenant_id = nexus_tenant() AND tenant_id <> ''*'')', t);
        -- Every replica measures and judges all tenants.
        EXECUTE format('CREATE POLICY of_platform ON %I USING (nexus_platform()) WITH CHECK (nexus_platform())', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO nexus_app', t);
    END LOOP;
    -- Everybody sees what the operator says.
    CREATE POLICY of_operator ON sla_policies FOR SELECT USING (tenant_id = '*');
    CREATE POLICY of_operator ON autoscaling_profiles FOR SELECT USING (tenant_id = '*');
END
$$;

CREATE TRIGGER sla_policies_changed AFTER INSERT OR UPDATE OR DELETE ON sla_policies
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('sla');
CREATE TRIGGER tenant_sla_assignments_changed AFTER INSERT OR UPDATE OR DELETE ON tenant_sla_assignments
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('sla');
