//! How the server proves who it is.

use google_cloud_auth::{
    credentials::{Builder, CacheableResource, Credentials, CredentialsProvider, EntityTag},
    errors::CredentialsError,
};
use http::{Extensions, HeaderMap, HeaderValue, header::AUTHORIZATION};
use secrecy::{ExposeSecret as _, SecretString};

use super::RemoteFault;

/// What the credentials are asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The token that is given, or application default credentials, which renew themselves in the background.
pub(super) fn find(token: Option<&SecretString>) -> Result<Credentials, RemoteFault> {
    match token {
        Some(token) => {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret().trim()))
                .map_err(|_| RemoteFault::Auth("the token cannot stand in a header".into()))?;
            value.set_sensitive(true);
            Ok(Credentials::from(Fixed { value, tag: EntityTag::new() }))
        }
        None => Builder::default().with_scopes([SCOPE]).build().map_err(|error| RemoteFault::Auth(error.to_string())),
    }
}

#[derive(Debug)]
struct Fixed {
    value: HeaderValue,
    tag: EntityTag,
}

impl CredentialsProvider for Fixed {
    async fn headers(&self, _: Extensions) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        let data = HeaderMap::from_iter([(AUTHORIZATION, self.value.clone())]);
        Ok(CacheableResource::New { entity_tag: self.tag.clone(), data })
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}
