//! A server as an operator meets it, and what stands around it.

pub mod proxy;
pub mod redis;
pub mod server;
pub mod wire;

use std::{future::Future, time::Duration};

pub use proxy::{Proxy, Upstream};
pub use redis::Redis;
pub use server::{Home, Server};
pub use wire::{Frame, Http};

/// How many rounds of a fault are made: those of CI, times `NEXUS_FAULT_ROUNDS`.
pub fn rounds(ci: usize) -> usize {
    let factor = std::env::var("NEXUS_FAULT_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1.0_f64);
    ((ci as f64 * factor).round() as usize).max(1)
}

/// Whether the figures are measured that were promised. Without `NEXUS_FAULT_ROUNDS` a test only asserts what a machine that
/// is busy with other tests keeps as well.
pub fn measured() -> bool {
    std::env::var_os("NEXUS_FAULT_ROUNDS").is_some()
}

/// A number below `below`, by chance.
pub fn chance(below: u64) -> u64 {
    let mut bytes = [0; 8];
    nexus_core::clock::fill_random(&mut bytes);
    u64::from_be_bytes(bytes) % below.max(1)
}

/// Waits until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, patience: u64, check: impl Fn() -> F) {
    let wait = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(patience), wait)
        .await
        .unwrap_or_else(|_| panic!("never happened: {what}"));
}

/// Minimum, median, 99th percentile and maximum of times, in milliseconds.
pub fn spread(mut times: Vec<Duration>) -> String {
    if times.is_empty() {
        return "none".to_owned();
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1000.0;
    format!("n={} min={:.1} p50={:.1} p99={:.1} max={:.1} ms", times.len(), at(0.0), at(0.5), at(0.99), at(1.0))
}
