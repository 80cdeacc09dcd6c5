//! How many requests are let through: token buckets for each credential, each tenant and, where nobody is known, each address.
//!
//! A request takes from the bucket of its credential and from that of its tenant, or from neither. The buckets are in
//! [`Shared`], so that replicas count together, on the clock of its server. When that is away or slow, a request waits at
//! most [`LimitSettings::patience`], and after a few such waits none waits any more: each replica then limits by itself and
//! says that it does ([`Standing::degraded`]), or lets nothing through, as [`LimitSettings::on_loss`] says. The shared
//! buckets are tried again twice a second.

pub mod decide;
mod settings;
mod standing;
mod trust;

use std::{net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;

use self::{
    decide::{Level, Rate, TOKEN},
    trust::Trust,
};
pub use self::{
    settings::{ClassRates, LimitSettings},
    standing::{Allowance, LimitError, Limited, Scope, Standing},
};
#[cfg(feature = "postgres")]
use crate::audit::{AuditLog, Event, EventType};
use crate::{
    op::Op,
    principal::Principal,
    problem::Code,
    route_class::RouteClass,
    shared::{Lost, OnLoss, Shared, SharedSettings},
};

/// How long nothing more is written to the audit log of a limit that refuses again and again.
const QUIET: Duration = Duration::from_mins(1);

/// Lets requests through, or not. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Limiter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: LimitSettings,
    shared: Shared,
    /// The buckets of this replica alone, and what it told lately.
    alone: Shared,
    trust: Trust,
    #[cfg(feature = "postgres")]
    audit: Option<AuditLog>,
}

impl Limiter {
    /// Limits by the buckets in this shared state.
    #[must_use]
    pub fn new(shared: &Shared, settings: LimitSettings) -> Self {
        Self(Arc::new(Inner {
            settings,
            shared: shared.clone(),
            alone: Shared::local(&SharedSettings::default()),
            trust: Trust::new(),
            #[cfg(feature = "postgres")]
            audit: None,
        }))
    }

