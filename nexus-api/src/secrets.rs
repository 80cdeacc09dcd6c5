//! Secrets of the installation that nobody has to choose: made at the first start, kept in the data directory.
//!
//! Replicas that share a database must share these secrets: give them by environment there. A replica whose pepper differs
//! from the one that the database's keys were hashed with is told so at its start.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use nexus_authz::credential::Pepper;
use nexus_core::{clock, settings::Source};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// The secrets in force.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// What API key hashes depend on.
    pub pepper: Pepper,
    /// What links to audio are signed with, and audio is encrypted under.
    pub audio: SecretString,
}

/// The file in the data directory.
const FILE: &str = "secrets.json";

#[derive(Serialize, Deserialize)]
struct Kept {
    auth_key_pepper: String,
    audio_secret: String,
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
}

/// What the environment gives.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pepper: Option<SecretString>,
    audio: Option<SecretString>,
}

impl Given {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let given = Self {
            pepper: s.secret("AUTH_KEY_PEPPER", "What API key hashes depend on; the same on all replicas"),
            audio: s.secret("AUDIO_LINK_SECRET", "What links to audio are signed with; the same on all replicas"),
        };
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
        Ok(Secrets { pepper: Pepper::new(pepper).map_err(|_| SecretsError::Weak)?, audio })
    }
}

/// Reads the file, or makes it, readable by its owner only. Of two processes that make it at once, one wins.
fn keep(data_dir: &Path) -> Result<Kept, SecretsError> {
    let path = data_dir.join(FILE);
    let failed = |error| SecretsError::File { path: path.display().to_string(), error };
    if !path.exists() {
        fs::create_dir_all(data_dir).map_err(failed)?;
        let fresh = Kept { auth_key_pepper: random(), audio_secret: random() };
        let draft = data_dir.join(format!("{FILE}.{}", clock::fresh_uuid().simple()));
        let text = serde_json::to_string_pretty(&fresh).map_err(|e| failed(e.into()))?;
        let write = || {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            // A hard link fails when the name exists, where a rename would replace what another process just made.
            match fs::hard_link(&draft, &path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => fs::remove_file(&draft),
            }
        };
        write().map_err(failed)?;
    }
    let text = fs::read_to_string(&path).map_err(failed)?;
    serde_json::from_str(&text).map_err(|_| SecretsError::Damaged(path.display().to_string()))
}

fn random() -> String {
    let mut bytes = [0_u8; 32];
    clock::fill_random(&mut bytes);
    hex::encode(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
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
    fn a_damaged_file_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(matches!(Given::default().complete(dir.path()), Err(SecretsError::Damaged(_))));
    }
}
