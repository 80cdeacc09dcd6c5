//! What policies can read: attributes of the principal, the resource and the request, under dotted paths.

use std::{collections::BTreeMap, net::IpAddr};

use chrono::{DateTime, SecondsFormat, Utc};
use nexus_core::{
    id::{CorpusId, GroupId, TenantId},
    principal::Principal,
};
use serde_json::{Map, Number, Value};

use super::ResourceType;
use crate::permission::RouteClass;

/// The longest path, in bytes.
const MAX_PATH: usize = 256;

/// A dotted path to an attribute, such as `resource.labels.sensitivity`, understood once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    segments: Box<[Box<str>]>,
}

impl Path {
    /// Understands a path; `None` when a segment is empty or the path is too long.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let segments: Box<[Box<str>]> = text.split('.').map(Box::from).collect();
        let fits = text.len() <= MAX_PATH && !text.contains('\0') && segments.iter().all(|s| !s.is_empty());
        fits.then_some(Self { segments })
    }

    /// The segments.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &str> {
        self.segments.iter().map(AsRef::as_ref)
    }

    /// The segments below `resource`, for a path that starts there.
    #[must_use]
    pub fn below_resource(&self) -> Option<&[Box<str>]> {
        self.segments.split_first().filter(|(root, _)| root.as_ref() == "resource").map(|(_, rest)| rest)
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, segment) in self.segments().enumerate() {
            let dot = if n == 0 { "" } else { "." };
            write!(f, "{dot}{segment}")?;
        }
        Ok(())
    }
}

/// The value of an attribute, borrowed from wherever it lives.
#[derive(Debug, Clone, Copy)]
pub enum Attr<'a> {
    /// There is a value, and it is nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(&'a Number),
    /// A text.
    Text(&'a str),
    /// A list of values.
    List(&'a [Value]),
    /// Groups of a principal, which compare like a list of texts.
    Groups(&'a [GroupId]),
    /// An object.
    Object(&'a Map<String, Value>),
    /// Labels, which compare like an object of texts.
    Labels(&'a BTreeMap<String, String>),
}

impl<'a> From<&'a Value> for Attr<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => Self::Number(n),
            Value::String(s) => Self::Text(s),
            Value::Array(items) => Self::List(items),
            Value::Object(map) => Self::Object(map),
        }
    }
}

/// Where policies read attributes from.
pub trait Attributes {
    /// The value under a path, or `None` when it is undefined.
    fn get(&self, path: &Path) -> Option<Attr<'_>>;
}

/// A context that a caller spells out, as for a simulation. Paths go through objects only, and an object at the top, such
/// as `resource`, is no attribute: at a decision it is not one either.
impl Attributes for Value {
    fn get(&self, path: &Path) -> Option<Attr<'_>> {
        let found = path.segments().try_fold(self, |value, key| value.as_object()?.get(key))?;
        (path.segments().len() > 1 || !found.is_object()).then(|| found.into())
    }
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFacts {
    id: String,
    time: String,
    ip: Option<String>,
    path: Option<String>,
    class: RouteClass,
}

impl RequestFacts {
    /// Writes the facts down in the form in which policies compare them.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        time: DateTime<Utc>,
        ip: Option<IpAddr>,
        path: Option<String>,
        class: RouteClass,
    ) -> Self {
        let time = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        Self { id: id.into(), time, ip: ip.map(|ip| ip.to_string()), path, class }
    }

    fn get(&self, name: &str) -> Option<Attr<'_>> {
        match name {
            "id" => Some(Attr::Text(&self.id)),
            "time" => Some(Attr::Text(&self.time)),
            "ip" => self.ip.as_deref().map(Attr::Text),
            "path" => self.path.as_deref().map(Attr::Text),
            "route_class" => Some(Attr::Text(self.class.as_str())),
            _ => None,
        }
    }
}

