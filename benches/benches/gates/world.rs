//! A tenant with one readable passage, and the same run behind no gates and behind all of them.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use nexus_authz::{
    access::Access,
    caller::{Caller, RoleSettings},
    credential::{CredentialSettings, Credentials, Pepper, key},
    permission::RunInvoke,
    policy::PolicySettings,
    scope::ScopeSettings,
};
use nexus_core::{
    audit::{AuditLog, AuditSettings},
    billing::Billing,
    clock::Clock,
    cost::{CostSettings, Costs},
    escrow::{Escrow, EscrowSettings},
    limit::{ClassRates, LimitSettings, Limiter, decide::Rate},
    op::Op,
    pg::{
        Db, PgSettings,
        changes::Changes,
        testing::{self, TestDb},
    },
    plan::{PlanSettings, Plans},
    principal::{Principal, Role},
    quota::{QuotaSettings, Quotas},
    route_class::RouteClass,
    shared::Shared,
    sla::{Sla, SlaSettings},
    switch::{SwitchSettings, Switches},
};
use nexus_retrieval::{
    conversation::Records,
    corpus::Corpora,
    embed::HashEmbedder,
    llm::Fake,
    provider::{LocalPgvector, Providers},
    run::{Ask, Event, RunSettings, Runs},
    speech::Voice,
};
use sqlx::Connection as _;
use tokio_util::sync::CancellationToken;

