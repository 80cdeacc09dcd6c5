//! What a policy says: typed, with every fault of a document named by its path, and defaults where the document is silent.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Class, Decision, Mode, section::Section};
use crate::{mitigate::Mitigation, text::is_storable_json};

/// The largest document, in bytes of JSON.
const MAX_BYTES: usize = 16 * 1024;
/// The most faults that are told at once.
const MAX_FAULTS: usize = 20;

/// What counts where a document says nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// What is done about a breach.
    pub mode: Mode,
    /// How many windows in a row have to breach.
    pub windows: u32,
    /// Whether answers are not read aloud when a run does less.
    pub disable_tts: bool,
    /// How many passages are left when a run does less.
    pub top_k: u32,
    /// How many tokens are left when a run does less.
    pub output_tokens: u32,
}

/// A policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What is promised.
    pub objectives: Objectives,
    /// What is done when it is not kept.
    pub enforcement: Enforcement,
    /// How a run does less.
    pub relief: Relief,
}

/// What is promised.
#[derive(Debug, Clone, PartialEq)]
pub struct Objectives {
    /// The least share of requests that do not fail, in percent.
    pub availability_min_pct: f64,
    /// The longest that 95 of 100 requests take, in milliseconds.
    pub p95_ms_max: BTreeMap<Class, f64>,
    /// The longest that 99 of 100 requests take, in milliseconds.
    pub p99_ms_max: BTreeMap<Class, f64>,
    /// How much faster than allowed failures may come over five minutes.
    pub max_burn: f64,
    /// How full things may be, in percent.
    pub saturation_max_pct: f64,
}

/// What is done when a promise is not kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Enforcement {
    /// How far it goes.
    pub mode: Mode,
    /// After how many minutes without a breach an incident is over.
    pub breach_window_minutes: u32,
    /// How many windows in a row have to breach.
    pub windows: u32,
}

/// How a run does less.
#[derive(Debug, Clone, PartialEq)]
pub struct Relief {
    /// Whether runs may do less at all; otherwise they are refused.
    pub allow_degrade: bool,
    /// Whether answers are not read aloud.
    pub disable_tts: bool,
    /// How many passages are left.
    pub top_k: u32,
    /// How many tokens of answer are left.
    pub output_tokens: u32,
    /// Providers to ask instead, best first.
    pub fallback: Vec<String>,
}

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The place, dotted; empty for the whole.
    pub path: String,
    /// What is wrong there.
    pub why: String,
}

impl Document {
    /// Reads a document; every fault is found, up to a bound.
    pub fn parse(document: &Value, defaults: &Defaults) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        if document.to_string().len() > MAX_BYTES || !is_storable_json(document) {
            let why = format!("must have at most {MAX_BYTES} bytes and no NUL character");
            return Err(vec![Fault { path: String::new(), why }]);
        }
        let Value::Object(root) = document else {
            return Err(vec![Fault { path: String::new(), why: "must be an object".to_owned() }]);
        };
        let mut root = Section::new("", root, &mut faults);
        root.known(&["objectives", "enforcement", "mitigation", "autoscaling_link"]);
        let objectives = root.section("objectives").map(|mut s| Objectives::read(&mut s));
        let enforcement = root.section("enforcement").map(|mut s| Enforcement::read(&mut s, defaults));
        let relief = root.section("mitigation").map(|mut s| Relief::read(&mut s, defaults));
        root.link("autoscaling_link");
        faults.truncate(MAX_FAULTS);
        match (objectives, enforcement, relief) {
            (Some(objectives), Some(enforcement), Some(relief)) if faults.is_empty() => {
                Ok(Self { objectives, enforcement, relief })
            }
            _ => Err(faults),
        }
    }

    /// Whether this policy judges a class of requests. Runs and ingestion are always judged; the rest when it is named.
    #[must_use]
    pub fn judges(&self, class: Class) -> bool {
        matches!(class, Class::Run | Class::Ingest)
            || self.objectives.p95_ms_max.contains_key(&class)
            || self.objectives.p99_ms_max.contains_key(&class)
    }

    /// What could be done about a breach, in words.
    #[must_use]
    pub fn recommendations(&self) -> Vec<String> {
        let relief = &self.relief;
        let tts = relief.disable_tts.then(|| "disable_tts".to_owned());
        let bounds = [format!("reduce_top_k:{}", relief.top_k), format!("cap_output_tokens:{}", relief.output_tokens)];
        let fallback = relief.fallback.first().map(|provider| format!("fallback_provider:{provider}"));
        tts.into_iter().chain(bounds).chain(fallback).collect()
    }

    /// What a run goes without after this decision.
    #[must_use]
    pub fn mitigation(&self, decision: Decision) -> Mitigation {
        if decision != Decision::Degrade {
            return Mitigation::default();
        }
        Mitigation {
            disable_tts: self.relief.disable_tts,
            top_k: Some(self.relief.top_k),
            max_output_tokens: Some(self.relief.output_tokens),
            fallback: self.relief.fallback.first().cloned(),
        }
    }
}

