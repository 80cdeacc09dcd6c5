//! What keeps the keys that wrap the keys of tenants.
//!
//! A [`Kms`] wraps a key for a [`KeyName`] and unwraps it for the same name only: AWS KMS is told it as the encryption context,
//! Google Cloud KMS as additional authenticated data, and the local one derives what it wraps with from it. Calls to a cloud
//! go through [`resilience`](crate::resilience): bounded in time, and not made at all while the service is known to be down.
//! Keys that were unwrapped before are remembered for a while, so that what is encrypted with them stays readable meanwhile.

#[cfg(feature = "aws-kms")]
mod aws;
#[cfg(feature = "gcp-kms")]
mod gcp;
mod local;

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use futures::future::BoxFuture;

#[cfg(feature = "aws-kms")]
pub use self::aws::{AwsKms, AwsKmsSettings};
#[cfg(feature = "gcp-kms")]
pub use self::gcp::{GcpKms, GcpKmsSettings};
pub use self::local::{LocalKms, MasterKey, WeakMaster};
use super::{CryptoSettings, Key};
use crate::{
    problem::{Code, Kind, Problem},
    resilience::{CallError, Integrations, Setback, Verdict},
    settings::SettingError,
};

/// Who keeps the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KmsProvider {
    /// This installation, under a master key that it is given.
    #[default]
    Local,
    /// AWS KMS.
    Aws,
    /// Google Cloud KMS.
    Gcp,
}

impl KmsProvider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Local, Self::Aws, Self::Gcp];

    /// The word in settings and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local_kms",
            Self::Aws => "aws_kms",
            Self::Gcp => "gcp_kms",
        }
    }
}

/// Which key of which tenant it is. What was wrapped for one name unwraps for no other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyName {
    /// Whose it is.
    pub tenant: String,
    /// What it is called.
    pub alias: String,
    /// Which version.
    pub version: u32,
}

impl KeyName {
    /// The name as pairs, in the order of their keys.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, String); 3] {
        [
            ("nexus:alias", self.alias.clone()),
            ("nexus:tenant", self.tenant.clone()),
            ("nexus:version", self.version.to_string()),
        ]
    }

    /// The name as bytes that no other name has.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let pairs: serde_json::Map<_, _> =
            self.pairs().into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        serde_json::Value::Object(pairs).to_string().into_bytes()
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/v{}", self.tenant, self.alias, self.version)
    }
}

/// Wraps keys and unwraps them.
pub trait Kms: fmt::Debug + Send + Sync + 'static {
    /// Which one it is.
    fn provider(&self) -> KmsProvider;
    /// Where the key lies that wraps this one, for people.
    fn reference(&self, name: &KeyName) -> String;
    /// Wraps a key.
    fn wrap<'a>(&'a self, name: &'a KeyName, key: &'a Key) -> BoxFuture<'a, Result<Vec<u8>, KmsError>>;
    /// Unwraps a key that was wrapped for this name.
    fn unwrap<'a>(&'a self, name: &'a KeyName, wrapped: &'a [u8]) -> BoxFuture<'a, Result<Key, KmsError>>;
}

/// Why a key was not wrapped or unwrapped. The reasons are for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KmsError {
    /// The service failed, cannot be reached, or is left alone for a while.
    #[error("the key-management service does not answer: {reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// When to try again.
        retry_after: Option<Duration>,
    },
    /// The service asks for patience.
    #[error("the key-management service is throttling")]
    Throttled {
        /// For how long.
        retry_after: Option<Duration>,
    },
    /// The service does not let this server use the key, or the key is disabled or gone.
    #[error("the key-management service refuses the use of its key: {0}")]
    Denied(String),
    /// What is to be unwrapped was not wrapped for this name by this key.
    #[error("the wrapped key was refused")]
    Refused,
}

impl Problem for KmsError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unavailable { .. } | Self::Throttled { .. } | Self::Denied(_) => Kind::Unavailable,
            Self::Refused => Kind::Internal,
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::Unavailable { .. } | Self::Throttled { .. } | Self::Denied(_) => Code::KmsUnavailable,
            Self::Refused => Code::DecryptionFailed,
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Unavailable { .. } | Self::Throttled { .. } => {
                "The service that keeps encryption keys does not answer; try again shortly".into()
            }
            Self::Denied(_) => "The service that keeps encryption keys refuses the use of its key".into(),
            Self::Refused => "What is stored could not be decrypted".into(),
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::Throttled { retry_after } => *retry_after,
            Self::Denied(_) | Self::Refused => None,
        }
    }
}

impl Setback for KmsError {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Unavailable { retry_after, .. } => Verdict::Failed { retry_after: *retry_after },
            Self::Throttled { retry_after } => Verdict::Throttled { retry_after: *retry_after },
            Self::Denied(_) | Self::Refused => Verdict::Refused,
        }
    }
}

impl From<CallError<Self>> for KmsError {
    fn from(error: CallError<Self>) -> Self {
        let unavailable = |reason: &str, retry_after| Self::Unavailable { reason: reason.to_owned(), retry_after };
        match error {
            CallError::Open { retry_after } => unavailable("the circuit breaker is open", Some(retry_after)),
            CallError::Busy => unavailable("too many calls at once", Some(Duration::from_secs(1))),
            CallError::Late => unavailable("no answer in time", None),
            CallError::Failed(error) => error,
        }
    }
}

/// What the settings name. The master key is that of the local one.
pub fn build(
    settings: &CryptoSettings,
    master: Option<MasterKey>,
    integrations: &Integrations,
) -> Result<Arc<dyn Kms>, SettingError> {
    match settings.provider {
        KmsProvider::Local => {
            let missing = || SettingError {
                name: "CRYPTO_LOCAL_MASTER_KEY".to_owned(),
                why: "is missing: encryption is on, and there is no key to start from".to_owned(),
            };
            Ok(Arc::new(LocalKms::new(master.ok_or_else(missing)?, settings.previous_master.clone())))
        }
        #[cfg(feature = "aws-kms")]
        KmsProvider::Aws => Ok(Arc::new(AwsKms::new(&settings.aws, settings.kms_timeout, integrations)?)),
        #[cfg(feature = "gcp-kms")]
        KmsProvider::Gcp => Ok(Arc::new(GcpKms::new(&settings.gcp, settings.kms_timeout, integrations)?)),
        #[cfg(not(all(feature = "aws-kms", feature = "gcp-kms")))]
        other => {
            let _ = integrations;
            let why = format!("this program was built without support for {}", other.as_str());
            Err(SettingError { name: "CRYPTO_PROVIDER".to_owned(), why })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_bytes_of_their_own() {
        let name = |tenant: &str, alias: &str, version| KeyName { tenant: tenant.into(), alias: alias.into(), version };
        assert_eq!(
            String::from_utf8_lossy(&name("t1", "tenant-master", 2).to_bytes()),
            r#"{"nexus:alias":"tenant-master","nexus:tenant":"t1","nexus:version":"2"}"#
        );
        assert_ne!(name("a\",\"b", "c", 1).to_bytes(), name("a", "b\",\"c", 1).to_bytes());
        assert_eq!(name("t1", "a", 1).to_string(), "t1/a/v1");
    }
}
