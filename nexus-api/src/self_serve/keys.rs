//! The API keys of the tenant, for its administrators: made here, shown once, revoked here.

use axum::extract::State;
use chrono::{DateTime, Days, TimeDelta, Utc};
use nexus_authz::{
    caller::Caller,
    credential::{
        issue::{self, IssueError, Wanted},
        store::{self, ApiKey},
    },
    permission::{ApiKeyManage, ApiKeyRead},
};
use nexus_core::{
    audit::{self, Event, EventType},
    id::CredentialId,
    op::Op,
    pg::{Db, DbError},
    principal::Role,
    problem::Problem as _,
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{
        Body, Done, Faults, Once, Path, Query, Refusal, Reply, Validate,
        caller::As,
        page::{PageQuery, check_limit, page_request},
    },
    key,
};

/// The longest name, in characters.
const MAX_NAME: usize = 128;
/// The most days that a key may be given, and the longest inactivity that can be asked for.
const MAX_DAYS: u32 = 3650;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(inactive_report)).routes(routes!(revoke))
}

/// Makes an API key for a new user of this role. The key is in the answer, and nowhere else: an answer that is given again
/// for the same `Idempotency-Key` is without it.
#[utoipa::path(post, path = "/self-serve/api-keys", tag = "self-serve", operation_id = "create_api_key", request_body = wire::CreateApiKey,
    extensions(("x-permission" = json!("api_key.manage"))),
    responses((status = 200, description = "The key", body = wire::Envelope<wire::CreatedApiKey>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<ApiKeyManage>,
    once: Once,
    Body(body): Body<wire::CreateApiKey>,
) -> Result<Done<Reply<wire::CreatedApiKey>>, Refusal> {
    let change = async |db: Db| make(&op, &db, &platform, &caller, &body).await;
    once.perform(&platform, &op, &caller, change).await
}

async fn make(
    op: &Op,
    db: &Db,
    platform: &Platform,
    caller: &Caller<ApiKeyManage>,
    body: &wire::CreateApiKey,
) -> Result<Reply<wire::CreatedApiKey>, Refusal> {
    let expires_at = body.expires_in_days.and_then(|days| op.now.checked_add_days(Days::new(days.into())));
    let wanted = Wanted { role: role(&body.role).unwrap_or(Role::Reader), name: body.name.as_deref(), expires_at };
    let mut tx = db.tenant(&caller.tenant).await?;
    let max = platform.self_serve.max_active_keys;
    let issued = issue::issue(op, &mut tx, platform.credentials.pepper(), &wanted, max).await;
    let (key, plaintext) = issued.inspect_err(|error| refused(op, platform, caller, error))?;
    let event = Event::by(op, caller, EventType::SelfserveApiKeyCreated)
        .resource("api_key", key.id.as_str())
        .key_prefix(&key.key_prefix)
        .role(key.role)
        .expires(key.state.expires_at);
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    let shown = wire::CreatedApiKey { key: to_wire(key, op.now), api_key: None };
    let secret = wire::CreatedApiKey { api_key: Some(plaintext.expose().to_owned()), ..shown.clone() };
    Reply::ok(secret).remember(&shown)
}

fn refused(op: &Op, platform: &Platform, caller: &Caller<ApiKeyManage>, error: &IssueError) {
    platform.audit.note(Event::by(op, caller, EventType::SelfserveApiKeyCreated).failed(error.code()));
}

/// Lists the keys of the tenant, newest first, a page at a time.
#[utoipa::path(get, path = "/self-serve/api-keys", tag = "self-serve", operation_id = "list_api_keys", params(PageQuery), extensions(("x-permission" = json!("api_key.read"))),
    responses((status = 200, description = "The keys", body = wire::Envelope<wire::TenantKeyList>)))]
async fn list(
    State(platform): State<Platform>,
    As(op, caller): As<ApiKeyRead>,
    Query(page): Query<PageQuery>,
) -> Result<Reply<wire::TenantKeyList>, Refusal> {
    let page = page.request()?;
    // Also the uses of a moment ago in this process.
    platform.credentials.write_uses().await?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let keys = store::list(&mut tx, None, &page).await.map_err(DbError::from)?;
    let items: Vec<_> = keys.items.into_iter().map(|key| to_wire(key, op.now)).collect();
    let event = Event::by(&op, &caller, EventType::SelfserveApiKeyListed);
    platform.audit.note(event.count(i64::try_from(items.len()).unwrap_or(i64::MAX)));
    Ok(Reply::ok(wire::TenantKeyList { items }).next(keys.next.as_ref()))
}

/// Revokes a key. A key that is revoked stays so; it is refused from the next request on, on every replica.
#[utoipa::path(post, path = "/self-serve/api-keys/{key_id}/revoke", tag = "self-serve", operation_id = "revoke_api_key",
    params(("key_id" = String, Path, description = "The key")), extensions(("x-permission" = json!("api_key.manage"))),
    responses((status = 200, description = "The key", body = wire::Envelope<wire::TenantKey>)))]
