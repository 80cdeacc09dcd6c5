-- $1 tenants, $2 leases, $3 granted, $4 drawn, $5 seconds to live, $6 how much of what is drawn is not spent
WITH told AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::float8[], $6::bigint[])
        AS t (tenant_id, id, granted, drawn, ttl, ahead)
),
-- A settlement is folded only into a lease that is there; others are found by the sweep.
held AS (
    SELECT l.tenant_id, l.id, l.meter, l.day, l.month
    FROM told t JOIN ledger_leases l ON l.tenant_id = t.tenant_id AND l.id = t.id
    ORDER BY l.tenant_id, l.id FOR UPDATE OF l
),
gone AS (
    DELETE FROM ledger_draws d USING held h WHERE d.tenant_id = h.tenant_id AND d.lease_id = h.id
    RETURNING d.tenant_id, d.lease_id, d.amount
),
folded AS (
    SELECT tenant_id, lease_id, sum(amount)::bigint AS amount FROM gone GROUP BY 1, 2
),
kept AS (
    UPDATE ledger_leases l
    SET granted = t.granted, drawn = t.drawn, ahead = t.ahead, settled = l.settled + coalesce(f.amount, 0),
        expires_at = clock_timestamp() + make_interval(secs => t.ttl)
    FROM told t LEFT JOIN folded f ON f.tenant_id = t.tenant_id AND f.lease_id = t.id
    WHERE l.tenant_id = t.tenant_id AND l.id = t.id AND (l.tenant_id, l.id) IN (SELECT h.tenant_id, h.id FROM held h)
    RETURNING l.id, l.settled
)
SELECT h.id, k.settled,
       coalesce(d.used, 0) + dl.spent AS day_others,
       coalesce(m.used, 0) + ml.spent AS month_others
FROM held h
JOIN kept k ON k.id = h.id
LEFT JOIN ledger_accounts d ON d.tenant_id = h.tenant_id AND d.meter = h.meter AND d.period_type = 'day' AND d.period_start = h.day
LEFT JOIN ledger_accounts m ON m.tenant_id = h.tenant_id AND m.meter = h.meter AND m.period_type = 'month' AND m.period_start = h.month
CROSS JOIN LATERAL ledger_live(h.tenant_id, h.meter, h.month, h.day, h.id) dl
CROSS JOIN LATERAL ledger_live(h.tenant_id, h.meter, h.month, NULL, h.id) ml
