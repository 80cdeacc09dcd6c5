//! The parameters of a path. An id outside of its alphabet names nothing, so it is answered as any unknown id: 404.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// Typed path parameters: one value, or a tuple in the order of the path.
#[derive(Debug, Clone)]
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let inner = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        inner.map(|path| Self(path.0)).map_err(|_| Refusal::not_found())
    }
}
