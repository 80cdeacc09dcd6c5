//! What the catalogue of the database must say, whatever the next migration adds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use nexus_core::pg::testing;
use sqlx::PgConnection;

/// Tables whose key does not start with the tenant, with the reason.
const OTHER_KEYS: [(&str, &str); 2] = [
    ("audit_events", "what belongs to no tenant is recorded, too; the key is a number of the platform"),
    ("jobs", "workers take jobs of all tenants; the key is a random id"),
];
/// Tables without a tenant that the runtime role may look at, with the reason.
const SHARED: [(&str, &str); 9] = [
    ("audit_checkpoints", "they cover the logs of all tenants; only the platform sees them"),
    ("audit_seals", "chains are named by tenant, and one is of no tenant; only the platform sees them"),
    ("autoscaling_execution", "one row, for everybody: when the number of replicas was changed last"),
    ("plan_features", "the catalogue of plans, the same for everybody"),
    ("plans", "the catalogue of plans, the same for everybody"),
    ("platform_facts", "facts about the installation"),
    ("platform_keys", "they are the installation's own; only the platform sees them"),
    ("switches", "they govern everybody; only the platform sees them"),
    ("tenants", "its id is the tenant, and its rows are guarded all the same"),
];

async fn catalogue(statement: &'static str) -> Vec<String> {
    let test = testing::database().await;
    let mut owner: PgConnection = testing::connect(&test.url).await;
    sqlx::query_scalar(statement).fetch_all(&mut owner).await.unwrap()
}

#[tokio::test]
async fn every_table_that_the_runtime_role_reaches_is_guarded() {
    let open = catalogue(
        "SELECT c.relname::text FROM pg_class c
         WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relnamespace = 'public'::regnamespace
           AND (has_table_privilege('nexus_app', c.oid, 'SELECT') OR has_any_column_privilege('nexus_app', c.oid, 'SELECT'))
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
         ORDER BY 1",
    )
    .await;
    assert_eq!(open, ["plan_features", "plans", "platform_facts"]);
    let without_tenant = catalogue(
        "SELECT c.relname::text FROM pg_class c
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND c.relname <> '_sqlx_migrations'
           AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
         ORDER BY 1",
    )
    .await;
    assert_eq!(without_tenant, SHARED.map(|(table, _)| table));
}

#[tokio::test]
async fn the_key_of_a_tenants_table_starts_with_the_tenant() {
    let other = catalogue(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indkey[0] = a.attnum)
         ORDER BY 1",
    )
    .await;
    assert_eq!(other, OTHER_KEYS.map(|(table, _)| table));
    // A key of one column could be asked for without knowing the tenant, and tells that it is taken. The hash of an API
    // key has to be: it is how the tenant is found.
    let single = catalogue(
        "SELECT i.indexrelid::regclass::text FROM pg_index i
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'tenant_id'
         WHERE i.indisunique AND NOT i.indisprimary AND a.attnum <> ALL (i.indkey)
           AND i.indrelid::regclass::text NOT LIKE 'pg_%'
         ORDER BY 1",
    )
    .await;
    assert_eq!(single, ["api_keys_hash"]);
}

#[tokio::test]
async fn no_view_and_no_policy_looks_past_the_guard() {
    let views = catalogue(
        "SELECT c.relname::text FROM pg_class c
         WHERE c.relkind IN ('v', 'm') AND c.relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
           AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'], false)",
    )
    .await;
    assert!(views.is_empty(), "{views:?}");
    let loose = catalogue(
        "SELECT tablename || '.' || policyname FROM pg_policies
         WHERE schemaname = 'public' AND (qual IS NULL OR qual = 'true')",
    )
    .await;
    assert!(loose.is_empty(), "{loose:?}");
    // Functions that run with the rights of their owner are few, and each is known.
    let definers = catalogue(
        "SELECT p.proname::text FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
         ORDER BY 1",
    )
    .await;
    assert_eq!(definers, ["nexus_prune_audit", "nexus_schema_version"]);
}

#[tokio::test]
async fn the_runtime_role_owns_nothing_and_stands_above_nothing() {
    let owned = catalogue(
        "SELECT c.relname::text FROM pg_class c WHERE c.relowner = 'nexus_app'::regrole
         UNION ALL SELECT p.proname::text FROM pg_proc p WHERE p.proowner = 'nexus_app'::regrole
         UNION ALL SELECT n.nspname::text FROM pg_namespace n WHERE n.nspowner = 'nexus_app'::regrole",
    )
    .await;
    assert!(owned.is_empty(), "{owned:?}");
    let powers = catalogue(
        "SELECT rolname::text FROM pg_roles
         WHERE rolname = 'nexus_app' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
         UNION ALL
         SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'nexus_app'::regrole",
    )
    .await;
    assert!(powers.is_empty(), "{powers:?}");
}
