//! Keys and their users in PostgreSQL.

use chrono::{DateTime, Utc};
use nexus_core::{
    id::{CredentialId, GroupId, TenantId, UserId},
    op::Op,
    page::{After, Page, PageRequest},
    pg::{PlatformTx, TenantTx},
    principal::Role,
};
use sqlx::{FromRow, PgConnection, Row as _, postgres::PgRow};

use super::decide::KeyState;

/// A role column; a stored word that is no role names itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoleColumn(pub(super) Role);

impl TryFrom<String> for RoleColumn {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        word.parse().map(Self).map_err(|_| format!("role {word:?} in the database is unknown"))
    }
}

/// What authentication needs of a key.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) tenant_id: TenantId,
    pub(super) id: CredentialId,
    pub(super) user_id: UserId,
    pub(super) role: RoleColumn,
    pub(super) state: KeyState,
    pub(super) groups: Vec<GroupId>,
}

/// A key as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ApiKey {
    /// Its id.
    pub id: CredentialId,
    /// The user it speaks for.
    pub user_id: UserId,
    /// The role of that user.
    pub role: Role,
    /// Its name for people.
    pub name: Option<String>,
    /// The part that may be shown.
    pub key_prefix: String,
    /// The facts that decide whether it works.
    #[serde(skip)]
    pub state: KeyState,
}

fn state_of(row: &PgRow) -> Result<KeyState, sqlx::Error> {
    Ok(KeyState {
        created_at: row.try_get("created_at")?,
        last_used_at: row.try_get("last_used_at")?,
        expires_at: row.try_get("expires_at")?,
        revoked_at: row.try_get("revoked_at")?,
        user_active: row.try_get("is_active")?,
    })
}

fn role_of(row: &PgRow) -> Result<RoleColumn, sqlx::Error> {
    RoleColumn::try_from(row.try_get::<String, _>("role")?).map_err(|e| sqlx::Error::Decode(e.into()))
}

impl FromRow<'_, PgRow> for Found {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tenant_id: row.try_get("tenant_id")?,
            id: row.try_get("id")?,
            user_id: row.try_get("user_id")?,
            role: role_of(row)?,
            state: state_of(row)?,
            groups: groups_of(row)?,
        })
    }
}

fn groups_of(row: &PgRow) -> Result<Vec<GroupId>, sqlx::Error> {
    let groups: Vec<String> = row.try_get("groups")?;
    groups.into_iter().map(|id| GroupId::new(id).map_err(|e| sqlx::Error::Decode(e.into()))).collect()
}

impl FromRow<'_, PgRow> for ApiKey {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            user_id: row.try_get("user_id")?,
            role: role_of(row)?.0,
            name: row.try_get("name")?,
            key_prefix: row.try_get("key_prefix")?,
            state: state_of(row)?,
        })
    }
}

/// Finds the key of a hash, in whichever tenant it is.
pub(super) async fn find_by_hash(tx: &mut PlatformTx, hash: &[u8; 32]) -> Result<Option<Found>, sqlx::Error> {
    sqlx::query_as(
        "SELECT k.tenant_id, k.id, k.user_id, k.created_at, k.last_used_at, k.expires_at, k.revoked_at,
                u.role, u.is_active,
                ARRAY(SELECT m.group_id FROM group_members m WHERE m.tenant_id = k.tenant_id AND m.user_id = k.user_id
                      ORDER BY m.group_id) AS groups
         FROM api_keys k JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
         WHERE k.key_hash = $1",
    )
    .bind(hash.as_slice())
    .fetch_optional(&mut **tx)
    .await
}

