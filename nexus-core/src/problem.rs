//! What went wrong, in a form that a client may see: a kind, a stable code and a public sentence.
//!
//! Library errors implement [`Problem`]. Causes stay in `source()` and in the log; only what [`Problem::message`] and
//! [`Problem::details`] return crosses the wire.

use std::{borrow::Cow, time::Duration};

/// The family of a problem. The HTTP shell maps it to a status, and nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request cannot be understood.
    Malformed,
    /// The request is understood and breaks a rule for its content.
    Invalid,
    /// Nobody, or nobody known, asks.
    Unauthenticated,
    /// A paid-for amount is used up.
    PaymentRequired,
    /// The caller may not do this.
    Forbidden,
    /// There is no such thing in the caller's tenant.
    NotFound,
    /// The state of the thing does not allow this now.
    Conflict,
    /// The request is larger than allowed.
    TooLarge,
    /// The content is of a type that is not read here.
    UnsupportedMedia,
    /// Too many requests.
    RateLimited,
    /// A service that this one depends on failed.
    Upstream,
    /// The platform cannot do this for now; trying again later may help.
    Unavailable,
    /// A defect or an unexpected failure of the platform.
    Internal,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)+) => {
        /// Every code that can appear in an error envelope or an error event. Codes are stable: clients switch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

codes! {
    /// The request cannot be understood.
    BadRequest = "BAD_REQUEST",
    /// A field does not have the documented form; `details.errors` names each.
    RequestValidation = "REQUEST_VALIDATION_ERROR",
    /// A chat completion asks for something that answers from documents do not do.
    ChatUnsupported = "CHAT_UNSUPPORTED",
    /// A value breaks a rule of its slice.
    Validation = "VALIDATION_ERROR",
    /// A body names a tenant; the tenant always comes from the credential.
    TenantIdNotAllowed = "TENANT_ID_NOT_ALLOWED",
    /// The body is larger than the limit.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE",
    /// The path exists, the method does not.
    MethodNotAllowed = "METHOD_NOT_ALLOWED",
    /// No such thing.
    NotFound = "NOT_FOUND",
    /// The state of the thing does not allow this.
    Conflict = "CONFLICT",
    /// The request took longer than allowed.
    RequestTimeout = "REQUEST_TIMEOUT",
    /// An unexpected failure.
    Internal = "INTERNAL_ERROR",
    /// The platform is not available.
    ServiceUnavailable = "SERVICE_UNAVAILABLE",
    /// The database failed.
    Db = "DB_ERROR",
    /// Row-level security refused a statement: a defect that was stopped.
    RlsGuard = "AUTHZ_RLS_GUARD_FAILED",

    /// No credential, or not a known one.
    AuthUnauthorized = "AUTH_UNAUTHORIZED",
    /// The key was revoked.
    AuthRevokedKey = "AUTH_REVOKED_KEY",
    /// The key has expired.
    AuthExpiredKey = "AUTH_EXPIRED_KEY",
    /// The key was not used for too long.
    AuthInactiveKey = "AUTH_INACTIVE_KEY",
    /// The role does not suffice.
    AuthForbidden = "AUTH_FORBIDDEN",
    /// The role named in a header is unknown.
    AuthInvalidRole = "AUTH_INVALID_ROLE",
    /// Credentials cannot be checked for now.
    AuthUnavailable = "AUTH_UNAVAILABLE",
    /// A document grant or policy denies this.
    AuthzDenied = "AUTHZ_DENIED",
    /// Policies cannot be read, so that nothing can be decided.
    AuthzUnavailable = "AUTHZ_UNAVAILABLE",
    /// No such grant.
    AuthzPermissionNotFound = "AUTHZ_PERMISSION_NOT_FOUND",
    /// A policy is too long or too deep.
    AuthzPolicyTooComplex = "AUTHZ_POLICY_TOO_COMPLEX",
    /// A policy is not of the language.
    AuthzPolicyInvalid = "AUTHZ_POLICY_INVALID",
    /// What is to be simulated cannot be.
    AuthzSimulationInvalid = "AUTHZ_SIMULATION_INVALID",

    /// A feature is switched off.
    FeatureTemporarilyDisabled = "FEATURE_TEMPORARILY_DISABLED",
    /// The plan of the tenant does not include the feature.
    FeatureNotEnabled = "FEATURE_NOT_ENABLED",
    /// The plan of the tenant does not include this view of costs, or this control over them.
    CostFeatureNotEnabled = "COST_FEATURE_NOT_ENABLED",
    /// All slots are taken.
    ServiceBusy = "SERVICE_BUSY",
    /// Too many requests; `details.retry_after_ms` says when to come again.
    RateLimited = "RATE_LIMITED",
    /// Rate limits cannot be checked, and nothing is let through without them.
    RateLimitUnavailable = "RATE_LIMIT_UNAVAILABLE",
    /// The `Idempotency-Key` is empty, too long or not printable.
    IdempotencyKeyInvalid = "IDEMPOTENCY_KEY_INVALID",
    /// The `Idempotency-Key` came with another request before.
    IdempotencyKeyConflict = "IDEMPOTENCY_KEY_CONFLICT",
    /// A request with this `Idempotency-Key` is still at work.
    IdempotencyInProgress = "IDEMPOTENCY_IN_PROGRESS",
    /// The units of a day or a month are used up.
    QuotaExceeded = "QUOTA_EXCEEDED",
    /// The tenant has as many active API keys as it may.
    KeyLimitReached = "KEY_LIMIT_REACHED",
    /// Nobody receives billing events.
    BillingWebhookNotConfigured = "BILLING_WEBHOOK_NOT_CONFIGURED",

    /// The request is refused to protect the service level.
    SlaShedLoad = "SLA_SHED_LOAD",
    /// A policy for service levels is not valid; `details.errors` names each place.
    SlaPolicyInvalid = "SLA_POLICY_INVALID",
    /// The tenant has no policy for service levels of its own.
    SlaAssignmentNotFound = "SLA_ASSIGNMENT_NOT_FOUND",
    /// A profile for autoscaling is not valid.
    SlaAutoscalingProfileInvalid = "SLA_AUTOSCALING_PROFILE_INVALID",
    /// The number of replicas was changed a moment ago.
    SlaAutoscalingCooldownActive = "SLA_AUTOSCALING_COOLDOWN_ACTIVE",
    /// What changes the number of replicas does not work.
    SlaAutoscalingExecutorUnavailable = "SLA_AUTOSCALING_EXECUTOR_UNAVAILABLE",

    /// The document cannot be ingested as it is.
    IngestValidation = "INGEST_VALIDATION_ERROR",
    /// The document is being processed.
    IngestInProgress = "INGEST_IN_PROGRESS",
    /// What an action is about is still busy with an earlier one.
    ActionConflict = "ACTION_CONFLICT",
    /// The source of the document is gone.
    IngestSourceMissing = "INGEST_SOURCE_MISSING",
    /// The job could not be enqueued.
    Queue = "QUEUE_ERROR",
    /// The content type is not read here.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE",
    /// The budget of the month is used up.
    CostBudgetExceeded = "COST_BUDGET_EXCEEDED",
    /// A budget that cannot hold.
    CostInvalidBudgetConfig = "COST_INVALID_BUDGET_CONFIG",
    /// A price that cannot be, or overlaps another.
    CostPricingInvalid = "COST_PRICING_INVALID",
    /// No price is active.
    CostPricingNotFound = "COST_PRICING_NOT_FOUND",
    /// A period that cannot be reported on.
    CostChargebackRangeInvalid = "COST_CHARGEBACK_RANGE_INVALID",
    /// No such report.
    CostChargebackReportNotFound = "COST_CHARGEBACK_REPORT_NOT_FOUND",
    /// A page position that this server did not give out.
    InvalidCursor = "INVALID_CURSOR",

    /// The corpus routes to a provider whose configuration does not serve.
    RetrievalConfigInvalid = "RETRIEVAL_CONFIG_INVALID",
    /// Retrieval failed.
    Retrieval = "RETRIEVAL_ERROR",
    /// A Bedrock knowledge base is not configured.
    AwsConfigMissing = "AWS_CONFIG_MISSING",
    /// Bedrock refused the credential of this server, or there is none.
    AwsAuth = "AWS_AUTH_ERROR",
    /// Bedrock failed.
    AwsRetrieval = "AWS_RETRIEVAL_ERROR",
    /// Vertex AI Search is not configured.
    VertexRetrievalConfigMissing = "VERTEX_RETRIEVAL_CONFIG_MISSING",
    /// Vertex AI Search refused the credential of this server, or there is none.
    VertexRetrievalAuth = "VERTEX_RETRIEVAL_AUTH_ERROR",
    /// Vertex AI Search failed.
    VertexRetrieval = "VERTEX_RETRIEVAL_ERROR",
    /// A circuit breaker is open.
    IntegrationUnavailable = "INTEGRATION_UNAVAILABLE",
    /// What has to be encrypted cannot be, because encryption is off.
    EncryptionRequired = "ENCRYPTION_REQUIRED",
    /// The service that keeps the keys of tenants does not answer.
    KmsUnavailable = "KMS_UNAVAILABLE",
    /// What is stored does not decrypt.
    DecryptionFailed = "DECRYPTION_FAILED",
    /// The version of the key is not one that may be used so.
    KeyNotActive = "KEY_NOT_ACTIVE",
    /// The keys of the tenant are being rotated.
    KeyRotationInProgress = "KEY_ROTATION_IN_PROGRESS",
    /// A rotation of keys did not come to its end.
    KeyRotationFailed = "KEY_ROTATION_FAILED",
    /// Keys of the platform need a master key that is not set.
    KeyringNotConfigured = "KEYRING_NOT_CONFIGURED",
    /// There is no source for keys of the platform on this installation.
    KeyringDisabled = "KEYRING_DISABLED",

    /// The embedding model is not configured.
    EmbeddingConfigMissing = "EMBEDDING_CONFIG_MISSING",
    /// The embedding endpoint refused the credential.
    EmbeddingAuth = "EMBEDDING_AUTH_ERROR",
    /// Embedding failed.
    Embedding = "EMBEDDING_ERROR",

    /// Vertex AI is not configured.
    VertexConfigMissing = "VERTEX_CONFIG_MISSING",
    /// Vertex AI refused the credential.
    VertexAuth = "VERTEX_AUTH_ERROR",
    /// Vertex AI did not answer in time.
    VertexTimeout = "VERTEX_TIMEOUT",
    /// Vertex AI failed.
    Vertex = "VERTEX_ERROR",
    /// The language model is not configured.
    LlmConfigMissing = "LLM_CONFIG_MISSING",
    /// The language model refused the credential.
    LlmAuth = "LLM_AUTH_ERROR",
    /// The language model did not answer in time.
    LlmTimeout = "LLM_TIMEOUT",
    /// The language model failed.
    Llm = "LLM_ERROR",

    /// The session belongs to another caller.
    SessionTenantMismatch = "SESSION_TENANT_MISMATCH",
    /// The client hung up and the run was stopped.
    RunCancelled = "RUN_CANCELLED",
    /// A cited document may no longer be read by the caller.
    AccessRevoked = "ACCESS_REVOKED",

    /// Speech is not configured.
    TtsConfigMissing = "TTS_CONFIG_MISSING",
    /// The speech endpoint refused the credential.
    TtsAuth = "TTS_AUTH_ERROR",
    /// Speech failed.
    Tts = "TTS_ERROR",
    /// An unexpected failure inside a stream.
    Unknown = "UNKNOWN_ERROR",
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error with a public face.
pub trait Problem: std::error::Error {
    /// The family, which decides the status.
    fn kind(&self) -> Kind;
    /// The stable code.
    fn code(&self) -> Code;
    /// One sentence that a client may read.
    fn message(&self) -> Cow<'static, str>;
    /// Facts for programs, such as which field is wrong.
    fn details(&self) -> Option<serde_json::Value> {
        None
    }
    /// When trying again makes sense.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_shouted() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert!(texts.iter().all(|t| t.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')));
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
