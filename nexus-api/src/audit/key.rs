//! `/v1/audit/key`: the public keys of the log, for everybody. How much happens on an installation is nobody else's business, so
//! the newest checkpoint, which counts events and tenants, is for callers with a credential.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::extract::State;
use nexus_authz::permission::AuditKeyRead;
use nexus_core::{
    audit::seals,
    keyring::{self, Filter, KeyStatus, MAX_LIMIT, Purpose},
    pg::{DbError, PlatformTx},
};
use nexus_sdk::wire;
use tokio::sync::Mutex;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Refusal, Reply, caller::Anybody},
};

/// How long what was read is told to strangers, however many ask.
const FRESH: Duration = Duration::from_secs(1);

/// What strangers are told, and since when.
pub(super) type Shown = Arc<Mutex<Option<(Instant, wire::AuditKey)>>>;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(key))
}

/// The public keys that checkpoints are signed with, and for callers with a credential the newest checkpoint. Keep both: a
/// checkpoint in your hands is one that nobody can take back.
#[utoipa::path(get, path = "/audit/key", tag = "audit", operation_id = "get_audit_key", extensions(("x-permission" = json!("audit.key.read"))),
    security((), ("BearerAuth" = [])),
    responses((status = 200, description = "The keys", body = wire::Envelope<wire::AuditKey>)))]
async fn key(State(platform): State<Platform>, who: Anybody<AuditKeyRead>) -> Result<Reply<wire::AuditKey>, Refusal> {
    if let Anybody::Stranger(_) = who {
        return Ok(Reply::ok(for_strangers(&platform).await?));
    }
    let mut tx = platform.db.platform().await?;
    let keys = public(&platform, &mut tx).await?;
    let newest = seals::newest(&mut tx).await?;
    let checkpoint = newest.map(|it| wire::AuditCheckpoint {
        text: it.signed.text,
        key: it.signed.key,
        signature: it.signed.signature,
    });
    Ok(Reply::ok(wire::AuditKey { checkpoint, ..keys }))
}

async fn for_strangers(platform: &Platform) -> Result<wire::AuditKey, DbError> {
    let mut shown = platform.audit_desk.keys.lock().await;
    if let Some((_, keys)) = shown.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        return Ok(keys.clone());
    }
    let mut tx = platform.db.platform().await?;
    let keys = public(platform, &mut tx).await?;
    *shown = Some((Instant::now(), keys.clone()));
    Ok(keys)
}

/// The keys of the keyring, and the one of the settings, which signs while the keyring has none.
async fn public(platform: &Platform, tx: &mut PlatformTx) -> Result<wire::AuditKey, DbError> {
    let filter = Filter { purpose: Some(Purpose::Signing), status: None };
    let found = keyring::list(tx, &filter, MAX_LIMIT).await?;
    let own = platform.audit_desk.key.public();
    let active = found.iter().find(|key| key.status == KeyStatus::Active).and_then(|key| key.public.clone());
    let standing = if active.is_some() { KeyStatus::Retiring } else { KeyStatus::Active };
    let trusted = found.into_iter().filter(|key| key.status != KeyStatus::Revoked);
    let mut keys: Vec<wire::AuditPublicKey> = trusted
        .filter_map(|key| {
            let (key_id, status) = (Some(key.id.to_string()), key.status.as_str().to_owned());
            Some(wire::AuditPublicKey { key: key.public?, key_id, status })
        })
        .collect();
    let status = standing.as_str().to_owned();
    keys.push(wire::AuditPublicKey { key: own.to_owned(), key_id: None, status });
    Ok(wire::AuditKey { key: active.unwrap_or_else(|| own.to_owned()), keys, checkpoint: None })
}