impl Objectives {
    fn read(s: &mut Section<'_>) -> Self {
        s.known(&[
            "availability_min_pct",
            "p95_ms_max",
            "p99_ms_max",
            "max_error_budget_burn_5m",
            "saturation_max_pct",
        ]);
        Self {
            availability_min_pct: s.number("availability_min_pct", 0.0, 100.0, None),
            p95_ms_max: s.by_class("p95_ms_max", true),
            p99_ms_max: s.by_class("p99_ms_max", false),
            max_burn: s.number("max_error_budget_burn_5m", 0.0, f64::MAX, None),
            saturation_max_pct: s.number("saturation_max_pct", 0.0, 100.0, Some(95.0)),
        }
    }
}

impl Enforcement {
    fn read(s: &mut Section<'_>, defaults: &Defaults) -> Self {
        s.known(&["mode", "breach_window_minutes", "consecutive_windows_to_trigger"]);
        let mode = match s.map.get("mode") {
            None => Some(defaults.mode),
            Some(word) => word.as_str().and_then(Mode::parse),
        };
        s.check(mode.is_some(), "mode", "must be observe, warn or enforce");
        Self {
            mode: mode.unwrap_or(defaults.mode),
            breach_window_minutes: s.whole("breach_window_minutes", 1, 120, 5),
            windows: s.whole("consecutive_windows_to_trigger", 1, 20, defaults.windows),
        }
    }
}

impl Relief {
    fn read(s: &mut Section<'_>, defaults: &Defaults) -> Self {
        s.known(&[
            "allow_degrade",
            "disable_tts_first",
            "reduce_top_k_floor",
            "cap_output_tokens",
            "provider_fallback_order",
        ]);
        Self {
            allow_degrade: s.flag("allow_degrade", true),
            disable_tts: s.flag("disable_tts_first", defaults.disable_tts),
            top_k: s.whole("reduce_top_k_floor", 1, 50, defaults.top_k),
            output_tokens: s.whole("cap_output_tokens", 1, 4096, defaults.output_tokens),
            fallback: s.providers("provider_fallback_order"),
        }
    }
}

