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
    slots::{Full, Slot},
};

use super::{Context, OpCtx, Refusal, RouteClassTag, Stranger, limits};
use crate::{
    app::Platform,
    auth, cost, quota, rollout,
    sla::{self, Measured, bound_by, class_of},
};

/// `As(op, caller)`: the operation, and the proof that its caller has the permission `P`.
#[derive(Debug)]
pub struct As<P: Permission>(pub Op, pub Caller<P>);

/// `Intake(op, caller, place)`: as [`As`], for what takes documents in. The place is held while the body is read and the
/// document is stored, so that documents take no more memory than there are places.
#[derive(Debug)]
pub struct Intake<P: Permission>(pub Op, pub Caller<P>, pub Slot);

impl<P: Permission> FromRequestParts<Platform> for As<P> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let (op, caller, ()) = come_in(parts, platform, |_| Ok(())).await?;
        Ok(Self(op, caller))
    }
}

/// As [`As`] for who shows a credential, which has to be a good one, and as [`Stranger`] for who shows none.
#[derive(Debug)]
pub enum Anybody<P: Permission> {
    /// A caller with the permission.
    Known(As<P>),
    /// Somebody nobody knows.
    Stranger(Stranger),
}

impl<P: Permission> FromRequestParts<Platform> for Anybody<P> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let bypass = platform.auth.dev_bypass && parts.headers.contains_key("x-tenant-id");
        if bypass || parts.headers.contains_key(&platform.auth.header) {
            return Ok(Self::Known(As::from_request_parts(parts, platform).await?));
        }
        Ok(Self::Stranger(Stranger::from_request_parts(parts, platform).await?))
    }
}

impl<P: Permission> FromRequestParts<Platform> for Intake<P> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let place = |tenant: &TenantId| {
            platform.intake.take(tenant).inspect_err(|full| {
                if *full == Full::Tenant {
                    platform.sla.turned_away(tenant, Class::Ingest);
                }
            })
        };
        let (op, caller, place) = come_in(parts, platform, place).await?;
        Ok(Self(op, caller, place))
    }
}

/// Somebody with a credential, of whatever role: for messages that ask for nothing that has a permission.
#[derive(Debug)]
pub struct Known(Op, Arc<Principal>);

impl FromRequestParts<Platform> for Known {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let context = Context::from_request_parts(parts, platform).await?;
        let OpCtx(op) = OpCtx::from_request_parts(parts, platform).await?;
        let principal = authenticate(&op, parts, platform, (&context, RouteClass::Read)).await?;
        Ok(Self(op, principal))
    }
}

impl Known {
    /// Takes from the limits of reading, where no other gate counts the message.
    pub async fn count(&self, parts: &Parts, platform: &Platform) -> Result<(), Refusal> {
        let Self(op, principal) = self;
        let Some(context) = parts.extensions.get::<Context>() else { return Ok(()) };
        context.classify(RouteClassTag(RouteClass::Read.as_str()));
        limits::admit(context, platform, op, principal, RouteClass::Read).await?;
        let route = context.route().unwrap_or_default();
        let event = Event::by(op, principal, EventType::AuthAccessSuccess);
        platform.audit.note(event.route(parts.method.as_str(), route));
        Ok(())
    }
}

/// The gates of a handler, in their order. `place` stands before all that charges: what it refuses costs nothing.
async fn come_in<P: Permission, T>(
    parts: &mut Parts,
    platform: &Platform,
    place: impl FnOnce(&TenantId) -> Result<T, Full>,
) -> Result<(Op, Caller<P>, T), Refusal> {
    let context = Context::from_request_parts(parts, platform).await?;
    let class = P::ENTRY.class;
    context.classify(RouteClassTag(class.as_str()));
    let OpCtx(op) = OpCtx::from_request_parts(parts, platform).await?;
    let principal = authenticate(&op, parts, platform, (&context, class)).await?;
    // Also those are told whom a gate before the quota turns away.
    quota::tell(&context, platform.quotas.peek(&op, &principal.tenant).as_ref());
    let bound = bound_by(P::ENTRY);
    if let Some(bound) = bound {
        sla::tell(&context, &platform.sla.peek(&principal.tenant, bound));
    }
    limits::admit(&context, platform, &op, &principal, class).await?;
    let route = context.route().unwrap_or_default();
    platform.audit.note(Event::by(&op, &principal, EventType::AuthAccessSuccess).route(parts.method.as_str(), route));
    let caller = authorize(&op, &principal, platform)?;
    if bound.is_some() {
        cost::headers::tell_standing(&context, platform, &op, &principal.tenant).await;
    }
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
    }
    let place = place(&principal.tenant)?;
    if bound == Some(Class::Ingest) {
        sla::tell(&context, &*platform.sla.admit(&principal.tenant, Class::Ingest)?);
    }
    quota::charge::<P>(&context, platform, &op, &principal).await?;
    Ok((op, caller, place))
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
    note_failure(op, platform, &error, known.as_deref()).await;
    Err(error.into())
}

/// Counts a credential that was refused. The audit log hears of the first of a flood.
async fn note_failure(op: &Op, platform: &Platform, error: &AuthError, whose: Option<&Principal>) {
    let code = error.code();
    metrics::counter!("nexusrag_auth_failures_total", "code" => code.as_str()).increment(1);
    if !platform.limiter.hears_of_failure(op, whose, code).await {
        return;
    }
    let event = match (error, whose) {
        (AuthError::Expired, Some(whose)) => Event::by(op, whose, EventType::AuthApiKeyExpired),
        (_, Some(whose)) => Event::by(op, whose, EventType::AuthAccessFailure),
        (_, None) => Event::anonymous(op, EventType::AuthAccessFailure),
    };
    platform.audit.note(event.failed(code));
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
