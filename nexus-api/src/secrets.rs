//! Secrets of the installation that nobody has to choose: made at the first start, kept in the data directory.
//!
//! Replicas that share a database must share these secrets: give them by environment there. A replica whose pepper differs
//! from the one that the database's keys were hashed with is told so at its start.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use nexus_authz::credential::Pepper;
use nexus_core::{
    audit::{self, NotAKey, SigningKey},
    clock,
    crypto::kms::MasterKey,
    settings::Source,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// The secrets in force.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// What API key hashes depend on.
    pub pepper: Pepper,
    /// What links to audio are signed with, and audio is encrypted under.
    pub audio: SecretString,
    /// What the audit log is signed with.
    pub audit: Arc<SigningKey>,
    /// What positions in lists are signed with.
    pub cursor: CursorKey,
}

/// What positions in lists are signed with, so that nobody makes one up: a secret of its own, or else the key of the audit log.
#[derive(Debug, Clone)]
pub struct CursorKey(Cursors);

#[derive(Debug, Clone)]
enum Cursors {
    Own(SecretString),
    OfLog(Arc<SigningKey>),
}

impl CursorKey {
    /// A code that only holders of the key can make.
    #[must_use]
    pub fn code(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        match &self.0 {
            Cursors::Own(secret) => audit::code(secret, purpose, parts),
            Cursors::OfLog(key) => key.code(purpose, parts),
        }
    }
}

/// The file in the data directory.
const FILE: &str = "secrets.json";

#[derive(Serialize, Deserialize)]
struct Kept {
    auth_key_pepper: String,
    audio_secret: String,
    /// Installations from before encryption at rest have none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crypto_master_key: Option<String>,
    /// Installations from before signed audit logs have none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audit_signing_key: Option<String>,
    /// Installations from before platform keys have none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyring_master_key: Option<String>,
}

/// Why there are no secrets.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file cannot be read or written.
    #[error("cannot use {path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        error: io::Error,
    },
    /// The file is damaged.
    #[error("{0} is damaged: restore it, or API keys made with it will not work")]
    Damaged(String),
    /// A secret is too short.
    #[error("AUTH_KEY_PEPPER must have at least 32 characters")]
    Weak,
    /// The key of the audit log is none.
    #[error("AUDIT_SIGNING_KEY {0}")]
    SigningKey(#[from] NotAKey),
}

/// What the environment gives.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pepper: Option<SecretString>,
    audio: Option<SecretString>,
    audit: Option<SecretString>,
    cursor: Option<SecretString>,
}

impl Given {
    /// What cursors are signed with, when it is given.
    #[must_use]
    pub fn cursor(&self) -> Option<&SecretString> {
        self.cursor.as_ref()
    }

    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let given = Self {
            pepper: s.secret("AUTH_KEY_PEPPER", "What API key hashes depend on; the same on all replicas"),
            audio: s.secret("AUDIO_LINK_SECRET", "What links to audio are signed with; the same on all replicas"),
            audit: s.secret(
                "AUDIT_SIGNING_KEY",
                "The Ed25519 seed of the audit log: 64 hex digits, the same on all replicas",
            ),
            cursor: s.secret("UI_CURSOR_SECRET", "What positions in lists are signed with; the same on all replicas"),
        };
        if given.audit.as_ref().is_some_and(|seed| SigningKey::new(seed.clone()).is_err()) {
            s.refuse("AUDIT_SIGNING_KEY", "must be 64 hex digits");
        }
        for (name, secret) in [("AUTH_KEY_PEPPER", &given.pepper), ("AUDIO_LINK_SECRET", &given.audio)] {
            if secret.as_ref().is_some_and(|s| s.expose_secret().chars().count() < 32) {
                s.refuse(name, "must have at least 32 characters");
            }
        }
        given
    }

    /// The secrets in force: what is given, and from the data directory what is not.
    pub fn complete(self, data_dir: &Path) -> Result<Secrets, SecretsError> {
        let (pepper, audio) = match (self.pepper, self.audio) {
            (Some(pepper), Some(audio)) => (pepper, audio),
            (pepper, audio) => {
                let kept = keep(data_dir)?;
                (pepper.unwrap_or(kept.auth_key_pepper.into()), audio.unwrap_or(kept.audio_secret.into()))
            }
        };
        let signing = match self.audit {
            Some(seed) => SigningKey::new(seed)?,
            None => SigningKey::new(completed(data_dir, |kept| &mut kept.audit_signing_key)?.into())?.drawn(),
        };
        let signer = Arc::new(signing);
        let cursor = CursorKey(self.cursor.map_or_else(|| Cursors::OfLog(Arc::clone(&signer)), Cursors::Own));
        Ok(Secrets { pepper: Pepper::new(pepper).map_err(|_| SecretsError::Weak)?, audio, audit: signer, cursor })
    }
}

/// The master key of this installation, for one whose database is its own.
pub fn master_key(data_dir: &Path) -> Result<MasterKey, SecretsError> {
    drawn(data_dir, |kept| &mut kept.crypto_master_key)
}

