//! What has to be so before a server serves: one list of rules over the settings, without input or output. `nexus serve` refuses to
//! start while one is broken, `nexus preflight` and `nexus config check` name all that are, each with its setting and what to do.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use nexus_core::{
    crypto::kms::{KmsProvider, MasterKey},
    settings::Source,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::settings::{Database, Settings};

/// The secret of cursors that the world knows.
const KNOWN_CURSOR_SECRET: &str = "dev-ui-cursor-secret";
/// A shorter secret protects nothing, in characters.
const MIN_SECRET: usize = 16;

/// When a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// For every command and every server.
    Always,
    /// For servers that are not a developer's own, which `AUTH_DEV_BYPASS` says of itself.
    Production,
}

/// Something that has to be so.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The setting that breaks it.
    pub setting: &'static str,
    /// When it holds.
    pub when: When,
    /// What is wrong, and what to do.
    pub remedy: &'static str,
    broken: fn(&Settings) -> bool,
}

/// All rules.
pub const RULES: &[Rule] = &[
    Rule {
        setting: "AUTH_DEV_BYPASS",
        when: When::Always,
        remedy: "headers alone must not make a caller on an address that others can reach",
        broken: |s| s.auth.dev_bypass && !s.serve.listen.is_loopback(),
    },
    Rule {
        setting: "AUTH_ENABLED",
        when: When::Always,
        remedy: "without API keys nobody can call; set AUTH_DEV_BYPASS=true on a loopback address",
        broken: |s| !s.auth.enabled && !s.auth.dev_bypass,
    },
    Rule {
        setting: "BILLING_WEBHOOK_SECRET",
        when: When::Always,
        remedy: "must be set to at least 16 characters when BILLING_WEBHOOK_ENABLED is true",
        broken: |s| s.billing.enabled && !s.billing.signs,
    },
    Rule {
        setting: "AUDIT_ANCHOR_URL",
        when: When::Always,
        remedy: "must be file:///folder or s3://bucket/prefix",
        broken: |s| s.audit.anchor.as_deref().is_some_and(|url| !is_store(url)),
    },
    Rule {
        setting: "UI_CURSOR_SECRET",
        when: When::Production,
        remedy: "is one that everybody knows: set another of at least 16 characters, or none, and cursors are signed with a key \
                 of this installation",
        broken: |s| {
            s.secrets.cursor().is_some_and(|secret| !is_fit(secret) || secret.expose_secret() == KNOWN_CURSOR_SECRET)
        },
    },
    Rule {
        setting: "CRYPTO_LOCAL_MASTER_KEY",
        when: When::Production,
        remedy: "is missing: encryption is on (openssl rand -base64 32 makes one)",
        broken: |s| {
            is_shared(s) && s.crypto.enabled && s.crypto.provider == KmsProvider::Local && s.crypto.master.is_none()
        },
    },
    #[cfg(feature = "aws-kms")]
    Rule {
        setting: "CRYPTO_AWS_KMS_KEY_ID",
        when: When::Production,
        remedy: "is missing: CRYPTO_PROVIDER is aws_kms",
        broken: |s| s.crypto.enabled && s.crypto.provider == KmsProvider::Aws && s.crypto.aws.key.is_none(),
    },
    #[cfg(feature = "gcp-kms")]
    Rule {
        setting: "CRYPTO_GCP_KMS_KEY",
        when: When::Production,
        remedy: "is missing: CRYPTO_PROVIDER is gcp_kms",
        broken: |s| s.crypto.enabled && s.crypto.provider == KmsProvider::Gcp && s.crypto.gcp.key.is_none(),
    },
    Rule {
        setting: "KEYRING_MASTER_KEY",
        when: When::Production,
        remedy: "is missing: openssl rand -base64 32 makes one; or set KEYRING_MASTER_KEY_REQUIRED=false, and the platform's own \
                 keys lie under CRYPTO_LOCAL_MASTER_KEY",
        broken: |s| s.keyring.required && s.keyring.master.is_none(),
    },
    Rule {
        setting: "BACKUP_ENCRYPTION_KEY",
        when: When::Production,
        remedy: "is missing: BACKUP_ENCRYPTION_ENABLED is true (openssl rand -base64 32 makes one)",
        broken: |s| s.backups.encrypted && s.backups.encryption_key.is_none(),
    },
    Rule {
        setting: "BACKUP_ENCRYPTION_KEY",
        when: When::Production,
        remedy: "must be 16, 24 or 32 bytes in hexadecimal or base64",
        broken: |s| s.backups.encryption_key.as_ref().is_some_and(|key| !is_cipher_key(key)),
    },
    Rule {
        setting: "BACKUP_ENCRYPTION_KEY",
        when: When::Production,
        remedy: "is the master key of encryption at rest, or of the keyring: whoever replaces one would lose what the other opens",
        broken: is_master_twice,
    },
    Rule {
        setting: "BACKUP_SIGNING_KEY",
        when: When::Production,
        remedy: "must be set to at least 16 characters when BACKUP_SIGNING_ENABLED is true",
        broken: |s| s.backups.signed && !s.backups.signing_key.as_ref().is_some_and(is_fit),
    },
];

