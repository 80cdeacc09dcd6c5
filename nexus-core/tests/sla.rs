//! Service levels on a real database: what replicas measure adds up, incidents have edges, and shedding ends by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use nexus_core::{
    audit::{AuditLog, AuditSettings},
    clock::Clock,
    id::TenantId,
    op::Op,
    pg::{
        changes::Changes,
        testing::{self, TestDb},
    },
    principal::{Principal, Role},
    sla::{
        Class, Decision, Owner, Sla, SlaSettings, Standing, Status,
        change::{self, Assign, Content, Tier},
        store,
        window::{Grid, Load},
    },
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

const SLOW: Duration = Duration::from_millis(500);
const QUICK: Duration = Duration::from_millis(5);

/// Several replicas on one database, and a clock that they share.
struct World {
    test: TestDb,
    behind: PgConnection,
    clock: Clock,
    settings: SlaSettings,
    audit: AuditLog,
}

fn tenant(id: &str) -> TenantId {
    id.parse().unwrap()
}

fn admin(id: &str) -> Principal {
    Principal::vouched_for(tenant(id), "u".parse().unwrap(), Role::Admin)
}

/// A promise that a quarter of a second breaks.
fn document(mode: &str, windows: u32, degrade: bool) -> Value {
    json!({
        "objectives": { "availability_min_pct": 90, "p95_ms_max": { "run": 250 }, "max_error_budget_burn_5m": 1000 },
        "enforcement": { "mode": mode, "consecutive_windows_to_trigger": windows, "breach_window_minutes": 2 },
        "mitigation": { "allow_degrade": degrade },
    })
}

impl World {
    async fn new() -> Self {
        let test = testing::database().await;
        let mut behind = testing::connect(&test.url).await;
        sqlx::raw_sql("INSERT INTO tenants (id, name) VALUES ('t1', 't1'), ('t2', 't2')")
            .execute(&mut behind)
            .await
            .unwrap();
        let start = DateTime::from_timestamp(1_700_000_040, 0).unwrap();
        let (audit, writer) = AuditLog::new(&test.db, &AuditSettings::default());
        tokio::spawn(writer.run(tokio_util::sync::CancellationToken::new()));
        Self { clock: Clock::manual(start), settings: SlaSettings::default(), audit, behind, test }
    }

    fn replica(&self) -> Sla {
        Sla::new(&self.test.db, &Changes::none(), &self.audit, &self.clock, self.settings.clone())
    }

    fn op(&self) -> Op {
        Op::internal(self.clock.now())
    }

