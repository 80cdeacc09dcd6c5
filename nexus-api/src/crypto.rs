//! Keys of tenants under `/v1/admin/crypto`: administrators see and rotate those of their own tenant.

use axum::extract::State;
use nexus_authz::{
    caller::Caller,
    permission::{Permission, TenantKeyRead, TenantKeyRotate},
};
use nexus_core::{
    crypto::{
        rotation::{Failure, Rotation, Wish},
        vault::{self, KeyRecord, KeyStatus, VaultError},
    },
    id::TenantId,
    op::Op,
    pg::Db,
    problem::{Code, Kind},
};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::Platform,
    http::{Body, Done, Faults, Once, Path, Refusal, Reply, Validate, caller::As},
};

/// The longest reason, in characters.
const MAX_REASON: usize = 500;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(keys))
        .routes(routes!(rotate))
        .routes(routes!(job))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(cancel))
}

/// The keys of one's own tenant.
#[utoipa::path(get, path = "/admin/crypto/keys/{tenant_id}", tag = "crypto", operation_id = "list_tenant_keys",
    params(("tenant_id" = String, Path, description = "One's own tenant")), extensions(("x-permission" = json!("tenant_key.read"))),
    responses((status = 200, description = "The keys", body = wire::Envelope<wire::CryptoKeys>)))]
async fn keys(
    State(platform): State<Platform>,
    As(_op, caller): As<TenantKeyRead>,
    Path(tenant): Path<TenantId>,
) -> Result<Reply<wire::CryptoKeys>, Refusal> {
    own(&caller, &tenant)?;
    let keys = vault::keys(&platform.db, &tenant).await?;
    let active = keys.iter().find(|key| key.status == KeyStatus::Active).map(|key| key.id);
    let keys = keys.into_iter().map(|key| to_key(&tenant, key)).collect();
    Ok(Reply::ok(wire::CryptoKeys { tenant_id: tenant.to_string(), active_key_id: active, keys }))
}

/// Makes a new version of the key of one's own tenant. It seals at once; a job seals anew what older versions sealed.
#[utoipa::path(post, path = "/admin/crypto/keys/{tenant_id}/rotate", tag = "crypto", operation_id = "rotate_tenant_key",
    params(("tenant_id" = String, Path, description = "One's own tenant")), request_body = wire::RotateKey,
    extensions(("x-permission" = json!("tenant_key.rotate"))),
    responses((status = 200, description = "The new version, and the job", body = wire::Envelope<wire::KeyRotated>)))]
async fn rotate(
    State(platform): State<Platform>,
    As(op, caller): As<TenantKeyRotate>,
    Path(tenant): Path<TenantId>,
    mut once: Once,
    Body(body): Body<wire::RotateKey>,
) -> Result<Done<Reply<wire::KeyRotated>>, Refusal> {
    own(&caller, &tenant)?;
    if let Some(again) = once.again(&platform, &op, &caller).await? {
        return Ok(again);
    }
    // The service that wraps keys is asked before the transaction, which would wait for it with a connection.
    let prepared = platform.rotations.prepare(&op, &platform.db, &tenant).await;
    let wish = Wish { reason: body.reason, reencrypt: body.reencrypt, force: body.force };
    let change = async |db: Db| {
        let (key, rotation) = platform.rotations.start(&op, &db, &caller, prepared?, &wish).await?;
        let rotation_job = rotation.map(|rotation| to_job(&tenant, rotation, Vec::new()));
        Ok(Reply::ok(wire::KeyRotated { key: to_key(&tenant, key), rotation_job }))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// How far a rotation is, and what it could not read.
#[utoipa::path(get, path = "/admin/crypto/rotation-jobs/{id}", tag = "crypto", operation_id = "get_rotation_job",
    params(("id" = Uuid, Path, description = "The job")), extensions(("x-permission" = json!("tenant_key.read"))),
    responses((status = 200, description = "The job", body = wire::Envelope<wire::RotationJob>)))]
async fn job(
    State(platform): State<Platform>,
    As(_op, caller): As<TenantKeyRead>,
    Path(id): Path<Uuid>,
) -> Result<Reply<wire::RotationJob>, Refusal> {
    let (rotation, failures) = platform.rotations.get(&platform.db, &caller.tenant, id).await?;
    Ok(Reply::ok(to_job(&caller.tenant, rotation, failures)))
}

/// Lets a rotation rest from the next thing on. One that is over stays as it is.
#[utoipa::path(post, path = "/admin/crypto/rotation-jobs/{id}/pause", tag = "crypto", operation_id = "pause_rotation_job",
    params(("id" = Uuid, Path, description = "The job")), extensions(("x-permission" = json!("tenant_key.rotate"))),
    responses((status = 200, description = "The job", body = wire::Envelope<wire::RotationJob>)))]