/// The rules that are broken, of those that hold then.
pub fn broken(settings: &Settings, when: When) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| rule.when == when && (rule.broken)(settings))
}

/// What is asked of backups. Whoever makes them needs the keys; a server only makes sure that they are there.
#[derive(Debug, Clone)]
pub struct BackupKeys {
    encrypted: bool,
    encryption_key: Option<SecretString>,
    signed: bool,
    signing_key: Option<SecretString>,
}

impl BackupKeys {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        Self {
            encrypted: s.flag(
                "BACKUP_ENCRYPTION_ENABLED",
                false,
                "Backups are to be encrypted: do not start without BACKUP_ENCRYPTION_KEY",
            ),
            encryption_key: s.secret("BACKUP_ENCRYPTION_KEY", "What backups are encrypted with: 32 random bytes"),
            signed: s.flag(
                "BACKUP_SIGNING_ENABLED",
                false,
                "Backups are to be signed: do not start without BACKUP_SIGNING_KEY",
            ),
            signing_key: s.secret("BACKUP_SIGNING_KEY", "What backups are signed with; at least 16 characters"),
        }
    }
}

fn is_shared(settings: &Settings) -> bool {
    matches!(settings.database, Database::Given(_))
}

fn is_fit(secret: &SecretString) -> bool {
    secret.expose_secret().chars().count() >= MIN_SECRET
}

fn is_store(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    match url.scheme() {
        "file" => url.to_file_path().is_ok(),
        "s3" => url.host_str().is_some_and(|bucket| !bucket.is_empty()),
        _ => false,
    }
}

fn is_cipher_key(key: &SecretString) -> bool {
    let text = key.expose_secret().trim();
    let bytes = hex::decode(text).or_else(|_| STANDARD.decode(text));
    bytes.is_ok_and(|bytes| matches!(bytes.len(), 16 | 24 | 32))
}

