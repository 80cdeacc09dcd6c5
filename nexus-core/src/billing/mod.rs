//! Events that a billing system is told of: each a durable job, enqueued in the transaction of what it tells.
//!
//! Nobody waits for the receiver. A worker delivers the job, tries again while that may help, and gives up in the end,
//! which is recorded; the id of a delivery stays the same, so that a receiver can tell one that came twice. When the database
//! is away there is nothing to tell, because nothing happened. Without a receiver nothing is enqueued.

use serde_json::{Map, Value};

use crate::{
    id::TenantId,
    job::{self, JobId, NewJob},
    op::Op,
    pg::{DbError, TenantTx},
};

/// The queue of deliveries.
pub const QUEUE: &str = "billing";
/// The kind of job that delivers one event.
pub const KIND: &str = "billing.webhook";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BillingEvent {
    /// A tenant has used so much of a limit that it should know.
    SoftCapReached,
    /// A request was refused for want of units.
    HardCapBlocked,
    /// A tenant asks for another plan.
    UpgradeRequested,
    /// Somebody tries whether events arrive.
    Test,
}

impl BillingEvent {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SoftCapReached => "quota.soft_cap_reached",
            Self::HardCapBlocked => "quota.hard_cap_blocked",
            Self::UpgradeRequested => "billing.upgrade_requested",
            Self::Test => "billing.webhook.test",
        }
    }
}

/// Announces events. Cheap to clone.
#[derive(Debug, Clone, Copy)]
pub struct Billing {
    enabled: bool,
    attempts: u32,
}

impl Billing {
    /// Events are delivered, and tried so often.
    #[must_use]
    pub fn delivering(attempts: u32) -> Self {
        Self { enabled: true, attempts }
    }

    /// Nobody receives events.
    #[must_use]
    pub fn off() -> Self {
        Self { enabled: false, attempts: 1 }
    }

    /// Whether somebody receives events.
    #[must_use]
    pub fn is_on(self) -> bool {
        self.enabled
    }

    /// Enqueues an event of the tenant of the transaction: it is delivered if the transaction commits. The facts are ids and
    /// counts, and never a secret.
    pub async fn announce(
        self,
        op: &Op,
        tx: &mut TenantTx,
        event: BillingEvent,
        facts: Map<String, Value>,
    ) -> Result<Option<JobId>, DbError> {
        if !self.enabled {
            return Ok(None);
        }
        let tenant = tx.tenant().clone();
        let body = body(op, &tenant, event, facts);
        job::enqueue(tx, &NewJob::new(&tenant, QUEUE, KIND, body, self.attempts)).await.map(Some)
    }
}

/// What the receiver of an event reads.
#[must_use]
pub fn body(op: &Op, tenant: &TenantId, event: BillingEvent, mut facts: Map<String, Value>) -> Value {
    facts.insert("event_type".to_owned(), event.as_str().into());
    facts.insert("tenant_id".to_owned(), tenant.as_str().into());
    facts.insert("timestamp".to_owned(), op.now.to_rfc3339().into());
    Value::Object(facts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn the_facts_cannot_pretend_to_be_of_another_tenant() {
        let op = Op::internal(Clock::system().now());
        let mut facts = Map::new();
        facts.insert("tenant_id".to_owned(), "other".into());
        facts.insert("used".to_owned(), 7.into());
        let body = body(&op, &"t1".parse().unwrap(), BillingEvent::Test, facts);
        assert_eq!(body["tenant_id"], "t1");
        assert_eq!((&body["used"], &body["event_type"]), (&7.into(), &"billing.webhook.test".into()));
    }
}
