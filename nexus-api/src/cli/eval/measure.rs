//! Asking the questions of a data set under one configuration.

use std::{collections::BTreeMap, time::Instant};

use clap::ValueEnum;
use nexus_authz::scope::{ReadScope, ScopeSettings};
use nexus_core::{id::CorpusId, principal::Role};
use nexus_retrieval::{
    corpus::{Corpus, decide},
    embed::Purpose,
    eval::{Dataset, Figures, Span, judge, judge_citations},
    index::{Context, Hit},
    provider::Query,
    run::{self, Citation},
};
use serde_json::{Map, Value, json};

use super::{Bench, Failure, load};

/// A way to search: settings that are laid over those of the corpus.
#[derive(Debug, Clone)]
pub(super) struct Configuration {
    /// Its name in the report.
    pub(super) name: String,
    retrieval: Map<String, Value>,
    /// How many passages, where it is not as many as the command asks for.
    top_k: Option<u32>,
}

/// Configurations that have names.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Preset {
    /// The default: vectors and words.
    Fused,
    /// Vectors only.
    Dense,
    /// Words only.
    Lexical,
    /// The default with the re-ranker of this installation.
    Reranked,
    /// What an answer is made from: five passages, chosen and joined.
    Context,
}

impl Preset {
    pub(super) fn configuration(self) -> Configuration {
        let bare = json!({ "merge": false, "max_tokens": 1_000_000 });
        let (name, retrieval) = match self {
            Self::Fused => ("fused", json!({ "rerank": false, "context": bare })),
            Self::Dense => ("dense", json!({ "rerank": false, "context": bare, "fusion": { "legs": "dense" } })),
            Self::Lexical => ("lexical", json!({ "rerank": false, "context": bare, "fusion": { "legs": "lexical" } })),
            Self::Reranked => ("reranked", json!({ "rerank": true, "context": bare })),
            Self::Context => ("context", json!({ "rerank": false })),
        };
        let retrieval = retrieval.as_object().cloned().unwrap_or_default();
        let top_k = matches!(self, Self::Context).then_some(decide::DEFAULT_TOP_K);
        Configuration { name: name.to_owned(), retrieval, top_k }
    }
}

/// Reads `NAME={…}`.
pub(super) fn parse_named(text: &str) -> Result<Configuration, String> {
    let (name, settings) = text.split_once('=').ok_or("NAME={JSON} is needed")?;
    let retrieval = serde_json::from_str(settings).map_err(|e| format!("{name}: {e}"))?;
    Ok(Configuration { name: name.to_owned(), retrieval, top_k: None })
}

impl Configuration {
    /// The corpus, searched this way.
    pub(super) fn over(&self, corpus: &Corpus) -> Result<Corpus, Failure> {
        let mut config = corpus.provider_config.clone();
        if let Some(retrieval) = config.get_mut("retrieval").and_then(Value::as_object_mut) {
            retrieval.extend(self.retrieval.clone());
        }
        let (provider_config, routing) =
            decide::normalise(config).map_err(|e| Failure::Failed(format!("{}: {e}", self.name)))?;
        Ok(Corpus { provider_config, routing, ..corpus.clone() })
    }
}

/// What became of a question.
#[derive(Debug)]
pub(super) struct Run {
    /// Its id.
    pub(super) question: String,
    /// Its figures.
    pub(super) figures: Figures,
    /// How long it took, in milliseconds.
    pub(super) millis: f64,
    /// What was found.
    pub(super) hits: Vec<Hit>,
}