async fn pause(
    State(platform): State<Platform>,
    As(op, caller): As<TenantKeyRotate>,
    Path(id): Path<Uuid>,
    once: Once,
) -> Result<Done<Reply<wire::RotationJob>>, Refusal> {
    let turned = async |db: Db| platform.rotations.pause(&op, &db, &caller, id).await;
    turn(&platform, &op, &caller, once, turned).await
}

/// Lets a rotation go on where it rests.
#[utoipa::path(post, path = "/admin/crypto/rotation-jobs/{id}/resume", tag = "crypto", operation_id = "resume_rotation_job",
    params(("id" = Uuid, Path, description = "The job")), extensions(("x-permission" = json!("tenant_key.rotate"))),
    responses((status = 200, description = "The job", body = wire::Envelope<wire::RotationJob>)))]
async fn resume(
    State(platform): State<Platform>,
    As(op, caller): As<TenantKeyRotate>,
    Path(id): Path<Uuid>,
    once: Once,
) -> Result<Done<Reply<wire::RotationJob>>, Refusal> {
    let turned = async |db: Db| platform.rotations.resume(&op, &db, &caller, id).await;
    turn(&platform, &op, &caller, once, turned).await
}

/// Gives a rotation up: what was sealed anew stays so, and older versions go on to open the rest.
#[utoipa::path(post, path = "/admin/crypto/rotation-jobs/{id}/cancel", tag = "crypto", operation_id = "cancel_rotation_job",
    params(("id" = Uuid, Path, description = "The job")), extensions(("x-permission" = json!("tenant_key.rotate"))),
    responses((status = 200, description = "The job", body = wire::Envelope<wire::RotationJob>)))]
async fn cancel(
    State(platform): State<Platform>,
    As(op, caller): As<TenantKeyRotate>,
    Path(id): Path<Uuid>,
    once: Once,
) -> Result<Done<Reply<wire::RotationJob>>, Refusal> {
    let turned = async |db: Db| platform.rotations.cancel(&op, &db, &caller, id).await;
    turn(&platform, &op, &caller, once, turned).await
}

/// Turns a rotation, once.
async fn turn(
    platform: &Platform,
    op: &Op,
    caller: &Caller<TenantKeyRotate>,
    once: Once,
    turned: impl AsyncFnOnce(Db) -> Result<Rotation, VaultError>,
) -> Result<Done<Reply<wire::RotationJob>>, Refusal> {
    let change = async |db: Db| Ok(Reply::ok(to_job(&caller.tenant, turned(db).await?, Vec::new())));
    once.perform(platform, op, caller, change).await
}

/// Keys are looked after by the administrators of their tenant and nobody else, operators included. The refusal is the same
/// for tenants that are there and tenants that are not.
fn own<P: Permission>(caller: &Caller<P>, tenant: &TenantId) -> Result<(), Refusal> {
    if caller.tenant == *tenant {
        return Ok(());
    }
    Err(Refusal::new(Kind::Forbidden, Code::AuthForbidden, "Only the keys of one's own tenant can be seen and rotated"))
}

impl Validate for wire::RotateKey {
    fn validate(&self, faults: &mut Faults) {
        if let Some(reason) = &self.reason {
            faults.length("reason", reason, &(0..=MAX_REASON));
            faults.storable("reason", reason);
        }
    }
}

fn to_key(tenant: &TenantId, key: KeyRecord) -> wire::CryptoKey {
    wire::CryptoKey {
        id: key.id,
        tenant_id: tenant.to_string(),
        key_alias: key.alias,
        key_version: key.version,
        provider: key.provider.as_str().to_owned(),
        key_ref: key.reference,
        status: key.status.as_str().to_owned(),
        created_at: key.created_at,
        activated_at: key.activated_at,
        retired_at: key.retired_at,
    }
}

fn to_job(tenant: &TenantId, rotation: Rotation, failures: Vec<Failure>) -> wire::RotationJob {
    let failure = |failure: Failure| wire::RotationFailure {
        kind: failure.kind,
        name: failure.name,
        attempts: failure.attempts,
        error_code: failure.code,
    };
    wire::RotationJob {
        id: rotation.id,
        tenant_id: tenant.to_string(),
        status: rotation.status.as_str().to_owned(),
        from_key_id: rotation.from,
        to_key_id: rotation.to,
        total_items: rotation.total,
        processed_items: rotation.processed,
        failed_items: rotation.failed,
        started_at: rotation.started_at,
        completed_at: rotation.completed_at,
        error_code: rotation.error_code,
        error_message: rotation.error_message,
        failures: failures.into_iter().map(failure).collect(),
    }
}
