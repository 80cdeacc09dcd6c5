//! An object inside a document, read member by member; what is wrong is written down and reading goes on.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Class, document::Fault};

/// The most members that are named because they are not known.
const MAX_STRANGE: usize = 20;
/// The most providers that a policy falls back to.
const MAX_FALLBACK: usize = 8;
/// Providers that a policy may fall back to.
const PROVIDERS: [&str; 3] = ["local_pgvector", "aws_bedrock_kb", "gcp_vertex"];

/// An object of a document, and where faults in it are written down.
pub(super) struct Section<'a> {
    path: String,
    pub(super) map: &'a Map<String, Value>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Section<'a> {
    pub(super) fn new(path: &str, map: &'a Map<String, Value>, faults: &'a mut Vec<Fault>) -> Self {
        Self { path: path.to_owned(), map, faults }
    }

    fn fault(&mut self, key: &str, why: impl Into<String>) {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.faults.push(Fault { path: format!("{}{dot}{key}", self.path), why: why.into() });
    }

    pub(super) fn check(&mut self, holds: bool, key: &str, why: &str) {
        if !holds {
            self.fault(key, why);
        }
    }

    /// A word that is not known would be a promise that nobody keeps.
    pub(super) fn known(&mut self, keys: &[&str]) {
        let strange: Vec<String> =
            self.map.keys().filter(|key| !keys.contains(&key.as_str())).take(MAX_STRANGE).cloned().collect();
        for key in strange {
            let key: String = key.chars().filter(|c| !c.is_control()).take(64).collect();
            self.fault(&key, "is not known");
        }
    }

    pub(super) fn section(&mut self, key: &str) -> Option<Section<'_>> {
        match self.map.get(key) {
            Some(Value::Object(map)) => Some(Section::new(key, map, self.faults)),
            Some(_) => {
                self.fault(key, "must be an object");
                None
            }
            None => {
                self.fault(key, "is required");
                None
            }
        }
    }

    pub(super) fn number(&mut self, key: &str, least: f64, most: f64, default: Option<f64>) -> f64 {
        let found = match (self.map.get(key), default) {
            (None, Some(default)) => return default,
            (None, None) => None,
            (Some(value), _) => value.as_f64().filter(|n| n.is_finite() && (least..=most).contains(n)),
        };
        if found.is_none() {
            let why = if most < f64::MAX {
                format!("must be a number from {least} to {most}")
            } else {
                format!("must be a number of at least {least}")
            };
            self.fault(key, why);
        }
        found.unwrap_or(least)
    }

    pub(super) fn whole(&mut self, key: &str, least: u32, most: u32, default: u32) -> u32 {
        let Some(value) = self.map.get(key) else { return default };
        let found = value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| (least..=most).contains(n));
        if found.is_none() {
            self.fault(key, format!("must be a whole number from {least} to {most}"));
        }
        found.unwrap_or(default)
    }

    pub(super) fn flag(&mut self, key: &str, default: bool) -> bool {
        let Some(value) = self.map.get(key) else { return default };
        self.check(value.is_boolean(), key, "must be true or false");
        value.as_bool().unwrap_or(default)
    }

    /// Milliseconds by class.
    pub(super) fn by_class(&mut self, key: &str, required: bool) -> BTreeMap<Class, f64> {
        let mut found = BTreeMap::new();
        let map = match self.map.get(key) {
            None if !required => return found,
            Some(Value::Object(map)) if !(required && map.is_empty()) => map,
            _ => {
                self.fault(key, "must be an object of milliseconds by class, with at least one class");
                return found;
            }
        };
        for (name, limit) in map {
            let limit = limit.as_f64().filter(|ms| ms.is_finite() && *ms >= 1.0);
            match (Class::parse(name), limit) {
                (Some(class), Some(limit)) => {
                    found.insert(class, limit);
                }
                (None, _) => self.fault(key, "names a class that is none of run, read, mutation, ingest, ops, admin"),
                (Some(class), None) => self.fault(&format!("{key}.{class}"), "must be a number of at least 1"),
            }
        }
        found
    }

    pub(super) fn providers(&mut self, key: &str) -> Vec<String> {
        let Some(value) = self.map.get(key) else { return Vec::new() };
        let names = value.as_array().filter(|list| list.len() <= MAX_FALLBACK).map(|list| {
            list.iter().filter_map(Value::as_str).filter(|name| PROVIDERS.contains(name)).map(ToOwned::to_owned)
        });
        let names: Vec<String> = names.into_iter().flatten().collect();
        if value.as_array().is_none_or(|list| list.len() != names.len()) {
            self.fault(key, format!("must be a list of at most {MAX_FALLBACK} of {}", PROVIDERS.join(", ")));
        }
        names
    }

    /// Which autoscaling goes with the policy. It is kept for people and decides nothing.
    pub(super) fn link(&mut self, key: &str) {
        let Some(value) = self.map.get(key).filter(|value| !value.is_null()) else { return };
        let Value::Object(link) = value else { return self.fault(key, "must be an object") };
        let id = link.get("profile_id").is_none_or(|id| id.is_null() || id.is_string());
        let inline = link.get("inline_policy").is_none_or(|policy| policy.is_null() || policy.is_object());
        self.check(id, &format!("{key}.profile_id"), "must be a text");
        self.check(inline, &format!("{key}.inline_policy"), "must be an object");
    }
}
