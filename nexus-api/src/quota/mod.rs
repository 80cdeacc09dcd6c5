//! Quotas on the wire: what every answer says of them, and the operator's routes under `/v1/admin/quotas` and
//! `/v1/admin/usage`.
//!
//! Every guarded request is charged when its caller is known and allowed; a run or a search is charged by its own gates, after
//! it has a place. What only operators do is counted and never refused, so that no limit can lock out those who set it or keep
//! a switch from being moved. When the database cannot be reached requests are refused as unavailable.

mod admin;

use http::{HeaderName, HeaderValue};
use nexus_authz::permission::Permission;
use nexus_core::{
    escrow::Period,
    op::Op,
    principal::{Principal, Role},
    quota::{QuotaError, Standing},
    route_class::RouteClass,
};
use nexus_sdk::wire;

pub use self::admin::{must_be, routes};
use crate::{
    app::Platform,
    http::{Context, Refusal},
};

/// Limit, used and remaining of a period.
type Names = [HeaderName; 3];

const DAY: Names = [
    HeaderName::from_static("x-quota-day-limit"),
    HeaderName::from_static("x-quota-day-used"),
    HeaderName::from_static("x-quota-day-remaining"),
];
const MONTH: Names = [
    HeaderName::from_static("x-quota-month-limit"),
    HeaderName::from_static("x-quota-month-used"),
    HeaderName::from_static("x-quota-month-remaining"),
];
const SOFT_CAP: HeaderName = HeaderName::from_static("x-quota-softcap-reached");
const HARD_CAP: HeaderName = HeaderName::from_static("x-quota-hardcap-mode");

/// Charges a request to its tenant, or refuses it; either way the answer says where the tenant stands. A run or a
/// search only says so: it is charged when it has passed the gates that come before.
pub async fn charge<P: Permission>(
    context: &Context,
    platform: &Platform,
    op: &Op,
    caller: &Principal,
) -> Result<(), Refusal> {
    let tenant = &caller.tenant;
    if P::ENTRY.class == RouteClass::Run {
        let standing = platform.quotas.standing(op, tenant).await?;
        tell(context, standing.as_ref());
        return Ok(());
    }
    let quotas = &platform.quotas;
    let reserved = match P::ENTRY.least {
        Role::Operator => quotas.count(op, tenant, P::ENTRY.class).await,
        _ => quotas.reserve(op, tenant, P::ENTRY.class).await,
    };
    match reserved {
        Ok(units) => {
            tell(context, units.standing().as_ref());
            units.spend(op, caller);
            Ok(())
        }
        Err(error) => Err(refuse(context, error)),
    }
}

/// Adds where a tenant stands to the answer, whatever the answer becomes.
pub fn tell(context: &Context, standing: Option<&Standing>) {
    let Some(standing) = standing else { return };
    for (period, names) in [(Period::Day, DAY), (Period::Month, MONTH)] {
        let at = standing.of(period);
        let number = |n: Option<i64>| n.map_or(HeaderValue::from_static("unlimited"), HeaderValue::from);
        for (name, value) in names.into_iter().zip([number(at.limit), HeaderValue::from(at.used), number(at.remaining)])
        {
            context.tell(name, value);
        }
    }
    let reached = if standing.soft_cap_reached() { "true" } else { "false" };
    context.tell(SOFT_CAP, HeaderValue::from_static(reached));
    context.tell(HARD_CAP, HeaderValue::from_static(mode(standing)));
}

fn refuse(context: &Context, error: QuotaError) -> Refusal {
    tell(context, error.standing().as_ref());
    error.into()
}

/// What a limit does.
pub fn mode(standing: &Standing) -> &'static str {
    if standing.limits.hard_cap { "enforce" } else { "observe" }
}

/// Where a tenant stands, as data.
pub fn snapshot(standing: &Standing) -> wire::QuotaSnapshot {
    let of = |period| {
        let at = standing.of(period);
        wire::QuotaPeriod { limit: at.limit, used: at.used, remaining: at.remaining }
    };
    wire::QuotaSnapshot {
        day: of(Period::Day),
        month: of(Period::Month),
        soft_cap_reached: standing.soft_cap_reached(),
        hard_cap_mode: mode(standing).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::HeaderMap;
    use nexus_core::{escrow::Spent, id::RequestId, quota::PlanLimits};

    use super::*;
    use crate::http::context::{BodyLimits, Facts, Surface};

    #[test]
    fn both_periods_are_told_and_no_limit_is_unlimited() {
        let context = Context::new(Facts {
            request_id: RequestId::new("r").unwrap(),
            now: chrono::DateTime::UNIX_EPOCH,
            ip: None,
            surface: Surface::V1,
            body: BodyLimits::default(),
        });
        let limits = PlanLimits { daily_requests: Some(10), hard_cap: false, ..PlanLimits::default() };
        tell(&context, Some(&Standing { limits, used: Spent { day: 12, month: 40 } }));
        let mut headers = HeaderMap::new();
        context.write_told(&mut headers);
        let said = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(["limit", "used", "remaining"].map(|n| said(&format!("x-quota-day-{n}"))), ["10", "12", "0"]);
        assert_eq!(
            ["limit", "used", "remaining"].map(|n| said(&format!("x-quota-month-{n}"))),
            ["unlimited", "40", "unlimited"]
        );
        assert_eq!((said("x-quota-softcap-reached"), said("x-quota-hardcap-mode")), ("true".into(), "observe".into()));
    }
}
