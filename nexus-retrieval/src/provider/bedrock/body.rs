//! A bound on what the service may send.

use aws_sdk_bedrockagentruntime::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeDeserializationInterceptorContextMut},
    error::BoxError,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// The largest answer, in bytes: a hundred passages with their attributes are far below it.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Ends an answer that is larger than any should be.
#[derive(Debug)]
pub(super) struct Bounded;

impl Intercept for Bounded {
    fn name(&self) -> &'static str {
        "bounded answer"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = whole.map(|body| SdkBody::from_body_1_x(Limited::new(body, MAX_ANSWER)));
        Ok(())
    }
}
