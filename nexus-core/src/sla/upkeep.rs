//! What goes on beside requests: counts are exchanged with other replicas, judged and put up, incidents are told, and what is
//! old is removed. A step that fails is tried again at the next turn; judging goes on with what is known.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Class, Decision, Sla, Status,
    decide::{BreachType, Severity, Verdict, Windows, judge},
    engine::{Board, Engine},
    incident::{self, Incident},
    policies::{Effective, Policies},
    recorder::{Part, Who},
    store,
    window::{Tally, share},
};
use crate::{
    audit::{Event, EventType},
    id::TenantId,
    op::Op,
    pg::DbError,
};

/// How long one turn waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);
/// How far back failures are looked at for how fast they come.
const BURN_WINDOW: TimeDelta = TimeDelta::minutes(5);
/// How often policies are read anew although nobody said that they changed, and while nobody would say so.
const REREAD: [Duration; 2] = [Duration::from_mins(1), Duration::from_secs(5)];
/// How often incidents are looked at while there are any, and while there are none.
const LOOK: [Duration; 2] = [Duration::from_secs(5), Duration::from_mins(1)];
/// How often old rows are removed.
const PRUNE_EVERY: Duration = Duration::from_mins(10);
/// After how many quiet minutes an incident is over whose policy does not count any more.
const QUIET_MINUTES: u32 = 5;

/// What the turns remember.
#[derive(Debug, Default)]
pub(super) struct Progress {
    read: Option<Instant>,
    looked: Option<Instant>,
    pruned: Option<Instant>,
    /// From when on the measurements of others are news, on the database's clock.
    since: Option<DateTime<Utc>>,
    view: HashMap<Who, BTreeMap<DateTime<Utc>, HashMap<Uuid, Tally>>>,
    told: HashMap<Who, Told>,
    unresolved: usize,
    broken: BTreeSet<(Option<TenantId>, Uuid)>,
    ill: bool,
}

/// What an incident was last told: as long as it is the same, there is nothing to write.
type Told = (Uuid, DateTime<Utc>, BreachType, Severity, Decision);

/// A breach with what it is a breach of.
struct Breached {
    who: Who,
    policy: Arc<Effective>,
    verdict: Verdict,
}

impl Sla {
    /// Keeps judgements fresh until `stop`, and writes down what was measured at the end.
    pub async fn run(self, stop: CancellationToken) {
        let Some(engine) = self.engine() else { return };
        loop {
            engine.turn(false).await;
            tokio::select! {
                () = stop.cancelled() => break,
                () = engine.wake.notified() => {}
                () = tokio::time::sleep(engine.settings.every) => {}
            }
        }
        self.flush().await;
    }

    /// Writes down at once what was measured here, as far as the database is there.
    pub async fn flush(&self) {
        if let Some(engine) = self.engine() {
            let mut progress = engine.progress.lock().await;
            let policies = Arc::clone(&engine.board().policies);
            if let Err(error) = within(engine.exchange(&mut progress, &policies)).await {
                tracing::debug!(%error, "measurements of service levels are written later");
            }
        }
    }

    /// Takes a turn at once: afterwards this replica judges by what is stored and measured now.
    pub async fn refresh(&self) {
        if let Some(engine) = self.engine() {
            engine.stale.store(true, Ordering::SeqCst);
            engine.turn(true).await;
        }
    }
}

impl Engine {
    async fn turn(&self, all: bool) {
        let mut progress = self.progress.lock().await;
        self.sample();
        let policies = match within(self.policies(&mut progress)).await {
            Ok(policies) => policies,
            Err(error) => {
                self.stale.store(true, Ordering::SeqCst);
                self.note_ill(&mut progress, Some(&error));
                Arc::clone(&self.board().policies)
            }
        };
        self.note_broken(&mut progress, &policies);
        let exchanged = within(self.exchange(&mut progress, &policies)).await;
        self.note_ill(&mut progress, exchanged.as_ref().err());
        self.take_own(&mut progress, &policies);
        let breached = self.judge(&progress, policies);
        let told = within(self.tell(&mut progress, breached, all)).await;
        if let Err(error) = told {
            tracing::debug!(%error, "incidents of service levels are told later");
        }
    }

