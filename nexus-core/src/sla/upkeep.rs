//! What goes on beside requests: counts are exchanged with other replicas, judged and put up, incidents are told, and what is
//! old is removed. A step that fails is tried again at the next turn; judging goes on with what is known.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::RangeInclusive,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Class, Decision, Sla, Status,
    breach::{BURN_WINDOW, BreachType, Severity},
    decide::{Verdict, judge},
    engine::{Board, Engine},
    incident::{self, Incident},
    policies::{Effective, Policies},
    recorder::{Part, Who},
    store::{
        self,
        measurement::{News, Wanted},
    },
    view::View,
    window::share,
};
use crate::{
    audit::{Event, EventType},
    id::TenantId,
    op::Op,
    pg::DbError,
};

/// How long one step of a turn waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many windows one statement writes, and how many statements one turn makes.
const WRITE: [usize; 2] = [5_000, 10];
/// How often incidents are looked at while there are any, and while there are none.
const LOOK: [Duration; 2] = [Duration::from_secs(5), Duration::from_mins(1)];
/// How often an incident is told that its breach goes on. No policy calls a shorter time quiet than twice this.
const TELL_EVERY: TimeDelta = TimeDelta::seconds(30);
/// How often old rows are removed, and for how long at most.
const PRUNE: [Duration; 2] = [Duration::from_mins(10), Duration::from_mins(2)];
/// After how many quiet minutes an incident is over whose policy does not count any more.
const QUIET_MINUTES: u32 = 5;

/// What the turns remember.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// When all policies were read, and whose measurements are to be read because they are judged anew.
    pub(super) read: Option<Instant>,
    pub(super) unseen: BTreeSet<TenantId>,
    /// From when on the measurements of others are news, on the database's clock.
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) broken: BTreeSet<(Option<TenantId>, Uuid)>,
    looked: Option<Instant>,
    view: View,
    told: HashMap<Who, Told>,
    unresolved: usize,
    ill: bool,
}

/// What an incident was last told, and when: as long as it is the same, there is little to write.
#[derive(Debug)]
struct Told {
    what: (Uuid, DateTime<Utc>, BreachType, Severity, Decision),
    at: DateTime<Utc>,
}

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
        tokio::join!(engine.take_turns(&stop), engine.keep_current(&stop), engine.keep_pruned(&stop));
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
            engine.stale().all();
            engine.turn(true).await;
        }
    }

    /// Removes measurements and recommendations that are older than they are kept.
    pub async fn prune(&self) -> Result<(), DbError> {
        match self.engine() {
            Some(engine) => engine.prune().await,
            None => Ok(()),
        }
    }
}

