//! What was read of the database a moment ago.
//!
//! A value counts only while it is confirmed that no [change](super::changes) is missing, in this replica or another one;
//! otherwise the database is asked. What was read before a change is not remembered after it. So a cache of this kind needs no
//! age that is tolerated, and who asks for what was just taken away is not told that it is still there.

use std::{
    any::Any,
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;

use super::changes::{Change, Changes};
use crate::id::TenantId;

/// How much is remembered.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<V> {
    /// What all values weigh together, at most.
    pub most: u64,
    /// What a value weighs.
    pub weigh: fn(&V) -> u32,
    /// How old a value becomes, where it may change without a notification.
    pub age: Option<Duration>,
}

impl<V> Bounds<V> {
    /// So many values, of whatever age.
    #[must_use]
    pub fn values(most: u64) -> Self {
        Self { most, weigh: |_| 1, age: None }
    }

    /// None of them older than this.
    #[must_use]
    pub fn no_older_than(self, age: Duration) -> Self {
        Self { age: Some(age), ..self }
    }
}

/// What a change makes void.
pub enum Void<V> {
    /// Nothing that is held here.
    Nothing,
    /// What lies under a key.
    Key(Vec<u8>),
    /// What fits.
    Where(Box<dyn Fn(&V) -> bool + Send + Sync>),
    /// Everything.
    All,
}

/// The number of a moment between two changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(u64);

/// Values of one kind under their keys. Cheap to clone.
pub struct Remembered<V> {
    table: Table,
    changes: Changes,
    weigh: fn(&V) -> u32,
    kind: PhantomData<fn() -> V>,
}

/// One table for all kinds of values, so that its code is in the program once.
#[derive(Clone)]
struct Table {
    entries: Cache<Box<[u8]>, Entry>,
    changed: Arc<AtomicU64>,
}

#[derive(Clone)]
struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    weight: u32,
}

impl<V> Clone for Remembered<V> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), changes: self.changes.clone(), weigh: self.weigh, kind: PhantomData }
    }
}

impl<V> fmt::Debug for Remembered<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("entries", &self.table.entries.entry_count()).finish_non_exhaustive()
    }
}

impl<V: Clone + Send + Sync + 'static> Remembered<V> {
    /// Remembers nothing yet. `void` says what a change of a topic makes void, given its topic, its tenant and its id.
    #[must_use]
    pub fn new(
        changes: &Changes,
        Bounds { most, weigh, age }: Bounds<V>,
        void: impl Fn(&str, &str, &str) -> Void<V> + Send + Sync + 'static,
    ) -> Self {
        let table = Table::new(most, age);
        changes.on_change({
            let table = table.clone();
            move |change| {
                table.forget(match change {
                    Change::Of { topic, tenant, id } => void(topic, tenant, id),
                    Change::Lost => Void::All,
                });
            }
        });
        Self { table, changes: changes.clone(), weigh, kind: PhantomData }
    }

    /// What lies under a key, when it is known to be what the database says.
    pub async fn get(&self, key: &[u8]) -> Option<V> {
        if !self.changes.confirmed().await {
            return None;
        }
        self.table.entries.get(key)?.value.downcast_ref().cloned()
    }

    /// What lies under a key, else what `read` finds, which is remembered.
    pub async fn of<E>(&self, key: &[u8], read: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        if let Some(value) = self.get(key).await {
            return Ok(value);
        }
        let before = self.moment();
        let value = read.await?;
        self.put(key, &value, before);
        Ok(value)
    }

    /// Now. To be taken before something is read that is to be remembered.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment(self.table.changed.load(Ordering::SeqCst))
    }

    /// Remembers what was read after a moment, unless something changed since then.
    pub fn put(&self, key: &[u8], value: &V, read_after: Moment) {
        if !self.changes.connected() {
            return;
        }
        self.table.entries.insert(key.into(), Entry { value: Arc::new(value.clone()), weight: (self.weigh)(value) });
        if self.moment() != read_after {
            self.table.entries.invalidate(key);
        }
    }

    /// Forgets, so that a change counts at once in this process. The notification reaches the others.
    pub fn forget(&self, void: Void<V>) {
        self.table.forget(void);
    }
}

impl Table {
    fn new(most: u64, age: Option<Duration>) -> Self {
        let entries = Cache::builder()
            .max_capacity(most)
            .weigher(|_, entry: &Entry| entry.weight)
            .support_invalidation_closures();
        let entries = match age {
            Some(age) => entries.time_to_live(age).build(),
            None => entries.build(),
        };
        Self { entries, changed: Arc::default() }
    }

    fn forget<V: 'static>(&self, void: Void<V>) {
        if matches!(void, Void::Nothing) {
            return;
        }
        self.changed.fetch_add(1, Ordering::SeqCst);
        match void {
            Void::Nothing => {}
            Void::Key(key) => self.entries.invalidate(key.as_slice()),
            Void::Where(fits) => self.forget_where(move |value| value.downcast_ref().is_none_or(&fits)),
            Void::All => self.entries.invalidate_all(),
        }
    }

    fn forget_where(&self, fits: impl Fn(&(dyn Any + Send + Sync)) -> bool + Send + Sync + 'static) {
        if self.entries.invalidate_entries_if(move |_, entry| fits(&*entry.value)).is_err() {
            self.entries.invalidate_all();
        }
    }
}

impl<V> Void<V> {
    /// What lies under a tenant; everything where it is none, because what changed counts for all.
    #[must_use]
    pub fn of_tenant(tenant: Option<&TenantId>) -> Self {
        tenant.map_or(Self::All, |tenant| Self::Key(tenant.as_str().into()))
    }
}

impl<V> fmt::Debug for Void<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Key(key) => f.debug_tuple("Key").field(key).finish(),
            Self::Where(_) => f.write_str("Where"),
            Self::All => f.write_str("All"),
        }
    }
}
