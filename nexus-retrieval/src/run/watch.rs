//! Notices while an answer is being written that what it rests on may have been taken away.

use nexus_core::{
    id::TenantId,
    pg::changes::{Change, Changes},
};
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};

/// Kinds of things on which it depends what may be read.
const TOPICS: [&str; 5] = ["grant", "policy", "document", "user", "api_key"];

/// The changes since a run began. It says that something changed, not what: then everything is looked at again.
#[derive(Debug)]
pub(super) struct Watch {
    changes: Receiver<Change>,
    tenant: TenantId,
}

impl Watch {
    /// Begins to watch. What is looked up after this cannot change unnoticed.
    pub(super) fn begin(changes: &Changes, tenant: &TenantId) -> Self {
        Self { changes: changes.subscribe(), tenant: tenant.clone() }
    }

    /// Resolves when something changed that may matter. Loses nothing when it is dropped.
    pub(super) async fn stirred(&mut self) {
        loop {
            match self.changes.recv().await {
                Ok(change) if !self.matters(&change) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                // The platform stops: nothing will be heard any more.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    /// Whether something changed by now that may matter.
    pub(super) fn has_stirred(&mut self) -> bool {
        loop {
            match self.changes.try_recv() {
                Ok(change) if !self.matters(&change) => {}
                Ok(_) | Err(TryRecvError::Lagged(_)) => return true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return false,
            }
        }
    }

    fn matters(&self, change: &Change) -> bool {
        match change {
            // A tenant named "*" is all of them.
            Change::Of { topic, tenant, .. } => {
                TOPICS.contains(&topic.as_str()) && (tenant == "*" || tenant == self.tenant.as_str())
            }
            Change::Lost => true,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn change(topic: &str, tenant: &str) -> Change {
        Change::Of { topic: topic.into(), tenant: tenant.into(), id: "x".into() }
    }

    #[tokio::test]
    async fn only_what_may_matter_to_the_tenant_stirs() {
        let watch = Watch::begin(&Changes::none(), &"t1".parse().unwrap());
        for (topic, tenant, stirs) in [
            ("grant", "t1", true),
            ("policy", "*", true),
            ("grant", "t2", false),
            ("corpus", "t1", false),
            ("document", "t1", true),
        ] {
            assert_eq!(watch.matters(&change(topic, tenant)), stirs, "{topic} {tenant}");
        }
        assert!(watch.matters(&Change::Lost));
    }
}
