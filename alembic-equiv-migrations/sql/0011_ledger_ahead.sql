-- The ledger knows what a replica has drawn ahead of its use, so that others who are short can ask for it, counts
-- settlements whose lease is gone from the moment they are committed, and says what was settled on a lease.

ALTER TABLE ledger_leases
    -- How much of what is drawn was not spent when the holder was last heard, at most.
    ADD COLUMN ahead bigint NOT NULL DEFAULT 0;

-- What is set aside and what is spent by the live leases of a month, or of one day in it, but for one of them; and by
-- settlements whose lease is gone, until a sweep charges them.
CREATE OR REPLACE FUNCTION ledger_live(p_tenant text, p_meter text, p_month date, p_day date, p_not uuid,
                                       OUT committed bigint, OUT spent bigint)
    LANGUAGE sql STABLE
    AS $$
        SELECT coalesce(sum(x.committed), 0)::bigint, coalesce(sum(x.spent), 0)::bigint
        FROM (
            SELECT greatest(l.granted, l.drawn + l.settled + d.amount) AS committed, l.drawn + l.settled + d.amount AS spent
            FROM ledger_leases l
            CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0)::bigint AS amount FROM ledger_draws
                                WHERE tenant_id = l.tenant_id AND lease_id = l.id) d
            WHERE l.tenant_id = p_tenant AND l.meter = p_meter AND l.month = p_month
              AND (p_day IS NULL OR l.day = p_day) AND l.id <> p_not
            UNION ALL
            SELECT o.amount, o.amount
            FROM ledger_draws o
            WHERE o.tenant_id = p_tenant AND o.meter = p_meter AND o.month = p_month AND (p_day IS NULL OR o.day = p_day)
              AND NOT EXISTS (SELECT FROM ledger_leases l WHERE l.tenant_id = o.tenant_id AND l.id = o.lease_id)
        ) x
    $$;

-- One turn of a holder at the ledger, as before. `p_ahead` is how much of `p_drawn` is not spent; `own_settled` is what
-- was settled on the lease in transactions that are committed.
CREATE FUNCTION ledger_turn(p_tenant text, p_meter text, p_day date, p_lease uuid, p_known boolean,
                            p_granted bigint, p_drawn bigint, p_held bigint,
                            p_need bigint, p_least bigint, p_extra bigint, p_cover bigint,
                            p_day_limit bigint, p_month_limit bigint, p_ttl double precision, p_ahead bigint,
                            OUT alive boolean, OUT granted bigint, OUT drawn bigint,
                            OUT day_others bigint, OUT month_others bigint, OUT idle_elsewhere bigint,
                            OUT own_settled bigint)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_month date := date_trunc('month', p_day)::date;
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_ttl);
    r record;
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
    UPDATE ledger_leases l SET granted = p_granted, drawn = p_drawn, ahead = p_ahead, expires_at = v_until
        WHERE l.tenant_id = p_tenant AND l.id = p_lease;
    alive := FOUND OR NOT p_known;
    IF NOT alive THEN
        RETURN;
    ELSIF NOT FOUND THEN
        INSERT INTO ledger_leases (tenant_id, id, meter, day, month, granted, drawn, ahead, expires_at)
        VALUES (p_tenant, p_lease, p_meter, p_day, v_month, p_granted, p_drawn, p_ahead, v_until);
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
        UPDATE ledger_leases l SET granted = ledger_turn.granted, drawn = ledger_turn.drawn,
                                   ahead = p_ahead + ledger_turn.drawn - p_drawn
            WHERE l.tenant_id = p_tenant AND l.id = p_lease;
    END IF;
    day_others := day_used + day_live.spent;
    month_others := month_used + month_live.spent;
    idle_elsewhere := 0;
    IF gift < p_need THEN
        SELECT month_live.committed - month_live.spent + coalesce(sum(l.ahead), 0)::bigint INTO idle_elsewhere
            FROM ledger_leases l
            WHERE l.tenant_id = p_tenant AND l.meter = p_meter AND l.month = v_month AND l.id <> p_lease;
    END IF;
    IF idle_elsewhere > 0 THEN
        -- Others hold what is not spent: they are asked to give it back.
        PERFORM pg_notify('nexus_changes', 'ledger ' || p_tenant || ' ' || p_meter);
    END IF;
END
$$;

-- For the release before, while both run.
CREATE OR REPLACE FUNCTION ledger_turn(p_tenant text, p_meter text, p_day date, p_lease uuid, p_known boolean,
                            p_granted bigint, p_drawn bigint, p_held bigint,
                            p_need bigint, p_least bigint, p_extra bigint, p_cover bigint,
                            p_day_limit bigint, p_month_limit bigint, p_ttl double precision,
                            OUT alive boolean, OUT granted bigint, OUT drawn bigint,
                            OUT day_others bigint, OUT month_others bigint, OUT idle_elsewhere bigint)
    LANGUAGE sql
    AS $$
        SELECT t.alive, t.granted, t.drawn, t.day_others, t.month_others, t.idle_elsewhere
        FROM ledger_turn(p_tenant, p_meter, p_day, p_lease, p_known, p_granted, p_drawn, p_held, p_need, p_least, p_extra,
                         p_cover, p_day_limit, p_month_limit, p_ttl, 0::bigint) t
    $$;

-- Old accounts, edges and requests for upgrades are removed for all tenants at once.
CREATE POLICY of_platform ON quota_edges USING (nexus_platform()) WITH CHECK (nexus_platform());
CREATE INDEX ledger_accounts_age ON ledger_accounts (period_start);
CREATE POLICY of_platform ON plan_upgrade_requests USING (nexus_platform()) WITH CHECK (nexus_platform());
GRANT DELETE ON plan_upgrade_requests TO nexus_app;
