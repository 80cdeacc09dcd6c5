//! Whether readers find what they may read: random grants, compared with a search of everything.

use std::collections::BTreeSet;

use nexus_authz::{
    acl::{self, NewGrant, PrincipalType, Right},
    scope::{ReadScope, ScopeSettings},
};
use nexus_core::{
    id::{CorpusId, DocumentId, TenantId, UserId},
    pg::Plans,
    principal::{Principal, Role},
};
use nexus_retrieval::{
    corpus::Corpus,
    embed::Purpose,
    eval::{
        Dataset, Question, Truth, judge,
        stats::{self, SplitMix},
    },
    index::{self, Hit},
};
use serde::Serialize;

use super::{
    Bench, Failure, load,
    measure::{self, Preset},
};

/// How many questions each reader asks.
const QUESTIONS: usize = 20;
/// How many passages are compared.
const TOP_K: u32 = 10;

/// What a reader found, against what there was to be found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Outcome {
    /// How many documents the reader may read.
    pub(super) granted: usize,
    /// How many questions were asked of each leg.
    pub(super) questions: usize,
    /// Passages that the reader may not read and got all the same.
    pub(super) leaked: usize,
    /// Answers that had fewer passages than there are to read.
    pub(super) short: usize,
    /// The share of the nearest ten that the vector search of the reader found, against a comparison with everything.
    pub(super) dense_recall: f64,
    /// nDCG@10 of the default search of the reader, where the data set judges documents.
    pub(super) ndcg: Option<f64>,
}

/// A question with every passage of the corpus, the nearest first.
struct Asked<'a> {
    question: &'a Question,
    nearest: Vec<Hit>,
}

/// Lets each reader ask some questions of a random set of documents.
pub(super) async fn compare(
    bench: &Bench<'_>,
    corpus: &CorpusId,
    dataset: &Dataset,
    readers: usize,
) -> Result<Vec<Outcome>, Failure> {
    let corpus = measure::find(bench, corpus).await?;
    let asked = rank_everything(bench, &corpus, dataset).await?;
    let mut random = SplitMix(0x6EA7);
    let mut outcomes = Vec::new();
    for reader in 0..readers {
        // From a thousandth of the documents to half of them.
        let share = [1000, 100, 10, 2].get(reader % 4).copied().unwrap_or(2);
        let size = (dataset.documents.len() / share).max(1);
        let drawn = (0..size).filter_map(|_| dataset.documents.get(random.below(dataset.documents.len())));
        // What answers the questions is always among it: otherwise there is nothing to rank right.
        let right = asked.iter().flat_map(|asked| match &asked.question.truth {
            Truth::Documents(relevant) => relevant.keys().cloned().collect(),
            Truth::Spans(_) => Vec::new(),
        });
        let names = drawn.map(|text| text.id.clone()).chain(right);
        let granted: BTreeSet<String> = names.map(|id| load::document_id(&corpus.id, &id)).collect();
        // A name of its own for every set of documents: grants of an evaluation before this one do not count.
        let user = format!("nexus-eval-{:x}", random.next()).parse().map_err(Failure::from_error)?;
        grant(bench, &user, &granted).await?;
        outcomes.push(ask(bench, &corpus, (dataset, &asked), &user, &granted).await?);
    }
    Ok(outcomes)
}

async fn grant(bench: &Bench<'_>, user: &UserId, documents: &BTreeSet<String>) -> Result<(), Failure> {
    let new = NewGrant {
        principal_type: PrincipalType::User,
        principal_id: user.to_string(),
        right: Right::Read,
        expires_at: None,
    };
    let mut tx = bench.platform.db.tenant(&bench.tenant).await.map_err(Failure::from_error)?;
    for id in documents {
        let id: DocumentId = id.parse().map_err(Failure::from_error)?;
        acl::store::put(&bench.op(), &mut tx, super::USER, &id, &new).await.map_err(Failure::from_error)?;
    }
    tx.commit().await.map_err(Failure::from_error)
}

