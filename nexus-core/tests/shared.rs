//! One suite over both backends of shared state, and what happens when Redis dies.
//!
//! Redis comes from `NEXUS_TEST_REDIS_URL` or, without it, from a `redis-server` of the test's own.
#![cfg(feature = "redis")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use nexus_core::{
    limit::{
        ClassRates, LimitSettings, Limiter,
        decide::{MAX_TOKENS, Rate, TOKEN},
    },
    op::Op,
    principal::{Principal, Role},
    resilience::{
        CallError, Integration, Integrations, Phase, ResilienceSettings, Setback, Verdict,
        decide::{Rules, Step as Turn},
    },
    route_class::RouteClass,
    settings::Source,
    shared::{Lost, Shared, SharedSettings, Tail},
};
use proptest::prelude::*;

const HOUR: Duration = Duration::from_hours(1);

/// How many sequences to try: `NEXUS_CASES`, or the given number.
fn cases(default: u32) -> u32 {
    std::env::var("NEXUS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// A Redis server that ends with the test.
struct Server {
    child: Option<Child>,
    dir: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let child = Some(spawn(dir.path()));
        Self { child, dir }
    }

    fn url(&self) -> String {
        format!("redis+unix://{}", self.dir.path().join("s").display())
    }

    fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Stops or continues the process, so that the server hangs without closing a connection.
    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    fn restart(&mut self) {
        self.child = Some(spawn(self.dir.path()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

fn spawn(dir: &Path) -> Child {
    let socket = dir.join("s");
    let child = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--dir"])
        .arg(dir)
        .arg("--unixsocket")
        .arg(&socket)
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed");
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

async fn open(url: &str, prefix: &str) -> Shared {
    let mut source = Source::from_pairs([("REDIS_URL", url), ("SHARED_PREFIX", prefix)]);
    let settings = SharedSettings::read(&mut source);
    assert!(source.errors().is_empty());
    Shared::open(&settings).await.unwrap()
}

/// Shared state in the server of the environment, or in one of our own.
async fn redis() -> (Shared, Option<Server>) {
    let prefix = format!("t-{}", nexus_core::clock::fresh_uuid());
    if let Ok(url) = std::env::var("NEXUS_TEST_REDIS_URL") {
        return (open(&url, &prefix).await, None);
    }
    let server = Server::start();
    (open(&server.url(), &prefix).await, Some(server))
}

fn local() -> Shared {
    Shared::local(&SharedSettings::default())
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, Bytes),
    PutBriefly(u8, Bytes),
    Get(u8),
    PutIfAbsent(u8, Bytes),
    TakeOnce(u8),
    Add(u8, i64),
    Remove(u8),
    Append(u8, Vec<Bytes>, usize),
    Range(u8, u64),
}

#[derive(Debug, PartialEq)]
enum Answer {
    Nothing,
    Value(Option<Bytes>),
    Yes(bool),
    Sum(i64),
    End(u64),
    Tail(Tail),
}

fn a_step() -> impl Strategy<Value = Step> {
    let key = || 0_u8..3;
    let bytes = || prop::collection::vec(any::<u8>(), 0..12).prop_map(Bytes::from);
    let delta = prop_oneof![3 => -5_i64..5, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    let position = prop_oneof![4 => 0_u64..20, 1 => any::<u64>()];
    prop_oneof![
        (key(), bytes()).prop_map(|(k, v)| Step::Put(k, v)),
        (key(), bytes()).prop_map(|(k, v)| Step::PutBriefly(k, v)),
        key().prop_map(Step::Get),
        (key(), bytes()).prop_map(|(k, v)| Step::PutIfAbsent(k, v)),
        key().prop_map(Step::TakeOnce),
        (key(), delta).prop_map(|(k, d)| Step::Add(k, d)),
        key().prop_map(Step::Remove),
        (key(), prop::collection::vec(bytes(), 0..6), 1_usize..8).prop_map(|(k, v, n)| Step::Append(k, v, n)),
        (key(), position).prop_map(|(k, n)| Step::Range(k, n)),
    ]
}

async fn perform(shared: &Shared, run: u64, step: Step) -> Result<Answer, Lost> {
    let name = |key: u8| format!("{run}:{{odd}}:clé {key}");
    Ok(match step {
        Step::Put(k, v) => shared.put(&name(k), v, HOUR).await.map(|()| Answer::Nothing)?,
        Step::PutBriefly(k, v) => {
            shared.put(&name(k), v, Duration::from_millis(1)).await?;
            // However late this wakes up, the value is gone by then.
            tokio::time::sleep(Duration::from_millis(5)).await;
            Answer::Nothing
        }
        Step::Get(k) => Answer::Value(shared.get(&name(k)).await?),
        Step::PutIfAbsent(k, v) => Answer::Yes(shared.put_if_absent(&name(k), v, HOUR).await?),
        Step::TakeOnce(k) => Answer::Value(shared.take_once(&name(k)).await?),
        Step::Add(k, delta) => Answer::Sum(shared.add(&name(k), delta, HOUR).await?),
        Step::Remove(k) => shared.remove(&name(k)).await.map(|()| Answer::Nothing)?,
        Step::Append(k, items, keep) => Answer::End(shared.append(&name(k), &items, HOUR, keep).await?),
        Step::Range(k, from) => Answer::Tail(shared.range(&name(k), from).await?),
    })
}

#[test]
fn both_backends_give_the_same_answers() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (redis, _server) = runtime.block_on(redis());
    let local = local();
    let run = std::sync::atomic::AtomicU64::new(0);
    proptest!(ProptestConfig::with_cases(cases(200)), |(steps in prop::collection::vec(a_step(), 1..40))| {
        let run = run.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for step in steps {
            let (here, there) = runtime.block_on(async {
                (perform(&local, run, step.clone()).await, perform(&redis, run, step.clone()).await)
            });
            prop_assert_eq!(here, there, "after {:?}", step);
        }
    });
}

/// Rules whose times are nothing or an hour: both clocks then agree on what is over, however slow the machine is.
fn breaker_rules() -> impl Strategy<Value = Rules> {
    let time = || prop_oneof![Just(0_u64), Just(3_600_000)];
    (1_u32..4, time(), 1_u32..3, time()).prop_map(|(failures, open_ms, trials, trial_ms)| Rules {
        failures,
        open_ms,
        trials,
        trial_ms,
    })
}

#[test]
fn breakers_turn_alike_in_both_backends() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (redis, _server) = runtime.block_on(redis());
    let local = local();
    let act = prop_oneof![
        5 => Just(None),
        4 => (0_u64..3, prop::option::of(any::<bool>())).prop_map(Some),
    ];
    let acts = prop::collection::vec((act, breaker_rules()), 1..60);
    proptest!(ProptestConfig::with_cases(cases(200)), |(acts in acts)| {
        let key = format!("t:{}", nexus_core::clock::fresh_uuid());
        let mut turn = 0;
        for (act, rules) in acts {
            let step = act.map_or(Turn::Enter, |(ago, well)| {
                let turn = u64::saturating_sub(turn, ago);
                well.map_or(Turn::Release { turn }, |well| Turn::Leave { turn, well })
            });
            let (here, there) = runtime.block_on(async {
                (local.breaker(&key, &rules, step).await, redis.breaker(&key, &rules, step).await)
            });
            let (mut here, mut there) = (here.unwrap(), there.unwrap());
            turn = here.turn;
            // How long to wait depends on when it was asked; whether to wait does not.
            for found in [&mut here, &mut there] {
                found.wait_ms = found.wait_ms.map(|_| 0);
            }
            prop_assert_eq!(here, there, "after {:?} by {:?}", step, rules);
        }
    });
}

/// A request at some time after the one before, or before it: a clock may be set back.
#[derive(Debug, Clone)]
struct Ask {
    pause: i64,
    cost: u64,
    rates: [Rate; 2],
}

fn an_ask() -> impl Strategy<Value = Ask> {
    let rate = || {
        let per_second = prop_oneof![1 => Just(0.0), 3 => 0.001..10.0_f64, 1 => 0.0..=f64::from(MAX_TOKENS)];
        (per_second, prop_oneof![4 => 0_u32..20, 1 => 0..=MAX_TOKENS]).prop_map(|(rate, burst)| Rate::new(rate, burst))
    };
    let pause = prop_oneof![2 => Just(0_i64), 4 => 0_i64..3_000, 1 => -5_000_i64..0, 1 => 0_i64..100_000_000];
    let cost = prop_oneof![3 => (0_u64..4).prop_map(|n| n * TOKEN), 1 => 0..=u64::from(MAX_TOKENS) * TOKEN];
    (pause, cost, [rate(), rate()]).prop_map(|(pause, cost, rates)| Ask { pause, cost, rates })
}

/// The arithmetic of both, to the millionth of a token, on a clock that the test moves.
#[test]
fn buckets_are_the_same_in_both_backends() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (redis, _server) = runtime.block_on(redis());
    let local = local();
    // Most sequences keep their rates, as a server does between restarts; in some they change with each request.
    let asks = (prop::collection::vec(an_ask(), 1..24), any::<bool>()).prop_map(|(mut asks, changing)| {
        let rates = asks.first().unwrap().rates;
        asks.iter_mut().filter(|_| !changing).for_each(|ask| ask.rates = rates);
        asks
    });
    proptest!(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::with_cases(cases(1_500)) }, |(asks in asks)| {
        let run = nexus_core::clock::fresh_uuid();
        let (one, two) = (format!("rl:key:{{{run}}}:k"), format!("rl:tenant:{{{run}}}"));
        let mut now = 1_800_000_000_000_u64;
        for ask in asks {
            now = now.saturating_add_signed(ask.pause);
            let [a, b] = ask.rates;
            let buckets = [(one.as_str(), a), (two.as_str(), b)];
            let (here, there) = runtime.block_on(async {
                let here = local.take_tokens_at(buckets, ask.cost, now).await;
                (here, redis.take_tokens_at(buckets, ask.cost, now).await)
            });
            prop_assert_eq!(here.unwrap(), there.unwrap(), "after {:?}", ask);
        }
    });
}

#[tokio::test]
async fn tokens_are_given_to_as_many_as_there_are() {
    let (redis, _server) = redis().await;
    for shared in [local(), redis] {
        let key = format!("rl:{{{}}}", nexus_core::clock::fresh_uuid());
        let rate = Rate::new(0.0, 100);
        let takers = (0..16).map(|_| {
            let (shared, key) = (shared.clone(), key.clone());
            tokio::spawn(async move {
                let mut taken = 0;
                for _ in 0..20 {
                    let [level] = shared.take_tokens([(key.as_str(), rate)], TOKEN).await.unwrap();
                    taken += usize::from(level.sufficed());
                }
                taken
            })
        });
        let taken: usize = futures::future::join_all(takers).await.into_iter().map(Result::unwrap).sum();
        assert_eq!(taken, 100, "{}", shared.backend());
    }
}

/// One line to a server, and the beginning of its answer.
fn say(port: u16, line: &str) -> String {
    use std::io::{Read as _, Write as _};
    let Ok(mut socket) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return String::new() };
    socket.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    let mut answer = [0; 512];
    let read = socket.read(&mut answer).unwrap();
    String::from_utf8_lossy(answer.get(..read).unwrap()).into_owned()
}

/// A cluster refuses a script whose keys may live on different nodes, also when it has one node only.
#[tokio::test]
async fn a_cluster_keeps_the_buckets_of_a_tenant_together() {
    let dir = tempfile::tempdir().unwrap();
    // The bus of a cluster listens 10,000 ports above its clients.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let port = 20_000 + free % 10_000;
    let mut child = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--cluster-announce-ip", "127.0.0.1"])
        .args(["--cluster-enabled", "yes", "--save", ""])
        .arg("--dir")
        .arg(dir.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let until = async |line: &str, answer: &str| {
        while !say(port, line).contains(answer) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    until("PING", "PONG").await;
    until("CLUSTER ADDSLOTSRANGE 0 16383", "OK").await;
    until("CLUSTER INFO", "cluster_state:ok").await;
    let shared = open(&format!("redis-cluster://127.0.0.1:{port}"), "t").await;
    let connected = async {
        while shared.health().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), connected).await.expect("the cluster is connected");
    let rates = ClassRates { key: Rate::new(0.0, 2), tenant: Rate::new(0.0, 3) };
    let settings = LimitSettings { read: rates, patience: Duration::from_secs(10), ..LimitSettings::default() };
    let limiter = Limiter::new(&shared, settings);
    let caller = Principal::vouched_for("a.tenant".parse().unwrap(), "u".parse().unwrap(), Role::Reader);
    let op = Op::internal(nexus_core::clock::Clock::system().now());
    for left in [2, 1] {
        let standing = limiter.admit(&op, &caller, RouteClass::Read).await.unwrap().unwrap();
        assert_eq!((standing.tenant.left, standing.degraded), (left, false));
    }
    assert!(limiter.admit(&op, &caller, RouteClass::Read).await.is_err());
    let apart = shared.take_tokens([("rl:{a}", rates.key), ("rl:{b}", rates.key)], TOKEN).await;
    assert!(apart.is_err(), "keys without a common part are refused by a cluster: {apart:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[derive(Debug, thiserror::Error)]
#[error("down")]
struct Down;

impl Setback for Down {
    fn verdict(&self) -> Verdict {
        Verdict::Failed { retry_after: None }
    }
}

async fn fail(integrations: &Integrations) -> Result<(), CallError<Down>> {
    integrations.line(Integration::GcpVertex, "eu").call(|| async { Err::<(), _>(Down) }).await
}

#[tokio::test]
async fn replicas_share_a_breaker_and_none_needs_redis() {
    let mut server = Server::start();
    let settings = ResilienceSettings { attempts: 1, failures: 4, ..ResilienceSettings::default() };
    let replicas = [(); 2].map(|()| settings.clone());
    let mut running = Vec::new();
    for settings in replicas {
        running.push(Integrations::new(&open(&server.url(), "t").await, settings));
    }
    let [one, two] = running.as_slice() else { panic!("two replicas") };
    for _ in 0..2 {
        assert!(matches!(fail(one).await, Err(CallError::Failed(_))));
        assert!(matches!(fail(two).await, Err(CallError::Failed(_))));
    }
    for replica in [one, two] {
        assert!(matches!(fail(replica).await, Err(CallError::Open { .. })), "four failures in all");
        let standing = replica.standings().await.into_iter().find(|s| s.integration == Integration::GcpVertex);
        assert_eq!(standing.unwrap().phase, Phase::Open);
    }

    // One that has just started knows as well, and says where.
    let fresh = Integrations::new(&open(&server.url(), "t").await, settings.clone());
    let standing = fresh.standings().await.into_iter().find(|s| s.integration == Integration::GcpVertex).unwrap();
    assert_eq!((standing.phase, standing.places), (Phase::Open, [("eu".to_owned(), Phase::Open)].into()));

    // Without Redis a replica goes by what it sees itself.
    server.kill();
    for _ in 0..4 {
        assert!(matches!(fail(one).await, Err(CallError::Failed(_))));
    }
    assert!(matches!(fail(one).await, Err(CallError::Open { .. })));
    let well = two.line(Integration::GcpVertex, "eu").call(|| async { Ok::<_, Down>(7) }).await;
    assert_eq!(well.unwrap(), 7);
}

#[tokio::test]
async fn sets_keep_the_members_that_stay_longest() {
    let (redis, _server) = redis().await;
    let hour = Duration::from_hours(1);
    for shared in [local(), redis] {
        let set = async |member: &str, is: bool, ttl| shared.set_member("s", member, is, ttl, 3).await.unwrap();
        assert!(shared.members("s").await.unwrap().is_empty());
        for member in ["a b", "b", "c", "d"] {
            set(member, true, hour).await;
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        assert_eq!(shared.members("s").await.unwrap(), ["b", "c", "d"], "{}", shared.backend());
        set("b", true, hour * 2).await;
        set("c", false, hour).await;
        set("nobody", false, hour).await;
        assert_eq!(shared.members("s").await.unwrap(), ["d", "b"], "{}", shared.backend());
        set("soon", true, Duration::from_millis(5)).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert_eq!(shared.members("s").await.unwrap(), ["d", "b"], "{}", shared.backend());
    }
}

#[tokio::test]
async fn a_half_open_breaker_gives_its_trials_to_few_of_many() {
    let (redis, _server) = redis().await;
    for shared in [local(), redis] {
        let key = format!("t:{}", nexus_core::clock::fresh_uuid());
        let rules = Rules { failures: 1, open_ms: 0, trials: 2, trial_ms: 3_600_000 };
        shared.breaker(&key, &rules, Turn::Leave { turn: 0, well: false }).await.unwrap();
        let callers = (0..32).map(|_| {
            let (shared, key) = (shared.clone(), key.clone());
            tokio::spawn(async move { shared.breaker(&key, &rules, Turn::Enter).await.unwrap() })
        });
        let steps: Vec<_> = futures::future::join_all(callers).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(steps.iter().filter(|s| s.wait_ms.is_none()).count(), 2, "{}", shared.backend());
        assert_eq!(steps.iter().filter(|s| s.turned).count(), 1, "one caller tells of the turn");
    }
}

#[tokio::test]
async fn a_value_is_taken_by_exactly_one_of_many() {
    let (redis, _server) = redis().await;
    for shared in [local(), redis] {
        shared.put("state", Bytes::from_static(b"once"), HOUR).await.unwrap();
        let takers = (0..32).map(|_| {
            let shared = shared.clone();
            tokio::spawn(async move { shared.take_once("state").await.unwrap() })
        });
        let taken = futures::future::join_all(takers).await.into_iter().filter(|t| t.as_ref().unwrap().is_some());
        assert_eq!(taken.count(), 1, "{}", shared.backend());
    }
}

#[tokio::test]
async fn concurrent_appends_lose_nothing() {
    let (redis, _server) = redis().await;
    for shared in [local(), redis] {
        let writers = (0..16_u8).map(|i| {
            let shared = shared.clone();
            let items = [Bytes::from(vec![i]), Bytes::from(vec![i])];
            tokio::spawn(async move { shared.append("log", &items, HOUR, 20).await.unwrap() })
        });
        let mut ends: Vec<_> = futures::future::join_all(writers).await.into_iter().map(Result::unwrap).collect();
        ends.sort_unstable();
        assert_eq!(ends, (1..=16).map(|n| n * 2).collect::<Vec<u64>>(), "{}", shared.backend());
        let tail = shared.range("log", 0).await.unwrap();
        assert_eq!((tail.first, tail.items.len(), tail.end()), (12, 20, 32));
        // Items of one append stay together.
        assert!(tail.items.chunks(2).all(|pair| pair.first() == pair.last()));
    }
}

#[tokio::test]
async fn a_counter_ends_with_its_window() {
    let (redis, _server) = redis().await;
    for shared in [local(), redis] {
        assert_eq!(shared.add("hits", 1, Duration::from_millis(40)).await.unwrap(), 1);
        // Additions do not prolong the window, so however fast these come, a sum starts over in the end.
        while shared.add("hits", 1, Duration::from_millis(40)).await.unwrap() != 1 {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent() {
    let (redis, _server) = redis().await;
    for shared in [local(), redis] {
        let large = Bytes::from(vec![0; nexus_core::shared::MAX_VALUE + 1]);
        let key = "k".repeat(nexus_core::shared::MAX_KEY + 1);
        assert_eq!(shared.put("k", large.clone(), HOUR).await, Err(Lost::TooLarge));
        assert_eq!(shared.append("k", &[large], HOUR, 10).await, Err(Lost::TooLarge));
        assert_eq!(shared.get(&key).await, Err(Lost::TooLarge));
    }
}

#[tokio::test]
async fn without_redis_every_verb_fails_fast_and_recovers_with_it() {
    let mut server = Server::start();
    let shared = open(&server.url(), "t").await;
    shared.put("k", Bytes::from_static(b"v"), HOUR).await.unwrap();
    shared.add("k", 1, HOUR).await.unwrap();
    shared.health().await.unwrap();

    server.kill();
    let verbs = async {
        assert!(shared.put("k", Bytes::new(), HOUR).await.is_err());
        assert!(shared.get("k").await.is_err());
        assert!(shared.put_if_absent("k", Bytes::new(), HOUR).await.is_err());
        assert!(shared.take_once("k").await.is_err());
        assert!(shared.add("k", 1, HOUR).await.is_err());
        assert!(shared.remove("k").await.is_err());
        assert!(shared.append("k", &[Bytes::new()], HOUR, 5).await.is_err());
        assert!(shared.range("k", 0).await.is_err());
        assert!(shared.health().await.is_err());
    };
    // Nine verbs of at most a quarter of a second each; the bound only tells failing fast from waiting for Redis.
    tokio::time::timeout(Duration::from_secs(8), verbs).await.expect("verbs return without Redis");

    server.restart();
    let back = async {
        while shared.health().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), back).await.expect("the connection is restored");
    // The new server knows no scripts; they are loaded again.
    assert_eq!(shared.add("k", 5, HOUR).await.unwrap(), 5);
    assert_eq!(shared.append("k", &[Bytes::new()], HOUR, 5).await.unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_is_noticed_and_used_again_when_it_goes_on() {
    let server = Server::start();
    let shared = open(&server.url(), "t").await;
    shared.put("k", Bytes::from_static(b"v"), HOUR).await.unwrap();

    server.signal("-STOP");
    // At first each verb waits for its time limit; then the connection counts as down and verbs fail without waiting.
    let noticed = async { while !matches!(shared.get("k").await, Err(Lost::Away(_))) {} };
    tokio::time::timeout(Duration::from_secs(30), noticed).await.expect("the hang is noticed");

    server.signal("-CONT");
    let back = async {
        while shared.get("k").await != Ok(Some(Bytes::from_static(b"v"))) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), back).await.expect("the connection is restored");
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_does_not_stop_the_start() {
    let mut server = Server::start();
    server.kill();
    let shared = open(&server.url(), "t").await;
    assert!(matches!(shared.get("k").await, Err(Lost::Away(_))));
    server.restart();
    let back = async {
        while shared.get("k").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), back).await.expect("the connection is made later");
}

#[tokio::test]
async fn a_url_that_is_none_is_a_setting_error_without_its_secret() {
    let mut source = Source::from_pairs([("REDIS_URL", "http//:hunter2@nowhere")]);
    let error = Shared::open(&SharedSettings::read(&mut source)).await.unwrap_err();
    assert_eq!(error.name, "REDIS_URL");
    assert!(!error.why.contains("hunter2"));
}
