//! `/v1/admin/authz/{documents,corpora}/{id}/permissions`: who may do what with a document, or with all of a corpus.
//!
//! The two differ in their target only; what they do is here once.

mod convert;
mod corpus;
mod document;

use nexus_authz::{
    acl::{
        self, Target,
        change::{self, AclError, MAX_AT_ONCE},
    },
    caller::Caller,
    permission::{GrantManage, GrantRead},
};
use nexus_core::{
    op::Op,
    pg::{Db, DbError, TenantTx},
    principal::Role,
    problem::{Code, Kind},
};
use nexus_sdk::wire;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use self::convert::from_wire;
pub(crate) use self::convert::to_wire;
use crate::{
    app::Platform,
    http::{Created, Done, Faults, Once, Refusal, Reply, Validate},
};

/// The most grants that a list shows.
const MAX_GRANTS: i64 = 1000;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    document::routes().merge(corpus::routes())
}

async fn list(platform: &Platform, caller: &Caller<GrantRead>, on: &Target) -> Result<Reply<wire::GrantList>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    require(&mut tx, on).await?;
    let grants = acl::store::list(&mut tx, on, MAX_GRANTS).await.map_err(DbError::from)?;
    Ok(Reply::ok(wire::GrantList { items: grants.into_iter().map(to_wire).collect() }))
}

async fn create(
    platform: &Platform,
    op: &Op,
    caller: &Caller<GrantManage>,
    (once, on): (Once, &Target),
    body: wire::CreateGrant,
) -> Result<Done<Created<wire::Grant>>, Refusal> {
    let change = async |db: Db| {
        // Not earlier: what was granted once is answered again, also after its end.
        let mut faults = Faults::of("body");
        check_end(&body, "", op, &mut faults);
        faults.into_result()?;
        let mut tx = db.tenant(&caller.tenant).await?;
        require(&mut tx, on).await?;
        let granted = change::grant(op, &mut tx, caller, on, from_wire(body)).await;
        let grant = granted.map_err(|error| refusal(error, |_| "principal_id".to_owned()))?;
        tx.commit().await?;
        Ok(Created(to_wire(grant)))
    };
    once.perform(platform, op, caller, change).await
}

async fn create_all(
    platform: &Platform,
    op: &Op,
    caller: &Caller<GrantManage>,
    (once, on): (Once, &Target),
    body: wire::CreateGrants,
) -> Result<Done<Created<wire::GrantList>>, Refusal> {
    let change = async |db: Db| {
        let mut faults = Faults::of("body");
        for (place, grant) in body.permissions.iter().enumerate() {
            check_end(grant, &format!("permissions.{place}."), op, &mut faults);
        }
        faults.into_result()?;
        let mut tx = db.tenant(&caller.tenant).await?;
        require(&mut tx, on).await?;
        let new = body.permissions.into_iter().map(from_wire).collect();
        let granted = change::grant_all(op, &mut tx, caller, on, new).await;
        let grants = granted.map_err(|error| refusal(error, |place| format!("permissions.{place}.principal_id")))?;
        tx.commit().await?;
        Ok(Created(wire::GrantList { items: grants.into_iter().map(to_wire).collect() }))
    };
    once.perform(platform, op, caller, change).await
}

async fn amend(
    platform: &Platform,
    op: &Op,
    caller: &Caller<GrantManage>,
    (once, on, id): (Once, &Target, &str),
    body: wire::PatchGrant,
) -> Result<Done<Reply<wire::Grant>>, Refusal> {
    let id = grant_id(id)?;
    let change = async |db: Db| {
        let ended = body.expires_at.flatten().is_some_and(|end| end <= op.now);
        let mut faults = Faults::of("body");
        faults.check(!ended, "expires_at", "is in the past");
        faults.into_result()?;
        let mut tx = db.tenant(&caller.tenant).await?;
        require(&mut tx, on).await?;
        let Some(expires_at) = body.expires_at else {
            let grant = acl::store::find(&mut tx, on, id).await.map_err(DbError::from)?;
            return Ok(Reply::ok(to_wire(grant.ok_or(AclError::UnknownGrant)?)));
        };
        let grant = change::amend(op, &mut tx, caller, on, id, expires_at).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(grant)))
    };
    once.perform(platform, op, caller, change).await
}

async fn revoke(
    platform: &Platform,
    op: &Op,
    caller: &Caller<GrantManage>,
    (once, on, id): (Once, &Target, &str),
) -> Result<Done<Reply<wire::Grant>>, Refusal> {
    let id = grant_id(id)?;
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        require(&mut tx, on).await?;
        let grant = change::revoke(op, &mut tx, caller, on, id).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(grant)))
    };
    once.perform(platform, op, caller, change).await
}

impl Validate for wire::CreateGrant {
    fn validate(&self, faults: &mut Faults) {
        check(self, "", faults);
    }
}

impl Validate for wire::CreateGrants {
    fn validate(&self, faults: &mut Faults) {
        faults.count("permissions", self.permissions.len(), &(0..=MAX_AT_ONCE));
        for (place, grant) in self.permissions.iter().take(MAX_AT_ONCE).enumerate() {
            check(grant, &format!("permissions.{place}."), faults);
        }
    }
}

impl Validate for wire::PatchGrant {}

fn check(grant: &wire::CreateGrant, place: &str, faults: &mut Faults) {
    let field = format!("{place}principal_id");
    let id = &grant.principal_id;
    faults.length(&field, id, &(1..=128));
    faults.check(!id.chars().any(char::is_control), &field, "has control characters");
    let role = grant.principal_type == wire::PrincipalType::Role;
    faults.check(!role || id.parse::<Role>().is_ok(), &field, "is not the name of a role");
}

fn check_end(grant: &wire::CreateGrant, place: &str, op: &Op, faults: &mut Faults) {
    let ended = grant.expires_at.is_some_and(|end| end <= op.now);
    faults.check(!ended, &format!("{place}expires_at"), "is in the past");
}

/// Administrators manage the grants of documents that they may not read themselves.
async fn require(tx: &mut TenantTx, on: &Target) -> Result<(), Refusal> {
    let (there, message) = match on {
        Target::Document(id) => {
            let there = nexus_retrieval::document::store::exists_unscoped(tx, id).await;
            (there.map_err(DbError::from)?, "Document not found")
        }
        Target::Corpus(id) => {
            let found = nexus_retrieval::corpus::store::find(tx, id).await.map_err(DbError::from)?;
            (found.is_some(), "Corpus not found")
        }
    };
    if there { Ok(()) } else { Err(Refusal::new(Kind::NotFound, Code::NotFound, message)) }
}

fn grant_id(text: &str) -> Result<Uuid, AclError> {
    text.parse().map_err(|_| AclError::UnknownGrant)
}

fn refusal(error: AclError, field: impl Fn(usize) -> String) -> Refusal {
    if let AclError::AmbiguousGroup(place) = error {
        let mut faults = Faults::of("body");
        faults.add(&field(place), "value_error", "is the name of several groups: give the id of one");
        return faults.into_refusal();
    }
    error.into()
}
