//! The child process and the thread that owns it.
//!
//! The kernel ends the child when the thread that started it dies (the parent-death signal belongs to threads, not to
//! processes), so one thread starts the child, waits on it, and holds the owner lock for exactly that long.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread;

use nix::sys::signal::Signal;
use tokio::sync::{oneshot, watch};

use super::account::Account;
use super::error::{EmbeddedError, file};
use super::install::Install;
use super::layout::Layout;
use super::lock::OwnerLock;
use super::orphan;

/// A log beyond this size is set aside at the next start.
const LOG_LIMIT: u64 = 10 << 20;

/// All that a postmaster needs to run.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) layout: Layout,
    pub(super) install: Install,
    pub(super) account: Account,
    pub(super) socket_dir: PathBuf,
    /// Released when the child has ended, not before.
    pub(super) lock: OwnerLock,
}

/// A running postmaster, as its supervisor sees it.
#[derive(Debug, Clone)]
pub(super) struct Postmaster {
    pub(super) pid: u32,
    pub(super) exit: watch::Receiver<Option<ExitStatus>>,
}

impl Postmaster {
    /// Sends a signal unless the process has ended, when its number may be another's.
    pub(super) fn signal(&self, signal: Signal) {
        if self.exit.borrow().is_none() && self.exit.has_changed().is_ok() {
            orphan::send(self.pid.cast_signed(), signal);
        }
    }

    /// Resolves when the process has ended.
    pub(super) async fn exited(&self) -> Option<ExitStatus> {
        let mut exit = self.exit.clone();
        exit.wait_for(Option::is_some).await.ok().and_then(|status| *status)
    }
}

/// Starts PostgreSQL on a thread of its own.
pub(super) async fn spawn(prepared: Prepared) -> Result<Postmaster, EmbeddedError> {
    let (started, start) = oneshot::channel();
    let (ended, exit) = watch::channel(None);
    let program = prepared.install.program("postgres");
    thread::Builder::new()
        .name("postgres".into())
        .spawn(move || own(prepared, started, &ended))
        .map_err(file("start a thread for", &program))?;
    let gone = || file("start", &program)(io::Error::other("the supervising thread ended"));
    let pid = start.await.map_err(|_| gone())??;
    Ok(Postmaster { pid, exit })
}

/// The whole life of the child: started, waited for, lock released, exit told.
fn own(
    prepared: Prepared,
    started: oneshot::Sender<Result<u32, EmbeddedError>>,
    ended: &watch::Sender<Option<ExitStatus>>,
) {
    let launched = open_log(&prepared.layout.log).and_then(|log| {
        let program = prepared.install.program("postgres");
        command(&prepared, log).spawn().map_err(file("start", &program))
    });
    let mut child = match launched {
        Ok(child) => child,
        Err(error) => {
            drop(prepared.lock);
            // Nobody listens when the start was abandoned; there is nothing to clean up then.
            let _abandoned = started.send(Err(error));
            return;
        }
    };
    let watchdog =
        if has_parent_death_signal(&prepared.account) { None } else { watchdog(&prepared.account, child.id()) };
    let abandoned = started.send(Ok(child.id())).is_err();
    if abandoned {
        orphan::send(child.id().cast_signed(), Signal::SIGINT);
    }
    let status = child.wait();
    if let Some(mut watchdog) = watchdog {
        let _already_gone = watchdog.kill();
        let _reaped = watchdog.wait();
    }
    drop(prepared.lock);
    match status {
        Ok(status) => drop(ended.send_replace(Some(status))),
        Err(error) => tracing::error!(%error, "PostgreSQL could not be waited for"),
    }
}

fn command(prepared: &Prepared, log: File) -> Command {
    let Prepared { layout, install, account, socket_dir, .. } = prepared;
    let postgres = install.program("postgres");
    let mut command = if has_parent_death_signal(account) {
        let mut command = account.command(Path::new("setpriv"));
        command.args(["--pdeathsig", "INT", "--"]).arg(postgres);
        command
    } else {
        account.command(&postgres)
    };
    command.arg("-D").arg(&layout.data_dir);
    // Only what keeps it private is fixed here; the rest is in the tuning file, where ALTER SYSTEM can override it.
    let mut sockets = std::ffi::OsString::from("unix_socket_directories=");
    sockets.push(socket_dir);
    command.arg("-c").arg(sockets);
    for fixed in ["listen_addresses=", "port=5432", "unix_socket_permissions=0700", "logging_collector=off"] {
        command.args(["-c", fixed]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command
}

/// Whether `setpriv` of util-linux is there; asked once, the way it will be started.
fn has_parent_death_signal(account: &Account) -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let help = account.command(Path::new("setpriv")).arg("--help").output();
        help.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("--pdeathsig"))
    })
}

/// Without a parent-death signal, a shell waits for the end of our pipe and then stops PostgreSQL.
fn watchdog(account: &Account, pid: u32) -> Option<Child> {
    let mut shell = account.command(Path::new("/bin/sh"));
    shell.args(["-c", "read -r _; kill -INT \"$1\"", "sh", &pid.to_string()]);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let watchdog = shell.spawn();
    if let Err(error) = &watchdog {
        tracing::warn!(%error, "PostgreSQL would outlive a killed server: no watchdog could be started");
    }
    watchdog.ok()
}

fn open_log(path: &Path) -> Result<File, EmbeddedError> {
    if fs::metadata(path).is_ok_and(|meta| meta.len() > LOG_LIMIT) {
        fs::rename(path, path.with_extension("log.old")).map_err(file("rotate", path))?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(file("open", path))
}
