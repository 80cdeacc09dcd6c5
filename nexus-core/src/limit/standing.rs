//! What a caller is told of its limits, and why a request is not let through.

use std::{borrow::Cow, time::Duration};

use super::{
    decide::{Level, Rate, TOKEN},
    settings::ClassRates,
};
use crate::{
    problem::{Code, Kind, Problem},
    route_class::RouteClass,
    shared::Lost,
};

/// Whose bucket was empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The credential's.
    Key,
    /// The tenant's.
    Tenant,
    /// That of an address from which requests come without a valid credential.
    Address,
}

impl Scope {
    /// The word in headers, details and the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "api_key",
            Self::Tenant => "tenant",
            Self::Address => "address",
        }
    }
}

/// Which bucket refuses and for how long. Of two, the one that refuses longer; of equals, the caller's own.
pub(super) fn refusal([key, tenant]: [Level; 2]) -> Option<(Scope, Duration)> {
    let (scope, level) = if tenant.wait_ms > key.wait_ms { (Scope::Tenant, tenant) } else { (Scope::Key, key) };
    (!level.sufficed()).then(|| (scope, Duration::from_millis(level.wait_ms)))
}

/// One limit and what is left of it, in requests of the class that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many requests at once.
    pub limit: u64,
    /// The time after which an empty bucket is full again.
    pub window: Duration,
    /// How many requests are left.
    pub left: u64,
    /// When the bucket is full if nothing more is asked for.
    pub until_full: Duration,
}

impl Allowance {
    fn new(rate: &Rate, level: Level, cost: u64) -> Self {
        let cost = cost.max(1);
        Self {
            limit: rate.burst() / cost,
            window: rate.window(),
            left: level.tokens / cost,
            until_full: rate.until_full(level.tokens),
        }
    }
}

/// Where a caller stands after its request was counted, or was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The class that was asked for.
    pub class: RouteClass,
    /// Whether this replica counts by itself because the shared buckets are away.
    pub degraded: bool,
    /// Of the credential.
    pub key: Allowance,
    /// Of the tenant.
    pub tenant: Allowance,
}

impl Standing {
    pub(super) fn new(class: RouteClass, degraded: bool, rates: &ClassRates, [key, tenant]: [Level; 2]) -> Self {
        let cost = u64::from(class.cost()) * TOKEN;
        Self {
            class,
            degraded,
            key: Allowance::new(&rates.key, key, cost),
            tenant: Allowance::new(&rates.tenant, tenant, cost),
        }
    }
}

/// A request that came too soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited {
    /// Whose bucket was empty.
    pub scope: Scope,
    /// The class that was asked for.
    pub class: RouteClass,
    /// When the same request would be let through if nothing else is asked for.
    pub wait: Duration,
    /// Whether this replica counts by itself because the shared buckets are away.
    pub degraded: bool,
    /// Where the caller stands, when there is one.
    pub standing: Option<Standing>,
}

impl Limited {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::RateLimited
    }

    /// The wait in milliseconds.
    #[must_use]
    pub fn wait_ms(&self) -> u64 {
        u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Why a request is not let through.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// It came too soon.
    #[error("a rate limit refuses: {}", .0.scope.as_str())]
    Limited(Box<Limited>),
    /// The shared buckets are away, and nothing is let through without them.
    #[error("rate limits cannot be checked: {0}")]
    Unavailable(#[from] Lost),
}

impl From<Limited> for LimitError {
    fn from(limited: Limited) -> Self {
        Self::Limited(Box::new(limited))
    }
}

impl Problem for LimitError {
    fn kind(&self) -> Kind {
        match self {
            Self::Limited(_) => Kind::RateLimited,
            Self::Unavailable(_) => Kind::Unavailable,
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::Limited(limited) => limited.code(),
            Self::Unavailable(_) => Code::RateLimitUnavailable,
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Limited(_) => "Too many requests",
            Self::Unavailable(_) => "Rate limits cannot be checked; try again shortly",
        }
        .into()
    }
    fn details(&self) -> Option<serde_json::Value> {
        let Self::Limited(limited) = self else { return None };
        Some(serde_json::json!({
            "scope": limited.scope.as_str(),
            "route_class": limited.class.as_str(),
            "retry_after_ms": limited.wait_ms(),
        }))
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited(limited) => Some(limited.wait),
            Self::Unavailable(_) => Some(Duration::from_secs(1)),
        }
    }
}
