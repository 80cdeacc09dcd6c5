//! `/v1/admin/costs` and `/v1/self-serve/costs`: what a tenant may spend, what it spent, and what things cost.
//!
//! The plan of the tenant says which of these it has. Spending is read from its records, so that what is shown is what was
//! charged; when the database is away nothing is shown.

mod budget;
mod chargeback;
mod convert;
pub(crate) mod headers;
mod pricing;
mod spend;

use utoipa_axum::router::OpenApiRouter;

use crate::app::Platform;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    budget::routes().merge(spend::routes()).merge(pricing::routes()).merge(chargeback::routes())
}
