#![allow(clippy::unwrap_used)]
use super::model::*;

fn load() -> Load {
    serde_json::from_value(serde_json::json!({
        "machine": { "at": "", "processor": "", "processors": 2, "memory_mib": 1, "nexus": "", "revision": "" },
        "memory_at_rest": { "server": { "rss_kib": 1024 } },
        "loaded": [{ "documents": 100, "seconds": 36.0, "database_bytes": 107_374_182 }],
        "rows": [
            { "scenario": "baseline", "connections": 1, "per_second": 9.0, "total_ms": { "p50": 1.0, "p99": 1.0 },
              "target_cpu_ms": 0.1, "postgres_cpu_ms": 0.1 },
            { "scenario": "run", "connections": 1, "per_second": 300.0, "total_ms": { "p50": 1.0, "p99": 2.0 },
              "target_cpu_ms": 9.0, "postgres_cpu_ms": 9.0 },
            { "scenario": "run", "connections": 16, "per_second": 700.0, "total_ms": { "p50": 3.0, "p99": 4.0 },
              "target_cpu_ms": 0.5, "postgres_cpu_ms": 1.5 }
        ]
    }))
    .unwrap()
}

fn streams() -> Streams {
    serde_json::from_value(serde_json::json!({
        "memory_at_rest": { "server": { "rss_kib": 1000 } },
        "waves": [
            { "streams": 100, "peak": { "server": { "rss_kib": 3000 } }, "server_cpu_ms_a_second": 0.1 },
            { "streams": 100, "peak": { "server": { "rss_kib": 4000 } }, "server_cpu_ms_a_second": 0.05 }
        ]
    }))
    .unwrap()
}

fn nothing() -> Wanted {
    Wanted { rates: vec![], streams: None, documents: None }
}

fn capacity(wanted: Wanted, headroom: f64) -> Result<Capacity, String> {
    let (load, streams) = (load(), streams());
    Capacity::of(&Sources { load: ("load.json", &load), streams: Some(("streams.json", &streams)) }, headroom, wanted)
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found} instead of {expected}");
}

fn need(capacity: &Capacity, what: &str) -> f64 {
    capacity.needs.iter().find(|need| need.what == what).unwrap().value
}

#[test]
fn headroom_stays_within_bounds() {
    for (wanted, found) in [(0.3, 0.3), (-1.0, 0.0), (2.0, 0.9), (f64::NAN, 0.0)] {
        near(headroom(wanted), found);
    }
}

#[test]
fn the_formula_is_that_of_places_and_time() {
    near(per_second(40.0, 1.6, 0.3), 17.5);
    // Two processors, two milliseconds a question: a thousand a second, and seven hundred of them with a third free.
    let found = capacity(nothing(), 0.3).unwrap();
    assert_eq!(found.kinds.len(), 1, "the bare handler is not this server");
    near(found.kinds.first().unwrap().per_second, 700.0);
    assert_eq!(found.kinds.first().unwrap().from, "load.json, `run` at 16 connections");
    assert!(found.needs.is_empty(), "nothing is wanted");
}

#[test]
fn a_target_needs_what_its_parts_need() {
    let rates = vec![Target { kind: "run".into(), per_second: 1000.0 }];
    let found = capacity(Wanted { rates, streams: Some(1000), documents: Some(1000) }, 0.5).unwrap();
    // 0.5 s of processor time for questions and 0.1 s for streams, twice as much with half of it free.
    near(need(&found, "processors of servers"), 1.2);
    near(need(&found, "processors of PostgreSQL"), 3.0);
    // A process held 100 streams; half of that is left free.
    near(need(&found, "servers"), 20.0);
    near(need(&found, "memory of all servers"), (20.0 * 1024.0 + 1000.0 * 30.0) / 1024.0 * 2.0);
    near(need(&found, "taking all documents in"), 0.2);
    assert!((need(&found, "database") - 2.0).abs() < 1e-3);
}

#[test]
fn what_was_not_measured_is_refused() {
    let unknown = Wanted { rates: vec![Target { kind: "speech".into(), per_second: 1.0 }], ..nothing() };
    assert_eq!(capacity(unknown, 0.3).unwrap_err(), "load.json has no `speech`: it has run");
    let mut without = load();
    without.loaded.clear();
    let sources = Sources { load: ("load.json", &without), streams: None };
    assert!(Capacity::of(&sources, 0.3, Wanted { documents: Some(1), ..nothing() }).is_err());
    without.rows.clear();
    assert!(Capacity::of(&Sources { load: ("load.json", &without), streams: None }, 0.3, nothing()).is_err());
}
