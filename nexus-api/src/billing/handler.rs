//! The job that delivers one event.

use futures::future::BoxFuture;
use nexus_core::{
    audit::{self, AuditLog, Event, EventType},
    billing,
    clock::Clock,
    job::{Handler, JobError, Lease},
    op::Op,
    pg::TenantTx,
};

use super::Webhook;

/// Delivers events. A receiver can get one twice, under the same id: it cannot be known whether an answer that was lost
/// was a yes.
#[derive(Debug)]
pub struct BillingHandler {
    webhook: Webhook,
    audit: AuditLog,
    clock: Clock,
}

impl BillingHandler {
    /// Delivers through this webhook.
    #[must_use]
    pub fn new(webhook: Webhook, audit: AuditLog, clock: Clock) -> Self {
        Self { webhook, audit, clock }
    }

    async fn deliver(&self, lease: &Lease) -> Result<(), JobError> {
        let event = lease.payload.get("event_type").and_then(serde_json::Value::as_str).unwrap_or_default();
        let outcome = self.webhook.deliver(&lease.id.to_string(), event, &lease.payload).await;
        let Err(error) = outcome else { return Ok(()) };
        if lease.attempt == 1 {
            self.audit.note(self.failure(lease, "first_attempt"));
        }
        Err(JobError::Retry(error.to_string()))
    }

    fn failure(&self, lease: &Lease, reason: &'static str) -> Event {
        Event::system(&Op::internal(self.clock.now()), Some(&lease.tenant), EventType::BillingWebhookFailure)
            .resource("billing_event", &lease.id.to_string())
            .reason(reason)
    }
}

impl Handler for BillingHandler {
    fn kind(&self) -> &'static str {
        billing::KIND
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(self.deliver(lease))
    }

    fn gave_up<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        lease: &'a Lease,
        _error: &'a str,
    ) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move { Ok(audit::record(tx, &self.failure(lease, "given_up")).await?) })
    }
}
