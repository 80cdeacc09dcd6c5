//! The knobs of encryption.

use std::time::Duration;

#[cfg(feature = "aws-kms")]
use super::kms::AwsKmsSettings;
#[cfg(feature = "gcp-kms")]
use super::kms::GcpKmsSettings;
use super::kms::{KmsProvider, MasterKey};
use crate::settings::Source;

/// What happens when something that is to be encrypted cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailMode {
    /// It is refused.
    #[default]
    Closed,
    /// It is stored as it is, and counted.
    Open,
}

/// Whether things are encrypted, under whose keys, and what happens when they cannot be.
#[derive(Debug, Clone)]
pub struct CryptoSettings {
    /// Whether new things are encrypted.
    pub enabled: bool,
    /// Who keeps the keys.
    pub provider: KmsProvider,
    /// The master key of the local one, when it is given.
    pub master: Option<MasterKey>,
    /// The master key before it.
    pub previous_master: Option<MasterKey>,
    /// The key in AWS KMS.
    #[cfg(feature = "aws-kms")]
    pub aws: AwsKmsSettings,
    /// The key in Google Cloud KMS.
    #[cfg(feature = "gcp-kms")]
    pub gcp: GcpKmsSettings,
    /// The longest that a call to a cloud takes.
    pub kms_timeout: Duration,
    /// Whether sensitive things may only be stored encrypted.
    pub required: bool,
    /// What happens when they cannot be.
    pub fail_mode: FailMode,
    /// What keys of tenants are called.
    pub alias: String,
    /// How many unwrapped keys are remembered.
    pub cache_keys: u64,
    /// For how long.
    pub cache_for: Duration,
    /// How many things one step of a rotation takes.
    pub batch: u32,
    /// How many of them at once.
    pub concurrency: u32,
}

impl Default for CryptoSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl CryptoSettings {
    /// Reads the knobs; what cannot be used is reported through the source. That a key is there is checked where it is known
    /// where else it may come from.
    pub fn read(s: &mut Source) -> Self {
        let providers = KmsProvider::ALL.map(|provider| (provider.as_str(), provider));
        // There is one suite; the knob says so to whoever sets another.
        s.choice("CRYPTO_ENCRYPTION_ALGO", "aes256gcm", &[("aes256gcm", ())], "The cipher of everything at rest");
        Self {
            enabled: s.flag("CRYPTO_ENABLED", true, "What is sensitive is stored encrypted"),
            provider: s
                .choice("CRYPTO_PROVIDER", "local_kms", &providers, "What keeps the keys that wrap keys of tenants")
                .unwrap_or_default(),
            master: MasterKey::read(
                s,
                "CRYPTO_LOCAL_MASTER_KEY",
                "The master key of local_kms: 32 random bytes in base64 or hexadecimal",
            ),
            previous_master: MasterKey::read(
                s,
                "CRYPTO_LOCAL_MASTER_KEY_PREVIOUS",
                "The master key before it, until every tenant's key was rotated",
            ),
            #[cfg(feature = "aws-kms")]
            aws: AwsKmsSettings::read(s),
            #[cfg(feature = "gcp-kms")]
            gcp: GcpKmsSettings::read(s),
            kms_timeout: s.millis(
                "CRYPTO_KMS_TIMEOUT_MS",
                5_000,
                100..=60_000,
                "The longest that a call to a cloud KMS takes",
            ),
            required: s.flag(
                "CRYPTO_REQUIRE_ENCRYPTION_FOR_SENSITIVE",
                true,
                "What is sensitive is refused when it cannot be encrypted",
            ),
            fail_mode: s
                .choice(
                    "CRYPTO_FAIL_MODE",
                    "closed",
                    &[("closed", FailMode::Closed), ("open", FailMode::Open)],
                    "closed: what cannot be encrypted is refused; open: it is stored as it is, and counted",
                )
                .unwrap_or_default(),
            alias: alias(s),
            cache_keys: s.number(
                "CRYPTO_KEY_CACHE_SIZE",
                10_000,
                0..=1_000_000,
                "How many unwrapped keys are remembered",
            ),
            cache_for: s.seconds(
                "CRYPTO_KEY_CACHE_SECONDS",
                300,
                0..=86_400,
                "How long an unwrapped key is remembered",
            ),
            batch: s.number(
                "CRYPTO_REENCRYPT_BATCH_SIZE",
                200,
                1..=10_000,
                "How many things one step of a rotation takes",
            ),
            concurrency: s.number("CRYPTO_MAX_CONCURRENT_REENCRYPT", 2, 1..=64, "How many of them at once"),
        }
    }

    /// Whether something sensitive that cannot be encrypted is refused.
    #[must_use]
    pub fn fails_closed(&self) -> bool {
        self.required && self.fail_mode == FailMode::Closed
    }
}

impl MasterKey {
    /// Reads a knob that holds a master key; one that anybody could guess is reported through the source.
    pub fn read(s: &mut Source, name: &'static str, about: &'static str) -> Option<Self> {
        let text = s.secret(name, about)?;
        Self::parse(&text).map_err(|weak| s.refuse(name, weak.to_string())).ok()
    }
}

fn alias(s: &mut Source) -> String {
    let alias = s.text_or("CRYPTO_DEFAULT_KEY_ALIAS", "tenant-master", "What keys of tenants are called");
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if alias.is_empty() || alias.len() > 64 || !alias.bytes().all(plain) {
        s.refuse("CRYPTO_DEFAULT_KEY_ALIAS", "must be 1 to 64 letters, digits, '_' or '-'");
    }
    alias
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_keys_and_unknown_words_stop_the_start() {
        let mut s = Source::from_pairs([
            ("CRYPTO_LOCAL_MASTER_KEY", "changeme"),
            ("CRYPTO_FAIL_MODE", "opne"),
            ("CRYPTO_PROVIDER", "vault"),
            ("CRYPTO_ENCRYPTION_ALGO", "rot13"),
            ("CRYPTO_DEFAULT_KEY_ALIAS", "a/b"),
        ]);
        let settings = CryptoSettings::read(&mut s);
        assert!(settings.fails_closed() && settings.master.is_none());
        let names: Vec<_> = s.errors().iter().map(|error| error.name.as_str()).collect();
        for name in ["LOCAL_MASTER_KEY", "FAIL_MODE", "PROVIDER", "ENCRYPTION_ALGO", "DEFAULT_KEY_ALIAS"] {
            assert!(names.contains(&format!("CRYPTO_{name}").as_str()), "{name} in {names:?}");
        }
    }
}
