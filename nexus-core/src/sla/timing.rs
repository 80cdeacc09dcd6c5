//! One request that is being measured.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Class, Sla};
use crate::id::TenantId;

/// Measures a request from its beginning. What becomes of it is said once; saying nothing means that the client hung up.
#[derive(Debug)]
pub struct Timing {
    /// `None` when it is not measured, or no more.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    sla: Sla,
    tenant: TenantId,
    class: Class,
    since: Instant,
    began: bool,
}

impl Timing {
    /// A request that is not measured.
    #[must_use]
    pub fn none() -> Self {
        Self { open: None }
    }

    pub(super) fn new(sla: &Sla, tenant: &TenantId, class: Class) -> Self {
        let open = Open { sla: sla.clone(), tenant: tenant.clone(), class, since: Instant::now(), began: false };
        Self { open: Some(open) }
    }

    /// The answer has begun: who hangs up from here on has got something.
    pub fn began(&mut self) {
        if let Some(open) = &mut self.open {
            open.began = true;
        }
    }

    /// It was answered; `failed` says that it was not, by our fault.
    pub fn done(&mut self, failed: bool) {
        if let Some(open) = self.open.take() {
            open.count(failed);
        }
    }

    /// It was refused, which says nothing of how requests do.
    pub fn forget(&mut self) {
        self.open = None;
    }

    /// How long it has taken so far.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.open.as_ref().map(|open| open.since.elapsed()).unwrap_or_default()
    }
}

impl Open {
    fn count(&self, failed: bool) {
        self.sla.observe(&self.tenant, self.class, self.since.elapsed(), failed);
    }
}

/// Whoever hangs up before an answer begins has waited for at least so long, and that counts: when all give up, the time
/// that they waited is the only sign that something is wrong. What ends by a panic was failed by us, begun or not.
impl Drop for Timing {
    fn drop(&mut self) {
        let Some(open) = self.open.take() else { return };
        let failed = thread::panicking();
        if failed || !open.began {
            open.count(failed);
        }
    }
}
