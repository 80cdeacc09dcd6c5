//! State that may be lost without losing money, rights or records: Redis (or Valkey), or this process.
//!
//! With `REDIS_URL` all replicas see the same values; without it each process has its own, within a bound. When Redis is
//! away every verb fails within `REDIS_TIMEOUT_MS`, at once while the connection is known to be down, and the connection
//! is restored in the background. What a caller does then is a value of its own: [`OnLoss`].
//!
//! A key names four things that never meet: a value ([`Shared::put`]), a counter ([`Shared::add`]), a list
//! ([`Shared::append`]) and a set ([`Shared::set_member`]). Circuit breakers ([`Shared::breaker`]) and token buckets ([`Shared::take_tokens`]) have keys of
//! their own. [`Shared::remove`] forgets the first three. Every entry has a time to live.
//!
//! Rules that several replicas must decide as one belong here as a verb of their own, written once for this process and
//! once as a script under `lua/`; the conformance suite in `tests/shared.rs` then compares the two.

mod local;
mod lost;
#[cfg(feature = "redis")]
mod redis;
mod settings;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

pub use self::{
    lost::{Lost, OnLoss},
    settings::SharedSettings,
};
use crate::{
    limit::decide::{Level, Rate},
    resilience::decide::{Phase, Rules, Step, Stepped},
    settings::SettingError,
};

/// The longest key, in bytes, without the prefix.
pub const MAX_KEY: usize = 512;
/// The largest value or list item, in bytes.
pub const MAX_VALUE: usize = 1024 * 1024;
/// The most items that one call appends, and the most that a list keeps.
pub const MAX_ITEMS: usize = 4096;
/// The longest time to live; longer ones are cut to it.
pub const MAX_TTL: Duration = Duration::from_hours(30 * 24);

/// The end of a list, as far as it is still kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tail {
    /// The position of the first item, counted from the first item that was ever appended. It is larger than the
    /// position asked for when older items were dropped in between.
    pub first: u64,
    /// The items from there on.
    pub items: Vec<Bytes>,
}

impl Tail {
    /// How many items were ever appended; zero for a list that is not there.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first.saturating_add(self.items.len() as u64)
    }
}

/// A handle on the shared state; clones reach the same state.
#[derive(Debug, Clone)]
pub struct Shared(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Local(Arc<local::Local>),
    #[cfg(feature = "redis")]
    Redis(Arc<redis::Redis>),
}

/// Calls the same method of whichever backend is in use. The two have the same methods on purpose.
macro_rules! each {
    ($self:ident, $verb:ident($($arg:expr),*)) => {
        match &$self.0 {
            Backend::Local(local) => Ok(local.$verb($($arg),*)),
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => lost::count(stringify!($verb), redis.$verb($($arg),*).await),
        }
    };
}

impl Shared {
    /// Opens what the settings name. Redis that does not answer yet is no error: verbs fail until it does.
    pub async fn open(settings: &SharedSettings) -> Result<Self, SettingError> {
        let Some(url) = &settings.redis_url else { return Ok(Self::local(settings)) };
        #[cfg(feature = "redis")]
        {
            let redis = redis::Redis::open(url, settings).await?;
            Ok(Self(Backend::Redis(Arc::new(redis))))
        }
        #[cfg(not(feature = "redis"))]
        {
            let _ = url;
            let why = "this build has no Redis support (cargo feature `redis`)".to_owned();
            Err(SettingError { name: settings::REDIS_URL.to_owned(), why })
        }
    }

    /// State of this process only, within the bounds of the settings.
    #[must_use]
    pub fn local(settings: &SharedSettings) -> Self {
        Self(Backend::Local(Arc::new(local::Local::new(settings.local_max_entries, settings.local_max_bytes))))
    }

