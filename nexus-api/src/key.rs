//! `/v1/admin/api-keys`: the keys of the tenant, for its administrators.

use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use nexus_authz::{
    caller::Caller,
    credential::{
        change::{self, ChangeError},
        issue,
        store::{self, ApiKey},
    },
    permission::{ApiKeyManage, ApiKeyRead},
};
use nexus_core::{
    audit::{self, Event, EventType},
    id::{CredentialId, TenantId},
    op::Op,
    pg::{Db, DbError, TenantTx},
    problem::{Code, Kind, Problem as _},
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
        page::{check_limit, page_request},
    },
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(patch))
}

/// Which keys.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// The caller's own tenant; another one is refused.
    tenant_id: Option<String>,
    /// After how many days without use a key counts as inactive.
    #[param(minimum = 1, maximum = 3650, default = 90)]
    inactive_days: Option<u32>,
    /// Only inactive keys.
    include_only_inactive: Option<bool>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
    /// `meta.next_cursor` of the page before.
    cursor: Option<String>,
}

impl Validate for ListQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(days) = &self.inactive_days {
            faults.range("inactive_days", days, &(1..=3650));
        }
        check_limit(self.limit, faults);
    }
}

/// Lists the keys of the tenant, newest first, a page at a time.
#[utoipa::path(get, path = "/admin/api-keys", tag = "api-keys", operation_id = "list_tenant_api_keys", params(ListQuery), extensions(("x-permission" = json!("api_key.read"))),
    responses((status = 200, description = "The keys", body = wire::Envelope<wire::ApiKeyList>)))]
async fn list(
    State(platform): State<Platform>,
    As(op, caller): As<ApiKeyRead>,
    Query(query): Query<ListQuery>,
) -> Result<Reply<wire::ApiKeyList>, Refusal> {
    refuse_other_tenant(&caller.tenant, query.tenant_id.as_deref())?;
    let threshold = query.inactive_days.unwrap_or(platform_threshold(&platform));
    let only_inactive = query.include_only_inactive.unwrap_or(false);
    let unused_since = only_inactive.then(|| op.now - TimeDelta::days(threshold.into()));
    let page = page_request(query.limit, query.cursor.as_deref())?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let keys = store::list(&mut tx, unused_since, &page).await.map_err(DbError::from)?;
    let items = keys.items.into_iter().map(|key| to_wire(key, op.now)).collect();
    let list = wire::ApiKeyList { tenant_id: caller.tenant.to_string(), inactive_days_threshold: threshold, items };
    Ok(Reply::ok(list).next(keys.next.as_ref()))
}

