//! Whether billing events arrive.

use axum::extract::State;
use http::StatusCode;
use nexus_authz::permission::BillingTest;
use nexus_core::{
    audit::{Event, EventType},
    billing::{self, BillingEvent},
    pg::Db,
    problem::{Code, Kind},
    resilience::CallError,
};
use nexus_sdk::wire;
use serde_json::Map;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    billing::{DeliveryError, status},
    http::{Done, Once, Refusal, Reply, caller::As},
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(test))
}

/// Sends one event to the receiver of billing events, and says what became of it. It is sent once, and now.
#[utoipa::path(post, path = "/self-serve/billing/webhook-test", tag = "self-serve", operation_id = "test_billing_webhook", extensions(("x-permission" = json!("billing.test"))),
    responses((status = 200, description = "What became of it", body = wire::Envelope<wire::WebhookTest>)))]
async fn test(
    State(platform): State<Platform>,
    As(op, caller): As<BillingTest>,
    once: Once,
) -> Result<Done<Reply<wire::WebhookTest>>, Refusal> {
    let Some(webhook) = &platform.webhook else {
        let message = "No receiver of billing events is configured";
        return Err(Refusal::new(Kind::Malformed, Code::BillingWebhookNotConfigured, message));
    };
    // A test that was given a name holds its name until the receiver has answered, which takes one timeout at most.
    let change = async |_db: Db| {
        let delivery_id = nexus_core::id::fresh().to_string();
        let body = billing::body(&op, &caller.tenant, BillingEvent::Test, Map::new());
        let outcome = webhook.deliver(&delivery_id, BillingEvent::Test.as_str(), &body).await;
        let event = Event::by(&op, &caller, EventType::SelfserveBillingWebhookTested);
        platform.audit.note(event.resource("billing_event", &delivery_id));
        let status_code = status(&outcome).map(|status| status.as_u16());
        let (sent, message) = (outcome.is_ok(), sentence(&outcome));
        Ok(Reply::ok(wire::WebhookTest { sent, status_code, delivery_id, message: message.to_owned() }))
    };
    Box::pin(once.perform(&platform, &op, &caller, change)).await
}

/// What became of a delivery, without saying anything about the network that the receiver is in.
fn sentence(outcome: &Result<StatusCode, CallError<DeliveryError>>) -> &'static str {
    match outcome {
        Ok(_) => "The receiver took the event",
        Err(CallError::Failed(DeliveryError::Status(_))) => "The receiver refused the event",
        Err(CallError::Open { .. }) => "The receiver failed too often and is left alone for a while",
        Err(CallError::Failed(DeliveryError::Keys(_))) => "The event cannot be signed for now",
        Err(CallError::Busy) => "Too many events are being delivered",
        Err(CallError::Late | CallError::Failed(DeliveryError::Unreachable(_))) => "The receiver did not answer",
    }
}