    /// How full things are now.
    fn sample(&self) {
        let (in_use, _) = self.db.connections();
        let pool = share(in_use, self.db.max_connections());
        let start = self.settings.grid.start(self.clock.now());
        let loads = self.gauge.get().map(|gauge| gauge()).unwrap_or_default();
        for (tenant, load) in &loads {
            let saturation = load.saturation(pool);
            self.recorder.count(&(tenant.clone(), Class::Run), start, |tally| tally.sample(saturation));
        }
        let all = loads.first().map_or(0, |(_, load)| share(load.all, load.all_max));
        metrics::gauge!("nexusrag_sla_saturation_pct", "resource" => "runs").set(f64::from(all) / 100.0);
        metrics::gauge!("nexusrag_sla_saturation_pct", "resource" => "database").set(f64::from(pool) / 100.0);
    }

    /// The policies in force, read anew when they may have changed.
    async fn policies(&self, progress: &mut Progress) -> Result<Arc<Policies>, DbError> {
        let known = Arc::clone(&self.board().policies);
        let [rarely, often] = REREAD;
        let bound = if self.changes.connected() { rarely } else { often };
        let old = progress.read.is_none_or(|read| read.elapsed() >= bound);
        if !self.stale.swap(false, Ordering::SeqCst) && !old {
            return Ok(known);
        }
        let mut tx = self.db.platform().await?;
        let (stored, assignments) = store::policy::in_force(&mut tx).await?;
        drop(tx);
        progress.read = Some(Instant::now());
        // Somebody may count now who did not: everything that is recent is news again.
        progress.since = None;
        progress.view.clear();
        Ok(Arc::new(Policies::compile(&stored, &assignments, &self.settings.defaults)))
    }

    /// Writes down what was measured here, and reads what others measured. Nothing to write and nobody to judge costs nothing.
    async fn exchange(&self, progress: &mut Progress, policies: &Policies) -> Result<(), DbError> {
        let parts = self.recorder.parts().into_iter();
        let dirty: Vec<Part> = parts.filter_map(|(part, dirty)| dirty.then_some(part)).collect();
        let judges = !policies.is_empty();
        if dirty.is_empty() && !judges && progress.pruned.is_some() {
            return Ok(());
        }
        let (now, grid) = (self.clock.now(), self.settings.grid);
        let mut tx = self.db.platform().await?;
        if !dirty.is_empty() {
            store::measurement::write(&mut tx, grid, self.replica, &dirty).await?;
        }
        let news = if judges {
            Some(store::measurement::news(&mut tx, grid, self.oldest(policies, now), progress.since).await?)
        } else {
            None
        };
        if progress.pruned.is_none_or(|pruned| pruned.elapsed() >= PRUNE_EVERY) {
            store::measurement::prune(&mut tx, now, self.settings.keep).await?;
            store::autoscaling::prune(&mut tx, now, self.settings.keep).await?;
            progress.pruned = Some(Instant::now());
        }
        tx.commit().await?;
        self.recorder.written(&dirty);
        self.recorder.tidy(grid, now);
        if let Some((news, next)) = news {
            progress.since = Some(next);
            for part in news {
                progress
                    .view
                    .entry(part.who)
                    .or_default()
                    .entry(part.start)
                    .or_default()
                    .insert(part.replica, part.tally);
            }
        }
        Ok(())
    }

    /// What this replica measured itself is as fresh as can be, whether it could be written or not.
    fn take_own(&self, progress: &mut Progress, policies: &Policies) {
        let now = self.clock.now();
        for (part, _) in self.recorder.parts() {
            let windows = progress.view.entry(part.who).or_default();
            windows.entry(part.start).or_default().insert(self.replica, part.tally);
        }
        let oldest = self.oldest(policies, now);
        for windows in progress.view.values_mut() {
            windows.retain(|start, _| *start >= oldest);
        }
        let judged = |(tenant, class): &Who| {
            let policy = policies.of(tenant, now);
            policy.is_some_and(|p| p.document.as_ref().is_none_or(|document| document.judges(*class)))
        };
        progress.view.retain(|who, windows| !windows.is_empty() && judged(who));
    }

    /// Windows before this decide nothing.
    fn oldest(&self, policies: &Policies, now: DateTime<Utc>) -> DateTime<Utc> {
        let grid = self.settings.grid;
        let row = TimeDelta::seconds(i64::from(policies.longest_row()) * i64::from(grid.seconds()));
        grid.start(now) - (row + grid.width()).max(BURN_WINDOW)
    }

