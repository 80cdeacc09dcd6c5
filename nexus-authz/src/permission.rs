//! Everything that can be done, on one screen: the permission, the least role that has it, and the class of route that
//! limits and metrics count it under, what a policy has to deny to close it, what the plan has to include, and which switch
//! stops it.

pub use nexus_core::route_class::RouteClass;
use nexus_core::{plan::Feature, principal::Role, switch::Kill};

use crate::policy::{Action, ResourceType};

/// What a permission is: a row of the table below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The name in the `OpenAPI` document and in refusals.
    pub name: &'static str,
    /// The least role that has it.
    pub least: Role,
    /// The class of route.
    pub class: RouteClass,
    /// What a policy has to deny to close it for somebody. Documents and runs have none: their verbs decide with the
    /// resource at hand. Policies have none, so that nobody can lock everybody out.
    pub gate: Option<(ResourceType, Action)>,
    /// What the plan of the tenant has to include.
    pub feature: Option<Feature>,
    /// The switch that stops what changes something under it, before anything is charged. Runs and searches look at the
    /// switches themselves.
    pub switch: Option<Kill>,
}

/// A permission as a type, so that a [`Caller`](crate::caller::Caller) of one cannot be used as a caller of another.
pub trait Permission: Send + Sync + 'static {
    /// The row of the table.
    const ENTRY: Entry;
}

macro_rules! gate {
    () => {
        None
    };
    ($kind:ident $action:ident) => {
        Some((ResourceType::$kind, Action::$action))
    };
}

macro_rules! feature {
    () => {
        None
    };
    ($feature:ident) => {
        Some(Feature::$feature)
    };
}

macro_rules! switch {
    () => {
        None
    };
    ($kill:ident) => {
        Some(Kill::$kill)
    };
}

macro_rules! permissions {
    ($($type:ident = $name:literal, $least:ident, $class:ident $(, $kind:ident $action:ident)? $(, for $feature:ident)?
        $(unless $kill:ident)?;)+) => {
        $(
            #[doc = concat!("`", $name, "`: at least ", stringify!($least), ", counted as ", stringify!($class), ".")]
            #[derive(Debug, Clone, Copy)]
            pub struct $type;
            impl Permission for $type {
                const ENTRY: Entry = Entry {
                    name: $name,
                    least: Role::$least,
                    class: RouteClass::$class,
                    gate: gate!($($kind $action)?),
                    feature: feature!($($feature)?),
                    switch: switch!($($kill)?),
                };
            }
        )+
        /// All permissions.
        pub const ALL: &[Entry] = &[$(<$type as Permission>::ENTRY,)+];
    };
}

permissions! {
    RunInvoke         = "run.invoke",           Reader, Run;
    CorpusRead        = "corpus.read",          Reader, Read, Corpus Read;
    CorpusSearch      = "corpus.search",        Reader, Run;
    CorpusCreate      = "corpus.create",        Editor, Mutation, Corpus Write;
    CorpusUpdate      = "corpus.update",        Editor, Mutation, Corpus Write;
    CorpusReindex     = "corpus.reindex",       Editor, Mutation, Corpus Write unless Ingest;
    CorpusDelete      = "corpus.delete",        Admin,  Mutation, Corpus Delete;
    DocumentRead      = "document.read",        Reader, Read;
    DocumentIngest    = "document.ingest",      Editor, Mutation unless Ingest;
    DocumentUpdate    = "document.update",      Editor, Mutation;
    DocumentReindex   = "document.reindex",     Editor, Mutation unless Ingest;
    DocumentDelete    = "document.delete",      Editor, Mutation;
    GrantRead         = "grant.read",           Admin,  Read, Admin Read;
    GrantManage       = "grant.manage",         Admin,  Mutation, Admin Manage;
    GroupRead         = "group.read",           Admin,  Read, Admin Read;
    GroupManage       = "group.manage",         Admin,  Mutation, Admin Manage;
    PolicyRead        = "policy.read",          Admin,  Read;
    PolicyManage      = "policy.manage",        Admin,  Mutation;
    PolicySimulate    = "policy.simulate",      Admin,  Read;
    PolicyManageGlobal = "policy.manage_global", Operator, Mutation;
    ApiKeyRead        = "api_key.read",         Admin,  Read, Admin Read;
    ApiKeyManage      = "api_key.manage",       Admin,  Mutation, Admin Manage;
    BudgetRead        = "budget.read",          Admin,  Read, Admin Read, for CostControls;
    BudgetManage      = "budget.manage",        Admin,  Mutation, Admin Manage, for CostControls;
    SpendRead         = "spend.read",           Admin,  Read, Admin Read, for CostVisibility;
    PricingRead       = "pricing.read",         Admin,  Read, Admin Read, for CostControls;
    PricingManage     = "pricing.manage",       Admin,  Mutation, Admin Manage, for CostControls;
    PricingManageGlobal = "pricing.manage_global", Operator, Mutation;
    ChargebackRead    = "chargeback.read",      Admin,  Read, Admin Read, for ChargebackReports;
    ChargebackGenerate = "chargeback.generate", Admin,  Mutation, Admin Manage, for ChargebackReports;
    AuditRead         = "audit.read",           Admin,  Ops, Audit Read, for AuditAccess;
    AuditKeyRead      = "audit.key.read",       Reader, Read;
    UiRead            = "ui.read",              Reader, Read;
    UiActivityRead    = "ui.activity.read",     Admin,  Read, Audit Read, for AuditAccess;
    RunReceiptRead    = "run.receipt.read",     Reader, Read;
    OpsView           = "ops.view",             Admin,  Ops, Ops Read, for OpsAdminAccess;
    SwitchRead        = "switch.read",          Operator, Ops;
    SwitchManage      = "switch.manage",        Operator, Mutation;
    PlanRead          = "plan.read",            Admin,  Read, Admin Read;
    PlanAskUpgrade    = "plan.ask_upgrade",     Admin,  Mutation, Admin Manage;
    PlanManage        = "plan.manage",          Operator, Mutation;
    QuotaRead         = "quota.read",           Admin,  Read, Admin Read;
    QuotaManage       = "quota.manage",         Operator, Mutation;
    UsageRead         = "usage.read",           Admin,  Read, Admin Read;
    BillingTest       = "billing.test",         Admin,  Mutation, Admin Manage, for BillingWebhookTest;
    SlaRead           = "sla.read",             Admin,  Read, Admin Read;
    SlaManage         = "sla.manage",           Admin,  Mutation, Admin Manage;
    SlaManageGlobal   = "sla.manage_global",    Operator, Mutation;
    TenantKeyRead     = "tenant_key.read",      Admin,  Read, Admin Read;
    KeyringRead       = "keyring.read",         Operator, Ops;
    KeyringManage     = "keyring.manage",       Operator, Mutation;
    TenantKeyRotate   = "tenant_key.rotate",    Admin,  Mutation, Admin Manage;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ALL.iter().map(|e| e.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
