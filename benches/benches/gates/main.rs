//! What the gates cost a run: the same run behind none of them and behind all of them, in turns on one database.
//!
//! `cargo bench` measures times; under `cargo test` only waits for the database are counted, which no busy machine changes.

#![allow(
    clippy::unwrap_used,
    clippy::missing_docs_in_private_items,
    clippy::large_futures,
    missing_docs,
    reason = "a benchmark"
)]

mod world;

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use nexus_core::{
    pg::testing,
    shared::{Shared, SharedSettings},
};

use self::world::World;

/// That of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many runs of each kind.
const RUNS: usize = 4_000;

#[tokio::main]
async fn main() {
    let (open, gated) = waits().await;
    println!("gates: a run waits for the database {open} times without them and {gated} times with them");
    assert!(gated <= open + 1, "the gates wait for the database more than once");
    if std::env::args().any(|arg| arg == "--bench") {
        times("in this process", &Shared::local(&SharedSettings::default())).await;
        if let Ok(url) = std::env::var("NEXUS_TEST_REDIS_URL") {
            let settings = SharedSettings { redis_url: Some(url.into()), ..SharedSettings::default() };
            times("in Redis", &Shared::open(&settings).await.unwrap()).await;
        }
    }
}

/// How often a run waits for the database, without gates and with them: the usual number of many, because now and then a block
/// of units is leased, and what goes on behind requests waits too.
async fn waits() -> (usize, usize) {
    let mut counter = None;
    let through = async |database: &_| {
        let (url, waits) = testing::counted(database).await;
        counter = Some(waits);
        Some(url)
    };
    let world = World::new(through, &Shared::local(&SharedSettings::default())).await;
    let counter = counter.unwrap();
    let (mut open, mut gated) = (Vec::new(), Vec::new());
    for n in 0..41 {
        let before = counter.load(Ordering::SeqCst);
        world.ask_open(&format!("open-{n}")).await;
        let between = counter.load(Ordering::SeqCst);
        world.ask_gated(&format!("gated-{n}")).await;
        open.push(between - before);
        gated.push(counter.load(Ordering::SeqCst) - between);
    }
    world.stop();
    (at(&mut open, 0.5), at(&mut gated, 0.5))
}

async fn times(limits: &str, shared: &Shared) {
    let world = Arc::new(World::new(async |_| None, shared).await);
    // From a task, as a server asks: what is awaited elsewhere is woken on another thread each time.
    let (mut open, mut gated) = tokio::spawn(in_turns(Arc::clone(&world))).await.unwrap();
    world.stop();
    println!("gates: {RUNS} runs of each kind in turns, rate limits {limits}");
    for (name, share) in [("p50", 0.50), ("p90", 0.90), ("p99", 0.99)] {
        let (without, with) = (at(&mut open, share), at(&mut gated, share));
        println!(
            "gates: {name} {:>6} µs without, {:>6} µs with, {:>+6} µs",
            micros(without),
            micros(with),
            micros(with) - micros(without)
        );
    }
}

/// How long runs took without gates and with them.
async fn in_turns(world: Arc<World>) -> (Vec<Duration>, Vec<Duration>) {
    let (mut open, mut gated) = (Vec::with_capacity(RUNS), Vec::with_capacity(RUNS));
    for n in 0..RUNS {
        // Whichever is first in a turn has the colder caches, so they take turns at that, too.
        for second in [n % 2 == 0, n % 2 != 0] {
            let session = format!("s{n}-{second}");
            let begun = Instant::now();
            if second {
                world.ask_gated(&session).await;
                gated.push(begun.elapsed());
            } else {
                world.ask_open(&session).await;
                open.push(begun.elapsed());
            }
        }
    }
    (open, gated)
}

/// The value below which this share of all values is.
fn at<T: Ord + Copy>(values: &mut [T], share: f64) -> T {
    values.sort_unstable();
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "few values"
    )]
    let place = (values.len() as f64 * share) as usize;
    *values.get(place).or(values.last()).unwrap()
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap()
}
