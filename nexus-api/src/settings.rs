//! All knobs, each read by the slice that it belongs to, and the rules between them.

use std::{path::PathBuf, time::Duration};

use nexus_authz::{caller::RoleSettings, credential::CredentialSettings, policy::PolicySettings, scope::ScopeSettings};
use nexus_core::{
    audit::AuditSettings,
    cost::CostSettings,
    crypto::CryptoSettings,
    escrow::EscrowSettings,
    idempotency::IdempotencySettings,
    job::JobSettings,
    keyring::KeyringSettings,
    limit::LimitSettings,
    pg::{
        PgSettings,
        embedded::{self, EmbeddedSettings},
    },
    plan::PlanSettings,
    quota::QuotaSettings,
    resilience::ResilienceSettings,
    settings::{SettingError, Source},
    shared::SharedSettings,
    sla::SlaSettings,
    switch::SwitchSettings,
};
use nexus_retrieval::{
    document::DocumentSettings, embed::EmbedSettings, import::ImportSettings, index::memory::MemorySettings,
    llm::LlmSettings, provider::ProviderSettings, rerank::RerankSettings, run::RunSettings, speech::SpeechSettings,
};
use secrecy::SecretString;

use crate::{
    auth::AuthSettings,
    billing::BillingSettings,
    bulk::Reach,
    checklist::{self, BackupKeys, When},
    layers, log, metrics,
    run::replay::ReplaySettings,
    secrets,
    self_serve::SelfServeSettings,
    serve,
};

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Database {
    /// Given by URL.
    Given(SecretString),
    /// A private server in the data directory.
    Embedded(EmbeddedSettings),
}

/// Which parts of the platform a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ProcessRole {
    /// Serves HTTP; documents wait for a worker.
    Api,
    /// Processes documents; serves health and metrics only.
    Worker,
    /// Both.
    All,
}

/// When documents are processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IngestMode {
    /// By jobs, in this process or another.
    Queue,
    /// By jobs, in the process that accepts them, whatever its role.
    Inline,
}

/// The knobs of a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where this installation keeps its files.
    pub data_dir: PathBuf,
    /// Where the database is.
    pub database: Database,
    /// Limits of the database connection; its URL is filled in when it is known.
    pub pg: PgSettings,
    /// Whether a start brings the schema up to date.
    pub migrate_on_start: bool,
    /// State that replicas share.
    pub shared: SharedSettings,
    /// Calls to services of others.
    pub resilience: ResilienceSettings,
    /// Remote retrieval providers.
    pub providers: ProviderSettings,
    /// Corpora in memory.
    pub memory: MemorySettings,
    /// The audit queue.
    pub audit: AuditSettings,
    /// Encryption at rest.
    pub crypto: CryptoSettings,
    /// The platform's own keys.
    pub keyring: KeyringSettings,
    /// Background jobs.
    pub jobs: JobSettings,
    /// API keys.
    pub credentials: CredentialSettings,
    /// Authentication at the edge.
    pub auth: AuthSettings,
    /// How many requests are let through.
    pub limits: LimitSettings,
    /// How changes are remembered that happen once.
    pub idempotency: IdempotencySettings,
    /// Ledgers.
    pub escrow: EscrowSettings,
    /// Quotas.
    pub quotas: QuotaSettings,
    /// Billing events.
    pub billing: BillingSettings,
    /// What administrators do without the operator.
    pub self_serve: SelfServeSettings,
    /// What roles may do.
    pub roles: RoleSettings,
    /// What callers may read.
    pub scope: ScopeSettings,
    /// What policies may say.
    pub policies: PolicySettings,
    /// Costs and budgets.
    pub costs: CostSettings,
    /// Documents.
    pub documents: DocumentSettings,
    /// Imports.
    pub imports: ImportSettings,
    /// The largest upload, in bytes.
    pub max_upload: usize,
    /// How switches stand while nobody has moved them.
    pub switches: SwitchSettings,
    /// What tenants have that were assigned no plan.
    pub plans: PlanSettings,
    /// When documents are processed.
    pub ingest_mode: IngestMode,
    /// Where sources of documents are kept; a folder in the data directory when absent.
    pub object_store: Option<String>,
    /// The longest that an operation on a bucket takes.
    pub object_store_timeout: Duration,
    /// The embedding model.
    pub embed: EmbedSettings,
    /// What looks at passages again.
    pub rerank: RerankSettings,
    /// The language model.
    pub llm: LlmSettings,
    /// Speech.
    pub speech: SpeechSettings,
    /// Runs.
    pub runs: RunSettings,
    /// Service levels and autoscaling.
    pub sla: SlaSettings,
    /// Streams.
    pub replay: ReplaySettings,
    /// What is asked of backups.
    pub backups: BackupKeys,
    /// Secrets that are given.
    pub secrets: secrets::Given,
    /// Transport.
    pub layers: layers::Settings,
    /// The accept loop.
    pub serve: serve::Settings,
    /// The metrics route.
    pub metrics: metrics::Settings,
    /// Logs.
    pub log: log::Settings,
}

