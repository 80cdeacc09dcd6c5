//! Tenants and their keys, made as the command line makes them.

use chrono::{DateTime, Utc};
use nexus_authz::{
    credential::{
        key,
        store::{self, NewKey},
    },
    tenant,
};
use nexus_core::{
    id::{TenantId, UserId},
    op::Op,
    principal::Role,
};

use super::{Caller, TestApp};

/// A tenant.
pub struct Tenant<'a> {
    app: &'a TestApp,
    id: TenantId,
}

impl<'a> Tenant<'a> {
    pub(super) async fn open(app: &'a TestApp, id: &str) -> Self {
        let id: TenantId = id.parse().unwrap();
        let mut tx = app.platform.db.platform().await.unwrap();
        tenant::create(&Op::internal(app.clock.now()), &mut tx, &id, id.as_str()).await.unwrap();
        tx.commit().await.unwrap();
        Self { app, id }
    }

    /// A new user of this role with a key.
    pub async fn key(&self, role: Role) -> Caller {
        self.key_for(&format!("user-{}", nexus_core::clock::fresh_uuid().simple()), role).await
    }

    /// A key of a user, who is made if he is not there.
    pub async fn key_for(&self, user: &str, role: Role) -> Caller {
        self.key_until(user, role, None).await
    }

    /// A key that ends.
    pub async fn key_until(&self, user: &str, role: Role, expires_at: Option<DateTime<Utc>>) -> Caller {
        let op = Op::internal(self.app.clock.now());
        let user: UserId = user.parse().unwrap();
        let (id, plaintext) = key::generate();
        let hash = self.app.platform.credentials.pepper().hash(key::parse(plaintext.expose()).unwrap());
        let shown = plaintext.shown();
        let new = NewKey { id: &id, user: &user, name: None, shown: &shown, hash, expires_at };
        let mut tx = self.app.platform.db.tenant(&self.id).await.unwrap();
        store::ensure_user(&op, &mut tx, &user, None, role).await.unwrap();
        store::insert(&op, &mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        let mut caller = self.app.bearer(plaintext.expose());
        caller.key_id = id.to_string();
        caller.user_id = user.to_string();
        caller
    }
}
