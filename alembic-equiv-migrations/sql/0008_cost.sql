-- Costs: what things cost, what was used, what may be spent, and reports of it.
--
-- Amounts are exact. What was used is recorded once, under an id that was chosen before it was tried. How much of a budget is
-- taken is in the ledger (meter `usd`, in micro-dollars), which agrees with the sum of these records.

-- A range of one text is what an exclusion constraint compares for equality without an extension.
CREATE TYPE nexus_text_range AS RANGE (subtype = text, collation = "C");

CREATE TABLE pricing_catalog (
    -- '*' is the operator's: the price holds for every tenant that has none of its own.
    tenant_id      text NOT NULL,
    id             uuid NOT NULL,
    version        text NOT NULL CHECK (char_length(version) BETWEEN 1 AND 64),
    provider       text NOT NULL CHECK (char_length(provider) BETWEEN 1 AND 64),
    component      text NOT NULL CHECK (char_length(component) BETWEEN 1 AND 64),
    rate_type      text NOT NULL
        CHECK (rate_type IN ('per_1k_tokens', 'per_char', 'per_mb', 'per_request', 'per_second')),
    rate_value_usd numeric(18, 9) NOT NULL CHECK (rate_value_usd > 0),
    effective_from timestamptz NOT NULL,
    -- From this moment on the price does not hold.
    effective_to   timestamptz CHECK (effective_to > effective_from),
    active         boolean NOT NULL DEFAULT true,
    metadata_json  jsonb NOT NULL DEFAULT '{}',
    created_by     text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    owner          text GENERATED ALWAYS AS (nullif(tenant_id, '*')) STORED REFERENCES tenants (id),
    PRIMARY KEY (tenant_id, id),
    -- At any moment at most one price of a thing holds, whoever writes at the same time.
    CONSTRAINT pricing_catalog_one_at_a_time EXCLUDE USING gist (
        nexus_text_range(tenant_id, tenant_id, '[]') WITH &&, nexus_text_range(provider, provider, '[]') WITH &&,
        nexus_text_range(component, component, '[]') WITH &&, nexus_text_range(rate_type, rate_type, '[]') WITH &&,
        tstzrange(effective_from, effective_to) WITH &&) WHERE (active)
);
CREATE TRIGGER pricing_catalog_changed AFTER INSERT OR UPDATE OR DELETE ON pricing_catalog
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('pricing');

CREATE TABLE tenant_budgets (
    tenant_id                  text PRIMARY KEY REFERENCES tenants (id),
    monthly_budget_usd         numeric(16, 6) CHECK (monthly_budget_usd >= 0),
    warn_ratio                 numeric(5, 4) NOT NULL CHECK (warn_ratio > 0 AND warn_ratio < 1),
    enforce_hard_cap           boolean NOT NULL,
    hard_cap_mode              text NOT NULL CHECK (hard_cap_mode IN ('block', 'degrade')),
    current_month_override_usd numeric(16, 6) CHECK (current_month_override_usd >= 0),
    -- The month that the override is for; it counts in no other.
    override_month             date,
    created_at                 timestamptz NOT NULL DEFAULT now(),
    updated_at                 timestamptz NOT NULL DEFAULT now(),
    CHECK ((current_month_override_usd IS NULL) = (override_month IS NULL))
);
CREATE TRIGGER tenant_budgets_changed AFTER INSERT OR UPDATE OR DELETE ON tenant_budgets
    FOR EACH ROW EXECUTE FUNCTION nexus_changed('budget', 'tenant_id');

