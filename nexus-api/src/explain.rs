//! Who can read what, and why: the grants of a principal, the readers of a document, the documents of a user.
//!
//! A user is judged as somebody who asks now, from the address of the administrator who wants to know; what depends on a
//! single key is not counted.

use axum::extract::State;
use nexus_authz::{
    acl::{self, PrincipalType, Right},
    credential::store as users,
    group,
    permission::{GrantRead, RouteClass},
    policy::{Action, Decision, Facts, PolicySet, RequestFacts, ResourceType},
    scope::{Policies, ReadScope},
};
use nexus_core::{
    id::{DocumentId, TenantId, UserId},
    op::Op,
    page::DEFAULT_LIMIT,
    pg::{DbError, TenantTx},
    principal::{Principal, Role},
    problem::{Code, Kind},
};
use nexus_retrieval::document::{self, Document};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    grant::to_wire,
    http::{Path, Query, Refusal, Reply, caller::As, page::PageQuery},
};

/// The most grants that explain one reader.
const MAX_GRANTS: i64 = 20;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(grants)).routes(routes!(readable)).routes(routes!(readers))
}

/// Lists the grants that name a principal, on documents and on corpora, ended ones too, oldest first.
#[utoipa::path(get, path = "/admin/authz/principals/{principal_type}/{principal_id}/permissions", tag = "authz", operation_id = "list_principal_permissions",
    params(("principal_type" = String, Path, description = "user, api_key, group or role"),
        ("principal_id" = String, Path, description = "The principal"), PageQuery),
    extensions(("x-permission" = json!("grant.read"))),
    responses((status = 200, description = "The grants", body = wire::Envelope<wire::GrantList>)))]
async fn grants(
    State(platform): State<Platform>,
    As(_op, caller): As<GrantRead>,
    Path((kind, id)): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> Result<Reply<wire::GrantList>, Refusal> {
    let kind = PrincipalType::from_word(&kind).filter(|_| !id.contains('\0')).ok_or_else(Refusal::not_found)?;
    let page = page.request()?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = acl::store::of_principal(&mut tx, kind, &id, &page).await.map_err(DbError::from)?;
    Ok(Reply::ok(wire::GrantList { items: found.items.into_iter().map(to_wire).collect() }).next(found.next.as_ref()))
}

/// Lists the documents that a user can read, oldest first.
#[utoipa::path(get, path = "/admin/authz/principals/user/{user_id}/documents", tag = "authz", operation_id = "list_readable_documents",
    params(("user_id" = String, Path, description = "The user"), PageQuery),
    extensions(("x-permission" = json!("grant.read"))),
    responses((status = 200, description = "The documents", body = wire::Envelope<wire::ReadableList>)))]
async fn readable(
    State(platform): State<Platform>,
    As(op, caller): As<GrantRead>,
    Path(user): Path<UserId>,
    Query(page): Query<PageQuery>,
) -> Result<Reply<wire::ReadableList>, Refusal> {
    let page = page.request()?;
    let set = platform.access.policies(&caller.tenant).await?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let principal = principal(&mut tx, &caller.tenant, user).await?;
    drop(tx);
    let request = facts(&op);
    let fallback = platform.access.settings().fallback();
    let policies = set.as_ref().map(|set| Policies { set, fallback, plan: None, request: &request });
    let scope = ReadScope::vouched_for(&principal, policies, platform.access.scope_settings());
    let found = document::store::list(&op, &platform.db, &scope, &page).await?;
    let one = |d: Document| wire::ReadableDocument { document_id: d.id.into(), corpus_id: d.corpus.into() };
    Ok(Reply::ok(wire::ReadableList { items: found.items.into_iter().map(one).collect() }).next(found.next.as_ref()))
}

/// Lists the users who can read a document, each with the grants and the policy that say so. The pages go over all users
/// of the tenant, so that one may be empty before the last.
#[utoipa::path(get, path = "/admin/authz/documents/{document_id}/readers", tag = "authz", operation_id = "list_document_readers",
    params(("document_id" = String, Path, description = "The document"), PageQuery),
    extensions(("x-permission" = json!("grant.read"))),
    responses((status = 200, description = "The readers", body = wire::Envelope<wire::ReaderList>)))]
