//! The knobs of billing events.

use std::{net::IpAddr, time::Duration};

use nexus_core::{billing::Billing, settings::Source};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

const ENABLED: &str = "BILLING_WEBHOOK_ENABLED";
const URL: &str = "BILLING_WEBHOOK_URL";
const SECRET: &str = "BILLING_WEBHOOK_SECRET";
/// A shorter secret protects nothing.
const MIN_SECRET: usize = 16;

/// Who receives billing events.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// Where.
    pub url: Url,
    /// What events are signed with.
    pub secret: SecretString,
}

/// Whether and how billing events are delivered.
#[derive(Debug, Clone)]
pub struct BillingSettings {
    /// Whether they are wanted.
    pub enabled: bool,
    /// Whether there is a secret that they can be signed with.
    pub signs: bool,
    /// Who receives them; nobody when they are switched off.
    pub receiver: Option<Receiver>,
    /// How long one delivery may take.
    pub timeout: Duration,
    /// How often a delivery is tried.
    pub attempts: u32,
}

impl BillingSettings {
    /// Reads the knobs. Events that nobody could verify, or that go nowhere, are refused at the start.
    pub fn read(s: &mut Source) -> Self {
        let enabled = s.flag(ENABLED, false, "Tell a billing system of soft caps, refusals and upgrade requests");
        let url = s.text(URL, "The https address that billing events are posted to");
        let secret = s.secret(SECRET, "What billing events are signed with; at least 16 characters");
        let secret = secret.filter(|secret| secret.expose_secret().len() >= MIN_SECRET);
        let signs = secret.is_some();
        let receiver = if enabled { receiver(s, url.as_deref(), secret) } else { None };
        Self {
            enabled,
            signs,
            receiver,
            timeout: s.millis("BILLING_WEBHOOK_TIMEOUT_MS", 2000, 10..=60_000, "How long one delivery may take"),
            attempts: s.number(
                "BILLING_WEBHOOK_MAX_ATTEMPTS",
                12,
                1..=100,
                "How often a billing event is tried before it is given up",
            ),
        }
    }

    /// How events are announced.
    #[must_use]
    pub fn billing(&self) -> Billing {
        if self.receiver.is_some() { Billing::delivering(self.attempts) } else { Billing::off() }
    }
}

fn receiver(s: &mut Source, url: Option<&str>, secret: Option<SecretString>) -> Option<Receiver> {
    let url = match url.map(Url::parse) {
        Some(Ok(url)) if is_safe(&url) => Some(url),
        Some(_) => {
            s.refuse(URL, "must be an https address without a user name; http is accepted for this machine only");
            None
        }
        None => {
            s.refuse(URL, "must be set when BILLING_WEBHOOK_ENABLED is true");
            None
        }
    };
    Some(Receiver { url: url?, secret: secret? })
}

/// What tenants use is not sent in the clear across a network.
fn is_safe(url: &Url) -> bool {
    let plain = url.username().is_empty() && url.password().is_none() && url.host_str().is_some();
    plain && (url.scheme() == "https" || url.scheme() == "http" && is_loopback(url))
}

/// Whether an address is of this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (BillingSettings, Vec<String>) {
        let mut source = Source::from_pairs(pairs.iter().copied());
        let settings = BillingSettings::read(&mut source);
        (settings, source.errors().iter().map(|e| e.name.clone()).collect())
    }

    #[test]
    fn events_without_a_secret_or_an_address_refuse_to_start() {
        assert!(read(&[]).0.receiver.is_none());
        let (settings, errors) = read(&[(ENABLED, "true")]);
        assert_eq!(errors, [URL]);
        assert!(settings.enabled && !settings.signs && settings.receiver.is_none());
        assert!(!read(&[(SECRET, "short")]).0.signs);
        let secret = "sixteen letters!";
        for bad in
            ["http://example.com/", "ftp://example.com", "https://u:p@example.com", "nonsense", "http://10.0.0.1/"]
        {
            let (settings, errors) = read(&[(ENABLED, "true"), (SECRET, secret), (URL, bad)]);
            assert!(settings.receiver.is_none() && errors == [URL], "{bad}: {errors:?}");
        }
        for good in ["https://billing.example/hook", "http://127.0.0.1:9/", "http://[::1]:9/", "http://localhost/x"] {
            let (settings, errors) = read(&[(ENABLED, "true"), (SECRET, secret), (URL, good)]);
            assert!(settings.receiver.is_some() && errors.is_empty(), "{good}: {errors:?}");
            assert!(settings.billing().is_on());
        }
    }
}
