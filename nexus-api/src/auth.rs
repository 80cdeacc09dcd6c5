//! How callers prove who they are: the header, and the bypass that exists on a developer's own machine only.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use nexus_authz::tenant;
use nexus_core::{
    audit::{self, Event, EventType},
    id::{CredentialId, TenantId, UserId},
    op::Op,
    pg::{Db, DbError},
    principal::{AuthMethod, Principal, Role},
    problem::{Code, Kind},
    settings::Source,
};

use crate::http::Refusal;

/// Knobs of authentication at the edge.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// Whether API keys are accepted.
    pub enabled: bool,
    /// Whether headers alone make a caller. The server refuses to listen beyond loopback while this is on.
    pub dev_bypass: bool,
    /// The header that carries the credential.
    pub header: HeaderName,
}

impl AuthSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let header = s.text_or("AUTH_API_KEY_HEADER", "Authorization", "The header that carries the API key");
        let header = header.parse().unwrap_or_else(|_| {
            s.refuse("AUTH_API_KEY_HEADER", "is not the name of a header");
            http::header::AUTHORIZATION
        });
        Self {
            enabled: s.flag("AUTH_ENABLED", true, "Accept API keys"),
            dev_bypass: s.flag(
                "AUTH_DEV_BYPASS",
                false,
                "Development only: X-Tenant-Id and X-Role make a caller; refused on other than loopback addresses",
            ),
            header,
        }
    }
}

/// The caller that the headers of a development request describe. Its tenant is made when it is not there.
pub(crate) async fn bypass(op: &Op, headers: &HeaderMap, db: &Db) -> Result<Arc<Principal>, Refusal> {
    let principal = described(headers)?;
    let mut tx = db.platform().await?;
    let made =
        tenant::create(op, &mut tx, &principal.tenant, principal.tenant.as_str()).await.map_err(DbError::from)?;
    if made.is_some() {
        let event = Event::system(op, Some(&principal.tenant), EventType::TenantCreated)
            .resource("tenant", principal.tenant.as_str());
        audit::record(&mut tx, &event).await?;
        tx.commit().await?;
    }
    Ok(principal)
}

fn described(headers: &HeaderMap) -> Result<Arc<Principal>, Refusal> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let unauthorized = || Refusal::new(Kind::Unauthenticated, Code::AuthUnauthorized, "X-Tenant-Id is required");
    let tenant = text("x-tenant-id").and_then(|t| TenantId::new(t).ok()).ok_or_else(unauthorized)?;
    let role = match text("x-role") {
        None => Role::Admin,
        Some(role) => role.to_ascii_lowercase().parse().map_err(|_| {
            let message = "X-Role must be one of reader, editor, admin, operator";
            Refusal::new(Kind::Malformed, Code::AuthInvalidRole, message)
        })?,
    };
    let subject = format!("dev-{tenant}").chars().take(nexus_core::id::MAX_LEN).collect::<String>();
    let (Ok(user), Ok(credential)) = (UserId::new(subject), CredentialId::new("dev-bypass")) else {
        return Err(unauthorized());
    };
    Ok(Arc::new(Principal { tenant, user, role, credential, method: AuthMethod::DevBypass, groups: Vec::new() }))
}