/// A key to be stored.
#[derive(Debug)]
pub struct NewKey<'a> {
    /// Its id.
    pub id: &'a CredentialId,
    /// The user it speaks for.
    pub user: &'a UserId,
    /// Its name for people.
    pub name: Option<&'a str>,
    /// The part that may be shown.
    pub shown: &'a str,
    /// The peppered hash.
    pub hash: [u8; 32],
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Stores a key.
pub async fn insert(op: &Op, tx: &mut TenantTx, key: &NewKey<'_>) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant().clone();
    sqlx::query(
        "INSERT INTO api_keys (tenant_id, id, user_id, name, key_prefix, key_hash, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(key.id)
    .bind(key.user)
    .bind(key.name)
    .bind(key.shown)
    .bind(key.hash.as_slice())
    .bind(key.expires_at)
    .bind(op.now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Makes a user, or finds the one with this id, whose role stays as it is. Returns the role in force.
pub async fn ensure_user(
    op: &Op,
    tx: &mut TenantTx,
    user: &UserId,
    email: Option<&str>,
    role: Role,
) -> Result<Role, sqlx::Error> {
    let tenant = tx.tenant().clone();
    let role: String = sqlx::query_scalar(
        "INSERT INTO users (tenant_id, id, email, role, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, id) DO UPDATE SET email = coalesce(excluded.email, users.email) RETURNING role",
    )
    .bind(tenant)
    .bind(user)
    .bind(email)
    .bind(role.as_str())
    .bind(op.now)
    .fetch_one(&mut **tx)
    .await?;
    RoleColumn::try_from(role).map(|r| r.0).map_err(|e| sqlx::Error::Decode(e.into()))
}

/// The role of a user, if there is such a user.
pub async fn role_of_user(tx: &mut TenantTx, user: &UserId) -> Result<Option<Role>, sqlx::Error> {
    let role: Option<String> =
        sqlx::query_scalar("SELECT role FROM users WHERE id = $1").bind(user).fetch_optional(&mut **tx).await?;
    let role = role.map(RoleColumn::try_from).transpose();
    role.map(|r| r.map(|r| r.0)).map_err(|e| sqlx::Error::Decode(e.into()))
}

/// The users of the tenant with their roles and groups, in the order of their ids, after one of them.
pub async fn users(
    tx: &mut TenantTx,
    after: Option<&UserId>,
    limit: i64,
) -> Result<Vec<(UserId, Role, Vec<GroupId>)>, sqlx::Error> {
    let rows: Vec<(UserId, String, Vec<String>)> = sqlx::query_as(
        "SELECT u.id, u.role,
                array(SELECT m.group_id FROM group_members m WHERE m.user_id = u.id ORDER BY m.group_id)
         FROM users u WHERE u.is_active AND ($1::text IS NULL OR u.id > $1) ORDER BY u.id LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    let typed = rows.into_iter().map(|(user, role, groups)| {
        let role = RoleColumn::try_from(role).map_err(|e| sqlx::Error::Decode(e.into()))?;
        let groups = groups.iter().map(GroupId::new).collect::<Result<Vec<_>, _>>();
        Ok((user, role.0, groups.map_err(|e| sqlx::Error::Decode(e.into()))?))
    });
    typed.collect()
}

macro_rules! select_key {
    ($rest:literal) => {
        concat!(
            "SELECT k.id, k.user_id, k.name, k.key_prefix, k.created_at, k.last_used_at, k.expires_at, k.revoked_at,
                    u.role, u.is_active
             FROM api_keys k JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id ",
            $rest
        )
    };
}

/// The keys of the tenant, newest first; only those that were not used since some time, if one is given.
pub async fn list(
    tx: &mut TenantTx,
    unused_since: Option<DateTime<Utc>>,
    page: &PageRequest,
) -> Result<Page<ApiKey>, sqlx::Error> {
    let (at, id) = page.after.as_ref().map_or((None, ""), |a| (Some(a.created_at), a.id.as_str()));
    let keys = select_key!(
        "WHERE ($1::timestamptz IS NULL OR (k.created_at, k.id) < ($1, $2))
           AND ($3::timestamptz IS NULL OR coalesce(k.last_used_at, k.created_at) <= $3)
         ORDER BY k.created_at DESC, k.id DESC LIMIT $4"
    );
    let keys = sqlx::query_as(keys).bind(at).bind(id).bind(unused_since).bind(i64::from(page.limit) + 1);
    let made = |key: &ApiKey| After { created_at: key.state.created_at, id: key.id.to_string() };
    Ok(Page::from_overfetch(keys.fetch_all(&mut **tx).await?, page.limit, made))
}

/// The keys of the tenant that are not revoked, and expired by now or not used since some time; the longest unused first.
pub async fn list_idle(
    tx: &mut TenantTx,
    (since, now): (DateTime<Utc>, DateTime<Utc>),
    page: &PageRequest,
) -> Result<Page<ApiKey>, sqlx::Error> {
    let (at, id) = page.after.as_ref().map_or((None, ""), |a| (Some(a.created_at), a.id.as_str()));
    let keys = select_key!(
        "WHERE k.revoked_at IS NULL AND (k.expires_at <= $2 OR coalesce(k.last_used_at, k.created_at) <= $1)
           AND ($3::timestamptz IS NULL OR (coalesce(k.last_used_at, k.created_at), k.id) > ($3, $4))
         ORDER BY coalesce(k.last_used_at, k.created_at), k.id LIMIT $5"
    );
    let keys = sqlx::query_as(keys).bind(since).bind(now).bind(at).bind(id).bind(i64::from(page.limit) + 1);
    let used = |key: &ApiKey| After { created_at: key.state.unused_since(), id: key.id.to_string() };
    Ok(Page::from_overfetch(keys.fetch_all(&mut **tx).await?, page.limit, used))
}

/// One key of the tenant, locked until the transaction ends.
pub async fn lock(tx: &mut TenantTx, id: &CredentialId) -> Result<Option<ApiKey>, sqlx::Error> {
    sqlx::query_as(select_key!("WHERE k.id = $1 FOR UPDATE OF k")).bind(id).fetch_optional(&mut **tx).await
}

/// Writes the parts of a key that can change.
pub async fn update(tx: &mut TenantTx, key: &ApiKey) -> Result<(), sqlx::Error> {
    let done =
        sqlx::query("UPDATE api_keys SET name = $2, expires_at = $3, revoked_at = $4, last_used_at = $5 WHERE id = $1")
            .bind(&key.id)
            .bind(&key.name)
            .bind(key.state.expires_at)
            .bind(key.state.revoked_at)
            .bind(key.state.last_used_at)
            .execute(&mut **tx)
            .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// One key of the tenant that must be there.
pub(super) async fn reread(tx: &mut TenantTx, id: &CredentialId) -> Result<ApiKey, sqlx::Error> {
    lock(tx, id).await?.ok_or(sqlx::Error::RowNotFound)
}

/// How many keys of the tenant work. Nobody else counts them until the transaction ends.
pub(super) async fn count_active(op: &Op, tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('api_keys ' || nexus_tenant(), 0))")
        .execute(&mut **tx)
        .await?;
    sqlx::query_scalar(
        "SELECT count(*) FROM api_keys k JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
         WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1) AND u.is_active",
    )
    .bind(op.now)
    .fetch_one(&mut **tx)
    .await
}

/// The tenant of a key id, for commands that are given the key id alone.
pub async fn tenant_of(tx: &mut PlatformTx, id: &CredentialId) -> Result<Option<TenantId>, sqlx::Error> {
    sqlx::query_scalar("SELECT tenant_id FROM api_keys WHERE id = $1").bind(id).fetch_optional(&mut **tx).await
}

/// Writes down when keys were used; a time never moves backwards.
pub async fn write_last_used(
    conn: &mut PgConnection,
    uses: &[(TenantId, CredentialId, DateTime<Utc>)],
) -> Result<(), sqlx::Error> {
    let tenants: Vec<&str> = uses.iter().map(|(t, _, _)| t.as_str()).collect();
    let keys: Vec<&str> = uses.iter().map(|(_, k, _)| k.as_str()).collect();
    let times: Vec<DateTime<Utc>> = uses.iter().map(|(_, _, at)| *at).collect();
    sqlx::query(
        "UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, u.at)
         FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS u (tenant_id, id, at)
         WHERE k.tenant_id = u.tenant_id AND k.id = u.id",
    )
    .bind(tenants)
    .bind(keys)
    .bind(times)
    .execute(conn)
    .await?;
    Ok(())
}

/// Records which pepper the hashes of this database were made with, the first time. Returns the one on record.
pub async fn pepper_on_record(tx: &mut PlatformTx, fingerprint: &str) -> Result<String, sqlx::Error> {
    sqlx::query("INSERT INTO platform_facts (key, value) VALUES ('key_pepper', $1) ON CONFLICT (key) DO NOTHING")
        .bind(fingerprint)
        .execute(&mut **tx)
        .await?;
    sqlx::query_scalar("SELECT value FROM platform_facts WHERE key = 'key_pepper'").fetch_one(&mut **tx).await
}
