//! Who asks, and what he may use: what a web application asks for first.

use axum::extract::State;
use nexus_authz::permission::UiRead;
use nexus_core::{
    plan::{Entitlements, Feature},
    principal::{AuthMethod, Principal},
};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Refusal, Reply, caller::As},
    quota::snapshot,
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(bootstrap))
}

/// Who asks, the plan of the tenant, where it stands with its quota, and what would work now.
#[utoipa::path(get, path = "/ui/bootstrap", tag = "ui", operation_id = "get_ui_bootstrap", extensions(("x-permission" = json!("ui.read"))),
    responses((status = 200, description = "Who asks, and what he may use", body = wire::Envelope<wire::UiBootstrap>)))]
async fn bootstrap(
    State(platform): State<Platform>,
    As(op, caller): As<UiRead>,
) -> Result<Reply<wire::UiBootstrap>, Refusal> {
    let plan = platform.plans.of(&caller.tenant, op.now).await?;
    let standing = platform.quotas.standing(&op, &caller.tenant).await?;
    let feature_flags = wire::UiFeatureFlags {
        tts_enabled: platform.runs.can_speak(&op, &caller.tenant, &plan).await,
        ops_admin_access: plan.allows(Feature::OpsAdminAccess),
        audit_access: plan.allows(Feature::AuditAccess),
        billing_webhook_test: plan.allows(Feature::BillingWebhookTest) && platform.billing.is_on(),
    };
    Ok(Reply::ok(wire::UiBootstrap {
        principal: principal(&caller),
        entitlements: entitlements(&plan),
        plan: wire::UiPlan { plan_id: plan.plan, plan_name: Some(plan.plan_name) },
        quota_snapshot: standing.as_ref().map(snapshot),
        feature_flags,
        server_time: op.now,
        api: wire::UiApi { version: wire::API_VERSION.to_owned() },
    }))
}

fn principal(caller: &Principal) -> wire::UiPrincipal {
    let by_key = caller.method == AuthMethod::ApiKey;
    wire::UiPrincipal {
        tenant_id: caller.tenant.to_string(),
        role: caller.role.to_string(),
        api_key_id: by_key.then(|| caller.credential.to_string()),
        subject_id: Some(caller.user.to_string()),
    }
}

fn entitlements(plan: &Entitlements) -> std::collections::BTreeMap<String, wire::UiEntitlement> {
    let all = plan.features.iter().map(|(feature, said)| {
        let said = wire::UiEntitlement { enabled: said.enabled, config_json: said.config.clone() };
        (feature.as_str().to_owned(), said)
    });
    all.collect()
}
