//! Callers of routes that ask for no key and check themselves what they are shown: a signed link, or what another system
//! vouches for. Whatever it is, nobody may try without end.

use axum::extract::FromRequestParts;
use http::request::Parts;
use nexus_core::{op::Op, route_class::RouteClass};

use super::{Context, OpCtx, Refusal, RouteClassTag, limits};
use crate::app::Platform;

/// What such routes count as.
const CLASS: RouteClass = RouteClass::Read;

/// Somebody nobody knows yet, at an address that has not failed too often.
#[derive(Debug)]
pub struct Stranger {
    /// The operation.
    pub op: Op,
    context: Context,
}

impl FromRequestParts<Platform> for Stranger {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let context = Context::from_request_parts(parts, platform).await?;
        context.classify(RouteClassTag(CLASS.as_str()));
        let OpCtx(op) = OpCtx::from_request_parts(parts, platform).await?;
        limits::look_at_stranger(&context, platform, &op, CLASS).await?;
        Ok(Self { op, context })
    }
}

impl Stranger {
    /// Counts somebody whose proof was none; what is answered is this refusal, or that of the address when it was once
    /// too often.
    pub async fn turn_away(&self, platform: &Platform, refusal: Refusal) -> Refusal {
        limits::charge_stranger(&self.context, platform, &self.op, CLASS).await.err().unwrap_or(refusal)
    }
}
