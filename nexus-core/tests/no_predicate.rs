//! Statements that forgot their tenant: under the runtime role, none of them reaches a row of another tenant, whatever the
//! table. The tables come from the catalogue, so that one that a migration adds is tried, or fails the test for want of rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;

use nexus_core::{
    id::TenantId,
    pg::testing::{self, TestDb},
};
use sqlx::{AssertSqlSafe, PgConnection};

/// What the platform sees without a tenant, because it must: whose key it is, and what there is to do and to record.
const OF_PLATFORM: &[&str] = &[
    "api_keys",
    "audit_events",
    "authorization_policies",
    "autoscaling_actions",
    "autoscaling_profiles",
    "group_members",
    "jobs",
    "ledger_accounts",
    "ledger_draws",
    "ledger_leases",
    "plan_upgrade_requests",
    "pricing_catalog",
    "quota_edges",
    "sla_incidents",
    "sla_measurements",
    "sla_policies",
    "tenant_budgets",
    "tenant_sla_assignments",
    "tenant_sla_assignments_planned",
    "tenants",
    "usage_cost_lines",
    "usage_counters",
    "users",
];

/// What the runtime role cannot delete: it is the record of what was.
const RECORDS: [&str; 8] = [
    "audit_events",
    "key_rotation_failures",
    "key_rotation_jobs",
    "tenant_feature_overrides",
    "tenant_keys",
    "tenant_plan_assignments",
    "tenants",
    "usage_cost_lines",
];

