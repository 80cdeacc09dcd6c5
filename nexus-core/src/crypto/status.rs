//! What becomes of a key, of a tenant or of the platform.

/// What becomes of a key, or of a version of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyStatus {
    /// It is used for what is new.
    Active,
    /// Another one is used, and it is still accepted: what was begun with it a moment ago may still be written down.
    Retiring,
    /// Nothing new is made or accepted with it; a key of a tenant still opens what nobody has sealed anew.
    Retired,
    /// It does nothing, and what was made with it is not to be trusted.
    Revoked,
}

impl KeyStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Retiring, Self::Retired, Self::Revoked];

    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }

    /// What a word says.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing more becomes of it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Retired | Self::Revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_their_text() {
        for status in KeyStatus::ALL {
            assert_eq!(KeyStatus::of(status.as_str()), Some(status));
        }
        assert_eq!(KeyStatus::of("ACTIVE"), None);
    }
}
