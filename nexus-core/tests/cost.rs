//! Bills that nobody has time to write.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use nexus_core::{
    audit::{AuditLog, AuditSettings},
    clock::Clock,
    cost::{Component, CostSettings, Costs, Expected, Order, Units, Used},
    escrow::{Escrow, EscrowSettings},
    id::TenantId,
    op::Op,
    pg::{changes::Changes, testing},
    plan::Plans,
};
use tokio_util::sync::CancellationToken;

/// More than have room in the queue.
const BILLS: i64 = 8192 + 40;

#[tokio::test]
async fn a_full_queue_drops_no_bill_of_an_enforced_budget() {
    let test = testing::database().await;
    let mut owner = testing::connect(&test.url).await;
    sqlx::raw_sql(
        "INSERT INTO tenants (id, name) VALUES ('t', 't');
         INSERT INTO pricing_catalog (tenant_id, id, version, provider, component, rate_type, rate_value_usd, effective_from)
             VALUES ('*', gen_random_uuid(), 'v', 'local_pgvector', 'retrieval', 'per_request', 0.000001, '2020-01-01');
         INSERT INTO tenant_budgets (tenant_id, monthly_budget_usd, warn_ratio, enforce_hard_cap, hard_cap_mode)
             VALUES ('t', 1, 0.9, true, 'block');",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let stop = CancellationToken::new();
    let changes = Changes::listen(&test.db, stop.clone());
    let escrow = Escrow::new(&test.db, &changes, EscrowSettings::default());
    tokio::spawn({
        let (escrow, stop) = (escrow.clone(), stop.clone());
        async move { escrow.run(stop).await }
    });
    let (audit, _events) = AuditLog::new(&test.db, &AuditSettings::default());
    let plans = Plans::everything();
    let (costs, writer) = Costs::new(&test.db, &changes, &audit, (&escrow, &plans), CostSettings::default());
    let (op, tenant) = (Op::internal(Clock::system().now()), "t".parse::<TenantId>().unwrap());
    let order = Order { tenant: &tenant, by: None, class: "search", session: None, degradable: false };
    let used = Used::new(Component::Retrieval, "local_pgvector", Units { requests: Some(1), ..Units::default() });
    for _ in 0..BILLS {
        let expected = Expected { used: vec![used], ..Expected::default() };
        costs.open(&op, order, &|_| expected.clone()).await.unwrap().add(used);
    }
    let writing = tokio::spawn(writer.run(stop.clone()));
    costs.flush().await;
    let books: (i64, i64) = sqlx::query_as(
        "SELECT ledger_spent('t', 'usd', 'month', date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC')::date),
                (SELECT (sum(cost_usd) * 1000000)::bigint FROM usage_cost_events WHERE tenant_id = 't')",
    )
    .bind(op.now)
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(books, (BILLS, BILLS));
    stop.cancel();
    writing.await.unwrap();
}