/// Renames, expires, revokes or reactivates a key. Reactivating moves the start of its inactivity to now.
#[utoipa::path(patch, path = "/admin/api-keys/{key_id}", tag = "api-keys", operation_id = "patch_api_key", params(("key_id" = String, Path, description = "The key")),
    request_body = wire::PatchApiKey, extensions(("x-permission" = json!("api_key.manage"))),
    responses((status = 200, description = "The key", body = wire::Envelope<wire::AdminKey>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<ApiKeyManage>,
    Path(id): Path<CredentialId>,
    once: Once,
    Body(body): Body<wire::PatchApiKey>,
) -> Result<Done<Reply<wire::AdminKey>>, Refusal> {
    if body.active == Some(true) && body.revoke == Some(true) {
        let message = "A key cannot be activated and revoked at once";
        return Err(Refusal::new(Kind::Invalid, Code::Validation, message));
    }
    let change = async |db: Db| apply_to(&op, &db, &platform, &caller, (&id, &body)).await;
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.credentials.forget(&caller.tenant);
    // Who is told that a key is revoked may rely on it, whichever replica is asked next.
    platform.changes.settled().await;
    Ok(done)
}

async fn apply_to(
    op: &Op,
    db: &Db,
    platform: &Platform,
    caller: &Caller<ApiKeyManage>,
    (id, body): (&CredentialId, &wire::PatchApiKey),
) -> Result<Reply<wire::AdminKey>, Refusal> {
    let mut tx = db.tenant(&caller.tenant).await?;
    let mut key = lock(op, &mut tx, platform, caller, id).await?;
    let worked = works(&key, op.now);
    let event = apply(&mut key, body, op.now);
    if works(&key, op.now) && !worked {
        // A key that works again counts like a new one.
        issue::room(op, &mut tx, platform.self_serve.max_active_keys).await?;
    }
    store::update(&mut tx, &key).await.map_err(DbError::from)?;
    let event = Event::by(op, caller, event)
        .resource("api_key", id.as_str())
        .key_prefix(&key.key_prefix)
        .expires(key.state.expires_at);
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(Reply::ok(to_wire(key, op.now)))
}

/// A key that the caller may change. Who tries to change one of a higher role is recorded.
pub(crate) async fn lock(
    op: &Op,
    tx: &mut TenantTx,
    platform: &Platform,
    caller: &Caller<ApiKeyManage>,
    id: &CredentialId,
) -> Result<ApiKey, Refusal> {
    Ok(change::lock(tx, caller, platform.roles, id).await.inspect_err(|error| {
        if let ChangeError::Above(role) = error {
            let event = Event::by(op, caller, EventType::RbacForbidden).required_role(*role);
            platform.audit.note(event.resource("api_key", id.as_str()).failed(error.code()));
        }
    })?)
}

impl Validate for wire::PatchApiKey {
    fn validate(&self, faults: &mut Faults) {
        if let Some(name) = &self.name {
            faults.length("name", name, &(1..=120));
            faults.check(!name.chars().any(char::is_control), "name", "has control characters");
        }
    }
}

fn works(key: &ApiKey, now: DateTime<Utc>) -> bool {
    key.state.revoked_at.is_none() && key.state.expires_at.is_none_or(|end| end > now)
}

fn apply(key: &mut ApiKey, body: &wire::PatchApiKey, now: DateTime<Utc>) -> EventType {
    let mut event = EventType::AuthApiKeyUpdated;
    if let Some(name) = &body.name {
        key.name = Some(name.clone());
    }
    if let Some(expires_at) = body.expires_at {
        key.state.expires_at = expires_at;
    }
    match body.active {
        Some(true) => {
            key.state.revoked_at = None;
            key.state.last_used_at = Some(now);
            event = EventType::AuthApiKeyReactivated;
        }
        Some(false) => {
            key.state.revoked_at.get_or_insert(now);
            event = EventType::AuthApiKeyDeactivated;
        }
        None => {}
    }
    if body.revoke == Some(true) {
        key.state.revoked_at.get_or_insert(now);
        event = EventType::AuthApiKeyRevoked;
    }
    event
}

/// A tenant is named only to be checked: the one that counts is the credential's.
fn refuse_other_tenant(own: &TenantId, named: Option<&str>) -> Result<(), Refusal> {
    match named {
        Some(named) if named != own.as_str() => {
            Err(Refusal::new(Kind::Forbidden, Code::AuthForbidden, "The tenant is not the caller's"))
        }
        _ => Ok(()),
    }
}

fn platform_threshold(platform: &Platform) -> u32 {
    platform.credentials.settings().inactive_days.max(1)
}

fn to_wire(key: ApiKey, now: DateTime<Utc>) -> wire::AdminKey {
    let state = key.state;
    let expired = state.expires_at.is_some_and(|end| end <= now);
    wire::AdminKey {
        key_id: key.id.into(),
        key_prefix: key.key_prefix,
        name: key.name,
        role: key.role.to_string(),
        created_at: state.created_at,
        last_used_at: state.last_used_at,
        expires_at: state.expires_at,
        revoked_at: state.revoked_at,
        is_active: state.user_active && state.revoked_at.is_none() && !expired,
        is_expired: expired,
        inactive_days: (now - state.unused_since()).num_days().max(0),
    }
}
