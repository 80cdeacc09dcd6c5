//! Shared state of several replicas in Redis or Valkey.

use std::time::{Duration, Instant};

use bytes::Bytes;
use fred::{
    clients::{Client, Pool},
    error::{Error, ErrorKind},
    interfaces::{ClientLike as _, EventInterface as _, KeysInterface as _, LuaInterface as _},
    types::{
        Builder, ConnectHandle, Expiration, SetOptions, Value,
        config::{Config, ReconnectPolicy, UnresponsiveConfig},
        scripts::Script,
    },
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Lost, SharedSettings, Tail, breaker_ttl, settings::REDIS_URL};
use crate::{
    limit::decide::{Level, Rate},
    resilience::decide::{Phase, Rules, Step, Stepped},
    settings::SettingError,
};

/// How long a connection attempt may take; longer than a verb, because it happens in the background.
const CONNECT: Duration = Duration::from_secs(2);
/// Commands that wait inside the client while its connection is busy; more are refused.
const MAX_WAITING: usize = 4096;
/// The largest position that a Lua number holds exactly.
const MAX_POSITION: u64 = 1 << 53;

/// A pool of connections that heals itself.
#[derive(Debug)]
pub(super) struct Redis {
    pool: Pool,
    connections: ConnectHandle,
    prefix: String,
    timeout: Duration,
    add: Script,
    append: Script,
    range: Script,
    breaker: Script,
    members: Script,
    take: Script,
}

impl Redis {
    /// Starts the connections and gives the first attempt a moment.
    pub(super) async fn open(url: &SecretString, settings: &SharedSettings) -> Result<Self, SettingError> {
        let pool = build(url.expose_secret(), settings).map_err(|error| SettingError {
            name: REDIS_URL.to_owned(),
            why: format!("not a usable Redis URL ({})", error.kind().to_str()),
        })?;
        report_connection(&pool);
        let connections = pool.connect();
        if tokio::time::timeout(CONNECT, pool.wait_for_connect()).await.is_err() {
            tracing::warn!("redis does not answer yet; shared state is away until it does");
        }
        Ok(Self {
            pool,
            connections,
            prefix: settings.prefix.clone(),
            timeout: settings.timeout,
            add: Script::from_lua(include_str!("lua/add.lua")),
            append: Script::from_lua(include_str!("lua/append.lua")),
            range: Script::from_lua(include_str!("lua/range.lua")),
            breaker: Script::from_lua(include_str!("lua/breaker.lua")),
            members: Script::from_lua(include_str!("lua/members.lua")),
            take: Script::from_lua(include_str!("lua/take.lua")),
        })
    }

