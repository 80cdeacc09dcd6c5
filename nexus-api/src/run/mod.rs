//! `POST /v1/run`: a question in, a cited answer out, as server-sent events.

pub mod channel;
pub(crate) mod convert;
mod kept;
pub mod mirror;
pub mod producer;
mod refused;
pub mod replay;
pub(crate) mod sse;
mod trail;
pub(crate) mod whole;

use std::sync::Arc;

use axum::{
    body::Body as HttpBody,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use nexus_authz::{caller::Caller, permission::RunInvoke};
use nexus_core::{
    clock,
    cost::CostError,
    id::{SessionId, TenantId},
    op::Op,
};
use nexus_retrieval::run::{Admitted, Ask, Grounds, Refused};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{channel::Channel, replay::Key};
use crate::{
    app::Platform,
    cost,
    http::{Body, Context, Faults, Refusal, Validate, caller::As, page::checked_id},
    quota, sla,
};

/// The run that a stream belongs to; the same as `request_id` in its events.
pub const X_RUN_ID: HeaderName = HeaderName::from_static("x-run-id");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Tells proxies that buffer to let every event through.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(run))
}

/// Asks a question of a corpus and streams the answer.
///
/// Every event carries `seq` and the same number as its `id`. A client that lost its connection sends the same body again with
/// `Last-Event-ID`, and with `X-Run-Id` if it asked the same question more than once: what is still buffered is repeated from
/// there and the stream goes on; otherwise it is told `resume.unsupported`. A client that hangs up and does not come back at
/// once stops the run.
#[utoipa::path(post, path = "/run", tag = "run", operation_id = "run", request_body = wire::RunRequest,
    params(("Last-Event-ID" = Option<String>, Header, description = "The last event that arrived, to go on after it"),
           ("X-Run-Id" = Option<String>, Header, description = "The run to go on with; the newest of the same question otherwise")),
    extensions(("x-permission" = json!("run.invoke"))),
    responses((status = 200, description = "The events of the run; `data` of each is a RunEvent as JSON", body = wire::RunEvent, content_type = "text/event-stream"),
              (status = 402, description = "The budget is used up: a stream of `request.accepted`, `cost.capped`, `error` and `done`. Or the quota is: an error",
                  content((wire::RunEvent = "text/event-stream"), (wire::ErrorEnvelope = "application/json"))),
              (status = 503, description = "Shed to protect the service level: a stream of `request.accepted`, `sla.shed`, `error` and `done`. Or not available for now: an error",
                  content((wire::RunEvent = "text/event-stream"), (wire::ErrorEnvelope = "application/json")))))]
async fn run(
    State(platform): State<Platform>,
    As(op, caller): As<RunInvoke>,
    context: Context,
    headers: HeaderMap,
    Body(body): Body<wire::RunRequest>,
) -> Result<Response, Refusal> {
    let session = checked_id("session_id", &body.session_id)?;
    let corpus = checked_id("corpus_id", &body.corpus_id)?;
    let ask = Ask { top_k: body.top_k, audio: body.audio, ..Ask::new(session, corpus, body.message) };
    let key = Key::of(&caller, &ask);
    if let Some(last) = headers.get(LAST_EVENT_ID).filter(|id| !id.is_empty()) {
        let from = Resume { key, last: last.clone(), run: headers.get(X_RUN_ID).cloned() };
        // Resuming is rare and its state large: it must not weigh on every run.
        return Box::pin(resume(&platform, &op, &caller, &ask, &from)).await;
    }
    start(&platform, &context, op, caller, ask, key).await
}

async fn start(
    platform: &Platform,
    context: &Context,
    op: Op,
    caller: Caller<RunInvoke>,
    ask: Ask,
    key: Key,
) -> Result<Response, Refusal> {
    let identity = sse::Identity { run: op.request_id.clone(), session: ask.session.clone() };
    let (now, mirror) = (op.now, platform.replays.mirror().map(|mirror| (mirror.clone(), caller.tenant.clone())));
    let admitted = match admit(platform, context, op, caller, ask).await {
        Err(Refused::Shed(shed)) => return Ok(refused::shed(&identity, now, &shed)),
        Err(Refused::Cost(CostError::OverBudget(standing))) => return Ok(refused::capped(&identity, now, standing)),
        admitted => admitted?,
    };
    let channel = Arc::new(Channel::new(identity.run.clone()));
    let reader = channel.read_from(0);
    platform.replays.begin(&key, &channel);
    if let Some((mirror, tenant)) = mirror {
        platform.tasks.spawn(mirror.write(Op::internal(now), tenant, key, Arc::clone(&channel)));
    }
    platform.tasks.spawn(producer::produce(admitted, identity, Arc::clone(&channel), platform.clone(), Some(key)));
    Ok(stream(channel.run().as_str(), HttpBody::from_stream(reader)))
}

