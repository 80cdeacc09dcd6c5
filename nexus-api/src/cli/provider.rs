//! `provider`: whether the retrieval provider of a corpus answers, asked as a server would ask it.

use std::{path::Path, time::Instant};

use clap::{Args, Subcommand};
use nexus_authz::scope::{ReadScope, ScopeSettings};
use nexus_core::{
    id::{CorpusId, TenantId, UserId},
    op::Op,
    principal::{Principal, Role},
    problem::Problem as _,
};
use nexus_retrieval::{
    corpus::{Corpus, decide::MAX_TOP_K},
    index::Hit,
    provider::{Query, Retrieved},
};
use serde_json::{Value, json};

use super::{Failure, Output, server};
use crate::{
    app::Platform,
    boot,
    settings::{IngestMode, ProcessRole},
};

/// How much of a passage is shown, in characters.
const EXCERPT: usize = 200;

#[derive(Debug, Subcommand)]
pub(super) enum ProviderCommand {
    /// Retrieves passages for a question from the provider of a corpus; no model is asked, nothing is recorded in a
    /// conversation, and every document counts as readable.
    #[command(
        after_help = "Example:\n  nexus provider smoke --tenant acme --corpus handbook --query \"How do I rotate a key?\" --top-k 3"
    )]
    Smoke(SmokeArgs),
}

#[derive(Debug, Args)]
pub(super) struct SmokeArgs {
    /// The tenant.
    #[arg(long)]
    tenant: TenantId,
    /// The corpus.
    #[arg(long)]
    corpus: CorpusId,
    /// The question.
    #[arg(long)]
    query: String,
    /// How many passages; what the corpus says otherwise.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_TOP_K)))]
    top_k: Option<u32>,
}

pub(super) async fn run(config: Option<&Path>, command: ProviderCommand, out: Output) -> Result<(), Failure> {
    let ProviderCommand::Smoke(args) = command;
    let mut settings = server::load(config)?;
    // This process is here for one question; documents are for others.
    settings.ingest_mode = IngestMode::Queue;
    let drain = settings.serve.drain;
    let running = boot::boot(&settings, ProcessRole::Api).await.map_err(Failure::from_error)?;
    let done = smoke(&running.platform, &args, out).await;
    running.shut_down(drain).await.map_err(Failure::from_error)?;
    done
}

async fn smoke(platform: &Platform, args: &SmokeArgs, out: Output) -> Result<(), Failure> {
    let found = platform.runs.corpora.get(&args.tenant, &args.corpus).await.map_err(Failure::from_error)?;
    let corpus = found.ok_or_else(|| Failure::Failed(format!("{} has no corpus {}", args.tenant, args.corpus)))?;
    let user: UserId = "provider-smoke".parse().map_err(Failure::from_error)?;
    let operator = Principal::vouched_for(args.tenant.clone(), user, Role::Admin);
    let all = ScopeSettings { admin_bypasses_acl: true };
    let scope = ReadScope::vouched_for(&operator, None, all).within(args.corpus.clone());
    let top_k = args.top_k.unwrap_or(corpus.routing.top_k_default);
    let query = Query::new(args.query.clone(), top_k);
    let op = Op::internal(platform.clock.now());
    let began = Instant::now();
    let found = platform.runs.providers.retrieve(&op, &scope, &corpus, &query).await;
    let took = began.elapsed().as_secs_f64() * 1000.0;
    let found = found.map_err(|error| Failure::Failed(format!("{}: {} ({error})", error.code(), error.message())))?;
    out.result(&report(&corpus, &found, took), || lines(&found, took))
}

fn report(corpus: &Corpus, found: &Retrieved, took: f64) -> Value {
    let hit = |(rank, hit): (usize, &Hit)| {
        json!({
            "rank": rank,
            "document_id": hit.origin.id,
            "title": hit.origin.title,
            "score": hit.score,
            "source": hit.origin.metadata.get("source_uri"),
            "text": excerpt(hit),
        })
    };
    json!({
        "tenant_id": corpus.tenant,
        "corpus_id": corpus.id,
        "configured_provider": corpus.routing.provider.as_str(),
        "provider": found.provider,
        "took_ms": (took * 10.0).round() / 10.0,
        "count": found.hits.len(),
        "results": (1..).zip(&found.hits).map(hit).collect::<Vec<_>>(),
    })
}

fn lines(found: &Retrieved, took: f64) -> String {
    let head = format!("{} passages from {} in {took:.0} ms", found.hits.len(), found.provider);
    let hit = |(rank, hit): (usize, &Hit)| format!("{rank}. {:.3}  {}\n   {}", hit.score, hit.origin.id, excerpt(hit));
    std::iter::once(head).chain((1..).zip(&found.hits).map(hit)).collect::<Vec<_>>().join("\n")
}

fn excerpt(hit: &Hit) -> String {
    let line: String = hit.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= EXCERPT { line } else { line.chars().take(EXCERPT).chain(['…']).collect() }
}
