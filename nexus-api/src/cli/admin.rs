//! `migrate`, `tenant` and `keys`: commands that work on the database itself, for whoever operates the installation.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use clap::Subcommand;
use nexus_authz::credential::{
    Pepper, key,
    store::{self, ApiKey, NewKey},
};
use nexus_core::{
    audit::{self, Event, EventType, SigningKey},
    clock::{self, Clock},
    id::{CredentialId, TenantId, UserId},
    keyring::Keyring,
    op::Op,
    page::{MAX_LIMIT, PageRequest},
    pg::{Db, DbError},
    principal::Role,
};
use serde_json::{Value, json};

use super::{Failure, Output, server, tenant::ensure_tenant};
use crate::boot::{self, OpenDatabase};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Makes an API key and prints it; it is not shown again. The tenant is made if it is not there.
    Create {
        /// The tenant.
        #[arg(long)]
        tenant: TenantId,
        /// The role: reader, editor, admin or operator.
        #[arg(long)]
        role: Role,
        /// A name for people.
        #[arg(long)]
        name: Option<String>,
        /// The user that it speaks for; a new one otherwise. A user that is there keeps its role.
        #[arg(long)]
        user_id: Option<UserId>,
        /// The address of the user.
        #[arg(long)]
        email: Option<String>,
        /// After how many days it stops.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36500))]
        expires_in_days: Option<u32>,
    },
    /// Lists the keys of a tenant.
    List {
        /// The tenant.
        #[arg(long)]
        tenant: TenantId,
        /// After how many days without use a key counts as inactive.
        #[arg(long, default_value_t = 90)]
        inactive_days: u32,
        /// Only inactive keys.
        #[arg(long)]
        inactive_only: bool,
    },
    /// Makes a new key for the same user and revokes the old one.
    Rotate {
        /// The old key's id.
        key_id: CredentialId,
        /// A name for the new key; the old one's otherwise.
        #[arg(long)]
        name: Option<String>,
        /// Leaves the old key working.
        #[arg(long)]
        keep_old_active: bool,
    },
    /// Revokes a key; its next request is refused.
    Revoke {
        /// The key's id.
        key_id: CredentialId,
    },
}

/// What administrative work needs.
pub(super) struct Office {
    pub(super) db: Db,
    pub(super) pepper: Pepper,
    pub(super) keyring: Keyring,
    /// What the audit log is signed with while the keyring has no key for it.
    pub(super) signing: Arc<SigningKey>,
    pub(super) op: Op,
}

/// Opens the database for the length of a command.
pub(super) async fn open(config: Option<&Path>) -> Result<(Office, OpenDatabase), Failure> {
    let settings = server::load(config)?;
    let secrets = settings.secrets.clone().complete(&settings.data_dir).map_err(Failure::from_error)?;
    let database = OpenDatabase::open(&settings).await.map_err(Failure::from_error)?;
    if settings.migrate_on_start {
        nexus_core::pg::migrate(&database.url).await.map_err(Failure::from_error)?;
    }
    let db = database.handle(&settings).map_err(Failure::from_error)?;
    // A key that is made with another pepper than the server's would never work.
    boot::check_pepper(&db, &secrets).await.map_err(Failure::from_error)?;
    let keyring = boot::keyring(&settings).map_err(Failure::from_error)?;
    let signing = Arc::clone(&secrets.audit);
    Ok((Office { db, pepper: secrets.pepper, keyring, signing, op: Op::internal(Clock::system().now()) }, database))
}

pub(super) async fn close(office: Office, database: OpenDatabase) -> Result<(), Failure> {
    office.db.close().await;
    database.close().await.map_err(Failure::from_error)
}

pub(super) async fn migrate(config: Option<&Path>, out: Output) -> Result<(), Failure> {
    let settings = server::load(config)?;
    let database = OpenDatabase::open(&settings).await.map_err(Failure::from_error)?;
    let version = nexus_core::pg::migrate(&database.url).await.map_err(Failure::from_error)?;
    database.close().await.map_err(Failure::from_error)?;
    out.result(&json!({ "schema_version": version }), || format!("the schema is at version {version}"))
}

