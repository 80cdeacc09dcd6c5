//! Switches of the operator: what is stopped for everybody, and which share of tenants has what is being rolled out.
//!
//! A switch has a default from the environment, and a row of the database that overrides it until it expires. What is
//! remembered of the rows counts only while it is confirmed that no change is missing, so that a switch holds on every
//! replica as soon as it was set. When the database is away the rows that were last seen count, and before any was seen the
//! defaults: a switch is no right, and with the database away nothing that it stops would work.

mod decide;
mod settings;
#[cfg(feature = "postgres")]
mod store;

#[cfg(feature = "postgres")]
use std::sync::atomic::AtomicU64;
use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};

pub use self::{
    decide::{Position, Positions, in_cohort},
    settings::SwitchSettings,
};
#[cfg(feature = "postgres")]
use crate::{
    audit::{self, Event, EventType},
    op::Op,
    pg::{
        Db, DbError, PlatformTx,
        changes::{Change, Changes},
    },
    principal::Principal,
};

macro_rules! switches {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$inner])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

switches! {
    /// What can be stopped at once.
    Kill {
        /// Runs and searches.
        Run = "kill.run",
        /// Documents that come in or are processed anew.
        Ingest = "kill.ingest",
        /// Speech.
        Tts = "kill.tts",
        /// Corpora that are held by remote providers.
        ExternalRetrieval = "kill.external_retrieval",
        /// Notifications.
        Notifications = "kill.notifications",
    }
}

switches! {
    /// What can be given to a share of tenants.
    Rollout {
        /// Speech.
        Tts = "rollout.tts",
        /// Corpora that are held by remote providers.
        ExternalRetrieval = "rollout.external_retrieval",
    }
}

/// A row: what a switch is set to, by whom, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub id: String,
    /// Zero or one for a kill switch, a percentage for a rollout.
    pub value: u8,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// When the default counts again.
    pub expires_at: Option<DateTime<Utc>>,
    /// The credential that set it.
    pub set_by: String,
    /// When it was set.
    pub updated_at: DateTime<Utc>,
}

/// The switches of this installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Switches(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: SwitchSettings,
    #[cfg(feature = "postgres")]
    source: Option<(Db, Changes)>,
    seen: RwLock<Seen>,
    #[cfg(feature = "postgres")]
    generation: AtomicU64,
    /// The second in which metrics last said how the switches stand.
    shown: AtomicI64,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    #[cfg(feature = "postgres")]
    fresh: bool,
    rows: Arc<[Row]>,
}

impl Switches {
    /// Switches that nobody moves: the defaults.
    #[must_use]
    pub fn fixed(settings: SwitchSettings) -> Self {
        Self(Arc::new(Inner {
            settings,
            #[cfg(feature = "postgres")]
            source: None,
            seen: RwLock::default(),
            #[cfg(feature = "postgres")]
            generation: AtomicU64::new(0),
            shown: AtomicI64::new(0),
        }))
    }

    /// Switches whose rows are in this database.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn new(db: Db, changes: &Changes, settings: SwitchSettings) -> Self {
        let source = Some((db, changes.clone()));
        let switches = Self(Arc::new(Inner {
            settings,
            source,
            seen: RwLock::default(),
            generation: AtomicU64::new(0),
            shown: AtomicI64::new(0),
        }));
        changes.on_change({
            // A weak hold: the stream of changes is part of what it would hold.
            let inner = Arc::downgrade(&switches.0);
            move |change| {
                let concerns =
                    matches!(change, Change::Lost) || matches!(change, Change::Of { topic, .. } if topic == "switch");
                if let Some(inner) = inner.upgrade().filter(|_| concerns) {
                    inner.generation.fetch_add(1, Ordering::SeqCst);
                    inner.seen.write().unwrap_or_else(PoisonError::into_inner).fresh = false;
                }
            }
        });
        switches
    }

    /// How the switches stand at a time.
    pub async fn at(&self, now: DateTime<Utc>) -> Positions {
        let positions = Positions::of(&self.0.settings, &self.rows().await, now);
        // Once a second is enough for whoever watches.
        let second = now.timestamp();
        if self.0.shown.swap(second, Ordering::Relaxed) != second {
            positions.show();
        }
        positions
    }

    /// How the switches stand at a time, as a transaction sees them.
    #[cfg(feature = "postgres")]
    pub async fn within(&self, tx: &mut PlatformTx, now: DateTime<Utc>) -> Result<Positions, DbError> {
        Ok(Positions::of(&self.0.settings, &store::all(tx).await?, now))
    }

    /// The rows that count.
    async fn rows(&self) -> Arc<[Row]> {
        #[cfg(feature = "postgres")]
        if let Some((db, changes)) = &self.0.source {
            let confirmed = changes.confirmed().await;
            let seen = self.seen();
            if confirmed && seen.fresh {
                return seen.rows;
            }
            return match self.look(db, changes).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::warn!(%error, "switches cannot be read; those seen last count");
                    seen.rows
                }
            };
        }
        self.seen().rows
    }

    #[cfg(feature = "postgres")]
    async fn look(&self, db: &Db, changes: &Changes) -> Result<Arc<[Row]>, DbError> {
        let generation = self.0.generation.load(Ordering::SeqCst);
        let mut tx = db.platform().await?;
        let rows: Arc<[Row]> = store::all(&mut tx).await?.into();
        drop(tx);
        let mut seen = self.0.seen.write().unwrap_or_else(PoisonError::into_inner);
        // What was read before a change must not count as fresh after it.
        let fresh = changes.connected() && self.0.generation.load(Ordering::SeqCst) == generation;
        *seen = Seen { fresh, rows: Arc::clone(&rows) };
        Ok(rows)
    }

    fn seen(&self) -> Seen {
        self.0.seen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Sets switches for everybody, each with its event. Whoever calls it has made sure that the principal is an operator.
#[cfg(feature = "postgres")]
pub async fn set(
    op: &Op,
    tx: &mut PlatformTx,
    who: &Principal,
    wanted: &[(&'static str, u8)],
    (reason, expires_at): (&str, Option<DateTime<Utc>>),
) -> Result<(), DbError> {
    for (id, value) in wanted {
        let row = Row {
            id: (*id).to_owned(),
            value: *value,
            reason: Some(reason.to_owned()),
            expires_at,
            set_by: who.credential.to_string(),
            updated_at: op.now,
        };
        store::put(tx, &row).await?;
        let event = Event::by(op, who, EventType::OpsSwitchSet).resource("switch", id);
        audit::record(tx, &event.setting(*value).stated(Some(reason)).expires(expires_at)).await?;
    }
    Ok(())
}
