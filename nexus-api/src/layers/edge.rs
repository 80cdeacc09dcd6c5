//! The layer around the router: a bound on time, a net for panics, and the envelope.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{self, Poll},
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use futures::FutureExt as _;
use nexus_core::problem::{Code, Kind};
use tower::Service;

use crate::http::{
    Context, Refusal,
    envelope::{self, Asked},
};

/// The layer around the router.
#[derive(Debug, Clone)]
pub struct Edge {
    router: Router,
    timeout: Duration,
}

impl Edge {
    /// Wraps a router.
    #[must_use]
    pub fn new(router: Router, timeout: Duration) -> Self {
        Self { router, timeout }
    }
}

impl Service<Request> for Edge {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (mut router, timeout) = (self.router.clone(), self.timeout);
        let context = request.extensions().get::<Context>().cloned();
        let asked = Asked::of(request.method(), request.headers());
        Box::pin(async move {
            // The handler's state is dropped with its future after a panic, so nothing half-changed is seen again.
            let handler = AssertUnwindSafe(async move { router.call(request).await }).catch_unwind();
            let response = match tokio::time::timeout(timeout, handler).await {
                Ok(Ok(Ok(response))) => response,
                Ok(Ok(Err(never))) => match never {},
                Ok(Err(_)) => panicked().into_response(),
                Err(_) => envelope::timed_out().into_response(),
            };
            Ok(match context {
                Some(context) => envelope::render(&context, asked, response),
                None => response,
            })
        })
    }
}

/// The panic hook has logged the place and the words; the client learns neither.
fn panicked() -> Refusal {
    tracing::error!(code = Code::Internal.as_str(), "a handler panicked");
    Refusal::new(Kind::Internal, Code::Internal, "Internal server error")
}