    /// As [`Limiter::new`], and what it refuses is recorded, once a minute for each bucket.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn recorded(shared: &Shared, settings: LimitSettings, audit: AuditLog) -> Self {
        let mut this = Self::new(shared, settings);
        if let Some(inner) = Arc::get_mut(&mut this.0) {
            inner.audit = Some(audit);
        }
        this
    }

    /// Lets everything through.
    #[must_use]
    pub fn off() -> Self {
        let settings = LimitSettings { enabled: false, ..LimitSettings::default() };
        Self::new(&Shared::local(&SharedSettings::default()), settings)
    }

    /// Lets a request of this class through, and says how much is left; nothing when limits are switched off.
    pub async fn admit(
        &self,
        op: &Op,
        principal: &Principal,
        class: RouteClass,
    ) -> Result<Option<Standing>, LimitError> {
        let Inner { settings, .. } = &*self.0;
        if !settings.enabled {
            return Ok(None);
        }
        let (prefix, tenant, class_name) = (&settings.prefix, &principal.tenant, class.as_str());
        // The tenant in braces keeps both buckets on one node of a cluster.
        let key = format!("{prefix}:key:{{{tenant}}}:{}:{class_name}", principal.credential);
        let all = format!("{prefix}:tenant:{{{tenant}}}:{class_name}");
        let rates = settings.of(class);
        let cost = u64::from(class.cost()) * TOKEN;
        let (levels, degraded) = self.take(op, [(&key, rates.key), (&all, rates.tenant)], cost).await?;
        let standing = Standing::new(class, degraded, rates, levels);
        match standing::refusal(levels) {
            None => Ok(Some(standing)),
            Some((scope, wait)) => {
                let limited = Limited { scope, class, wait, degraded, standing: Some(standing) };
                let told = if scope == Scope::Tenant { &all } else { &key };
                self.refused(op, Some(principal), told, &limited).await;
                Err(limited.into())
            }
        }
    }

    /// Whether somebody unknown at this address may be looked up at all. Takes nothing.
    pub async fn look_at_stranger(&self, op: &Op, class: RouteClass) -> Result<(), LimitError> {
        self.stranger(op, class, 0).await
    }

    /// Counts a request from this address that had no valid credential.
    pub async fn charge_stranger(&self, op: &Op, class: RouteClass) -> Result<(), LimitError> {
        self.stranger(op, class, TOKEN).await
    }

    async fn stranger(&self, op: &Op, class: RouteClass, cost: u64) -> Result<(), LimitError> {
        let Inner { settings, .. } = &*self.0;
        if !settings.enabled {
            return Ok(());
        }
        let key = format!("{}:address:{{{}}}", settings.prefix, place_of(op));
        let ([level], degraded) = self.take(op, [(&key, settings.address)], cost).await?;
        if level.sufficed() && (cost > 0 || level.tokens >= TOKEN) {
            return Ok(());
        }
        let missing = TOKEN.saturating_sub(level.tokens);
        let wait = settings.address.wait_for(missing).max(Duration::from_millis(1));
        let limited = Limited { scope: Scope::Address, class, wait, degraded, standing: None };
        self.refused(op, None, &key, &limited).await;
        Err(limited.into())
    }

    /// Takes from the shared buckets, or from those of this replica while the shared ones are away.
    async fn take<const N: usize>(
        &self,
        op: &Op,
        buckets: [(&str, Rate); N],
        cost: u64,
    ) -> Result<([Level; N], bool), LimitError> {
        let Inner { settings, shared, alone, trust, .. } = &*self.0;
        if shared.backend() == alone.backend() {
            return Ok((shared.take_tokens(buckets, cost).await?, false));
        }
        let lost = match trust.enter() {
            Some(turn) => {
                let asked = tokio::time::timeout(settings.patience, shared.take_tokens(buckets, cost)).await;
                let answer = asked.unwrap_or(Err(Lost::Late));
                if trust.leave(turn, answer.is_ok()) {
                    self.degraded(op);
                }
                match answer {
                    Ok(levels) => return Ok((levels, false)),
                    Err(lost) => lost,
                }
            }
            None => Lost::Away("known to be away".to_owned()),
        };
        metrics::counter!("nexusrag_rate_limit_degraded_total").increment(1);
        match settings.on_loss {
            OnLoss::Admit => Ok((alone.take_tokens(buckets, cost).await?, true)),
            OnLoss::Refuse => Err(lost.into()),
        }
    }

    /// Tells of a refusal: the first within a minute to the audit log, each to the counter.
    async fn refused(&self, op: &Op, principal: Option<&Principal>, key: &str, limited: &Limited) {
        let labels = [("route_class", limited.class.as_str()), ("scope", limited.scope.as_str())];
        metrics::counter!("nexusrag_rate_limit_refused_total", &labels).increment(1);
        if !self.is_news(key).await {
            return;
        }
        tracing::warn!(request_id = %op.request_id, scope = limited.scope.as_str(), "a rate limit refuses");
        #[cfg(feature = "postgres")]
        if let Some(audit) = &self.0.audit {
            let event = match principal {
                Some(principal) => Event::by(op, principal, EventType::SecurityRateLimited),
                None => Event::anonymous(op, EventType::SecurityRateLimited),
            };
            let event = event.limit(limited.class.as_str(), limited.scope.as_str());
            audit.note(event.failed(limited.code()));
        }
        #[cfg(not(feature = "postgres"))]
        let _ = principal;
    }

    /// Whether this was not told within the last minute by this replica. From now on it was.
    async fn is_news(&self, what: &str) -> bool {
        self.0.alone.put_if_absent(&format!("told:{what}"), Bytes::new(), QUIET).await == Ok(true)
    }

    /// Whether the audit log is to hear that a credential from this address was refused. Of a flood of them it hears the
    /// first within a minute, for each reason and each known key.
    pub async fn hears_of_failure(&self, op: &Op, whose: Option<&Principal>, code: Code) -> bool {
        let whose = whose.map(|principal| principal.credential.as_str()).unwrap_or_default();
        self.is_news(&format!("failure:{}:{whose}:{}", place_of(op), code.as_str())).await
    }

    /// Tells once that the shared buckets went away.
    fn degraded(&self, op: &Op) {
        tracing::warn!("rate limits are not shared with other replicas for now");
        #[cfg(feature = "postgres")]
        if let Some(audit) = &self.0.audit {
            let event = Event::system(op, None, EventType::SystemRateLimitDegraded);
            audit.note(event.reason(match self.0.settings.on_loss {
                OnLoss::Admit => "open",
                OnLoss::Refuse => "closed",
            }));
        }
        #[cfg(not(feature = "postgres"))]
        let _ = op;
    }
}

