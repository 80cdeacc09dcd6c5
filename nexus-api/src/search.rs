//! `/v1/corpora/{corpus_id}/search`: passages without an answer.

use axum::extract::State;
use nexus_authz::{
    caller::Caller,
    permission::CorpusSearch,
    policy::{Condition, Limits},
};
use nexus_core::{cost::CostError, id::CorpusId, op::Op};
use nexus_retrieval::{
    corpus::decide::MAX_TOP_K,
    run::{
        Refused,
        search::{Found, Search, SearchError},
    },
};
use nexus_sdk::wire;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    cost,
    http::{Body, Context, Faults, Path, Query, Refusal, Reply, Validate, caller::As},
    quota,
    run::convert,
    sla,
};

/// The most fields of a filter, and the most values in all of them.
const MAX_FIELDS: usize = 20;
const MAX_VALUES: usize = 100;
/// The longest name of a field and the longest text of a value, in bytes.
const MAX_NAME: usize = 200;
const MAX_TEXT: usize = 500;
/// What a filter becomes. The bounds above keep it below this.
const LIMITS: Limits = Limits { max_bytes: 1024 * 1024, max_depth: 8 };

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(get, post))
}

/// A search in a query string.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// The question, or a few words.
    #[param(min_length = 1, example = "Who approves routine changes?")]
    query: String,
    /// How many passages; the corpus' default when it is absent.
    #[param(minimum = 1, maximum = 50, example = 5)]
    top_k: Option<u32>,
}

impl Validate for SearchQuery {
    fn validate(&self, faults: &mut Faults) {
        faults.check(!self.query.trim().is_empty(), "query", "must not be empty");
        faults.storable("query", &self.query);
        if let Some(top_k) = &self.top_k {
            faults.range("top_k", top_k, &(1..=MAX_TOP_K));
        }
    }
}

/// Finds the passages that fit a question best, among those that the caller may read, without writing an answer.
#[utoipa::path(get, path = "/corpora/{corpus_id}/search", tag = "corpora", operation_id = "search_corpus",
    params(("corpus_id" = String, Path, description = "The corpus"), SearchQuery),
    extensions(("x-permission" = json!("corpus.search"))),
    responses((status = 200, description = "The passages, best first", body = wire::Envelope<wire::SearchResults>),
        (status = 502, description = "The embedding model or the provider failed", body = wire::ErrorEnvelope)))]
async fn get(
    State(platform): State<Platform>,
    As(op, caller): As<CorpusSearch>,
    context: Context,
    Path(corpus): Path<CorpusId>,
    Query(asked): Query<SearchQuery>,
) -> Result<Reply<wire::SearchResults>, Refusal> {
    let search = Search { corpus, query: asked.query, top_k: asked.top_k, filter: None };
    Ok(Reply::ok(find(&platform, &context, &op, &caller, search).await?))
}

/// Finds the passages that fit a question best, among those that the caller may read and that pass a filter on labels and
/// metadata, without writing an answer.
#[utoipa::path(post, path = "/corpora/{corpus_id}/search", tag = "corpora", operation_id = "search_corpus_filtered",
    params(("corpus_id" = String, Path, description = "The corpus")), request_body = wire::SearchRequest,
    extensions(("x-permission" = json!("corpus.search"))),
    responses((status = 200, description = "The passages, best first", body = wire::Envelope<wire::SearchResults>),
        (status = 502, description = "The embedding model or the provider failed", body = wire::ErrorEnvelope)))]
async fn post(
    State(platform): State<Platform>,
    As(op, caller): As<CorpusSearch>,
    context: Context,
    Path(corpus): Path<CorpusId>,
    Body(asked): Body<wire::SearchRequest>,
) -> Result<Reply<wire::SearchResults>, Refusal> {
    let found = find(&platform, &context, &op, &caller, wanted(corpus, asked)?).await?;
    Ok(Reply::ok(found))
}

/// What a request looks for. Its filter was checked.
pub(crate) fn wanted(corpus: CorpusId, asked: wire::SearchRequest) -> Result<Search, Refusal> {
    let filter = asked.filter.as_ref().map(condition).transpose()?;
    Ok(Search { corpus, query: asked.query, top_k: asked.top_k, filter })
}

