//! Groups of users, which grants may speak to.
//!
//! A grant names the id of a group and never its display name: a group that is renamed keeps its rights, and a new group of
//! an old name gets none. Members are loaded with their key, so that a removal counts on every replica from the moment its
//! notification is there. When the database is away nobody is a member of anything.

pub mod store;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use nexus_core::{
    audit::{self, Event, EventType},
    clock,
    id::{GroupId, TenantId, UserId},
    op::Op,
    pg::{DbError, TenantTx},
    problem::{Code, Kind, Problem},
};

use crate::{caller::Caller, permission::GroupManage};

/// The longest display name and external id, in characters.
pub const MAX_NAME: usize = 128;
/// The most members that one group shows.
pub const MAX_MEMBERS: i64 = 1000;

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id, which never changes.
    pub id: GroupId,
    /// The tenant.
    pub tenant: TenantId,
    /// What people call it; several groups may have the same name.
    pub display_name: String,
    /// Its id in the directory that it comes from.
    pub external_id: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Why a group was not changed.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// The tenant has no such group.
    #[error("there is no such group")]
    NotFound,
    /// The tenant has no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Makes a group without members.
pub async fn create(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GroupManage>,
    display_name: String,
    external_id: Option<String>,
) -> Result<Group, GroupError> {
    let id = GroupId::new(clock::fresh_uuid().to_string()).map_err(|_| GroupError::NotFound)?;
    let group = Group { id, tenant: caller.tenant.clone(), display_name, external_id, created_at: op.now };
    store::insert(tx, &group).await.map_err(DbError::from)?;
    record(op, tx, caller, EventType::GroupCreated, &group.id, None).await?;
    Ok(group)
}

/// Deletes a group. Grants to it stay and speak to nobody.
pub async fn delete(op: &Op, tx: &mut TenantTx, caller: &Caller<GroupManage>, id: &GroupId) -> Result<(), GroupError> {
    if !store::delete(tx, id).await.map_err(DbError::from)? {
        return Err(GroupError::NotFound);
    }
    record(op, tx, caller, EventType::GroupDeleted, id, None).await
}

/// Makes a user a member of a group.
pub async fn add_member(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GroupManage>,
    id: &GroupId,
    user: &UserId,
) -> Result<(), GroupError> {
    store::lock(tx, id).await.map_err(DbError::from)?.ok_or(GroupError::NotFound)?;
    if store::add_member(tx, id, user).await? {
        record(op, tx, caller, EventType::GroupMemberAdded, id, Some(user)).await?;
    }
    Ok(())
}

/// Takes a user out of a group. One who is not in it is left alone.
pub async fn remove_member(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GroupManage>,
    id: &GroupId,
    user: &UserId,
) -> Result<(), GroupError> {
    store::lock(tx, id).await.map_err(DbError::from)?.ok_or(GroupError::NotFound)?;
    if store::remove_member(tx, id, user).await.map_err(DbError::from)? {
        record(op, tx, caller, EventType::GroupMemberRemoved, id, Some(user)).await?;
    }
    Ok(())
}

impl Problem for GroupError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound | Self::UnknownUser => Kind::NotFound,
            Self::Db(error) => error.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotFound | Self::UnknownUser => Code::NotFound,
            Self::Db(error) => error.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound => "Group not found".into(),
            Self::UnknownUser => "User not found".into(),
            Self::Db(error) => error.message(),
        }
    }
}

async fn record(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GroupManage>,
    what: EventType,
    id: &GroupId,
    member: Option<&UserId>,
) -> Result<(), GroupError> {
    let event = Event::by(op, caller, what).resource("group", id.as_str());
    let event = match member {
        Some(user) => event.member(user),
        None => event,
    };
    Ok(audit::record(tx, &event).await?)
}
