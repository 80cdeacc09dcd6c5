//! From settings to a running platform, and back down in order.

mod database;
mod keyring;
mod kms;
mod objects;
mod published;
mod seal;
mod uses;
mod worker;

use std::{path::Path, sync::Arc, time::Duration};

use nexus_authz::{access::Access, credential::Credentials};
use nexus_core::{
    audit::AuditLog,
    clock::Clock,
    cost::Costs,
    crypto::{rotation::Rotations, vault::Vault},
    escrow::Escrow,
    idempotency::{self, Idempotency},
    keyring::KeyringError,
    limit::Limiter,
    pg::{Db, DbError, MigrateError, changes::Changes, embedded::EmbeddedError},
    plan::Plans,
    quota::Quotas,
    resilience::{Integration, Integrations},
    settings::SettingError,
    shared::Shared,
    sla::Sla,
    slots::Slots,
    switch::Switches,
};
use nexus_retrieval::{
    conversation::Records,
    corpus::Corpora,
    document::{cost::Charges, source::Sources},
    embed::{self, Embedder},
    ingest::extract::isolate::Extractor,
    llm::{self, Llm},
    objects::Shelf,
    provider::LocalPgvector,
    rerank::{self, RerankError},
    run::Runs,
    speech::{SpeechError, SpeechProvider, Voice},
};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::database::OpenDatabase;
use self::database::Ready;
pub(crate) use self::{
    database::check_pepper,
    keyring::{look as check_keyring, open as keyring},
};
use crate::{
    app::{Parts, Platform},
    audit::AuditDesk,
    billing::Webhook,
    providers,
    run::replay::Replays,
    secrets::{Secrets, SecretsError},
    settings::{IngestMode, ProcessRole, Settings},
};