    /// Gives a tenant a policy of its own; its id.
    async fn promise(&self, of: &str, config: Value) -> Uuid {
        let (op, caller, defaults) = (self.op(), admin(of), &self.settings.defaults);
        let mut tx = self.test.db.tenant(&tenant(of)).await.unwrap();
        let content = Content { name: Uuid::now_v7().to_string(), tier: Tier::Custom, enabled: true, config };
        let owner = Owner::Tenant(tenant(of));
        let policy = change::create(&op, &mut tx, &caller, owner, defaults, (content, 1)).await.unwrap();
        let wanted = Assign { policy: policy.id, effective_from: None, effective_to: None, over: None };
        change::assign(&op, &mut tx, &caller, &tenant(of), defaults, wanted).await.unwrap();
        tx.commit().await.unwrap();
        policy.id
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    async fn incidents(&mut self) -> Vec<(String, String, String)> {
        sqlx::query_as("SELECT tenant_id, status, decision FROM sla_incidents ORDER BY first_breach_at, id")
            .fetch_all(&mut self.behind)
            .await
            .unwrap()
    }

    async fn events(&mut self) -> Vec<String> {
        self.audit.flush().await;
        sqlx::query_scalar(
            "SELECT event_type FROM audit_events WHERE event_type LIKE 'sla.%' AND actor_type = 'system' ORDER BY id",
        )
        .fetch_all(&mut self.behind)
        .await
        .unwrap()
    }
}

fn stands(sla: &Sla, of: &str) -> (Status, Decision) {
    match sla.admit(&tenant(of), Class::Run) {
        Ok(standing) => (standing.status, standing.decision),
        Err(shed) => (shed.standing.status, shed.standing.decision),
    }
}

fn observe(sla: &Sla, of: &str, took: Duration, times: usize) {
    (0..times).for_each(|_| sla.observe(&tenant(of), Class::Run, took, false));
}

const HEALTHY: (Status, Decision) = (Status::Healthy, Decision::Allow);
const WARNED: (Status, Decision) = (Status::Warning, Decision::Warn);
const DEGRADED: (Status, Decision) = (Status::Breached, Decision::Degrade);
const SHED: (Status, Decision) = (Status::Breached, Decision::Shed);

#[tokio::test]
async fn replicas_add_up_and_agree() {
    let mut world = World::new().await;
    let policy = world.promise("t1", document("enforce", 2, true)).await;
    let (a, b) = (world.replica(), world.replica());
    assert_eq!(*a.admit(&tenant("t1"), Class::Run).unwrap(), Standing::unbound(Class::Run), "nothing is known yet");
    // Each alone sees too few slow requests; together they are more than five of a hundred.
    for _ in 0..2 {
        observe(&a, "t1", QUICK, 97);
        observe(&a, "t1", SLOW, 3);
        observe(&b, "t1", SLOW, 8);
        a.refresh().await;
        b.refresh().await;
        a.refresh().await;
        if world.incidents().await.is_empty() {
            assert_eq!((stands(&a, "t1"), stands(&b, "t1")), (WARNED, WARNED), "one window is not two");
        }
        world.pass(60);
    }
    world.pass(-60);
    assert_eq!((stands(&a, "t1"), stands(&b, "t1")), (DEGRADED, DEGRADED));
    let standing = a.admit(&tenant("t1"), Class::Run).unwrap();
    assert_eq!((standing.policy, standing.mitigation.top_k), (Some(policy), Some(3)));
    assert_eq!(
        world.incidents().await,
        [("t1".into(), "mitigating".into(), "degrade".into())],
        "of two replicas one told it"
    );
    assert_eq!(world.events().await, ["sla.breach.detected", "sla.incident.opened", "sla.enforcement.degraded"]);

    let mut tx = world.test.db.tenant(&tenant("t1")).await.unwrap();
    let grid = (world.settings.grid, 60);
    let found = store::measurement::list(&mut tx, &tenant("t1"), Some(Class::Run), grid, 10).await.unwrap();
    assert_eq!(found.iter().map(|m| m.tally.requests).collect::<Vec<_>>(), [108, 108]);
    let five = store::measurement::list(&mut tx, &tenant("t1"), None, (grid.0, 300), 10).await.unwrap();
    assert_eq!(five.iter().map(|m| m.tally.requests).sum::<u64>(), 216);
    let p95 = found[0].tally.latencies.quantile_ms(950).unwrap();
    assert!((490.0..510.0).contains(&p95), "{p95}");
}

#[tokio::test]
async fn writing_twice_counts_nothing_twice_and_a_restart_loses_nothing() {
    let world = World::new().await;
    world.promise("t1", document("enforce", 1, true)).await;
    let first = world.replica();
    observe(&first, "t1", SLOW, 5);
    for _ in 0..3 {
        first.refresh().await;
    }
    drop(first);
    let second = world.replica();
    second.refresh().await;
    assert_eq!(stands(&second, "t1"), DEGRADED, "it knows what was measured before it began");
    observe(&second, "t1", QUICK, 1);
    second.refresh().await;
    let mut tx = world.test.db.tenant(&tenant("t1")).await.unwrap();
    let found = store::measurement::list(&mut tx, &tenant("t1"), None, (world.settings.grid, 60), 10).await.unwrap();
    assert_eq!(found.iter().map(|m| m.tally.requests).collect::<Vec<_>>(), [6]);
}

#[tokio::test]
async fn shedding_lets_trials_through_and_ends_by_itself() {
    let mut world = World::new().await;
    world.promise("t1", document("enforce", 1, false)).await;
    let sla = world.replica();
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), WARNED, "nothing is measured");
    observe(&sla, "t1", SLOW, 20);
    observe(&sla, "t2", SLOW, 20);
    sla.refresh().await;
    for _ in 0..50 {
        assert_eq!(stands(&sla, "t1"), SHED);
    }
    assert_eq!(stands(&sla, "t2"), HEALTHY, "nobody promised it anything");
    // A quarter of a window later one request may try.
    world.pass(15);
    assert_eq!([stands(&sla, "t1"), stands(&sla, "t1")], [(Status::Breached, Decision::Warn), SHED]);
    // It is still slow in the next window, and again refused.
    world.pass(45);
    assert_eq!(stands(&sla, "t1").1, Decision::Warn);
    observe(&sla, "t1", SLOW, 1);
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), SHED);
    // The load ends: nothing is measured any more, and what was does not decide.
    world.pass(120);
    assert_eq!(stands(&sla, "t1"), WARNED, "even before anybody judged anew");
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), WARNED);
    observe(&sla, "t1", QUICK, 1);
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), HEALTHY);
    assert_eq!(world.incidents().await[0].1, "resolved", "quiet for two minutes");
    let told = world.events().await;
    assert_eq!(told.iter().filter(|e| *e == "sla.enforcement.shed").count(), 1, "{told:?}");
    assert_eq!(told.last().unwrap(), "sla.incident.resolved");
}

