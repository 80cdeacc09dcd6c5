//! What an earlier life left behind: a live postmaster of this data directory, or a stale file that names a stranger.
//!
//! The caller holds the owner lock, so a postmaster found here has no nexus that supervises it. A process id alone
//! proves nothing, because numbers are reused: a process counts when its program is PostgreSQL and its working
//! directory is this data directory, which is where PostgreSQL always runs.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::error::{EmbeddedError, file};

const POLL: Duration = Duration::from_millis(20);

/// Ends what still runs on the data directory and removes a file that would stop PostgreSQL for no reason.
pub(super) fn clear(data_dir: &Path, patience: Duration) -> Result<(), EmbeddedError> {
    let pid_file = data_dir.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&pid_file) else { return Ok(()) };
    let resolved = fs::canonicalize(data_dir).map_err(file("resolve", data_dir))?;
    let data_dir = resolved.as_path();
    let recorded = recorded_pid(&text);
    let deadline = Instant::now().checked_add(patience);
    if let Some(postmaster) = recorded.filter(|pid| serves(*pid, data_dir)) {
        tracing::warn!(pid = postmaster, "an earlier PostgreSQL of this data directory still runs and is stopped");
        stop(postmaster, data_dir, deadline)?;
    }
    // The backends of a killed postmaster outlive it for a moment, and they write.
    while let Some(survivor) = survivor(data_dir) {
        if deadline.is_none_or(|deadline| Instant::now() > deadline) {
            return Err(EmbeddedError::Orphan { data_dir: data_dir.to_path_buf(), pid: survivor });
        }
        thread::sleep(POLL);
    }
    remove_stale(&pid_file, data_dir)
}

/// Removes a lock file of PostgreSQL that names a process which is not PostgreSQL: `postmaster.pid`, or that of the socket.
///
/// PostgreSQL itself clears a file whose number is free; it refuses to start when the number is a stranger's.
pub(super) fn remove_stale(lock: &Path, data_dir: &Path) -> Result<(), EmbeddedError> {
    let Ok(text) = fs::read_to_string(lock) else { return Ok(()) };
    let data_dir = fs::canonicalize(data_dir).map_err(file("resolve", data_dir))?;
    let a_stranger = |pid| is_alive(pid) && relation(pid, &data_dir) == Relation::Stranger;
    if recorded_pid(&text).is_none_or(a_stranger) && Path::new("/proc/self/comm").exists() {
        tracing::warn!(lock = %lock.display(), "a lock file names a process that is not PostgreSQL and is removed");
        fs::remove_file(lock).map_err(file("remove", lock))?;
    }
    Ok(())
}

fn stop(pid: i32, data_dir: &Path, deadline: Option<Instant>) -> Result<(), EmbeddedError> {
    // An orphan has been told to stop when its parent died; telling it twice does no harm.
    send(pid, Signal::SIGINT);
    while serves(pid, data_dir) {
        if deadline.is_none_or(|deadline| Instant::now() > deadline) {
            return Err(EmbeddedError::Orphan { data_dir: data_dir.to_path_buf(), pid });
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// Sends a signal; a process that is gone already has obeyed.
pub(super) fn send(pid: i32, signal: Signal) {
    if let Err(error) = kill(Pid::from_raw(pid), signal)
        && error != Errno::ESRCH
    {
        tracing::warn!(pid, %signal, %error, "PostgreSQL could not be signalled");
    }
}

/// The first line holds the number; a single-user PostgreSQL writes it negative.
fn recorded_pid(text: &str) -> Option<i32> {
    text.lines().next()?.trim().parse::<i32>().ok().map(i32::saturating_abs).filter(|pid| *pid > 1)
}

fn is_alive(pid: i32) -> bool {
    !matches!(kill(Pid::from_raw(pid), None), Err(Errno::ESRCH))
}

fn serves(pid: i32, data_dir: &Path) -> bool {
    relation(pid, data_dir) == Relation::Serves
}

/// What a process has to do with a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// It is a PostgreSQL process of it.
    Serves,
    /// It is something else.
    Stranger,
    /// It is a PostgreSQL process, and the system does not say of what (root in a container may lack the right to ask).
    Unknown,
}

fn relation(pid: i32, data_dir: &Path) -> Relation {
    let process = PathBuf::from(format!("/proc/{pid}"));
    if is_over(&process) {
        return Relation::Stranger;
    }
    if !fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "postgres") {
        return Relation::Stranger;
    }
    if let Ok(dir) = fs::read_link(process.join("cwd")) {
        return if dir == data_dir { Relation::Serves } else { Relation::Stranger };
    }
    let arguments = fs::read(process.join("cmdline")).unwrap_or_default();
    let mut arguments = arguments.split(|byte| *byte == 0);
    match arguments.find(|argument| *argument == b"-D").and_then(|_| arguments.next()) {
        Some(dir) if dir == data_dir.as_os_str().as_bytes() => Relation::Serves,
        Some(_) => Relation::Stranger,
        None => Relation::Unknown,
    }
}

/// Whether a process has ended and only waits for its parent to notice, which the first process of a container may never do.
/// PostgreSQL would take its number in the file for a server that runs.
fn is_over(process: &Path) -> bool {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    // The name stands in parentheses and may hold any character; the state follows the last one.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X']))
}

fn survivor(data_dir: &Path) -> Option<i32> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(|pid| serves(*pid, data_dir))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_recorded_process_is_read_with_care() {
        assert_eq!(recorded_pid("4242\n/data\n"), Some(4242));
        assert_eq!(recorded_pid("-4242\n"), Some(4242));
        for nonsense in ["", "x", "0", "1", "99999999999999"] {
            assert_eq!(recorded_pid(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_stranger_is_neither_signalled_nor_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let mut stranger = std::process::Command::new("sleep").arg("60").current_dir(dir.path()).spawn().unwrap();
        fs::write(dir.path().join("postmaster.pid"), format!("{}\n", stranger.id())).unwrap();
        clear(&fs::canonicalize(dir.path()).unwrap(), Duration::from_secs(5)).unwrap();
        assert!(stranger.try_wait().unwrap().is_none(), "the stranger still runs");
        assert!(!dir.path().join("postmaster.pid").exists());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }

    #[test]
    fn a_process_that_ended_and_was_not_reaped_does_not_keep_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut ended = std::process::Command::new("true").current_dir(dir.path()).spawn().unwrap();
        let process = PathBuf::from(format!("/proc/{}", ended.id()));
        while !is_over(&process) {
            thread::sleep(POLL);
        }
        fs::write(dir.path().join("postmaster.pid"), format!("{}\n", ended.id())).unwrap();
        clear(&fs::canonicalize(dir.path()).unwrap(), Duration::from_secs(5)).unwrap();
        assert!(!dir.path().join("postmaster.pid").exists());
        ended.wait().unwrap();
    }
}
