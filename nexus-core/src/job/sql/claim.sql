-- Leases one job. $1 queue, $2 worker, $3 seconds of lease, $4 the kinds that the worker knows.
--
-- Fairness: among tenants with a job that may start, the one with the fewest running jobs comes first, then the one that
-- was served longest ago, so that a thousand jobs of one tenant delay another tenant by one job. Tenants are found by
-- skipping through an index; a few jobs of each are candidates, because workers that claim at the same moment lock
-- different ones.
WITH RECURSIVE waiting (tenant_id) AS (
    (SELECT tenant_id FROM jobs WHERE queue = $1 AND state = 'queued' ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT j.tenant_id FROM jobs j
            WHERE j.queue = $1 AND j.state = 'queued' AND j.tenant_id > w.tenant_id
            ORDER BY j.tenant_id LIMIT 1)
    FROM waiting w
    WHERE w.tenant_id IS NOT NULL
), candidates AS (
    SELECT due.id, due.run_at, busy.running, served.at
    FROM waiting w
    CROSS JOIN LATERAL (
        SELECT j.id, j.run_at FROM jobs j
        WHERE j.queue = $1 AND j.tenant_id = w.tenant_id AND j.state = 'queued'
          AND j.run_at <= statement_timestamp() AND j.kind = ANY ($4)
        ORDER BY j.run_at, j.id LIMIT 8) due
    CROSS JOIN LATERAL (
        SELECT count(*) AS running FROM jobs j
        WHERE j.queue = $1 AND j.tenant_id = w.tenant_id AND j.state = 'running') busy
    CROSS JOIN LATERAL (
        SELECT max(j.started_at) AS at FROM jobs j
        WHERE j.queue = $1 AND j.tenant_id = w.tenant_id AND j.started_at IS NOT NULL) served
    ORDER BY busy.running, served.at NULLS FIRST, due.run_at, due.id
    LIMIT 16
), chosen AS (
    SELECT j.id FROM jobs j JOIN candidates c ON c.id = j.id
    WHERE j.state = 'queued'
    ORDER BY c.running, c.at NULLS FIRST, c.run_at, c.id
    LIMIT 1
    FOR UPDATE OF j SKIP LOCKED
)
UPDATE jobs SET
    state = 'running', attempt = attempt + 1, leased_by = $2,
    lease_until = clock_timestamp() + make_interval(secs => $3), started_at = clock_timestamp()
FROM chosen WHERE jobs.id = chosen.id
RETURNING jobs.id, tenant_id, kind, payload, attempt, max_attempts, leased_by, created_at, last_error
