//! Delivering billing events to the receiver that the operator chose.
//!
//! Events are jobs (see [`nexus_core::billing`]); here they become signed requests, on the line of their integration: bounded
//! in time, and not made while the receiver is known to be down. A delivery that fails is tried again by its job; the first
//! failure and the last are recorded.

mod handler;
mod settings;
mod sign;

use chrono::{DateTime, Utc};
use http::StatusCode;
use nexus_core::{
    clock::Clock,
    resilience::{CallError, Integration, Integrations, Line, Setback, Verdict},
};
use reqwest::{Client, redirect};
use serde_json::Value;

pub use self::{
    handler::BillingHandler,
    settings::{BillingSettings, Receiver},
};

const X_SIGNATURE: &str = "x-billing-signature";
const X_EVENT: &str = "x-billing-event";
/// The headers of Standard Webhooks.
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// The receiver of billing events, ready to be called. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Webhook {
    client: Client,
    receiver: Receiver,
    line: Line,
    clock: Clock,
}

/// Why an event did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The receiver answered with this status.
    #[error("the receiver answered {0}")]
    Status(StatusCode),
    /// There was no answer.
    #[error("the receiver cannot be reached")]
    Unreachable(#[source] reqwest::Error),
}

impl Setback for DeliveryError {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Status(status) if *status == StatusCode::TOO_MANY_REQUESTS => {
                Verdict::Throttled { retry_after: None }
            }
            Self::Status(status) if status.is_client_error() => Verdict::Refused,
            Self::Status(_) | Self::Unreachable(_) => Verdict::Failed { retry_after: None },
        }
    }
}

impl Webhook {
    /// The receiver of the settings, if there is one.
    pub fn open(
        settings: &BillingSettings,
        integrations: &Integrations,
        clock: &Clock,
    ) -> Result<Option<Self>, reqwest::Error> {
        let Some(receiver) = settings.receiver.clone() else { return Ok(None) };
        // Who is told of tenants' use is chosen by the operator, and by nobody whom the receiver sends us to.
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build()?;
        let line = integrations.line(Integration::BillingWebhook, "").limited(settings.timeout, 1);
        Ok(Some(Self { client, receiver, line, clock: clock.clone() }))
    }

    /// Delivers an event once. The id stays the same when it is delivered again.
    pub async fn deliver(&self, id: &str, event: &str, body: &Value) -> Result<StatusCode, CallError<DeliveryError>> {
        let bytes = body.to_string();
        let now = self.clock.now();
        self.line.call(|| self.send(id, event, &bytes, now)).await
    }

    async fn send(&self, id: &str, event: &str, body: &str, now: DateTime<Utc>) -> Result<StatusCode, DeliveryError> {
        let (secret, timestamp) = (&self.receiver.secret, now.timestamp());
        let request = self
            .client
            .post(self.receiver.url.clone())
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(X_EVENT, event)
            .header(X_SIGNATURE, sign::plain(secret, body))
            .header(ID, id)
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, sign::standard(secret, id, timestamp, body))
            .body(body.to_owned());
        let answer = request.send().await.map_err(|error| DeliveryError::Unreachable(error.without_url()))?;
        // What it says beyond its status is not read.
        if answer.status().is_success() { Ok(answer.status()) } else { Err(DeliveryError::Status(answer.status())) }
    }
}

/// The status that a receiver answered with, if it answered.
#[must_use]
pub fn status(outcome: &Result<StatusCode, CallError<DeliveryError>>) -> Option<StatusCode> {
    match outcome {
        Ok(status) | Err(CallError::Failed(DeliveryError::Status(status))) => Some(*status),
        Err(_) => None,
    }
}
