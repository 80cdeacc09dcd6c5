//! What a simulation takes for given: the context, and the names under which grants may speak to the principal.

use chrono::SecondsFormat;
use nexus_authz::{
    acl::{self, Right},
    credential, group,
    scope::ScopeSettings,
};
use nexus_core::{
    id::{TenantId, UserId},
    op::Op,
    pg::{DbError, TenantTx},
    principal::Role,
};
use nexus_sdk::wire::{self, Object};
use serde_json::{Value, json};

use super::{convert::Asked, invalid};
use crate::{grant, http::Refusal};

/// The most grants that an answer names.
const MAX_GRANTS: i64 = 100;

/// What is taken for given.
#[derive(Debug)]
pub(super) struct Scene {
    /// The attributes that conditions read.
    pub(super) context: Value,
    /// The names under which grants may speak to the principal.
    pub(super) names: Vec<String>,
    role: Option<Role>,
    /// The document that is named, and its corpus.
    document: Option<(String, String)>,
}

impl Scene {
    /// Puts the context together: what is said in particular is laid over the rest, and a document that is named under both.
    pub(super) async fn set(op: &Op, tenant: &TenantId, tx: &mut TenantTx, asked: &Asked) -> Result<Self, Refusal> {
        let mut context = asked.context.clone().unwrap_or_default();
        let mut principal = part(&mut context, "principal", asked.principal.as_ref())?;
        let mut resource = part(&mut context, "resource", asked.resource.as_ref())?;
        let mut request = part(&mut context, "request", asked.request.as_ref())?;
        if asked.compare || asked.document.is_some() {
            look_up(tx, &mut principal).await?;
        }
        let document = attributes(tx, asked, &mut resource).await?;
        principal.entry("tenant_id").or_insert_with(|| json!(tenant));
        resource.entry("tenant_id").or_insert_with(|| json!(tenant));
        resource.entry("type").or_insert_with(|| json!(asked.resource_type.as_str()));
        request.entry("time").or_insert_with(|| json!(op.now.to_rfc3339_opts(SecondsFormat::AutoSi, true)));
        if [&principal, &resource].iter().any(|p| p.get("tenant_id").and_then(Value::as_str) != Some(tenant.as_str())) {
            return Err(invalid("a simulation stays within the tenant of its caller"));
        }
        let (names, role) = (names(&principal), text(&principal, "role").and_then(|r| r.parse().ok()));
        context.extend([
            ("principal".to_owned(), Value::Object(principal)),
            ("resource".to_owned(), Value::Object(resource)),
            ("request".to_owned(), Value::Object(request)),
        ]);
        Ok(Self { context: Value::Object(context), names, role, document })
    }

    /// Whether the principal needs no grants.
    pub(super) fn bypasses(&self, settings: ScopeSettings) -> bool {
        settings.admin_bypasses_acl && self.role.is_some_and(|role| role >= Role::Admin)
    }

    /// What grants say about the document that is named.
    pub(super) async fn acl(
        &self,
        op: &Op,
        tx: &mut TenantTx,
        asked: &Asked,
        bypassed: bool,
    ) -> Result<Option<wire::SimulationAcl>, Refusal> {
        let (Some((id, corpus)), Some(right)) = (&self.document, Right::from_word(asked.action.as_str())) else {
            return Ok(None);
        };
        let pair = [(id.clone(), corpus.clone())];
        let granted = acl::store::granted(op, tx, &self.names, right, &pair).await.map_err(DbError::from)?;
        let grants = acl::store::speaking_to(tx, &self.names, id, corpus, MAX_GRANTS).await.map_err(DbError::from)?;
        Ok(Some(wire::SimulationAcl {
            allowed: bypassed || granted.contains(id),
            bypassed,
            grants: grants.into_iter().map(grant::to_wire).collect(),
        }))
    }
}

/// An object of the context with what was said in particular laid over it.
fn part(context: &mut Object, name: &str, said: Option<&Object>) -> Result<Object, Refusal> {
    let mut object = match context.remove(name) {
        None => Object::new(),
        Some(Value::Object(object)) => object,
        Some(_) => return Err(invalid("principal, resource and request of a context are objects")),
    };
    object.extend(said.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    Ok(object)
}

/// Adds what is known of a user and was not said.
async fn look_up(tx: &mut TenantTx, principal: &mut Object) -> Result<(), Refusal> {
    let Some(user) = text(principal, "id").and_then(|id| id.parse::<UserId>().ok()) else { return Ok(()) };
    let Some(role) = credential::store::role_of_user(tx, &user).await.map_err(DbError::from)? else { return Ok(()) };
    let groups = group::store::of_user(tx, &user).await.map_err(DbError::from)?;
    principal.entry("role").or_insert_with(|| json!(role));
    principal.entry("groups").or_insert_with(|| json!(groups));
    Ok(())
}

/// Adds the attributes of the document that is named, under what was said of it.
async fn attributes(
    tx: &mut TenantTx,
    asked: &Asked,
    resource: &mut Object,
) -> Result<Option<(String, String)>, Refusal> {
    let Some(id) = &asked.document else { return Ok(None) };
    let found = nexus_retrieval::document::store::attributes_unscoped(tx, id).await.map_err(DbError::from)?;
    let Some(Value::Object(attributes)) = found else { return Err(Refusal::not_found()) };
    let corpus = text(&attributes, "corpus_id").unwrap_or_default().to_owned();
    for (key, value) in attributes {
        resource.entry(key).or_insert(value);
    }
    Ok(Some((id.to_string(), corpus)))
}

fn names(principal: &Object) -> Vec<String> {
    let by_key = text(principal, "auth_method") == Some("api_key");
    let one = |kind: &str, field: &str| text(principal, field).map(|id| format!("{kind}:{id}"));
    let groups = principal.get("groups").and_then(Value::as_array).into_iter().flatten();
    let groups = groups.filter_map(Value::as_str).map(|group| format!("group:{group}"));
    let named = [one("user", "id"), one("role", "role"), one("api_key", "credential_id").filter(|_| by_key)];
    named.into_iter().flatten().chain(groups).collect()
}

fn text<'a>(object: &'a Object, field: &str) -> Option<&'a str> {
    object.get(field).and_then(Value::as_str)
}
