//! Memory and processor time of processes, as Linux counts them.

use std::{collections::BTreeSet, fs};

use crate::Failure;

/// Ticks of processor time in a second; fixed in the kernel's interface to programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// Memory of processes in KiB: pages that are there, and the share of them that belongs to these processes.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct Size {
    /// Resident set, shared pages counted for each process.
    pub rss_kib: u64,
    /// Proportional set: shared pages divided among those that share them.
    pub pss_kib: u64,
}

impl Size {
    /// Of these processes together. A process that ended meanwhile counts nothing.
    pub fn of(pids: impl IntoIterator<Item = u32>) -> Self {
        pids.into_iter().fold(Self::default(), |sum, pid| {
            let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
            Self { rss_kib: sum.rss_kib + field(&text, "Rss:"), pss_kib: sum.pss_kib + field(&text, "Pss:") }
        })
    }

    /// The larger of each.
    pub fn max(self, other: Self) -> Self {
        Self { rss_kib: self.rss_kib.max(other.rss_kib), pss_kib: self.pss_kib.max(other.pss_kib) }
    }
}

/// Lets this process, and what it starts, open as many files as the system allows.
pub fn allow_files() -> Result<u64, Failure> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok(most)
}

/// Processor time of one process in seconds.
pub fn cpu_seconds(pid: u32) -> f64 {
    let Some(fields) = stat(pid) else { return 0.0 };
    ticks(&fields, 11) + ticks(&fields, 12)
}

/// Processor time of the processes below one, those that ended included.
pub fn cpu_seconds_below(pid: u32) -> Result<f64, Failure> {
    let with_ended = |child| {
        let fields = stat(child).unwrap_or_default();
        (11..=14).map(|n| ticks(&fields, n)).sum::<f64>()
    };
    Ok(below(pid)?.into_iter().map(with_ended).sum())
}

/// All processes below one.
pub fn below(pid: u32) -> Result<BTreeSet<u32>, Failure> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(child) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if let Some(parent) = stat(child).and_then(|fields| fields.get(1)?.parse::<u32>().ok()) {
            parents.push((child, parent));
        }
    }
    let mut found = BTreeSet::new();
    loop {
        let next: BTreeSet<u32> = parents
            .iter()
            .filter(|(child, parent)| !found.contains(child) && (*parent == pid || found.contains(parent)))
            .map(|(child, _)| *child)
            .collect();
        if next.is_empty() {
            return Ok(found);
        }
        found.extend(next);
    }
}

/// The fields after the name of the program, which may hold spaces and brackets.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

fn ticks(fields: &[String], n: usize) -> f64 {
    fields.get(n).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default() / TICKS_PER_SECOND
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
