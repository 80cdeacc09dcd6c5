//! Shared state of one process: a bounded map whose entries expire. When it is full, the entry that would expire next
//! goes first, as a Redis server with a memory limit would do it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{Tail, bounded, breaker_ttl};
use crate::{
    limit::decide::{self as tokens, Bucket, Level, Rate},
    resilience::decide::{self, Rules, State, Step, Stepped},
};

const SHARDS: usize = 8;
/// What an entry costs beyond its key and its bytes: two map slots and their pointers, roughly.
const OVERHEAD: usize = 160;

/// The map, in parts with a lock each.
#[derive(Debug)]
pub(super) struct Local {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    /// What the clock of breakers and token buckets counts from.
    started: Instant,
}

impl Local {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        let shard = || Mutex::new(Shard::new((max_entries / SHARDS).max(1), max_bytes / SHARDS));
        Self {
            shards: std::iter::repeat_with(shard).take(SHARDS).collect(),
            hasher: RandomState::new(),
            started: Instant::now(),
        }
    }

    pub(super) fn put(&self, key: &str, value: Bytes, ttl: Duration) {
        self.with(key, |shard, now| shard.insert(Name::Value(key.into()), Content::Value(value), now, ttl));
    }

    pub(super) fn get(&self, key: &str) -> Option<Bytes> {
        self.with(key, |shard, now| shard.value(&Name::Value(key.into()), now))
    }

    pub(super) fn put_if_absent(&self, key: &str, value: Bytes, ttl: Duration) -> bool {
        let name = Name::Value(key.into());
        self.with(key, |shard, now| {
            let absent = shard.live(&name, now).is_none();
            if absent {
                shard.insert(name, Content::Value(value), now, ttl);
            }
            absent
        })
    }

    pub(super) fn take_once(&self, key: &str) -> Option<Bytes> {
        let name = Name::Value(key.into());
        self.with(key, |shard, now| {
            let value = shard.value(&name, now);
            shard.forget(&name);
            value
        })
    }

    pub(super) fn add(&self, key: &str, delta: i64, ttl: Duration) -> i64 {
        let name = Name::Counter(key.into());
        self.with(key, |shard, now| {
            let (sum, left) = match shard.live(&name, now) {
                Some(Entry { content: Content::Counter(n), expires, .. }) => (n.saturating_add(delta), *expires - now),
                _ => (delta, ttl),
            };
            shard.insert(name, Content::Counter(sum), now, left);
            sum
        })
    }

    pub(super) fn remove(&self, key: &str) {
        self.with(key, |shard, _| {
            for name in [Name::Value(key.into()), Name::Counter(key.into()), Name::List(key.into())] {
                shard.forget(&name);
            }
        });
    }

    pub(super) fn append(&self, key: &str, items: &[Bytes], ttl: Duration, max_items: usize) -> u64 {
        let name = Name::List(key.into());
        self.with(key, |shard, now| {
            if items.is_empty() {
                return shard.list(&name, now).map_or(0, List::end);
            }
            shard.live(&name, now);
            let mut list = match shard.forget(&name) {
                Some(Entry { content: Content::List(list), .. }) => list,
                _ => List::default(),
            };
            list.push(items, max_items);
            let end = list.end();
            shard.insert(name, Content::List(list), now, ttl);
            end
        })
    }

    pub(super) fn range(&self, key: &str, from: u64) -> Tail {
        let name = Name::List(key.into());
        self.with(key, |shard, now| shard.list(&name, now).map_or_else(Tail::default, |list| list.tail(from)))
    }

    pub(super) fn breaker(&self, key: &str, rules: &Rules, step: Step) -> Stepped {
        let name = Name::Breaker(key.into());
        self.with(key, |shard, now| {
            let mut state = match shard.live(&name, now) {
                Some(Entry { content: Content::Breaker(state), .. }) => *state,
                _ => State::default(),
            };
            let before = state;
            let stepped = decide::step(&mut state, rules, step, self.millis(now));
            if state != before {
                shard.insert(name, Content::Breaker(state), now, breaker_ttl(state.phase, rules));
            }
            stepped
        })
    }

    pub(super) fn set_member(&self, key: &str, member: &str, is: bool, ttl: Duration, max: usize) {
        let name = Name::Set(key.into());
        self.with(key, |shard, now| {
            let mut members = shard.members(&name, now);
            members.retain(|(_, known)| known != member);
            if is {
                members.push((now + ttl, member.to_owned()));
                members.sort();
            }
            let over = members.len().saturating_sub(max);
            members.drain(..over);
            match members.last() {
                Some((last, _)) => {
                    let life = *last - now;
                    shard.insert(name, Content::Set(members), now, life);
                }
                None => drop(shard.forget(&name)),
            }
        });
    }

    pub(super) fn members(&self, key: &str) -> Vec<String> {
        let members = self.with(key, |shard, now| shard.members(&Name::Set(key.into()), now));
        members.into_iter().map(|(_, member)| member).collect()
    }

    /// Keys of one call have one tag, so that they are in one part and both are changed under one lock.
    pub(super) fn take<const N: usize>(&self, buckets: [(&str, Rate); N], cost: u64, at: Option<u64>) -> [Level; N] {
        let tag = buckets.first().map_or("", |(key, _)| tag(key));
        self.with(tag, |shard, now| {
            let at = at.unwrap_or_else(|| self.millis(now));
            let mut held = buckets.map(|(key, rate)| {
                let name = Name::Bucket(key.into());
                let known = match shard.live(&name, now) {
                    Some(Entry { content: Content::Bucket(bucket), .. }) => Some(*bucket),
                    _ => None,
                };
                (name, rate, tokens::refill(known, &rate, at))
            });
            let levels = tokens::take(held.each_mut().map(|(_, rate, bucket)| (bucket, &*rate)), cost);
            for (name, rate, bucket) in held {
                shard.insert(name, Content::Bucket(bucket), now, bounded(rate.life()));
            }
            levels
        })
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn health(&self) -> Duration {
        let before = Instant::now();
        self.with("", |_, _| ());
        before.elapsed()
    }

    /// Runs a step on the part of the map that holds a key. A step never panics halfway, so a poisoned lock is whole.
    fn with<T>(&self, key: &str, step: impl FnOnce(&mut Shard, Instant) -> T) -> T {
        let count = self.shards.len() as u64;
        let index = usize::try_from(self.hasher.hash_one(key) % count).unwrap_or_default();
        let shard = self.shards.get(index).unwrap_or_else(|| unreachable!("an index below the number of parts"));
        let mut shard: MutexGuard<'_, Shard> = shard.lock().unwrap_or_else(PoisonError::into_inner);
        step(&mut shard, Instant::now())
    }
}

