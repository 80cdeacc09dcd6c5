//! Google Cloud KMS. The name of a key goes along as additional authenticated data, so that the service itself refuses it for
//! any other.

use std::time::Duration;

use futures::{FutureExt as _, future::BoxFuture};
use google_cloud_auth::credentials::{Builder, anonymous};
use google_cloud_gax::{error::rpc::Code as Rpc, options::RequestOptionsBuilder as _, retry_policy::NeverRetry};
use google_cloud_kms_v1::client::KeyManagementService;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::{super::Key, KeyName, Kms, KmsError, KmsProvider};
use crate::{
    resilience::{Integration, Integrations, Line},
    settings::{SettingError, Source},
};

/// How often a call is tried.
const ATTEMPTS: u32 = 3;
/// The longest that is taken for a wrapped key, by the service.
const MAX_WRAPPED: usize = 64 * 1024;
/// What the credentials are asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloudkms";
const KEY_NAME: &str = "CRYPTO_GCP_KMS_KEY";

/// Which key, and where.
#[derive(Debug, Clone, Default)]
pub struct GcpKmsSettings {
    /// The resource name of the key.
    pub key: Option<String>,
    /// Another address for the service.
    pub endpoint: Option<String>,
    /// Whether that address asks for no credentials.
    pub anonymous: bool,
}

impl GcpKmsSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let settings = Self {
            key: s.text(
                KEY_NAME,
                "The key in Google Cloud KMS that wraps keys of tenants: projects/../locations/../keyRings/../cryptoKeys/..",
            ),
            endpoint: s.text("CRYPTO_GCP_KMS_ENDPOINT", "Another address for Google Cloud KMS"),
            anonymous: s.flag("CRYPTO_GCP_KMS_ANONYMOUS", false, "That address is asked without credentials"),
        };
        if settings.anonymous && settings.endpoint.is_none() {
            s.refuse("CRYPTO_GCP_KMS_ANONYMOUS", "Google itself is not asked without credentials");
        }
        settings
    }
}

/// Wraps with a key of Google Cloud KMS.
#[derive(Debug)]
pub struct GcpKms {
    key: String,
    settings: GcpKmsSettings,
    line: Line,
    /// Set up at the first call.
    client: OnceCell<KeyManagementService>,
}

impl GcpKms {
    /// With application default credentials, which are looked for at the first call.
    pub fn new(
        settings: &GcpKmsSettings,
        timeout: Duration,
        integrations: &Integrations,
    ) -> Result<Self, SettingError> {
        let wrong = |why: &str| SettingError { name: KEY_NAME.to_owned(), why: why.to_owned() };
        let key = settings.key.clone().ok_or_else(|| wrong("is missing: CRYPTO_PROVIDER is gcp_kms"))?;
        let parts: Vec<&str> = key.split('/').collect();
        let ["projects", _, "locations", location, "keyRings", _, "cryptoKeys", _] = parts.as_slice() else {
            return Err(wrong("is not projects/../locations/../keyRings/../cryptoKeys/.."));
        };
        let line = integrations.line(Integration::GcpKms, location).limited(timeout, ATTEMPTS);
        Ok(Self { settings: settings.clone(), line, client: OnceCell::new(), key })
    }

    async fn client(&self) -> Result<&KeyManagementService, KmsError> {
        let set_up = || async {
            let denied = |error: &dyn std::fmt::Display| KmsError::Denied(error.to_string());
            let credentials = if self.settings.anonymous {
                anonymous::Builder::new().build()
            } else {
                Builder::default().with_scopes([SCOPE]).build().map_err(|error| denied(&error))?
            };
            // Retries are ours: they obey the time limit of the whole call.
            let mut builder =
                KeyManagementService::builder().with_credentials(credentials).with_retry_policy(NeverRetry);
            if let Some(endpoint) = &self.settings.endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            builder.build().await.map_err(|error| denied(&error))
        };
        self.client.get_or_try_init(set_up).await
    }

    async fn wrapped(&self, name: &KeyName, key: &Key) -> Result<Vec<u8>, KmsError> {
        let client = self.client().await?;
        let request = client
            .encrypt()
            .set_name(&self.key)
            .set_plaintext(key.expose().to_vec())
            .set_additional_authenticated_data(name.to_bytes())
            .with_attempt_timeout(self.line.timeout());
        let send = || {
            let request = request.clone();
            async move { request.send().await.map_err(|error| fault(&error, false)) }
        };
        let answer = self.line.call(send).await?;
        Ok(answer.ciphertext.to_vec())
    }

    async fn unwrapped(&self, name: &KeyName, wrapped: &[u8]) -> Result<Key, KmsError> {
        if wrapped.is_empty() || wrapped.len() > MAX_WRAPPED {
            return Err(KmsError::Refused);
        }
        let client = self.client().await?;
        let request = client
            .decrypt()
            .set_name(&self.key)
            .set_ciphertext(wrapped.to_vec())
            .set_additional_authenticated_data(name.to_bytes())
            .with_attempt_timeout(self.line.timeout());
        let send = || {
            let request = request.clone();
            async move { request.send().await.map_err(|error| fault(&error, true)) }
        };
        let answer = self.line.call(send).await?;
        let bytes = Zeroizing::new(answer.plaintext.to_vec());
        Key::copied(&bytes).ok_or(KmsError::Refused)
    }
}

impl Kms for GcpKms {
    fn provider(&self) -> KmsProvider {
        KmsProvider::Gcp
    }

    fn reference(&self, _: &KeyName) -> String {
        self.key.clone()
    }

    fn wrap<'a>(&'a self, name: &'a KeyName, key: &'a Key) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        self.wrapped(name, key).boxed()
    }

    fn unwrap<'a>(&'a self, name: &'a KeyName, wrapped: &'a [u8]) -> BoxFuture<'a, Result<Key, KmsError>> {
        self.unwrapped(name, wrapped).boxed()
    }
}

/// What an error of the client means. Its texts name projects; they are for the log only.
fn fault(error: &google_cloud_gax::error::Error, unwrapping: bool) -> KmsError {
    let reason = error.to_string();
    if error.is_authentication() || error.is_binding() || error.is_serialization() {
        return KmsError::Denied(reason);
    }
    let code = error.status().map(|status| status.code);
    match (code, error.http_status_code()) {
        (Some(Rpc::ResourceExhausted), _) | (_, Some(429)) => KmsError::Throttled { retry_after: None },
        // A ciphertext that is not of this key, or data that differ, are an argument that is not valid.
        (Some(Rpc::InvalidArgument), _) | (None, Some(400)) if unwrapping => KmsError::Refused,
        (_, Some(status)) if (400..500).contains(&status) => KmsError::Denied(reason),
        (Some(Rpc::PermissionDenied | Rpc::Unauthenticated | Rpc::NotFound | Rpc::FailedPrecondition), _) => {
            KmsError::Denied(reason)
        }
        _ => KmsError::Unavailable { reason, retry_after: None },
    }
}
