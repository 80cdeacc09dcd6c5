//! Incidents: one for each breach of a policy by a class of a tenant's requests, told at its edges and not at each request.
//!
//! An incident opens when a breach is judged, is refreshed while it lasts, and resolves by itself when no window was broken for as
//! long as the policy says. Somebody may resolve it before; then only a window that is broken afterwards opens another one.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Class, Decision,
    breach::Severity,
    change::Owner,
    decide::Verdict,
    policies::Effective,
    recorder::Who,
    settings::SlaSettings,
    store::{self, Connection, incident::Resolution},
    window::ratio,
    words,
};
use crate::{
    audit::{self, Event, EventType},
    clock,
    id::TenantId,
    op::Op,
    pg::DbError,
};

words! {
    /// How far an incident has come.
    IncidentStatus {
        /// It is there.
        Open = "open",
        /// It is there, and runs do less or are refused because of it.
        Mitigating = "mitigating",
        /// It is over.
        Resolved = "resolved",
    }
}

/// A breach, from its beginning to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Whose requests.
    pub tenant: TenantId,
    /// Its id.
    pub id: Uuid,
    /// Whose policy is broken.
    pub owner: Owner,
    /// Which policy is broken.
    pub policy: Uuid,
    /// Which requests.
    pub class: Class,
    /// The worst of what is broken.
    pub breach_type: String,
    /// How bad it was at its worst.
    pub severity: Severity,
    /// How far it has come.
    pub status: IncidentStatus,
    /// What was last decided because of it.
    pub decision: Decision,
    /// When it was seen first.
    pub first_breach_at: DateTime<Utc>,
    /// When it was seen last.
    pub last_breach_at: DateTime<Utc>,
    /// What was measured last.
    pub details: Option<Value>,
    /// When it was over.
    pub resolved_at: Option<DateTime<Utc>>,
}

impl IncidentStatus {
    /// What the decision makes of a breach.
    fn of(decision: Decision) -> Self {
        if decision >= Decision::Degrade { Self::Mitigating } else { Self::Open }
    }
}

/// Opens or refreshes the incident of a breach, with the events that tell of it. Needs a platform transaction.
pub(super) async fn report(
    op: &Op,
    conn: &mut Connection,
    settings: &SlaSettings,
    who: &Who,
    policy: &Effective,
    verdict: &Verdict,
) -> Result<(), DbError> {
    let (Some(worst), Some(window)) = (verdict.worst(), verdict.window) else { return Ok(()) };
    let mut details = verdict.details(settings.grid);
    if let (Some(details), Some(document)) = (details.as_object_mut(), &policy.document) {
        let allowed = 1.0 - document.objectives.availability_min_pct / 100.0;
        details.insert("error_budget".to_owned(), budget(conn, settings, who, allowed, op.now).await?);
    }
    let report = store::incident::Report {
        id: clock::fresh_uuid(),
        tenant: &who.0,
        class: who.1,
        owner: &policy.owner,
        policy: policy.id,
        breach_type: worst.kind.as_str(),
        severity: worst.severity,
        decision: verdict.decision,
        status: IncidentStatus::of(verdict.decision),
        window,
        now: op.now,
        details: &details,
    };
    let Some(reported) = store::incident::report(conn, &report).await? else { return Ok(()) };
    let events: Vec<Event> = edges(&reported, &report)
        .into_iter()
        .map(|kind| {
            Event::system(op, Some(&who.0), kind)
                .resource("sla_incident", &reported.id.to_string())
                .reason(worst.kind.as_str())
                .action(verdict.decision.as_str())
                .policy(Some(policy.id))
        })
        .collect();
    audit::record_all(conn, &events).await
}

/// What is worth an event: that an incident opened, that it became worse or another one, that something else is decided.
fn edges(reported: &store::incident::Reported, report: &store::incident::Report<'_>) -> Vec<EventType> {
    let mut edges = Vec::new();
    let differs = |was: &Option<String>, is: &str| was.as_deref().is_some_and(|was| was != is);
    if reported.opened {
        edges.extend([EventType::SlaBreachDetected, EventType::SlaIncidentOpened]);
    } else {
        let worse = reported.was_severity.as_deref().is_some_and(|was| report.severity.as_str() < was);
        if worse || differs(&reported.was_type, report.breach_type) {
            edges.push(EventType::SlaIncidentUpdated);
        }
    }
    if reported.opened || differs(&reported.was_decision, report.decision.as_str()) {
        match report.decision {
            Decision::Shed => edges.push(EventType::SlaEnforcementShed),
            Decision::Degrade => edges.push(EventType::SlaEnforcementDegraded),
            Decision::Warn => edges.push(EventType::SlaEnforcementWarned),
            Decision::Allow => {}
        }
    }
    edges
}

/// How much of what may fail has failed, over the time that the installation looks at.
async fn budget(
    conn: &mut Connection,
    settings: &SlaSettings,
    who: &Who,
    allowed: f64,
    now: DateTime<Utc>,
) -> Result<Value, DbError> {
    let since = now - TimeDelta::minutes(settings.budget_minutes.into());
    let (requests, errors) = store::measurement::total(conn, who, settings.grid, since).await?;
    let failed = ratio(errors.unsigned_abs(), requests.unsigned_abs());
    let consumed = (allowed > 0.0).then(|| (failed / allowed * 100.0).round());
    Ok(json!({
        "window_minutes": settings.budget_minutes, "requests": requests, "errors": errors, "consumed_pct": consumed,
    }))
}

/// Resolves incidents that were quiet for long enough, and counts the others; `patience` tells for how long, unless they go on.
/// Needs a platform transaction.
pub(super) async fn resolve_quiet(
    op: &Op,
    conn: &mut Connection,
    patience: impl Fn(&Incident) -> Option<TimeDelta>,
) -> Result<usize, DbError> {
    let mut left = 0;
    for incident in store::incident::unresolved(conn).await? {
        let quiet_since = patience(&incident).map(|patience| op.now - patience);
        let Some(quiet_since) = quiet_since.filter(|since| incident.last_breach_at <= *since) else {
            left += 1;
            continue;
        };
        if store::incident::resolve(conn, &incident, op.now, Resolution::Quiet(quiet_since)).await? {
            let event = Event::system(op, Some(&incident.tenant), EventType::SlaIncidentResolved)
                .resource("sla_incident", &incident.id.to_string())
                .reason("quiet")
                .policy(Some(incident.policy));
            audit::record(conn, &event).await?;
        }
    }
    Ok(left)
}