/// What decides where a key lives, as in a Redis cluster: the part in braces, or all of it.
fn tag(key: &str) -> &str {
    let inner = key.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    inner.map(|(tag, _)| tag).filter(|tag| !tag.is_empty()).unwrap_or(key)
}

/// Values, counters, lists, breakers and buckets of one key are different entries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    Value(Box<str>),
    Counter(Box<str>),
    List(Box<str>),
    Breaker(Box<str>),
    Bucket(Box<str>),
    Set(Box<str>),
}

impl Name {
    fn len(&self) -> usize {
        match self {
            Self::Value(key)
            | Self::Counter(key)
            | Self::List(key)
            | Self::Breaker(key)
            | Self::Bucket(key)
            | Self::Set(key) => key.len(),
        }
    }
}

#[derive(Debug)]
enum Content {
    Value(Bytes),
    Counter(i64),
    List(List),
    Breaker(State),
    Bucket(Bucket),
    /// Until when each is a member, the first to leave first.
    Set(Vec<(Instant, String)>),
}

#[derive(Debug, Default)]
struct List {
    dropped: u64,
    items: VecDeque<Bytes>,
}

impl List {
    fn end(&self) -> u64 {
        self.dropped + self.items.len() as u64
    }

    fn push(&mut self, items: &[Bytes], max_items: usize) {
        self.items.extend(items.iter().cloned());
        while self.items.len() > max_items {
            self.items.pop_front();
            self.dropped += 1;
        }
    }