    /// Judges everybody who was measured, puts the judgements up, and gives the breaches.
    fn judge(&self, progress: &Progress, policies: Arc<Policies>) -> Vec<Breached> {
        let (now, grid) = (self.clock.now(), self.settings.grid);
        let mut standings = HashMap::new();
        let mut breached = Vec::new();
        for (who, parts) in &progress.view {
            let Some(policy) = policies.of(&who.0, now) else { continue };
            let Some(document) = &policy.document else {
                standings.insert(who.clone(), Arc::new(policy.not_understood(who.1)));
                continue;
            };
            let verdict = judge(document, who.1, &sum(parts), self.rules(), now);
            standings.insert(who.clone(), Arc::new(policy.standing(who.1, &verdict, grid)));
            if verdict.status == Status::Breached {
                breached.push(Breached { who: who.clone(), policy: Arc::clone(policy), verdict });
            }
        }
        self.publish(Board { policies, standings });
        breached
    }

    /// Tells incidents of breaches, and ends those that were quiet for long enough.
    async fn tell(&self, progress: &mut Progress, breached: Vec<Breached>, look: bool) -> Result<(), DbError> {
        let op = Op::internal(self.clock.now());
        progress.told.retain(|who, _| breached.iter().any(|b| b.who == *who));
        for Breached { who, policy, verdict } in breached {
            let (Some(worst), Some(window)) = (verdict.worst(), verdict.window) else { continue };
            let told = (policy.id, window, worst.kind, worst.severity, verdict.decision);
            if progress.told.get(&who) == Some(&told) {
                continue;
            }
            // What cannot be told of one tenant must not keep the others from being told of.
            match self.report(&op, &who, &policy, &verdict).await {
                Ok(()) => {
                    progress.told.insert(who, told);
                    progress.unresolved += 1;
                }
                Err(error) => tracing::warn!(%error, tenant = %who.0, "a breach of a service level is told later"),
            }
        }
        let [often, rarely] = LOOK;
        let bound = if progress.unresolved > 0 { often } else { rarely };
        if look || progress.looked.is_none_or(|looked| looked.elapsed() >= bound) {
            let board = self.board();
            let mut tx = self.db.platform().await?;
            let left = incident::resolve_quiet(&op, &mut tx, |it| patience(&board.policies, it, op.now)).await?;
            tx.commit().await?;
            progress.unresolved = left;
            progress.looked = Some(Instant::now());
        }
        Ok(())
    }

    async fn report(&self, op: &Op, who: &Who, policy: &Effective, verdict: &Verdict) -> Result<(), DbError> {
        let mut tx = self.db.platform().await?;
        incident::report(op, &mut tx, &self.settings, who, policy, verdict).await?;
        tx.commit().await
    }

    /// Says once that what others measure cannot be seen, and once that it can again.
    fn note_ill(&self, progress: &mut Progress, error: Option<&DbError>) {
        match error {
            Some(error) if !progress.ill => {
                tracing::warn!(%error, "service levels are judged by what this process measures alone");
                self.note(None, "measurements_unavailable", None);
            }
            None if progress.ill => tracing::info!("service levels are judged by all replicas again"),
            _ => {}
        }
        progress.ill = error.is_some();
    }

    /// Says once of each policy that it cannot be understood.
    fn note_broken(&self, progress: &mut Progress, policies: &Policies) {
        let broken = policies.broken();
        for (tenant, policy) in broken.difference(&progress.broken) {
            tracing::warn!(%policy, ?tenant, "a policy for service levels cannot be understood");
            self.note(tenant.as_ref(), "policy_invalid", Some(*policy));
        }
        progress.broken = broken;
    }

    fn note(&self, tenant: Option<&TenantId>, reason: &'static str, policy: Option<Uuid>) {
        let op = Op::internal(self.clock.now());
        let event = Event::system(&op, tenant, EventType::SlaSignalDegraded).reason(reason);
        self.audit.note(event.policy(policy));
    }
}

/// For how long an incident has to be quiet.
fn patience(policies: &Policies, incident: &Incident, now: DateTime<Utc>) -> TimeDelta {
    let policy = policies.of(&incident.tenant, now).filter(|p| p.id == incident.policy);
    let minutes = policy.and_then(|p| p.document.as_ref()).map(|d| d.enforcement.breach_window_minutes);
    TimeDelta::minutes(minutes.unwrap_or(QUIET_MINUTES).into())
}

/// What all replicas measured together.
fn sum(parts: &BTreeMap<DateTime<Utc>, HashMap<Uuid, Tally>>) -> Windows {
    let merged = |replicas: &HashMap<Uuid, Tally>| {
        replicas.values().fold(Tally::default(), |mut sum, tally| {
            sum.merge(tally);
            sum
        })
    };
    parts.iter().map(|(start, replicas)| (*start, merged(replicas))).collect()
}

async fn within<T>(step: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    tokio::time::timeout(PATIENCE, step).await.unwrap_or_else(|_| Err(DbError::too_slow()))
}
