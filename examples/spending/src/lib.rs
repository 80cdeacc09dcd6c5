//! A bureau that translates within limits and budgets of `nexus-core`.

use std::{error::Error, fmt};

use nexus_core::{
    audit::{AuditLog, AuditSettings},
    clock::Clock,
    cost::{
        BudgetPatch, Component, CostError, CostSettings, Costs, Expected, HardCap, NewPrice, Order, Owner, Rate,
        RateType, Units, Usd, Used,
    },
    escrow::{Escrow, EscrowSettings},
    id::TenantId,
    limit::{ClassRates, LimitError, LimitSettings, Limiter, decide::Rate as Tokens},
    op::Op,
    pg::{self, Db, PgSettings, changes::Changes},
    plan::Plans,
    principal::{Principal, Role},
    route_class::RouteClass,
    shared::{Shared, SharedSettings},
};
use tokio_util::sync::{CancellationToken, DropGuard};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Whose work it is. The bureau has one engine.
const ENGINE: &str = "bureau";

/// Why there is no translation.
#[derive(Debug)]
pub enum Refused {
    /// The customer asks too often.
    TooOften(LimitError),
    /// The budget has no room for it.
    TooDear(CostError),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooOften(error) => error.fmt(f),
            Self::TooDear(error) => error.fmt(f),
        }
    }
}

impl Error for Refused {}

/// The bureau. Dropping it stops what works in the background.
pub struct Bureau {
    db: Db,
    clock: Clock,
    limiter: Limiter,
    costs: Costs,
    _stop: DropGuard,
}

impl Bureau {
    /// Opens a ledger in a database; its schema is brought up to date. At most `burst` translations of a customer at once.
    pub async fn open(url: &str, burst: u32) -> Result<Self> {
        pg::migrate(&url.to_owned().into()).await?;
        let db = Db::new(&PgSettings::new(url.to_owned()))?;
        let stop = CancellationToken::new();
        let changes = Changes::listen(&db, stop.clone());
        let (audit, writer) = AuditLog::new(&db, &AuditSettings::default());
        tokio::spawn(writer.run(stop.clone()));
        let escrow = Escrow::new(&db, &changes, EscrowSettings::default());
        tokio::spawn({
            let (escrow, stop) = (escrow.clone(), stop.clone());
            async move { escrow.run(stop).await }
        });
        let plans = Plans::everything();
        let (costs, bills) = Costs::new(&db, &changes, &audit, (&escrow, &plans), CostSettings::default());
        tokio::spawn(bills.run(stop.clone()));
        let rate = Tokens::new(0.0, burst);
        let run = ClassRates { key: rate, tenant: rate };
        let limits = LimitSettings { enabled: true, run, ..LimitSettings::default() };
        let limiter = Limiter::new(&Shared::local(&SharedSettings::default()), limits);
        Ok(Self { db, clock: Clock::system(), limiter, costs, _stop: stop.drop_guard() })
    }

    /// Takes a customer on, with what a character costs and what a month may cost.
    pub async fn customer(&self, name: &str, character: &str, month: &str) -> Result<()> {
        let tenant: TenantId = name.parse()?;
        let op = Op::internal(self.clock.now());
        let mut tx = self.db.platform().await?;
        sqlx::query("INSERT INTO tenants (id, name) VALUES ($1, $1) ON CONFLICT DO NOTHING")
            .bind(tenant.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let bookkeeper = Principal::vouched_for(tenant, "bookkeeper".parse()?, Role::Admin);
        let price = NewPrice {
            version: "v1".to_owned(),
            provider: ENGINE.to_owned(),
            component: Component::Tts.as_str().to_owned(),
            rate_type: RateType::PerChar,
            rate: character.parse::<Rate>()?,
            from: chrono::DateTime::UNIX_EPOCH,
            to: None,
            active: true,
            metadata: serde_json::Map::new(),
        };
        self.costs.add_price(&op, &self.db, (&bookkeeper, Owner::Tenant), price).await?;
        let budget = BudgetPatch {
            monthly: Some(Some(month.parse::<Usd>()?)),
            enforce: Some(true),
            mode: Some(HardCap::Block),
            ..BudgetPatch::default()
        };
        self.costs.change_budget(&op, &self.db, &bookkeeper, budget, &[(Component::Tts, ENGINE)]).await?;
        Ok(())
    }

    /// Translates, if the customer may ask again and can pay for it.
    pub async fn translate(&self, customer: &str, text: &str) -> Result<String> {
        let op = Op::internal(self.clock.now());
        let who = Principal::vouched_for(customer.parse()?, "desk".parse()?, Role::Reader);
        self.limiter.admit(&op, &who, RouteClass::Run).await.map_err(Refused::TooOften)?;
        let most = chars(text);
        let order = Order { tenant: &who.tenant, by: Some(&who), class: "run", session: None, degradable: false };
        let expected = |_: &_| Expected { used: vec![most], ..Expected::default() };
        let mut tab = self.costs.open(&op, order, &expected).await.map_err(Refused::TooDear)?;
        let translation = engine(text);
        tab.add(chars(&translation));
        tab.settle().await;
        Ok(translation)
    }

    /// What a customer spent this month.
    pub async fn spent(&self, customer: &str) -> Result<Usd> {
        self.costs.flush().await;
        let standing = self.costs.standing(&Op::internal(self.clock.now()), &customer.parse()?).await?;
        Ok(standing.map(|standing| standing.projected).unwrap_or_default())
    }
}

fn chars(text: &str) -> Used {
    let units = Units { chars: u64::try_from(text.chars().count()).ok(), ..Units::default() };
    Used::new(Component::Tts, ENGINE, units)
}

/// The engine of the bureau speaks no other language: it says everything backwards.
fn engine(text: &str) -> String {
    text.chars().rev().collect()
}
