//! Allowances on a real ledger: several replicas, limits that change, replicas that die.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use nexus_core::{
    clock::Clock,
    escrow::{self, Claim, Cover, Escrow, EscrowError, EscrowSettings, Hold, Limits, Meter, Period},
    id::TenantId,
    op::Op,
    pg::{
        changes::Changes,
        testing::{self, TestDb},
    },
};
use sqlx::Connection as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const REQUESTS: Meter = Meter { name: "requests", cover: Cover::Ahead };
const DOLLARS: Meter = Meter { name: "micro_usd", cover: Cover::AtSettlement };
const PATIENCE: Duration = Duration::from_secs(30);

/// A replica: its ledger, its listener, and what stops it.
#[derive(Clone)]
struct Replica {
    escrow: Escrow,
    stop: CancellationToken,
}

struct World {
    test: TestDb,
    op: Op,
    tenant: TenantId,
}

impl World {
    async fn new() -> Self {
        let test = testing::database().await;
        let mut owner = testing::connect(&test.url).await;
        sqlx::raw_sql("INSERT INTO tenants (id, name) VALUES ('t', 't')").execute(&mut owner).await.unwrap();
        let op = Op::internal(Clock::system().now());
        Self { test, op, tenant: "t".parse().unwrap() }
    }

    fn replica(&self) -> Replica {
        self.replica_with(EscrowSettings { lease: Duration::from_secs(2), ..EscrowSettings::default() })
    }

    fn replica_with(&self, settings: EscrowSettings) -> Replica {
        let stop = CancellationToken::new();
        let changes = Changes::listen(&self.test.db, stop.clone());
        let escrow = Escrow::new(&self.test.db, &changes, settings);
        tokio::spawn({
            let (escrow, stop) = (escrow.clone(), stop.clone());
            async move { escrow.run(stop).await }
        });
        Replica { escrow, stop }
    }

    async fn reserve(&self, replica: &Replica, meter: Meter, amount: i64, limits: Limits) -> Option<Hold> {
        let claim = Claim { tenant: &self.tenant, meter, amount, limits };
        match replica.escrow.reserve(&self.op, &claim).await {
            Ok(hold) => Some(hold),
            Err(EscrowError::Short(_)) => None,
            Err(EscrowError::Db(error)) => panic!("{error}"),
        }
    }

    async fn spent(&self, meter: Meter) -> (i64, i64) {
        let today = self.op.now.date_naive();
        let mut tx = self.test.db.tenant(&self.tenant).await.unwrap();
        let mut of = async |period: Period, day: NaiveDate| {
            escrow::spent(&mut tx, meter.name, period, period.start(day)).await.unwrap()
        };
        (of(Period::Day, today).await, of(Period::Month, today).await)
    }

    async fn leases(&self) -> i64 {
        let mut owner = testing::connect(&self.test.url).await;
        sqlx::query_scalar("SELECT count(*) FROM ledger_leases").fetch_one(&mut owner).await.unwrap()
    }
}

fn a_day(limit: i64) -> Limits {
    Limits { day: Some(limit), month: None }
}

/// Many requests at once, spread over the replicas; how many were let through.
async fn flood(world: &Arc<World>, replicas: &[Replica], requests: usize, amount: i64, limits: Limits) -> i64 {
    let mut tasks = JoinSet::new();
    for n in 0..requests {
        let (world, replica) = (Arc::clone(world), replicas[n % replicas.len()].clone());
        tasks.spawn(async move {
            let hold = world.reserve(&replica, REQUESTS, amount, limits).await;
            let let_through = hold.is_some();
            if let Some(hold) = hold {
                hold.settle(amount);
            }
            let_through
        });
    }
    let done = tokio::time::timeout(PATIENCE, tasks.join_all()).await.expect("somebody waits for ever");
    i64::try_from(done.into_iter().filter(|yes| *yes).count()).unwrap()
}

