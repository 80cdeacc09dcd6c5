//! A document service with its own storage that lets this crate decide.
//!
//! ```sh
//! cargo run -p nexus-authz --example documents &
//! curl localhost:8081/documents -H 'x-user: ada' -H 'x-role: reader'
//! curl localhost:8081/documents/plan -H 'x-user: bob' -H 'x-role: editor'
//! ```
//!
//! Whoever sits in front of it has authenticated the user: the headers are believed.
#![allow(clippy::expect_used, reason = "an example that cannot start says why and ends")]

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, State},
    routing::get,
};
use http::{StatusCode, request::Parts};
use nexus_authz::{
    acl::{self, Grant, PrincipalType, Right, Target},
    permission::RouteClass,
    policy::{Action, Condition, Effect, Fallback, Limits, Policy, PolicySet, RequestFacts, Resource, ResourceType},
    scope::{Policies, ReadScope, ScopeSettings},
};
use nexus_core::{clock::Clock, id::TenantId, principal::Principal};
use serde_json::json;

/// What the service keeps; yours has a database.
struct Library {
    tenant: TenantId,
    clock: Clock,
    policies: PolicySet,
    documents: BTreeMap<&'static str, Document>,
}

struct Document {
    text: &'static str,
    labels: BTreeMap<String, String>,
    grants: Vec<Grant>,
}

/// Whoever asks, with all that decisions depend on compiled once.
struct Reader {
    principal: Principal,
    scope: ReadScope,
}

impl FromRequestParts<Arc<Library>> for Reader {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, library: &Arc<Library>) -> Result<Self, StatusCode> {
        let header = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).ok_or(StatusCode::UNAUTHORIZED);
        let user = header("x-user")?.parse().map_err(|_| StatusCode::UNAUTHORIZED)?;
        let role = header("x-role")?.parse().map_err(|_| StatusCode::UNAUTHORIZED)?;
        let principal = Principal::vouched_for(library.tenant.clone(), user, role);
        let path = parts.uri.path().to_owned();
        let request = RequestFacts::new("-", library.clock.now(), None, Some(path), RouteClass::Read);
        let counted = Policies { set: &library.policies, fallback: Fallback::Deny, plan: None, request: &request };
        let scope = ReadScope::vouched_for(&principal, Some(counted), ScopeSettings::default());
        Ok(Self { principal, scope })
    }
}

impl Reader {
    fn may_read(&self, library: &Library, id: &str, document: &Document) -> bool {
        let resource = Resource {
            id: Some(id),
            labels: Some(&document.labels),
            ..Resource::new(ResourceType::Document, &library.tenant)
        };
        acl::allows(&document.grants, &self.principal, Right::Read, library.clock.now())
            && self.scope.permits(&resource)
    }
}

async fn list(State(library): State<Arc<Library>>, reader: Reader) -> Json<Vec<&'static str>> {
    let readable = library.documents.iter().filter(|(id, document)| reader.may_read(&library, id, document));
    Json(readable.map(|(id, _)| *id).collect())
}

/// What may not be read is not found.
async fn read(
    State(library): State<Arc<Library>>,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<&'static str, StatusCode> {
    let document = library.documents.get(id.as_str()).filter(|document| reader.may_read(&library, &id, document));
    document.map(|document| document.text).ok_or(StatusCode::NOT_FOUND)
}

fn library() -> Library {
    let tenant: TenantId = "acme".parse().expect("a tenant id");
    let secret = json!({ "all": [
        { "eq": [{ "var": "resource.labels.level" }, "secret"] },
        { "not": { "eq": [{ "var": "principal.role" }, "admin"] } }
    ] });
    let secret = Condition::parse(&secret, &Limits::default()).expect("a condition");
    let policies = PolicySet::compile([
        Policy::new("everybody reads", Effect::Allow, ResourceType::Document, Action::Read, Condition::always()),
        Policy::new("secrets are for admins", Effect::Deny, ResourceType::Document, Action::Read, secret),
    ]);
    let clock = Clock::system();
    let grant = |id: &str, kind, name: &str| Grant {
        id: nexus_core::id::fresh(),
        tenant: tenant.clone(),
        on: Target::Document(id.parse().expect("a document id")),
        principal_type: kind,
        principal_id: name.to_owned(),
        right: Right::Read,
        granted_by: None,
        expires_at: None,
        created_at: clock.now(),
    };
    let menu = vec![grant("menu", PrincipalType::Role, "reader"), grant("menu", PrincipalType::Role, "editor")];
    let plan = vec![grant("plan", PrincipalType::User, "bob")];
    let level = |level: &str| BTreeMap::from([("level".to_owned(), level.to_owned())]);
    let documents = BTreeMap::from([
        ("menu", Document { text: "Soup.", labels: level("public"), grants: menu }),
        ("plan", Document { text: "Launch on Monday.", labels: level("secret"), grants: plan }),
    ]);
    Library { tenant, clock, policies, documents }
}

#[tokio::main]
async fn main() {
    let routes = Router::new().route("/documents", get(list)).route("/documents/{id}", get(read));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await.expect("port 8081 is free");
    axum::serve(listener, routes.with_state(Arc::new(library()))).await.expect("the server runs");
}
