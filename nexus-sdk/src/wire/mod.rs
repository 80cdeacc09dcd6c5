//! The JSON that clients send and receive, one file per noun.
//!
//! The server serves these very types, so client and server cannot drift. Request bodies refuse fields they do not
//! know; answers may gain fields in later versions and older clients ignore them. There is no backend here: a value
//! that does not parse is an error of [`serde_json`] and nothing else can fail.

mod api_key;
mod audit;
mod authz;
mod autoscaling;
mod chat;
mod corpus;
mod cost;
mod crypto;
mod distinct;
mod document;
mod dollars;
mod envelope;
mod error;
mod explain;
mod group;
mod health;
mod import;
mod keyring;
mod mcp;
mod ops;
mod patch;
mod plan;
mod policy;
mod quota;
mod rollout;
mod run;
mod search;
mod self_serve;
mod simulation;
mod sla;
mod ui;
mod words;

pub use api_key::{AdminKey, ApiKeyList, PatchApiKey};
pub use audit::{
    AuditCheckpoint, AuditEvent, AuditEventList, AuditKey, AuditOutcome, AuditProof, AuditPublicKey, RunReceipt,
};
pub use authz::{CreateGrant, CreateGrants, Grant, GrantList, PatchGrant, Permission, PrincipalType};
pub use autoscaling::{
    AutoscalingAction, AutoscalingActionList, AutoscalingDecision, AutoscalingProfile, AutoscalingProfileList,
    AutoscalingScope, AutoscalingVerb, CreateAutoscalingProfile, EvaluateAutoscaling, PatchAutoscalingProfile,
    SignalQuality,
};
pub use chat::{
    ChatAnnotation, ChatAnnotationType, ChatChoice, ChatCitation, ChatCompletion, ChatCompletionChunk,
    ChatCompletionObject, ChatCompletionRequest, ChatContent, ChatDelta, ChatError, ChatErrorBody, ChatFinish,
    ChatMessage, ChatMessageRole, ChatPart, ChatReply, ChatRole, ChatStreamOptions, ChatUsage, ChunkChoice,
    ChunkObject, Model, ModelList, ModelListObject, ModelObject,
};
pub use corpus::{Corpus, CorpusReindexed, CreateCorpus, PatchCorpus};
pub use cost::{
    BudgetSnapshot, BudgetStatus, ChargebackBreakdown, ChargebackList, ChargebackReport, CostBudget, CreatePrice,
    HardCapMode, PatchCostBudget, PatchPrice, Price, PriceList, RateType, SpendBreakdown, SpendPoint, SpendSeries,
    SpendSummary,
};
pub use crypto::{CryptoKey, CryptoKeys, KeyRotated, RotateKey, RotationFailure, RotationJob};
pub use document::{
    Document, DocumentAccepted, DocumentStatus, DocumentText, IngestSource, PatchDocument, ReindexRequest, TextDocument,
};
pub use dollars::Dollars;
pub use envelope::{API_VERSION, Envelope, Meta};
pub use error::{ErrorBody, ErrorEnvelope};
pub use explain::{Labels, ReadableDocument, ReadableList, Reader, ReaderList};
pub use group::{CreateGroup, Group};
pub use health::{CheckStatus, Health, Healthz, Readiness, ReadinessCheck, ReadinessStatus};
pub use import::{CreateImport, Import, ImportFailure, ImportStatus};
pub use keyring::{KeyPurpose, PlatformKey, PlatformKeyRotated, PlatformKeyStatus};
pub use mcp::{ToolAnswer, ToolAsk, ToolCorpora, ToolDocument, ToolGetDocument, ToolListCorpora, ToolSearch};
pub use ops::{OpsBreaker, OpsHealth, OpsStatus};
pub use plan::{AskUpgrade, AssignPlan, Entitlement, OverrideFeature, Plan, PlannedPlan, TenantPlan, UpgradeRequest};
pub use policy::{CreatePolicy, PatchPolicy, Policy, PolicyAction, PolicyEffect, PolicyList, PolicyResource};
pub use quota::{PatchQuota, Quota, QuotaPeriod, QuotaSnapshot, TenantUsage};
pub use rollout::{Canaries, KillSwitches, PatchCanaries, PatchKillSwitches, SwitchNote};
pub use run::{
    AudioReady, Citation, CostCapped, CostDegradeActions, CostNotice, DebugRetrieval, Done, EstimateMeta, Heartbeat,
    MessageFinal, RequestAccepted, ResumeUnsupported, RunEvent, RunEventData, RunRequest, SlaDegradeActions, SlaNotice,
    SlaShed, StreamError, TokenDelta, UnknownEvent,
};
pub use search::{SearchFilter, SearchRequest, SearchResults};
pub use self_serve::{
    CreateApiKey, CreatedApiKey, InactiveKey, InactiveKeyReport, IngestionCounts, RateLimitHits, RequestCounts,
    RequestsByClass, TenantKey, TenantKeyList, UsagePoint, UsageSummary, UsageTimeseries, WebhookTest,
};
pub use simulation::{
    DocumentDifference, SimulateDraftRequest, SimulateRequest, Simulation, SimulationAcl, SimulationDifference,
    SimulationStep,
};
pub use sla::{
    CreateSlaPolicy, PatchSlaAssignment, PatchSlaPolicy, SlaAssignment, SlaIncident, SlaIncidentList,
    SlaIncidentStatus, SlaMeasurement, SlaMeasurementList, SlaPolicy, SlaPolicyList, SlaRouteClass, SlaTier,
};
pub use ui::{
    UiAction, UiActivity, UiActivityFacets, UiActivityPage, UiAlert, UiApi, UiBootstrap, UiCard, UiChart, UiCharts,
    UiDashboard, UiDocument, UiDocumentFacets, UiDocumentPage, UiEntitlement, UiFacet, UiFeatureFlags, UiOptimistic,
    UiPageInfo, UiPatch, UiPlan, UiPrincipal, UiReindex,
};

/// A JSON object with free content, such as metadata or provider settings.
pub type Object = serde_json::Map<String, serde_json::Value>;