/// A document with an override laid over it: objects are merged, `null` takes a member away, anything else replaces.
#[must_use]
pub fn merged(document: &Value, over: &Value) -> Value {
    let (Value::Object(below), Value::Object(over)) = (document, over) else { return over.clone() };
    let mut merged = below.clone();
    for (key, value) in over {
        if value.is_null() {
            merged.remove(key);
        } else {
            let below = merged.get(key).cloned().unwrap_or_else(|| json!({}));
            merged.insert(key.clone(), self::merged(&below, value));
        }
    }
    Value::Object(merged)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::Map;

    pub(in crate::sla) fn defaults() -> Defaults {
        Defaults { mode: Mode::Observe, windows: 3, disable_tts: true, top_k: 3, output_tokens: 512 }
    }

    fn whole() -> Value {
        json!({
            "objectives": { "availability_min_pct": 99.9, "p95_ms_max": { "run": 1200 }, "p99_ms_max": { "run": 2000 },
                            "max_error_budget_burn_5m": 2.0 },
            "enforcement": { "mode": "enforce", "breach_window_minutes": 5, "consecutive_windows_to_trigger": 3 },
            "mitigation": { "allow_degrade": true, "disable_tts_first": true, "reduce_top_k_floor": 3,
                            "cap_output_tokens": 512, "provider_fallback_order": ["local_pgvector"] },
            "autoscaling_link": { "profile_id": null },
        })
    }

    fn paths(document: &Value) -> Vec<String> {
        Document::parse(document, &defaults()).unwrap_err().into_iter().map(|fault| fault.path).collect()
    }

    #[test]
    fn the_documented_policy_is_read_and_silence_means_the_defaults() {
        let policy = Document::parse(&whole(), &defaults()).unwrap();
        assert_eq!(policy.enforcement, Enforcement { mode: Mode::Enforce, breach_window_minutes: 5, windows: 3 });
        assert_eq!(
            policy.recommendations(),
            ["disable_tts", "reduce_top_k:3", "cap_output_tokens:512", "fallback_provider:local_pgvector"]
        );
        assert!(policy.judges(Class::Run) && policy.judges(Class::Ingest) && !policy.judges(Class::Read));
        let silent =
            merged(&whole(), &json!({ "enforcement": { "mode": null }, "mitigation": { "cap_output_tokens": null } }));
        let silent = Document::parse(&silent, &defaults()).unwrap();
        assert_eq!((silent.enforcement.mode, silent.relief.output_tokens), (Mode::Observe, 512));
        assert!(policy.mitigation(Decision::Warn).is_none());
        assert_eq!(policy.mitigation(Decision::Degrade).top_k, Some(3));
    }

    #[test]
    fn every_fault_is_named_by_its_path() {
        assert_eq!(paths(&json!({})), ["objectives", "enforcement", "mitigation"]);
        assert_eq!(paths(&json!([])), [""]);
        for (over, path) in [
            (json!({ "objectives": { "availability_min_pct": 101 } }), "objectives.availability_min_pct"),
            (json!({ "objectives": { "availability_min_pct": "99" } }), "objectives.availability_min_pct"),
            (json!({ "objectives": { "p95_ms_max": { "run": null } } }), "objectives.p95_ms_max"),
            (json!({ "objectives": { "p95_ms_max": { "run": 0 } } }), "objectives.p95_ms_max.run"),
            (json!({ "objectives": { "p95_ms_max": { "runs": 5 } } }), "objectives.p95_ms_max"),
            (json!({ "objectives": { "max_error_budget_burn_5m": -1 } }), "objectives.max_error_budget_burn_5m"),
            (json!({ "objectives": { "saturation_max": 5 } }), "objectives.saturation_max"),
            (json!({ "enforcement": { "mode": "shout" } }), "enforcement.mode"),
            (
                json!({ "enforcement": { "consecutive_windows_to_trigger": 21 } }),
                "enforcement.consecutive_windows_to_trigger",
            ),
            (json!({ "enforcement": { "breach_window_minutes": 1.5 } }), "enforcement.breach_window_minutes"),
            (json!({ "mitigation": { "reduce_top_k_floor": 0 } }), "mitigation.reduce_top_k_floor"),
            (json!({ "mitigation": { "allow_degrade": "yes" } }), "mitigation.allow_degrade"),
            (json!({ "mitigation": { "provider_fallback_order": ["oracle"] } }), "mitigation.provider_fallback_order"),
            (json!({ "mitigation": [] }), "mitigation"),
            (json!({ "autoscaling_link": { "profile_id": 7 } }), "autoscaling_link.profile_id"),
            (json!({ "extra": 1 }), "extra"),
        ] {
            assert_eq!(paths(&merged(&whole(), &over)), [path], "{over}");
        }
        let many: Map<String, Value> = (0..100).map(|n| (format!("k{n}"), json!(1))).collect();
        assert!(paths(&merged(&whole(), &Value::Object(many))).len() <= MAX_FAULTS);
    }

    #[test]
    fn an_override_goes_deep() {
        let over =
            json!({ "objectives": { "p95_ms_max": { "ingest": 5 } }, "mitigation": { "provider_fallback_order": [] } });
        let policy = Document::parse(&merged(&whole(), &over), &defaults()).unwrap();
        assert_eq!(policy.objectives.p95_ms_max, BTreeMap::from([(Class::Run, 1200.0), (Class::Ingest, 5.0)]));
        assert!(policy.relief.fallback.is_empty());
    }
}