const WORLD: &str = "
    INSERT INTO tenants (id, name) VALUES ('t', 't');
    INSERT INTO users (tenant_id, id, role) VALUES ('t', 'u', 'reader');
    INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension, chunk_count, term_count)
    VALUES ('t', 'c', 'c', '{\"retrieval\": {\"provider\": \"local_pgvector\"}}', 'hash-768', 768, 1, 1);
    INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
                           source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars)
    VALUES ('t', 'd', 'c', 'd.txt', 'd', 'text/plain', 'raw_text', 'succeeded', 'k', 4, '\\x00', 100, 0);
    INSERT INTO document_texts VALUES ('t', 'd', 'keys', 4, '\\x00');
    INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
    VALUES ('t', gen_random_uuid(), 'd', 'user', 'u', 'read');
    INSERT INTO chunks (tenant_id, corpus_id, document_id, chunk_index, start_char, end_char, text, term_count, dimension,
                        embedding)
    VALUES ('t', 'c', 'd', 0, 0, 4, 'keys', 1, 768, array_fill(0.1::real, ARRAY[768])::halfvec);
    INSERT INTO postings SELECT 't', 'c', 'key', id, 1 FROM chunks;
    INSERT INTO plan_limits (tenant_id, daily_requests_limit, monthly_requests_limit, created_at, updated_at)
    VALUES ('t', 1000000000, 2000000000, now(), now());
    INSERT INTO tenant_budgets (tenant_id, monthly_budget_usd, warn_ratio, enforce_hard_cap, hard_cap_mode)
    VALUES ('t', 1000000, 0.8, true, 'block');
    INSERT INTO pricing_catalog (tenant_id, id, version, provider, component, rate_type, rate_value_usd, effective_from)
    SELECT '*', gen_random_uuid(), 'v1', provider, component, rate_type, 0.001, '2020-01-01'
    FROM (VALUES ('local_pgvector', 'retrieval', 'per_request'), ('internal', 'embedding', 'per_1k_tokens'),
                 ('internal', 'llm', 'per_1k_tokens')) AS price (provider, component, rate_type);
    INSERT INTO sla_policies (tenant_id, id, name, tier, enabled, config_json, version, created_at, updated_at)
    VALUES ('*', gen_random_uuid(), 'all', 'standard', true, '{
        \"objectives\": {\"availability_min_pct\": 1, \"p95_ms_max\": {\"run\": 600000}, \"max_error_budget_burn_5m\": 1000000},
        \"enforcement\": {\"mode\": \"enforce\"}, \"mitigation\": {}}', 1, now(), now());
";

/// Both ways to run, on one database.
pub struct World {
    /// Behind no gate but what a search needs: the scope of the caller.
    pub open: Runs,
    /// Behind all of them.
    pub gated: Runs,
    credentials: Credentials,
    token: String,
    limiter: Limiter,
    stop: CancellationToken,
}

impl World {
    /// `through` is the way of runs to the database, where that is not the straight one.
    pub async fn new(through: impl AsyncFnOnce(&TestDb) -> Option<String>, shared: &Shared) -> Self {
        let database = testing::database().await;
        let mut owner = testing::connect(&database.url).await;
        sqlx::raw_sql(WORLD).execute(&mut owner).await.unwrap();
        let pepper = Pepper::new("a pepper that is only used by this benchmark".to_owned().into()).unwrap();
        let token = insert_key(&mut owner, &pepper).await;
        owner.close().await.unwrap();
        let url = through(&database).await.map_or_else(|| database.url.clone(), Into::into);
        let db = Db::new(&PgSettings { max_connections: 4, ..PgSettings::new(url) }).unwrap();
        let stop = CancellationToken::new();
        let changes = Changes::listen(&database.db, stop.clone());
        let (audit, writer) = AuditLog::new(&database.db, &AuditSettings::default());
        tokio::spawn(writer.run(stop.clone()));
        let access =
            Access::new(db.clone(), &changes, PolicySettings::default(), ScopeSettings::default(), audit.clone());
        let open = Runs {
            db: db.clone(),
            records: Records::new(db.clone()),
            corpora: Corpora::new(db.clone(), &changes),
            providers: Providers::new(LocalPgvector::new(db.clone(), Arc::new(HashEmbedder::default()))),
            llm: Arc::new(Fake::default()),
            voice: Voice::silent(),
            slots: nexus_core::slots::Slots::new("nexusrag_runs_in_flight", 64, 64),
            access,
            audit: audit.clone(),
            quotas: Quotas::unlimited(),
            sla: Sla::off(),
            changes: changes.clone(),
            clock: Clock::system(),
            switches: Switches::fixed(SwitchSettings::default()),
            plans: Plans::everything(),
            costs: Costs::off(),
            settings: RunSettings::default(),
        };
        let gated = gate(&open, &database.db, &changes, &stop);
        let rate = Rate::new(1_000_000.0, 1_000_000_000);
        let run = ClassRates { key: rate, tenant: rate };
        let limiter = Limiter::new(shared, LimitSettings { run, enabled: true, ..LimitSettings::default() });
        let credentials = Credentials::new(db, pepper, CredentialSettings::default(), &changes);
        let world = Self { open, gated, credentials, token, limiter, stop };
        world.settle().await;
        world
    }

    /// Asks behind no gates.
    pub async fn ask_open(&self, session: &str) -> Vec<Event> {
        let principal = Principal::vouched_for("t".parse().unwrap(), "u".parse().unwrap(), Role::Reader);
        let op = Op::internal(Clock::system().now());
        stream(&self.open, op, Arc::new(principal), session).await
    }

    /// Asks behind all gates, as a request does: key, rate, role, and what admits a run.
    pub async fn ask_gated(&self, session: &str) -> Vec<Event> {
        let op = Op::internal(Clock::system().now());
        let principal = self.credentials.authenticate(&op, &self.token).await.unwrap();
        self.limiter.admit(&op, &principal, RouteClass::Run).await.unwrap();
        stream(&self.gated, op, principal, session).await
    }

    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Goes on until leases are confirmed and everything that is remembered is.
    async fn settle(&self) {
        for n in 0..20 {
            self.ask_open(&format!("warm-open-{n}")).await;
            self.ask_gated(&format!("warm-gated-{n}")).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The same runs with quota, budget, plan, switches and service level of the database, and what has to go on beside them.
fn gate(open: &Runs, background: &Db, changes: &Changes, stop: &CancellationToken) -> Runs {
    let db = &open.db;
    let plans = PlanSettings { default_plan: "enterprise".to_owned() };
    let plans = Plans::new(db.clone(), changes, plans);
    let escrow = Escrow::new(db, changes, EscrowSettings::default());
    let quotas = Quotas::new(db, changes, &escrow, (Billing::off(), open.audit.clone()), QuotaSettings::default());
    // Service levels are exchanged behind the requests and never wait for the database in front of one.
    let sla = Sla::new(background, changes, &open.audit, &open.clock, SlaSettings::default());
    let (costs, bills) = Costs::new(db, changes, &open.audit, (&escrow, &plans), CostSettings::default());
    tokio::spawn({
        let (escrow, stop) = (escrow.clone(), stop.clone());
        async move { escrow.run(stop).await }
    });
    tokio::spawn({
        let (quotas, stop) = (quotas.clone(), stop.clone());
        async move { quotas.run(stop).await }
    });
    tokio::spawn(sla.clone().run(stop.clone()));
    tokio::spawn(bills.run(stop.clone()));
    let switches = Switches::new(db.clone(), changes, SwitchSettings::default());
    Runs { switches, plans, quotas, sla, costs, ..open.clone() }
}

async fn stream(runs: &Runs, op: Op, principal: Arc<Principal>, session: &str) -> Vec<Event> {
    let caller = Caller::<RunInvoke>::check(principal, RoleSettings::default()).unwrap();
    let ask = Ask::new(session.parse().unwrap(), "c".parse().unwrap(), "Where are the keys?");
    let events: Vec<Event> = runs.admit(op, caller, ask).await.unwrap().stream().collect().await;
    assert!(matches!(events.last(), Some(Event::Final { .. })), "{events:?}");
    events
}

async fn insert_key(owner: &mut sqlx::PgConnection, pepper: &Pepper) -> String {
    let (id, text) = key::generate();
    let token = text.expose().to_owned();
    let hash = pepper.hash(key::parse(&token).unwrap());
    sqlx::query(
        "INSERT INTO api_keys (tenant_id, id, user_id, key_prefix, key_hash) VALUES ('t', $1, 'u', 'nrgk', $2)",
    )
    .bind(id)
    .bind(hash.as_slice())
    .execute(owner)
    .await
    .unwrap();
    token
}