CREATE TABLE usage_cost_events (
    tenant_id      text NOT NULL REFERENCES tenants (id),
    id             uuid NOT NULL,
    request_id     text,
    session_id     text,
    route_class    text NOT NULL,
    component      text NOT NULL,
    provider       text NOT NULL,
    units_json     jsonb NOT NULL,
    -- The prices that were applied, as they were then.
    unit_cost_json jsonb NOT NULL,
    cost_usd       numeric(18, 6) NOT NULL CHECK (cost_usd >= 0),
    estimated      boolean NOT NULL,
    occurred_at    timestamptz NOT NULL,
    metadata_json  jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX usage_cost_events_time ON usage_cost_events (tenant_id, occurred_at)
    INCLUDE (component, provider, route_class, cost_usd);
CREATE INDEX usage_cost_events_request ON usage_cost_events (tenant_id, request_id);

CREATE TABLE tenant_budget_snapshots (
    tenant_id            text NOT NULL REFERENCES tenants (id),
    year_month           text NOT NULL CHECK (year_month ~ '^[0-9]{4}-[0-9]{2}$'),
    budget_usd           numeric(16, 6),
    spend_usd            numeric(18, 6) NOT NULL,
    forecast_usd         numeric(18, 6),
    -- When the budget first warned, refused or degraded since it was last changed.
    warn_triggered_at    timestamptz,
    cap_triggered_at     timestamptz,
    degrade_triggered_at timestamptz,
    status               text NOT NULL CHECK (status IN ('ok', 'warn', 'capped', 'degraded')),
    computed_at          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, year_month)
);

CREATE TABLE chargeback_reports (
    tenant_id      text NOT NULL REFERENCES tenants (id),
    id             uuid NOT NULL,
    period_start   timestamptz NOT NULL,
    period_end     timestamptz NOT NULL CHECK (period_end > period_start),
    currency       text NOT NULL DEFAULT 'USD',
    total_usd      numeric(18, 6) NOT NULL,
    breakdown_json jsonb NOT NULL,
    generated_at   timestamptz NOT NULL,
    generated_by   text,
    PRIMARY KEY (tenant_id, id),
    -- A period has one report; asking again brings it up to date.
    UNIQUE (tenant_id, period_start, period_end)
);
CREATE INDEX chargeback_reports_newest ON chargeback_reports (tenant_id, generated_at DESC, id DESC);

-- Records what was used, in one statement and exactly once: {request_id, session_id, route_class, occurred_at,
-- lines: [{id, component, provider, units, rates, cost, estimated}]}. A line that is there already changes nothing. The
-- tenant is that of the transaction.
CREATE FUNCTION nexus_record_costs(bill jsonb) RETURNS bigint
    LANGUAGE sql
    AS $$
    WITH recorded AS (
        INSERT INTO usage_cost_events (tenant_id, id, request_id, session_id, route_class, component, provider, units_json,
            unit_cost_json, cost_usd, estimated, occurred_at)
        SELECT nexus_tenant(), (line ->> 'id')::uuid, bill ->> 'request_id', bill ->> 'session_id', bill ->> 'route_class',
            line ->> 'component', line ->> 'provider', line -> 'units', line -> 'rates', (line ->> 'cost')::numeric,
            (line ->> 'estimated')::boolean, (bill ->> 'occurred_at')::timestamptz
        FROM jsonb_array_elements(bill -> 'lines') AS line
        ON CONFLICT (tenant_id, id) DO NOTHING
        RETURNING id
    )
    SELECT count(*) FROM recorded
$$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['pricing_catalog', 'tenant_budgets', 'usage_cost_events', 'tenant_budget_snapshots',
        'chargeback_reports']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = nexus_tenant() AND tenant_id <> ''*'')'
            ' WITH CHECK (tenant_id = nexus_tenant() AND tenant_id <> ''*'')', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO nexus_app', t);
    END LOOP;
END
$$;
CREATE POLICY of_operator ON pricing_catalog FOR SELECT USING (tenant_id = '*');
CREATE POLICY of_platform ON pricing_catalog USING (nexus_platform()) WITH CHECK (nexus_platform());
-- What was used stays as it was recorded.
REVOKE UPDATE, DELETE ON usage_cost_events FROM nexus_app;
