//! AWS KMS. The name of a key is its encryption context, so that KMS itself refuses it for any other, and tells of it in the
//! trail that it keeps.

use std::{error::Error, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::{
    Client,
    config::Builder,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::Blob,
};
use futures::{FutureExt as _, future::BoxFuture};
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
const MAX_WRAPPED: usize = 6144;

/// Which key, and where.
#[derive(Debug, Clone, Default)]
pub struct AwsKmsSettings {
    /// The id, alias or ARN of the key.
    pub key: Option<String>,
    /// The region; that of the ARN when absent.
    pub region: Option<String>,
    /// Another address for the service.
    pub endpoint: Option<String>,
}

impl AwsKmsSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let everywhere = s.text("AWS_ENDPOINT_URL", "Another address for all services of AWS");
        Self {
            key: s
                .text("CRYPTO_AWS_KMS_KEY_ID", "The id, alias or ARN of the key in AWS KMS that wraps keys of tenants"),
            region: s.text("CRYPTO_AWS_KMS_REGION", "The region of that key; the one of its ARN when absent"),
            endpoint: s
                .text("AWS_ENDPOINT_URL_KMS", "Another address for AWS KMS; wins over AWS_ENDPOINT_URL")
                .or(everywhere),
        }
    }

    fn region(&self) -> Option<String> {
        let of_arn = || self.key.as_deref()?.strip_prefix("arn:")?.split(':').nth(2).map(ToOwned::to_owned);
        self.region.clone().or_else(of_arn)
    }
}

/// Wraps with a key of AWS KMS.
#[derive(Debug)]
pub struct AwsKms {
    key: String,
    region: String,
    endpoint: Option<String>,
    line: Line,
    base: Option<SdkConfig>,
    client: OnceCell<Client>,
}

impl AwsKms {
    /// With the standard chain of credentials, which is set up at the first call.
    pub fn new(
        settings: &AwsKmsSettings,
        timeout: Duration,
        integrations: &Integrations,
    ) -> Result<Self, SettingError> {
        Self::assemble(settings, timeout, integrations, None)
    }

    /// With a configuration that the embedding program has.
    pub fn with_config(
        config: SdkConfig,
        settings: &AwsKmsSettings,
        timeout: Duration,
        integrations: &Integrations,
    ) -> Result<Self, SettingError> {
        Self::assemble(settings, timeout, integrations, Some(config))
    }

    fn assemble(
        settings: &AwsKmsSettings,
        timeout: Duration,
        integrations: &Integrations,
        base: Option<SdkConfig>,
    ) -> Result<Self, SettingError> {
        let missing = |name: &str, why: &str| SettingError { name: name.to_owned(), why: why.to_owned() };
        let key = settings.key.clone();
        let key = key.ok_or_else(|| missing("CRYPTO_AWS_KMS_KEY_ID", "is missing: CRYPTO_PROVIDER is aws_kms"))?;
        let region = settings.region();
        let region = region.ok_or_else(|| missing("CRYPTO_AWS_KMS_REGION", "is missing, and the key is no ARN"))?;
        let line = integrations.line(Integration::AwsKms, &region).limited(timeout, ATTEMPTS);
        Ok(Self { key, region, endpoint: settings.endpoint.clone(), line, base, client: OnceCell::new() })
    }

    async fn client(&self) -> &Client {
        let set_up = || async {
            // A region is given, so that nobody goes looking for one in the metadata of the machine.
            let region = Region::new(self.region.clone());
            let base = match &self.base {
                Some(base) => base.clone(),
                None => aws_config::defaults(BehaviorVersion::latest()).region(region.clone()).load().await,
            };
            let mut config = Builder::from(&base)
                .region(region)
                // Retries are ours: they obey the time limit of the whole call.
                .retry_config(RetryConfig::disabled())
                .timeout_config(TimeoutConfig::builder().connect_timeout(self.line.timeout() / 2).build());
            config.set_endpoint_url(self.endpoint.clone().or_else(|| base.endpoint_url().map(Into::into)));
            Client::from_conf(config.build())
        };
        self.client.get_or_init(set_up).await
    }

    async fn wrapped(&self, name: &KeyName, key: &Key) -> Result<Vec<u8>, KmsError> {
        let client = self.client().await;
        let mut request = client.encrypt().key_id(&self.key).plaintext(Blob::new(key.expose().as_slice()));
        for (part, value) in name.pairs() {
            request = request.encryption_context(part, value);
        }
        let send = || {
            let request = request.clone();
            async move { request.send().await.map_err(|error| fault(&error)) }
        };
        let answer = self.line.call(send).await?;
        answer.ciphertext_blob.map(Blob::into_inner).filter(|blob| blob.len() <= MAX_WRAPPED).ok_or_else(no_answer)
    }

    async fn unwrapped(&self, name: &KeyName, wrapped: &[u8]) -> Result<Key, KmsError> {
        if wrapped.is_empty() || wrapped.len() > MAX_WRAPPED {
            return Err(KmsError::Refused);
        }
        let client = self.client().await;
        // Only this key is asked, whatever the ciphertext says of where it is from.
        let mut request = client.decrypt().key_id(&self.key).ciphertext_blob(Blob::new(wrapped));
        for (part, value) in name.pairs() {
            request = request.encryption_context(part, value);
        }
        let send = || {
            let request = request.clone();
            async move { request.send().await.map_err(|error| fault(&error)) }
        };
        let answer = self.line.call(send).await?;
        let bytes = Zeroizing::new(answer.plaintext.map(Blob::into_inner).ok_or_else(no_answer)?);
        Key::copied(&bytes).ok_or(KmsError::Refused)
    }
}

impl Kms for AwsKms {
    fn provider(&self) -> KmsProvider {
        KmsProvider::Aws
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

fn no_answer() -> KmsError {
    KmsError::Unavailable { reason: "the answer is none".to_owned(), retry_after: None }
}

/// What an error of the client means. Its texts name hosts and accounts; they are for the log only.
fn fault<E: ProvideErrorMetadata + Error + Send + Sync + 'static>(error: &SdkError<E>) -> KmsError {
    let reason = DisplayErrorContext(error).to_string();
    if lacks_credential(error) {
        return KmsError::Denied(reason);
    }
    match error {
        SdkError::ServiceError(refusal) => match refusal.err().code().unwrap_or_default() {
            "InvalidCiphertextException" | "IncorrectKeyException" => KmsError::Refused,
            "ThrottlingException" | "LimitExceededException" => KmsError::Throttled { retry_after: None },
            _ if refusal.raw().status().as_u16() >= 500 => KmsError::Unavailable { reason, retry_after: None },
            _ => KmsError::Denied(reason),
        },
        SdkError::ConstructionFailure(_) => KmsError::Denied(reason),
        _ => KmsError::Unavailable { reason, retry_after: None },
    }
}

fn lacks_credential(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<CredentialsError>().is_some() {
            return true;
        }
        cause = error.source();
    }
    false
}