#[tokio::test]
async fn who_fills_the_house_is_refused_and_not_his_neighbour() {
    let world = World::new().await;
    let sla = world.replica();
    for of in ["t1", "t2"] {
        let mut config = document("enforce", 1, true);
        config["objectives"]["saturation_max_pct"] = json!(80);
        world.promise(of, config).await;
        observe(&sla, of, QUICK, 10);
    }
    let load = Load { own: 9, own_max: 12, all: 10, all_max: 10, tenants: 2 };
    sla.watch(move || vec![(tenant("t1"), load), (tenant("t2"), Load { own: 1, ..load })]);
    sla.refresh().await;
    assert_eq!((stands(&sla, "t1"), stands(&sla, "t2")), (SHED, HEALTHY));
}

#[tokio::test]
async fn an_incident_resolved_by_hand_opens_again_only_for_a_new_breach() {
    let mut world = World::new().await;
    world.promise("t1", document("warn", 1, true)).await;
    let sla = world.replica();
    observe(&sla, "t1", SLOW, 5);
    sla.refresh().await;
    let id: Uuid = sqlx::query_scalar("SELECT id FROM sla_incidents").fetch_one(&mut world.behind).await.unwrap();
    let mut tx = world.test.db.tenant(&tenant("t1")).await.unwrap();
    world.pass(1);
    let resolved = change::resolve(&world.op(), &mut tx, &admin("t1"), id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(resolved.resolved_at, Some(world.clock.now()));
    sla.refresh().await;
    assert_eq!(world.incidents().await.len(), 1, "the window was broken before");
    world.pass(60);
    observe(&sla, "t1", SLOW, 5);
    sla.refresh().await;
    assert_eq!(world.incidents().await.len(), 2);
}

#[tokio::test]
async fn the_operator_speaks_for_those_who_have_nothing_of_their_own() {
    let world = World::new().await;
    let (op, caller, defaults) = (world.op(), admin("t1"), &world.settings.defaults);
    let mut tx = world.test.db.platform().await.unwrap();
    let content =
        Content { name: "all".into(), tier: Tier::Standard, enabled: true, config: document("enforce", 1, false) };
    let global = change::create(&op, &mut tx, &caller, Owner::Operator, defaults, (content, 1)).await.unwrap();
    tx.commit().await.unwrap();
    world.promise("t1", document("observe", 1, false)).await;
    let sla = world.replica();
    for of in ["t1", "t2"] {
        observe(&sla, of, SLOW, 5);
    }
    sla.refresh().await;
    assert_eq!((stands(&sla, "t1"), stands(&sla, "t2")), ((Status::Breached, Decision::Allow), SHED));
    let mut tx = world.test.db.platform().await.unwrap();
    change::switch(&op, &mut tx, &caller, &Owner::Operator, (global.id, false)).await.unwrap();
    tx.commit().await.unwrap();
    sla.refresh().await;
    assert_eq!(stands(&sla, "t2"), HEALTHY);
    // A tenant can neither change what the operator says nor see what another tenant has.
    let mut tx = world.test.db.tenant(&tenant("t2")).await.unwrap();
    let denied = change::switch(&op, &mut tx, &admin("t2"), &Owner::Operator, (global.id, true)).await;
    assert!(denied.is_err(), "{denied:?}");
    drop(tx);
    let mut tx = world.test.db.tenant(&tenant("t2")).await.unwrap();
    let seen = store::policy::list(&mut tx, &[Owner::Tenant(tenant("t1")), Owner::Operator], 10).await.unwrap();
    assert_eq!(seen.iter().map(|p| p.id).collect::<Vec<_>>(), [global.id]);
}

#[tokio::test]
async fn without_the_database_a_replica_goes_by_what_it_measures() {
    let mut world = World::new().await;
    world.promise("t1", document("enforce", 1, true)).await;
    let sla = world.replica();
    sla.refresh().await;
    sqlx::raw_sql("ALTER TABLE sla_measurements RENAME TO away").execute(&mut world.behind).await.unwrap();
    observe(&sla, "t1", SLOW, 5);
    sla.refresh().await;
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), DEGRADED);
    let told = world.events().await;
    assert_eq!(told.iter().filter(|e| *e == "sla.signal.degraded").count(), 1, "{told:?}");
    sqlx::raw_sql("ALTER TABLE away RENAME TO sla_measurements").execute(&mut world.behind).await.unwrap();
    sla.refresh().await;
    let mut tx = world.test.db.tenant(&tenant("t1")).await.unwrap();
    let found = store::measurement::list(&mut tx, &tenant("t1"), None, (world.settings.grid, 60), 10).await.unwrap();
    assert_eq!(found.iter().map(|m| m.tally.requests).collect::<Vec<_>>(), [5], "nothing was lost");
    let _: DateTime<Utc> = found[0].computed_at;
}

