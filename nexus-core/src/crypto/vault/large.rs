//! What is sealed and opened piece by piece: objects in a store, and series of texts. A [`Vault`] gives the keys and counts; the
//! [`Envelope`](crate::crypto::Envelope) does the rest.

use std::{fmt::Display, sync::Arc, time::Duration};

use super::{super::Binding, LiveKey, Vault, VaultError};
use crate::{
    crypto::{Envelope, TenantKey},
    id::TenantId,
    op::Op,
};

/// How long the key that seals may be taken for the one that still does, for what a rotation does not look at.
pub(super) const MOMENT: Duration = Duration::from_secs(10);

impl Vault {
    /// What seals and opens.
    #[must_use]
    pub fn envelope(&self) -> Envelope {
        self.0.envelope
    }

    /// The key to seal something sensitive of a tenant with; nothing when it may be stored as it is.
    pub async fn sealing(&self, op: &Op, tenant: &TenantId) -> Result<Option<LiveKey>, VaultError> {
        self.allowed(self.active(op, tenant)).await
    }

    /// As [`Vault::sealing`], for what lies somewhere for minutes and is never sealed anew: most of the time without asking
    /// anybody. The key may have begun to retire a moment ago; it opens as long as there is such a thing.
    pub async fn sealing_briefly(&self, op: &Op, tenant: &TenantId) -> Result<Option<LiveKey>, VaultError> {
        self.allowed(async {
            if let Some(live) = self.0.recent.get(tenant).await {
                return Ok(live);
            }
            let live = self.active(op, tenant).await?;
            self.0.recent.insert(tenant.clone(), live.clone()).await;
            Ok(live)
        })
        .await
    }

    /// The key of a tenant in the version that something was sealed with.
    pub async fn opening(&self, tenant: &TenantId, version: u32) -> Result<Arc<TenantKey>, VaultError> {
        self.of_version(tenant, version).await
    }

    /// Counts something that was sealed piece by piece.
    pub fn count_sealed() {
        metrics::counter!("nexusrag_crypto_encrypt_ops_total").increment(1);
    }

    /// Counts something that was opened, or was not.
    pub fn count_opened<T, E: Display>(tenant: &TenantId, place: &Binding<'_>, opened: &Result<T, E>) {
        match opened {
            Ok(_) => metrics::counter!("nexusrag_crypto_decrypt_ops_total").increment(1),
            Err(error) => {
                tracing::warn!(%tenant, kind = place.kind, id = place.id, %error, "what is stored cannot be opened");
                metrics::counter!("nexusrag_crypto_failures_total").increment(1);
            }
        }
    }

    /// A key, unless encryption is off or the key-management service is away: then what the settings say.
    async fn allowed(
        &self,
        key: impl Future<Output = Result<LiveKey, VaultError>>,
    ) -> Result<Option<LiveKey>, VaultError> {
        if !self.0.settings.enabled {
            return self.unsealed(VaultError::Required).map(|()| None);
        }
        match key.await {
            Ok(live) => Ok(Some(live)),
            Err(error @ (VaultError::Kms(_) | VaultError::NoKms)) => self.unsealed(error).map(|()| None),
            Err(error) => Err(error),
        }
    }
}