#[tokio::test]
async fn a_thousand_at_once_spend_exactly_what_there_is() {
    for count in [1, 2, 3] {
        let world = Arc::new(World::new().await);
        let replicas: Vec<_> = (0..count).map(|_| world.replica()).collect();
        assert_eq!(flood(&world, &replicas, 1000, 1, a_day(100)).await, 100, "{count} replicas");
        for replica in &replicas {
            replica.escrow.close().await;
        }
        assert_eq!(world.spent(REQUESTS).await, (100, 100));
        assert_eq!(world.leases().await, 0);
    }
}

#[tokio::test]
async fn closing_waits_for_what_is_at_the_ledger() {
    let world = World::new().await;
    let replica = world.replica();
    world.reserve(&replica, REQUESTS, 1, a_day(100)).await.unwrap().settle(1);
    let mut owner = testing::connect(&world.test.url).await;
    let mut slow = owner.begin().await.unwrap();
    sqlx::query("SELECT id FROM ledger_leases FOR UPDATE").execute(&mut *slow).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn({
        let escrow = replica.escrow.clone();
        async move { escrow.flush().await.unwrap() }
    });
    // Until the word about the lease waits for its row.
    let mut other = testing::connect(&world.test.url).await;
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut other).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tasks.spawn({
        let escrow = replica.escrow.clone();
        async move { escrow.close().await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    slow.commit().await.unwrap();
    tokio::time::timeout(PATIENCE, tasks.join_all()).await.expect("closing waits for ever");
    assert_eq!(world.leases().await, 0);
}

#[tokio::test]
async fn units_that_fit_nobody_are_left() {
    let world = Arc::new(World::new().await);
    let replicas = [world.replica(), world.replica()];
    assert_eq!(flood(&world, &replicas, 300, 3, a_day(100)).await, 33);
    // The one that is left goes to whoever can use it, on whichever replica it is.
    assert!(world.reserve(&replicas[0], REQUESTS, 3, a_day(100)).await.is_none());
    let mut alone = 0;
    for replica in replicas.iter().cycle().take(4) {
        if let Some(hold) = world.reserve(replica, REQUESTS, 1, a_day(100)).await {
            hold.settle(1);
            alone += 1;
        }
    }
    assert_eq!(alone, 1);
}

#[tokio::test]
async fn the_day_and_the_month_must_both_have_room() {
    let world = Arc::new(World::new().await);
    let replica = [world.replica()];
    let limits = |day, month| Limits { day: Some(day), month: Some(month) };
    assert_eq!(flood(&world, &replica, 50, 1, limits(1000, 20)).await, 20);
    replica[0].escrow.limits_changed(&world.tenant, REQUESTS);
    assert_eq!(flood(&world, &replica, 50, 1, limits(30, 1000)).await, 10);
    // The day before has an account of its own; the month is the same, unless it is the first.
    let yesterday = Op { now: world.op.now - chrono::Duration::days(1), ..world.op.clone() };
    let claim = Claim { tenant: &world.tenant, meter: REQUESTS, amount: 1, limits: limits(30, 1000) };
    let hold = replica[0].escrow.reserve(&yesterday, &claim).await.unwrap();
    assert_eq!(hold.standing().day, 1);
    hold.settle(1);
}

#[tokio::test]
async fn what_one_replica_sits_on_is_given_to_another_that_asks() {
    let world = Arc::new(World::new().await);
    // However slow this machine is, what others give back is waited for.
    let patient = EscrowSettings { patience: Duration::from_secs(5), ..EscrowSettings::default() };
    let (a, b) = (world.replica_with(patient), world.replica_with(patient));
    let limits = a_day(400);
    // The first one is busy: it has leased more than it used, and drawn that for the next half second, when it falls silent.
    for _ in 0..2 {
        assert_eq!(flood(&world, std::slice::from_ref(&a), 50, 1, limits).await, 50);
    }
    assert_eq!(flood(&world, std::slice::from_ref(&b), 1000, 1, limits).await, 300);
    assert_eq!(flood(&world, &[a.clone(), b.clone()], 10, 1, limits).await, 0);
}

#[tokio::test]
async fn what_is_reserved_and_not_used_can_be_reserved_again() {
    let world = World::new().await;
    let replica = world.replica();
    let limits = Limits { day: None, month: Some(1_000_000) };
    let first = world.reserve(&replica, DOLLARS, 700_000, limits).await.unwrap();
    assert!(world.reserve(&replica, DOLLARS, 700_000, limits).await.is_none());
    drop(first);
    let second = world.reserve(&replica, DOLLARS, 700_000, limits).await.unwrap();
    second.settle(123_457);
    replica.escrow.flush().await.unwrap();
    assert_eq!(world.spent(DOLLARS).await, (123_457, 123_457));
    // More than was reserved is charged all the same: it was used.
    let third = world.reserve(&replica, DOLLARS, 876_543, limits).await.unwrap();
    third.settle(900_000);
    replica.escrow.close().await;
    assert_eq!(world.spent(DOLLARS).await, (1_023_457, 1_023_457));
    assert!(world.reserve(&replica, DOLLARS, 1, limits).await.is_none());
}

#[tokio::test]
async fn a_settlement_is_as_durable_as_the_transaction_that_it_is_in() {
    let world = World::new().await;
    let replica = world.replica();
    let limits = Limits { day: None, month: Some(100) };
    let mut hold = world.reserve(&replica, DOLLARS, 60, limits).await.unwrap();
    let mut tx = world.test.db.tenant(&world.tenant).await.unwrap();
    hold.settle_in(&mut tx, 50).await.unwrap();
    tx.commit().await.unwrap();
    drop(hold);
    assert_eq!(world.spent(DOLLARS).await, (50, 50), "before anything was flushed");
    let mut hold = world.reserve(&replica, DOLLARS, 50, limits).await.unwrap();
    let mut tx = world.test.db.tenant(&world.tenant).await.unwrap();
    hold.settle_in(&mut tx, 50).await.unwrap();
    drop(tx);
    drop(hold);
    replica.escrow.flush().await.unwrap();
    replica.escrow.close().await;
    assert_eq!(world.spent(DOLLARS).await, (50, 50), "what was rolled back is not spent");
    assert!(world.reserve(&replica, DOLLARS, 50, limits).await.is_some(), "and can be reserved again");
}

#[tokio::test]
async fn what_a_dead_replica_had_leased_comes_back_and_nothing_is_overspent() {
    let world = Arc::new(World::new().await);
    let (dead, alive) = (world.replica(), world.replica());
    let limits = a_day(300);
    let served = flood(&world, std::slice::from_ref(&dead), 100, 1, limits).await;
    let held = world.reserve(&dead, DOLLARS, 80, a_day(100)).await.unwrap();
    // It falls silent without a word; what it holds is never settled.
    dead.stop.cancel();
    std::mem::forget(held);
    assert!(world.reserve(&alive, DOLLARS, 80, a_day(100)).await.is_none());
    let before = flood(&world, std::slice::from_ref(&alive), 1000, 1, limits).await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let after = flood(&world, std::slice::from_ref(&alive), 1000, 1, limits).await;
    let (spent, _) = world.spent(REQUESTS).await;
    assert!(served + before + after <= 300, "{served} + {before} + {after}");
    assert_eq!(spent, 300, "everything is spent or was drawn by the one that died");
    assert!(served + before + after >= 200, "a replica that dies takes no more than what it was about to use");
    assert!(world.reserve(&alive, DOLLARS, 80, a_day(100)).await.is_some());
}

#[tokio::test]
async fn a_holder_whose_lease_was_taken_over_notices_and_charges_what_it_still_settles() {
    let world = World::new().await;
    let replica = world.replica();
    let limits = Limits { day: None, month: Some(100) };
    let hold = world.reserve(&replica, DOLLARS, 60, limits).await.unwrap();
    let mut owner = testing::connect(&world.test.url).await;
    sqlx::raw_sql("UPDATE ledger_leases SET expires_at = now() - interval '1 second'")
        .execute(&mut owner)
        .await
        .unwrap();
    sqlx::raw_sql("SELECT ledger_sweep(10)").execute(&mut owner).await.unwrap();
    assert_eq!(world.leases().await, 0);
    hold.settle(60);
    assert!(world.reserve(&replica, DOLLARS, 30, limits).await.is_some());
    replica.escrow.flush().await.unwrap();
    let (_, month) = world.spent(DOLLARS).await;
    assert_eq!(month, 60, "it was not known to the lease that is gone");
}

#[tokio::test]
async fn without_a_limit_everything_is_counted_and_a_limit_that_comes_counts_it() {
    let world = Arc::new(World::new().await);
    let replicas = [world.replica(), world.replica()];
    assert_eq!(flood(&world, &replicas, 500, 1, Limits::default()).await, 500);
    for replica in &replicas {
        replica.escrow.flush().await.unwrap();
        replica.escrow.limits_changed(&world.tenant, REQUESTS);
    }
    assert_eq!(world.spent(REQUESTS).await, (500, 500));
    assert_eq!(flood(&world, &replicas, 200, 1, a_day(550)).await, 50);
    assert_eq!(flood(&world, &replicas, 200, 1, a_day(550)).await, 0);
}

#[tokio::test]
async fn a_limit_that_was_lowered_holds_without_anybody_being_told() {
    let world = Arc::new(World::new().await);
    let replica = [world.replica()];
    // Half a block is spent, and the other half is leased.
    for _ in 0..2 {
        assert_eq!(flood(&world, &replica, 50, 1, a_day(1000)).await, 50);
    }
    let before = replica[0].escrow.stamp();
    assert_eq!(flood(&world, &replica, 50, 1, a_day(101)).await, 1, "the block of the old limit is not spent");
    // Who has read the old limit before that has to read again.
    let claim = Claim { tenant: &world.tenant, meter: REQUESTS, amount: 1, limits: a_day(1000) };
    assert!(replica[0].escrow.reserve_by(&world.op, &claim, before).await.unwrap().is_none());
    replica[0].escrow.limits_changed(&world.tenant, REQUESTS);
    let claim = Claim { limits: Limits::default(), ..claim };
    assert!(replica[0].escrow.reserve_by(&world.op, &claim, before).await.unwrap().is_none());
    let now = replica[0].escrow.stamp();
    assert!(replica[0].escrow.reserve_by(&world.op, &claim, now).await.unwrap().is_some());
}

/// Takes the leases away, as when their holder was not heard of for too long.
async fn lapse(world: &World) {
    let mut owner = testing::connect(&world.test.url).await;
    let lapsed = "UPDATE ledger_leases SET expires_at = now() - interval '1 second'; SELECT ledger_sweep(10)";
    sqlx::raw_sql(lapsed).execute(&mut owner).await.unwrap();
}

#[tokio::test]
async fn what_is_held_is_held_also_when_its_lease_is_gone() {
    let world = World::new().await;
    let replica = world.replica();
    let limits = Limits { day: None, month: Some(100) };
    let mut run = world.reserve(&replica, DOLLARS, 60, limits).await.unwrap();
    lapse(&world).await;
    assert!(world.reserve(&replica, DOLLARS, 50, limits).await.is_none(), "a run that goes on still holds sixty");
    assert!(world.reserve(&replica, DOLLARS, 40, limits).await.is_some());
    lapse(&world).await;
    let mut tx = world.test.db.tenant(&world.tenant).await.unwrap();
    run.settle_in(&mut tx, 70).await.unwrap();
    tx.commit().await.unwrap();
    drop(run);
    assert_eq!(world.spent(DOLLARS).await, (70, 70), "from the moment of the commit, and once");
    assert!(world.reserve(&replica, DOLLARS, 31, limits).await.is_none());
    assert!(world.reserve(&replica, DOLLARS, 30, limits).await.is_some());
    replica.escrow.close().await;
    assert_eq!(world.spent(DOLLARS).await, (70, 70));
}

#[tokio::test]
async fn a_settlement_that_was_rolled_back_can_be_made_again() {
    let world = World::new().await;
    let replica = world.replica();
    let limits = Limits { day: None, month: Some(100) };
    let mut hold = world.reserve(&replica, DOLLARS, 60, limits).await.unwrap();
    for commit in [false, true] {
        let mut tx = world.test.db.tenant(&world.tenant).await.unwrap();
        hold.settle_in(&mut tx, 50).await.unwrap();
        assert!(world.reserve(&replica, DOLLARS, 60, limits).await.is_none(), "it is held until the transaction ends");
        if commit {
            tx.commit().await.unwrap();
        }
    }
    drop(hold);
    assert_eq!(world.spent(DOLLARS).await, (50, 50));
    let mut hold = world.reserve(&replica, DOLLARS, 50, limits).await.unwrap();
    let mut tx = world.test.db.tenant(&world.tenant).await.unwrap();
    hold.settle_in(&mut tx, 50).await.unwrap();
    drop(tx);
    drop(hold);
    assert!(world.reserve(&replica, DOLLARS, 50, limits).await.is_some(), "what was rolled back comes back at once");
}

#[tokio::test]
async fn without_a_limit_a_lease_that_is_gone_takes_nothing_with_it() {
    let world = Arc::new(World::new().await);
    // Nothing is told in between.
    let slow = EscrowSettings { flush: Duration::from_secs(1), ..EscrowSettings::default() };
    let replica = [world.replica_with(slow)];
    assert_eq!(flood(&world, &replica, 30, 1, Limits::default()).await, 30);
    lapse(&world).await;
    replica[0].escrow.flush().await.unwrap();
    replica[0].escrow.close().await;
    assert_eq!(world.spent(REQUESTS).await, (30, 30));
    assert_eq!(world.leases().await, 0);
}

#[tokio::test]
async fn a_month_turns_into_another_account() {
    let world = World::new().await;
    let replica = world.replica();
    let at = |day: u32, month: u32| {
        let day = NaiveDate::from_ymd_opt(2031, month, day).unwrap();
        Op { now: day.and_hms_opt(23, 59, 59).unwrap().and_utc(), ..world.op.clone() }
    };
    let limits = Limits { day: Some(8), month: Some(10) };
    let take = async |op: &Op, amount: i64| {
        let claim = Claim { tenant: &world.tenant, meter: REQUESTS, amount, limits };
        match replica.escrow.reserve(op, &claim).await {
            Ok(hold) => {
                hold.settle(amount);
                true
            }
            Err(EscrowError::Short(_)) => false,
            Err(EscrowError::Db(error)) => panic!("{error}"),
        }
    };
    assert!(take(&at(30, 1), 7).await);
    assert!(!take(&at(31, 1), 4).await, "the month goes on over midnight");
    assert!(take(&at(31, 1), 3).await);
    assert!(!take(&at(31, 1), 1).await);
    assert!(take(&at(1, 2), 8).await, "and the next one is new");
    assert!(!take(&at(1, 2), 1).await);
    assert!(take(&at(2, 2), 2).await);
    replica.escrow.close().await;
    let mut owner = testing::connect(&world.test.url).await;
    let accounts: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT period_type, to_char(period_start, 'MM-DD'), used FROM ledger_accounts ORDER BY period_type, period_start",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let accounts: Vec<_> = accounts.iter().map(|(t, start, used)| (t.as_str(), start.as_str(), *used)).collect();
    let days = [("day", "01-30", 7), ("day", "01-31", 3), ("day", "02-01", 8), ("day", "02-02", 2)];
    assert_eq!(accounts, [days.as_slice(), &[("month", "01-01", 10), ("month", "02-01", 10)]].concat());
}

#[tokio::test]
async fn a_busy_tenant_seldom_waits_for_the_ledger() {
    let world = World::new().await;
    let replica = world.replica();
    let mut took = Vec::new();
    for _ in 0..20_000 {
        let began = Instant::now();
        world.reserve(&replica, REQUESTS, 1, a_day(1_000_000)).await.unwrap().settle(1);
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let at = |share: usize| took[(took.len() - 1) * share / 1000];
    println!("a reservation: p50 {:?}, p99 {:?}, p99.9 {:?}", at(500), at(990), at(999));
    // A turn touches both accounts, and nothing else does before the lease is closed. Statistics come a moment later.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let mut owner = testing::connect(&world.test.url).await;
    let touched: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(n_tup_ins + n_tup_upd), 0)::bigint FROM pg_stat_user_tables WHERE relname = 'ledger_accounts'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    println!("{} turns for {} reservations", touched / 2, took.len());
    assert!((2..=400).contains(&touched), "{touched} touches of accounts");
}
