//! `/v1/admin/groups`: groups of users, which grants may name.

use axum::extract::State;
use nexus_authz::{
    group::{self, GroupError},
    permission::{GroupManage, GroupRead},
};
use nexus_core::{
    id::{GroupId, UserId},
    pg::{Db, DbError},
};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{
        Body, Created, Done, Faults, NoContent, Once, Path, Query, Refusal, Reply, Validate, caller::As,
        page::PageQuery,
    },
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, delete))
        .routes(routes!(add_member, remove_member))
}

/// Lists the groups of the tenant, oldest first.
#[utoipa::path(get, path = "/admin/groups", tag = "groups", operation_id = "list_groups", params(PageQuery), extensions(("x-permission" = json!("group.read"))),
    responses((status = 200, description = "The groups", body = wire::Envelope<Vec<wire::Group>>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<GroupRead>,
    Query(page): Query<PageQuery>,
) -> Result<Reply<Vec<wire::Group>>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let page = group::store::list(&mut tx, &page.request()?).await.map_err(DbError::from)?;
    let next = page.next;
    Ok(Reply::ok(page.items.into_iter().map(|group| to_wire(group, None)).collect()).next(next.as_ref()))
}

/// Makes a group without members.
#[utoipa::path(post, path = "/admin/groups", tag = "groups", operation_id = "create_group", request_body = wire::CreateGroup,
    extensions(("x-permission" = json!("group.manage"))),
    responses((status = 201, description = "The group", body = wire::Envelope<wire::Group>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<GroupManage>,
    once: Once,
    Body(body): Body<wire::CreateGroup>,
) -> Result<Done<Created<wire::Group>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        let group = group::create(&op, &mut tx, &caller, body.display_name, body.external_id).await?;
        tx.commit().await?;
        Ok(Created(to_wire(group, Some(Vec::new()))))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// One group with its members.
#[utoipa::path(get, path = "/admin/groups/{group_id}", tag = "groups", operation_id = "get_group", params(("group_id" = String, Path, description = "The group")),
    extensions(("x-permission" = json!("group.read"))),
    responses((status = 200, description = "The group", body = wire::Envelope<wire::Group>)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<GroupRead>,
    Path(id): Path<GroupId>,
) -> Result<Reply<wire::Group>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let group = group::store::find(&mut tx, &id).await.map_err(DbError::from)?.ok_or(GroupError::NotFound)?;
    let members = group::store::members(&mut tx, &id, group::MAX_MEMBERS).await.map_err(DbError::from)?;
    Ok(Reply::ok(to_wire(group, Some(members.into_iter().map(String::from).collect()))))
}

/// Deletes a group. Grants to it speak to nobody from then on.
#[utoipa::path(delete, path = "/admin/groups/{group_id}", tag = "groups", operation_id = "delete_group", params(("group_id" = String, Path, description = "The group")),
    extensions(("x-permission" = json!("group.manage"))),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(platform): State<Platform>,
    As(op, caller): As<GroupManage>,
    Path(id): Path<GroupId>,
    once: Once,
) -> Result<Done<NoContent>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        group::delete(&op, &mut tx, &caller, &id).await?;
        tx.commit().await?;
        Ok(NoContent)
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.credentials.forget(&caller.tenant);
    platform.changes.settled().await;
    Ok(done)
}

/// Makes a user a member of a group.
#[utoipa::path(put, path = "/admin/groups/{group_id}/members/{user_id}", tag = "groups", operation_id = "add_group_member",
    params(("group_id" = String, Path, description = "The group"), ("user_id" = String, Path, description = "The user")),
    extensions(("x-permission" = json!("group.manage"))),
    responses((status = 204, description = "The user is a member")))]
async fn add_member(
    State(platform): State<Platform>,
    As(op, caller): As<GroupManage>,
    Path((id, user)): Path<(GroupId, UserId)>,
    once: Once,
) -> Result<Done<NoContent>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        group::add_member(&op, &mut tx, &caller, &id, &user).await?;
        tx.commit().await?;
        Ok(NoContent)
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.credentials.forget(&caller.tenant);
    Ok(done)
}

/// Takes a user out of a group. It counts from the next request on.
#[utoipa::path(delete, path = "/admin/groups/{group_id}/members/{user_id}", tag = "groups", operation_id = "remove_group_member",
    params(("group_id" = String, Path, description = "The group"), ("user_id" = String, Path, description = "The user")),
    extensions(("x-permission" = json!("group.manage"))),
    responses((status = 204, description = "The user is no member")))]
async fn remove_member(
    State(platform): State<Platform>,
    As(op, caller): As<GroupManage>,
    Path((id, user)): Path<(GroupId, UserId)>,
    once: Once,
) -> Result<Done<NoContent>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        group::remove_member(&op, &mut tx, &caller, &id, &user).await?;
        tx.commit().await?;
        Ok(NoContent)
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.credentials.forget(&caller.tenant);
    platform.changes.settled().await;
    Ok(done)
}

impl Validate for wire::CreateGroup {
    fn validate(&self, faults: &mut Faults) {
        let texts = [("display_name", Some(&self.display_name)), ("external_id", self.external_id.as_ref())];
        for (field, text) in texts.into_iter().filter_map(|(field, text)| text.map(|text| (field, text))) {
            faults.length(field, text, &(1..=group::MAX_NAME));
            faults.check(!text.chars().any(char::is_control), field, "has control characters");
        }
    }
}

fn to_wire(group: group::Group, members: Option<Vec<String>>) -> wire::Group {
    wire::Group {
        id: group.id.into(),
        tenant_id: group.tenant.into(),
        display_name: group.display_name,
        external_id: group.external_id,
        created_at: group.created_at,
        members,
    }
}