/// A row of everything that a tenant has, the same for each but for its name.
const ROWS: &str = "
    INSERT INTO tenants (id, name) VALUES ('@', '@');
    INSERT INTO users (tenant_id, id, role) VALUES ('@', 'u', 'reader'), ('@', 'u2', 'admin');
    INSERT INTO api_keys (tenant_id, id, user_id, key_prefix, key_hash) VALUES ('@', 'k', 'u', 'nx', sha256('@'));
    INSERT INTO groups (tenant_id, id, display_name) VALUES ('@', 'g', 'G');
    INSERT INTO group_members (tenant_id, group_id, user_id) VALUES ('@', 'g', 'u');
    INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension)
        VALUES ('@', 'c', 'C', '{}', 'hash', 3);
    INSERT INTO corpus_permissions (tenant_id, id, corpus_id, principal_type, principal_id, permission)
        VALUES ('@', gen_random_uuid(), 'c', 'user', 'u', 'read');
    INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
            source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars)
        VALUES ('@', 'd', 'c', 'f', 'T', 'text/plain', 'raw_text', 'succeeded', 's', 1, '', 100, 0);
    INSERT INTO document_texts (tenant_id, document_id, content, total_chars, content_sha256)
        VALUES ('@', 'd', 'secret of @', 11, '');
    INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
        VALUES ('@', gen_random_uuid(), 'd', 'user', 'u', 'read');
    INSERT INTO chunks (tenant_id, corpus_id, document_id, chunk_index, start_char, end_char, text, term_count, dimension,
            embedding)
        VALUES ('@', 'c', 'd', 0, 0, 11, 'secret of @', 3, 3, '[1,2,3]');
    INSERT INTO postings (tenant_id, corpus_id, term, chunk_id, term_freq)
        SELECT '@', 'c', 'secret', id, 1 FROM chunks WHERE tenant_id = '@';
    INSERT INTO sessions (tenant_id, user_id, id) VALUES ('@', 'u', 's');
    INSERT INTO messages (tenant_id, id, user_id, session_id, run_id, role, content)
        VALUES ('@', gen_random_uuid(), 'u', 's', 'r', 'user', 'secret of @');
    INSERT INTO checkpoints (tenant_id, id, run_id, user_id, session_id, corpus_id, state_json)
        VALUES ('@', gen_random_uuid(), 'r', 'u', 's', 'c', '{}');
    INSERT INTO jobs (id, tenant_id, queue, kind, payload, max_attempts)
        VALUES (gen_random_uuid(), '@', 'q', 'k', '{}', 1);
    INSERT INTO imports (tenant_id, id, corpus_id, source, overwrite, status, user_id, credential_id, created_at, updated_at)
        VALUES ('@', gen_random_uuid(), 'c', 'file:///', false, 'running', 'u', 'k', now(), now());
    INSERT INTO ledger_accounts (tenant_id, meter, period_type, period_start) VALUES ('@', 'requests', 'day', '2000-01-01');
    INSERT INTO ledger_leases (tenant_id, id, meter, day, month, granted, drawn, expires_at)
        VALUES ('@', gen_random_uuid(), 'requests', '2000-01-01', '2000-01-01', 1, 1, 'infinity');
    INSERT INTO ledger_draws (tenant_id, id, lease_id, meter, day, month, amount)
        VALUES ('@', gen_random_uuid(), gen_random_uuid(), 'requests', '2000-01-01', '2000-01-01', 1);
    INSERT INTO plan_limits (tenant_id, created_at, updated_at) VALUES ('@', now(), now());
    INSERT INTO quota_edges (tenant_id, period_type, period_start, edge, limit_units, passed_at)
        VALUES ('@', 'day', '2000-01-01', 'soft_cap', 1, now());
    INSERT INTO usage_counters (tenant_id, day, class, last_at) VALUES ('@', '2000-01-01', 'run', now());
    INSERT INTO idempotency_records (tenant_id, scope, actor_id, method, path, idem_key, request_hash, request_id,
            response_status, response_headers, response_body, created_at, expires_at)
        VALUES ('@', '', 'k', 'POST', '/', 'key', '', 'r', 200, '[]', 'secret of @', now(), now() + interval '1 hour');
    INSERT INTO tenant_plan_assignments (tenant_id, id, plan_id, effective_from, assigned_by)
        VALUES ('@', gen_random_uuid(), 'pro', now(), 'k');
    INSERT INTO tenant_feature_overrides (tenant_id, feature_key, enabled, updated_by, updated_at)
        VALUES ('@', 'feature.tts', true, 'k', now());
    INSERT INTO plan_upgrade_requests (tenant_id, target_plan, requested_by) VALUES ('@', 'pro', 'k');
    INSERT INTO sla_policies (tenant_id, id, name, tier, enabled, config_json, version, created_at, updated_at)
        VALUES ('@', '00000000-0000-0000-0000-000000000001', 'p', 'custom', true, '{}', 1, now(), now());
    INSERT INTO tenant_sla_assignments (tenant_id, id, policy_tenant, policy_id, effective_from, created_at, updated_at)
        VALUES ('@', gen_random_uuid(), '@', '00000000-0000-0000-0000-000000000001', now(), now(), now());
    INSERT INTO tenant_sla_assignments_planned (tenant_id, id, policy_tenant, policy_id, effective_from, created_at, updated_at)
        SELECT tenant_id, id, policy_tenant, policy_id, 'infinity', created_at, updated_at
        FROM tenant_sla_assignments WHERE tenant_id = '@';
    INSERT INTO sla_measurements (tenant_id, route_class, window_seconds, window_start, replica, request_count, error_count,
            latencies_json, saturation_total, saturation_samples, computed_at)
        VALUES ('@', 'run', 60, now(), gen_random_uuid(), 1, 0, '{}', 0, 0, now());
    INSERT INTO sla_incidents (tenant_id, id, policy_tenant, policy_id, route_class, breach_type, severity, status, decision,
            first_breach_at, last_breach_at)
        VALUES ('@', gen_random_uuid(), '@', '00000000-0000-0000-0000-000000000001', 'run', 'availability', 'sev1', 'open',
            'allow', now(), now());
    INSERT INTO autoscaling_profiles (tenant_id, id, name, scope, min_replicas, max_replicas, target_p95_ms, target_queue_depth,
            cooldown_seconds, step_up, step_down, enabled, created_at, updated_at)
        VALUES ('@', '00000000-0000-0000-0000-000000000002', 'a', 'tenant', 1, 2, 1, 0, 0, 1, 1, true, now(), now());
    INSERT INTO autoscaling_actions (tenant_id, id, profile_id, route_class, action, from_replicas, to_replicas, reason,
            signal_json, executed, created_at)
        VALUES ('@', gen_random_uuid(), '00000000-0000-0000-0000-000000000002', 'run', 'hold', 1, 1, 'r', '{}', false, now());
    INSERT INTO pricing_catalog (tenant_id, id, version, provider, component, rate_type, rate_value_usd, effective_from)
        VALUES ('@', gen_random_uuid(), 'v', 'p', 'llm', 'per_char', 1, now());
    INSERT INTO tenant_budgets (tenant_id, warn_ratio, enforce_hard_cap, hard_cap_mode) VALUES ('@', 0.5, false, 'block');
    INSERT INTO usage_cost_lines (tenant_id, id, route_class, component, provider, units_json, unit_cost_json, cost_usd,
            estimated, occurred_at)
        VALUES ('@', gen_random_uuid(), 'run', 'llm', 'p', '{}', '[]', 1, false, now());
    INSERT INTO tenant_budget_snapshots (tenant_id, year_month, spend_usd, status, computed_at)
        VALUES ('@', '2000-01', 1, 'ok', now());
    INSERT INTO chargeback_reports (tenant_id, id, period_start, period_end, total_usd, breakdown_json, generated_at)
        VALUES ('@', gen_random_uuid(), '2000-01-01', '2000-02-01', 1, '{}', now());
    INSERT INTO tenant_keys (tenant_id, id, key_alias, key_version, provider, key_ref, wrapped_key, status, created_at)
        VALUES ('@', '00000000-0000-0000-0000-000000000003', 'a', 1, 'local_kms', 'r', '', 'active', now());
    INSERT INTO key_rotation_jobs (tenant_id, id, from_key_id, to_key_id, status, created_at)
        SELECT '@', id, id, id, 'queued', now() FROM tenant_keys WHERE tenant_id = '@';
    INSERT INTO key_rotation_failures (tenant_id, job_id, kind, name, attempts, error_code, failed_at)
        SELECT '@', id, 'k', 'n', 1, 'e', now() FROM tenant_keys WHERE tenant_id = '@';
    INSERT INTO sealed_objects (tenant_id, name, kind, resource_id, version, key_id, path, created_at)
        SELECT '@', 'n', 'k', 'r', 1, id, 'p', now() FROM tenant_keys WHERE tenant_id = '@';
    INSERT INTO audit_events (occurred_at, tenant_id, actor_type, event_type, outcome)
        VALUES (now(), '@', 'user', 'e', 'success');";

