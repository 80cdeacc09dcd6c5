-- Allowances that are counted: the ledger of every meter, the limits of quotas, and what was used by class.
--
-- Replicas do not count in rows, which would make a tenant's requests wait for each other. A replica leases a block of what
-- is left and spends it in memory. What a lease has `drawn` is spent, whatever becomes of its holder; what was granted
-- beyond that comes back when the lease is closed or lapses. Units and micro-dollars are whole numbers.

-- What leases that are closed have spent. Spent in all is this and what live leases have drawn.
CREATE TABLE ledger_accounts (
    tenant_id    text NOT NULL REFERENCES tenants (id),
    -- What is counted, such as `requests`.
    meter        text NOT NULL,
    period_type  text NOT NULL CHECK (period_type IN ('day', 'month')),
    -- The first day of the period in UTC.
    period_start date NOT NULL,
    used         bigint NOT NULL DEFAULT 0,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, meter, period_type, period_start)
);

-- A lease counts against the day and the month that it was opened in.
CREATE TABLE ledger_leases (
    tenant_id  text NOT NULL REFERENCES tenants (id),
    id         uuid NOT NULL,
    meter      text NOT NULL,
    day        date NOT NULL,
    month      date NOT NULL,
    -- What is set aside for the holder.
    granted    bigint NOT NULL,
    -- What the holder has said to have spent or to be about to spend.
    drawn      bigint NOT NULL,
    -- What was settled in transactions of others, and folded in from ledger_draws.
    settled    bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ledger_leases_month ON ledger_leases (tenant_id, meter, month, day);
CREATE INDEX ledger_leases_expiry ON ledger_leases (expires_at);

-- A settlement inside somebody's transaction only adds a row, so that settlements never wait for each other.
CREATE TABLE ledger_draws (
    tenant_id text NOT NULL REFERENCES tenants (id),
    id        uuid NOT NULL,
    lease_id  uuid NOT NULL,
    meter     text NOT NULL,
    day       date NOT NULL,
    month     date NOT NULL,
    amount    bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ledger_draws_lease ON ledger_draws (tenant_id, lease_id) INCLUDE (amount);

-- What is set aside and what is spent by the live leases of a month, or of one day in it, but for one of them.
CREATE FUNCTION ledger_live(p_tenant text, p_meter text, p_month date, p_day date, p_not uuid,
                            OUT committed bigint, OUT spent bigint)
    LANGUAGE sql STABLE
    AS $$
        SELECT coalesce(sum(greatest(l.granted, l.drawn + l.settled + d.amount)), 0)::bigint,
               coalesce(sum(l.drawn + l.settled + d.amount), 0)::bigint
        FROM ledger_leases l
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0)::bigint AS amount FROM ledger_draws
                            WHERE tenant_id = l.tenant_id AND lease_id = l.id) d
        WHERE l.tenant_id = p_tenant AND l.meter = p_meter AND l.month = p_month
          AND (p_day IS NULL OR l.day = p_day) AND l.id <> p_not
    $$;

-- What was spent in a period, by closed and live leases.
CREATE FUNCTION ledger_spent(p_tenant text, p_meter text, p_type text, p_start date) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
        SELECT coalesce((SELECT used FROM ledger_accounts WHERE tenant_id = p_tenant AND meter = p_meter
                           AND period_type = p_type AND period_start = p_start), 0)
             + (SELECT spent FROM ledger_live(p_tenant, p_meter, date_trunc('month', p_start)::date,
                                              CASE p_type WHEN 'day' THEN p_start END, gen_random_uuid()))
    $$;