impl Engine {
    async fn take_turns(&self, stop: &CancellationToken) {
        loop {
            self.turn(false).await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.settings.every) => {}
            }
        }
    }

    async fn keep_pruned(&self, stop: &CancellationToken) {
        let [every, _] = PRUNE;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                pruned = self.prune() => if let Err(error) = pruned {
                    tracing::debug!(%error, "old measurements of service levels are removed later");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
        }
    }

    /// Batch by batch, each in a transaction of its own, until one is short or the time is over. Replicas that do it at the
    /// same time remove different rows.
    async fn prune(&self) -> Result<(), DbError> {
        let (began, [_, most]) = (Instant::now(), PRUNE);
        while began.elapsed() < most {
            let now = self.clock.now();
            let mut tx = self.db.platform().await?;
            let windows = store::measurement::prune(&mut tx, now, self.settings.keep).await?;
            let actions = store::autoscaling::prune(&mut tx, now, self.settings.keep).await?;
            tx.commit().await?;
            if windows.max(actions) < store::measurement::PRUNE_BATCH {
                break;
            }
        }
        Ok(())
    }

    async fn turn(&self, all: bool) {
        let mut progress = self.progress.lock().await;
        self.sample();
        let read = within(self.catch_up(&mut progress)).await;
        let policies = Arc::clone(&self.board().policies);
        let exchanged = within(self.exchange(&mut progress, &policies)).await;
        self.note_ill(&mut progress, read.err().as_ref().or(exchanged.as_ref().err()));
        let now = self.clock.now();
        progress.view.keep(&self.span(&policies, now), |who| policies.judges(who, now));
        let breached = self.judge(&mut progress, policies);
        let told = within(self.tell(&mut progress, breached, all)).await;
        if let Err(error) = told {
            tracing::debug!(%error, "incidents of service levels are told later");
        }
    }

    /// How full things are now.
    fn sample(&self) {
        let (in_use, _) = self.db.connections();
        let max = self.db.max_connections();
        let start = self.settings.grid.start(self.clock.now());
        let loads = self.gauge.get().map(|gauge| gauge()).unwrap_or_default();
        for (tenant, load) in &loads {
            let saturation = load.saturation(in_use, max);
            self.recorder.count(&(tenant.clone(), Class::Run), start, |tally| tally.sample(saturation));
        }
        let all = loads.first().map_or(0, |(_, load)| share(load.all, load.all_max));
        metrics::gauge!("nexusrag_sla_saturation_pct", "resource" => "runs").set(f64::from(all) / 100.0);
        metrics::gauge!("nexusrag_sla_saturation_pct", "resource" => "database")
            .set(f64::from(share(in_use, max)) / 100.0);
    }

    /// Judges by what was measured here, writes it down, and reads what others measured. Nothing to write and nobody to judge
    /// costs nothing.
    async fn exchange(&self, progress: &mut Progress, policies: &Policies) -> Result<(), DbError> {
        let (now, [batch, batches]) = (self.clock.now(), WRITE);
        let span = self.span(policies, now);
        for _ in 0..batches {
            let mine = self.take_own(progress, policies, now);
            let full = mine.len() >= batch;
            if mine.is_empty() && policies.is_empty() {
                return Ok(());
            }
            let mut tx = self.db.platform().await?;
            if !mine.is_empty() {
                store::measurement::write(&mut tx, self.settings.grid, self.replica, &mine).await?;
            }
            if full {
                tx.commit().await?;
                self.recorder.written(&mine);
                continue;
            }
            let read = if policies.is_empty() { None } else { Some(self.news(&mut tx, progress, &span).await?) };
            tx.commit().await?;
            self.recorder.written(&mine);
            if let Some((news, next)) = read {
                self.take_in(progress, news);
                progress.unseen.clear();
                progress.since = Some(next);
            }
            break;
        }
        self.recorder.tidy(self.settings.grid, now);
        Ok(())
    }

    /// What this replica measured itself is as fresh as can be, whether it can be written or not; what is to be written.
    fn take_own(&self, progress: &mut Progress, policies: &Policies, now: DateTime<Utc>) -> Vec<Part> {
        let [batch, _] = WRITE;
        let changed = self.recorder.changed(batch);
        for part in changed.iter().filter(|part| policies.judges(&part.who, now)) {
            progress.view.take(part.who.clone(), part.start, self.replica, part.tally.clone());
        }
        changed.into_iter().filter(|part| part.unwritten).collect()
    }

    /// What others wrote since the last time, and everything recent of those who are judged anew.
    async fn news(
        &self,
        conn: &mut store::Connection,
        progress: &Progress,
        within: &RangeInclusive<DateTime<Utc>>,
    ) -> Result<(Vec<News>, DateTime<Utc>), DbError> {
        let grid = self.settings.grid;
        let mut found = Vec::new();
        if !progress.unseen.is_empty() && progress.since.is_some() {
            let tenants: Vec<TenantId> = progress.unseen.iter().cloned().collect();
            let wanted = Wanted { within, since: None, only: Some(&tenants) };
            found = store::measurement::news(conn, grid, &wanted).await?.0;
        }
        let wanted = Wanted { within, since: progress.since, only: None };
        let (news, next) = store::measurement::news(conn, grid, &wanted).await?;
        found.extend(news);
        Ok((found, next))
    }

    fn take_in(&self, progress: &mut Progress, news: Vec<News>) {
        for part in news {
            if part.replica == self.replica {
                progress.view.take_missing(part.who, part.start, part.replica, part.tally);
            } else {
                progress.view.take(part.who, part.start, part.replica, part.tally);
            }
        }
    }

    /// The windows that may decide something: those before are too old, and those behind are of a clock that is wrong.
    fn span(&self, policies: &Policies, now: DateTime<Utc>) -> RangeInclusive<DateTime<Utc>> {
        let grid = self.settings.grid;
        let row = TimeDelta::seconds(i64::from(policies.longest_row()) * i64::from(grid.seconds()));
        let start = grid.start(now);
        start - (row + grid.width()).max(BURN_WINDOW)..=start + grid.width()
    }

    /// Judges everybody who was measured, puts the judgements up, and gives the breaches.
    fn judge(&self, progress: &mut Progress, policies: Arc<Policies>) -> Vec<Breached> {
        let (now, grid) = (self.clock.now(), self.settings.grid);
        let mut standings = HashMap::new();
        let mut breached = Vec::new();
        for (who, windows) in progress.view.sums() {
            let Some(policy) = policies.of(&who.0, now) else { continue };
            let Some(document) = &policy.document else {
                standings.insert(who.clone(), Arc::new(policy.not_understood(who.1)));
                continue;
            };
            let verdict = judge(document, who.1, windows, self.rules(), now);
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
        let lasting: HashSet<(Who, Uuid)> = breached.iter().map(|b| (b.who.clone(), b.policy.id)).collect();
        progress.told.retain(|who, told| lasting.contains(&(who.clone(), told.what.0)));
        for Breached { who, policy, verdict } in breached {
            let (Some(worst), Some(window)) = (verdict.worst(), verdict.window) else { continue };
            let what = (policy.id, window, worst.kind, worst.severity, verdict.decision);
            let known = |told: &&Told| told.what == what && op.now - told.at < TELL_EVERY;
            if progress.told.get(&who).as_ref().is_some_and(known) {
                continue;
            }
            // What cannot be told of one tenant must not keep the others from being told of.
            match self.report(&op, &who, &policy, &verdict).await {
                Ok(()) => {
                    progress.told.insert(who, Told { what, at: op.now });
                    progress.unresolved = progress.unresolved.max(1);
                }
                Err(error) => tracing::warn!(%error, tenant = %who.0, "a breach of a service level is told later"),
            }
        }
        let [often, rarely] = LOOK;
        let bound = if progress.unresolved > 0 { often } else { rarely };
        if look || progress.looked.is_none_or(|looked| looked.elapsed() >= bound) {
            let board = self.board();
            let over = |it: &Incident| {
                let lasts = lasting.contains(&((it.tenant.clone(), it.class), it.policy));
                (!lasts).then(|| patience(&board.policies, it, op.now))
            };
            let mut tx = self.db.platform().await?;
            progress.unresolved = incident::resolve_quiet(&op, &mut tx, over).await?;
            tx.commit().await?;
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
    pub(super) fn note_broken(&self, progress: &mut Progress, policies: &Policies) {
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

pub(super) async fn within<T>(step: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    tokio::time::timeout(PATIENCE, step).await.unwrap_or_else(|_| Err(DbError::too_slow()))
}
