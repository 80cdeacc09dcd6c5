"""Contains all the data models used in inputs/outputs"""

from .admin_key import AdminKey
from .api_key_list import ApiKeyList
from .ask_upgrade import AskUpgrade
from .assign_plan import AssignPlan
from .audio_ready import AudioReady
from .audit_checkpoint import AuditCheckpoint
from .audit_event import AuditEvent
from .audit_event_list import AuditEventList
from .audit_event_metadata_json import AuditEventMetadataJson
from .audit_key import AuditKey
from .audit_outcome import AuditOutcome
from .audit_proof import AuditProof
from .audit_public_key import AuditPublicKey
from .autoscaling_action import AutoscalingAction
from .autoscaling_action_list import AutoscalingActionList
from .autoscaling_decision import AutoscalingDecision
from .autoscaling_profile import AutoscalingProfile
from .autoscaling_profile_list import AutoscalingProfileList
from .autoscaling_scope import AutoscalingScope
from .autoscaling_verb import AutoscalingVerb
from .budget_snapshot import BudgetSnapshot
from .budget_status import BudgetStatus
from .canaries import Canaries
from .canaries_canary_percentages import CanariesCanaryPercentages
from .canaries_notes import CanariesNotes
from .chargeback_breakdown import ChargebackBreakdown
from .chargeback_breakdown_component import ChargebackBreakdownComponent
from .chargeback_breakdown_provider import ChargebackBreakdownProvider
from .chargeback_breakdown_route_class import ChargebackBreakdownRouteClass
from .chargeback_list import ChargebackList
from .chargeback_report import ChargebackReport
from .chat_annotation import ChatAnnotation
from .chat_annotation_type import ChatAnnotationType
from .chat_choice import ChatChoice
from .chat_choice_logprobs_type_0 import ChatChoiceLogprobsType0
from .chat_citation import ChatCitation
from .chat_completion import ChatCompletion
from .chat_completion_chunk import ChatCompletionChunk
from .chat_completion_object import ChatCompletionObject
from .chat_completion_request import ChatCompletionRequest
from .chat_delta import ChatDelta
from .chat_error import ChatError
from .chat_error_body import ChatErrorBody
from .chat_error_body_details_type_0 import ChatErrorBodyDetailsType0
from .chat_finish import ChatFinish
from .chat_message import ChatMessage
from .chat_message_role import ChatMessageRole
from .chat_part import ChatPart
from .chat_reply import ChatReply
from .chat_role import ChatRole
from .chat_stream_options import ChatStreamOptions
from .chat_usage import ChatUsage
from .check_status import CheckStatus
from .chunk_choice import ChunkChoice
from .chunk_choice_logprobs_type_0 import ChunkChoiceLogprobsType0
from .chunk_object import ChunkObject
from .citation import Citation
from .citation_metadata import CitationMetadata
from .corpus import Corpus
from .corpus_provider_config_json import CorpusProviderConfigJson
from .corpus_reindexed import CorpusReindexed
from .cost_budget import CostBudget
from .cost_capped import CostCapped
from .cost_degrade_actions import CostDegradeActions
from .cost_notice import CostNotice
from .create_api_key import CreateApiKey
from .create_autoscaling_profile import CreateAutoscalingProfile
from .create_corpus import CreateCorpus
from .create_corpus_provider_config_json_type_0 import CreateCorpusProviderConfigJsonType0
from .create_grant import CreateGrant
from .create_grants import CreateGrants
from .create_group import CreateGroup
from .create_import import CreateImport
from .create_policy import CreatePolicy
from .create_policy_condition_json_type_0 import CreatePolicyConditionJsonType0
from .create_price import CreatePrice
from .create_price_metadata_json_type_0 import CreatePriceMetadataJsonType0
from .create_sla_policy import CreateSlaPolicy
from .create_sla_policy_config_json import CreateSlaPolicyConfigJson
from .created_api_key import CreatedApiKey
from .crypto_key import CryptoKey
from .crypto_keys import CryptoKeys
from .debug_retrieval import DebugRetrieval
from .document import Document
from .document_accepted import DocumentAccepted
from .document_difference import DocumentDifference
from .document_labels import DocumentLabels
from .document_metadata_json import DocumentMetadataJson
from .document_status import DocumentStatus
from .document_text import DocumentText
from .done import Done
from .entitlement import Entitlement
from .entitlement_config_json_type_0 import EntitlementConfigJsonType0
from .envelope_admin_key import EnvelopeAdminKey
from .envelope_api_key_list import EnvelopeApiKeyList
from .envelope_audit_event import EnvelopeAuditEvent
from .envelope_audit_event_list import EnvelopeAuditEventList
from .envelope_audit_key import EnvelopeAuditKey
from .envelope_autoscaling_action_list import EnvelopeAutoscalingActionList
from .envelope_autoscaling_decision import EnvelopeAutoscalingDecision
from .envelope_autoscaling_profile import EnvelopeAutoscalingProfile
from .envelope_autoscaling_profile_list import EnvelopeAutoscalingProfileList
from .envelope_canaries import EnvelopeCanaries
from .envelope_chargeback_list import EnvelopeChargebackList
from .envelope_chargeback_report import EnvelopeChargebackReport
from .envelope_corpus import EnvelopeCorpus
from .envelope_corpus_reindexed import EnvelopeCorpusReindexed
from .envelope_cost_budget import EnvelopeCostBudget
from .envelope_created_api_key import EnvelopeCreatedApiKey
from .envelope_crypto_keys import EnvelopeCryptoKeys
from .envelope_document import EnvelopeDocument
from .envelope_document_accepted import EnvelopeDocumentAccepted
from .envelope_document_text import EnvelopeDocumentText
from .envelope_grant import EnvelopeGrant
from .envelope_grant_list import EnvelopeGrantList
from .envelope_group import EnvelopeGroup
from .envelope_health import EnvelopeHealth
from .envelope_import import EnvelopeImport
from .envelope_inactive_key_report import EnvelopeInactiveKeyReport
from .envelope_key_rotated import EnvelopeKeyRotated
from .envelope_kill_switches import EnvelopeKillSwitches
from .envelope_labels import EnvelopeLabels
from .envelope_ops_health import EnvelopeOpsHealth
from .envelope_platform_key import EnvelopePlatformKey
from .envelope_platform_key_rotated import EnvelopePlatformKeyRotated
from .envelope_policy import EnvelopePolicy
from .envelope_policy_list import EnvelopePolicyList
from .envelope_price import EnvelopePrice
from .envelope_price_list import EnvelopePriceList
from .envelope_quota import EnvelopeQuota
from .envelope_readable_list import EnvelopeReadableList
from .envelope_reader_list import EnvelopeReaderList
from .envelope_readiness import EnvelopeReadiness
from .envelope_rotation_job import EnvelopeRotationJob
from .envelope_run_receipt import EnvelopeRunReceipt
from .envelope_search_results import EnvelopeSearchResults
from .envelope_simulation import EnvelopeSimulation
from .envelope_sla_assignment import EnvelopeSlaAssignment
from .envelope_sla_incident import EnvelopeSlaIncident
from .envelope_sla_incident_list import EnvelopeSlaIncidentList
from .envelope_sla_measurement_list import EnvelopeSlaMeasurementList
from .envelope_sla_policy import EnvelopeSlaPolicy
from .envelope_sla_policy_list import EnvelopeSlaPolicyList
from .envelope_spend_breakdown import EnvelopeSpendBreakdown
from .envelope_spend_series import EnvelopeSpendSeries
from .envelope_spend_summary import EnvelopeSpendSummary
from .envelope_tenant_key import EnvelopeTenantKey
from .envelope_tenant_key_list import EnvelopeTenantKeyList
from .envelope_tenant_plan import EnvelopeTenantPlan
from .envelope_tenant_usage import EnvelopeTenantUsage
from .envelope_ui_action import EnvelopeUiAction
from .envelope_ui_activity_page import EnvelopeUiActivityPage
from .envelope_ui_bootstrap import EnvelopeUiBootstrap
from .envelope_ui_dashboard import EnvelopeUiDashboard
from .envelope_ui_document_page import EnvelopeUiDocumentPage
from .envelope_upgrade_request import EnvelopeUpgradeRequest
from .envelope_usage_summary import EnvelopeUsageSummary
from .envelope_usage_timeseries import EnvelopeUsageTimeseries
from .envelope_vec_corpus import EnvelopeVecCorpus
from .envelope_vec_document import EnvelopeVecDocument
from .envelope_vec_group import EnvelopeVecGroup
from .envelope_vec_plan import EnvelopeVecPlan
from .envelope_vec_platform_key import EnvelopeVecPlatformKey
from .envelope_webhook_test import EnvelopeWebhookTest
from .error_body import ErrorBody
from .error_body_details_type_0 import ErrorBodyDetailsType0
from .error_envelope import ErrorEnvelope
from .estimate_meta import EstimateMeta
from .evaluate_autoscaling import EvaluateAutoscaling
from .get_spend_breakdown_by import GetSpendBreakdownBy
from .get_spend_breakdown_period import GetSpendBreakdownPeriod
from .get_spend_summary_period import GetSpendSummaryPeriod
from .get_spend_timeseries_granularity import GetSpendTimeseriesGranularity
from .get_tenant_spend_breakdown_by import GetTenantSpendBreakdownBy
from .get_tenant_spend_breakdown_period import GetTenantSpendBreakdownPeriod
from .get_tenant_spend_summary_period import GetTenantSpendSummaryPeriod
from .get_tenant_spend_timeseries_granularity import GetTenantSpendTimeseriesGranularity
from .grant import Grant
from .grant_list import GrantList
from .group import Group
from .hard_cap_mode import HardCapMode
from .health import Health
from .healthz import Healthz
from .import_ import Import
from .import_failure import ImportFailure
from .import_status import ImportStatus
from .inactive_key import InactiveKey
from .inactive_key_report import InactiveKeyReport
from .ingest_source import IngestSource
from .ingestion_counts import IngestionCounts
from .key_purpose import KeyPurpose
from .key_rotated import KeyRotated
from .kill_switches import KillSwitches
from .kill_switches_kill_switches import KillSwitchesKillSwitches
from .kill_switches_notes import KillSwitchesNotes
from .labels import Labels
from .labels_labels import LabelsLabels
from .list_sla_measurements_window import ListSlaMeasurementsWindow
from .message_final import MessageFinal
from .meta import Meta
from .model import Model
from .model_list import ModelList
from .model_list_object import ModelListObject
from .model_object import ModelObject
from .ops_breaker import OpsBreaker
from .ops_health import OpsHealth
from .ops_health_circuit_breaker_state import OpsHealthCircuitBreakerState
from .ops_status import OpsStatus
from .override_feature import OverrideFeature
from .override_feature_config_json_type_0 import OverrideFeatureConfigJsonType0
from .patch_api_key import PatchApiKey
from .patch_autoscaling_profile import PatchAutoscalingProfile
from .patch_canaries import PatchCanaries
from .patch_canaries_canary_percentages import PatchCanariesCanaryPercentages
from .patch_corpus import PatchCorpus
from .patch_corpus_provider_config_json_type_0 import PatchCorpusProviderConfigJsonType0
from .patch_cost_budget import PatchCostBudget
from .patch_document import PatchDocument
from .patch_document_labels_type_0 import PatchDocumentLabelsType0
from .patch_document_metadata_json_type_0 import PatchDocumentMetadataJsonType0
from .patch_grant import PatchGrant
from .patch_kill_switches import PatchKillSwitches
from .patch_kill_switches_kill_switches import PatchKillSwitchesKillSwitches
from .patch_policy import PatchPolicy
from .patch_policy_condition_json import PatchPolicyConditionJson
from .patch_price import PatchPrice
from .patch_quota import PatchQuota
from .patch_sla_assignment import PatchSlaAssignment
from .patch_sla_assignment_override_json_type_0 import PatchSlaAssignmentOverrideJsonType0
from .patch_sla_policy import PatchSlaPolicy
from .patch_sla_policy_config_json_type_0 import PatchSlaPolicyConfigJsonType0
from .permission import Permission
from .plan import Plan
from .planned_plan import PlannedPlan
from .platform_key import PlatformKey
from .platform_key_rotated import PlatformKeyRotated
from .platform_key_status import PlatformKeyStatus
from .policy import Policy
from .policy_action import PolicyAction
from .policy_condition_json import PolicyConditionJson
from .policy_effect import PolicyEffect
from .policy_list import PolicyList
from .policy_resource import PolicyResource
from .price import Price
from .price_list import PriceList
from .price_metadata_json_type_0 import PriceMetadataJsonType0
from .principal_type import PrincipalType
from .quota import Quota
from .quota_period import QuotaPeriod
from .quota_snapshot import QuotaSnapshot
from .rate_limit_hits import RateLimitHits
from .rate_type import RateType
from .readable_document import ReadableDocument
from .readable_list import ReadableList
from .reader import Reader
from .reader_list import ReaderList
from .readiness import Readiness
from .readiness_check import ReadinessCheck
from .readiness_status import ReadinessStatus
from .reindex_request import ReindexRequest
from .request_accepted import RequestAccepted
from .request_counts import RequestCounts
from .requests_by_class import RequestsByClass
from .resume_unsupported import ResumeUnsupported
from .rotate_key import RotateKey
from .rotation_failure import RotationFailure
from .rotation_job import RotationJob
from .run_receipt import RunReceipt
from .run_receipt_event import RunReceiptEvent
from .run_request import RunRequest
from .search_filter import SearchFilter
from .search_filter_labels import SearchFilterLabels
from .search_filter_metadata import SearchFilterMetadata
from .search_request import SearchRequest
from .search_results import SearchResults
from .signal_quality import SignalQuality
from .simulate_draft_request import SimulateDraftRequest
from .simulate_draft_request_context_type_0 import SimulateDraftRequestContextType0
from .simulate_draft_request_principal_type_0 import SimulateDraftRequestPrincipalType0
from .simulate_draft_request_request_type_0 import SimulateDraftRequestRequestType0
from .simulate_draft_request_resource_type_0 import SimulateDraftRequestResourceType0
from .simulate_request import SimulateRequest
from .simulate_request_context_type_0 import SimulateRequestContextType0
from .simulate_request_principal_type_0 import SimulateRequestPrincipalType0
from .simulate_request_request_type_0 import SimulateRequestRequestType0
from .simulate_request_resource_type_0 import SimulateRequestResourceType0
from .simulation import Simulation
from .simulation_acl import SimulationAcl
from .simulation_difference import SimulationDifference
from .simulation_step import SimulationStep
from .sla_assignment import SlaAssignment
from .sla_assignment_override_json_type_0 import SlaAssignmentOverrideJsonType0
from .sla_degrade_actions import SlaDegradeActions
from .sla_incident import SlaIncident
from .sla_incident_list import SlaIncidentList
from .sla_incident_status import SlaIncidentStatus
from .sla_measurement import SlaMeasurement
from .sla_measurement_list import SlaMeasurementList
from .sla_notice import SlaNotice
from .sla_policy import SlaPolicy
from .sla_policy_config_json import SlaPolicyConfigJson
from .sla_policy_list import SlaPolicyList
from .sla_route_class import SlaRouteClass
from .sla_shed import SlaShed
from .sla_tier import SlaTier
from .spend_breakdown import SpendBreakdown
from .spend_breakdown_breakdown import SpendBreakdownBreakdown
from .spend_point import SpendPoint
from .spend_series import SpendSeries
from .spend_summary import SpendSummary
from .spend_summary_by_component import SpendSummaryByComponent
from .spend_summary_by_provider import SpendSummaryByProvider
from .spend_summary_by_route_class import SpendSummaryByRouteClass
from .stream_error import StreamError
from .switch_note import SwitchNote
from .tenant_key import TenantKey
from .tenant_key_list import TenantKeyList
from .tenant_plan import TenantPlan
from .tenant_usage import TenantUsage
from .text_document import TextDocument
from .text_document_metadata_json_type_0 import TextDocumentMetadataJsonType0
from .token_delta import TokenDelta
from .ui_action import UiAction
from .ui_activity import UiActivity
from .ui_activity_facets import UiActivityFacets
from .ui_activity_page import UiActivityPage
from .ui_alert import UiAlert
from .ui_api import UiApi
from .ui_bootstrap import UiBootstrap
from .ui_bootstrap_entitlements import UiBootstrapEntitlements
from .ui_card import UiCard
from .ui_chart import UiChart
from .ui_charts import UiCharts
from .ui_dashboard import UiDashboard
from .ui_document import UiDocument
from .ui_document_facets import UiDocumentFacets
from .ui_document_page import UiDocumentPage
from .ui_entitlement import UiEntitlement
from .ui_entitlement_config_json_type_0 import UiEntitlementConfigJsonType0
from .ui_facet import UiFacet
from .ui_feature_flags import UiFeatureFlags
from .ui_optimistic import UiOptimistic
from .ui_page_info import UiPageInfo
from .ui_patch import UiPatch
from .ui_plan import UiPlan
from .ui_principal import UiPrincipal
from .ui_reindex import UiReindex
from .upgrade_request import UpgradeRequest
from .upload_form import UploadForm
from .usage_point import UsagePoint
from .usage_summary import UsageSummary
from .usage_timeseries import UsageTimeseries
from .webhook_test import WebhookTest

