-- What an answer cost is one row in its transaction: the draw, which brings its bill along. The lines are written when the
-- draw is folded into its lease, a moment later, together with all others. Whoever reads lines sees both.

-- Row-level security says whose they are; a key to the tenant would lock its row with every run.
ALTER TABLE usage_cost_events DROP CONSTRAINT usage_cost_events_tenant_id_fkey;
ALTER TABLE ledger_draws DROP CONSTRAINT ledger_draws_tenant_id_fkey;
-- Nobody looks lines up by request.
DROP INDEX usage_cost_events_request;
ALTER TABLE usage_cost_events RENAME TO usage_cost_lines;
CREATE POLICY of_platform ON usage_cost_lines USING (nexus_platform()) WITH CHECK (nexus_platform());
ALTER TABLE ledger_draws ADD COLUMN bill jsonb;

CREATE FUNCTION nexus_bill_lines(bill jsonb)
    RETURNS TABLE (id uuid, request_id text, session_id text, route_class text, component text, provider text,
                   units_json jsonb, unit_cost_json jsonb, cost_usd numeric, estimated boolean, occurred_at timestamptz)
    LANGUAGE sql STABLE
    AS $$
    SELECT (line ->> 'id')::uuid, bill ->> 'request_id', bill ->> 'session_id', bill ->> 'route_class',
        line ->> 'component', line ->> 'provider', line -> 'units', line -> 'rates', (line ->> 'cost')::numeric,
        (line ->> 'estimated')::boolean, (bill ->> 'occurred_at')::timestamptz
    FROM jsonb_array_elements(bill -> 'lines') AS line
$$;

CREATE VIEW usage_cost_events WITH (security_invoker = true) AS
    SELECT tenant_id, id, request_id, session_id, route_class, component, provider, units_json, unit_cost_json, cost_usd,
           estimated, occurred_at, metadata_json
    FROM usage_cost_lines
    UNION ALL
    SELECT d.tenant_id, l.id, l.request_id, l.session_id, l.route_class, l.component, l.provider, l.units_json,
           l.unit_cost_json, l.cost_usd, l.estimated, l.occurred_at, '{}'::jsonb
    FROM ledger_draws d CROSS JOIN LATERAL nexus_bill_lines(d.bill) l
    WHERE d.bill IS NOT NULL;
GRANT SELECT ON usage_cost_events TO nexus_app;

CREATE FUNCTION nexus_write_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO usage_cost_lines (tenant_id, id, request_id, session_id, route_class, component, provider, units_json,
        unit_cost_json, cost_usd, estimated, occurred_at)
    SELECT OLD.tenant_id, l.* FROM nexus_bill_lines(OLD.bill) l
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_draws_folded AFTER DELETE ON ledger_draws
    FOR EACH ROW WHEN (OLD.bill IS NOT NULL) EXECUTE FUNCTION nexus_write_lines();

-- Records a bill exactly once, and draws from the ledger what it comes to if it says on which lease. `again` says that the
-- same lines, or some of them, were recorded before perhaps: then each is looked for, and only what is new is drawn.
CREATE OR REPLACE FUNCTION nexus_record_costs(bill jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    recorded bigint;
    drawn bigint;
    first_line uuid := (bill -> 'lines' -> 0 ->> 'id')::uuid;
BEGIN
    IF bill IS NULL THEN
        RETURN 0;
    ELSIF bill ? 'draw' AND NOT bill ? 'again' THEN
        INSERT INTO ledger_draws (tenant_id, id, lease_id, meter, day, month, amount, bill)
        SELECT nexus_tenant(), first_line, d.lease_id, d.meter, d.day, date_trunc('month', d.day)::date, d.amount, bill - 'draw'
        FROM jsonb_to_record(bill -> 'draw') AS d (lease_id uuid, meter text, day date, amount bigint);
        RETURN jsonb_array_length(bill -> 'lines');
    END IF;
    -- Whoever recorded them before may not have ended: a draw of nothing under the same id waits for that.
    INSERT INTO ledger_draws (tenant_id, id, lease_id, meter, day, month, amount)
    SELECT nexus_tenant(), first_line, d.lease_id, d.meter, d.day, date_trunc('month', d.day)::date, 0
    FROM jsonb_to_record(bill -> 'draw') AS d (lease_id uuid, meter text, day date)
    WHERE d.lease_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    WITH fresh AS (
        INSERT INTO usage_cost_lines (tenant_id, id, request_id, session_id, route_class, component, provider, units_json,
            unit_cost_json, cost_usd, estimated, occurred_at)
        SELECT nexus_tenant(), l.* FROM nexus_bill_lines(bill) l
        WHERE NOT EXISTS (SELECT FROM ledger_draws d CROSS JOIN LATERAL nexus_bill_lines(d.bill) o
                          WHERE d.tenant_id = nexus_tenant() AND d.id = first_line AND o.id = l.id)
        ON CONFLICT DO NOTHING
        RETURNING cost_usd
    )
    SELECT count(*), (sum(cost_usd) * 1000000)::bigint INTO recorded, drawn FROM fresh;
    IF drawn > 0 THEN
        INSERT INTO ledger_draws (tenant_id, id, lease_id, meter, day, month, amount)
        SELECT nexus_tenant(), gen_random_uuid(), d.lease_id, d.meter, d.day, date_trunc('month', d.day)::date, drawn
        FROM jsonb_to_record(bill -> 'draw') AS d (lease_id uuid, meter text, day date)
        WHERE d.lease_id IS NOT NULL;
    END IF;
    RETURN recorded;
END
$$;
