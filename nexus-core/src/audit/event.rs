//! One event. What may stand in its metadata is the list of methods here, each with a type; there is no other way in.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::EventType;
use crate::{
    cost::{Month, Usd},
    id::{CredentialId, RequestId, TenantId, UserId},
    op::Op,
    principal::{Principal, Role},
    problem::Code,
};

/// The longest text in metadata, in characters.
const MAX_TEXT: usize = 256;
/// The most texts in one list of metadata.
const MAX_LIST: usize = 64;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused, or it failed.
    Failure,
}

impl Outcome {
    /// The word in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) tenant: Option<TenantId>,
    pub(super) actor_type: &'static str,
    pub(super) actor_id: Option<CredentialId>,
    pub(super) actor_role: Option<Role>,
    pub(super) what: EventType,
    pub(super) outcome: Outcome,
    pub(super) resource_type: Option<&'static str>,
    pub(super) resource_id: Option<String>,
    pub(super) request_id: RequestId,
    pub(super) ip: Option<IpAddr>,
    pub(super) user_agent: Option<String>,
    pub(super) metadata: Map<String, Value>,
    pub(super) error_code: Option<Code>,
}

impl Event {
    /// Something that an authenticated caller did.
    #[must_use]
    pub fn by(op: &Op, principal: &Principal, event_type: EventType) -> Self {
        Self {
            tenant: Some(principal.tenant.clone()),
            actor_id: Some(principal.credential.clone()),
            actor_role: Some(principal.role),
            ..Self::new(op, principal.method.as_str(), event_type)
        }
        .text("user_id", principal.user.as_str())
    }

    /// Something that somebody unknown did.
    #[must_use]
    pub fn anonymous(op: &Op, event_type: EventType) -> Self {
        Self::new(op, "anonymous", event_type)
    }

    /// Something that the platform did by itself, for a tenant or for all.
    #[must_use]
    pub fn system(op: &Op, tenant: Option<&TenantId>, event_type: EventType) -> Self {
        Self { tenant: tenant.cloned(), ..Self::new(op, "system", event_type) }
    }

    /// Something that was tried with a credential that is known and was not accepted.
    #[must_use]
    pub fn refused(op: &Op, tenant: &TenantId, credential: &CredentialId, event_type: EventType) -> Self {
        Self {
            tenant: Some(tenant.clone()),
            actor_id: Some(credential.clone()),
            ..Self::new(op, "api_key", event_type)
        }
    }

    fn new(op: &Op, actor_type: &'static str, event_type: EventType) -> Self {
        Self {
            occurred_at: op.now,
            tenant: None,
            actor_type,
            actor_id: None,
            actor_role: None,
            what: event_type,
            outcome: Outcome::Success,
            resource_type: None,
            resource_id: None,
            request_id: op.request_id.clone(),
            ip: op.ip,
            user_agent: op.user_agent.as_deref().map(inert),
            metadata: Map::new(),
            error_code: None,
        }
    }

    /// The period of a quota, what was used in it, and its limit.
    #[must_use]
    pub fn quota(self, period: &'static str, used: i64, limit: i64) -> Self {
        self.text("period", period).number("used", used).number("limit", limit)
    }

    /// The class of a request, the units that it used, and what its tenant had used with it in the day and in the month.
    #[must_use]
    pub fn usage(self, class: &'static str, units: i64, (day, month): (i64, i64)) -> Self {
        self.text("route_class", class).number("units", units).number("day_used", day).number("month_used", month)
    }

    /// Another thing that happened by the same actor in the same request.
    #[must_use]
    pub fn and(&self, event_type: EventType) -> Self {
        Self { what: event_type, ..self.clone() }
    }

    /// What it was done to.
    #[must_use]
    pub fn resource(mut self, kind: &'static str, id: &str) -> Self {
        self.resource_type = Some(kind);
        self.resource_id = Some(inert(id));
        self
    }

    /// It is recorded in the log of the tenant that it concerns, which is not the one of the operator who did it.
    #[must_use]
    pub fn within(self, tenant: &TenantId) -> Self {
        Self { tenant: Some(tenant.clone()), ..self }
    }

