//! The knobs of the keyring.

use crate::{crypto::kms::MasterKey, settings::Source};

/// The variable of the master key.
pub const MASTER: &str = "KEYRING_MASTER_KEY";

/// Under which key keys of the platform lie.
#[derive(Debug, Clone, Default)]
pub struct KeyringSettings {
    /// The master key, when it is given.
    pub master: Option<MasterKey>,
    /// The master key before it.
    pub previous: Option<MasterKey>,
    /// Whether it has to be given.
    pub required: bool,
}

impl KeyringSettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        Self {
            master: MasterKey::read(
                s,
                MASTER,
                "The master key of the platform's own keys: 32 random bytes in base64 or hexadecimal",
            ),
            previous: MasterKey::read(
                s,
                "KEYRING_MASTER_KEY_PREVIOUS",
                "The master key before it, until nexus keyring rewrap has run",
            ),
            required: s.flag(
                "KEYRING_MASTER_KEY_REQUIRED",
                s.is_given("DATABASE_URL"),
                "Do not start without KEYRING_MASTER_KEY, and put no other key in its place",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_database_needs_a_master_key_unless_told_otherwise() {
        let required =
            |pairs: &[(&str, &str)]| KeyringSettings::read(&mut Source::from_pairs(pairs.iter().copied())).required;
        let url = ("DATABASE_URL", "postgresql://nexus@db/nexus");
        assert!(required(&[url]) && !required(&[]));
        assert!(!required(&[url, ("KEYRING_MASTER_KEY_REQUIRED", "false")]));
        let mut weak = Source::from_pairs([(MASTER, "changeme")]);
        assert!(KeyringSettings::read(&mut weak).master.is_none());
        assert!(weak.errors().iter().any(|error| error.name == MASTER));
    }
}