    pub(super) async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), Lost> {
        let client = self.client()?;
        self.within(client.set(self.value(key), value, Some(Expiration::PX(millis(ttl))), None, false)).await
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Bytes>, Lost> {
        let client = self.client()?;
        self.within(client.get(self.value(key))).await.map(bytes)
    }

    pub(super) async fn put_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> Result<bool, Lost> {
        let client = self.client()?;
        let life = Some(Expiration::PX(millis(ttl)));
        let answer: Value = self.within(client.set(self.value(key), value, life, Some(SetOptions::NX), false)).await?;
        Ok(!answer.is_null())
    }

    pub(super) async fn take_once(&self, key: &str) -> Result<Option<Bytes>, Lost> {
        let client = self.client()?;
        self.within(client.getdel(self.value(key))).await.map(bytes)
    }

    pub(super) async fn add(&self, key: &str, delta: i64, ttl: Duration) -> Result<i64, Lost> {
        let args = vec![Value::from(delta.to_string()), Value::from(millis(ttl))];
        let sum = self.run(&self.add, vec![self.counter(key)], args).await?;
        sum.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| unexpected("a sum"))
    }

    /// In a cluster the three keys live on different nodes, so they are three commands.
    pub(super) async fn remove(&self, key: &str) -> Result<(), Lost> {
        let client = self.client()?;
        let forget = |name: String| async move { client.unlink::<(), _>(name).await };
        let all =
            futures::future::try_join3(forget(self.value(key)), forget(self.counter(key)), forget(self.list(key)));
        self.within(Box::pin(all)).await.map(|((), (), ())| ())
    }

    pub(super) async fn append(
        &self,
        key: &str,
        items: &[Bytes],
        ttl: Duration,
        max_items: usize,
    ) -> Result<u64, Lost> {
        if items.is_empty() {
            return self.range(key, MAX_POSITION).await.map(|tail| tail.end());
        }
        let bounds = [millis(ttl), i64::try_from(max_items).unwrap_or(i64::MAX)];
        let args = bounds.into_iter().map(Value::from).chain(items.iter().cloned().map(Value::Bytes)).collect();
        let end = self.run(&self.append, vec![self.list(key)], args).await?;
        end.as_u64().ok_or_else(|| unexpected("a length"))
    }

    pub(super) async fn range(&self, key: &str, from: u64) -> Result<Tail, Lost> {
        let args = vec![Value::from(from.min(MAX_POSITION).to_string())];
        let mut answer = self.run(&self.range, vec![self.list(key)], args).await?.into_array().into_iter();
        let first = answer.next().and_then(|v| v.as_str()?.parse().ok()).ok_or_else(|| unexpected("a position"))?;
        Ok(Tail { first, items: answer.filter_map(bytes).collect() })
    }

    pub(super) async fn breaker(&self, key: &str, rules: &Rules, step: Step) -> Result<Stepped, Lost> {
        let (verb, turn) = match step {
            Step::Enter => ("enter", 0),
            Step::Leave { turn, well } => (if well { "well" } else { "ill" }, turn),
            Step::Release { turn } => ("release", turn),
            Step::Look => ("look", 0),
        };
        let life = |phase| millis(breaker_ttl(phase, rules)).unsigned_abs();
        let numbers = [
            turn,
            rules.failures.into(),
            rules.open_ms,
            rules.trials.into(),
            rules.trial_ms,
            life(Phase::Closed),
            life(Phase::Open),
        ];
        let args = std::iter::once(verb.to_owned()).chain(numbers.map(|n| n.to_string())).map(Value::from).collect();
        let answer = self.run(&self.breaker, vec![key.to_owned()], args).await?.into_array();
        let [phase, turned, turn, wait] = answer.as_slice() else { return Err(unexpected("a breaker")) };
        Ok(Stepped {
            phase: Phase::of(&phase.as_str().unwrap_or_default()),
            turned: turned.as_u64() == Some(1),
            turn: turn.as_str().and_then(|turn| turn.parse().ok()).ok_or_else(|| unexpected("a turn"))?,
            wait_ms: wait.as_i64().and_then(|wait| u64::try_from(wait).ok()),
        })
    }

    pub(super) async fn set_member(
        &self,
        key: &str,
        member: &str,
        is: bool,
        ttl: Duration,
        max: usize,
    ) -> Result<(), Lost> {
        let verb = if is { "add" } else { "remove" };
        let args = [verb.to_owned(), member.to_owned(), millis(ttl).to_string(), max.to_string()];
        self.run(&self.members, vec![self.set(key)], args.map(Value::from).to_vec()).await.map(drop)
    }

    pub(super) async fn members(&self, key: &str) -> Result<Vec<String>, Lost> {
        let answer = self.run(&self.members, vec![self.set(key)], vec![Value::from("list")]).await?;
        Ok(answer.into_array().into_iter().filter_map(Value::into_string).collect())
    }

    pub(super) async fn take<const N: usize>(
        &self,
        buckets: [(&str, Rate); N],
        cost: u64,
        at: Option<u64>,
    ) -> Result<[Level; N], Lost> {
        let keys = buckets.iter().map(|(key, _)| (*key).to_owned()).collect();
        let clock = at.map(|at| at.to_string()).unwrap_or_default();
        let rules = buckets.iter().flat_map(|(_, rate)| {
            [rate.burst(), rate.per_ms(), millis(rate.life()).unsigned_abs()].map(|number| number.to_string())
        });
        let args = [clock, cost.to_string()].into_iter().chain(rules).map(Value::from).collect();
        let answer = self.run(&self.take, keys, args).await?.into_array();
        let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        let numbers: Option<Vec<u64>> = answer.iter().map(number).collect();
        let numbers = numbers.filter(|all| all.len() == 2 * N).ok_or_else(|| unexpected("levels of buckets"))?;
        let mut levels = [Level::default(); N];
        for (level, pair) in levels.iter_mut().zip(numbers.chunks_exact(2)) {
            if let [tokens, wait_ms] = *pair {
                *level = Level { tokens, wait_ms };
            }
        }
        Ok(levels)
    }

    pub(super) async fn health(&self) -> Result<Duration, Lost> {
        let client = self.client()?;
        let before = Instant::now();
        self.within(client.ping::<()>(None)).await?;
        Ok(before.elapsed())
    }

    /// A connected client, or the loss at once: a command must not wait for a reconnection.
    fn client(&self) -> Result<&Client, Lost> {
        let client = self.pool.next_connected();
        if client.is_connected() { Ok(client) } else { Err(Lost::Away("not connected".to_owned())) }
    }

    /// Runs a script by its hash, and loads it first on a server that does not know it.
    async fn run(&self, script: &Script, keys: Vec<String>, args: Vec<Value>) -> Result<Value, Lost> {
        let client = self.client()?;
        let args = Value::Array(args);
        self.within(async {
            match client.evalsha(script.sha1().clone(), keys.clone(), args.clone()).await {
                Err(error) if error.details().starts_with("NOSCRIPT") => {
                    script.load(client).await?;
                    client.evalsha(script.sha1().clone(), keys, args).await
                }
                answer => answer,
            }
        })
        .await
    }

    async fn within<T>(&self, command: impl Future<Output = Result<T, Error>>) -> Result<T, Lost> {
        match tokio::time::timeout(self.timeout, command).await {
            Err(_) => Err(Lost::Late),
            Ok(Err(error)) if *error.kind() == ErrorKind::Timeout => Err(Lost::Late),
            Ok(answer) => answer.map_err(|error| Lost::Away(error.to_string())),
        }
    }

    // The shapes cannot be confused: a prefix holds neither ':' nor '.'.

    fn value(&self, key: &str) -> String {
        format!("{}:{key}", self.prefix)
    }

    fn counter(&self, key: &str) -> String {
        format!("{}.n:{key}", self.prefix)
    }

    fn list(&self, key: &str) -> String {
        format!("{}.l:{key}", self.prefix)
    }

    fn set(&self, key: &str) -> String {
        format!("{}.s:{key}", self.prefix)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.connections.abort();
    }
}

