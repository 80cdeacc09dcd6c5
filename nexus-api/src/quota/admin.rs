//! What tenants may use, and what they have used, for operators and for their own administrators.

use axum::extract::State;
use chrono::{Days, NaiveDate};
use nexus_authz::permission::{QuotaManage, QuotaRead};
use nexus_core::{
    escrow::Period,
    id::TenantId,
    pg::Db,
    quota::{self, PlanLimits, Share},
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{
        Body, Done, Faults, Once, Path, Query, Refusal, Reply, Validate,
        caller::{As, named_tenant},
    },
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(get, patch)).routes(routes!(usage))
}

/// How much a tenant may use: one's own, or as the operator any.
#[utoipa::path(get, path = "/admin/quotas/{tenant_id}", tag = "quotas", operation_id = "get_quota", params(("tenant_id" = String, Path, description = "The tenant")),
    extensions(("x-permission" = json!("quota.read"))),
    responses((status = 200, description = "The limits", body = wire::Envelope<wire::Quota>)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<QuotaRead>,
    Path(tenant): Path<TenantId>,
) -> Result<Reply<wire::Quota>, Refusal> {
    let tenant = named_tenant(&platform, &caller, tenant)?;
    must_be(&platform.db, &tenant).await?;
    let mut tx = platform.db.tenant(&tenant).await?;
    let limits = quota::limits(&mut tx).await?;
    Ok(Reply::ok(to_wire(&tenant, &limits)))
}

/// Changes how much a tenant may use. An explicit `null` removes a limit. It counts from the next request on, on every
/// replica.
#[utoipa::path(patch, path = "/admin/quotas/{tenant_id}", tag = "quotas", operation_id = "patch_quota", params(("tenant_id" = String, Path, description = "The tenant")),
    request_body = wire::PatchQuota, extensions(("x-permission" = json!("quota.manage"))),
    responses((status = 200, description = "The limits", body = wire::Envelope<wire::Quota>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<QuotaManage>,
    Path(tenant): Path<TenantId>,
    once: Once,
    Body(body): Body<wire::PatchQuota>,
) -> Result<Done<Reply<wire::Quota>>, Refusal> {
    must_be(&platform.db, &tenant).await?;
    let change = async |db: Db| {
        let mut tx = db.tenant(&tenant).await?;
        let limits = quota::set_limits(&op, &mut tx, &caller, &fields(&body), |limits| apply(&body, limits)).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(&tenant, &limits)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    // Whoever is told that a limit is lower may rely on it, whichever replica is asked next.
    platform.changes.settled().await;
    Ok(done)
}

/// Which period.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsageQuery {
    /// `day` or `month`.
    #[param(value_type = Option<String>, default = "day", example = "month")]
    period: Option<PeriodName>,
    /// A day of the period.
    #[param(example = "2026-07-01")]
    start: NaiveDate,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PeriodName {
    Day,
    Month,
}

impl Validate for UsageQuery {
    fn validate(&self, faults: &mut Faults) {
        // Far from where the calendar of the database ends.
        let years = NaiveDate::from_ymd_opt(2000, 1, 1).zip(NaiveDate::from_ymd_opt(9999, 12, 31));
        let known = years.is_none_or(|(first, last)| (first..=last).contains(&self.start));
        faults.check(
            known && self.start.checked_add_days(Days::new(31)).is_some(),
            "start",
            "must be from 2000 to 9999",
        );
    }
}

/// How many units a tenant has used in a day or a month.
#[utoipa::path(get, path = "/admin/usage/{tenant_id}", tag = "quotas", operation_id = "get_tenant_usage",
    params(("tenant_id" = String, Path, description = "The tenant"), UsageQuery), extensions(("x-permission" = json!("quota.read"))),
    responses((status = 200, description = "The use", body = wire::Envelope<wire::TenantUsage>)))]
async fn usage(
    State(platform): State<Platform>,
    As(_op, caller): As<QuotaRead>,
    Path(tenant): Path<TenantId>,
    Query(query): Query<UsageQuery>,
) -> Result<Reply<wire::TenantUsage>, Refusal> {
    let tenant = named_tenant(&platform, &caller, tenant)?;
    must_be(&platform.db, &tenant).await?;
    let period = match query.period.unwrap_or(PeriodName::Day) {
        PeriodName::Day => Period::Day,
        PeriodName::Month => Period::Month,
    };
    let start = period.start(query.start);
    platform.quotas.flush().await?;
    let mut tx = platform.db.tenant(&tenant).await?;
    let requests_count = quota::used(&mut tx, period, start).await?;
    Ok(Reply::ok(wire::TenantUsage {
        tenant_id: tenant.to_string(),
        period_type: period.as_str().to_owned(),
        period_start: start,
        requests_count,
        estimated_tokens_count: None,
    }))
}

/// A tenant that is not there is not found, for operators too.
/// Fails unless there is a tenant of this name.
pub async fn must_be(db: &Db, tenant: &TenantId) -> Result<(), Refusal> {
    if quota::is_tenant(db, tenant).await? { Ok(()) } else { Err(Refusal::not_found()) }
}

impl Validate for wire::PatchQuota {
    fn validate(&self, faults: &mut Faults) {
        let limits = [
            ("daily_requests_limit", self.daily_requests_limit),
            ("monthly_requests_limit", self.monthly_requests_limit),
            ("daily_tokens_limit", self.daily_tokens_limit),
            ("monthly_tokens_limit", self.monthly_tokens_limit),
        ];
        for (field, limit) in limits {
            if let Some(Some(limit)) = &limit {
                faults.range(field, limit, &(0..=wire::PatchQuota::MAX));
            }
        }
        if let Some(ratio) = self.soft_cap_ratio {
            faults.check(Share::of(ratio).is_some(), "soft_cap_ratio", "must be from 0 to 1");
        }
    }
}

fn apply(body: &wire::PatchQuota, limits: PlanLimits) -> PlanLimits {
    PlanLimits {
        daily_requests: body.daily_requests_limit.unwrap_or(limits.daily_requests),
        monthly_requests: body.monthly_requests_limit.unwrap_or(limits.monthly_requests),
        daily_tokens: body.daily_tokens_limit.unwrap_or(limits.daily_tokens),
        monthly_tokens: body.monthly_tokens_limit.unwrap_or(limits.monthly_tokens),
        soft_cap: body.soft_cap_ratio.and_then(Share::of).unwrap_or(limits.soft_cap),
        hard_cap: body.hard_cap_enabled.unwrap_or(limits.hard_cap),
    }
}

fn fields(body: &wire::PatchQuota) -> Vec<&'static str> {
    let given = [
        ("daily_requests_limit", body.daily_requests_limit.is_some()),
        ("monthly_requests_limit", body.monthly_requests_limit.is_some()),
        ("daily_tokens_limit", body.daily_tokens_limit.is_some()),
        ("monthly_tokens_limit", body.monthly_tokens_limit.is_some()),
        ("soft_cap_ratio", body.soft_cap_ratio.is_some()),
        ("hard_cap_enabled", body.hard_cap_enabled.is_some()),
    ];
    given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
}

fn to_wire(tenant: &TenantId, limits: &PlanLimits) -> wire::Quota {
    wire::Quota {
        tenant_id: tenant.to_string(),
        daily_requests_limit: limits.daily_requests,
        monthly_requests_limit: limits.monthly_requests,
        daily_tokens_limit: limits.daily_tokens,
        monthly_tokens_limit: limits.monthly_tokens,
        soft_cap_ratio: limits.soft_cap.as_fraction(),
        hard_cap_enabled: limits.hard_cap,
    }
}
