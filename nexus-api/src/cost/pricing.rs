//! The catalogue of prices: those of the tenant, which come first, and those of the operator, which hold for all.

use axum::extract::State;
use nexus_authz::permission::{PricingManage, PricingManageGlobal, PricingRead};
use nexus_core::{
    cost::{CostError, NewPrice, Owner, PricePatch, Rate},
    op::Op,
    pg::Db,
    principal::Principal,
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::convert;
use crate::{
    app::Platform,
    http::{Body, Created, Done, Faults, Once, Path, Query, Refusal, Reply, Validate, caller::As},
};

/// The largest rate, in billionths of a dollar: its digits are those of a number in JSON.
const MAX_RATE: i64 = 1_000_000 * 1_000_000_000;
/// The longest name in a price.
const MAX_NAME: usize = 64;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(patch))
        .routes(routes!(create_global))
        .routes(routes!(patch_global))
}

/// Which prices.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those that count, or only those that do not. When there are none that count, that is an error.
    active: Option<bool>,
}

impl Validate for ListQuery {}

/// Lists the prices of the tenant and those of the operator, which hold where the tenant has none.
#[utoipa::path(get, path = "/admin/costs/pricing/catalog", tag = "costs", operation_id = "list_prices", params(ListQuery), extensions(("x-permission" = json!("pricing.read"))),
    responses((status = 200, description = "The prices", body = wire::Envelope<wire::PriceList>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<PricingRead>,
    Query(query): Query<ListQuery>,
) -> Result<Reply<wire::PriceList>, Refusal> {
    let rows = platform.runs.costs.prices(&platform.db, &caller, query.active).await?;
    Ok(Reply::ok(wire::PriceList { items: rows.into_iter().map(convert::price).collect() }))
}

/// Makes a price of the tenant. It comes before that of the operator for the same thing, and ends an open one that began
/// before, which goes on after it when it ends itself; no two hold at the same time.
#[utoipa::path(post, path = "/admin/costs/pricing/catalog", tag = "costs", operation_id = "create_price", request_body = wire::CreatePrice,
    extensions(("x-permission" = json!("pricing.manage"))),
    responses((status = 201, description = "The price", body = wire::Envelope<wire::Price>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<PricingManage>,
    once: Once,
    Body(body): Body<wire::CreatePrice>,
) -> Result<Done<Created<wire::Price>>, Refusal> {
    add(&platform, &op, (&caller, Owner::Tenant), once, body).await
}

/// Ends a price of the tenant, switches it off or on again. Refused with 422 `COST_INVALID_BUDGET_CONFIG` while an enforced
/// budget rests on it.
#[utoipa::path(patch, path = "/admin/costs/pricing/catalog/{price_id}", tag = "costs", operation_id = "patch_price", params(("price_id" = String, Path, description = "The price")),
    request_body = wire::PatchPrice, extensions(("x-permission" = json!("pricing.manage"))),
    responses((status = 200, description = "The price", body = wire::Envelope<wire::Price>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<PricingManage>,
    Path(id): Path<String>,
    once: Once,
    Body(body): Body<wire::PatchPrice>,
) -> Result<Done<Reply<wire::Price>>, Refusal> {
    change(&platform, &op, (&caller, Owner::Tenant), (once, &id), body).await
}

/// Makes a price that holds for every tenant without one of its own.
#[utoipa::path(post, path = "/admin/costs/pricing/global", tag = "costs", operation_id = "create_global_price", request_body = wire::CreatePrice,
    extensions(("x-permission" = json!("pricing.manage_global"))),
    responses((status = 201, description = "The price", body = wire::Envelope<wire::Price>)))]
async fn create_global(
    State(platform): State<Platform>,
    As(op, caller): As<PricingManageGlobal>,
    once: Once,
    Body(body): Body<wire::CreatePrice>,
) -> Result<Done<Created<wire::Price>>, Refusal> {
    add(&platform, &op, (&caller, Owner::Everybody), once, body).await
}

/// Ends a price that holds for all, switches it off or on again. Refused with 422 `COST_INVALID_BUDGET_CONFIG` while an
/// enforced budget of any tenant rests on it.
#[utoipa::path(patch, path = "/admin/costs/pricing/global/{price_id}", tag = "costs", operation_id = "patch_global_price", params(("price_id" = String, Path, description = "The price")),
    request_body = wire::PatchPrice, extensions(("x-permission" = json!("pricing.manage_global"))),
    responses((status = 200, description = "The price", body = wire::Envelope<wire::Price>)))]
async fn patch_global(
    State(platform): State<Platform>,
    As(op, caller): As<PricingManageGlobal>,
    Path(id): Path<String>,
    once: Once,
    Body(body): Body<wire::PatchPrice>,
) -> Result<Done<Reply<wire::Price>>, Refusal> {
    change(&platform, &op, (&caller, Owner::Everybody), (once, &id), body).await
}

async fn add(
    platform: &Platform,
    op: &Op,
    by: (&Principal, Owner),
    once: Once,
    body: wire::CreatePrice,
) -> Result<Done<Created<wire::Price>>, Refusal> {
    let new = NewPrice {
        version: body.version,
        provider: body.provider,
        component: body.component,
        rate_type: convert::rate_type(body.rate_type),
        rate: Rate::from_nanos(body.rate_value_usd.nanos()),
        from: body.effective_from,
        to: body.effective_to,
        active: body.active,
        metadata: body.metadata_json.unwrap_or_default(),
    };
    let change = async |db: Db| Ok(Created(convert::price(platform.runs.costs.add_price(op, &db, by, new).await?)));
    let done = once.perform(platform, op, by.0, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

async fn change(
    platform: &Platform,
    op: &Op,
    by: (&Principal, Owner),
    (once, id): (Once, &str),
    body: wire::PatchPrice,
) -> Result<Done<Reply<wire::Price>>, Refusal> {
    // An id that is none names nothing.
    let id: Uuid = id.parse().map_err(|_| CostError::PriceNotFound)?;
    let patch = PricePatch { to: body.effective_to, active: body.active };
    let relied_on = platform.runs.relied_on(&by.0.tenant).await?;
    let change = async |db: Db| {
        let row = platform.runs.costs.change_price(op, &db, by, (id, patch), &relied_on).await?;
        Ok(Reply::ok(convert::price(row)))
    };
    let done = once.perform(platform, op, by.0, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

impl Validate for wire::CreatePrice {
    fn validate(&self, faults: &mut Faults) {
        for (field, text) in [("version", &self.version), ("provider", &self.provider), ("component", &self.component)]
        {
            faults.length(field, text, &(1..=MAX_NAME));
            faults.check(!text.chars().any(char::is_control), field, "has control characters");
        }
        let fits = (1..=MAX_RATE).contains(&self.rate_value_usd.nanos());
        faults.check(fits, "rate_value_usd", "must be more than 0 and at most 1000000");
        if let Some(metadata) = &self.metadata_json {
            faults.storable_object("metadata_json", metadata);
        }
    }
}

impl Validate for wire::PatchPrice {}
