//! `keyring`: keys of the platform, for whoever operates the installation.

use std::path::Path;

use clap::Subcommand;
use nexus_core::{
    keyring::{self, Filter, KeyId, MAX_LIMIT, Purpose},
    pg::PlatformTx,
};
use serde_json::json;

use super::{
    Failure, Output,
    admin::{self, Office},
};
use crate::keyring::to_wire;

#[derive(Debug, Subcommand)]
pub(super) enum KeyringCommand {
    /// Lists the keys, newest first. Secrets are not shown.
    List {
        /// Only for this: `signing`, `encryption`, `backup_signing`, `backup_encryption` or `webhook_signing`.
        #[arg(long)]
        purpose: Option<Purpose>,
    },
    /// Makes a key and prints its secret; it is not shown again. The key before it is accepted until it is retired.
    Rotate {
        /// What the key is for: `signing`, `encryption`, `backup_signing`, `backup_encryption` or `webhook_signing`.
        #[arg(long)]
        purpose: Purpose,
    },
    /// Ends a key: it is accepted no more.
    Retire {
        /// The key's id.
        key_id: KeyId,
    },
    /// Puts all keys under `KEYRING_MASTER_KEY` that still lie under `KEYRING_MASTER_KEY_PREVIOUS`.
    Rewrap,
}

pub(super) async fn run(config: Option<&Path>, command: KeyringCommand, out: Output) -> Result<(), Failure> {
    let (office, database) = admin::open(config).await?;
    let done = work(&office, command, out).await;
    admin::close(office, database).await?;
    done
}

async fn work(office: &Office, command: KeyringCommand, out: Output) -> Result<(), Failure> {
    let mut tx = office.db.platform().await.map_err(Failure::from_error)?;
    match command {
        KeyringCommand::List { purpose } => list(&mut tx, purpose, out).await,
        KeyringCommand::Rotate { purpose } => {
            let made = office.keyring.rotate(&office.op, &mut tx, None, purpose).await.map_err(Failure::from_error)?;
            tx.commit().await.map_err(Failure::from_error)?;
            let replaced = made.replaced.map(|id| id.to_string());
            let value = json!({
                "key_id": made.key.id.as_str(), "purpose": purpose.as_str(), "public_key": made.key.public,
                "replaced_key_id": replaced, "secret": made.secret.expose(),
            });
            out.result(&value, || {
                let replaced = replaced.as_deref().unwrap_or_default();
                let (id, secret) = (&made.key.id, made.secret.expose());
                format!("key_id={id}\npurpose={purpose}\nreplaced_key_id={replaced}\nsecret={secret}")
            })
        }
        KeyringCommand::Retire { key_id } => {
            let key = office.keyring.retire(&office.op, &mut tx, None, &key_id).await.map_err(Failure::from_error)?;
            tx.commit().await.map_err(Failure::from_error)?;
            let status = key.status.as_str();
            out.result(&to_wire(key), || format!("{key_id} is {status}"))
        }
        KeyringCommand::Rewrap => {
            let count = office.keyring.rewrap(&mut tx).await.map_err(Failure::from_error)?;
            tx.commit().await.map_err(Failure::from_error)?;
            out.result(&json!({ "rewrapped": count }), || format!("{count} keys are under the present master key now"))
        }
    }
}

async fn list(tx: &mut PlatformTx, purpose: Option<Purpose>, out: Output) -> Result<(), Failure> {
    let filter = Filter { purpose, status: None };
    for key in keyring::list(tx, &filter, MAX_LIMIT).await.map_err(Failure::from_error)? {
        let line = [
            key.id.to_string(),
            key.purpose.to_string(),
            key.status.as_str().to_owned(),
            key.created_at.to_rfc3339(),
            key.public.clone().unwrap_or_default(),
        ];
        out.result(&to_wire(key), || line.join("\t"))?;
    }
    Ok(())
}
