//! Autoscaling: how many replicas a profile recommends for what was measured, and who is asked to run them.
//!
//! A recommendation is recorded with what it rests on. Only one that was executed starts a cooldown. An executor says what it
//! did: `noop` does nothing and says so, `file` writes the wanted number where a supervisor reads it. When the database is
//! away nothing is recommended and nothing is executed.

pub mod decide;
mod error;

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use self::decide::{Recommendation, Signals, recommend};
pub use self::error::AutoscalingError;
use super::{
    Class, Owner,
    settings::AutoscalingSettings,
    store::{self, Connection},
    words,
};
use crate::{
    audit::{self, Event, EventType},
    clock,
    op::Op,
    pg::DbError,
    principal::Principal,
};

/// The most profiles that one tenant has, and the operator.
pub const MAX_PROFILES: i64 = 200;

words! {
    /// What a profile is about.
    Scope {
        /// The whole platform; only the operator has such profiles.
        Global = "global",
        /// The tenant.
        Tenant = "tenant",
        /// Requests of one class.
        RouteClass = "route_class",
    }
}

words! {
    /// What is recommended.
    Action {
        /// More replicas.
        ScaleUp = "scale_up",
        /// Fewer replicas.
        ScaleDown = "scale_down",
        /// As many as there are.
        Hold = "hold",
        /// There cannot be more: requests should do less.
        Degrade = "degrade",
    }
}

/// Who is asked to run more or fewer replicas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Executor {
    /// Nobody.
    Noop,
    /// Whoever reads this file.
    File(PathBuf),
}

/// A profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Whose it is.
    pub owner: Owner,
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// What it is about.
    pub scope: Scope,
    /// Requests of which class, where it is about one.
    pub route_class: Option<Class>,
    /// The fewest replicas.
    pub min_replicas: u32,
    /// The most replicas.
    pub max_replicas: u32,
    /// How long 95 of 100 requests should take at most, in milliseconds.
    pub target_p95_ms: u32,
    /// How many jobs should wait at most.
    pub target_queue_depth: u32,
    /// How long nothing is changed after a change.
    pub cooldown_seconds: u32,
    /// How many replicas more at once.
    pub step_up: u32,
    /// How many replicas fewer at once.
    pub step_down: u32,
    /// Whether it recommends anything.
    pub enabled: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A recommendation as it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Whose profile.
    pub owner: Owner,
    /// Its id.
    pub id: Uuid,
    /// Which profile.
    pub profile: Uuid,
    /// For which requests.
    pub route_class: Class,
    /// What was recommended.
    pub action: Action,
    /// How many replicas there were.
    pub from: u32,
    /// How many there should be.
    pub to: u32,
    /// Why.
    pub reason: String,
    /// What it rests on.
    pub signals: Value,
    /// When it was executed, if it was.
    pub executed_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Which profile.
    pub profile: Uuid,
    /// For which requests.
    pub route_class: Class,
    /// How many replicas there are.
    pub current: u32,
    /// What is known of the load.
    pub signals: Signals,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What was recorded.
    pub recorded: Recorded,
    /// Whether a change was executed a moment ago.
    pub cooling: bool,
}

impl Profile {
    /// Refuses a profile that contradicts itself.
    pub fn check(&self) -> Result<(), AutoscalingError> {
        let wrong = if self.min_replicas > self.max_replicas {
            "min_replicas must not be larger than max_replicas"
        } else if (self.scope == Scope::RouteClass) != self.route_class.is_some() {
            "route_class belongs to the scope route_class, and only to it"
        } else if (self.scope == Scope::Global) != (self.owner == Owner::Operator) {
            "the scope global is for profiles of the operator, and only for them"
        } else {
            return Ok(());
        };
        Err(AutoscalingError::Invalid(wrong))
    }

    fn cooling_until(&self, executed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = executed? + TimeDelta::seconds(self.cooldown_seconds.into());
        (until > now).then_some(until)
    }
}