impl Settings {
    /// Reads all knobs. What cannot be used is in the source's errors; every one of them is found, not only the first.
    pub fn read(s: &mut Source) -> Self {
        let data_dir =
            s.path_or("NEXUS_DATA_DIR", &embedded::default_data_dir(), "Where this installation keeps its files");
        let cache_dir =
            s.path_or("NEXUS_CACHE_DIR", &embedded::default_cache_dir(), "Where set-up put PostgreSQL and the model");
        let settings = Self {
            database: database(s, &data_dir, &cache_dir),
            pg: PgSettings::read(String::new().into(), s),
            migrate_on_start: s.flag("MIGRATE_ON_START", true, "Bring the schema up to date at the start"),
            shared: SharedSettings::read(s),
            resilience: ResilienceSettings::read(s),
            providers: ProviderSettings::read(s),
            memory: MemorySettings::read(s),
            audit: AuditSettings::read(s),
            crypto: CryptoSettings::read(s),
            keyring: KeyringSettings::read(s),
            jobs: JobSettings::read(s),
            credentials: CredentialSettings::read(s),
            auth: AuthSettings::read(s),
            limits: LimitSettings::read(s),
            idempotency: IdempotencySettings::read(s),
            escrow: EscrowSettings::read(s),
            quotas: QuotaSettings::read(s),
            billing: BillingSettings::read(s),
            self_serve: SelfServeSettings::read(s),
            roles: RoleSettings {
                admin_is_operator: s.flag(
                    "AUTHZ_ADMIN_IS_OPERATOR",
                    !s.is_given("DATABASE_URL"),
                    "Admins also operate the platform; for installations of one tenant",
                ),
            },
            scope: ScopeSettings {
                admin_bypasses_acl: s.flag(
                    "AUTHZ_ADMIN_BYPASS_DOCUMENT_ACL",
                    false,
                    "Admins read and change documents of their tenant without a grant",
                ),
            },
            policies: PolicySettings::read(s),
            costs: CostSettings::read(s),
            documents: DocumentSettings::read(s),
            imports: ImportSettings::read(s),
            max_upload: s.number(
                "INGEST_MAX_UPLOAD_BYTES",
                25 * 1024 * 1024,
                1024..=1024 * 1024 * 1024,
                "The largest file, in bytes",
            ),
            switches: SwitchSettings::read(s),
            plans: PlanSettings::read(s),
            ingest_mode: s
                .choice(
                    "INGEST_EXECUTION_MODE",
                    "queue",
                    &[("queue", IngestMode::Queue), ("inline", IngestMode::Inline)],
                    "queue: a worker processes documents; inline: the process that accepts them does",
                )
                .unwrap_or(IngestMode::Queue),
            object_store: s.text("OBJECT_STORE_URL", "file:///folder or s3://bucket/prefix for sources of documents"),
            object_store_timeout: s.millis(
                "OBJECT_STORE_TIMEOUT_MS",
                30_000,
                100..=600_000,
                "The longest that reading, writing or listing takes in a bucket, retries and pauses included",
            ),
            embed: embed(s, &cache_dir),
            rerank: RerankSettings::read(s),
            llm: LlmSettings::read(s),
            speech: SpeechSettings::read(s),
            runs: RunSettings::read(s),
            sla: SlaSettings::read(s),
            replay: ReplaySettings::read(s),
            backups: BackupKeys::read(s),
            secrets: secrets::Given::read(s),
            layers: layers::Settings::read(s),
            serve: serve::Settings::read(s),
            metrics: metrics::Settings::read(s),
            log: log::Settings::read(s),
            data_dir,
        };
        settings.refuse_broken(s, When::Always);
        settings
    }

