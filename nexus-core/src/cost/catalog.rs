//! Writing and reading the catalogue of prices.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Component, CostError, Costs, Rate, RateType,
    price::is_ours,
    store::price::{self, CatalogRow},
};
use crate::{
    audit::{self, Event, EventType},
    clock,
    id::TenantId,
    op::Op,
    pg::{Db, DbError, PlatformTx, TenantTx},
    principal::Principal,
};

/// The most rows of a list.
const MAX_LISTED: i64 = 1000;

/// For whom a price holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// For the tenant of the caller, before any other.
    Tenant,
    /// For every tenant without one of its own. Only the operator may write it.
    Everybody,
}

/// A price to be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPrice {
    /// The version of the price list that it is from.
    pub version: String,
    /// Whose component.
    pub provider: String,
    /// What is priced.
    pub component: String,
    /// What is counted.
    pub rate_type: RateType,
    /// What it costs.
    pub rate: Rate,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: Option<DateTime<Utc>>,
    /// Whether it counts.
    pub active: bool,
    /// What its author attaches.
    pub metadata: Map<String, Value>,
}

/// What is to change about a price. Its rate never changes: what was recorded names it.
#[derive(Debug, Clone, Copy, Default)]
pub struct PricePatch {
    /// Until when it holds.
    pub to: Option<DateTime<Utc>>,
    /// Whether it counts.
    pub active: Option<bool>,
}

impl Costs {
    /// Writes a price. An open one of the same thing that began before ends where this one begins, and goes on where it
    /// ends, if it does.
    pub async fn add_price(
        &self,
        op: &Op,
        db: &Db,
        (principal, owner): (&Principal, Owner),
        new: NewPrice,
    ) -> Result<CatalogRow, CostError> {
        if new.to.is_some_and(|end| end <= new.from) {
            return Err(CostError::InvalidPrice("effective_to must be after effective_from"));
        }
        let mut tx = Tx::begin(db, &principal.tenant, owner).await?;
        let row = CatalogRow {
            id: clock::fresh_uuid(),
            tenant_id: owner.column(&principal.tenant),
            version: new.version,
            provider: new.provider,
            component: new.component,
            rate_type: new.rate_type.as_str().to_owned(),
            rate: new.rate.nanos(),
            effective_from: new.from,
            effective_to: new.to,
            active: new.active,
            metadata_json: Value::Object(new.metadata),
            created_by: Some(principal.user.to_string()),
            created_at: op.now,
            updated_at: op.now,
        };
        let old = if row.active { price::predecessor(tx.conn(), &row).await.map_err(DbError::from)? } else { None };
        if let Some(old) = &old {
            let ended = CatalogRow { effective_to: Some(row.effective_from), updated_at: op.now, ..old.clone() };
            price::update(tx.conn(), &ended).await.map_err(refused)?;
        }
        price::insert(tx.conn(), &row).await.map_err(refused)?;
        if let (Some(old), Some(end)) = (old, row.effective_to) {
            let (id, at) = (clock::fresh_uuid(), op.now);
            let resumed = CatalogRow { id, effective_from: end, created_at: at, updated_at: at, ..old };
            price::insert(tx.conn(), &resumed).await.map_err(refused)?;
            let event = Event::by(op, principal, EventType::CostPricingUpdated)
                .resource(owner.kind(), &resumed.id.to_string())
                .priced(&resumed.component, &resumed.provider);
            audit::record(tx.conn(), &event.fields(&["effective_from"])).await?;
        }
        self.finish(op, tx, (principal, owner), &row, &["rate_value_usd"]).await?;
        Ok(row)
    }

