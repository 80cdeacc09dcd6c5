//! Settings by name: built-in defaults, an optional file, then the environment.
//!
//! Each slice declares its own knobs by reading them through [`Source`]; what was read, its meaning and its default are
//! remembered, so that `nexus config` can list them and unknown values stop the start with the variable's name.

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use secrecy::SecretString;

/// A value that cannot be used, by the name of its variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub struct SettingError {
    /// The variable.
    pub name: String,
    /// What is wrong with its value.
    pub why: String,
}

/// A knob that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The variable.
    pub name: &'static str,
    /// The value without configuration.
    pub default: String,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// Whether the value must not be shown.
    pub secret: bool,
    /// Whether the environment or the file gives it.
    pub given: bool,
}

/// Where settings come from, and the list of what was asked for.
#[derive(Debug, Default)]
pub struct Source {
    values: BTreeMap<String, String>,
    declared: BTreeMap<&'static str, Declared>,
    errors: Vec<SettingError>,
}

/// The largest file that a `NAME_FILE` variable may name.
const MAX_SECRET_FILE: u64 = 64 * 1024;

impl Source {
    /// The process environment over an optional TOML file of the same names.
    pub fn from_env(file: Option<&Path>) -> Result<Self, SettingError> {
        let mut source = Self::default();
        if let Some(path) = file {
            source.values = read_file(path)?;
        }
        source.values.extend(std::env::vars().filter(|(_, v)| !v.is_empty()));
        Ok(source)
    }