/// Walks the gates of a run; the client is told how its quota, its budget and its service level stand, whatever comes of it.
pub(crate) async fn admit(
    platform: &Platform,
    context: &Context,
    op: Op,
    caller: Caller<RunInvoke>,
    ask: Ask,
) -> Result<Admitted, Refused> {
    let admitted = platform.runs.admit(op, caller, ask).await;
    match &admitted {
        Ok(admitted) => {
            quota::tell(context, admitted.quota().as_ref());
            cost::headers::tell(context, admitted.cost());
            sla::tell(context, admitted.sla());
        }
        Err(Refused::Shed(shed)) => sla::tell(context, &shed.standing),
        Err(Refused::Cost(CostError::OverBudget(standing))) => cost::headers::tell(context, Some(standing)),
        Err(refused) => quota::tell(context, refused.quota().as_ref()),
    }
    admitted
}

/// What a client wants to go on with.
struct Resume {
    key: Key,
    last: HeaderValue,
    run: Option<HeaderValue>,
}

async fn resume(
    platform: &Platform,
    op: &Op,
    caller: &Caller<RunInvoke>,
    ask: &Ask,
    from: &Resume,
) -> Result<Response, Refusal> {
    let seen = from.last.to_str().ok().and_then(|text| text.trim().parse().ok());
    let run = from.run.as_ref().and_then(|id| id.to_str().ok());
    let found = match seen {
        Some(seen) => Box::pin(find(platform, &caller.tenant, &from.key, seen, run)).await,
        None => None,
    };
    let identity = sse::Identity { run: op.request_id.clone(), session: ask.session.clone() };
    let outcome = match found {
        // What was answered before is shown again only to a caller who may still read what it rests on.
        Some((grounds, _)) if !may_read(platform, op, caller, grounds.as_ref()).await? => "revoked",
        Some((_, response)) => {
            metrics::counter!("nexusrag_sse_resumes_total", "outcome" => "resumed").increment(1);
            return Ok(response);
        }
        None => "unsupported",
    };
    metrics::counter!("nexusrag_sse_resumes_total", "outcome" => outcome).increment(1);
    let channel = Arc::new(Channel::new(identity.run.clone()));
    if outcome == "revoked" {
        sse::revoked(&identity, &channel);
    } else {
        sse::resume_unsupported(&identity, &channel);
    }
    let reader = channel.read_from(0);
    Ok(stream(channel.run().as_str(), HttpBody::from_stream(reader)))
}

async fn may_read(
    platform: &Platform,
    op: &Op,
    caller: &Caller<RunInvoke>,
    grounds: Option<&Grounds>,
) -> Result<bool, Refusal> {
    let Some(grounds) = grounds else { return Ok(true) };
    Ok(grounds.readable(op, &platform.runs, caller).await?)
}

/// The rest of a run of this replica, or of another one, and what it rests on.
async fn find(
    platform: &Platform,
    tenant: &TenantId,
    key: &Key,
    seen: u64,
    run: Option<&str>,
) -> Option<(Option<Grounds>, Response)> {
    if let Some(channel) = platform.replays.find(key, run) {
        let seen = usize::try_from(seen).ok().filter(|seen| *seen <= channel.frames())?;
        let rest = HttpBody::from_stream(channel.read_from(seen));
        return Some((channel.grounds().cloned(), stream(channel.run().as_str(), rest)));
    }
    let mirror = platform.replays.mirror()?.clone();
    let (run, grounds, frames) = mirror.find(tenant, key, run, seen).await?;
    Some((grounds, stream(&run, HttpBody::from_stream(frames))))
}

/// A session of its own, for whoever names none.
pub(crate) fn fresh_session(word: &str) -> SessionId {
    let fresh = format!("{word}-{}", clock::fresh_uuid());
    SessionId::new(fresh).unwrap_or_else(|_| unreachable!("a UUID behind a word is a session id"))
}

/// The answer that carries a stream.
pub(crate) fn stream(run: &str, body: HttpBody) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    if let Ok(run) = HeaderValue::from_str(run) {
        headers.insert(X_RUN_ID, run);
    }
    response
}

impl Validate for wire::RunRequest {
    fn validate(&self, faults: &mut Faults) {
        faults.check(!self.message.trim().is_empty(), "message", "must not be empty");
        if let Some(top_k) = &self.top_k {
            faults.range("top_k", top_k, &(1..=nexus_retrieval::corpus::decide::MAX_TOP_K));
        }
    }
}
