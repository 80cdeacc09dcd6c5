//! Bills that nobody has time to write, and bills that are written again.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use nexus_core::{
    audit::{AuditLog, AuditSettings},
    clock::Clock,
    cost::{Component, CostSettings, Costs, Expected, Order, Units, Used},
    escrow::{Escrow, EscrowSettings},
    id::TenantId,
    op::Op,
    pg::{TenantTx, changes::Changes, testing},
    plan::Plans,
};
use serde_json::{Value, json};
use sqlx::PgConnection;
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

/// A bill of some lines that cost a micro-dollar each, drawn on one lease.
fn bill(lines: &[u128], again: bool) -> Value {
    let of = |id: &u128| {
        json!({
            "id": uuid::Uuid::from_u128(*id), "component": "llm", "provider": "p", "units": {}, "rates": [], "cost": "0.000001",
            "estimated": false,
        })
    };
    let draw =
        json!({ "lease_id": uuid::Uuid::from_u128(9), "meter": "usd", "day": "2026-01-02", "amount": lines.len() });
    let mut bill = json!({
        "route_class": "run", "occurred_at": "2026-01-02T03:04:05Z", "lines": lines.iter().map(of).collect::<Vec<_>>(),
        "draw": draw,
    });
    if again {
        bill["again"] = json!(true);
    }
    bill
}

async fn record(tx: &mut TenantTx, bill: &Value) -> i64 {
    sqlx::query_scalar("SELECT nexus_record_costs($1)").bind(bill).fetch_one(&mut **tx).await.unwrap()
}

/// What is drawn, how many lines there are, and how many ids they have.
async fn books(owner: &mut PgConnection) -> (i64, i64, i64) {
    let books = "SELECT (SELECT coalesce(sum(amount), 0)::bigint FROM ledger_draws), count(*), count(DISTINCT id)
                 FROM usage_cost_events";
    sqlx::query_as(books).fetch_one(owner).await.unwrap()
}

#[tokio::test]
async fn a_bill_that_is_written_again_is_drawn_once_whatever_became_of_the_first() {
    for (first, folded) in [("commits", false), ("commits", true), ("rolls back", false)] {
        let test = testing::database().await;
        let mut owner = testing::connect(&test.url).await;
        sqlx::raw_sql("INSERT INTO tenants (id, name) VALUES ('t', 't')").execute(&mut owner).await.unwrap();
        let tenant = "t".parse::<TenantId>().unwrap();
        let mut open = test.db.tenant(&tenant).await.unwrap();
        assert_eq!(record(&mut open, &bill(&[1, 2], false)).await, 2);
        // It grew meanwhile, and the first is still under way.
        let again = tokio::spawn({
            let (db, tenant) = (test.db.clone(), tenant.clone());
            async move {
                let mut tx = db.tenant(&tenant).await.unwrap();
                let recorded = record(&mut tx, &bill(&[1, 2, 3], true)).await;
                tx.commit().await.unwrap();
                recorded
            }
        });
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut owner).await.unwrap() == 0 {
            assert!(!again.is_finished(), "nobody waits for the first");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let fresh = if first == "commits" {
            if folded {
                sqlx::query("DELETE FROM ledger_draws").execute(&mut *open).await.unwrap();
            }
            open.commit().await.unwrap();
            1
        } else {
            drop(open);
            3
        };
        assert_eq!(again.await.unwrap(), fresh, "{first}, folded: {folded}");
        // What was folded is in its lease, which is not there.
        let drawn = if folded { 1 } else { 3 };
        assert_eq!(books(&mut owner).await, (drawn, 3, 3), "{first}, folded: {folded}");
        let mut tx = test.db.tenant(&tenant).await.unwrap();
        assert_eq!(record(&mut tx, &bill(&[1, 2, 3], true)).await, 0);
        sqlx::query("DELETE FROM ledger_draws").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(books(&mut owner).await, (0, 3, 3), "folding writes lines once");
    }
}
