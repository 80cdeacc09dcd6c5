//! Policies as they are on the wire.

use nexus_authz::policy::{
    Action, Effect, ResourceType,
    change::{Content, Owner, Patch, Stored},
};
use nexus_sdk::wire;
use serde_json::Value;

macro_rules! same_words {
    ($to:ident, $from:ident, $ours:ident, $wire:ident, [$($word:ident),+]) => {
        pub(super) fn $to(word: $ours) -> wire::$wire {
            match word { $($ours::$word => wire::$wire::$word,)+ }
        }
        fn $from(word: wire::$wire) -> $ours {
            match word { $(wire::$wire::$word => $ours::$word,)+ }
        }
    };
}

same_words!(effect_to_wire, effect_from_wire, Effect, PolicyEffect, [Allow, Deny]);
same_words!(
    resource_to_wire,
    resource_from_wire,
    ResourceType,
    PolicyResource,
    [Document, Corpus, Run, Admin, Ops, Audit, Any]
);
same_words!(action_to_wire, action_from_wire, Action, PolicyAction, [Read, Write, Delete, Reindex, Run, Manage, Any]);

pub(super) fn to_wire(policy: Stored) -> wire::Policy {
    let content = policy.content;
    wire::Policy {
        id: policy.id.to_string(),
        tenant_id: match policy.owner {
            Owner::Tenant(tenant) => Some(tenant.into()),
            Owner::Operator => None,
        },
        name: content.name,
        version: policy.version,
        effect: effect_to_wire(content.effect),
        resource_type: resource_to_wire(content.resource_type),
        action: action_to_wire(content.action),
        condition_json: content.condition,
        priority: content.priority,
        enabled: content.enabled,
        created_by: policy.created_by,
        created_at: Some(policy.created_at),
        updated_at: Some(policy.updated_at),
    }
}

pub(super) fn content_from_wire(body: wire::CreatePolicy) -> Content {
    Content {
        name: body.name,
        effect: effect_from_wire(body.effect),
        resource_type: resource_from_wire(body.resource_type),
        action: action_from_wire(body.action),
        condition: body.condition_json.unwrap_or(Value::Null),
        priority: body.priority,
        enabled: body.enabled,
    }
}

pub(super) fn patch_from_wire(body: wire::PatchPolicy) -> Patch {
    Patch {
        name: body.name,
        effect: body.effect.map(effect_from_wire),
        resource_type: body.resource_type.map(resource_from_wire),
        action: body.action.map(action_from_wire),
        condition: body.condition_json,
        priority: body.priority,
        enabled: body.enabled,
    }
}