/// A table that holds something of a tenant, and the column that says of which.
#[derive(Debug, Clone, PartialEq)]
struct Table {
    name: String,
    tenant: &'static str,
    /// The columns that an `INSERT` may name.
    columns: String,
}

struct World {
    test: TestDb,
    owner: PgConnection,
    tables: Vec<Table>,
}

async fn world() -> World {
    let test = testing::database().await;
    let mut owner = testing::connect(&test.url).await;
    for tenant in ["a", "b"] {
        sqlx::raw_sql(AssertSqlSafe(ROWS.replace('@', tenant))).execute(&mut owner).await.unwrap();
    }
    let found: Vec<(String, bool, String)> = sqlx::query_as(
        "SELECT c.relname::text, c.relname = 'tenants',
                string_agg(quote_ident(a.attname), ', ') FILTER (WHERE a.attgenerated = '' AND a.attidentity = '')
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
         GROUP BY c.oid HAVING c.relname = 'tenants' OR bool_or(a.attname = 'tenant_id')
         ORDER BY 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let table = |(name, root, columns)| Table { name, tenant: if root { "id" } else { "tenant_id" }, columns };
    World { test, owner, tables: found.into_iter().map(table).collect() }
}

impl World {
    /// Everything that a tenant has, by table, as the owner of the database sees it.
    async fn belongings(&mut self, tenant: &str) -> BTreeMap<String, Vec<String>> {
        let mut all = BTreeMap::new();
        for Table { name, tenant: column, .. } in &self.tables {
            let select = format!("SELECT to_jsonb(t)::text FROM {name} t WHERE {column} = '{tenant}' ORDER BY 1");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(&mut self.owner).await.unwrap();
            all.insert(name.clone(), rows);
        }
        all
    }
}

fn tenant(id: &str) -> TenantId {
    id.parse().unwrap()
}

/// The rows that a statement touched, or the code of its refusal; the transaction goes on either way.
async fn attempt(conn: &mut PgConnection, statement: &str) -> Result<u64, String> {
    sqlx::raw_sql("SAVEPOINT before").execute(&mut *conn).await.unwrap();
    match sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut *conn).await {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => {
            sqlx::raw_sql("ROLLBACK TO before").execute(&mut *conn).await.unwrap();
            Err(error.as_database_error().unwrap_or_else(|| panic!("{error}")).code().unwrap().into_owned())
        }
    }
}

