//! Making, moving and taking back grants, each with its audit event in the same transaction.
//!
//! The verbs do not ask whether the target exists: its slice does. A target that vanishes meanwhile is [`AclError::Gone`].

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{DateTime, Utc};
use nexus_core::{
    audit::{self, Event, EventType},
    op::Op,
    pg::{DbError, TenantTx},
    problem::{Code, Kind, Problem},
};
use uuid::Uuid;

use super::{Grant, NewGrant, PrincipalType, Target, store};
use crate::{caller::Caller, group, permission::GrantManage};

/// The most grants that are made at once.
pub const MAX_AT_ONCE: usize = 500;

/// Why grants were not changed.
#[derive(Debug, thiserror::Error)]
pub enum AclError {
    /// The document or the corpus is not there any more.
    #[error("the target of the grant is gone")]
    Gone,
    /// The target has no such grant.
    #[error("the target has no such grant")]
    UnknownGrant,
    /// Several groups have the display name that the grant at this place of the list speaks to.
    #[error("several groups have this name")]
    AmbiguousGroup(usize),
    /// More than [`MAX_AT_ONCE`].
    #[error("too many grants at once")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Makes a grant, or moves the end of one that is there, also when it had expired. A grant that is there as wanted stays.
pub async fn grant(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GrantManage>,
    on: &Target,
    new: NewGrant,
) -> Result<Grant, AclError> {
    let mut wanted = [new];
    resolve_groups(tx, &mut wanted).await?;
    if let Some(changed) = put(op, tx, caller, on, &wanted).await?.pop() {
        return Ok(changed);
    }
    let [wanted] = wanted;
    store::find_same(tx, on, &wanted).await?.ok_or(AclError::Gone)
}

/// Makes many grants, all or none. Returns those that are new or renewed, without those that were there as wanted. Of
/// several that differ only in their end, the last counts.
pub async fn grant_all(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GrantManage>,
    on: &Target,
    mut new: Vec<NewGrant>,
) -> Result<Vec<Grant>, AclError> {
    if new.len() > MAX_AT_ONCE {
        return Err(AclError::TooMany);
    }
    resolve_groups(tx, &mut new).await?;
    put(op, tx, caller, on, &in_order(new)).await
}

/// Moves the end of a grant, or lets it last.
pub async fn amend(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GrantManage>,
    on: &Target,
    id: Uuid,
    expires_at: Option<DateTime<Utc>>,
) -> Result<Grant, AclError> {
    let grant = store::amend(tx, on, id, expires_at).await?.ok_or(AclError::UnknownGrant)?;
    let event = event(op, caller, EventType::AuthzPermissionUpdated, &grant).fields(&["expires_at"]);
    audit::record(tx, &event.expires(grant.expires_at)).await?;
    Ok(grant)
}

/// Takes a grant back.
pub async fn revoke(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GrantManage>,
    on: &Target,
    id: Uuid,
) -> Result<Grant, AclError> {
    let grant = store::remove(tx, on, id).await?.ok_or(AclError::UnknownGrant)?;
    audit::record(tx, &event(op, caller, EventType::AuthzPermissionRevoked, &grant)).await?;
    Ok(grant)
}

impl Problem for AclError {
    fn kind(&self) -> Kind {
        match self {
            Self::Gone | Self::UnknownGrant => Kind::NotFound,
            Self::AmbiguousGroup(_) | Self::TooMany => Kind::Invalid,
            Self::Db(error) => error.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::Gone => Code::NotFound,
            Self::UnknownGrant => Code::AuthzPermissionNotFound,
            Self::AmbiguousGroup(_) | Self::TooMany => Code::Validation,
            Self::Db(error) => error.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Gone => "Not Found".into(),
            Self::UnknownGrant => "There is no such permission here".into(),
            Self::AmbiguousGroup(_) => "Several groups have this name: name one by its id".into(),
            Self::TooMany => format!("At most {MAX_AT_ONCE} permissions are granted at once").into(),
            Self::Db(error) => error.message(),
        }
    }
}

async fn put(
    op: &Op,
    tx: &mut TenantTx,
    caller: &Caller<GrantManage>,
    on: &Target,
    new: &[NewGrant],
) -> Result<Vec<Grant>, AclError> {
    let changed = store::put_all(op, tx, caller.credential.as_str(), on, new).await?;
    let events: Vec<Event> =
        changed.iter().map(|grant| event(op, caller, EventType::AuthzPermissionGranted, grant)).collect();
    audit::record_all(tx, &events).await?;
    Ok(changed)
}

/// Puts the stable id where a group is named by its display name. A text that names no group stays, as an unknown user
/// does: it speaks to nobody yet.
async fn resolve_groups(tx: &mut TenantTx, new: &mut [NewGrant]) -> Result<(), AclError> {
    let is_group = |g: &NewGrant| g.principal_type == PrincipalType::Group;
    let names: Vec<&str> = new.iter().filter(|g| is_group(g)).map(|g| g.principal_id.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let known = group::store::named(tx, &names).await?;
    for (place, grant) in new.iter_mut().enumerate().filter(|(_, g)| is_group(g)) {
        if known.iter().any(|(id, _)| *id == grant.principal_id) {
            continue;
        }
        let mut of_name = known.iter().filter(|(_, name)| *name == grant.principal_id);
        match (of_name.next(), of_name.next()) {
            (Some(_), Some(_)) => return Err(AclError::AmbiguousGroup(place)),
            (Some((id, _)), None) => grant.principal_id.clone_from(id),
            (None, _) => {}
        }
    }
    Ok(())
}

/// One of each, always in the same order, so that two lists at once cannot wait for each other.
fn in_order(new: Vec<NewGrant>) -> Vec<NewGrant> {
    let key = |g: &NewGrant| (g.principal_type.as_str(), g.principal_id.clone(), g.right.as_str());
    new.into_iter().map(|g| (key(&g), g)).collect::<BTreeMap<_, _>>().into_values().collect()
}

fn event(op: &Op, caller: &Caller<GrantManage>, what: EventType, grant: &Grant) -> Event {
    Event::by(op, caller, what).resource(grant.on.kind(), grant.on.id()).grant(grant.right.as_str(), &grant.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acl::{PrincipalType, Right};

    #[test]
    fn of_equal_grants_the_last_counts_and_the_order_is_always_the_same() {
        let grant = |who: &str, expires_at| NewGrant {
            principal_type: PrincipalType::User,
            principal_id: who.to_owned(),
            right: Right::Read,
            expires_at,
        };
        let end = DateTime::from_timestamp(1, 0);
        let sorted = in_order(vec![grant("b", None), grant("a", None), grant("b", end)]);
        assert_eq!(sorted, [grant("a", None), grant("b", end)]);
    }
}
