-- Draws are folded many at a time: the lines of all their bills are written by one statement, and not by one for each draw.
DROP TRIGGER ledger_draws_folded ON ledger_draws;
CREATE OR REPLACE FUNCTION nexus_write_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO usage_cost_lines (tenant_id, id, request_id, session_id, route_class, component, provider, units_json,
        unit_cost_json, cost_usd, estimated, occurred_at)
    SELECT gone.tenant_id, l.* FROM gone CROSS JOIN LATERAL nexus_bill_lines(gone.bill) l
    WHERE gone.bill IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_draws_folded AFTER DELETE ON ledger_draws
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION nexus_write_lines();