#[tokio::test]
async fn slow_runs_do_not_lift_their_own_shedding_by_holding_places() {
    let world = World::new().await;
    world.promise("t1", document("enforce", 2, false)).await;
    let sla = world.replica();
    let load = Load { own: 1, own_max: 12, all: 1, all_max: 16, tenants: 1 };
    sla.watch(move || vec![(tenant("t1"), load)]);
    // A run ends in every second window; in between its places are only held.
    for ends in [true, false, true] {
        if ends {
            observe(&sla, "t1", SLOW, 5);
        }
        sla.refresh().await;
        world.pass(60);
    }
    sla.refresh().await;
    // The window has begun, and nothing in it says that runs are quick; only one may try.
    assert_eq!([stands(&sla, "t1"), stands(&sla, "t1")], [(Status::Breached, Decision::Warn), SHED]);
    observe(&sla, "t1", QUICK, 5);
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), HEALTHY);
}

#[tokio::test]
async fn a_replica_whose_clock_is_ahead_decides_nothing() {
    let mut world = World::new().await;
    world.promise("t1", document("enforce", 1, false)).await;
    let (ahead, sla) = (world.replica(), world.replica());
    observe(&sla, "t1", QUICK, 1);
    world.pass(3600);
    observe(&ahead, "t1", SLOW, 50);
    ahead.flush().await;
    world.pass(-3600);
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), HEALTHY);
    assert_eq!(world.incidents().await.len(), 0);
}

#[tokio::test]
async fn an_incident_lasts_as_long_as_its_breach_and_ends_once() {
    let mut world = World::new().await;
    world.settings.grid = Grid::of(300);
    world.promise("t1", document("enforce", 1, true)).await;
    let sla = world.replica();
    observe(&sla, "t1", SLOW, 5);
    // Two minutes are quiet enough, and the window that is broken is five long.
    for _ in 0..7 {
        sla.refresh().await;
        world.pass(60);
    }
    assert_eq!(world.incidents().await, [("t1".into(), "mitigating".into(), "degrade".into())]);
    // Nothing was measured for two windows.
    world.pass(190);
    sla.refresh().await;
    assert_eq!(world.incidents().await, [("t1".into(), "resolved".into(), "degrade".into())]);
    // It ended by itself, so that the next breach counts, though its window began before.
    observe(&sla, "t1", SLOW, 5);
    sla.refresh().await;
    assert_eq!(world.incidents().await.len(), 2);
    assert!(!world.events().await.contains(&"sla.incident.updated".to_owned()));
}

#[tokio::test]
async fn old_measurements_are_removed_however_many_there_are() {
    let mut world = World::new().await;
    sqlx::raw_sql(
        "INSERT INTO sla_measurements (tenant_id, route_class, window_seconds, window_start, replica, request_count,
             error_count, latencies_json, saturation_total, saturation_samples, computed_at)
         SELECT 't1', 'run', 60, '2023-11-14'::timestamptz - n * interval '1 minute', gen_random_uuid(), 1, 0, '{}', 0, 0, now()
         FROM generate_series(-2, 25000) AS n",
    )
    .execute(&mut world.behind)
    .await
    .unwrap();
    let sla = world.replica();
    world.settings.keep = Duration::from_hours(1);
    let kept: i64 = {
        world.replica().prune().await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM sla_measurements").fetch_one(&mut world.behind).await.unwrap()
    };
    assert_eq!(kept, 0, "the newest of them is 22 hours old");
    sla.prune().await.unwrap();
}