const NOT_ALLOWED: &str = "42501";

#[tokio::test]
async fn every_table_of_a_tenant_is_tried() {
    let mut world = world().await;
    for id in ["a", "b"] {
        let empty: Vec<_> = world.belongings(id).await.into_iter().filter(|(_, rows)| rows.is_empty()).collect();
        assert!(empty.is_empty(), "ROWS has nothing for {empty:?}");
    }
    assert!(world.tables.len() >= 18, "{:?}", world.tables);
}

#[tokio::test]
async fn a_look_without_a_predicate_shows_the_own_tenant() {
    let mut world = world().await;
    for (seer, other) in [("a", "b"), ("b", "a")] {
        let mut own = world.belongings(seer).await;
        let mut tx = world.test.db.tenant(&tenant(seer)).await.unwrap();
        for Table { name, tenant: column, .. } in &world.tables {
            let select = format!("SELECT to_jsonb(t)::text FROM {name} t ORDER BY 1");
            let seen: Vec<String> = sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(&mut *tx).await.unwrap();
            assert_eq!(seen, own.remove(name).unwrap(), "{name}");
            let aimed = format!("SELECT FROM {name} WHERE {column} = '{other}'");
            assert_eq!(attempt(&mut tx, &aimed).await, Ok(0), "{name}");
            let joined =
                format!("SELECT FROM {name} x RIGHT JOIN {name} y ON true WHERE y.{column} IS DISTINCT FROM '{seer}'");
            assert_eq!(attempt(&mut tx, &joined).await, Ok(0), "{name}");
        }
    }
}

#[tokio::test]
async fn whoever_has_nothing_sees_and_changes_nothing() {
    let mut world = world().await;
    let before = (world.belongings("a").await, world.belongings("b").await);
    let mut tx = world.test.db.tenant(&tenant("nobody")).await.unwrap();
    for Table { name, tenant: column, .. } in &world.tables {
        assert_eq!(attempt(&mut tx, &format!("SELECT FROM {name}")).await, Ok(0), "{name}");
        assert_eq!(attempt(&mut tx, &format!("SELECT FROM {name} FOR SHARE")).await.unwrap_or(0), 0, "{name}");
        for change in [format!("UPDATE {name} SET {column} = {column}"), format!("DELETE FROM {name}")] {
            let touched = attempt(&mut tx, &change).await;
            assert!(touched == Ok(0) || touched == Err(NOT_ALLOWED.to_owned()), "{change}: {touched:?}");
        }
        assert_eq!(attempt(&mut tx, &format!("TRUNCATE {name} CASCADE")).await, Err(NOT_ALLOWED.to_owned()), "{name}");
    }
    tx.commit().await.unwrap();
    assert_eq!((world.belongings("a").await, world.belongings("b").await), before);
}

