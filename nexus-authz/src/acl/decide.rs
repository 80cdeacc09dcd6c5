//! What grants allow, without a database.

use chrono::{DateTime, Utc};
use nexus_core::principal::Principal;

use super::{Grant, Right};

/// Whether one of these grants lets a principal do something now. The grants are those on the document and on its corpus.
///
/// A grant counts when it names the principal, its right allows the action, and it has not ended: the moment of its end is
/// not part of it.
pub fn allows<'a>(
    grants: impl IntoIterator<Item = &'a Grant>,
    principal: &Principal,
    action: Right,
    now: DateTime<Utc>,
) -> bool {
    let names = principal.grant_names();
    let counts = |grant: &Grant| {
        action.allowed_by().contains(&grant.right)
            && grant.expires_at.is_none_or(|end| end > now)
            && names.contains(&grant.name())
    };
    grants.into_iter().any(counts)
}