pub(super) async fn keys(config: Option<&Path>, command: KeysCommand, out: Output) -> Result<(), Failure> {
    let (office, database) = open(config).await?;
    let done = match command {
        KeysCommand::Create { tenant, role, name, user_id, email, expires_in_days } => {
            let expires_at = expires_in_days.map(|days| office.op.now + Duration::days(i64::from(days)));
            let wanted = Wanted { tenant, role, name, user: user_id, email, expires_at };
            create_key(&office, &wanted).await.and_then(|made| made.print(out))
        }
        KeysCommand::List { tenant, inactive_days, inactive_only } => {
            list_keys(&office, &tenant, inactive_only.then_some(inactive_days), out).await
        }
        KeysCommand::Rotate { key_id, name, keep_old_active } => {
            rotate_key(&office, &key_id, name, keep_old_active).await.and_then(|made| made.print(out))
        }
        KeysCommand::Revoke { key_id } => revoke_key(&office, &key_id, out).await,
    };
    close(office, database).await?;
    done
}

/// A key to be made.
pub(super) struct Wanted {
    pub(super) tenant: TenantId,
    pub(super) role: Role,
    pub(super) name: Option<String>,
    pub(super) user: Option<UserId>,
    pub(super) email: Option<String>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// A key that was made, with the text that is shown once.
pub(super) struct Made {
    id: CredentialId,
    user: UserId,
    role: Role,
    key: key::Plaintext,
    expires_at: Option<DateTime<Utc>>,
}

impl Made {
    pub(super) fn plaintext(&self) -> &str {
        self.key.expose()
    }

    fn print(&self, out: Output) -> Result<(), Failure> {
        let value = json!({
            "key_id": self.id, "key_prefix": self.key.shown(), "user_id": self.user, "role": self.role,
            "expires_at": self.expires_at, "api_key": self.key.expose(),
        });
        out.result(&value, || {
            let ends = self.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_rfc3339());
            format!(
                "key_id={}\nkey_prefix={}\nuser_id={}\nrole={}\nexpires_at={ends}\napi_key={}",
                self.id,
                self.key.shown(),
                self.user,
                self.role,
                self.key.expose()
            )
        })
    }
}

pub(super) async fn create_key(office: &Office, wanted: &Wanted) -> Result<Made, Failure> {
    ensure_tenant(office, &wanted.tenant, None).await?;
    insert_key(office, wanted, None).await
}

async fn insert_key(office: &Office, wanted: &Wanted, revoke: Option<&CredentialId>) -> Result<Made, Failure> {
    let (id, text) = key::generate();
    let parsed = key::parse(text.expose()).ok_or_else(|| Failure::Failed("the key does not parse".into()))?;
    let user = match &wanted.user {
        Some(user) => user.clone(),
        None => UserId::new(clock::fresh_uuid().to_string()).map_err(Failure::from_error)?,
    };
    let write = async {
        let mut tx = office.db.tenant(&wanted.tenant).await?;
        let role = store::ensure_user(&office.op, &mut tx, &user, wanted.email.as_deref(), wanted.role).await?;
        let new = NewKey {
            id: &id,
            user: &user,
            name: wanted.name.as_deref(),
            shown: &text.shown(),
            hash: office.pepper.hash(parsed),
            expires_at: wanted.expires_at,
        };
        store::insert(&office.op, &mut tx, &new).await?;
        let kind = if revoke.is_some() { EventType::AuthApiKeyRotated } else { EventType::AuthApiKeyCreated };
        let event = Event::system(&office.op, Some(&wanted.tenant), kind)
            .resource("api_key", id.as_str())
            .role(role)
            .key_prefix(&text.shown());
        audit::record(&mut tx, &event).await?;
        if let Some(mut old) = match revoke {
            Some(old) => store::lock(&mut tx, old).await?,
            None => None,
        } {
            old.state.revoked_at.get_or_insert(office.op.now);
            store::update(&mut tx, &old).await?;
        }
        tx.commit().await?;
        Ok::<_, DbError>(role)
    };
    let role = write.await.map_err(Failure::from_error)?;
    if role != wanted.role {
        return Err(Failure::Failed(format!("the user {user} is a {role}; the key was made with that role")));
    }
    Ok(Made { id, user, role, key: text, expires_at: wanted.expires_at })
}