/// What an action is done to.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// Its type.
    pub kind: ResourceType,
    /// Its identifier; a document that is yet to be has none, and then `resource.id` is null.
    pub id: Option<&'a str>,
    /// The tenant that it belongs to.
    pub tenant: &'a TenantId,
    /// The corpus that it is in.
    pub corpus: Option<&'a CorpusId>,
    /// The state of a document.
    pub status: Option<&'a str>,
    /// The content type of a document.
    pub content_type: Option<&'a str>,
    /// The labels of a document.
    pub labels: Option<&'a BTreeMap<String, String>>,
    /// The metadata of a document.
    pub metadata: Option<&'a Map<String, Value>>,
}

impl<'a> Resource<'a> {
    /// A resource of which only type and tenant are known.
    #[must_use]
    pub fn new(kind: ResourceType, tenant: &'a TenantId) -> Self {
        Self { kind, id: None, tenant, corpus: None, status: None, content_type: None, labels: None, metadata: None }
    }

    /// The value under the segments below `resource`.
    fn find(&self, segments: &[Box<str>]) -> Option<Attr<'a>> {
        let (first, rest) = segments.split_first()?;
        let text = match first.as_ref() {
            "labels" => return find_label(self.labels?, rest),
            "metadata" => return find_metadata(self.metadata?, rest),
            _ if !rest.is_empty() => return None,
            "type" => Some(self.kind.as_str()),
            "tenant_id" => Some(self.tenant.as_str()),
            "corpus_id" => Some(self.corpus?.as_str()),
            "status" => Some(self.status?),
            // The columns of a document are always there, and may be null.
            "id" => self.id,
            "content_type" if self.kind == ResourceType::Document => self.content_type,
            _ => return None,
        };
        Some(text.map_or(Attr::Null, Attr::Text))
    }
}

impl Attributes for Resource<'_> {
    fn get(&self, path: &Path) -> Option<Attr<'_>> {
        self.find(path.below_resource()?)
    }
}

fn find_label<'a>(labels: &'a BTreeMap<String, String>, rest: &[Box<str>]) -> Option<Attr<'a>> {
    match rest {
        [] => Some(Attr::Labels(labels)),
        [key] => labels.get(key.as_ref()).map(|text| Attr::Text(text)),
        _ => None,
    }
}

fn find_metadata<'a>(metadata: &'a Map<String, Value>, rest: &[Box<str>]) -> Option<Attr<'a>> {
    let Some((first, deeper)) = rest.split_first() else { return Some(Attr::Object(metadata)) };
    let value = metadata.get(first.as_ref())?;
    deeper.iter().try_fold(value, |value, key| value.as_object()?.get(key.as_ref())).map(Attr::from)
}

/// Everything that is known at a decision.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// The plan of the tenant, where there is one.
    pub plan: Option<&'a str>,
    /// The request.
    pub request: &'a RequestFacts,
    /// What it is about; nothing while a scope is compiled, before any document is known.
    pub resource: Option<&'a Resource<'a>>,
}

impl Facts<'_> {
    fn of_principal(&self, name: &str) -> Option<Attr<'_>> {
        let principal = self.principal;
        Some(match name {
            "id" => Attr::Text(principal.user.as_str()),
            "tenant_id" => Attr::Text(principal.tenant.as_str()),
            "role" => Attr::Text(principal.role.as_str()),
            "auth_method" => Attr::Text(principal.method.as_str()),
            "plan" => Attr::Text(self.plan?),
            "groups" => Attr::Groups(&principal.groups),
            "credential_id" => Attr::Text(principal.credential.as_str()),
            _ => return None,
        })
    }
}

impl Attributes for Facts<'_> {
    fn get(&self, path: &Path) -> Option<Attr<'_>> {
        let (root, rest) = path.segments.split_first()?;
        match (root.as_ref(), rest) {
            ("principal", [name]) => self.of_principal(name),
            ("request", [name]) => self.request.get(name),
            ("resource", rest) => self.resource?.find(rest),
            _ => None,
        }
    }
}
