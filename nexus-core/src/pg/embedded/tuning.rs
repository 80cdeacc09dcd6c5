//! Settings of the private PostgreSQL that fit the machine: small at rest, durable unless a test says otherwise.

use std::fmt::Write as _;
use std::fs;
use std::thread;

/// Connections beyond this are refused; the server's pools stay well below it.
const MAX_CONNECTIONS: u32 = 60;

/// What the machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Machine {
    /// Memory this process may use, in MiB.
    pub(super) memory_mb: u64,
    /// Processors this process may use.
    pub(super) cores: u64,
    /// Room for shared memory segments, in MiB.
    pub(super) shared_memory_mb: u64,
}

impl Machine {
    /// Looks at this machine, or at the container around this process.
    #[allow(clippy::useless_conversion, reason = "block counts have 32 bits on some systems")]
    pub(super) fn here() -> Self {
        let host = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_mb(&text)).unwrap_or(2048);
        let limit = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
        let limit = limit.and_then(|text| text.trim().parse::<u64>().ok()).map_or(u64::MAX, |bytes| bytes >> 20);
        let room = nix::sys::statvfs::statvfs("/dev/shm").ok();
        let room = room.map_or(0, |stat| u64::from(stat.blocks_available()).saturating_mul(stat.fragment_size()) >> 20);
        Self {
            memory_mb: host.min(limit),
            cores: thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            shared_memory_mb: room,
        }
    }
}

/// The configuration file for a machine.
pub(super) fn configuration(machine: Machine, durable: bool) -> String {
    let memory = machine.memory_mb;
    let maintenance = (memory / 32).clamp(64, 768);
    // A parallel index build allocates its working memory as shared segments; the default 64 MB of a container is
    // too small for that, and a file in the data directory does.
    let segments = if machine.shared_memory_mb > maintenance.saturating_mul(2) { "posix" } else { "mmap" };
    let switch = if durable { "on" } else { "off" };
    // Its table of buffers is resident from the start, so the cache proper is left to the operating system.
    let buffers = (memory / 16).clamp(64, 256);
    let settings: [(&str, String); 31] = [
        ("max_connections", MAX_CONNECTIONS.to_string()),
        ("superuser_reserved_connections", "3".into()),
        ("shared_buffers", format!("{buffers}MB")),
        ("effective_cache_size", format!("{}MB", (memory / 2).max(128))),
        ("work_mem", format!("{}MB", (memory / 512).clamp(4, 32))),
        ("maintenance_work_mem", format!("{maintenance}MB")),
        ("dynamic_shared_memory_type", segments.into()),
        ("max_worker_processes", machine.cores.saturating_add(4).to_string()),
        ("max_parallel_workers", machine.cores.to_string()),
        ("max_parallel_workers_per_gather", (machine.cores / 2).min(2).to_string()),
        ("max_parallel_maintenance_workers", machine.cores.min(4).to_string()),
        ("max_locks_per_transaction", "128".into()),
        ("jit", "off".into()),
        ("random_page_cost", "1.1".into()),
        ("wal_level", "replica".into()),
        ("max_wal_senders", "4".into()),
        // Its launcher would be one more process at rest.
        ("max_logical_replication_workers", "0".into()),
        ("min_wal_size", "80MB".into()),
        ("max_wal_size", "1GB".into()),
        ("checkpoint_timeout", "15min".into()),
        ("wal_compression", "on".into()),
        ("fsync", switch.into()),
        ("synchronous_commit", switch.into()),
        ("full_page_writes", switch.into()),
        ("autovacuum_max_workers", "2".into()),
        ("client_connection_check_interval", "5s".into()),
        ("timezone", "UTC".into()),
        ("log_timezone", "UTC".into()),
        // Statements and row values can hold secrets. The client sees its own errors; the log keeps the server's.
        ("log_min_messages", "log".into()),
        ("log_min_error_statement", "panic".into()),
        ("log_error_verbosity", "terse".into()),
    ];
    let mut text = String::from("# Written at every start. ALTER SYSTEM overrides it.\n");
    for (name, value) in settings {
        let _infallible = writeln!(text, "{name} = '{value}'");
    }
    text
}

fn total_mb(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_settings_follow_the_machine_within_bounds() {
        let small = configuration(Machine { memory_mb: 256, cores: 1, shared_memory_mb: 64 }, true);
        assert!(small.contains("shared_buffers = '64MB'"));
        assert!(small.contains("dynamic_shared_memory_type = 'mmap'"));
        let large = configuration(Machine { memory_mb: 1 << 20, cores: 64, shared_memory_mb: 1 << 19 }, true);
        assert!(large.contains("shared_buffers = '256MB'"));
        assert!(large.contains("dynamic_shared_memory_type = 'posix'"));
        assert!(large.contains("fsync = 'on'"));
    }

    #[test]
    fn only_a_test_gives_up_durability() {
        let machine = Machine { memory_mb: 4096, cores: 2, shared_memory_mb: 2048 };
        assert!(configuration(machine, false).contains("fsync = 'off'"));
        assert_eq!(total_mb("MemTotal:       25165824 kB\nMemFree: 1 kB"), Some(24576));
    }
}