__all__ = (
    "AdminKey",
    "ApiKeyList",
    "AskUpgrade",
    "AssignPlan",
    "AudioReady",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditEventList",
    "AuditEventMetadataJson",
    "AuditKey",
    "AuditOutcome",
    "AuditProof",
    "AuditPublicKey",
    "AutoscalingAction",
    "AutoscalingActionList",
    "AutoscalingDecision",
    "AutoscalingProfile",
    "AutoscalingProfileList",
    "AutoscalingScope",
    "AutoscalingVerb",
    "BudgetSnapshot",
    "BudgetStatus",
    "Canaries",
    "CanariesCanaryPercentages",
    "CanariesNotes",
    "ChargebackBreakdown",
    "ChargebackBreakdownComponent",
    "ChargebackBreakdownProvider",
    "ChargebackBreakdownRouteClass",
    "ChargebackList",
    "ChargebackReport",
    "ChatAnnotation",
    "ChatAnnotationType",
    "ChatChoice",
    "ChatChoiceLogprobsType0",
    "ChatCitation",
    "ChatCompletion",
    "ChatCompletionChunk",
    "ChatCompletionObject",
    "ChatCompletionRequest",
    "ChatDelta",
    "ChatError",
    "ChatErrorBody",
    "ChatErrorBodyDetailsType0",
    "ChatFinish",
    "ChatMessage",
    "ChatMessageRole",
    "ChatPart",
    "ChatReply",
    "ChatRole",
    "ChatStreamOptions",
    "ChatUsage",
    "CheckStatus",
    "ChunkChoice",
    "ChunkChoiceLogprobsType0",
    "ChunkObject",
    "Citation",
    "CitationMetadata",
    "Corpus",
    "CorpusProviderConfigJson",
    "CorpusReindexed",
    "CostBudget",
    "CostCapped",
    "CostDegradeActions",
    "CostNotice",
    "CreateApiKey",
    "CreateAutoscalingProfile",
    "CreateCorpus",
    "CreateCorpusProviderConfigJsonType0",
    "CreatedApiKey",
    "CreateGrant",
    "CreateGrants",
    "CreateGroup",
    "CreateImport",
    "CreatePolicy",
    "CreatePolicyConditionJsonType0",
    "CreatePrice",
    "CreatePriceMetadataJsonType0",
    "CreateSlaPolicy",
    "CreateSlaPolicyConfigJson",
    "CryptoKey",
    "CryptoKeys",
    "DebugRetrieval",
    "Document",
    "DocumentAccepted",
    "DocumentDifference",
    "DocumentLabels",
    "DocumentMetadataJson",
    "DocumentStatus",
    "DocumentText",
    "Done",
    "Entitlement",
    "EntitlementConfigJsonType0",
    "EnvelopeAdminKey",
    "EnvelopeApiKeyList",
    "EnvelopeAuditEvent",
    "EnvelopeAuditEventList",
    "EnvelopeAuditKey",
    "EnvelopeAutoscalingActionList",
    "EnvelopeAutoscalingDecision",
    "EnvelopeAutoscalingProfile",
    "EnvelopeAutoscalingProfileList",
    "EnvelopeCanaries",
    "EnvelopeChargebackList",
    "EnvelopeChargebackReport",
    "EnvelopeCorpus",
    "EnvelopeCorpusReindexed",
    "EnvelopeCostBudget",
    "EnvelopeCreatedApiKey",
    "EnvelopeCryptoKeys",
    "EnvelopeDocument",
    "EnvelopeDocumentAccepted",
    "EnvelopeDocumentText",
    "EnvelopeGrant",
    "EnvelopeGrantList",
    "EnvelopeGroup",
    "EnvelopeHealth",
    "EnvelopeImport",
    "EnvelopeInactiveKeyReport",
    "EnvelopeKeyRotated",
    "EnvelopeKillSwitches",
    "EnvelopeLabels",
    "EnvelopeOpsHealth",
    "EnvelopePlatformKey",
    "EnvelopePlatformKeyRotated",
    "EnvelopePolicy",
    "EnvelopePolicyList",
    "EnvelopePrice",
    "EnvelopePriceList",
    "EnvelopeQuota",
    "EnvelopeReadableList",
    "EnvelopeReaderList",
    "EnvelopeReadiness",
    "EnvelopeRotationJob",
    "EnvelopeRunReceipt",
    "EnvelopeSearchResults",
    "EnvelopeSimulation",
    "EnvelopeSlaAssignment",
    "EnvelopeSlaIncident",
    "EnvelopeSlaIncidentList",
    "EnvelopeSlaMeasurementList",
    "EnvelopeSlaPolicy",
    "EnvelopeSlaPolicyList",
    "EnvelopeSpendBreakdown",
    "EnvelopeSpendSeries",
    "EnvelopeSpendSummary",
    "EnvelopeTenantKey",
    "EnvelopeTenantKeyList",
    "EnvelopeTenantPlan",
    "EnvelopeTenantUsage",
    "EnvelopeUiAction",
    "EnvelopeUiActivityPage",
    "EnvelopeUiBootstrap",
    "EnvelopeUiDashboard",
    "EnvelopeUiDocumentPage",
    "EnvelopeUpgradeRequest",
    "EnvelopeUsageSummary",
    "EnvelopeUsageTimeseries",
    "EnvelopeVecCorpus",
    "EnvelopeVecDocument",
    "EnvelopeVecGroup",
    "EnvelopeVecPlan",
    "EnvelopeVecPlatformKey",
    "EnvelopeWebhookTest",
    "ErrorBody",
    "ErrorBodyDetailsType0",
    "ErrorEnvelope",
    "EstimateMeta",
    "EvaluateAutoscaling",
    "GetSpendBreakdownBy",
    "GetSpendBreakdownPeriod",
    "GetSpendSummaryPeriod",
    "GetSpendTimeseriesGranularity",
    "GetTenantSpendBreakdownBy",
    "GetTenantSpendBreakdownPeriod",
    "GetTenantSpendSummaryPeriod",
    "GetTenantSpendTimeseriesGranularity",
    "Grant",
    "GrantList",
    "Group",
    "HardCapMode",
    "Health",
    "Healthz",
    "Import",
    "ImportFailure",
    "ImportStatus",
    "InactiveKey",
    "InactiveKeyReport",
    "IngestionCounts",
    "IngestSource",
    "KeyPurpose",
    "KeyRotated",
    "KillSwitches",
    "KillSwitchesKillSwitches",
    "KillSwitchesNotes",
    "Labels",
    "LabelsLabels",
    "ListSlaMeasurementsWindow",
    "MessageFinal",
    "Meta",
    "Model",
    "ModelList",
    "ModelListObject",
    "ModelObject",
    "OpsBreaker",
    "OpsHealth",
    "OpsHealthCircuitBreakerState",
    "OpsStatus",
    "OverrideFeature",
    "OverrideFeatureConfigJsonType0",
    "PatchApiKey",
    "PatchAutoscalingProfile",
    "PatchCanaries",
    "PatchCanariesCanaryPercentages",
    "PatchCorpus",
    "PatchCorpusProviderConfigJsonType0",
    "PatchCostBudget",
    "PatchDocument",
    "PatchDocumentLabelsType0",
    "PatchDocumentMetadataJsonType0",
    "PatchGrant",
    "PatchKillSwitches",
    "PatchKillSwitchesKillSwitches",
    "PatchPolicy",
    "PatchPolicyConditionJson",
    "PatchPrice",
    "PatchQuota",
    "PatchSlaAssignment",
    "PatchSlaAssignmentOverrideJsonType0",
    "PatchSlaPolicy",
    "PatchSlaPolicyConfigJsonType0",
    "Permission",
    "Plan",
    "PlannedPlan",
    "PlatformKey",
    "PlatformKeyRotated",
    "PlatformKeyStatus",
    "Policy",
    "PolicyAction",
    "PolicyConditionJson",
    "PolicyEffect",
    "PolicyList",
    "PolicyResource",
    "Price",
    "PriceList",
    "PriceMetadataJsonType0",
    "PrincipalType",
    "Quota",
    "QuotaPeriod",
    "QuotaSnapshot",
    "RateLimitHits",
    "RateType",
    "ReadableDocument",
    "ReadableList",
    "Reader",
    "ReaderList",
    "Readiness",
    "ReadinessCheck",
    "ReadinessStatus",
    "ReindexRequest",
    "RequestAccepted",
    "RequestCounts",
    "RequestsByClass",
    "ResumeUnsupported",
    "RotateKey",
    "RotationFailure",
    "RotationJob",
    "RunReceipt",
    "RunReceiptEvent",
    "RunRequest",
    "SearchFilter",
    "SearchFilterLabels",
    "SearchFilterMetadata",
    "SearchRequest",
    "SearchResults",
    "SignalQuality",
    "SimulateDraftRequest",
    "SimulateDraftRequestContextType0",
    "SimulateDraftRequestPrincipalType0",
    "SimulateDraftRequestRequestType0",
    "SimulateDraftRequestResourceType0",
    "SimulateRequest",
    "SimulateRequestContextType0",
    "SimulateRequestPrincipalType0",
    "SimulateRequestRequestType0",
    "SimulateRequestResourceType0",
    "Simulation",
    "SimulationAcl",
    "SimulationDifference",
    "SimulationStep",
    "SlaAssignment",
    "SlaAssignmentOverrideJsonType0",
    "SlaDegradeActions",
    "SlaIncident",
    "SlaIncidentList",
    "SlaIncidentStatus",
    "SlaMeasurement",
    "SlaMeasurementList",
    "SlaNotice",
    "SlaPolicy",
    "SlaPolicyConfigJson",
    "SlaPolicyList",
    "SlaRouteClass",
    "SlaShed",
    "SlaTier",
    "SpendBreakdown",
    "SpendBreakdownBreakdown",
    "SpendPoint",
    "SpendSeries",
    "SpendSummary",
    "SpendSummaryByComponent",
    "SpendSummaryByProvider",
    "SpendSummaryByRouteClass",
    "StreamError",
    "SwitchNote",
    "TenantKey",
    "TenantKeyList",
    "TenantPlan",
    "TenantUsage",
    "TextDocument",
    "TextDocumentMetadataJsonType0",
    "TokenDelta",
    "UiAction",
    "UiActivity",
    "UiActivityFacets",
    "UiActivityPage",
    "UiAlert",
    "UiApi",
    "UiBootstrap",
    "UiBootstrapEntitlements",
    "UiCard",
    "UiChart",
    "UiCharts",
    "UiDashboard",
    "UiDocument",
    "UiDocumentFacets",
    "UiDocumentPage",
    "UiEntitlement",
    "UiEntitlementConfigJsonType0",
    "UiFacet",
    "UiFeatureFlags",
    "UiOptimistic",
    "UiPageInfo",
    "UiPatch",
    "UiPlan",
    "UiPrincipal",
    "UiReindex",
    "UpgradeRequest",
    "UploadForm",
    "UsagePoint",
    "UsageSummary",
    "UsageTimeseries",
    "WebhookTest",
)
