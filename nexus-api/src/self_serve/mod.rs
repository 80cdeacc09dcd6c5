//! `/v1/self-serve`: what administrators of a tenant do without the operator: their keys, their use, and whether billing
//! events arrive. Their plan and their costs are with the slices of those names. Everything is of the caller's own tenant.

mod billing;
mod keys;
mod settings;
pub(crate) mod usage;

use utoipa_axum::router::OpenApiRouter;

pub use self::settings::SelfServeSettings;
use crate::app::Platform;

/// The routes of this slice.
#[must_use]
pub fn routes() -> OpenApiRouter<Platform> {
    keys::routes().merge(usage::routes()).merge(billing::routes())
}
