//! What can happen, by name. Names are stable: auditors and dashboards search for them.

macro_rules! event_types {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// Every event that the platform records.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType { $($(#[$doc])* $variant,)+ }

        impl EventType {
            /// All types.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the log.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

event_types! {
    /// An administrator looked at the audit log.
    AuditViewed = "audit.viewed",
    /// An administrator took the audit log away, to check it elsewhere.
    AuditExported = "audit.exported",
    /// A credential was accepted.
    AuthAccessSuccess = "auth.access.success",
    /// A credential was refused, or there was none.
    AuthAccessFailure = "auth.access.failure",
    /// An API key was made.
    AuthApiKeyCreated = "auth.api_key.created",
    /// An API key was changed.
    AuthApiKeyUpdated = "auth.api_key.updated",
    /// An API key was replaced by a new secret.
    AuthApiKeyRotated = "auth.api_key.rotated",
    /// An API key was revoked.
    AuthApiKeyRevoked = "auth.api_key.revoked",
    /// An API key was presented after its end.
    AuthApiKeyExpired = "auth.api_key.expired",
    /// The user of an API key was switched off.
    AuthApiKeyDeactivated = "auth.api_key.deactivated",
    /// The user of an API key was switched on again.
    AuthApiKeyReactivated = "auth.api_key.reactivated",
    /// The role did not suffice.
    RbacForbidden = "rbac.forbidden",
    /// Policies were asked and allowed something; a sample is recorded.
    AuthzPolicyEvaluate = "authz.policy.evaluate",
    /// A policy, or the absence of one, denied something.
    AuthzPolicyDenied = "authz.policy.denied",
    /// A policy or the grants of a document denied access.
    AuthzAccessDenied = "authz.access.denied",
    /// Passages of a remote provider were dropped because the caller may not read them.
    AuthzRetrievalDropped = "authz.retrieval.dropped",
    /// A right on a document was granted.
    AuthzPermissionGranted = "authz.permission.granted",
    /// The end of a right on a document or a corpus was moved.
    AuthzPermissionUpdated = "authz.permission.updated",
    /// A right on a document was taken away.
    AuthzPermissionRevoked = "authz.permission.revoked",
    /// A policy was made.
    AuthzPolicyCreated = "authz.policy.created",
    /// A policy was changed.
    AuthzPolicyUpdated = "authz.policy.updated",
    /// A policy was switched on.
    AuthzPolicyEnabled = "authz.policy.enabled",
    /// A policy was switched off.
    AuthzPolicyDisabled = "authz.policy.disabled",
    /// A policy was deleted.
    AuthzPolicyDeleted = "authz.policy.deleted",
    /// An administrator asked what policies would decide.
    AuthzSimulationRun = "authz.simulation.run",
    /// A group was made.
    GroupCreated = "group.created",
    /// A group was deleted.
    GroupDeleted = "group.deleted",
    /// A user came into a group.
    GroupMemberAdded = "group.member_added",
    /// A user was taken out of a group.
    GroupMemberRemoved = "group.member_removed",
    /// What one request used was put on the account of the month.
    CostEventRecorded = "cost.event.recorded",
    /// Something was used that has no price.
    CostMeteringDegraded = "cost.metering.degraded",
    /// The budget of a tenant was changed.
    CostBudgetUpdated = "cost.budget.updated",
    /// A price was made, ended or switched off.
    CostPricingUpdated = "cost.pricing.updated",
    /// A budget began to warn.
    CostWarnTriggered = "cost.warn.triggered",
    /// A budget began to refuse.
    CostCapTriggered = "cost.cap.triggered",
    /// A budget began to make runs do less.
    CostDegradeApplied = "cost.degrade.applied",
    /// A report of what a period cost was made.
    CostChargebackGenerated = "cost.chargeback.generated",
    /// A tenant was made.
    TenantCreated = "tenant.created",
    /// A corpus was made.
    CorporaCreated = "corpora.created",
    /// A corpus was changed.
    CorporaUpdated = "corpora.updated",
    /// A corpus was deleted.
    CorporaDeleted = "corpora.deleted",
    /// Passages were looked for.
    CorporaSearched = "corpora.searched",
    /// A document was accepted for ingestion.
    DocumentsIngestEnqueued = "documents.ingest.enqueued",
    /// A document was queued for ingestion again.
    DocumentsReindexEnqueued = "documents.reindex.enqueued",
    /// The description of a document was changed.
    DocumentsUpdated = "documents.updated",
    /// A document was deleted.
    DocumentsDeleted = "documents.deleted",
    /// A question was asked.
    RunInvoked = "run.invoked",
    /// An answer was given; what it rests on.
    RunReceipt = "run.receipt",
    /// An operator moved a switch that governs all tenants.
    OpsSwitchSet = "ops.switch.set",
    /// A tenant was given a plan.
    PlanAssigned = "plan.assigned",
    /// A feature was decided for one tenant, in place of its plan.
    PlanFeatureOverridden = "plan.feature.overridden",
    /// A tenant asked for a larger plan.
    PlanUpgradeRequested = "plan.upgrade_requested",
    /// An administrator looked at the plan of the tenant.
    SelfservePlanViewed = "selfserve.plan.viewed",
    /// The limits of a tenant were changed.
    QuotaLimitsUpdated = "quota.limits.updated",
    /// So much of a limit is used that its tenant should know; told once in a period.
    QuotaSoftCapReached = "quota.soft_cap_reached",
    /// A request was refused because a limit is used up; told once in a period.
    QuotaHardCapBlocked = "quota.hard_cap_blocked",
    /// More than a limit was used, which only tells; told once in a period.
    QuotaOverageObserved = "quota.overage_observed",
    /// What a request used of its quota; a sample is recorded.
    BillingUsageRecorded = "billing.usage_recorded",
    /// A billing event could not be delivered.
    BillingWebhookFailure = "billing.webhook.failure",
    /// An administrator made an API key.
    SelfserveApiKeyCreated = "selfserve.api_key.created",
    /// An administrator revoked an API key.
    SelfserveApiKeyRevoked = "selfserve.api_key.revoked",
    /// An administrator looked at the API keys.
    SelfserveApiKeyListed = "selfserve.api_key.listed",
    /// An administrator looked for API keys that nobody uses.
    SelfserveApiKeyInactiveReported = "selfserve.api_key.inactive_reported",
    /// An administrator looked at what the tenant uses.
    SelfserveUsageViewed = "selfserve.usage.viewed",
    /// An administrator tried whether billing events arrive.
    SelfserveBillingWebhookTested = "selfserve.billing_webhook_tested",
    /// A policy for service levels was made.
    SlaPolicyCreated = "sla.policy.created",
    /// A policy for service levels was changed.
    SlaPolicyUpdated = "sla.policy.updated",
    /// A policy for service levels was switched on.
    SlaPolicyEnabled = "sla.policy.enabled",
    /// A policy for service levels was switched off.
    SlaPolicyDisabled = "sla.policy.disabled",
    /// Another policy for service levels counts for a tenant.
    SlaAssignmentUpdated = "sla.assignment.updated",
    /// A service level is not kept.
    SlaBreachDetected = "sla.breach.detected",
    /// An incident of a service level opened.
    SlaIncidentOpened = "sla.incident.opened",
    /// An incident of a service level became worse, or another one.
    SlaIncidentUpdated = "sla.incident.updated",
    /// An incident of a service level is over.
    SlaIncidentResolved = "sla.incident.resolved",
    /// Because of a breach, callers are told from now on.
    SlaEnforcementWarned = "sla.enforcement.warned",
    /// Because of a breach, runs do less from now on.
    SlaEnforcementDegraded = "sla.enforcement.degraded",
    /// Because of a breach, requests are refused from now on.
    SlaEnforcementShed = "sla.enforcement.shed",
    /// Service levels cannot be judged as they should.
    SlaSignalDegraded = "sla.signal.degraded",
    /// A profile for autoscaling was made.
    SlaAutoscalingProfileCreated = "sla.autoscaling.profile.created",
    /// A profile for autoscaling was changed.
    SlaAutoscalingProfileUpdated = "sla.autoscaling.profile.updated",
    /// A number of replicas was recommended.
    SlaAutoscalingRecommended = "sla.autoscaling.recommended",
    /// A number of replicas was asked for, or would have been.
    SlaAutoscalingApplied = "sla.autoscaling.applied",
    /// An operator looked at the state of the platform.
    OpsViewed = "ops.viewed",
    /// A rate limit began to refuse requests; told once a minute for each bucket.
    SecurityRateLimited = "security.rate_limited",
    /// A key of the platform was made, in the place of the one before it.
    SecurityKeyringRotated = "security.keyring.rotated",
    /// A key of the platform ended.
    SecurityKeyringRetired = "security.keyring.retired",
    /// Rate limits are not shared with other replicas for now.
    SystemRateLimitDegraded = "system.rate_limit.degraded",
    /// A circuit breaker lets no calls through any more.
    SystemCircuitBreakerOpen = "system.circuit_breaker.open",
    /// A circuit breaker lets trials through.
    SystemCircuitBreakerHalfOpen = "system.circuit_breaker.half_open",
    /// A circuit breaker lets all calls through again.
    SystemCircuitBreakerClosed = "system.circuit_breaker.closed",
    /// A version of a tenant's key was made.
    CryptoKeyCreated = "crypto.key.created",
    /// A version of a tenant's key began to seal.
    CryptoKeyActivated = "crypto.key.activated",
    /// A version of a tenant's key ended.
    CryptoKeyRetired = "crypto.key.retired",
    /// A rotation of a tenant's key began.
    CryptoRotationStarted = "crypto.rotation.started",
    /// A rotation came some way.
    CryptoRotationProgress = "crypto.rotation.progress",
    /// A rotation came to its end.
    CryptoRotationCompleted = "crypto.rotation.completed",
    /// A rotation was given up, or left something behind.
    CryptoRotationFailed = "crypto.rotation.failed",
    /// Something failed that should not.
    SystemError = "system.error",
}

impl std::fmt::Display for EventType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_words_joined_by_dots() {
        let mut names: Vec<_> = EventType::ALL.iter().map(|t| t.as_str()).collect();
        let plain =
            |name: &&str| name.contains('.') && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_');
        assert!(names.iter().all(plain));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EventType::ALL.len());
    }
}
