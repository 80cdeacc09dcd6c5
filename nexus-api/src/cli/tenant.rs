//! Tenants from the command line: making them, listing them, and the plans that they have.

use std::path::Path;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use nexus_authz::tenant;
use nexus_core::{
    audit::{self, Event, EventType},
    id::{TenantId, UserId},
    plan::{self, Assignment},
    principal::{Principal, Role},
};
use serde_json::json;

use super::{
    Failure, Output,
    admin::{Office, close, open},
};

#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Makes a tenant.
    Create {
        /// Its id: letters, digits, '.', '_' and '-'.
        id: TenantId,
        /// Its name for people; the id otherwise.
        #[arg(long)]
        name: Option<String>,
        /// Its plan, such as pro; what `DEFAULT_PLAN` says otherwise.
        #[arg(long)]
        plan: Option<String>,
    },
    /// Gives a tenant a plan, which counts from its next request on, or from a date on.
    Plan {
        /// The tenant.
        id: TenantId,
        /// The plan, such as pro.
        plan: String,
        /// When the plan begins; now otherwise.
        #[arg(long, value_name = "RFC3339")]
        from: Option<DateTime<Utc>>,
        /// When the plan ends; never otherwise.
        #[arg(long, value_name = "RFC3339")]
        until: Option<DateTime<Utc>>,
    },
    /// Lists the tenants.
    List,
}

pub(super) async fn tenant(config: Option<&Path>, command: TenantCommand, out: Output) -> Result<(), Failure> {
    let (office, database) = open(config).await?;
    let done = match command {
        TenantCommand::Create { id, name, plan } => create(&office, &id, name.as_deref(), plan.as_deref(), out).await,
        TenantCommand::Plan { id, plan, from, until } => {
            let wanted = Assignment { plan, from: from.unwrap_or(office.op.now), to: until };
            let given = assign(&office, &id, &wanted).await;
            given.and_then(|()| {
                let Assignment { plan, from, to } = &wanted;
                let said = json!({ "tenant_id": id, "plan_id": plan, "effective_from": from, "effective_to": to });
                out.result(&said, || format!("the tenant {id} has the plan {plan} from {from} on"))
            })
        }
        TenantCommand::List => list(&office, out).await,
    };
    close(office, database).await?;
    done
}

/// Makes a tenant; false when it is there already.
pub(super) async fn ensure_tenant(office: &Office, id: &TenantId, name: Option<&str>) -> Result<bool, Failure> {
    let mut tx = office.db.platform().await.map_err(Failure::from_error)?;
    let made =
        tenant::create(&office.op, &mut tx, id, name.unwrap_or(id.as_str())).await.map_err(Failure::from_error)?;
    if made.is_some() {
        let event = Event::system(&office.op, Some(id), EventType::TenantCreated).resource("tenant", id.as_str());
        audit::record(&mut tx, &event).await.map_err(Failure::from_error)?;
        tx.commit().await.map_err(Failure::from_error)?;
    }
    Ok(made.is_some())
}

async fn create(
    office: &Office,
    id: &TenantId,
    name: Option<&str>,
    plan: Option<&str>,
    out: Output,
) -> Result<(), Failure> {
    if !ensure_tenant(office, id, name).await? {
        return Err(Failure::Failed(format!("the tenant {id} exists")));
    }
    if let Some(plan) = plan {
        let wanted = Assignment { plan: plan.to_owned(), from: office.op.now, to: None };
        assign(office, id, &wanted).await?;
    }
    out.result(&json!({ "tenant_id": id, "plan_id": plan }), || format!("made the tenant {id}"))
}

async fn assign(office: &Office, id: &TenantId, wanted: &Assignment) -> Result<(), Failure> {
    // Whoever can open the database may do everything; the audit log says that it was done from here.
    let user = UserId::new("command-line").map_err(Failure::from_error)?;
    let who = Principal::vouched_for(id.clone(), user, Role::Operator);
    let mut tx = office.db.tenant(id).await.map_err(Failure::from_error)?;
    plan::assign(&office.op, &mut tx, &who, wanted).await.map_err(Failure::from_error)?;
    tx.commit().await.map_err(Failure::from_error)
}

async fn list(office: &Office, out: Output) -> Result<(), Failure> {
    let mut after = String::new();
    loop {
        let mut tx = office.db.platform().await.map_err(Failure::from_error)?;
        let page = tenant::list(&mut tx, &after, 500).await.map_err(Failure::from_error)?;
        for tenant in &page {
            out.result(tenant, || format!("{}\t{}\t{}", tenant.id, tenant.name, tenant.created_at))?;
        }
        match page.last() {
            Some(last) if page.len() == 500 => after = last.id.to_string(),
            _ => return Ok(()),
        }
    }
}