/// Embeds every question, one after another. Tells how long each took, in milliseconds.
pub(super) async fn embed_all(bench: &Bench<'_>, dataset: &Dataset) -> Result<Vec<f64>, Failure> {
    let mut millis = Vec::with_capacity(dataset.questions.len());
    for question in &dataset.questions {
        let began = Instant::now();
        let text = vec![question.text.clone()];
        bench.platform.embedder.embed(text, Purpose::Query).await.map_err(Failure::from_error)?;
        millis.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(millis)
}

/// Asks every question, one after another.
pub(super) async fn ask_all(
    bench: &Bench<'_>,
    corpus: &CorpusId,
    configuration: &Configuration,
    dataset: &Dataset,
    (top_k, answers): (u32, bool),
) -> Result<Vec<Run>, Failure> {
    let texts: BTreeMap<&str, Vec<char>> =
        dataset.documents.iter().map(|text| (text.id.as_str(), text.text.chars().collect())).collect();
    let corpus = configuration.over(&find(bench, corpus).await?)?;
    let everything = ScopeSettings { admin_bypasses_acl: true };
    let scope = ReadScope::vouched_for(&bench.principal(Role::Admin), None, everything).within(corpus.id.clone());
    let names = names(&corpus, dataset);
    let top_k = configuration.top_k.unwrap_or(top_k);
    let mut runs = Vec::with_capacity(dataset.questions.len());
    for question in &dataset.questions {
        let began = Instant::now();
        let hits = search(bench, &scope, &corpus, &question.text, top_k).await?;
        let millis = began.elapsed().as_secs_f64() * 1000.0;
        let mut figures = judge(question, &spans(&names, &hits));
        let quoted = hits.iter().map(|hit| (hit.origin.id.as_str(), hit.start, hit.end, &*hit.text));
        let mut exact = quoted.clone().all(|quoted| is_exact(&names, &texts, quoted));
        if answers {
            let cited = answer(bench, &scope, &corpus, &question.text).await?;
            let quoted = cited.iter().map(|c| (c.document.as_str(), c.start, c.end, c.quote.as_str()));
            exact &= quoted.clone().all(|quoted| is_exact(&names, &texts, quoted));
            let spans: Vec<Span> = quoted.map(|(d, start, end, _)| span(&names, d, start, end)).collect();
            figures.extend(judge_citations(question, &spans).unwrap_or_default());
        }
        figures.insert("exact offsets", if exact { 1.0 } else { 0.0 });
        runs.push(Run { question: question.id.clone(), figures, millis, hits });
    }
    Ok(runs)
}

pub(super) async fn find(bench: &Bench<'_>, id: &CorpusId) -> Result<Corpus, Failure> {
    let corpus = bench.platform.runs.corpora.get(&bench.tenant, id).await.map_err(Failure::from_error)?;
    Ok(corpus.ok_or_else(|| Failure::Failed(format!("the corpus {id} is gone")))?.as_ref().clone())
}

pub(super) async fn search(
    bench: &Bench<'_>,
    scope: &ReadScope,
    corpus: &Corpus,
    text: &str,
    top_k: u32,
) -> Result<Vec<Hit>, Failure> {
    let query = Query::new(text, top_k);
    let retriever = bench.platform.runs.providers.route(corpus).map_err(Failure::from_error)?;
    retriever.retrieve(&bench.op(), scope, corpus, &query).await.map_err(Failure::from_error)
}

/// What the answer to a question cites, on the whole way: passages as they are chosen for an answer, then the model.
async fn answer(
    bench: &Bench<'_>,
    scope: &ReadScope,
    corpus: &Corpus,
    question: &str,
) -> Result<Vec<Citation>, Failure> {
    let mut corpus = corpus.clone();
    corpus.routing.search.context = Context::default();
    let hits = search(bench, scope, &corpus, question, decide::DEFAULT_TOP_K).await?;
    let runs = &bench.platform.runs;
    let (_, cited) = run::answer(runs.llm.as_ref(), question, hits.into(), runs.settings.max_output_tokens)
        .await
        .map_err(Failure::from_error)?;
    Ok(cited)
}

/// Whether the text of the data set has these words at this place.
fn is_exact(
    names: &BTreeMap<String, String>,
    texts: &BTreeMap<&str, Vec<char>>,
    (document, start, end, quote): (&str, u64, u64, &str),
) -> bool {
    let place = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let text = names.get(document).and_then(|name| texts.get(name.as_str()));
    let stands = text.zip(place).and_then(|(text, (start, end))| text.get(start..end));
    stands.is_some_and(|stands| quote.chars().eq(stands.iter().copied()))
}

/// The ids of the data set by those of the documents that were made of it.
pub(super) fn names(corpus: &Corpus, dataset: &Dataset) -> BTreeMap<String, String> {
    dataset.documents.iter().map(|text| (load::document_id(&corpus.id, &text.id), text.id.clone())).collect()
}

pub(super) fn spans(names: &BTreeMap<String, String>, hits: &[Hit]) -> Vec<Span> {
    hits.iter().map(|hit| span(names, &hit.origin.id, hit.start, hit.end)).collect()
}

fn span(names: &BTreeMap<String, String>, document: &str, start: u64, end: u64) -> Span {
    Span { document: names.get(document).map_or(document, String::as_str).to_owned(), start, end }
}