    fn tail(&self, from: u64) -> Tail {
        let first = from.clamp(self.dropped, self.end());
        let skip = usize::try_from(first - self.dropped).unwrap_or(usize::MAX);
        Tail { first, items: self.items.iter().skip(skip).cloned().collect() }
    }
}

#[derive(Debug)]
struct Entry {
    content: Content,
    expires: Instant,
    /// Tells entries apart that expire at the same instant.
    ticket: u64,
    cost: usize,
}

#[derive(Debug)]
struct Shard {
    entries: HashMap<Name, Entry>,
    queue: BTreeMap<(Instant, u64), Name>,
    bytes: usize,
    tickets: u64,
    max_entries: usize,
    max_bytes: usize,
}

impl Shard {
    fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self { entries: HashMap::new(), queue: BTreeMap::new(), bytes: 0, tickets: 0, max_entries, max_bytes }
    }

    /// The entry, unless its time is over.
    fn live(&mut self, name: &Name, now: Instant) -> Option<&Entry> {
        if self.entries.get(name)?.expires <= now {
            self.forget(name);
        }
        self.entries.get(name)
    }

    fn value(&mut self, name: &Name, now: Instant) -> Option<Bytes> {
        match &self.live(name, now)?.content {
            Content::Value(value) => Some(value.clone()),
            _ => None,
        }
    }

    fn members(&mut self, name: &Name, now: Instant) -> Vec<(Instant, String)> {
        match self.live(name, now).map(|entry| &entry.content) {
            Some(Content::Set(members)) => members.iter().filter(|(until, _)| *until > now).cloned().collect(),
            _ => Vec::new(),
        }
    }

    fn list(&mut self, name: &Name, now: Instant) -> Option<&List> {
        match &self.live(name, now)?.content {
            Content::List(list) => Some(list),
            _ => None,
        }
    }

    fn insert(&mut self, name: Name, content: Content, now: Instant, ttl: Duration) {
        self.forget(&name);
        let (expires, ticket) = (now + ttl, self.tickets);
        self.tickets += 1;
        let cost = OVERHEAD + 2 * name.len() + content_cost(&content);
        self.bytes += cost;
        self.queue.insert((expires, ticket), name.clone());
        self.entries.insert(name, Entry { content, expires, ticket, cost });
        self.make_room(now);
    }

    fn forget(&mut self, name: &Name) -> Option<Entry> {
        let entry = self.entries.remove(name)?;
        self.queue.remove(&(entry.expires, entry.ticket));
        self.bytes = self.bytes.saturating_sub(entry.cost);
        Some(entry)
    }

    /// Drops what has expired, and what would expire next while there is too much.
    fn make_room(&mut self, now: Instant) {
        while let Some((&(expires, _), name)) = self.queue.first_key_value() {
            let full = self.entries.len() > self.max_entries || self.bytes > self.max_bytes;
            if expires > now && !full {
                return;
            }
            let name = name.clone();
            self.forget(&name);
        }
    }
}

fn content_cost(content: &Content) -> usize {
    match content {
        Content::Value(value) => value.len(),
        Content::Counter(_) | Content::Breaker(_) | Content::Bucket(_) => 0,
        Content::Set(members) => members.iter().map(|(_, member)| member.len() + size_of::<(Instant, String)>()).sum(),
        Content::List(list) => list.items.iter().map(|item| item.len() + size_of::<Bytes>()).sum(),
    }
}

#[cfg(test)]
mod tests;