/// Makes a profile.
pub async fn create(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    profile: Profile,
) -> Result<Profile, AutoscalingError> {
    profile.check()?;
    if store::autoscaling::count(conn, &profile.owner).await.map_err(DbError::from)? >= MAX_PROFILES {
        return Err(AutoscalingError::TooMany);
    }
    store::autoscaling::insert(conn, &profile).await.map_err(DbError::from)?;
    let event = Event::by(op, caller, EventType::SlaAutoscalingProfileCreated);
    audit::record(conn, &event.resource("autoscaling_profile", &profile.id.to_string())).await?;
    Ok(profile)
}

/// Changes a profile of an owner; `apply` gives the names of the fields that it changed.
pub async fn update(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    (owner, id): (&Owner, Uuid),
    apply: impl FnOnce(&mut Profile) -> Vec<&'static str>,
) -> Result<Profile, AutoscalingError> {
    let found = store::autoscaling::lock(conn, owner, id).await.map_err(DbError::from)?;
    let mut profile = found.ok_or(AutoscalingError::NotFound)?;
    let fields = apply(&mut profile);
    if fields.is_empty() {
        return Ok(profile);
    }
    profile.check()?;
    profile.updated_at = op.now;
    store::autoscaling::update(conn, &profile).await.map_err(DbError::from)?;
    let event = Event::by(op, caller, EventType::SlaAutoscalingProfileUpdated).fields(&fields);
    audit::record(conn, &event.resource("autoscaling_profile", &id.to_string())).await?;
    Ok(profile)
}

/// Recommends, and changes nothing. That it was asked starts no cooldown.
pub async fn evaluate(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    settings: &AutoscalingSettings,
    (owner, question): (&Owner, Question),
) -> Result<Answer, AutoscalingError> {
    let (profile, until) = look(op, conn, owner, question).await?;
    let recommended = recommended(&profile, question, until.is_some(), settings);
    let recorded = record(op, conn, caller, &profile, question, (recommended, false)).await?;
    Ok(Answer { recorded, cooling: until.is_some() })
}

/// Recommends, and executes it. Calls that execute wait for each other, whatever their profiles, and need a platform
/// transaction: all change the same number, and so they share one cooldown.
///
/// The executor acts before the transaction ends: should that fail, what was asked for is asked for again the next time, and
/// asking twice for the same number of replicas does no harm.
pub async fn apply(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    settings: &AutoscalingSettings,
    (owner, question): (&Owner, Question),
) -> Result<Answer, AutoscalingError> {
    if settings.executes() {
        store::autoscaling::wait_for_turn(conn).await.map_err(DbError::from)?;
    }
    let (profile, until) = look(op, conn, owner, question).await?;
    if let Some(until) = until {
        return Err(AutoscalingError::Cooling { until });
    }
    let recommended = recommended(&profile, question, false, settings);
    let scales = matches!(recommended.action, Action::ScaleUp | Action::ScaleDown);
    let executed =
        scales && settings.executes() && execute(op, &settings.executor, &profile, question, recommended).await?;
    if executed {
        store::autoscaling::executed(conn, &profile, op.now).await.map_err(DbError::from)?;
    }
    let recorded = record(op, conn, caller, &profile, question, (recommended, executed)).await?;
    let event = Event::by(op, caller, EventType::SlaAutoscalingApplied)
        .action(recommended.action.as_str())
        .reason(if executed { "executed" } else { "not_executed" })
        .count(recommended.to);
    audit::record(conn, &event.resource("autoscaling_profile", &profile.id.to_string())).await?;
    Ok(Answer { recorded, cooling: false })
}

/// A profile, and until when nothing is changed.
async fn look(
    op: &Op,
    conn: &mut Connection,
    owner: &Owner,
    question: Question,
) -> Result<(Profile, Option<DateTime<Utc>>), AutoscalingError> {
    let found = store::autoscaling::find(conn, owner, question.profile).await.map_err(DbError::from)?;
    let (profile, executed) = found.ok_or(AutoscalingError::NotFound)?;
    if profile.route_class.is_some_and(|class| class != question.route_class) {
        return Err(AutoscalingError::Invalid("the profile is about requests of another class"));
    }
    let until = profile.cooling_until(executed, op.now);
    Ok((profile, until))
}

