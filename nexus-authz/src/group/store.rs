//! Groups and their members in PostgreSQL.

use chrono::{DateTime, Utc};
use nexus_core::{
    id::{GroupId, TenantId, UserId},
    page::{After, Page, PageRequest},
    pg::{DbError, TenantTx},
};
use sqlx::FromRow;

use super::{Group, GroupError};

#[derive(FromRow)]
struct Row {
    tenant_id: TenantId,
    id: GroupId,
    display_name: String,
    external_id: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Row> for Group {
    fn from(row: Row) -> Self {
        let Row { tenant_id, id, display_name, external_id, created_at } = row;
        Self { id, tenant: tenant_id, display_name, external_id, created_at }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT tenant_id, id, display_name, external_id, created_at FROM groups ", $rest)
    };
}

/// The groups of the tenant, oldest first.
pub async fn list(tx: &mut TenantTx, page: &PageRequest) -> Result<Page<Group>, sqlx::Error> {
    let (at, id) = page.after.as_ref().map_or((None, ""), |a| (Some(a.created_at), a.id.as_str()));
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE $1::timestamptz IS NULL OR (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3"
    ))
    .bind(at)
    .bind(id)
    .bind(i64::from(page.limit) + 1)
    .fetch_all(&mut **tx)
    .await?;
    let groups = rows.into_iter().map(Group::from).collect();
    Ok(Page::from_overfetch(groups, page.limit, |g| After { created_at: g.created_at, id: g.id.to_string() }))
}

/// One group of the tenant.
pub async fn find(tx: &mut TenantTx, id: &GroupId) -> Result<Option<Group>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE id = $1")).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.map(Group::from))
}

/// The same, which cannot be deleted until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, id: &GroupId) -> Result<Option<Group>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as(select!("WHERE id = $1 FOR KEY SHARE")).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.map(Group::from))
}

/// The ids and display names of the groups that have one of these texts as either.
pub(crate) async fn named(tx: &mut TenantTx, names: &[&str]) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as("SELECT id, display_name FROM groups WHERE id = ANY($1) OR display_name = ANY($1) ORDER BY id")
        .bind(names)
        .fetch_all(&mut **tx)
        .await
}

/// The users in a group, in the order of their ids.
pub async fn members(tx: &mut TenantTx, id: &GroupId, limit: i64) -> Result<Vec<UserId>, sqlx::Error> {
    sqlx::query_scalar("SELECT user_id FROM group_members WHERE group_id = $1 ORDER BY user_id LIMIT $2")
        .bind(id)
        .bind(limit)
        .fetch_all(&mut **tx)
        .await
}

/// The groups that a user is in.
pub async fn of_user(tx: &mut TenantTx, user: &UserId) -> Result<Vec<GroupId>, sqlx::Error> {
    sqlx::query_scalar("SELECT group_id FROM group_members WHERE user_id = $1 ORDER BY group_id")
        .bind(user)
        .fetch_all(&mut **tx)
        .await
}

/// Stores a group.
pub(super) async fn insert(tx: &mut TenantTx, group: &Group) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO groups (tenant_id, id, display_name, external_id, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&group.tenant)
    .bind(&group.id)
    .bind(&group.display_name)
    .bind(&group.external_id)
    .bind(group.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes a group and its memberships; false when it is not there.
pub(super) async fn delete(tx: &mut TenantTx, id: &GroupId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM groups WHERE id = $1").bind(id).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Adds a member; false when the user is one already.
pub(super) async fn add_member(tx: &mut TenantTx, id: &GroupId, user: &UserId) -> Result<bool, GroupError> {
    let tenant = tx.tenant().clone();
    let done = sqlx::query(
        "INSERT INTO group_members (tenant_id, group_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(id)
    .bind(user)
    .execute(&mut **tx)
    .await;
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        // The group is locked, so that the user is what is missing.
        Err(sqlx::Error::Database(cause)) if cause.is_foreign_key_violation() => Err(GroupError::UnknownUser),
        Err(error) => Err(DbError::from(error).into()),
    }
}

/// Removes a member; false when the user is none.
pub(super) async fn remove_member(tx: &mut TenantTx, id: &GroupId, user: &UserId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM group_members WHERE group_id = $1 AND user_id = $2")
        .bind(id)
        .bind(user)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}
