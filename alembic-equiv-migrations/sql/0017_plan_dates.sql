-- Plans that begin at a date to come: an assignment counts within its dates, unless it was replaced before it began.

ALTER TABLE tenant_plan_assignments
    -- When another assignment took its place before it began. Such a row never counted.
    ADD COLUMN cancelled_at timestamptz;
COMMENT ON COLUMN tenant_plan_assignments.is_active IS
    'Whether it had begun when it was written and nothing took its place since; for the release before. The dates decide.';
CREATE INDEX tenant_plan_assignments_dates ON tenant_plan_assignments (tenant_id, effective_from) WHERE cancelled_at IS NULL;
