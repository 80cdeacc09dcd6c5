//! Notes that their owners share, in a file. `nexus-authz` decides who reads them.

use std::{
    collections::BTreeMap,
    error::Error,
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
    routing::{get, post},
};
use nexus_authz::{
    acl::{self, Grant, PrincipalType, Right, Target},
    permission::RouteClass,
    policy::{Action, Condition, Effect, Fallback, Limits, Policy, PolicySet, RequestFacts, Resource, ResourceType},
    scope::{Policies, ReadScope, ScopeSettings},
};
use nexus_core::{
    clock::Clock,
    id::TenantId,
    principal::{Principal, Role},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

type Stored = BTreeMap<String, Note>;

/// A note, as the host keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Note {
    text: String,
    owner: String,
    shared_with: Vec<String>,
    labels: BTreeMap<String, String>,
}

/// All notes.
pub struct Notes {
    tenant: TenantId,
    clock: Clock,
    policies: PolicySet,
    file: PathBuf,
    notes: Mutex<Stored>,
}

impl Notes {
    /// Reads the notes of a file; none where there is no file.
    pub fn open(file: impl Into<PathBuf>) -> Result<Self, Box<dyn Error>> {
        let file = file.into();
        let notes = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Stored::new(),
            Err(error) => return Err(error.into()),
        };
        let board = json!({ "all": [
            { "eq": [{ "var": "resource.labels.circle" }, "board"] },
            { "not": { "eq": [{ "var": "principal.role" }, "admin"] } },
        ] });
        let policies = PolicySet::compile([
            Policy::new("notes are read", Effect::Allow, ResourceType::Document, Action::Read, Condition::always()),
            Policy::new(
                "the board among itself",
                Effect::Deny,
                ResourceType::Document,
                Action::Read,
                Condition::parse(&board, &Limits::default())?,
            ),
        ]);
        Ok(Self { tenant: "house".parse()?, clock: Clock::system(), policies, file, notes: Mutex::new(notes) })
    }

    fn lock(&self) -> MutexGuard<'_, Stored> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, notes: &Stored) -> Result<(), StatusCode> {
        let json = serde_json::to_vec_pretty(notes).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        fs::write(&self.file, json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The owner and those with whom it is shared, as grants.
    fn grants(&self, id: &str, note: &Note) -> Vec<Grant> {
        let owner = (note.owner.as_str(), Right::Owner);
        let others = note.shared_with.iter().map(|user| (user.as_str(), Right::Read));
        let grant = |(user, right): (&str, Right)| {
            Some(Grant {
                id: nexus_core::id::fresh(),
                tenant: self.tenant.clone(),
                on: Target::Document(id.parse().ok()?),
                principal_type: PrincipalType::User,
                principal_id: user.to_owned(),
                right,
                granted_by: None,
                expires_at: None,
                created_at: self.clock.now(),
            })
        };
        std::iter::once(owner).chain(others).filter_map(grant).collect()
    }
}

/// Somebody, with all that decisions depend on compiled once.
struct User {
    principal: Principal,
    scope: ReadScope,
}

impl FromRequestParts<Arc<Notes>> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, notes: &Arc<Notes>) -> Result<Self, StatusCode> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let user = header("x-user").and_then(|user| user.parse().ok()).ok_or(StatusCode::UNAUTHORIZED)?;
        let role = if header("x-board") == Some("yes") { Role::Admin } else { Role::Reader };
        let principal = Principal::vouched_for(notes.tenant.clone(), user, role);
        let path = parts.uri.path().to_owned();
        let request = RequestFacts::new("-", notes.clock.now(), None, Some(path), RouteClass::Read);
        let counted = Policies { set: &notes.policies, fallback: Fallback::Deny, plan: None, request: &request };
        let scope = ReadScope::vouched_for(&principal, Some(counted), ScopeSettings::default());
        Ok(Self { principal, scope })
    }
}

impl User {
    fn has(&self, right: Right, notes: &Notes, id: &str, note: &Note) -> bool {
        let resource = Resource {
            id: Some(id),
            labels: Some(&note.labels),
            ..Resource::new(ResourceType::Document, &notes.tenant)
        };
        acl::allows(&notes.grants(id, note), &self.principal, right, notes.clock.now()) && self.scope.permits(&resource)
    }
}

/// The routes of the service.
pub fn routes(notes: Arc<Notes>) -> Router {
    Router::new()
        .route("/notes", get(list))
        .route("/notes/{id}", get(read).put(write))
        .route("/notes/{id}/shares/{user}", post(share))
        .with_state(notes)
}

async fn list(State(notes): State<Arc<Notes>>, user: User) -> Json<Vec<String>> {
    let stored = notes.lock();
    let readable = stored.iter().filter(|(id, note)| user.has(Right::Read, &notes, id, note));
    Json(readable.map(|(id, _)| id.clone()).collect())
}

/// What may not be read is not found.
async fn read(State(notes): State<Arc<Notes>>, user: User, Path(id): Path<String>) -> Result<String, StatusCode> {
    let stored = notes.lock();
    let note = stored.get(&id).filter(|note| user.has(Right::Read, &notes, &id, note));
    note.map(|note| note.text.clone()).ok_or(StatusCode::NOT_FOUND)
}

/// A new note belongs to whoever writes it; an old one is changed by its owner. The first word `board:` labels it.
async fn write(
    State(notes): State<Arc<Notes>>,
    user: User,
    Path(id): Path<String>,
    text: String,
) -> Result<StatusCode, StatusCode> {
    let mut stored = notes.lock();
    let old = stored.get(&id);
    if old.is_some_and(|note| !user.has(Right::Owner, &notes, &id, note)) {
        return Err(StatusCode::NOT_FOUND);
    }
    let shared_with = old.map(|note| note.shared_with.clone()).unwrap_or_default();
    let circle = if text.starts_with("board:") { "board" } else { "everybody" };
    let labels = [("circle".to_owned(), circle.to_owned())].into();
    let note = Note { text, owner: user.principal.user.to_string(), shared_with, labels };
    stored.insert(id, note);
    notes.save(&stored)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn share(
    State(notes): State<Arc<Notes>>,
    user: User,
    Path((id, with)): Path<(String, String)>,
) -> Result<StatusCode, StatusCode> {
    let mut stored = notes.lock();
    let note = stored.get(&id).filter(|note| user.has(Right::Owner, &notes, &id, note)).ok_or(StatusCode::NOT_FOUND)?;
    let mut note = note.clone();
    note.shared_with.push(with);
    stored.insert(id, note);
    notes.save(&stored)?;
    Ok(StatusCode::NO_CONTENT)
}