-- Adds to the accounts of a day and its month. Whoever holds several accounts takes the month before the day.
CREATE FUNCTION ledger_charge(p_tenant text, p_meter text, p_day date, p_month date, p_amount bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO ledger_accounts AS a (tenant_id, meter, period_type, period_start, used)
    VALUES (p_tenant, p_meter, 'month', p_month, p_amount)
    ON CONFLICT (tenant_id, meter, period_type, period_start)
        DO UPDATE SET used = a.used + excluded.used, updated_at = now();
    INSERT INTO ledger_accounts AS a (tenant_id, meter, period_type, period_start, used)
    VALUES (p_tenant, p_meter, 'day', p_day, p_amount)
    ON CONFLICT (tenant_id, meter, period_type, period_start)
        DO UPDATE SET used = a.used + excluded.used, updated_at = now();
END
$$;

-- Closes a lease that has lapsed: what it has drawn is spent for good, the rest is free again. The accounts are held, so
-- that nobody sees the lease gone and its spending not yet there.
CREATE FUNCTION ledger_close(p_tenant text, p_lease uuid, p_meter text, p_day date, p_month date) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
    spent bigint;
    folded bigint;
BEGIN
    PERFORM ledger_charge(p_tenant, p_meter, p_day, p_month, 0);
    DELETE FROM ledger_leases WHERE tenant_id = p_tenant AND id = p_lease AND expires_at <= clock_timestamp()
        RETURNING drawn + settled INTO spent;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    WITH gone AS (DELETE FROM ledger_draws WHERE tenant_id = p_tenant AND lease_id = p_lease RETURNING amount)
        SELECT coalesce(sum(amount), 0) INTO folded FROM gone;
    PERFORM ledger_charge(p_tenant, p_meter, p_day, p_month, spent + folded);
    RETURN true;
END
$$;

-- Closes lapsed leases of everybody, and charges settlements whose lease was closed before they were committed.
CREATE FUNCTION ledger_sweep(p_limit integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    r record;
    closed integer := 0;
BEGIN
    -- Always in the same order, so that two sweeps never wait for each other in a circle.
    FOR r IN SELECT tenant_id, id, meter, day, month FROM ledger_leases WHERE expires_at <= clock_timestamp()
             ORDER BY tenant_id, meter, month, day, id LIMIT p_limit
    LOOP
        IF ledger_close(r.tenant_id, r.id, r.meter, r.day, r.month) THEN
            closed := closed + 1;
        END IF;
    END LOOP;
    FOR r IN WITH orphans AS (
                 DELETE FROM ledger_draws WHERE (tenant_id, id) IN (
                     SELECT d.tenant_id, d.id FROM ledger_draws d
                     WHERE NOT EXISTS (SELECT FROM ledger_leases l WHERE l.tenant_id = d.tenant_id AND l.id = d.lease_id)
                     LIMIT p_limit FOR UPDATE SKIP LOCKED)
                 RETURNING tenant_id, meter, day, month, amount)
             SELECT tenant_id, meter, day, month, sum(amount)::bigint AS amount FROM orphans
             GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4, 3
    LOOP
        PERFORM ledger_charge(r.tenant_id, r.meter, r.day, r.month, r.amount);
    END LOOP;
    RETURN closed;
END
$$;

-- One turn of a holder at the ledger: it says what it has, and asks for more.
--
-- `p_granted` and `p_drawn` are absolute, so that a turn whose outcome was lost can be repeated. `p_need` is what requests
-- wait for and is given as far as it is there, unless it is less than `p_least`, which would help nobody here and might
-- elsewhere. `p_extra` is for requests to come; of what is left beyond the need only an eighth is given for them, so that
-- the last units go one by one to whoever asks. Of what is then free, up to `p_cover` counts as drawn at once.
CREATE FUNCTION ledger_turn(p_tenant text, p_meter text, p_day date, p_lease uuid, p_known boolean,
                            p_granted bigint, p_drawn bigint, p_held bigint,
                            p_need bigint, p_least bigint, p_extra bigint, p_cover bigint,
                            p_day_limit bigint, p_month_limit bigint, p_ttl double precision,
                            OUT alive boolean, OUT granted bigint, OUT drawn bigint,
                            OUT day_others bigint, OUT month_others bigint, OUT idle_elsewhere bigint)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_month date := date_trunc('month', p_day)::date;
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_ttl);
    r record;
    own_settled bigint;
    day_live record;
    month_live record;
    day_used bigint;
    month_used bigint;
    own bigint;
    room bigint;
    gift bigint;
BEGIN
    -- Whoever is granted something holds both accounts until it is committed, so that no two are granted the same.
    PERFORM ledger_charge(p_tenant, p_meter, p_day, v_month, 0);
    FOR r IN SELECT l.id, l.day FROM ledger_leases l
             WHERE l.tenant_id = p_tenant AND l.meter = p_meter AND l.month = v_month AND l.expires_at <= clock_timestamp()
             ORDER BY l.day, l.id LIMIT 20
    LOOP
        PERFORM ledger_close(p_tenant, r.id, p_meter, r.day, v_month);
    END LOOP;
    UPDATE ledger_leases l SET granted = p_granted, drawn = p_drawn, expires_at = v_until
        WHERE l.tenant_id = p_tenant AND l.id = p_lease;
    alive := FOUND OR NOT p_known;
    IF NOT alive THEN
        RETURN;
    ELSIF NOT FOUND THEN
        INSERT INTO ledger_leases (tenant_id, id, meter, day, month, granted, drawn, expires_at)
        VALUES (p_tenant, p_lease, p_meter, p_day, v_month, p_granted, p_drawn, v_until);
    END IF;

    SELECT l.settled + coalesce((SELECT sum(d.amount)::bigint FROM ledger_draws d
                                 WHERE d.tenant_id = p_tenant AND d.lease_id = p_lease), 0)
        INTO own_settled FROM ledger_leases l WHERE l.tenant_id = p_tenant AND l.id = p_lease;
    SELECT a.used INTO month_used FROM ledger_accounts a WHERE a.tenant_id = p_tenant AND a.meter = p_meter
        AND a.period_type = 'month' AND a.period_start = v_month;
    SELECT a.used INTO day_used FROM ledger_accounts a WHERE a.tenant_id = p_tenant AND a.meter = p_meter
        AND a.period_type = 'day' AND a.period_start = p_day;
    SELECT * INTO month_live FROM ledger_live(p_tenant, p_meter, v_month, NULL, p_lease);
    SELECT * INTO day_live FROM ledger_live(p_tenant, p_meter, v_month, p_day, p_lease);

    own := greatest(p_granted, p_drawn + own_settled);
    -- A limit that is absent bounds nothing: least() passes over nulls.
    room := least(p_day_limit - day_used - day_live.committed - own,
                  p_month_limit - month_used - month_live.committed - own);
    gift := CASE WHEN room IS NULL THEN p_need
                 WHEN room >= p_need THEN p_need + least(p_extra, (room - p_need) / 8)
                 WHEN room >= p_least THEN greatest(room, 0)
                 ELSE 0 END;
    granted := p_granted + gift;
    drawn := p_drawn + greatest(0, least(p_cover, granted - p_drawn - greatest(p_held, own_settled)));
    IF gift <> 0 OR drawn <> p_drawn THEN
        UPDATE ledger_leases l SET granted = ledger_turn.granted, drawn = ledger_turn.drawn
            WHERE l.tenant_id = p_tenant AND l.id = p_lease;
    END IF;
    day_others := day_used + day_live.spent;
    month_others := month_used + month_live.spent;
    idle_elsewhere := CASE WHEN gift < p_need THEN month_live.committed - month_live.spent ELSE 0 END;
    IF idle_elsewhere > 0 THEN
        -- Others hold what is not spent: they are asked to give it back.
        PERFORM pg_notify('nexus_changes', 'ledger ' || p_tenant || ' ' || p_meter);
    END IF;
END
$$;

-- Quotas --------------------------------------------------------------------------------------------------------------

-- No row means no limit.
CREATE TABLE plan_limits (
    tenant_id              text PRIMARY KEY REFERENCES tenants (id),
    daily_requests_limit   bigint CHECK (daily_requests_limit >= 0),
    monthly_requests_limit bigint CHECK (monthly_requests_limit >= 0),
    daily_tokens_limit     bigint CHECK (daily_tokens_limit >= 0),
    monthly_tokens_limit   bigint CHECK (monthly_tokens_limit >= 0),
    -- In millionths, so that thresholds are whole numbers.
    soft_cap_millionths    integer NOT NULL DEFAULT 800000 CHECK (soft_cap_millionths BETWEEN 0 AND 1000000),
    hard_cap_enabled       boolean NOT NULL DEFAULT true,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL
);

CREATE FUNCTION plan_limits_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    tenant text := coalesce(NEW.tenant_id, OLD.tenant_id);
BEGIN
    PERFORM pg_notify('nexus_changes', 'quota ' || tenant || ' ' || tenant);
    RETURN NULL;
END
$$;
CREATE TRIGGER plan_limits_changed AFTER INSERT OR UPDATE OR DELETE ON plan_limits
    FOR EACH ROW EXECUTE FUNCTION plan_limits_changed();

-- Edges that were passed: each is told once, unless the limit changes.
CREATE TABLE quota_edges (
    tenant_id    text NOT NULL REFERENCES tenants (id),
    period_type  text NOT NULL CHECK (period_type IN ('day', 'month')),
    period_start date NOT NULL,
    edge         text NOT NULL CHECK (edge IN ('soft_cap', 'hard_cap', 'overage')),
    limit_units  bigint NOT NULL,
    passed_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, period_type, period_start, edge, limit_units)
);

-- How many requests of each class there were, and how many were turned away by rate limits.
CREATE TABLE usage_counters (
    tenant_id text NOT NULL REFERENCES tenants (id),
    day       date NOT NULL,
    class     text NOT NULL CHECK (class IN ('run', 'read', 'mutation', 'ops', 'rate_limited')),
    requests  bigint NOT NULL DEFAULT 0,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, day, class)
);

-- Row-level security and rights ---------------------------------------------------------------------------------------

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['ledger_accounts', 'ledger_leases', 'ledger_draws', 'plan_limits', 'quota_edges',
        'usage_counters']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = nexus_tenant())'
            ' WITH CHECK (tenant_id = nexus_tenant())', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO nexus_app', t);
    END LOOP;

    -- What a replica does for all tenants at once: it says what it has spent, and closes what lapsed.
    FOREACH t IN ARRAY ARRAY['ledger_accounts', 'ledger_leases', 'ledger_draws', 'usage_counters']
    LOOP
        EXECUTE format('CREATE POLICY of_platform ON %I USING (nexus_platform()) WITH CHECK (nexus_platform())', t);
    END LOOP;
END
$$;
