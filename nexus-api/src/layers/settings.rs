//! The knobs of the layers.

use std::time::Duration;

use chrono::DateTime;
use http::HeaderValue;
use nexus_core::settings::Source;

use crate::http::{address::TrustedProxies, context::BodyLimits};

/// When the paths without `/v1` go away.
const DEFAULT_SUNSET: &str = "Sun, 10 May 2026 00:00:00 +0000";

/// Which web pages of other origins may call the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// None.
    None,
    /// All; browsers send no cookies then, and this API reads none.
    Any,
    /// These.
    List(Vec<HeaderValue>),
}

/// The knobs of the layers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The proxies whose word on addresses is taken.
    pub proxies: TrustedProxies,
    /// How bodies are read.
    pub body: BodyLimits,
    /// The longest time until an answer begins.
    pub request_timeout: Duration,
    /// The `Sunset` of legacy paths.
    pub sunset: HeaderValue,
    /// Cross-origin callers.
    pub origins: Origins,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            proxies: TrustedProxies::default(),
            body: BodyLimits::default(),
            request_timeout: Duration::from_mins(3),
            sunset: HeaderValue::from_static(DEFAULT_SUNSET),
            origins: Origins::None,
        }
    }
}

impl Settings {
    /// Reads the knobs.
    pub fn read(source: &mut Source) -> Self {
        let default = BodyLimits::default();
        let body = BodyLimits {
            max_bytes: source.number(
                "HTTP_MAX_BODY_BYTES",
                default.max_bytes,
                1024..=256 * 1024 * 1024,
                "The largest JSON body, in bytes.",
            ),
            idle: source.millis(
                "HTTP_BODY_IDLE_TIMEOUT_MS",
                15_000,
                10..=600_000,
                "The longest pause inside of a request body.",
            ),
            total: source.millis(
                "HTTP_BODY_TIMEOUT_MS",
                120_000,
                10..=3_600_000,
                "The longest time for a whole request body.",
            ),
        };
        Self {
            proxies: TrustedProxies::read(source),
            body,
            request_timeout: source.millis(
                "HTTP_REQUEST_TIMEOUT_MS",
                180_000,
                10..=3_600_000,
                "The longest time until an answer begins; streams may go on after that.",
            ),
            sunset: sunset(source),
            origins: origins(source),
        }
    }
}

fn sunset(source: &mut Source) -> HeaderValue {
    const NAME: &str = "API_LEGACY_SUNSET";
    let text = source.text_or(NAME, DEFAULT_SUNSET, "When the paths without /v1 go away; the Sunset header.");
    if let (Ok(_), Ok(value)) = (DateTime::parse_from_rfc2822(&text), HeaderValue::try_from(&text)) {
        return value;
    }
    source.refuse(NAME, format!("{text:?} is not a date such as {DEFAULT_SUNSET}"));
    HeaderValue::from_static(DEFAULT_SUNSET)
}

fn origins(source: &mut Source) -> Origins {
    const NAME: &str = "CORS_ALLOWED_ORIGINS";
    let about = "Origins of web pages that may call the API, comma-separated, or *; none by default.";
    let text = source.text(NAME, about).unwrap_or_default();
    let words: Vec<&str> = text.split(',').map(str::trim).filter(|w| !w.is_empty()).collect();
    match words.as_slice() {
        [] => return Origins::None,
        ["*"] => return Origins::Any,
        _ => {}
    }
    let mut list = Vec::new();
    for word in words {
        let origin = word.parse::<http::Uri>().ok().filter(|u| u.scheme().is_some() && matches!(u.path(), "/" | ""));
        match (origin, HeaderValue::try_from(word)) {
            (Some(_), Ok(value)) if !word.ends_with('/') => list.push(value),
            _ => source.refuse(NAME, format!("{word:?} is not an origin such as https://app.example.com")),
        }
    }
    Origins::List(list)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bad_values_name_their_variable() {
        let mut source = Source::from_pairs([
            ("API_LEGACY_SUNSET", "soon"),
            ("CORS_ALLOWED_ORIGINS", "https://a.example, b.example"),
            ("TRUSTED_PROXIES", "banana"),
            ("HTTP_REQUEST_TIMEOUT_MS", "0"),
        ]);
        Settings::read(&mut source);
        let mut names: Vec<_> = source.errors().iter().map(|e| e.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["API_LEGACY_SUNSET", "CORS_ALLOWED_ORIGINS", "HTTP_REQUEST_TIMEOUT_MS", "TRUSTED_PROXIES"]);
    }

    #[test]
    fn defaults_are_the_same_with_and_without_a_source() {
        let mut source = Source::from_pairs::<String, String>([]);
        let (read, built) = (Settings::read(&mut source), Settings::default());
        assert!(source.errors().is_empty());
        assert_eq!(format!("{read:?}"), format!("{built:?}"));
    }
}