#[tokio::test]
async fn changes_without_a_predicate_leave_the_others_as_they_were() {
    let mut world = world().await;
    let (own, theirs) = (world.belongings("a").await, world.belongings("b").await);
    let mut tx = world.test.db.tenant(&tenant("a")).await.unwrap();
    for Table { name, tenant: column, .. } in &world.tables {
        let touched = attempt(&mut tx, &format!("UPDATE {name} SET {column} = {column}")).await;
        let most = u64::try_from(own[name].len()).unwrap();
        assert!(matches!(touched, Ok(n) if n <= most) || touched == Err(NOT_ALLOWED.to_owned()), "{name}: {touched:?}");
        for aimed in [format!("UPDATE {name} SET {column} = {column}"), format!("DELETE FROM {name}")] {
            let touched = attempt(&mut tx, &format!("{aimed} WHERE {column} = 'b'")).await;
            assert!(touched == Ok(0) || touched == Err(NOT_ALLOWED.to_owned()), "{aimed}: {touched:?}");
        }
    }
    // What is referred to goes last.
    let mut left: Vec<_> = world.tables.iter().map(|t| t.name.clone()).collect();
    for _ in 0..left.len() {
        let mut again = Vec::new();
        for name in left {
            match attempt(&mut tx, &format!("DELETE FROM {name}")).await {
                Ok(_) => {}
                Err(code) if code == NOT_ALLOWED => {}
                Err(code) => {
                    assert_eq!(code, "23503", "{name}");
                    again.push(name);
                }
            }
        }
        left = again;
    }
    assert!(left.is_empty(), "never deleted: {left:?}");
    tx.commit().await.unwrap();
    let kept: Vec<String> =
        world.belongings("a").await.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(name, _)| name).collect();
    assert_eq!(kept, RECORDS, "the runtime role deletes everything else of its own");
    assert_eq!(world.belongings("b").await, theirs);
}

#[tokio::test]
async fn nobody_writes_a_row_of_another_tenant_or_gives_one_away() {
    let mut world = world().await;
    let (own, theirs) = (world.belongings("a").await, world.belongings("b").await);
    let mut tx = world.test.db.tenant(&tenant("a")).await.unwrap();
    for Table { name, tenant: column, columns } in &world.tables {
        for row in &theirs[name] {
            let row = row.replace('\'', "''");
            let insert = format!(
                "INSERT INTO {name} ({columns}) SELECT {columns} FROM jsonb_populate_record(null::{name}, '{row}')"
            );
            assert_eq!(attempt(&mut tx, &insert).await, Err(NOT_ALLOWED.to_owned()), "{insert}");
            let upsert = format!("{insert} ON CONFLICT DO NOTHING");
            assert_eq!(attempt(&mut tx, &upsert).await, Err(NOT_ALLOWED.to_owned()), "{upsert}");
        }
        let give = attempt(&mut tx, &format!("UPDATE {name} SET {column} = 'b'")).await;
        // A tenant may not change its own row at all, so that there is nothing to check.
        let expected = if name == "tenants" { Ok(0) } else { Err(NOT_ALLOWED.to_owned()) };
        assert_eq!(give, expected, "{name}");
    }
    tx.commit().await.unwrap();
    assert_eq!((world.belongings("a").await, world.belongings("b").await), (own, theirs));
}

#[tokio::test]
async fn the_platform_sees_no_content_and_without_a_tenant_there_is_nothing() {
    let world = world().await;
    let mut tx = world.test.db.platform().await.unwrap();
    let mut seen = Vec::new();
    for Table { name, .. } in &world.tables {
        if attempt(&mut tx, &format!("SELECT FROM {name}")).await.unwrap() > 0 {
            seen.push(name.clone());
        }
    }
    assert_eq!(seen, OF_PLATFORM);
    drop(tx);
    let mut stranger = testing::connect(&world.test.url).await;
    sqlx::raw_sql("BEGIN; SET LOCAL ROLE nexus_app").execute(&mut stranger).await.unwrap();
    for Table { name, .. } in &world.tables {
        assert_eq!(attempt(&mut stranger, &format!("SELECT FROM {name}")).await, Ok(0), "{name}");
    }
}

#[tokio::test]
async fn without_the_guard_the_same_statements_would_leak() {
    let mut world = world().await;
    sqlx::raw_sql("ALTER TABLE chunks DISABLE ROW LEVEL SECURITY").execute(&mut world.owner).await.unwrap();
    let mut tx = world.test.db.tenant(&tenant("a")).await.unwrap();
    assert_eq!(attempt(&mut tx, "SELECT FROM chunks").await, Ok(2));
    assert_eq!(attempt(&mut tx, "UPDATE chunks SET text = '' WHERE tenant_id = 'b'").await, Ok(1));
}
