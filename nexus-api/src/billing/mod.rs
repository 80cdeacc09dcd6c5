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
    keyring::{Keyring, KeyringError, Material, Purpose},
    pg::Db,
    resilience::{CallError, Integration, Integrations, Line, Setback, Verdict},
};
use reqwest::{Client, redirect};
use secrecy::SecretString;
use serde_json::Value;

pub use self::{
    handler::BillingHandler,
    settings::{BillingSettings, Receiver},
};

const X_SIGNATURE: &str = "x-billing-signature";
const X_EVENT: &str = "x-billing-event";
/// Names the key of the platform behind [`X_SIGNATURE`].
const X_KEY_ID: &str = "x-billing-key-id";
/// The headers of Standard Webhooks.
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// The receiver of billing events, ready to be called. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Webhook {
    client: Client,
    receiver: Receiver,
    keys: (Db, Keyring),
    line: Line,
    clock: Clock,
}

/// What an event is signed with.
#[derive(Debug)]
struct Signer {
    /// The id of a key of the platform; none for the secret of the settings.
    id: Option<String>,
    secret: SecretString,
}

/// Why an event did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The receiver answered with this status.
    #[error("the receiver answered {0}")]
    Status(StatusCode),
    /// What it is signed with cannot be used; it is not sent without.
    #[error(transparent)]
    Keys(#[from] KeyringError),
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
            Self::Keys(_) => Verdict::Refused,
            Self::Status(_) | Self::Unreachable(_) => Verdict::Failed { retry_after: None },
        }
    }
}

impl Webhook {
    /// The receiver of the settings, if there is one.
    pub fn open(
        settings: &BillingSettings,
        (db, keyring): (&Db, &Keyring),
        integrations: &Integrations,
        clock: &Clock,
    ) -> Result<Option<Self>, reqwest::Error> {
        let Some(receiver) = settings.receiver.clone() else { return Ok(None) };
        // Who is told of tenants' use is chosen by the operator, and by nobody whom the receiver sends us to.
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build()?;
        let line = integrations.line(Integration::BillingWebhook, "").limited(settings.timeout, 1);
        let keys = (db.clone(), keyring.clone());
        Ok(Some(Self { client, receiver, keys, line, clock: clock.clone() }))
    }

    /// Delivers an event once. The id stays the same when it is delivered again.
    pub async fn deliver(&self, id: &str, event: &str, body: &Value) -> Result<StatusCode, CallError<DeliveryError>> {
        let bytes = body.to_string();
        let now = self.clock.now();
        let signers = self.signers().await.map_err(|error| CallError::Failed(error.into()))?;
        self.line.call(|| self.send(id, event, &bytes, (now, &signers))).await
    }

    /// The keys of the platform that count, the active one first, and at the end the secret of the settings, which a receiver
    /// may know that was told of no other yet.
    async fn signers(&self) -> Result<Vec<Signer>, KeyringError> {
        let (db, keyring) = &self.keys;
        let mut tx = db.platform().await?;
        let usable = keyring.usable(&mut tx, Purpose::WebhookSigning).await?;
        let named =
            |material: Material| Signer { id: Some(material.id().to_string()), secret: material.secret.shared() };
        let own = Signer { id: None, secret: self.receiver.secret.clone() };
        Ok(usable.into_iter().map(named).chain([own]).collect())
    }

    async fn send(
        &self,
        id: &str,
        event: &str,
        body: &str,
        (now, signers): (DateTime<Utc>, &[Signer]),
    ) -> Result<StatusCode, DeliveryError> {
        let timestamp = now.timestamp();
        let plain = signers.first().map(|signer| sign::plain(&signer.secret, body)).unwrap_or_default();
        let key_id = signers.first().and_then(|signer| signer.id.as_deref());
        let standard = signers.iter().map(|signer| sign::standard(&signer.secret, id, timestamp, body));
        let request = self
            .client
            .post(self.receiver.url.clone())
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(X_EVENT, event)
            .header(X_SIGNATURE, plain)
            .header(ID, id)
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, standard.collect::<Vec<_>>().join(" "))
            .body(body.to_owned());
        let request = match key_id {
            Some(key_id) => request.header(X_KEY_ID, key_id),
            None => request,
        };
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