    /// Fixed values, for tests and embedders.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let values = pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Self { values, ..Self::default() }
    }

    /// An optional text.
    pub fn text(&mut self, name: &'static str, about: &'static str) -> Option<String> {
        self.declare(name, "", about, false);
        self.values.get(name).cloned()
    }

    /// A text with a default.
    pub fn text_or(&mut self, name: &'static str, default: &str, about: &'static str) -> String {
        self.declare(name, default, about, false);
        self.values.get(name).cloned().unwrap_or_else(|| default.to_owned())
    }

    /// A path with a default.
    pub fn path_or(&mut self, name: &'static str, default: &Path, about: &'static str) -> PathBuf {
        self.text_or(name, &default.display().to_string(), about).into()
    }

    /// A secret, from the variable itself or from the file that `NAME_FILE` names.
    pub fn secret(&mut self, name: &'static str, about: &'static str) -> Option<SecretString> {
        self.declare(name, "", about, true);
        if let Some(value) = self.values.get(name) {
            return Some(value.clone().into());
        }
        let path = self.values.get(&format!("{name}_FILE"))?.clone();
        match read_secret(Path::new(&path)) {
            Ok(value) => Some(value.into()),
            Err(why) => {
                self.refuse(&format!("{name}_FILE"), why);
                None
            }
        }
    }

    /// A switch: `true`, `false`, `1`, `0`, `yes`, `no`, `on` or `off`.
    pub fn flag(&mut self, name: &'static str, default: bool, about: &'static str) -> bool {
        self.declare(name, &default.to_string(), about, false);
        match self.values.get(name).map(|v| v.to_ascii_lowercase()) {
            None => default,
            Some(v) if matches!(v.as_str(), "true" | "1" | "yes" | "on") => true,
            Some(v) if matches!(v.as_str(), "false" | "0" | "no" | "off") => false,
            Some(v) => {
                self.refuse(name, format!("{v:?} is neither true nor false"));
                default
            }
        }
    }

    /// A number within a range.
    pub fn number<T: FromStr + PartialOrd + Display + Copy>(
        &mut self,
        name: &'static str,
        default: T,
        range: RangeInclusive<T>,
        about: &'static str,
    ) -> T {
        self.declare(name, &default.to_string(), about, false);
        let Some(value) = self.values.get(name) else { return default };
        match value.trim().parse() {
            Ok(n) if range.contains(&n) => n,
            _ => {
                let why = format!("{value:?} is not a number from {} to {}", range.start(), range.end());
                self.refuse(name, why);
                default
            }
        }
    }

    /// A duration given in milliseconds.
    pub fn millis(
        &mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
        about: &'static str,
    ) -> Duration {
        Duration::from_millis(self.number(name, default, range, about))
    }

    /// A duration given in seconds.
    pub fn seconds(
        &mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
        about: &'static str,
    ) -> Duration {
        Duration::from_secs(self.number(name, default, range, about))
    }

    /// One of a closed set of words.
    pub fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        default: &'static str,
        words: &[(&'static str, T)],
        about: &'static str,
    ) -> Option<T> {
        self.declare(name, default, about, false);
        let given = self.values.get(name).map_or(default, String::as_str).trim().to_ascii_lowercase();
        let found = words.iter().find(|(word, _)| *word == given).map(|(_, value)| *value);
        if found.is_none() {
            let all = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.refuse(name, format!("{given:?} is not one of {all}"));
        }
        found
    }

    /// Reports a value that another rule refuses.
    pub fn refuse(&mut self, name: &str, why: impl Into<String>) {
        self.errors.push(SettingError { name: name.to_owned(), why: why.into() });
    }

    /// Whether a variable is given at all: a secret also by the file that `NAME_FILE` names.
    #[must_use]
    pub fn is_given(&self, name: &str) -> bool {
        self.values.contains_key(name) || self.values.contains_key(&format!("{name}_FILE"))
    }

    /// Everything that was asked for so far, by name.
    #[must_use]
    pub fn declared(&self) -> Vec<Declared> {
        self.declared.values().cloned().collect()
    }

    /// The value of a declared knob that may be shown.
    #[must_use]
    pub fn shown(&self, knob: &Declared) -> String {
        match (knob.secret, self.values.get(knob.name)) {
            (true, _) if knob.given => "(set)".to_owned(),
            (true, _) => String::new(),
            (false, given) => given.unwrap_or(&knob.default).clone(),
        }
    }

    /// All values that cannot be used.
    #[must_use]
    pub fn errors(&self) -> &[SettingError] {
        &self.errors
    }

    fn declare(&mut self, name: &'static str, default: &str, about: &'static str, secret: bool) {
        let given = if secret { self.is_given(name) } else { self.values.contains_key(name) };
        self.declared.insert(name, Declared { name, default: default.to_owned(), about, secret, given });
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, SettingError> {
    let fail = |why: String| SettingError { name: path.display().to_string(), why };
    let text = fs::read_to_string(path).map_err(|e| fail(e.to_string()))?;
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| fail(e.to_string()))?;
    table
        .into_iter()
        .map(|(name, value)| match value {
            toml::Value::String(s) => Ok((name, s)),
            toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => Ok((name, value.to_string())),
            _ => Err(fail(format!("{name} must be a text, a number or a boolean"))),
        })
        .collect()
}

fn read_secret(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > MAX_SECRET_FILE {
        return Err(format!("{} is larger than {MAX_SECRET_FILE} bytes", path.display()));
    }
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_bad_value_is_reported_by_its_name() {
        let mut s = Source::from_pairs([("RUN_MAX_CONCURRENCY", "many"), ("RL_FAIL_MODE", "banana"), ("X", "maybe")]);
        assert_eq!(s.number("RUN_MAX_CONCURRENCY", 10_u32, 1..=100, ""), 10);
        assert_eq!(s.choice("RL_FAIL_MODE", "open", &[("open", 1), ("closed", 2)], ""), None);
        assert!(s.flag("X", true, ""));
        let names: Vec<_> = s.errors().iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["RUN_MAX_CONCURRENCY", "RL_FAIL_MODE", "X"]);
    }

    #[test]
    fn a_secret_can_come_from_a_file_and_is_never_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, "s3cret\n").unwrap();
        let mut s = Source::from_pairs([("KEY_FILE", path.display().to_string())]);
        assert_eq!(s.secret("KEY", "").unwrap().expose_secret(), "s3cret");
        let shown = s.declared().iter().map(|d| s.shown(d)).collect::<Vec<_>>();
        assert_eq!(shown, ["(set)"]);
    }

    #[test]
    fn a_file_gives_values_that_the_environment_overrides() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("nexus.toml");
        fs::write(&path, "SOME_NUMBER_OF_OURS = 7\n").unwrap();
        let mut s = Source::from_env(Some(&path)).unwrap();
        assert_eq!(s.number("SOME_NUMBER_OF_OURS", 1_u32, 0..=10, ""), 7);
    }
}
