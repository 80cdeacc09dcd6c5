#![allow(clippy::unwrap_used)]
use super::*;

const HOUR: Duration = Duration::from_hours(1);

fn shard(max_entries: usize, max_bytes: usize) -> (Shard, Instant) {
    (Shard::new(max_entries, max_bytes), Instant::now())
}

fn name(key: &str) -> Name {
    Name::Value(key.into())
}

fn value(len: usize) -> Content {
    Content::Value(Bytes::from(vec![0; len]))
}

#[test]
fn an_entry_is_gone_the_instant_its_time_is_over() {
    let (mut shard, now) = shard(10, 10_000);
    shard.insert(name("a"), value(1), now, HOUR);
    assert!(shard.live(&name("a"), now + HOUR.checked_sub(Duration::from_nanos(1)).unwrap()).is_some());
    assert!(shard.live(&name("a"), now + HOUR).is_none());
    assert_eq!((shard.entries.len(), shard.queue.len(), shard.bytes), (0, 0, 0));
}

#[test]
fn a_full_part_drops_what_would_expire_next() {
    let (mut shard, now) = shard(2, 10_000);
    shard.insert(name("late"), value(1), now, HOUR * 3);
    shard.insert(name("soon"), value(1), now, HOUR);
    shard.insert(name("new"), value(1), now, HOUR * 2);
    assert!(shard.live(&name("soon"), now).is_none());
    assert!(shard.live(&name("late"), now).is_some() && shard.live(&name("new"), now).is_some());
}

#[test]
fn bytes_are_bounded_whatever_is_written() {
    let (mut shard, now) = shard(1000, 5_000);
    for i in 0..500_usize {
        shard.insert(name(&format!("k{}", i % 90)), value(i * 7 % 900), now, HOUR);
        assert!(shard.bytes <= 5_000);
        assert_eq!(shard.bytes, shard.entries.values().map(|e| e.cost).sum::<usize>());
        assert_eq!(shard.entries.len(), shard.queue.len());
    }
}

#[test]
fn expired_entries_do_not_pile_up() {
    let (mut shard, now) = shard(1000, 100_000);
    for i in 0..100_u32 {
        shard.insert(name(&i.to_string()), value(1), now, HOUR);
    }
    shard.insert(name("later"), value(1), now + HOUR, HOUR);
    assert_eq!(shard.entries.len(), 1);
}
