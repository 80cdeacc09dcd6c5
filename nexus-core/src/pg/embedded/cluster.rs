//! The data directory: made once by `initdb`, checked at every start.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::account::Account;
use super::error::{EmbeddedError, file};
use super::install::Install;
use super::layout::Layout;
use super::tuning::{self, Machine};

/// The superuser of the private PostgreSQL, and the name of its database.
pub(super) const SUPERUSER: &str = "nexus";

/// Makes the data directory on the first run, checks it on every other, and writes the tuning file.
pub(super) fn prepare(
    layout: &Layout,
    install: &Install,
    account: &Account,
    durable: bool,
) -> Result<(), EmbeddedError> {
    let data_dir = &layout.data_dir;
    account.let_through(&layout.root)?;
    account.check_reach(data_dir)?;
    match fs::read_dir(data_dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {
            fs::remove_dir(data_dir).map_err(file("replace", data_dir))?;
            initialise(layout, install, account, durable)?;
        }
        Ok(false) => check(layout, install)?,
        Err(error) if error.kind() == ErrorKind::NotFound => initialise(layout, install, account, durable)?,
        Err(error) => return Err(file("list", data_dir)(error)),
    }
    account.give_all(data_dir)?;
    write_configuration(&layout.conf, &tuning::configuration(Machine::here(), durable))
}

fn check(layout: &Layout, install: &Install) -> Result<(), EmbeddedError> {
    let data_dir = &layout.data_dir;
    let corrupt = |reason: &str| EmbeddedError::Corrupt { data_dir: data_dir.clone(), reason: reason.to_owned() };
    let Ok(version) = fs::read_to_string(data_dir.join("PG_VERSION")) else {
        return Err(corrupt("it is not empty and has no PG_VERSION file, so it is not a PostgreSQL data directory"));
    };
    let version = version.trim();
    if version.parse() != Ok(install.major) {
        return Err(EmbeddedError::VersionMismatch {
            data_dir: data_dir.clone(),
            data: version.to_owned(),
            bin_dir: install.bin_dir.clone(),
            binaries: install.major,
        });
    }
    for part in ["global/pg_control", "base", "pg_wal"] {
        if !data_dir.join(part).exists() {
            return Err(corrupt(&format!("{part} is missing")));
        }
    }
    Ok(())
}

/// Builds the directory beside its place and renames it, so that a crash never leaves half of one in place.
fn initialise(layout: &Layout, install: &Install, account: &Account, durable: bool) -> Result<(), EmbeddedError> {
    let unfinished = layout.root.join(".postgres.unfinished");
    let mut output = String::new();
    for locale in locales(install.major) {
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(file("remove", &unfinished))?;
        }
        fs::create_dir(&unfinished).map_err(file("create", &unfinished))?;
        fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o700)).map_err(file("protect", &unfinished))?;
        account.give(&unfinished)?;
        let mut initdb = account.command(&install.program("initdb"));
        initdb.arg("-D").arg(&unfinished).args(["-U", SUPERUSER, "-E", "UTF8", "--data-checksums"]);
        initdb.args(["--auth-local=trust", "--auth-host=reject"]).args(locale);
        if !durable {
            initdb.arg("--no-sync");
        }
        let result = initdb.output().map_err(file("run", &install.program("initdb")))?;
        if result.status.success() {
            include_configuration(&unfinished)?;
            return fs::rename(&unfinished, &layout.data_dir).map_err(file("create", &layout.data_dir));
        }
        output = last_lines(&String::from_utf8_lossy(&result.stderr), 5);
    }
    fs::remove_dir_all(&unfinished).map_err(file("remove", &unfinished))?;
    Err(EmbeddedError::Init { data_dir: layout.data_dir.clone(), output })
}

/// Byte order with Unicode letter case: built in where the version has it, else the system's, else plain bytes.
fn locales(major: u32) -> Vec<&'static [&'static str]> {
    let system: &[&str] = &["--locale=C.UTF-8"];
    let bytes: &[&str] = &["--locale=C"];
    if major >= 17 {
        vec![&["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"], system, bytes]
    } else {
        vec![system, bytes]
    }
}

/// The path is relative, so that the folder can be moved.
fn include_configuration(data_dir: &Path) -> Result<(), EmbeddedError> {
    let path = data_dir.join("postgresql.conf");
    let mut conf = OpenOptions::new().append(true).open(&path).map_err(file("open", &path))?;
    conf.write_all(b"\ninclude_if_exists = '../postgres.conf'\n").map_err(file("write", &path))
}

fn write_configuration(path: &Path, text: &str) -> Result<(), EmbeddedError> {
    let fresh = path.with_extension("conf.new");
    let mut options = OpenOptions::new();
    let mut conf =
        options.write(true).create(true).truncate(true).mode(0o644).open(&fresh).map_err(file("open", &fresh))?;
    conf.write_all(text.as_bytes()).map_err(file("write", &fresh))?;
    // A strict umask of the caller must not hide the file from the account that PostgreSQL runs as.
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o644)).map_err(file("open", &fresh))?;
    fs::rename(&fresh, path).map_err(file("write", path))
}

/// The last lines of a text, for a message.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_the_end_of_a_text() {
        assert_eq!(last_lines("a\n\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a", 5), "a");
        assert_eq!(last_lines("", 5), "");
    }
}
