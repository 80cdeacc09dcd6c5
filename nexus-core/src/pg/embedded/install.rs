//! Finding a PostgreSQL installation that can serve: programs, version and pgvector.

use std::cmp::Reverse;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::error::EmbeddedError;

/// The oldest major version that the schema supports.
const OLDEST: u32 = 14;

/// A usable PostgreSQL installation.
#[derive(Debug, Clone)]
pub(super) struct Install {
    /// Its bin folder.
    pub(super) bin_dir: PathBuf,
    /// Its major version.
    pub(super) major: u32,
}

impl Install {
    /// Finds an installation: the folder that was named, else the bundle in the cache, else what the machine has.
    ///
    /// A named folder is taken or refused, never replaced by another: the operator meant that one.
    pub(super) fn find(named: Option<&Path>, cache_dir: &Path, account: &Account) -> Result<Self, EmbeddedError> {
        if let Some(bin_dir) = named {
            for program in ["postgres", "initdb"] {
                if !bin_dir.join(program).is_file() {
                    return Err(EmbeddedError::ProgramMissing { dir: bin_dir.to_path_buf(), program });
                }
            }
            return Self::open(bin_dir, account);
        }
        let candidates = candidates(cache_dir);
        let mut first_refusal = None;
        for bin_dir in candidates.iter().filter(|dir| dir.join("postgres").is_file() && dir.join("initdb").is_file()) {
            match Self::open(bin_dir, account) {
                Ok(install) => return Ok(install),
                Err(error) => first_refusal = first_refusal.or(Some(error)),
            }
        }
        let searched = || candidates.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(", ");
        Err(first_refusal.unwrap_or_else(|| EmbeddedError::BinariesMissing { searched: searched() }))
    }

    /// The path of one program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }

    fn open(bin_dir: &Path, account: &Account) -> Result<Self, EmbeddedError> {
        // Links are resolved first, because the account must be able to enter the folders behind them.
        let bin_dir = fs::canonicalize(bin_dir).unwrap_or_else(|_| bin_dir.to_path_buf());
        let major = major_version(&bin_dir.join("postgres"), account)?;
        if major < OLDEST {
            return Err(EmbeddedError::TooOld { bin_dir, found: major });
        }
        if !has_vector(&bin_dir, major, account) {
            return Err(EmbeddedError::VectorMissing { bin_dir });
        }
        Ok(Self { bin_dir, major })
    }
}

/// The bin folders to try when none was named, best first.
fn candidates(cache_dir: &Path) -> Vec<PathBuf> {
    let bundles = newest_first(cache_dir, "postgres-").into_iter().map(|dir| dir.join("bin"));
    let packaged = newest_first(Path::new("/usr/lib/postgresql"), "").into_iter().map(|dir| dir.join("bin"));
    let pgdg = newest_first(Path::new("/usr"), "pgsql-").into_iter().map(|dir| dir.join("bin"));
    let plain = ["/usr/local/pgsql/bin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/bin"].map(PathBuf::from);
    bundles.chain(packaged).chain(pgdg).chain(plain).collect()
}

/// The folders named by a prefix and a whole number, the largest number first.
fn newest_first(dir: &Path, prefix: &str) -> Vec<PathBuf> {
    let version = |path: &Path| path.file_name()?.to_str()?.strip_prefix(prefix)?.parse::<u32>().ok();
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<(u32, PathBuf)> = entries.filter_map(|path| Some((version(&path)?, path))).collect();
    found.sort_by_key(|(version, _)| Reverse(*version));
    found.into_iter().map(|(_, path)| path).collect()
}

/// Asks the program itself, as the account that will run it: this also proves that the account can.
fn major_version(postgres: &Path, account: &Account) -> Result<u32, EmbeddedError> {
    let broken = |reason: String| EmbeddedError::ProgramBroken { program: postgres.to_path_buf(), reason };
    let output = match account.command(postgres).arg("--version").output() {
        Ok(output) => output,
        Err(error) => {
            if error.kind() == ErrorKind::PermissionDenied {
                account.check_reach(postgres)?;
            }
            return Err(broken(error.to_string()));
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    parse_major(&text).ok_or_else(|| broken(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// Reads `postgres (PostgreSQL) 16.14 (Debian …)`, and also `17beta1` and `18devel`.
fn parse_major(text: &str) -> Option<u32> {
    let version = text.split_whitespace().nth(2)?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn has_vector(bin_dir: &Path, major: u32, account: &Account) -> bool {
    let near = ["share/postgresql", "share"].into_iter().filter_map(|share| Some(bin_dir.parent()?.join(share)));
    let packaged = PathBuf::from(format!("/usr/share/postgresql/{major}"));
    let asked = || {
        let output = account.command(&bin_dir.join("pg_config")).arg("--sharedir").output().ok()?;
        Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    };
    near.chain([packaged])
        .chain(std::iter::once_with(asked).flatten())
        .any(|share| share.join("extension/vector.control").is_file())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn major_versions_are_read_from_the_banner() {
        assert_eq!(parse_major("postgres (PostgreSQL) 16.14"), Some(16));
        assert_eq!(parse_major("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18devel"), Some(18));
        assert_eq!(parse_major("something else"), None);
    }

    #[test]
    fn the_newest_bundle_is_first_and_other_folders_are_ignored() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["postgres-9", "postgres-16", "postgres-new", "models"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        assert_eq!(
            newest_first(dir.path(), "postgres-"),
            [dir.path().join("postgres-16"), dir.path().join("postgres-9")]
        );
    }
}
