//! The caller of a handler: authenticated, and allowed by role to do what the handler does.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use nexus_authz::{
    caller::Caller,
    credential::{AuthError, Credentials},
    permission::Permission,
};
use nexus_core::{
    audit::{Event, EventType},
    op::Op,
    principal::Principal,
    problem::Problem as _,
};

use super::{Context, OpCtx, Refusal, RouteClassTag};
use crate::{app::Platform, auth};

/// `As(op, caller)`: the operation, and the proof that its caller has the permission `P`.
#[derive(Debug)]
pub struct As<P: Permission>(pub Op, pub Caller<P>);

impl<P: Permission> FromRequestParts<Platform> for As<P> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let context = Context::from_request_parts(parts, platform).await?;
        context.classify(RouteClassTag(P::ENTRY.class.as_str()));
        let OpCtx(op) = OpCtx::from_request_parts(parts, platform).await?;
        let principal = authenticate(&op, parts, platform).await?;
        let route = context.route().unwrap_or_default();
        platform
            .audit
            .note(Event::by(&op, &principal, EventType::AuthAccessSuccess).route(parts.method.as_str(), route));
        let caller = authorize(&op, &principal, platform)?;
        platform.access.gate(&op, &principal, P::ENTRY).await?;
        Ok(Self(op, caller))
    }
}

async fn authenticate(op: &Op, parts: &Parts, platform: &Platform) -> Result<Arc<Principal>, Refusal> {
    let header = parts.headers.get(&platform.auth.header);
    if platform.auth.dev_bypass && (header.is_none() || !platform.auth.enabled) {
        return auth::bypass(op, &parts.headers, &platform.db).await;
    }
    if !platform.auth.enabled {
        return Err(AuthError::Missing.into());
    }
    let token = match header {
        None => Err(AuthError::Missing),
        Some(value) => value.to_str().map_err(|_| AuthError::Malformed).and_then(Credentials::bearer),
    };
    let (known, outcome) = match token {
        Ok(token) => platform.credentials.identify(op, token).await,
        Err(error) => (None, Err(error)),
    };
    outcome.map_err(|error| {
        let event = match (&error, &known) {
            (AuthError::Expired, Some(whose)) => Event::by(op, whose, EventType::AuthApiKeyExpired),
            (_, Some(whose)) => Event::by(op, whose, EventType::AuthAccessFailure),
            (_, None) => Event::anonymous(op, EventType::AuthAccessFailure),
        };
        platform.audit.note(event.failed(error.code()));
        error.into()
    })
}

fn authorize<P: Permission>(op: &Op, principal: &Arc<Principal>, platform: &Platform) -> Result<Caller<P>, Refusal> {
    Caller::check(Arc::clone(principal), platform.roles).map_err(|insufficient| {
        let event = Event::by(op, principal, EventType::RbacForbidden).required_role(P::ENTRY.least);
        platform.audit.note(event.failed(insufficient.code()));
        insufficient.into()
    })
}