    /// Ends a price, switches it off or on again. It is refused to take away what an enforced budget rests on, when these
    /// parts are used (`relied_on`).
    pub async fn change_price(
        &self,
        op: &Op,
        db: &Db,
        (principal, owner): (&Principal, Owner),
        (id, patch): (Uuid, PricePatch),
        relied_on: &[(Component, &'static str)],
    ) -> Result<CatalogRow, CostError> {
        let mut tx = Tx::begin(db, &principal.tenant, owner).await?;
        let found = price::lock(tx.conn(), &owner.column(&principal.tenant), id).await.map_err(DbError::from)?;
        let mut row = found.ok_or(CostError::PriceNotFound)?;
        let mut fields = Vec::new();
        if let Some(end) = patch.to {
            if end <= row.effective_from {
                return Err(CostError::InvalidPrice("effective_to must be after effective_from"));
            }
            row.effective_to = Some(end);
            fields.push("effective_to");
        }
        if let Some(active) = patch.active {
            row.active = active;
            fields.push("active");
        }
        row.updated_at = op.now;
        let at = patch.to.unwrap_or(op.now).max(op.now);
        let before = self.unfounded(&mut tx, relied_on, at).await?;
        price::update(tx.conn(), &row).await.map_err(refused)?;
        if self.unfounded(&mut tx, relied_on, at).await? > before {
            let this = |part: &&(Component, &str)| part.0.as_str() == row.component && part.1 == row.provider;
            return Err(CostError::Unpriced { missing: relied_on.iter().filter(this).copied().collect() });
        }
        self.finish(op, tx, (principal, owner), &row, &fields).await?;
        Ok(row)
    }

    /// The prices of the caller's tenant and those of everybody, the newest first.
    pub async fn prices(
        &self,
        db: &Db,
        principal: &Principal,
        active: Option<bool>,
    ) -> Result<Vec<CatalogRow>, CostError> {
        let mut tx = db.tenant(&principal.tenant).await?;
        let rows = price::list(&mut tx, active, MAX_LISTED).await.map_err(DbError::from)?;
        if active == Some(true) && rows.is_empty() { Err(CostError::NoPrices) } else { Ok(rows) }
    }

    /// How many enforced budgets that a transaction sees could not hold at a moment for want of prices.
    async fn unfounded(
        &self,
        tx: &mut Tx,
        relied_on: &[(Component, &'static str)],
        at: DateTime<Utc>,
    ) -> Result<i64, DbError> {
        let parts: Vec<_> = relied_on
            .iter()
            .flat_map(|(component, provider)| component.measures().iter().map(move |by| (component, *provider, by)))
            .map(|(component, provider, by)| (component.as_str(), provider, by.as_str(), is_ours(provider)))
            .collect();
        Ok(price::unfounded(tx.conn(), &parts, at).await?)
    }

    async fn finish(
        &self,
        op: &Op,
        mut tx: Tx,
        (principal, owner): (&Principal, Owner),
        row: &CatalogRow,
        fields: &[&'static str],
    ) -> Result<(), DbError> {
        let event = Event::by(op, principal, EventType::CostPricingUpdated)
            .resource(owner.kind(), &row.id.to_string())
            .priced(&row.component, &row.provider)
            .fields(fields);
        audit::record(tx.conn(), &event).await?;
        tx.commit().await?;
        self.forget(Some(&principal.tenant).filter(|_| owner == Owner::Tenant));
        Ok(())
    }
}

impl Owner {
    fn column(self, tenant: &TenantId) -> String {
        match self {
            Self::Tenant => tenant.to_string(),
            Self::Everybody => "*".to_owned(),
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Tenant => "price",
            Self::Everybody => "global_price",
        }
    }
}

/// The transaction that may write prices of an owner.
enum Tx {
    Tenant(TenantTx),
    Platform(PlatformTx),
}

impl Tx {
    async fn begin(db: &Db, tenant: &TenantId, owner: Owner) -> Result<Self, DbError> {
        Ok(match owner {
            Owner::Tenant => Self::Tenant(db.tenant(tenant).await?),
            Owner::Everybody => Self::Platform(db.platform().await?),
        })
    }

    fn conn(&mut self) -> &mut price::Connection {
        match self {
            Self::Tenant(tx) => tx,
            Self::Platform(tx) => tx,
        }
    }

    async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Tenant(tx) => tx.commit().await,
            Self::Platform(tx) => tx.commit().await,
        }
    }
}

fn refused(error: DbError) -> CostError {
    if price::is_overlap(&error) { CostError::Overlap } else { error.into() }
}