fn recommended(profile: &Profile, question: Question, cooling: bool, settings: &AutoscalingSettings) -> Recommendation {
    let hold = |reason| Recommendation { action: Action::Hold, to: question.current, reason };
    if !settings.enabled {
        return hold("autoscaling_disabled");
    }
    if !profile.enabled {
        return hold("profile_disabled");
    }
    recommend(profile, question.current, question.signals, cooling, settings.hysteresis_pct)
}

/// Asks the executor; says whether it did anything.
async fn execute(
    op: &Op,
    executor: &Executor,
    profile: &Profile,
    question: Question,
    recommended: Recommendation,
) -> Result<bool, AutoscalingError> {
    let Executor::File(path) = executor else { return Ok(false) };
    let wanted = json!({
        "profile_id": profile.id, "profile": profile.name, "route_class": question.route_class,
        "replicas": recommended.to, "reason": recommended.reason, "at": op.now,
    });
    let (text, new) = (wanted.to_string(), path.with_extension("new"));
    // Whoever reads the file finds the old wish or the new one, never half of it.
    tokio::fs::write(&new, text).await.map_err(AutoscalingError::Executor)?;
    tokio::fs::rename(&new, path).await.map_err(AutoscalingError::Executor)?;
    Ok(true)
}

async fn record(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    profile: &Profile,
    question: Question,
    (recommended, executed): (Recommendation, bool),
) -> Result<Recorded, AutoscalingError> {
    let signals = question.signals;
    let recorded = Recorded {
        owner: profile.owner.clone(),
        id: clock::fresh_uuid(),
        profile: profile.id,
        route_class: question.route_class,
        action: recommended.action,
        from: question.current,
        to: recommended.to,
        reason: recommended.reason.to_owned(),
        signals: json!({
            "p95_ms": signals.p95_ms, "queue_depth": signals.queue_depth,
            "signal_quality": if signals.degraded { "degraded" } else { "ok" },
        }),
        executed_at: executed.then_some(op.now),
        created_at: op.now,
    };
    store::autoscaling::record(conn, &recorded).await.map_err(DbError::from)?;
    let event = Event::by(op, caller, EventType::SlaAutoscalingRecommended)
        .action(recommended.action.as_str())
        .reason(recommended.reason)
        .count(recommended.to);
    audit::record(conn, &event.resource("autoscaling_profile", &profile.id.to_string())).await?;
    Ok(recorded)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(in crate::sla) fn profile() -> Profile {
        let at = DateTime::from_timestamp(0, 0).unwrap();
        Profile {
            owner: Owner::Tenant("t1".parse().unwrap()),
            id: Uuid::nil(),
            name: "runs".to_owned(),
            scope: Scope::Tenant,
            route_class: None,
            min_replicas: 1,
            max_replicas: 8,
            target_p95_ms: 1200,
            target_queue_depth: 20,
            cooldown_seconds: 60,
            step_up: 2,
            step_down: 1,
            enabled: true,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn a_profile_that_contradicts_itself_is_refused() {
        profile().check().unwrap();
        for wrong in [
            Profile { min_replicas: 9, ..profile() },
            Profile { scope: Scope::RouteClass, ..profile() },
            Profile { route_class: Some(Class::Run), ..profile() },
            Profile { scope: Scope::Global, ..profile() },
            Profile { owner: Owner::Operator, ..profile() },
        ] {
            assert!(matches!(wrong.check(), Err(AutoscalingError::Invalid(_))), "{wrong:?}");
        }
    }

    #[test]
    fn only_what_was_executed_cools_down() {
        let now = DateTime::from_timestamp(1000, 0).unwrap();
        assert_eq!(profile().cooling_until(None, now), None);
        assert_eq!(profile().cooling_until(Some(now - TimeDelta::seconds(60)), now), None);
        let until = now + TimeDelta::seconds(1);
        assert_eq!(profile().cooling_until(Some(until - TimeDelta::seconds(60)), now), Some(until));
    }
}