/// The master key of its platform keys.
pub fn keyring_master_key(data_dir: &Path) -> Result<MasterKey, SecretsError> {
    drawn(data_dir, |kept| &mut kept.keyring_master_key)
}

fn drawn(data_dir: &Path, of: fn(&mut Kept) -> &mut Option<String>) -> Result<MasterKey, SecretsError> {
    let text = SecretString::from(completed(data_dir, of)?);
    MasterKey::parse(&text).map_err(|_| SecretsError::Damaged(data_dir.join(FILE).display().to_string()))
}

/// A secret that a file of an earlier version does not have. It is made when the file has none; two processes that do so at
/// once agree on one.
fn completed(data_dir: &Path, of: fn(&mut Kept) -> &mut Option<String>) -> Result<String, SecretsError> {
    let path = data_dir.join(FILE);
    let failed = |error| SecretsError::File { path: path.display().to_string(), error };
    let mut kept = keep(data_dir)?;
    if of(&mut kept).is_none() {
        let mut options = fs::OpenOptions::new();
        let guard = options.write(true).create(true).truncate(false).mode(0o600);
        let guard = guard.open(data_dir.join(format!("{FILE}.lock"))).map_err(failed)?;
        guard.lock().map_err(failed)?;
        kept = keep(data_dir)?;
        if of(&mut kept).is_none() {
            *of(&mut kept) = Some(random());
            let draft = draft(data_dir, &kept).map_err(failed)?;
            fs::rename(draft, &path).map_err(failed)?;
        }
    }
    Ok(of(&mut kept).take().unwrap_or_default())
}

/// Reads the file, or makes it, readable by its owner only. Of two processes that make it at once, one wins.
fn keep(data_dir: &Path) -> Result<Kept, SecretsError> {
    let path = data_dir.join(FILE);
    let failed = |error| SecretsError::File { path: path.display().to_string(), error };
    if !path.exists() {
        fs::create_dir_all(data_dir).map_err(failed)?;
        let fresh = Kept {
            auth_key_pepper: random(),
            audio_secret: random(),
            crypto_master_key: Some(random()),
            audit_signing_key: Some(random()),
            keyring_master_key: Some(random()),
        };
        let draft = draft(data_dir, &fresh).map_err(failed)?;
        // A hard link fails when the name exists, where a rename would replace what another process just made.
        match fs::hard_link(&draft, &path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => fs::remove_file(&draft).map_err(failed)?,
        }
    }
    let text = fs::read_to_string(&path).map_err(failed)?;
    serde_json::from_str(&text).map_err(|_| SecretsError::Damaged(path.display().to_string()))
}

/// A file beside the real one, whole and on disk.
fn draft(data_dir: &Path, kept: &Kept) -> io::Result<PathBuf> {
    let draft = data_dir.join(format!("{FILE}.{}", clock::fresh_uuid().simple()));
    let text = serde_json::to_string_pretty(kept)?;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}

fn random() -> String {
    let mut bytes = [0_u8; 32];
    clock::fill_random(&mut bytes);
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_same_secrets_come_back_and_only_the_owner_may_read_them() {
        let dir = tempfile::tempdir().unwrap();
        let first = Given::default().complete(dir.path()).unwrap();
        let second = Given::default().complete(dir.path()).unwrap();
        assert_eq!(first.pepper.fingerprint(), second.pepper.fingerprint());
        let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_installation_from_before_gets_a_master_key_and_keeps_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let before = Given::default().complete(dir.path()).unwrap();
        let mut file: serde_json::Value = serde_json::from_slice(&fs::read(dir.path().join(FILE)).unwrap()).unwrap();
        file.as_object_mut().unwrap().remove("crypto_master_key").unwrap();
        fs::write(dir.path().join(FILE), file.to_string()).unwrap();
        let made: Vec<_> = std::thread::scope(|scope| {
            let many: Vec<_> = (0..8).map(|_| scope.spawn(|| master_key(dir.path()).unwrap())).collect();
            many.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(made.iter().all(|key| *key == made[0] && *key == master_key(dir.path()).unwrap()));
        assert_eq!(Given::default().complete(dir.path()).unwrap().pepper.fingerprint(), before.pepper.fingerprint());
        let rights = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(rights & 0o777, 0o600);
    }

    #[test]
    fn a_key_of_the_audit_log_is_added_once_and_nobody_chose_it() {
        let dir = tempfile::tempdir().unwrap();
        let before = Given::default().complete(dir.path()).unwrap();
        let mut file: serde_json::Value = serde_json::from_slice(&fs::read(dir.path().join(FILE)).unwrap()).unwrap();
        file.as_object_mut().unwrap().remove("audit_signing_key").unwrap();
        fs::write(dir.path().join(FILE), file.to_string()).unwrap();
        let added = Given::default().complete(dir.path()).unwrap();
        assert_ne!(before.audit.public(), added.audit.public());
        assert_eq!(added.audit.public(), Given::default().complete(dir.path()).unwrap().audit.public());
        assert!(!added.audit.is_chosen());
    }

    #[test]
    fn a_damaged_file_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(matches!(Given::default().complete(dir.path()), Err(SecretsError::Damaged(_))));
    }
}
