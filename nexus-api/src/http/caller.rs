//! The caller of a handler: authenticated, and allowed by role to do what the handler does.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderValue, Method, request::Parts};
use nexus_authz::{
    caller::Caller,
    credential::{AuthError, Credentials, Identified, Recall},
    permission::{Permission, RouteClass},
};
use nexus_core::{
    audit::{Event, EventType},
    id::TenantId,
    op::Op,
    principal::Principal,
    problem::Problem as _,
    sla::Class,
};

use super::{Context, OpCtx, Refusal, RouteClassTag, limits};
use crate::{
    app::Platform,
    auth, quota, rollout,
    sla::{Measured, class_of},
};

/// `As(op, caller)`: the operation, and the proof that its caller has the permission `P`.
#[derive(Debug)]
pub struct As<P: Permission>(pub Op, pub Caller<P>);

impl<P: Permission> FromRequestParts<Platform> for As<P> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let context = Context::from_request_parts(parts, platform).await?;
        let class = P::ENTRY.class;
        context.classify(RouteClassTag(class.as_str()));
        let OpCtx(op) = OpCtx::from_request_parts(parts, platform).await?;
        let principal = authenticate(&op, parts, platform, (&context, class)).await?;
        // Also those are told whom a gate before the quota turns away.
        quota::tell(&context, platform.quotas.peek(&op, &principal.tenant).as_ref());
        limits::admit(&context, platform, &op, &principal, class).await?;
        let route = context.route().unwrap_or_default();
        platform
            .audit
            .note(Event::by(&op, &principal, EventType::AuthAccessSuccess).route(parts.method.as_str(), route));
        let caller = authorize(&op, &principal, platform)?;
        platform.access.gate(&op, &principal, P::ENTRY).await?;
        if let Some(feature) = P::ENTRY.feature {
            platform.plans.require(&principal.tenant, op.now, feature).await?;
        }
        // Before anything is charged: what is refused here costs nothing. Looking goes on.
        if let Some(kill) = P::ENTRY.switch.filter(|_| parts.method != Method::GET) {
            rollout::pass(platform, &op, kill).await?;
        }
        if let Some(class) = class_of(P::ENTRY) {
            context.measure(Measured::new(&platform.sla, &principal.tenant, class));
            if class == Class::Ingest {
                platform.sla.admit(&principal.tenant, class)?;
            }
        }
        quota::charge::<P>(&context, platform, &op, &principal.tenant).await?;
        Ok(Self(op, caller))
    }
}

/// The tenant that a path names: the caller's own, or any for an operator. Whether another one exists is nobody else's
/// business, so nobody looks.
pub fn named_tenant<P: Permission>(
    platform: &Platform,
    caller: &Caller<P>,
    named: TenantId,
) -> Result<TenantId, Refusal> {
    if named == caller.tenant || caller.is_operator(platform.roles) {
        return Ok(named);
    }
    Err(Refusal::not_found())
}

async fn authenticate(
    op: &Op,
    parts: &Parts,
    platform: &Platform,
    (context, class): (&Context, RouteClass),
) -> Result<Arc<Principal>, Refusal> {
    let header = parts.headers.get(&platform.auth.header);
    if platform.auth.dev_bypass && (header.is_none() || !platform.auth.enabled) {
        return auth::bypass(op, &parts.headers, &platform.db).await;
    }
    let (known, outcome) = match bearer(header, platform.auth.enabled) {
        Ok(token) => identify(op, token, platform, (context, class)).await?,
        Err(error) => (None, Err(error)),
    };
    let error = match outcome {
        Ok(principal) => return Ok(principal),
        Err(error) => error,
    };
    if !matches!(error, AuthError::Unavailable(_)) {
        // An address that had too many of these is told so, and its failures fill no log any more.
        limits::charge_stranger(context, platform, op, class).await?;
    }
    let event = match (&error, &known) {
        (AuthError::Expired, Some(whose)) => Event::by(op, whose, EventType::AuthApiKeyExpired),
        (_, Some(whose)) => Event::by(op, whose, EventType::AuthAccessFailure),
        (_, None) => Event::anonymous(op, EventType::AuthAccessFailure),
    };
    platform.audit.note(event.failed(error.code()));
    Err(error.into())
}

/// A key that is not remembered is looked up only for an address that has not failed too often.
async fn identify(
    op: &Op,
    token: &str,
    platform: &Platform,
    (context, class): (&Context, RouteClass),
) -> Result<Identified, Refusal> {
    let credentials = &platform.credentials;
    let known = match credentials.recall(token).await {
        Ok(Recall::Known(known)) => Ok(known),
        Ok(Recall::Unseen(unseen)) => {
            limits::look_at_stranger(context, platform, op, class).await?;
            credentials.ask(unseen).await
        }
        Err(error) => Err(error),
    };
    Ok(match known {
        Ok(known) => credentials.judge(op, &known),
        Err(error) => (None, Err(error)),
    })
}

fn bearer(header: Option<&HeaderValue>, enabled: bool) -> Result<&str, AuthError> {
    let header = header.filter(|_| enabled).ok_or(AuthError::Missing)?;
    header.to_str().map_err(|_| AuthError::Malformed).and_then(Credentials::bearer)
}

fn authorize<P: Permission>(op: &Op, principal: &Arc<Principal>, platform: &Platform) -> Result<Caller<P>, Refusal> {
    Caller::check(Arc::clone(principal), platform.roles).map_err(|insufficient| {
        let event = Event::by(op, principal, EventType::RbacForbidden).required_role(P::ENTRY.least);
        platform.audit.note(event.failed(insufficient.code()));
        insufficient.into()
    })
}
