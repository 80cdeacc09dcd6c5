//! The machine and the programs that were measured: a figure without them says nothing.

use std::{fs, path::Path, process::Command};

use serde::Serialize;

use crate::Failure;

/// What was measured, and on what.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// When, in UTC.
    pub at: String,
    /// The processor.
    pub processor: String,
    /// How many processors this program may use.
    pub processors: usize,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// The kernel.
    pub kernel: String,
    /// The load average before, of 1, 5 and 15 minutes: whether something else was running.
    pub load_average: String,
    /// The server.
    pub nexus: String,
    /// How the server was built.
    pub build: &'static str,
    /// The revision of the source.
    pub revision: String,
    /// The command line.
    pub command: String,
}

/// Describes this machine and the server program.
pub fn describe(program: &Path) -> Result<Machine, Failure> {
    let proc = |name: &str| fs::read_to_string(format!("/proc/{name}")).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let memory = field(&proc("meminfo"), "MemTotal");
    Ok(Machine {
        at: nexus_core::clock::Clock::system().now().format("%Y-%m-%d %H:%M").to_string(),
        processor: field(&proc("cpuinfo"), "model name"),
        processors: std::thread::available_parallelism()?.get(),
        memory_mib: memory.split(' ').next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024,
        kernel: proc("sys/kernel/osrelease").trim().to_owned(),
        load_average: proc("loadavg").split(' ').take(3).collect::<Vec<_>>().join(" "),
        nexus: said(Command::new(program).arg("--version")),
        build: if program.components().any(|part| part.as_os_str() == "debug") { "debug" } else { "release" },
        revision: said(Command::new("git").args(["describe", "--always", "--dirty"])),
        command: std::env::args()
            .skip(1)
            .filter(|word| word != "--output" && !word.contains('/'))
            .collect::<Vec<_>>()
            .join(" "),
    })
}

impl Machine {
    /// The first lines of a report.
    pub fn heading(&self, title: &str, embedding: &str) -> String {
        format!(
            "# {title}\n\n`load {}` at {} UTC, {} ({}, {} build), embedding `{embedding}`.\n\n\
             {}, {} processors, {} MiB, Linux {}; load average before: {}. Server, PostgreSQL and generator share the \
             machine. The embedded database is durable (`fsync` and `synchronous_commit` on).",
            self.command,
            self.at,
            self.nexus,
            self.revision,
            self.build,
            self.processor,
            self.processors,
            self.memory_mib,
            self.kernel,
            self.load_average,
        )
    }
}

fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}