async fn readers(
    State(platform): State<Platform>,
    As(op, caller): As<GrantRead>,
    Path(id): Path<DocumentId>,
    Query(page): Query<PageQuery>,
) -> Result<Reply<wire::ReaderList>, Refusal> {
    let after = page.cursor.as_deref().map(position).transpose()?;
    let limit = page.limit.unwrap_or(DEFAULT_LIMIT);
    let set = platform.access.policies(&caller.tenant).await?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = document::store::find_unscoped(&mut tx, &id).await.map_err(DbError::from)?;
    let document = found.ok_or_else(Refusal::not_found)?;
    let all = users::users(&mut tx, after.as_ref(), i64::from(limit)).await.map_err(DbError::from)?;
    let full = u32::try_from(all.len()).is_ok_and(|n| n == limit);
    let next = all.last().filter(|_| full).map(|(user, ..)| user.to_string());
    let mut items = Vec::new();
    for (user, role, groups) in all {
        let principal = Principal { groups, ..Principal::vouched_for(caller.tenant.clone(), user, role) };
        items.extend(reader(&platform, &op, &mut tx, (set.as_ref(), &principal), &document).await?);
    }
    Ok(Reply::ok(wire::ReaderList { items }).next_token(next))
}

/// The user as a reader of the document, if policies and grants let it be one.
async fn reader(
    platform: &Platform,
    op: &Op,
    tx: &mut TenantTx,
    (set, principal): (Option<&PolicySet>, &Principal),
    document: &Document,
) -> Result<Option<wire::Reader>, Refusal> {
    let decision = decide(platform, op, set, principal, document);
    if !decision.allowed {
        return Ok(None);
    }
    let names = principal.grant_names();
    let pair = [(document.id.to_string(), document.corpus.to_string())];
    let granted = acl::store::granted(op, tx, &names, Right::Read, &pair).await.map_err(DbError::from)?;
    if granted.is_empty() && !platform.access.bypasses_grants(principal) {
        return Ok(None);
    }
    let [(id, corpus)] = &pair;
    let grants = acl::store::speaking_to(tx, &names, id, corpus, MAX_GRANTS).await.map_err(DbError::from)?;
    Ok(Some(wire::Reader {
        user_id: principal.user.to_string(),
        role: principal.role.to_string(),
        grants: grants.into_iter().map(to_wire).collect(),
        reason: decision.reason.as_str().to_owned(),
        matched_policy_id: decision.policy.map(|id| id.to_string()),
    }))
}

fn decide(
    platform: &Platform,
    op: &Op,
    set: Option<&PolicySet>,
    principal: &Principal,
    document: &Document,
) -> Decision {
    let (request, resource) = (facts(op), document.resource());
    let facts = Facts { principal, plan: None, request: &request, resource: Some(&resource) };
    let fallback = platform.access.settings().fallback();
    set.map_or(Decision::DISABLED, |set| set.decide(ResourceType::Document, Action::Read, &facts, fallback))
}

/// A user of the tenant as a principal.
async fn principal(tx: &mut TenantTx, tenant: &TenantId, user: UserId) -> Result<Principal, Refusal> {
    let role: Option<Role> = users::role_of_user(tx, &user).await.map_err(DbError::from)?;
    let role = role.ok_or_else(|| Refusal::new(Kind::NotFound, Code::NotFound, "User not found"))?;
    let groups = group::store::of_user(tx, &user).await.map_err(DbError::from)?;
    Ok(Principal { groups, ..Principal::vouched_for(tenant.clone(), user, role) })
}

fn facts(op: &Op) -> RequestFacts {
    RequestFacts::new(op.request_id.as_str(), op.now, op.ip, op.path.clone(), RouteClass::Read)
}

/// Where a page of users ended.
fn position(cursor: &str) -> Result<UserId, Refusal> {
    let message = "the cursor is not one that this server gave out";
    cursor.parse().map_err(|_| Refusal::new(Kind::Malformed, Code::InvalidCursor, message))
}
