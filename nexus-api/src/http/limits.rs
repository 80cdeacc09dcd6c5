//! Rate limits on the wire: what every answer says of them, and what a refusal says besides.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use nexus_core::{
    limit::{Allowance, LimitError, Limited, Standing},
    op::Op,
    principal::Principal,
    route_class::RouteClass,
};

use super::{Context, Refusal};
use crate::app::Platform;

const X_STATUS: HeaderName = HeaderName::from_static("x-ratelimit-status");
const X_SCOPE: HeaderName = HeaderName::from_static("x-ratelimit-scope");
const X_ROUTE_CLASS: HeaderName = HeaderName::from_static("x-ratelimit-route-class");
const X_RETRY_AFTER_MS: HeaderName = HeaderName::from_static("x-ratelimit-retry-after-ms");
/// The fields of draft-ietf-httpapi-ratelimit-headers.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// Lets a request of a known caller through, and tells how much is left.
pub async fn admit(
    context: &Context,
    platform: &Platform,
    op: &Op,
    principal: &Principal,
    class: RouteClass,
) -> Result<(), Refusal> {
    match platform.limiter.admit(op, principal, class).await {
        Ok(standing) => {
            if let Some(standing) = standing {
                tell(context, &standing);
            }
            Ok(())
        }
        Err(error) => {
            if matches!(error, LimitError::Limited(_)) {
                platform.quotas.rate_limited(op, &principal.tenant);
            }
            Err(refuse(context, error))
        }
    }
}

/// Whether somebody at this address whom nobody knows yet may be looked up.
pub async fn look_at_stranger(
    context: &Context,
    platform: &Platform,
    op: &Op,
    class: RouteClass,
) -> Result<(), Refusal> {
    platform.limiter.look_at_stranger(op, class).await.map_err(|error| refuse(context, error))
}

/// Counts a request without a valid credential; the refusal when there were too many.
pub async fn charge_stranger(
    context: &Context,
    platform: &Platform,
    op: &Op,
    class: RouteClass,
) -> Result<(), Refusal> {
    platform.limiter.charge_stranger(op, class).await.map_err(|error| refuse(context, error))
}

fn refuse(context: &Context, error: LimitError) -> Refusal {
    let LimitError::Limited(limited) = &error else {
        tell_status(context, true);
        return Refusal::from(error);
    };
    if let Some(standing) = &limited.standing {
        tell(context, standing);
    } else {
        tell_status(context, limited.degraded);
    }
    let Limited { scope, class, .. } = **limited;
    let wait_ms = limited.wait_ms();
    Refusal::from(error)
        .header(X_SCOPE, HeaderValue::from_static(scope.as_str()))
        .header(X_ROUTE_CLASS, HeaderValue::from_static(class.as_str()))
        .header(X_RETRY_AFTER_MS, HeaderValue::from(wait_ms))
}

fn tell(context: &Context, standing: &Standing) {
    tell_status(context, standing.degraded);
    let Standing { key, tenant, .. } = standing;
    let policy = |a: &Allowance| format!("q={};w={}", a.limit, seconds(a.window));
    let left = |a: &Allowance| format!("r={};t={}", a.left, seconds(a.until_full));
    let both = |of: &dyn Fn(&Allowance) -> String| format!("\"key\";{}, \"tenant\";{}", of(key), of(tenant));
    for (name, text) in [(POLICY, both(&policy)), (LEFT, both(&left))] {
        if let Ok(value) = HeaderValue::try_from(text) {
            context.tell(name, value);
        }
    }
}

fn tell_status(context: &Context, degraded: bool) {
    context.tell(X_STATUS, HeaderValue::from_static(if degraded { "degraded" } else { "ok" }));
}

/// Whole seconds, rounded up: what is told early would be refused.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::HeaderMap;
    use nexus_core::id::RequestId;

    use super::*;
    use crate::http::context::{BodyLimits, Facts, Surface};

    #[test]
    fn both_limits_are_told_in_structured_fields() {
        let context = Context::new(Facts {
            request_id: RequestId::new("r").unwrap(),
            now: chrono::DateTime::UNIX_EPOCH,
            ip: None,
            surface: Surface::V1,
            body: BodyLimits::default(),
        });
        let (second, soon) = (Duration::from_secs(1), Duration::from_millis(1));
        let key = Allowance { limit: 20, window: second * 4, left: 19, until_full: soon };
        let tenant = Allowance { limit: 60, left: 60, until_full: Duration::ZERO, ..key };
        tell(&context, &Standing { class: RouteClass::Read, degraded: false, key, tenant });
        let mut headers = HeaderMap::new();
        context.write_told(&mut headers);
        assert_eq!(headers.get("ratelimit-policy").unwrap(), r#""key";q=20;w=4, "tenant";q=60;w=4"#);
        assert_eq!(headers.get("ratelimit").unwrap(), r#""key";r=19;t=1, "tenant";r=60;t=0"#);
        assert_eq!(headers.get("x-ratelimit-status").unwrap(), "ok");
    }
}