    /// It failed or was refused, with this code.
    #[must_use]
    pub fn failed(mut self, code: Code) -> Self {
        self.outcome = Outcome::Failure;
        self.error_code = Some(code);
        self
    }

    /// The route and the method of the request; the route without its parameters.
    #[must_use]
    pub fn route(self, method: &str, path: &str) -> Self {
        self.text("method", method).text("path", path)
    }

    /// The fields that were changed, by name.
    #[must_use]
    pub fn fields(self, names: &[&'static str]) -> Self {
        let names = names.iter().take(MAX_LIST).map(|name| Value::from(*name)).collect();
        self.value("updated_fields", Value::Array(names))
    }

    /// The corpus that it belongs to.
    #[must_use]
    pub fn corpus(self, id: &str) -> Self {
        self.text("corpus_id", id)
    }

    /// The session that it belongs to.
    #[must_use]
    pub fn session(self, id: &str) -> Self {
        self.text("session_id", id)
    }

    /// How many things it was done to.
    #[must_use]
    pub fn count(self, count: impl Into<i128>) -> Self {
        self.number("count", count)
    }

    /// How many bytes came in.
    #[must_use]
    pub fn bytes(self, bytes: impl Into<i128>) -> Self {
        self.number("byte_count", bytes)
    }

    /// How many passages were asked for.
    #[must_use]
    pub fn top_k(self, passages: impl Into<i128>) -> Self {
        self.number("top_k", passages)
    }

    /// Whether speech was asked for.
    #[must_use]
    pub fn audio(self, wanted: bool) -> Self {
        self.value("audio_requested", Value::from(wanted))
    }

    /// What it cost.
    #[must_use]
    pub fn cost(self, amount: Usd) -> Self {
        self.text("cost_usd", &amount.to_string())
    }

    /// The budget of a month, if there is one, and what is spent of it.
    #[must_use]
    pub fn spending(self, month: Month, budget: Option<Usd>, spend: Usd) -> Self {
        let budget = budget.map_or(Value::Null, |budget| Value::from(budget.to_string()));
        self.text("year_month", &month.to_string()).value("budget_usd", budget).text("spend_usd", &spend.to_string())
    }

    /// The part of the work that a price is for, and whose it is.
    #[must_use]
    pub fn priced(self, component: &str, provider: &str) -> Self {
        self.text("component", component).text("provider", provider)
    }

    /// From when to when a report is about.
    #[must_use]
    pub fn period(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.text("period_start", &from.to_rfc3339()).text("period_end", &to.to_rfc3339())
    }

    /// How the budget stood.
    #[must_use]
    pub fn cost_status(self, status: &'static str) -> Self {
        self.text("cost_status", status)
    }

    /// What is done of what was asked for.
    #[must_use]
    pub fn effective(self, passages: impl Into<i128>, audio: bool) -> Self {
        self.number("top_k_effective", passages).value("audio_effective", Value::from(audio))
    }

    /// The role that a thing was made with.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        self.text("role", role.as_str())
    }

    /// The role that would have sufficed.
    #[must_use]
    pub fn required_role(self, role: Role) -> Self {
        self.text("required_role", role.as_str())
    }

    /// The right on a document, and the name of whom it is granted to, such as `user:u1`.
    #[must_use]
    pub fn grant(self, permission: &'static str, grantee: &str) -> Self {
        self.text("permission", permission).text("principal", grantee)
    }

    /// The user who came into a group or left it.
    #[must_use]
    pub fn member(self, user: &UserId) -> Self {
        self.text("member_id", user.as_str())
    }

    /// What was tried, such as `read`.
    #[must_use]
    pub fn action(self, action: &'static str) -> Self {
        self.text("action", action)
    }

    /// Why, from a closed set of words.
    #[must_use]
    pub fn reason(self, reason: &'static str) -> Self {
        self.text("reason", reason)
    }

    /// The class of the route, and whose limit refused.
    #[must_use]
    pub fn limit(self, class: &'static str, scope: &'static str) -> Self {
        self.text("route_class", class).text("scope", scope)
    }