    /// What a server needs besides and other commands do not (`checklist.rs`).
    pub fn check_serving(&self, s: &mut Source) {
        if !self.auth.dev_bypass {
            self.refuse_broken(s, When::Production);
        }
    }

    fn refuse_broken(&self, s: &mut Source, when: When) {
        for rule in checklist::broken(self, when) {
            s.refuse(rule.setting, rule.remedy);
        }
    }

    /// How long an operation on a bucket may take, and how often it is tried.
    #[must_use]
    pub fn objects(&self) -> Reach {
        (self.object_store_timeout, self.resilience.attempts)
    }
}

/// Reads all knobs from the environment and the optional file, or says everything that is wrong with them.
pub fn load(file: Option<&std::path::Path>) -> Result<(Settings, Source), Vec<SettingError>> {
    checked(file, |_, _| {})
}

/// As [`load`], for a server.
pub fn load_serving(file: Option<&std::path::Path>) -> Result<(Settings, Source), Vec<SettingError>> {
    checked(file, Settings::check_serving)
}

fn checked(
    file: Option<&std::path::Path>,
    check: impl FnOnce(&Settings, &mut Source),
) -> Result<(Settings, Source), Vec<SettingError>> {
    let mut source = Source::from_env(file).map_err(|e| vec![e])?;
    let settings = Settings::read(&mut source);
    check(&settings, &mut source);
    if source.errors().is_empty() { Ok((settings, source)) } else { Err(source.errors().to_vec()) }
}

fn database(s: &mut Source, data_dir: &std::path::Path, cache_dir: &std::path::Path) -> Database {
    let bin_dir = s.text("NEXUS_PG_BINDIR", "Programs of the PostgreSQL to run when DATABASE_URL is absent");
    match s.secret("DATABASE_URL", "PostgreSQL with pgvector; a private server in the data directory when absent") {
        Some(url) => Database::Given(url),
        None => Database::Embedded(EmbeddedSettings {
            data_dir: data_dir.join("postgres"),
            bin_dir: bin_dir.map(PathBuf::from),
            cache_dir: cache_dir.to_owned(),
            start_timeout: s.seconds("NEXUS_PG_START_TIMEOUT_S", 60, 1..=3600, "How long the private server may start"),
            stop_timeout: Duration::from_secs(20),
            durable: true,
        }),
    }
}

fn embed(s: &mut Source, cache_dir: &std::path::Path) -> EmbedSettings {
    crate::models::embed(s, &cache_dir.join("models/all-MiniLM-L6-v2"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    /// Limits, who operates, and the plan of those who bought none.
    fn guards(pairs: &[(&str, &str)]) -> (bool, bool, String) {
        let mut source = Source::from_pairs(pairs.iter().copied());
        let settings = Settings::read(&mut source);
        (settings.limits.enabled, settings.roles.admin_is_operator, settings.plans.default_plan)
    }

    #[test]
    fn a_database_of_many_is_guarded_however_its_address_is_given() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("url");
        std::fs::write(&file, "postgresql://nexus@db/nexus\n").unwrap();
        let shared = (true, false, "free".to_owned());
        assert_eq!(guards(&[("DATABASE_URL", "postgresql://nexus@db/nexus")]), shared);
        assert_eq!(guards(&[("DATABASE_URL_FILE", file.to_str().unwrap())]), shared);
        // An address that cannot be read stops the start, and opens nothing meanwhile.
        assert_eq!(guards(&[("DATABASE_URL_FILE", "/nonexistent")]), shared);
        assert_eq!(guards(&[]), (false, true, "enterprise".to_owned()));
    }
}
