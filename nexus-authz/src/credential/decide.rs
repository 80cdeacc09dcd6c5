//! Whether a known key still opens the door.

use chrono::{DateTime, Duration, Utc};

use super::{AuthError, CredentialSettings};

/// The facts about a key that its fate depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyState {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, as far as was written down.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Whether its user is active.
    pub user_active: bool,
}

impl KeyState {
    /// Since when it was not used.
    #[must_use]
    pub fn unused_since(&self) -> DateTime<Utc> {
        self.last_used_at.unwrap_or(self.created_at)
    }
}

/// Applies the rules in their order: revoked, user inactive, expired, unused for too long.
pub fn judge(key: &KeyState, now: DateTime<Utc>, settings: &CredentialSettings) -> Result<(), AuthError> {
    if key.revoked_at.is_some() {
        return Err(AuthError::Revoked);
    }
    if !key.user_active {
        return Err(AuthError::UserInactive);
    }
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(AuthError::Expired);
    }
    let idle = Duration::days(i64::from(settings.inactive_days));
    if settings.inactive_enforced && settings.inactive_days > 0 && key.unused_since() <= now - idle {
        return Err(AuthError::Inactive);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(n: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap() + Duration::days(n)
    }

    fn key() -> KeyState {
        KeyState { created_at: day(0), last_used_at: None, expires_at: None, revoked_at: None, user_active: true }
    }

    #[test]
    fn a_revoked_key_says_so_even_when_everything_else_is_wrong_too() {
        let s = CredentialSettings::default();
        let worst = KeyState { revoked_at: Some(day(1)), expires_at: Some(day(1)), user_active: false, ..key() };
        assert!(matches!(judge(&worst, day(500), &s), Err(AuthError::Revoked)));
    }

    #[test]
    fn expiry_is_exclusive_and_inactivity_counts_from_the_last_use() {
        let s = CredentialSettings::default();
        assert!(matches!(judge(&KeyState { expires_at: Some(day(2)), ..key() }, day(2), &s), Err(AuthError::Expired)));
        assert!(matches!(judge(&key(), day(90), &s), Err(AuthError::Inactive)));
        assert!(judge(&KeyState { last_used_at: Some(day(1)), ..key() }, day(90), &s).is_ok());
        let off = CredentialSettings { inactive_enforced: false, ..s };
        assert!(judge(&key(), day(9000), &off).is_ok());
    }
}
