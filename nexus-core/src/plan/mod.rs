//! Plans: what the contract of a tenant includes, feature by feature.
//!
//! What counts is the plan that is assigned now, or the default plan, with what the operator overrides for the tenant. An
//! assignment counts from its date to its end, and another one that begins takes its place. Only
//! the operator assigns and overrides; a tenant asks ([`ask_upgrade`]). What is remembered of a tenant counts only while it
//! is confirmed that no change is missing, so that a change holds from the next request on, on every replica. When the
//! database is away nothing can be decided and [`Plans::of`] fails: a feature that is paid for is not given away.

mod decide;
mod settings;
#[cfg(feature = "postgres")]
mod store;

use std::borrow::Cow;
#[cfg(feature = "postgres")]
use std::{fmt, sync::Arc};

#[cfg(feature = "postgres")]
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

#[cfg(feature = "postgres")]
pub(crate) use self::store::prune;
#[cfg(feature = "postgres")]
pub use self::store::{ask_upgrade, assign, catalogue, override_feature};
pub use self::{
    decide::{Assignment, Entitlement, Entitlements, Override, PlanOf},
    settings::PlanSettings,
};
use crate::problem::{Code, Kind, Problem};
#[cfg(feature = "postgres")]
use crate::{
    id::TenantId,
    pg::{
        Db, DbError, TenantTx,
        changes::Changes,
        remembered::{Bounds, Remembered, Void},
    },
};

/// The most tenants whose plan is remembered.
#[cfg(feature = "postgres")]
const ENTRIES: u64 = 10_000;

macro_rules! features {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// What a plan can include.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Feature { $($(#[$doc])* $variant,)+ }

        impl Feature {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The key on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

features! {
    /// Corpora in this platform's own database.
    RetrievalLocal = "feature.retrieval.local_pgvector",
    /// Corpora in Bedrock knowledge bases.
    RetrievalBedrock = "feature.retrieval.aws_bedrock",
    /// Corpora in Vertex AI Search.
    RetrievalVertex = "feature.retrieval.gcp_vertex",
    /// Answers as speech.
    Tts = "feature.tts",
    /// The view of operations.
    OpsAdminAccess = "feature.ops_admin_access",
    /// The audit log.
    AuditAccess = "feature.audit_access",
    /// A mark for larger quotas.
    HighQuotaTier = "feature.high_quota_tier",
    /// Routing a corpus to another provider.
    CorporaPatchProviderConfig = "feature.corpora_patch_provider_config",
    /// Trying the billing webhook.
    BillingWebhookTest = "feature.billing_webhook_test",
    /// Single sign-on.
    IdentitySso = "feature.identity.sso",
    /// Provisioning by SCIM.
    IdentityScim = "feature.identity.scim",
    /// Users made at their first sign-on.
    IdentityJit = "feature.identity.jit",
    /// Seeing what things cost.
    CostVisibility = "feature.cost_visibility",
    /// Budgets and prices.
    CostControls = "feature.cost_controls",
    /// Reports for charging costs back.
    ChargebackReports = "feature.chargeback_reports",
}

impl Feature {
    /// The feature of a key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|feature| feature.as_str() == key)
    }
}

/// A plan and what it includes.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether it can be assigned.
    pub is_active: bool,
    /// What it says of features; one that is missing is not included.
    pub features: Vec<PlanFeature>,
}

/// What a plan says of a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFeature {
    /// The key of the feature.
    pub key: String,
    /// Whether it is included.
    pub enabled: bool,
    /// Particulars of it.
    pub config: Option<Map<String, Value>>,
}

