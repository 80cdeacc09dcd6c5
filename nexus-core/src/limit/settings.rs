//! The knobs of rate limits.

use std::time::Duration;

use super::decide::{MAX_TOKENS, Rate};
use crate::{route_class::RouteClass, settings::Source, shared::OnLoss};

const PREFIX: &str = "RL_REDIS_PREFIX";

/// The two limits of a class of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassRates {
    /// Of one credential.
    pub key: Rate,
    /// Of all credentials of a tenant together.
    pub tenant: Rate,
}

/// How much is let through.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitSettings {
    /// Whether anything is limited at all.
    pub enabled: bool,
    /// What happens when the buckets that replicas share are away: each replica limits by itself, or nothing is let through.
    pub on_loss: OnLoss,
    /// What the keys of buckets in Redis begin with.
    pub prefix: String,
    /// The longest that a request waits for the shared buckets.
    pub patience: Duration,
    /// Of asking questions.
    pub run: ClassRates,
    /// Of changes.
    pub mutation: ClassRates,
    /// Of looking.
    pub read: ClassRates,
    /// Of operating.
    pub ops: ClassRates,
    /// Of requests without a valid credential, by the address they come from.
    pub address: Rate,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { enabled: true, ..Self::read(&mut Source::default()) }
    }
}

/// The names of the knobs of one bucket, its defaults, and what it is about.
type Knobs = ((&'static str, f64, &'static str), (&'static str, u32, &'static str));

impl LimitSettings {
    /// The limits of a class.
    #[must_use]
    pub fn of(&self, class: RouteClass) -> &ClassRates {
        match class {
            RouteClass::Run => &self.run,
            RouteClass::Mutation => &self.mutation,
            RouteClass::Read => &self.read,
            RouteClass::Ops => &self.ops,
        }
    }

    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        let prefix = s.text_or(PREFIX, "nexusrag:rl", "What the keys of token buckets in Redis begin with");
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':');
        if prefix.is_empty() || prefix.len() > 64 || !prefix.bytes().all(plain) {
            s.refuse(PREFIX, "must be 1 to 64 letters, digits, '_', '-' or ':'");
        }
        let modes = [("open", OnLoss::Admit), ("closed", OnLoss::Refuse)];
        let about = "Without Redis: open lets each replica limit by itself, closed refuses with 503";
        Self {
            enabled: s.flag(
                "RATE_LIMIT_ENABLED",
                // An installation on its private database has one user, who would only wait for himself.
                s.is_given("DATABASE_URL"),
                "Limit how many requests a key, a tenant and an address make; on by default with a DATABASE_URL",
            ),
            on_loss: s.choice("RL_FAIL_MODE", "open", &modes, about).unwrap_or(OnLoss::Refuse),
            prefix,
            patience: s.millis(
                "RL_TIMEOUT_MS",
                40,
                1..=10_000,
                "The longest that a request waits for the limits that replicas share",
            ),
            run: Self::run(s),
            mutation: Self::mutation(s),
            read: Self::looks(s),
            ops: Self::ops(s),
            address: bucket(
                s,
                (
                    (
                        "RL_ADDRESS_RPS",
                        20.0,
                        "Requests a second without a valid credential, for one address (IPv6: one /64)",
                    ),
                    ("RL_ADDRESS_BURST", 400, "Requests at once without a valid credential, for one address"),
                ),
                1,
            ),
        }
    }

    fn run(s: &mut Source) -> ClassRates {
        let key = (
            ("RL_KEY_RUN_RPS", 1.0, "Tokens that a key's bucket for questions gains a second; a question costs 3"),
            ("RL_KEY_RUN_BURST", 5, "Tokens that a key's bucket for questions holds; a question costs 3"),
        );
        let tenant = (
            (
                "RL_TENANT_RUN_RPS",
                3.0,
                "Tokens that a tenant's bucket for questions gains a second; a question costs 3",
            ),
            ("RL_TENANT_RUN_BURST", 15, "Tokens that a tenant's bucket for questions holds; a question costs 3"),
        );
        rates(s, key, tenant, RouteClass::Run)
    }

    fn mutation(s: &mut Source) -> ClassRates {
        let key = (
            ("RL_KEY_MUTATION_RPS", 2.0, "Changes a second of a key"),
            ("RL_KEY_MUTATION_BURST", 10, "Changes at once of a key"),
        );
        let tenant = (
            ("RL_TENANT_MUTATION_RPS", 5.0, "Changes a second of a tenant"),
            ("RL_TENANT_MUTATION_BURST", 25, "Changes at once of a tenant"),
        );
        rates(s, key, tenant, RouteClass::Mutation)
    }

    fn looks(s: &mut Source) -> ClassRates {
        let key =
            (("RL_KEY_READ_RPS", 5.0, "Reads a second of a key"), ("RL_KEY_READ_BURST", 20, "Reads at once of a key"));
        let tenant = (
            ("RL_TENANT_READ_RPS", 15.0, "Reads a second of a tenant"),
            ("RL_TENANT_READ_BURST", 60, "Reads at once of a tenant"),
        );
        rates(s, key, tenant, RouteClass::Read)
    }

    fn ops(s: &mut Source) -> ClassRates {
        let key = (
            ("RL_KEY_OPS_RPS", 2.0, "Requests of operators and of the audit log a second of a key"),
            ("RL_KEY_OPS_BURST", 10, "Requests of operators and of the audit log at once of a key"),
        );
        let tenant = (
            ("RL_TENANT_OPS_RPS", 4.0, "Requests of operators and of the audit log a second of a tenant"),
            ("RL_TENANT_OPS_BURST", 20, "Requests of operators and of the audit log at once of a tenant"),
        );
        rates(s, key, tenant, RouteClass::Ops)
    }
}

fn rates(s: &mut Source, key: Knobs, tenant: Knobs, class: RouteClass) -> ClassRates {
    ClassRates { key: bucket(s, key, class.cost()), tenant: bucket(s, tenant, class.cost()) }
}

/// A bucket that cannot hold what one request costs would close its routes for good, which is what switches are for.
fn bucket(s: &mut Source, ((rps, per_second, of_rate), (size, burst, of_burst)): Knobs, cost: u32) -> Rate {
    let per_second = s.number(rps, per_second, 0.0..=f64::from(MAX_TOKENS), of_rate);
    let burst = s.number(size, burst, 0..=MAX_TOKENS, of_burst);
    if burst < cost {
        s.refuse(size, format!("must be at least {cost}, which is what one request costs"));
    }
    Rate::new(per_second, burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_is_as_documented() {
        let settings = LimitSettings::default();
        assert_eq!(settings.of(RouteClass::Run).key, Rate::new(1.0, 5));
        assert_eq!(settings.of(RouteClass::Read).tenant, Rate::new(15.0, 60));
        assert_eq!((settings.on_loss, settings.enabled), (OnLoss::Admit, true));
    }

    #[test]
    fn a_limit_that_nothing_passes_and_a_mode_that_is_none_stop_the_start() {
        for (name, value) in
            [("RL_KEY_RUN_BURST", "2"), ("RL_FAIL_MODE", "banana"), ("RL_KEY_READ_RPS", "-1"), (PREFIX, "a{b}")]
        {
            let mut source = Source::from_pairs([(name, value)]);
            let _ = LimitSettings::read(&mut source);
            assert_eq!(source.errors().iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), [name]);
        }
    }
}
