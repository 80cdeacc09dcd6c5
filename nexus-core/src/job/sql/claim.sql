-- Leases one job. $1 queue, $2 worker, $3 seconds of lease, $4 the kinds that the worker knows.
--
-- Fairness: among tenants with a job that may start, the one with the fewest running jobs comes first, then the one that
-- was served longest ago, so that a thousand jobs of one tenant delay another tenant by one job. The tenants are found by
-- skipping through an index, whatever the number of their jobs. They are asked for a job in that order until one has a
-- job that no other worker is claiming at this moment; only that job is locked.
WITH RECURSIVE waiting (tenant_id) AS (
    (SELECT tenant_id FROM jobs WHERE queue = $1 AND state = 'queued' ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT j.tenant_id FROM jobs j
            WHERE j.queue = $1 AND j.state = 'queued' AND j.tenant_id > w.tenant_id
            ORDER BY j.tenant_id LIMIT 1)
    FROM waiting w
    WHERE w.tenant_id IS NOT NULL
), turns AS (
    SELECT w.tenant_id,
        (SELECT count(*) FROM jobs j
         WHERE j.queue = $1 AND j.tenant_id = w.tenant_id AND j.state = 'running') AS running,
        (SELECT max(j.started_at) FROM jobs j
         WHERE j.queue = $1 AND j.tenant_id = w.tenant_id AND j.started_at IS NOT NULL) AS served
    FROM waiting w
    WHERE w.tenant_id IS NOT NULL
    ORDER BY running, served NULLS FIRST, w.tenant_id
), chosen AS (
    SELECT due.id FROM turns t
    CROSS JOIN LATERAL (
        SELECT j.id FROM jobs j
        WHERE j.queue = $1 AND j.tenant_id = t.tenant_id AND j.state = 'queued'
          AND j.run_at <= statement_timestamp() AND j.kind = ANY ($4)
        ORDER BY j.run_at, j.id
        LIMIT 1
        FOR UPDATE SKIP LOCKED) due
    ORDER BY t.running, t.served NULLS FIRST, t.tenant_id
    LIMIT 1
)
UPDATE jobs SET
    state = 'running', attempt = attempt + 1, leased_by = $2,
    lease_until = clock_timestamp() + make_interval(secs => $3), started_at = clock_timestamp()
FROM chosen WHERE jobs.id = chosen.id
RETURNING jobs.id, tenant_id, kind, payload, attempt, max_attempts, leased_by, created_at, last_error
