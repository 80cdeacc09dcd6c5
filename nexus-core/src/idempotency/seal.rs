//! Bodies of answers, sealed each for its request: what makes a request the same one is what they are bound to.

use futures::{FutureExt as _, future::BoxFuture};
use uuid::Uuid;

use super::{
    decide::Digest,
    store::{self, Connection},
};
use crate::{
    crypto::{
        Binding, Refused,
        rotation::{Reseal, ResealError, Step},
        vault::{Sealing, Vault, VaultError},
    },
    id::TenantId,
    op::Op,
    pg::{Db, DbError, TenantTx},
    problem::Code,
};

/// What they are called in bindings and reports.
const KIND: &str = "idempotency_record";

/// A body and the key that it is under; nothing when it is to be stored as it is.
pub(super) async fn seal(
    vault: &Vault,
    op: &Op,
    (conn, tenant): (&mut Connection, &TenantId),
    digests: (&Digest, &Digest),
    body: &str,
) -> Result<Option<(Vec<u8>, Uuid)>, VaultError> {
    let id = id(digests);
    match vault.seal_within(op, (conn, tenant), &place(tenant, &id), body.as_bytes()).await? {
        Sealing::Sealed { bytes, key } => Ok(Some((bytes, key))),
        Sealing::Plain => Ok(None),
    }
}

/// The body again.
pub(super) async fn open(
    vault: &Vault,
    tenant: &TenantId,
    digests: (&Digest, &Digest),
    sealed: &[u8],
) -> Result<String, VaultError> {
    let id = id(digests);
    let body = vault.open(tenant, &place(tenant, &id), sealed).await?;
    String::from_utf8(body).map_err(|_| Refused.into())
}

/// Seals answers anew when the key of their tenant is replaced.
#[derive(Debug)]
pub struct ResealAnswers(Db);

impl ResealAnswers {
    /// In this database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    async fn anew(&self, step: &Step, name: &str) -> Result<(), ResealError> {
        let scope = hex::decode(name).ok().and_then(|bytes| Digest::try_from(bytes).ok());
        let scope = scope.ok_or(ResealError::Broken(Code::NotFound))?;
        let mut tx = self.0.tenant(&step.tenant).await?;
        let found = store::sealed(&mut tx, &scope).await.map_err(DbError::from)?;
        drop(tx);
        let Some((request, sealed, key)) = found.filter(|(.., key)| *key != step.to.id) else { return Ok(()) };
        let id = id((&scope, &request));
        let place = place(&step.tenant, &id);
        let body = step.vault.open(&step.tenant, &place, &sealed).await?;
        let anew = step.vault.seal_with(&step.to, &place, &body)?;
        let mut tx = self.0.tenant(&step.tenant).await?;
        let replaced = store::reseal(&mut tx, (&scope, &request), (&anew, step.to.id), key).await;
        if !replaced.map_err(DbError::from)? {
            return Ok(());
        }
        step.count(&mut tx).await?;
        Ok(tx.commit().await?)
    }
}

impl Reseal for ResealAnswers {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn left<'a>(&'a self, tx: &'a mut TenantTx, to: Uuid, but: &'a [String]) -> BoxFuture<'a, Result<u64, DbError>> {
        async move { Ok(store::left(tx, to, but).await?) }.boxed()
    }

    fn page<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        to: Uuid,
        range: (&'a str, u32),
        but: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<String>, DbError>> {
        async move { Ok(store::page(tx, to, range, but).await?) }.boxed()
    }

    fn reseal<'a>(&'a self, step: &'a Step, name: &'a str) -> BoxFuture<'a, Result<(), ResealError>> {
        self.anew(step, name).boxed()
    }
}

fn id((scope, request): (&Digest, &Digest)) -> String {
    format!("{}/{}", hex::encode(scope), hex::encode(request))
}

fn place<'a>(tenant: &'a TenantId, id: &'a str) -> Binding<'a> {
    Binding { tenant: tenant.as_str(), kind: KIND, id, field: "response_body", version: 1 }
}