/// Searches; the client is told how its budget and its service level stand, whatever comes of it.
pub(crate) async fn find(
    platform: &Platform,
    context: &Context,
    op: &Op,
    caller: &Caller<CorpusSearch>,
    search: Search,
) -> Result<wire::SearchResults, Refusal> {
    match platform.runs.search(op, caller, search).await {
        Ok(found) => {
            quota::tell(context, found.quota.as_ref());
            cost::headers::tell(context, found.cost.as_ref());
            sla::tell(context, &found.sla);
            Ok(to_wire(found))
        }
        Err(error) => {
            if let SearchError::Refused(refused) = &error {
                quota::tell(context, refused.quota().as_ref());
                match refused {
                    Refused::Cost(CostError::OverBudget(standing)) => cost::headers::tell(context, Some(standing)),
                    Refused::Shed(shed) => sla::tell(context, &shed.standing),
                    _ => {}
                }
            }
            Err(error.into())
        }
    }
}

impl Validate for wire::SearchRequest {
    fn validate(&self, faults: &mut Faults) {
        check_filter(self.filter.as_ref(), faults);
    }
}

/// Reports what is wrong with a filter.
pub(crate) fn check_filter(filter: Option<&wire::SearchFilter>, faults: &mut Faults) {
    let Some(filter) = filter else { return };
    let fields = filter.labels.len() + filter.metadata.len();
    faults.check(fields <= MAX_FIELDS, "filter", &format!("must have at most {MAX_FIELDS} fields"));
    let count: usize = filter.labels.values().chain(filter.metadata.values()).map(|v| values(v).len()).sum();
    faults.check(count <= MAX_VALUES, "filter", &format!("must have at most {MAX_VALUES} values"));
    for (name, value) in &filter.labels {
        faults.check(values(value).iter().all(Value::is_string), "filter.labels", "must be texts or lists of texts");
        check_field(faults, "filter.labels", name, value);
        faults.check(!name.contains('.'), "filter.labels", "must not have a dot in a name");
    }
    for (path, value) in &filter.metadata {
        let scalar = |value: &Value| !value.is_array() && !value.is_object() && !value.is_null();
        faults.check(
            values(value).iter().all(scalar),
            "filter.metadata",
            "must be texts, numbers, booleans or lists of them",
        );
        check_field(faults, "filter.metadata", path, value);
    }
}

fn check_field(faults: &mut Faults, field: &str, name: &str, value: &Value) {
    let fits = name.len() <= MAX_NAME && !name.contains(char::is_control) && name.split('.').all(|s| !s.is_empty());
    faults.check(fits, field, &format!("must have names of 1 to {MAX_NAME} bytes, joined by dots"));
    let text = |value: &Value| value.as_str().is_none_or(|text| text.len() <= MAX_TEXT && !text.contains('\0'));
    faults.check(
        values(value).iter().all(text),
        field,
        &format!("must have texts of at most {MAX_TEXT} bytes, without NUL"),
    );
    faults.check(!values(value).is_empty(), field, "must have a value for each name");
}

/// The values of which one will do.
fn values(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// A filter in the language of policies, so that it goes the same way into every store.
fn condition(filter: &wire::SearchFilter) -> Result<Condition, Refusal> {
    let one = |path: String, value: &Value| {
        let ways: Vec<Value> = values(value).iter().map(|v| json!({ "in": [v, { "var": path }] })).collect();
        json!({ "any": ways })
    };
    let labels = filter.labels.iter().map(|(name, value)| one(format!("resource.labels.{name}"), value));
    let metadata = filter.metadata.iter().map(|(path, value)| one(format!("resource.metadata.{path}"), value));
    let all: Vec<Value> = labels.chain(metadata).collect();
    Ok(Condition::parse(&json!({ "all": all }), &LIMITS)?)
}

fn to_wire(found: Found) -> wire::SearchResults {
    wire::SearchResults {
        provider: found.provider.to_owned(),
        items: found.passages.into_iter().map(convert::citation).collect(),
    }
}
