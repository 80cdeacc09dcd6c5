//! Asking what policies would decide, without anything being done.

use serde::{Deserialize, Serialize};

use super::{CreatePolicy, Grant, Object, PatchPolicy, PolicyEffect};

/// Asks what would be decided if a policy counted, or if it said something else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SimulateRequest {
    /// The type of the resource, such as `document`.
    #[cfg_attr(feature = "schema", schema(example = "document"))]
    pub resource_type: String,
    /// The action, such as `read`.
    #[cfg_attr(feature = "schema", schema(example = "read"))]
    pub action: String,
    /// Who asks; the tenant is the caller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>, example = json!({"id": "u1", "role": "reader"})))]
    pub principal: Option<Object>,
    /// What is acted upon; laid over the attributes of the document where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub resource: Option<Object>,
    /// The request; its time is now unless it says another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub request: Option<Object>,
    /// Everything else that is known; the other objects are laid over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub context: Option<Object>,
    /// A document whose attributes and grants count. What is not said of a known user is looked up then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_id: Option<String>,
    /// What the policy would say instead; it would count unless this says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<PatchPolicy>,
    /// Whether to tell which of the existing documents the principal would gain and lose.
    #[serde(default)]
    pub compare_documents: bool,
}

/// Asks what would be decided if there were one policy more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SimulateDraftRequest {
    /// The type of the resource, such as `document`.
    #[cfg_attr(feature = "schema", schema(example = "document"))]
    pub resource_type: String,
    /// The action, such as `read`.
    #[cfg_attr(feature = "schema", schema(example = "read"))]
    pub action: String,
    /// Who asks; the tenant is the caller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub principal: Option<Object>,
    /// What is acted upon; laid over the attributes of the document where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub resource: Option<Object>,
    /// The request; its time is now unless it says another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub request: Option<Object>,
    /// Everything else that is known; the other objects are laid over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub context: Option<Object>,
    /// A document whose attributes and grants count. What is not said of a known user is looked up then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_id: Option<String>,
    /// The policy that does not exist yet.
    pub draft: CreatePolicy,
    /// Whether to tell which of the existing documents the principal would gain and lose.
    #[serde(default)]
    pub compare_documents: bool,
}

/// What would be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Simulation {
    /// Whether policies would allow it.
    pub allowed: bool,
    /// Why, such as `policy_deny` or `default_deny`.
    #[cfg_attr(feature = "schema", schema(example = "policy_allow"))]
    pub reason: String,
    /// The policy that would decide, if one does.
    #[serde(default)]
    pub matched_policy_id: Option<String>,
    /// Every policy whose condition holds, highest priority first.
    pub matched_policies: Vec<String>,
    /// Every policy for this action on this type of resource, highest priority first.
    pub trace: Vec<SimulationStep>,
    /// What grants say, where a document is named and the action is one on documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<SimulationAcl>,
    /// What would be different from now.
    pub difference: SimulationDifference,
}

/// What one policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SimulationStep {
    /// The policy.
    pub policy_id: String,
    /// What it does when its condition holds.
    pub effect: PolicyEffect,
    /// Whether its condition holds.
    pub matched: bool,
    /// Whether it decides.
    pub decisive: bool,
    /// Whether its condition holds and another policy decides.
    pub shadowed: bool,
}

/// What grants say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SimulationAcl {
    /// Whether they allow it.
    pub allowed: bool,
    /// Whether the principal needs none, as administrators where the installation says so.
    pub bypassed: bool,
    /// The grants on the document and its corpus that speak to the principal, ended ones included.
    pub grants: Vec<Grant>,
}

/// What would be different from now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SimulationDifference {
    /// Whether policies allow it now.
    pub allowed_now: bool,
    /// Why.
    pub reason_now: String,
    /// What would change for existing documents, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<DocumentDifference>,
}

/// What a draft would change for existing documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DocumentDifference {
    /// How many documents were compared, oldest first; at most 1,000.
    pub compared: u64,
    /// Whether these are all.
    pub complete: bool,
    /// The documents that the principal could act upon, and cannot now.
    pub gained: Vec<String>,
    /// The documents that the principal can act upon now, and could not then.
    pub lost: Vec<String>,
}
