//! A run that is refused in the form of a stream: contract of old, so that clients that only read streams learn why.

use axum::{body::Body as HttpBody, response::Response};
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode, header};
use nexus_core::{
    cost::{CostError, Standing},
    problem::Problem,
    sla::Shed,
};
use nexus_sdk::wire::{RequestAccepted, RunEventData, StreamError};

use super::{channel::Channel, convert, sse, sse::Identity, stream};

/// The stream of a run that is refused to protect the service level.
pub(super) fn shed(identity: &Identity, now: DateTime<Utc>, shed: &Shed) -> Response {
    refused(identity, now, StatusCode::SERVICE_UNAVAILABLE, convert::shed(shed), shed)
}

/// The stream of a run that is refused because the budget is used up.
pub(super) fn capped(identity: &Identity, now: DateTime<Utc>, standing: Box<Standing>) -> Response {
    let notice = convert::capped(&standing);
    refused(identity, now, StatusCode::PAYMENT_REQUIRED, notice, &CostError::OverBudget(standing))
}

/// The whole stream: it was accepted as a request, a notice, the problem as an error, and the end.
fn refused(
    identity: &Identity,
    now: DateTime<Utc>,
    status: StatusCode,
    notice: RunEventData,
    problem: &impl Problem,
) -> Response {
    let channel = std::sync::Arc::new(Channel::new(identity.run.clone()));
    sse::send(identity, &channel, RunEventData::RequestAccepted(RequestAccepted { accepted_at: now }));
    sse::send(identity, &channel, notice);
    let error = StreamError { code: problem.code().as_str().to_owned(), message: problem.message().into_owned() };
    sse::send(identity, &channel, RunEventData::Error(error));
    sse::done(identity, &channel);
    let mut response = stream(identity.run.as_str(), HttpBody::from_stream(channel.read_from(0)));
    *response.status_mut() = status;
    if let Some(after) = problem.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
    }
    response
}