    /// `redis` or `local`, for health reports.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        match self.0 {
            Backend::Local(_) => "local",
            #[cfg(feature = "redis")]
            Backend::Redis(_) => "redis",
        }
    }

    /// Keeps a value, in place of an earlier one.
    pub async fn put(&self, key: &str, value: Bytes, ttl: Duration) -> Result<(), Lost> {
        check_key(key)?;
        check_size(&value)?;
        each!(self, put(key, value, bounded(ttl)))
    }

    /// The value, while it lives.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, Lost> {
        check_key(key)?;
        each!(self, get(key))
    }

    /// Keeps a value unless there is one; says whether it was kept.
    pub async fn put_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> Result<bool, Lost> {
        check_key(key)?;
        check_size(&value)?;
        each!(self, put_if_absent(key, value, bounded(ttl)))
    }

    /// Gives the value to exactly one caller and forgets it.
    pub async fn take_once(&self, key: &str) -> Result<Option<Bytes>, Lost> {
        check_key(key)?;
        each!(self, take_once(key))
    }

    /// Adds to a counter and returns the sum. The counter lives for `ttl` from the addition that created it, so that it
    /// can stand for a window of time. Sums that do not fit stay at the bound.
    pub async fn add(&self, key: &str, delta: i64, ttl: Duration) -> Result<i64, Lost> {
        check_key(key)?;
        each!(self, add(key, delta, bounded(ttl)))
    }

    /// Forgets the value, the counter and the list of this key.
    pub async fn remove(&self, key: &str) -> Result<(), Lost> {
        check_key(key)?;
        each!(self, remove(key))
    }

    /// Appends to a list in one step and returns how many items were ever appended. Only the last `max_items` are kept,
    /// and the list lives for `ttl` after the latest append. Appending nothing changes nothing.
    pub async fn append(&self, key: &str, items: &[Bytes], ttl: Duration, max_items: usize) -> Result<u64, Lost> {
        check_key(key)?;
        if items.len() > MAX_ITEMS {
            return Err(Lost::TooLarge);
        }
        items.iter().try_for_each(check_size)?;
        let max_items = max_items.clamp(1, MAX_ITEMS);
        each!(self, append(key, items, bounded(ttl), max_items))
    }

    /// The items of a list from a position on, counted from the first item that was ever appended.
    pub async fn range(&self, key: &str, from: u64) -> Result<Tail, Lost> {
        check_key(key)?;
        each!(self, range(key, from))
    }

    /// Makes something a member of a set for a while, or takes it out. The set keeps the `max`
    /// members that stay longest.
    pub async fn set_member(&self, key: &str, member: &str, is: bool, ttl: Duration, max: usize) -> Result<(), Lost> {
        check_key(key)?;
        check_key(member)?;
        let max = max.clamp(1, MAX_ITEMS);
        each!(self, set_member(key, member, is, bounded(ttl), max))
    }

    /// The members of a set, the first to leave first.
    pub async fn members(&self, key: &str) -> Result<Vec<String>, Lost> {
        check_key(key)?;
        each!(self, members(key))
    }

    /// Takes a step of the circuit breaker under this key, as one step of all replicas and on the clock of the backend.
    /// In Redis the key is used as it is, without the prefix of other keys.
    pub async fn breaker(&self, key: &str, rules: &Rules, step: Step) -> Result<Stepped, Lost> {
        check_key(key)?;
        each!(self, breaker(key, rules, step))
    }

    /// Takes `cost` millionths of a token from every one of these buckets, or from none of them when one has too little, on
    /// the clock of the backend. The keys are used as they are, without the prefix of other keys, and have one common part
    /// in braces, so that a Redis cluster keeps them together.
    pub async fn take_tokens<const N: usize>(&self, buckets: [(&str, Rate); N], cost: u64) -> Result<[Level; N], Lost> {
        buckets.iter().try_for_each(|(key, _)| check_key(key))?;
        each!(self, take(buckets, cost, None))
    }

    /// As [`Shared::take_tokens`], at a time that the caller names in milliseconds: a rehearsal.
    pub async fn take_tokens_at<const N: usize>(
        &self,
        buckets: [(&str, Rate); N],
        cost: u64,
        now: u64,
    ) -> Result<[Level; N], Lost> {
        buckets.iter().try_for_each(|(key, _)| check_key(key))?;
        each!(self, take(buckets, cost, Some(now)))
    }

    /// How long the backend takes to answer.
    pub async fn health(&self) -> Result<Duration, Lost> {
        each!(self, health())
    }
}

/// How long a breaker is remembered: failures long ago say nothing of now, but an open breaker must not close unasked.
fn breaker_ttl(phase: Phase, rules: &Rules) -> Duration {
    match phase {
        Phase::Closed => bounded(Duration::from_millis(rules.open_ms.saturating_mul(4)).max(Duration::from_mins(1))),
        Phase::HalfOpen | Phase::Open => Duration::from_hours(24),
    }
}

fn check_key(key: &str) -> Result<(), Lost> {
    if key.len() <= MAX_KEY { Ok(()) } else { Err(Lost::TooLarge) }
}

fn check_size(value: &Bytes) -> Result<(), Lost> {
    if value.len() <= MAX_VALUE { Ok(()) } else { Err(Lost::TooLarge) }
}

/// Redis refuses a time to live of zero, and a forgotten unit must not keep an entry for years.
fn bounded(ttl: Duration) -> Duration {
    ttl.clamp(Duration::from_millis(1), MAX_TTL)
}