/// Why a plan is not given, changed or asked for.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The plan of the tenant does not include the feature.
    #[error("the plan does not include {}", .0.as_str())]
    NotIncluded(Feature),
    /// No such plan, or none that can be assigned.
    #[error("no such plan")]
    UnknownPlan,
    /// No such tenant.
    #[error("no such tenant")]
    UnknownTenant,
    /// The tenant has this plan, or a larger one.
    #[error("the tenant has this plan already, or a larger one")]
    NoUpgrade,
    /// It is to begin or to end when it cannot.
    #[error("{0}")]
    Dates(&'static str),
    /// Too many assignments wait for their date.
    #[error("too many assignments wait for their date")]
    TooMany,
    /// The database failed.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Problem for PlanError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotIncluded(_) => Kind::Forbidden,
            Self::UnknownPlan | Self::UnknownTenant => Kind::NotFound,
            Self::NoUpgrade | Self::TooMany => Kind::Conflict,
            Self::Dates(_) => Kind::Invalid,
            #[cfg(feature = "postgres")]
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotIncluded(Feature::CostVisibility | Feature::CostControls | Feature::ChargebackReports) => {
                Code::CostFeatureNotEnabled
            }
            Self::NotIncluded(_) => Code::FeatureNotEnabled,
            Self::UnknownPlan | Self::UnknownTenant => Code::NotFound,
            Self::NoUpgrade | Self::TooMany => Code::Conflict,
            Self::Dates(_) => Code::Validation,
            #[cfg(feature = "postgres")]
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotIncluded(_) => "The plan of this tenant does not include this feature".into(),
            Self::UnknownPlan => "Plan not found".into(),
            Self::UnknownTenant => "Tenant not found".into(),
            Self::NoUpgrade => "The tenant has this plan already, or a larger one".into(),
            Self::Dates(why) => (*why).into(),
            Self::TooMany => "Too many plans wait for their date".into(),
            #[cfg(feature = "postgres")]
            Self::Db(e) => e.message(),
        }
    }
    fn details(&self) -> Option<Value> {
        let Self::NotIncluded(feature) = self else { return None };
        Some(serde_json::json!({ "feature_key": feature.as_str() }))
    }
}

/// Finds what the plans of tenants include. Cheap to clone.
#[cfg(feature = "postgres")]
#[derive(Clone)]
pub struct Plans(Arc<Inner>);

#[cfg(feature = "postgres")]
struct Inner {
    settings: PlanSettings,
    source: Option<(Db, Remembered<Arc<PlanOf>>)>,
}

#[cfg(feature = "postgres")]
impl Plans {
    /// Everything is included, for everybody: an embedding program has its own contracts.
    #[must_use]
    pub fn everything() -> Self {
        Self(Arc::new(Inner { settings: PlanSettings::default(), source: None }))
    }

    /// By what this database says.
    #[must_use]
    pub fn new(db: Db, changes: &Changes, settings: PlanSettings) -> Self {
        let known = Remembered::new(changes, Bounds::values(ENTRIES), |topic, tenant, _| match topic {
            "plan" => Void::of_tenant(tenant.parse().ok().as_ref()),
            _ => Void::Nothing,
        });
        Self(Arc::new(Inner { settings, source: Some((db, known)) }))
    }

    /// What the plan of a tenant includes at a time.
    pub async fn of(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<Entitlements, PlanError> {
        let Some((db, known)) = &self.0.source else { return Ok(Entitlements::everything()) };
        let read = async {
            let mut tx = db.tenant(tenant).await?;
            Ok::<_, PlanError>(Arc::new(store::of_tenant(&mut tx, &self.0.settings.default_plan, now).await?))
        };
        Ok(known.of(tenant.as_str().as_bytes(), read).await?.at(now))
    }

    /// What the plan of the tenant of a transaction includes, as the transaction sees it.
    pub async fn within(&self, tx: &mut TenantTx, now: DateTime<Utc>) -> Result<Entitlements, PlanError> {
        Ok(store::of_tenant(tx, &self.0.settings.default_plan, now).await?.at(now))
    }

    /// Fails unless the plan of a tenant includes a feature.
    pub async fn require(&self, tenant: &TenantId, now: DateTime<Utc>, feature: Feature) -> Result<(), PlanError> {
        self.of(tenant, now).await?.require(feature)
    }

    /// Whether the plan of a tenant includes a feature.
    pub async fn allows(&self, tenant: &TenantId, now: DateTime<Utc>, feature: Feature) -> Result<bool, PlanError> {
        Ok(self.of(tenant, now).await?.allows(feature))
    }

    /// The plan of tenants that have none.
    #[must_use]
    pub fn default_plan(&self) -> &str {
        &self.0.settings.default_plan
    }
}

#[cfg(feature = "postgres")]
impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
