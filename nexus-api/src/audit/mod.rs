//! `/v1/audit`: the log of the caller's tenant, to be looked through, taken away and checked elsewhere.

mod anchor;
mod cursor;
mod events;
mod export;
mod key;
mod receipt;

use std::{fmt, sync::Arc};

use nexus_core::{audit::SigningKey, slots::Slots};
use utoipa_axum::router::OpenApiRouter;

pub use self::anchor::Archive;
use crate::{app::Platform, secrets::CursorKey};

/// How many exports go on at once in a process.
const EXPORTS: usize = 4;
/// How many of them one tenant may have.
const OF_TENANT: usize = 1;

/// What the routes of this slice need besides the log.
#[derive(Clone)]
pub struct AuditDesk {
    /// What positions in the log are signed with, and those in lists of web applications.
    pub(crate) cursors: CursorKey,
    /// What checkpoints are signed with where the keyring has no key for them.
    pub key: Arc<SigningKey>,
    /// What strangers are told of public keys, for a moment.
    keys: key::Shown,
    /// Places for exports.
    exports: Slots,
}

impl AuditDesk {
    /// A desk with the keys of this installation.
    #[must_use]
    pub fn new(key: Arc<SigningKey>, cursors: CursorKey) -> Self {
        Self {
            key,
            cursors,
            keys: key::Shown::default(),
            exports: Slots::new("nexusrag_audit_exports_in_flight", EXPORTS, OF_TENANT),
        }
    }
}

impl fmt::Debug for AuditDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditDesk").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The routes of this slice.
#[must_use]
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().merge(events::routes()).merge(export::routes()).merge(key::routes()).merge(receipt::routes())
}