fn is_master_twice(settings: &Settings) -> bool {
    let key = settings.backups.encryption_key.as_ref().and_then(|key| MasterKey::parse(key).ok());
    key.is_some() && (key == settings.crypto.master || key == settings.keyring.master)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const OTHER: &str = "101112131415161718191a1b1c1d1e1f000102030405060708090a0b0c0d0e0f";
    const THIRD: &str = "202122232425262728292a2b2c2d2e2f000102030405060708090a0b0c0d0e0f";

    /// What a production server is given when everything is right.
    const GOOD: &[(&str, &str)] = &[
        ("DATABASE_URL", "postgresql://nexus@db/nexus"),
        ("CRYPTO_LOCAL_MASTER_KEY", KEY),
        ("KEYRING_MASTER_KEY", OTHER),
    ];

    fn wrong(pairs: &[(&str, &str)]) -> Vec<String> {
        let mut source = Source::from_pairs(pairs.iter().copied());
        Settings::read(&mut source).check_serving(&mut source);
        source.errors().iter().map(|error| error.name.clone()).collect()
    }

    fn with(more: &[(&'static str, &'static str)]) -> Vec<String> {
        wrong(&[GOOD, more].concat())
    }

    #[test]
    fn nothing_is_wrong_with_what_is_complete() {
        assert_eq!(wrong(GOOD), [""; 0]);
        assert_eq!(wrong(&[]), [""; 0], "an installation of its own needs nothing");
        let full = with(&[
            ("UI_CURSOR_SECRET", "a secret of enough letters"),
            ("BACKUP_ENCRYPTION_ENABLED", "true"),
            ("BACKUP_ENCRYPTION_KEY", THIRD),
            ("BACKUP_SIGNING_ENABLED", "true"),
            ("BACKUP_SIGNING_KEY", "a key of enough letters"),
            ("BILLING_WEBHOOK_ENABLED", "true"),
            ("BILLING_WEBHOOK_URL", "https://billing.example/hook"),
            ("BILLING_WEBHOOK_SECRET", "a secret of enough letters"),
            ("AUDIT_ANCHOR_URL", "s3://bucket/audit"),
        ]);
        assert_eq!(full, [""; 0]);
    }

    #[test]
    fn each_rule_names_its_setting_and_no_other() {
        let broken: &[(&str, &[(&str, &str)])] = &[
            ("AUTH_DEV_BYPASS", &[("AUTH_DEV_BYPASS", "true"), ("NEXUS_HOST", "0.0.0.0")]),
            ("AUTH_ENABLED", &[("AUTH_ENABLED", "false")]),
            (
                "BILLING_WEBHOOK_SECRET",
                &[("BILLING_WEBHOOK_ENABLED", "true"), ("BILLING_WEBHOOK_URL", "https://billing.example/hook")],
            ),
            ("AUDIT_ANCHOR_URL", &[("AUDIT_ANCHOR_URL", "gs://bucket/audit")]),
            ("AUDIT_ANCHOR_URL", &[("AUDIT_ANCHOR_URL", "/folder")]),
            ("UI_CURSOR_SECRET", &[("UI_CURSOR_SECRET", "dev-ui-cursor-secret")]),
            ("UI_CURSOR_SECRET", &[("UI_CURSOR_SECRET", "short")]),
            #[cfg(feature = "aws-kms")]
            ("CRYPTO_AWS_KMS_KEY_ID", &[("CRYPTO_PROVIDER", "aws_kms")]),
            #[cfg(feature = "gcp-kms")]
            ("CRYPTO_GCP_KMS_KEY", &[("CRYPTO_PROVIDER", "gcp_kms")]),
            ("BACKUP_ENCRYPTION_KEY", &[("BACKUP_ENCRYPTION_ENABLED", "true")]),
            ("BACKUP_ENCRYPTION_KEY", &[("BACKUP_ENCRYPTION_KEY", "bad")]),
            ("BACKUP_ENCRYPTION_KEY", &[("BACKUP_ENCRYPTION_KEY", KEY)]),
            ("BACKUP_ENCRYPTION_KEY", &[("BACKUP_ENCRYPTION_KEY", OTHER)]),
            ("BACKUP_SIGNING_KEY", &[("BACKUP_SIGNING_ENABLED", "true")]),
            ("BACKUP_SIGNING_KEY", &[("BACKUP_SIGNING_ENABLED", "true"), ("BACKUP_SIGNING_KEY", "short")]),
        ];
        for (name, pairs) in broken {
            assert_eq!(with(pairs), [*name], "{pairs:?}");
        }
        let url = ("DATABASE_URL", "postgresql://nexus@db/nexus");
        assert_eq!(wrong(&[url, ("KEYRING_MASTER_KEY", OTHER)]), ["CRYPTO_LOCAL_MASTER_KEY"]);
        assert_eq!(wrong(&[url, ("CRYPTO_LOCAL_MASTER_KEY", KEY)]), ["KEYRING_MASTER_KEY"]);
        assert_eq!(wrong(&[("KEYRING_MASTER_KEY_REQUIRED", "true")]), ["KEYRING_MASTER_KEY"]);
        let loose = ("KEYRING_MASTER_KEY_REQUIRED", "false");
        assert_eq!(wrong(&[url, ("CRYPTO_LOCAL_MASTER_KEY", KEY), loose]), [""; 0]);
        let tried: BTreeSet<&str> =
            broken.iter().map(|(name, _)| *name).chain(["CRYPTO_LOCAL_MASTER_KEY", "KEYRING_MASTER_KEY"]).collect();
        assert_eq!(tried, RULES.iter().map(|rule| rule.setting).collect(), "every rule is tried");
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let all = wrong(&[
            ("DATABASE_URL", "postgresql://nexus@db/nexus"),
            ("UI_CURSOR_SECRET", "dev-ui-cursor-secret"),
            ("BACKUP_ENCRYPTION_ENABLED", "true"),
            ("BACKUP_SIGNING_ENABLED", "true"),
            ("BILLING_WEBHOOK_ENABLED", "true"),
            ("CRYPTO_FAIL_MODE", "opne"),
        ]);
        for name in [
            "UI_CURSOR_SECRET",
            "BACKUP_ENCRYPTION_KEY",
            "BACKUP_SIGNING_KEY",
            "BILLING_WEBHOOK_SECRET",
            "BILLING_WEBHOOK_URL",
            "CRYPTO_FAIL_MODE",
            "CRYPTO_LOCAL_MASTER_KEY",
            "KEYRING_MASTER_KEY",
        ] {
            assert!(all.iter().any(|it| it == name), "{name} in {all:?}");
        }
    }

    #[test]
    fn a_developers_own_server_needs_no_secrets_and_listens_to_nobody_else() {
        let own: &[(&str, &str)] = &[
            ("AUTH_DEV_BYPASS", "true"),
            ("DATABASE_URL", "postgresql://nexus@db/nexus"),
            ("BACKUP_SIGNING_ENABLED", "true"),
        ];
        assert_eq!(wrong(own), [""; 0]);
        assert_eq!(wrong(&[own, &[("NEXUS_HOST", "0.0.0.0")][..]].concat()), ["AUTH_DEV_BYPASS"]);
    }
}