/// Where a request comes from, for counting. Those that come without an address, through a socket of this machine, are one.
fn place_of(op: &Op) -> String {
    op.ip.map_or_else(|| "none".to_owned(), |ip| network_of(ip).to_string())
}

/// Whom an address stands for: one customer of an IPv6 provider has a whole /64 to choose from.
fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::{clock::Clock, id::CredentialId, principal::Role};

    fn caller(tenant: &str, key: &str) -> Principal {
        let user = "u".parse().unwrap();
        let credential = CredentialId::new(key).unwrap();
        Principal { credential, ..Principal::vouched_for(tenant.parse().unwrap(), user, Role::Reader) }
    }

    fn op(ip: Option<&str>) -> Op {
        Op { ip: ip.map(|ip| ip.parse().unwrap()), ..Op::internal(Clock::system().now()) }
    }

    /// Buckets that never fill up again, so that only their size decides.
    fn limiter(key: u32, tenant: u32, address: u32) -> Limiter {
        let rates = ClassRates { key: Rate::new(0.0, key), tenant: Rate::new(0.0, tenant) };
        let address = Rate::new(0.0, address);
        let settings = LimitSettings { read: rates, run: rates, address, ..LimitSettings::default() };
        Limiter::new(&Shared::local(&SharedSettings::default()), settings)
    }

    #[tokio::test]
    async fn a_key_leaves_something_for_the_others_of_its_tenant() {
        let limiter = limiter(2, 3, 0);
        let op = op(None);
        let ask = async |key: &str| match limiter.admit(&op, &caller("t", key), RouteClass::Read).await {
            Ok(standing) => Ok(standing.unwrap().tenant.left),
            Err(LimitError::Limited(refusal)) => Err(refusal.scope),
            Err(other) => panic!("{other}"),
        };
        assert_eq!((ask("a").await, ask("a").await), (Ok(2), Ok(1)));
        assert_eq!(ask("a").await, Err(Scope::Key), "and took nothing from its tenant");
        assert_eq!((ask("b").await, ask("b").await), (Ok(0), Err(Scope::Tenant)));
        let other = limiter.admit(&op, &caller("t2", "a"), RouteClass::Read).await;
        assert_eq!(other.unwrap().unwrap().key.left, 1);
        // Another class has buckets of its own, in which one request costs more.
        assert!(limiter.admit(&op, &caller("t", "b"), RouteClass::Run).await.is_err());
    }

    #[tokio::test]
    async fn strangers_are_counted_by_network_and_looking_costs_nothing() {
        let limiter = limiter(0, 0, 2);
        let class = RouteClass::Read;
        let (one, two) = (op(Some("2001:db8::1")), op(Some("2001:db8::ffff:2")));
        for _ in 0..5 {
            limiter.look_at_stranger(&one, class).await.unwrap();
        }
        limiter.charge_stranger(&one, class).await.unwrap();
        limiter.charge_stranger(&two, class).await.unwrap();
        assert!(limiter.charge_stranger(&one, class).await.is_err());
        assert!(limiter.look_at_stranger(&two, class).await.is_err());
        limiter.look_at_stranger(&op(Some("2001:db8:0:1::1")), class).await.unwrap();
        limiter.charge_stranger(&op(Some("192.0.2.1")), class).await.unwrap();
        limiter.charge_stranger(&op(Some("::ffff:192.0.2.1")), class).await.unwrap();
        assert!(limiter.look_at_stranger(&op(Some("192.0.2.1")), class).await.is_err());
        // Those without an address are one stranger.
        for _ in 0..2 {
            limiter.charge_stranger(&op(None), class).await.unwrap();
        }
        assert!(limiter.charge_stranger(&op(None), class).await.is_err());
    }

    #[tokio::test]
    async fn switched_off_it_says_nothing() {
        let limiter = Limiter::off();
        for _ in 0..100 {
            assert!(limiter.admit(&op(None), &caller("t", "k"), RouteClass::Run).await.unwrap().is_none());
        }
    }
}