async fn revoke(
    State(platform): State<Platform>,
    As(op, caller): As<ApiKeyManage>,
    Path(id): Path<CredentialId>,
    once: Once,
) -> Result<Done<Reply<wire::TenantKey>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        let mut key = key::lock(&op, &mut tx, &platform, &caller, &id).await?;
        key.state.revoked_at.get_or_insert(op.now);
        store::update(&mut tx, &key).await.map_err(DbError::from)?;
        let event = Event::by(&op, &caller, EventType::SelfserveApiKeyRevoked).resource("api_key", id.as_str());
        audit::record(&mut tx, &event.key_prefix(&key.key_prefix)).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(key, op.now)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.credentials.forget(&caller.tenant);
    platform.changes.settled().await;
    Ok(done)
}

/// How long unused.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InactiveQuery {
    /// After how many days without use a key counts as inactive.
    #[param(minimum = 1, maximum = 3650, default = 90)]
    inactive_days: Option<u32>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
    /// `meta.next_cursor` of the page before.
    cursor: Option<String>,
}

impl Validate for InactiveQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(days) = &self.inactive_days {
            faults.range("inactive_days", days, &(1..=MAX_DAYS));
        }
        check_limit(self.limit, faults);
    }
}

/// Lists the keys that could be revoked: expired, or not used for long; the longest unused first, a page at a time.
#[utoipa::path(get, path = "/self-serve/api-keys/inactive-report", tag = "self-serve", operation_id = "report_inactive_api_keys", params(InactiveQuery),
    extensions(("x-permission" = json!("api_key.read"))),
    responses((status = 200, description = "The keys", body = wire::Envelope<wire::InactiveKeyReport>)))]
async fn inactive_report(
    State(platform): State<Platform>,
    As(op, caller): As<ApiKeyRead>,
    Query(query): Query<InactiveQuery>,
) -> Result<Reply<wire::InactiveKeyReport>, Refusal> {
    let threshold = query.inactive_days.unwrap_or(platform.credentials.settings().inactive_days.max(1));
    let page = page_request(query.limit, query.cursor.as_deref())?;
    platform.credentials.write_uses().await?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let since = op.now - TimeDelta::days(i64::from(threshold));
    let keys = store::list_idle(&mut tx, (since, op.now), &page).await.map_err(DbError::from)?;
    let items: Vec<_> = keys.items.into_iter().map(|key| inactive(key, op.now)).collect();
    let event = Event::by(&op, &caller, EventType::SelfserveApiKeyInactiveReported);
    platform.audit.note(event.count(i64::try_from(items.len()).unwrap_or(i64::MAX)));
    Ok(Reply::ok(wire::InactiveKeyReport { inactive_days_threshold: threshold, items }).next(keys.next.as_ref()))
}

impl Validate for wire::CreateApiKey {
    fn validate(&self, faults: &mut Faults) {
        faults.check(role(&self.role).is_some(), "role", "must be reader, editor or admin");
        if let Some(name) = &self.name {
            faults.length("name", name, &(1..=MAX_NAME));
            faults.check(!name.chars().any(char::is_control), "name", "has control characters");
        }
        if let Some(days) = &self.expires_in_days {
            faults.range("expires_in_days", days, &(1..=MAX_DAYS));
        }
    }
}

/// A role that an administrator may give: whoever operates the platform is not made by a tenant.
fn role(word: &str) -> Option<Role> {
    word.parse().ok().filter(|role| *role <= Role::Admin)
}

fn to_wire(key: ApiKey, now: DateTime<Utc>) -> wire::TenantKey {
    let state = key.state;
    let expired = state.expires_at.is_some_and(|end| end <= now);
    wire::TenantKey {
        key_id: key.id.into(),
        key_prefix: key.key_prefix,
        name: key.name,
        role: key.role.to_string(),
        created_at: state.created_at,
        last_used_at: state.last_used_at,
        expires_at: state.expires_at,
        revoked_at: state.revoked_at,
        is_active: state.user_active && state.revoked_at.is_none() && !expired,
    }
}

fn inactive(key: ApiKey, now: DateTime<Utc>) -> wire::InactiveKey {
    let state = key.state;
    wire::InactiveKey {
        key_id: key.id.into(),
        key_prefix: key.key_prefix,
        name: key.name,
        role: key.role.to_string(),
        created_at: state.created_at,
        last_used_at: state.last_used_at,
        expires_at: state.expires_at,
        inactive_days: (now - state.unused_since()).num_days().max(0),
        is_expired: state.expires_at.is_some_and(|end| end <= now),
    }
}