/// The truth, by a comparison with every vector that no limit of an answer cuts short. Once for all readers.
async fn rank_everything<'a>(
    bench: &Bench<'_>,
    corpus: &Corpus,
    dataset: &'a Dataset,
) -> Result<Vec<Asked<'a>>, Failure> {
    let everything = scope(&bench.tenant, &bench.user, Role::Admin, true).within(corpus.id.clone());
    let dense = Preset::Dense.configuration().over(corpus)?;
    let all = u32::try_from(corpus.chunk_count).unwrap_or(u32::MAX).min(1_000_000);
    let step = (dataset.questions.len() / QUESTIONS).max(1);
    let mut asked = Vec::new();
    for question in dataset.questions.iter().step_by(step).take(QUESTIONS) {
        let vectors = bench.platform.embedder.embed(vec![question.text.clone()], Purpose::Query).await;
        let vector = vectors.map_err(Failure::from_error)?.into_iter().next();
        let read = bench.platform.db.reading(&bench.tenant, Plans::Judged).await;
        let mut tx = read.map_err(Failure::from_error)?;
        let (op, text) = (bench.op(), &question.text);
        let found = index::search(&op, &mut tx, &everything, &dense, text, vector.as_deref(), all).await;
        let nearest = found.map_err(Failure::from_error)?.into_iter().map(|hit| Hit { text: "".into(), ..hit });
        asked.push(Asked { question, nearest: nearest.collect() });
    }
    Ok(asked)
}

async fn ask(
    bench: &Bench<'_>,
    corpus: &Corpus,
    (dataset, asked): (&Dataset, &[Asked<'_>]),
    user: &UserId,
    granted: &BTreeSet<String>,
) -> Result<Outcome, Failure> {
    let reader = scope(&bench.tenant, user, Role::Reader, false).within(corpus.id.clone());
    let dense = Preset::Dense.configuration().over(corpus)?;
    let fused = Preset::Fused.configuration().over(corpus)?;
    let names = measure::names(corpus, dataset);
    let mut outcome =
        Outcome { granted: granted.len(), questions: 0, leaked: 0, short: 0, dense_recall: 0.0, ndcg: None };
    let (mut found_of_right, mut gains) = ((0, 0), Vec::new());
    for Asked { question, nearest } in asked {
        outcome.questions += 1;
        let readable = nearest.iter().filter(|hit| granted.contains(&hit.origin.id));
        let right: Vec<&Hit> = readable.take(usize::try_from(TOP_K).unwrap_or(usize::MAX)).collect();
        let found = measure::search(bench, &reader, &dense, &question.text, TOP_K).await?;
        let both = measure::search(bench, &reader, &fused, &question.text, TOP_K).await?;
        let hits = || found.iter().chain(&both);
        outcome.leaked += hits().filter(|hit| !granted.contains(&hit.origin.id)).count();
        outcome.short += [&found, &both].iter().filter(|hits| hits.len() < right.len()).count();
        found_of_right.0 += right.iter().filter(|hit| found.iter().any(|other| place(other) == place(hit))).count();
        found_of_right.1 += right.len();
        gains.extend(judge(question, &measure::spans(&names, &both)).get("ndcg@10").copied());
    }
    #[allow(clippy::cast_precision_loss, reason = "a number of passages")]
    let recall = found_of_right.0 as f64 / found_of_right.1.max(1) as f64;
    Ok(Outcome { dense_recall: recall, ndcg: stats::estimate(&gains).map(|ndcg| ndcg.mean), ..outcome })
}

fn place(hit: &Hit) -> (&str, u64) {
    (&hit.origin.id, hit.start)
}

fn scope(tenant: &TenantId, user: &UserId, role: Role, admin_bypasses_acl: bool) -> ReadScope {
    let principal = Principal::vouched_for(tenant.clone(), user.clone(), role);
    ReadScope::vouched_for(&principal, None, ScopeSettings { admin_bypasses_acl })
}