#[tokio::test]
async fn what_is_assigned_for_later_counts_then_and_what_counts_now_until_then() {
    let mut world = World::new().await;
    let (op, caller, defaults) = (world.op(), admin("t1"), world.settings.defaults.clone());
    let observed = world.promise("t1", document("observe", 1, false)).await;
    let sla = world.replica();
    let assign = async |world: &World, policy: Uuid, minutes: i64| {
        let mut tx = world.test.db.tenant(&tenant("t1")).await.unwrap();
        let from = Some(world.clock.now() + TimeDelta::minutes(minutes));
        let wanted = Assign { policy, effective_from: from, effective_to: None, over: None };
        change::assign(&world.op(), &mut tx, &caller, &tenant("t1"), &defaults, wanted).await.unwrap();
        tx.commit().await.unwrap();
    };
    let enforced = {
        let mut tx = world.test.db.tenant(&tenant("t1")).await.unwrap();
        let config = document("enforce", 1, false);
        let content = Content { name: "later".into(), tier: Tier::Custom, enabled: true, config };
        let owner = Owner::Tenant(tenant("t1"));
        let policy = change::create(&op, &mut tx, &caller, owner, &defaults, (content, 1)).await.unwrap();
        tx.commit().await.unwrap();
        policy.id
    };
    assign(&world, enforced, 1).await;
    let now = async |world: &World| {
        let mut tx = world.test.db.tenant(&tenant("t1")).await.unwrap();
        store::policy::assignments(&mut tx, &tenant("t1"), world.clock.now()).await.unwrap()[0].policy
    };
    observe(&sla, "t1", SLOW, 5);
    sla.refresh().await;
    assert_eq!((stands(&sla, "t1"), now(&world).await), ((Status::Breached, Decision::Allow), observed));
    world.pass(60);
    sla.refresh().await;
    assert_eq!((stands(&sla, "t1"), now(&world).await), (SHED, enforced));
    // What is planned next does not take away what was planned before and has begun.
    assign(&world, observed, 1).await;
    sla.refresh().await;
    assert_eq!((stands(&sla, "t1"), now(&world).await), (SHED, enforced));
    // What is said for now takes back what was planned.
    assign(&world, enforced, 0).await;
    let planned: i64 = sqlx::query_scalar("SELECT count(*) FROM tenant_sla_assignments_planned")
        .fetch_one(&mut world.behind)
        .await
        .unwrap();
    assert_eq!(planned, 0);
}

#[tokio::test]
async fn who_is_judged_from_now_on_is_judged_by_what_was_measured_before() {
    let mut world = World::new().await;
    world.promise("t2", document("enforce", 1, false)).await;
    let (here, there) = (world.replica(), world.replica());
    here.refresh().await;
    observe(&there, "t1", SLOW, 5);
    there.flush().await;
    here.refresh().await;
    assert_eq!(stands(&here, "t1"), HEALTHY, "nothing is promised");
    // It was read long ago, and was nobody's concern.
    sqlx::raw_sql("UPDATE sla_measurements SET computed_at = computed_at - interval '1 minute'")
        .execute(&mut world.behind)
        .await
        .unwrap();
    world.promise("t1", document("enforce", 1, false)).await;
    here.changed(&Owner::Tenant(tenant("t2"))).await;
    assert_eq!(stands(&here, "t1"), HEALTHY, "only what was named is read");
    here.changed(&Owner::Tenant(tenant("t1"))).await;
    assert_eq!(stands(&here, "t1"), WARNED, "promised, and not judged yet");
    here.refresh().await;
    assert_eq!(stands(&here, "t1"), SHED);
}

#[tokio::test]
async fn a_run_that_panics_was_failed_by_us_and_one_that_hangs_up_late_was_not() {
    let world = World::new().await;
    world.promise("t1", document("warn", 1, false)).await;
    let sla = world.replica();
    let begun = || {
        let mut timing = sla.begin(&tenant("t1"), Class::Run);
        timing.began();
        timing
    };
    drop(begun());
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), WARNED, "nothing is measured");
    let timing = begun();
    let broke = std::thread::spawn(move || {
        let _timing = timing;
        panic!("as a defect would");
    });
    assert!(broke.join().is_err());
    sla.refresh().await;
    assert_eq!(stands(&sla, "t1"), (Status::Breached, Decision::Warn), "no run was answered");
}
