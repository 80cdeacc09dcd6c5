//! `/v1/ui`: what web applications show, in one request each. Nothing is decided here that is not decided elsewhere: lists
//! show what other lists would, figures are those of self-service, and what is set going takes the usual way.

mod actions;
mod activity;
mod bootstrap;
mod cursor;
mod dashboard;
mod documents;
mod list;

use utoipa_axum::router::OpenApiRouter;

use crate::app::Platform;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .merge(bootstrap::routes())
        .merge(dashboard::routes())
        .merge(documents::routes())
        .merge(activity::routes())
        .merge(actions::routes())
}
