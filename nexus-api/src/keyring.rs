//! Keys of the platform under `/v1/admin/keyring`: only the operator sees them and makes them.

use axum::{
    extract::State,
    routing::{get, post},
};
use nexus_authz::permission::{KeyringManage, KeyringRead};
use nexus_core::{
    keyring::{self, Filter, KeyId, KeyStatus, MAX_LIMIT, Purpose},
    pg::Db,
};
use nexus_sdk::wire::{self, KeyPurpose, PlatformKeyStatus};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Done, Faults, Once, Path, Query, Refusal, Reply, Validate, caller::As},
};

/// The keys of a list when the client does not say.
const DEFAULT_LIMIT: u32 = 100;

/// The routes of this slice. They exist under `/admin/keys` as well.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(rotate))
        .routes(routes!(retire))
        .route("/admin/keys", get(list))
        .route("/admin/keys/rotate", post(rotate))
        .route("/admin/keys/{key_id}/retire", post(retire))
}

/// Which keys.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only for this.
    #[param(value_type = Option<KeyPurpose>)]
    purpose: Option<KeyPurpose>,
    /// Only of these.
    #[param(value_type = Option<PlatformKeyStatus>)]
    status: Option<PlatformKeyStatus>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<u32>,
}

impl Validate for ListQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(limit) = &self.limit {
            faults.range("limit", limit, &(1..=MAX_LIMIT));
        }
    }
}

/// What the key is for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RotateQuery {
    /// What the key is for.
    purpose: KeyPurpose,
}

impl Validate for RotateQuery {}

/// The keys of the platform, newest first, without their secrets.
#[utoipa::path(get, path = "/admin/keyring", tag = "keyring", operation_id = "list_platform_keys", params(ListQuery), extensions(("x-permission" = json!("keyring.read"))),
    responses((status = 200, description = "The keys", body = wire::Envelope<Vec<wire::PlatformKey>>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, _caller): As<KeyringRead>,
    Query(query): Query<ListQuery>,
) -> Result<Reply<Vec<wire::PlatformKey>>, Refusal> {
    let filter = Filter { purpose: query.purpose.map(to_purpose), status: query.status.map(to_status) };
    let mut tx = platform.db.platform().await?;
    let keys = keyring::list(&mut tx, &filter, query.limit.unwrap_or(DEFAULT_LIMIT)).await?;
    Ok(Reply::ok(keys.into_iter().map(to_wire).collect()))
}

/// Makes a key, which is used from the next signature on, on every replica. The one before it is accepted until it is retired.
/// The secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/admin/keyring/rotate", tag = "keyring", operation_id = "rotate_platform_key", params(RotateQuery),
    extensions(("x-permission" = json!("keyring.manage"))),
    responses((status = 200, description = "The key", body = wire::Envelope<wire::PlatformKeyRotated>)))]
async fn rotate(
    State(platform): State<Platform>,
    As(op, caller): As<KeyringManage>,
    once: Once,
    Query(query): Query<RotateQuery>,
) -> Result<Done<Reply<wire::PlatformKeyRotated>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.platform().await?;
        let made = platform.keyring.rotate(&op, &mut tx, Some(&*caller), to_purpose(query.purpose)).await?;
        tx.commit().await?;
        let replaced_key_id = made.replaced.map(|id| id.to_string());
        let shown = wire::PlatformKeyRotated { key: to_wire(made.key), secret: None, replaced_key_id };
        let told = wire::PlatformKeyRotated { secret: Some(made.secret.expose().to_owned()), ..shown.clone() };
        Reply::ok(told).remember(&shown)
    };
    once.perform(&platform, &op, &caller, change).await
}

/// Ends a key: it is used for nothing new and accepted no more. One that has ended stays as it is.
#[utoipa::path(post, path = "/admin/keyring/{key_id}/retire", tag = "keyring", operation_id = "retire_platform_key",
    params(("key_id" = String, Path, description = "The key")), extensions(("x-permission" = json!("keyring.manage"))),
    responses((status = 200, description = "The key", body = wire::Envelope<wire::PlatformKey>)))]
async fn retire(
    State(platform): State<Platform>,
    As(op, caller): As<KeyringManage>,
    Path(key_id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::PlatformKey>>, Refusal> {
    let change = async |db: Db| {
        // What is no id names no key.
        let id: KeyId = key_id.parse().map_err(|_| Refusal::not_found())?;
        let mut tx = db.platform().await?;
        let key = platform.keyring.retire(&op, &mut tx, Some(&*caller), &id).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(key)))
    };
    once.perform(&platform, &op, &caller, change).await
}

fn to_purpose(purpose: KeyPurpose) -> Purpose {
    match purpose {
        KeyPurpose::Signing => Purpose::Signing,
        KeyPurpose::Encryption => Purpose::Encryption,
        KeyPurpose::BackupSigning => Purpose::BackupSigning,
        KeyPurpose::BackupEncryption => Purpose::BackupEncryption,
        KeyPurpose::WebhookSigning => Purpose::WebhookSigning,
    }
}

fn to_status(status: PlatformKeyStatus) -> KeyStatus {
    match status {
        PlatformKeyStatus::Active => KeyStatus::Active,
        PlatformKeyStatus::Retiring => KeyStatus::Retiring,
        PlatformKeyStatus::Retired => KeyStatus::Retired,
        PlatformKeyStatus::Revoked => KeyStatus::Revoked,
    }
}

/// A key as clients see it.
pub(crate) fn to_wire(key: keyring::PlatformKey) -> wire::PlatformKey {
    wire::PlatformKey {
        key_id: key.id.to_string(),
        purpose: match key.purpose {
            Purpose::Signing => KeyPurpose::Signing,
            Purpose::Encryption => KeyPurpose::Encryption,
            Purpose::BackupSigning => KeyPurpose::BackupSigning,
            Purpose::BackupEncryption => KeyPurpose::BackupEncryption,
            Purpose::WebhookSigning => KeyPurpose::WebhookSigning,
        },
        status: match key.status {
            KeyStatus::Active => PlatformKeyStatus::Active,
            KeyStatus::Retiring => PlatformKeyStatus::Retiring,
            KeyStatus::Retired => PlatformKeyStatus::Retired,
            KeyStatus::Revoked => PlatformKeyStatus::Revoked,
        },
        public_key: key.public,
        created_at: key.created_at,
        activated_at: key.activated_at,
        retired_at: key.retired_at,
    }
}