    /// The policy that decided, if one did.
    #[must_use]
    pub fn policy(self, id: Option<Uuid>) -> Self {
        self.value("matched_policy_id", id.map_or(Value::Null, |id| Value::from(id.to_string())))
    }

    /// The visible start of a key, which identifies it and opens nothing.
    #[must_use]
    pub fn key_prefix(self, prefix: &str) -> Self {
        self.text("key_prefix", prefix)
    }

    /// When a thing begins by itself.
    #[must_use]
    pub fn begins(self, at: DateTime<Utc>) -> Self {
        self.text("effective_from", &at.to_rfc3339())
    }

    /// When a thing ends by itself.
    #[must_use]
    pub fn expires(self, at: Option<DateTime<Utc>>) -> Self {
        self.value("expires_at", at.map_or(Value::Null, |t| Value::from(t.to_rfc3339())))
    }

    /// What a switch was set to.
    #[must_use]
    pub fn setting(self, value: impl Into<i128>) -> Self {
        self.number("value", value)
    }

    /// Why, in the words of an operator, who is asked for them as a record. No other caller's words get here.
    #[must_use]
    pub fn stated(self, reason: Option<&str>) -> Self {
        match reason {
            Some(reason) => self.text("stated_reason", reason),
            None => self,
        }
    }

    /// The plan that it is about.
    #[must_use]
    pub fn plan(self, id: &str) -> Self {
        self.text("plan_id", id)
    }

    /// The feature that it is about, and what was decided; nothing where the plan decides.
    #[must_use]
    pub fn feature(self, key: &'static str, enabled: Option<bool>) -> Self {
        self.text("feature_key", key).value("enabled", enabled.map_or(Value::Null, Value::from))
    }

    /// Which version of it.
    #[must_use]
    pub fn version(self, version: u32) -> Self {
        self.number("version", version)
    }

    /// How far a rotation of keys is.
    #[must_use]
    pub fn rotation(self, total: u64, processed: u64, failed: u64) -> Self {
        self.number("total_items", total).number("processed_items", processed).number("failed_items", failed)
    }

    pub(super) fn number(self, key: &'static str, number: impl Into<i128>) -> Self {
        let number = number.into().clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        self.value(key, Value::from(i64::try_from(number).unwrap_or_default()))
    }

    pub(super) fn text(self, key: &'static str, text: &str) -> Self {
        self.value(key, Value::from(inert(text)))
    }

    pub(super) fn value(mut self, key: &'static str, value: Value) -> Self {
        self.metadata.insert(key.to_owned(), value);
        self
    }
}

/// A text that is short and cannot break a line of a report; the database refuses NUL, too.
fn inert(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn an_event_says_who_did_what_and_nothing_else() {
        let (t1, u1) = (TenantId::new("t1").unwrap(), UserId::new("u1").unwrap());
        let caller = Principal::vouched_for(t1, u1, Role::Editor);
        let op = Op::internal(Clock::system().now());
        let event = Event::by(&op, &caller, EventType::CorporaUpdated)
            .resource("corpus", "c1")
            .fields(&["name"])
            .bytes(u64::MAX)
            .route("PATCH", "/v1/corpora/{id}\r\nX: y");
        assert_eq!(
            Value::Object(event.metadata),
            serde_json::json!({
                "user_id": "u1", "updated_fields": ["name"], "byte_count": i64::MAX,
                "method": "PATCH", "path": "/v1/corpora/{id}X: y",
            })
        );
        assert_eq!((event.actor_type, event.outcome), ("vouched", Outcome::Success));
    }

    #[test]
    fn a_text_of_a_client_is_bounded() {
        let op = Op { user_agent: Some("a\0".repeat(5000)), ..Op::internal(Clock::system().now()) };
        let event = Event::anonymous(&op, EventType::AuthAccessFailure).failed(Code::AuthUnauthorized);
        assert_eq!(event.user_agent.unwrap(), "a".repeat(MAX_TEXT));
    }
}
