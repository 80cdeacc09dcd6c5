-- Assignments of policies that begin later, how incidents ended, and when the number of replicas was last changed.

-- What begins later stands beside what counts until then; of the two, what began last counts.
CREATE TABLE tenant_sla_assignments_planned (
    tenant_id      text NOT NULL REFERENCES tenants (id),
    id             uuid NOT NULL,
    policy_tenant  text NOT NULL,
    policy_id      uuid NOT NULL,
    effective_from timestamptz NOT NULL,
    effective_to   timestamptz CHECK (effective_to > effective_from),
    override_json  jsonb CHECK (jsonb_typeof(override_json) = 'object'),
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id),
    CHECK (policy_tenant IN (tenant_id, '*')),
    FOREIGN KEY (policy_tenant, policy_id) REFERENCES sla_policies (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE tenant_sla_assignments_planned ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_sla_assignments_planned FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON tenant_sla_assignments_planned USING (tenant_id = nexus_tenant() AND tenant_id <> '*')
    WITH CHECK (tenant_id = nexus_tenant() AND tenant_id <> '*');
CREATE POLICY of_platform ON tenant_sla_assignments_planned USING (nexus_platform()) WITH CHECK (nexus_platform());
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_sla_assignments_planned TO nexus_app;
CREATE TRIGGER tenant_sla_assignments_planned_changed AFTER INSERT OR UPDATE OR DELETE ON tenant_sla_assignments_planned
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('sla');

-- Only what somebody resolved by hand keeps a window that was broken before from opening another incident.
ALTER TABLE sla_incidents ADD COLUMN resolution text CHECK (resolution IN ('manual', 'quiet'));
CREATE INDEX sla_incidents_by_hand ON sla_incidents (tenant_id, policy_id, route_class, resolved_at)
    WHERE resolution = 'manual';

-- All profiles change one number, so they share one cooldown, and it outlives the records of what was recommended.
CREATE TABLE autoscaling_execution (
    one            boolean PRIMARY KEY DEFAULT true CHECK (one),
    executed_at    timestamptz NOT NULL,
    profile_tenant text NOT NULL,
    profile_id     uuid NOT NULL
);
INSERT INTO autoscaling_execution (executed_at, profile_tenant, profile_id)
SELECT executed_at, tenant_id, profile_id FROM autoscaling_actions WHERE executed ORDER BY executed_at DESC LIMIT 1;
ALTER TABLE autoscaling_execution ENABLE ROW LEVEL SECURITY;
ALTER TABLE autoscaling_execution FORCE ROW LEVEL SECURITY;
CREATE POLICY of_platform ON autoscaling_execution USING (nexus_platform()) WITH CHECK (nexus_platform());
-- That nothing is changed for a while concerns everybody who asks.
CREATE POLICY of_tenants ON autoscaling_execution FOR SELECT USING (nexus_tenant() IS NOT NULL);
GRANT SELECT, INSERT, UPDATE ON autoscaling_execution TO nexus_app;