fn build(url: &str, settings: &SharedSettings) -> Result<Pool, Error> {
    // `unix://` is what redis-cli and most libraries call a socket.
    let url = url.strip_prefix("unix://").map_or_else(|| url.to_owned(), |path| format!("redis+unix://{path}"));
    let config = Config { fail_fast: false, ..Config::from_url(&url)? };
    let timeout = settings.timeout;
    Builder::from_config(config)
        .with_performance_config(|c| c.default_command_timeout = timeout)
        .with_connection_config(|c| {
            c.connection_timeout = CONNECT;
            c.internal_command_timeout = CONNECT;
            // A command that was in flight when the connection broke is not sent twice: `add` must not count double.
            c.max_command_attempts = 1;
            c.max_command_buffer_len = MAX_WAITING;
            c.reconnect_on_auth_error = true;
            // A server that hangs is treated like one that is gone, so that later verbs fail at once.
            c.unresponsive = UnresponsiveConfig { max_timeout: Some(timeout * 4), interval: timeout };
        })
        .set_policy(ReconnectPolicy::new_exponential(0, 50, 2_000, 2))
        .build_pool(settings.pool_size)
}

/// Says once per change, and not once per request, that Redis is away or back.
fn report_connection(pool: &Pool) {
    for client in pool.clients().iter().take(1) {
        client.on_error(|(error, _)| async move {
            tracing::warn!(%error, "redis connection failed");
            Ok(())
        });
        client.on_reconnect(|_| async {
            tracing::info!("redis is connected");
            Ok(())
        });
    }
}

fn millis(ttl: Duration) -> i64 {
    i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX)
}

fn bytes(value: Value) -> Option<Bytes> {
    if value.is_null() { None } else { value.into_bytes() }
}

fn unexpected(what: &str) -> Lost {
    Lost::Away(format!("the server's answer is not {what}"))
}