/// Why the platform does not start. Each is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The private database.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The schema.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The secrets.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// A setting that only shows to be wrong when it is used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The keys of this database were hashed with another pepper.
    #[error(
        "AUTH_KEY_PEPPER differs from the one that this database's API keys were hashed with: give this process the secrets \
         of the others (AUTH_KEY_PEPPER, or the file secrets.json of their data directory)"
    )]
    OtherPepper,
    /// The embedding model.
    #[error("embedding model: {0}")]
    Embed(#[from] embed::EmbedError),
    /// The re-ranker.
    #[error(transparent)]
    Rerank(#[from] RerankError),
    /// The language model.
    #[error("language model: {0}")]
    Llm(#[from] llm::LlmError),
    /// The keys of the platform that this database holds.
    #[error("KEYRING_MASTER_KEY does not open the platform keys of this database: {0}")]
    Keyring(KeyringError),
    /// Speech.
    #[error("speech: {0}")]
    Speech(#[from] SpeechError),
    /// The receiver of billing events.
    #[error("BILLING_WEBHOOK_URL: {0}")]
    Billing(#[from] reqwest::Error),
    /// The object store.
    #[error("OBJECT_STORE_URL: {0}")]
    Objects(String),
    /// The data directory.
    #[error("cannot use the data directory {path}: {error}")]
    DataDir {
        /// The directory.
        path: String,
        /// What is wrong.
        error: std::io::Error,
    },
}

/// A platform that runs.
#[derive(Debug)]
pub struct Running {
    /// What handlers need.
    pub platform: Platform,
    /// The database below.
    pub database: OpenDatabase,
    /// Stops workers: they take no more jobs.
    working: CancellationToken,
    /// Stops listeners and writers.
    stop: CancellationToken,
    audit: JoinHandle<()>,
    /// Writes down what is counted.
    counting: JoinHandle<()>,
}

/// The parts that think, and the time they go by. Tests bring their own.
pub struct Engines {
    /// The embedding model.
    pub embedder: Arc<dyn Embedder>,
    /// The language model.
    pub llm: Arc<dyn Llm>,
    /// What reads files.
    pub extractor: Arc<dyn Extractor>,
    /// The clock.
    pub clock: Clock,
}

impl Engines {
    /// Loads what the settings name.
    pub async fn load(settings: &Settings) -> Result<Self, BootError> {
        let wanted = settings.embed.clone();
        let embedder = tokio::task::spawn_blocking(move || embed::build(&wanted));
        let embedder = embedder.await.map_err(|e| BootError::Objects(e.to_string()))??;
        let local = (settings.embed.provider == embed::Provider::MiniLm).then(|| Arc::clone(&embedder));
        let llm = llm::build(&settings.llm, local)?;
        Ok(Self { embedder, llm, extractor: worker::extractor(settings)?, clock: Clock::system() })
    }
}

/// Starts everything below HTTP.
pub async fn boot(settings: &Settings, role: ProcessRole) -> Result<Running, BootError> {
    // The model takes as long to load as the database to get ready: neither waits for the other.
    let ready = async { Ready::make(settings, OpenDatabase::open(settings).await?).await };
    let (ready, engines) = futures::try_join!(ready, Engines::load(settings))?;
    start_on(settings, role, ready, engines).await
}

/// As [`boot`], on a database and with models that are there.
pub async fn start(
    settings: &Settings,
    role: ProcessRole,
    database: OpenDatabase,
    engines: Engines,
) -> Result<Running, BootError> {
    start_on(settings, role, Ready::make(settings, database).await?, engines).await
}

async fn start_on(
    settings: &Settings,
    role: ProcessRole,
    Ready { database, db, secrets }: Ready,
    engines: Engines,
) -> Result<Running, BootError> {
    let (working, stop) = (CancellationToken::new(), CancellationToken::new());
    let extractor = Arc::clone(&engines.extractor);
    let (platform, audit) = assemble(settings, &secrets, db, engines, &stop).await?;
    if role != ProcessRole::Api || settings.ingest_mode == IngestMode::Inline {
        worker::start(settings, &platform, extractor, &working);
    }
    platform.tasks.spawn(uses::write(platform.clone(), working.clone()));
    platform.tasks.spawn(idempotency::keep_pruned(platform.db.clone(), platform.clock.clone(), working.clone()));
    platform.tasks.spawn(platform.sla.clone().run(working.clone()));
    let sealer = seal::sealer(settings, &platform)?;
    platform.tasks.spawn(sealer.run(working.clone()));
    let counting = tokio::spawn(count(platform.clone(), stop.clone()));
    Ok(Running { platform, database, working, stop, audit, counting })
}

impl Running {
    /// Ends streams and begins to drain jobs. Requests are still served.
    pub fn begin_to_stop(&self) {
        self.platform.stopping.cancel();
        self.working.cancel();
    }

    /// Waits for streams and jobs, writes down what is pending, and stops the private database, in this order.
    pub async fn shut_down(self, limit: Duration) -> Result<(), BootError> {
        self.begin_to_stop();
        self.platform.tasks.close();
        if tokio::time::timeout(limit, self.platform.tasks.wait()).await.is_err() {
            tracing::warn!("some work was not done within the time for stopping; it is taken up again later");
        }
        let _ = tokio::time::timeout(limit, self.platform.runs.costs.flush()).await;
        // The last runs ended after the turns that write measurements did.
        let _ = tokio::time::timeout(limit, self.platform.sla.flush()).await;
        self.stop.cancel();
        let _ = self.counting.await;
        self.platform.audit.flush().await;
        self.audit.abort();
        self.platform.db.close().await;
        self.database.close().await
    }
}

async fn assemble(
    settings: &Settings,
    secrets: &Secrets,
    db: Db,
    Engines { embedder, llm, clock, .. }: Engines,
    stop: &CancellationToken,
) -> Result<(Platform, JoinHandle<()>), BootError> {
    let changes = Changes::listen(&db, stop.clone());
    let shared = Shared::open(&settings.shared).await?;
    let (audit, writer) = AuditLog::new(&db, &settings.audit);
    let integrations = Integrations::recorded(&shared, settings.resilience.clone(), audit.clone(), clock.clone());
    let objects = objects::open(settings, &integrations)?;
    let keyring = keyring::open(settings)?;
    keyring::check(&keyring, &db).await?;
    let access = Access::new(db.clone(), &changes, settings.policies, settings.scope, audit.clone());
    let vault = Vault::new(&db, kms::open(settings, &integrations)?, settings.crypto.clone());
    let shelf = Shelf::sealed(objects, db.clone(), vault.clone());
    let rotations = Rotations::new(vault.clone(), kms::resealed(&db, &shelf));
    let voice = Voice::new(&settings.speech, shelf.clone(), &secrets.audio)?;
    let voice = match settings.speech.provider {
        SpeechProvider::OpenAi => {
            let attempts = settings.resilience.attempts;
            voice.on(integrations.line(Integration::OpenAiTts, "").limited(settings.speech.timeout, attempts))
        }
        SpeechProvider::None | SpeechProvider::Fake => voice,
    };
    let switches = Switches::new(db.clone(), &changes, settings.switches);
    let plans = Plans::new(db.clone(), &changes, settings.plans.clone());
    let escrow = Escrow::new(&db, &changes, settings.escrow);
    let billing = settings.billing.billing();
    let quotas = Quotas::new(&db, &changes, &escrow, (billing, audit.clone()), settings.quotas);
    let slots =
        Slots::new("nexusrag_runs_in_flight", settings.runs.max_concurrency, settings.runs.tenant_max_concurrency);
    let sla = Sla::new(&db, &changes, &audit, &clock, settings.sla.clone());
    sla.watch({
        let slots = slots.clone();
        move || slots.loads()
    });
    let (costs, bills) = Costs::new(&db, &changes, &audit, (&escrow, &plans), settings.costs);
    tokio::spawn(bills.run(stop.clone()));
    let meter = Charges::new(costs.clone(), embedder.model());
    embedder.connect(&integrations);
    llm.connect(&integrations);
    let second = rerank::build(&settings.rerank, &embedder, &integrations)?;
    let local = LocalPgvector::new(db.clone(), Arc::clone(&embedder)).with_second(second).with_memory(settings.memory);
    let runs = Runs {
        db: db.clone(),
        records: Records::new(db.clone()),
        corpora: Corpora::new(db.clone(), &changes),
        providers: providers::build(settings, local, &integrations, &db, &audit),
        llm,
        voice: voice.clone(),
        slots,
        audit: audit.clone(),
        changes: changes.clone(),
        clock: clock.clone(),
        access: access.clone(),
        switches: switches.clone(),
        plans: plans.clone(),
        quotas: quotas.clone(),
        sla: sla.clone(),
        costs,
        settings: settings.runs,
    };
    let platform = Platform::new(Parts {
        origins: settings.layers.origins.clone(),
        credentials: Credentials::new(db.clone(), secrets.pepper.clone(), settings.credentials.clone(), &changes),
        limiter: Limiter::recorded(&shared, settings.limits.clone(), audit.clone()),
        idempotency: Idempotency::new(settings.idempotency).sealed(vault.clone()),
        escrow,
        quotas,
        billing,
        webhook: Webhook::open(&settings.billing, (&db, &keyring), &integrations, &clock)?,
        self_serve: settings.self_serve,
        db,
        integrations,
        changes,
        auth: settings.auth.clone(),
        roles: settings.roles,
        access,
        sla,
        intake: Slots::new("nexusrag_intake_in_flight", settings.documents.intake, settings.documents.tenant_intake),
        documents: settings.documents,
        charges: meter,
        imports: settings.imports.clone(),
        heartbeat_stale: settings.jobs.heartbeat_stale,
        max_upload: settings.max_upload,
        switches,
        plans,
        sources: Sources::on(shelf),
        embedder,
        runs,
        voice,
        replays: Replays::new(settings.replay, &shared, &vault),
        shared,
        vault,
        rotations,
        keyring,
        audit,
        audit_desk: AuditDesk::new(Arc::clone(&secrets.audit), secrets.cursor.clone()),
        clock,
        tasks: TaskTracker::new(),
        stopping: CancellationToken::new(),
    });
    Ok((platform, tokio::spawn(writer.run(stop.clone()))))
}

/// Keeps ledgers and counters up to date, and at the end gives back what was leased.
async fn count(platform: Platform, stop: CancellationToken) {
    tokio::join!(platform.escrow.run(stop.clone()), platform.quotas.run(stop));
    platform.escrow.close().await;
}

fn data_dir_error(path: &Path) -> impl FnOnce(std::io::Error) -> BootError {
    let path = path.display().to_string();
    move |error| BootError::DataDir { path, error }
}