async fn find_key(office: &Office, id: &CredentialId) -> Result<(TenantId, ApiKey), Failure> {
    let find = async {
        let mut tx = office.db.platform().await?;
        let Some(tenant) = store::tenant_of(&mut tx, id).await? else { return Ok(None) };
        drop(tx);
        let mut tx = office.db.tenant(&tenant).await?;
        Ok::<_, DbError>(store::lock(&mut tx, id).await?.map(|key| (tenant, key)))
    };
    find.await.map_err(Failure::from_error)?.ok_or_else(|| Failure::Failed(format!("there is no key {id}")))
}

async fn rotate_key(office: &Office, id: &CredentialId, name: Option<String>, keep_old: bool) -> Result<Made, Failure> {
    let (tenant, old) = find_key(office, id).await?;
    if old.state.revoked_at.is_some() {
        return Err(Failure::Failed("the key is revoked: make a new one with keys create".into()));
    }
    let wanted = Wanted {
        tenant,
        role: old.role,
        name: name.or(old.name),
        user: Some(old.user_id),
        email: None,
        expires_at: old.state.expires_at,
    };
    insert_key(office, &wanted, (!keep_old).then_some(id)).await
}

async fn revoke_key(office: &Office, id: &CredentialId, out: Output) -> Result<(), Failure> {
    let (tenant, mut key) = find_key(office, id).await?;
    let revoked_at = *key.state.revoked_at.get_or_insert(office.op.now);
    let write = async {
        let mut tx = office.db.tenant(&tenant).await?;
        store::update(&mut tx, &key).await?;
        let event = Event::system(&office.op, Some(&tenant), EventType::AuthApiKeyRevoked)
            .resource("api_key", id.as_str())
            .key_prefix(&key.key_prefix);
        audit::record(&mut tx, &event).await?;
        tx.commit().await
    };
    write.await.map_err(Failure::from_error)?;
    out.result(&json!({ "key_id": id, "revoked_at": revoked_at }), || format!("revoked {id}"))
}

async fn list_keys(office: &Office, tenant: &TenantId, inactive_for: Option<u32>, out: Output) -> Result<(), Failure> {
    let unused_since = inactive_for.map(|days| office.op.now - Duration::days(days.into()));
    let mut page = PageRequest { limit: MAX_LIMIT, after: None };
    loop {
        let mut tx = office.db.tenant(tenant).await.map_err(Failure::from_error)?;
        let keys = store::list(&mut tx, unused_since, &page).await.map_err(Failure::from_error)?;
        drop(tx);
        show_keys(keys.items, office.op.now, out)?;
        match keys.next {
            Some(after) => page.after = Some(after),
            None => return Ok(()),
        }
    }
}

fn show_keys(keys: Vec<ApiKey>, now: DateTime<Utc>, out: Output) -> Result<(), Failure> {
    for key in keys {
        let state = key.state;
        let inactive_days = (now - state.unused_since()).num_days();
        let expired = state.expires_at.is_some_and(|end| end <= now);
        let active = state.user_active && state.revoked_at.is_none() && !expired;
        let value = json!({
            "key_id": key.id, "name": key.name, "role": key.role, "user_id": key.user_id, "key_prefix": key.key_prefix,
            "created_at": state.created_at, "last_used_at": state.last_used_at, "expires_at": state.expires_at,
            "revoked_at": state.revoked_at, "is_active": active, "inactive_days": inactive_days, "is_expired": expired,
        });
        out.result(&value, || {
            let fields =
                ["key_id", "name", "role", "created_at", "last_used_at", "expires_at", "revoked_at", "is_active"];
            let show = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            fields.iter().filter_map(|f| value.get(f)).map(show).collect::<Vec<_>>().join("\t")
        })?;
    }
    Ok(())
}
