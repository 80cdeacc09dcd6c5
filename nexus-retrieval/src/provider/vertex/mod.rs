//! Corpora that lie in data stores of Vertex AI Search (Discovery Engine).
//!
//! One `Search` call a question, one page, at the endpoint of the corpus's location, with application default
//! credentials. The scope goes along as a filter; what comes back is a proposal all the same and is checked by
//! [`Guarded`](super::guard::Guarded). When the service is away the call fails within the time limit of its line, and the
//! breaker of the location opens.

mod convert;
mod credential;
mod transport;

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use google_cloud_auth::credentials::Credentials;
use google_cloud_discoveryengine_v1::model::{
    SearchRequest,
    search_request::{
        ContentSearchSpec, RelevanceScoreSpec,
        content_search_spec::{ExtractiveContentSpec, SearchResultMode, SnippetSpec},
    },
};
use nexus_authz::scope::ReadScope;
use nexus_core::{
    op::Op,
    resilience::{Integration, Integrations, Line},
};
use tokio::sync::OnceCell;

use self::transport::Transport;
use super::{ProviderSettings, Query, RemoteFault, RetrievalError, guard::Remote};
use crate::{
    corpus::{Corpus, Provider, decide::ResultMode},
    index::Hit,
};

/// The most results of one page, by the service.
const MAX_RESULTS: u32 = 100;

/// Searches data stores. Cheap to clone.
#[derive(Clone)]
pub struct VertexSearch {
    settings: Arc<ProviderSettings>,
    integrations: Integrations,
    given: Option<Credentials>,
    transport: Arc<OnceCell<Transport>>,
}

impl std::fmt::Debug for VertexSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VertexSearch").field("endpoint", &self.settings.vertex_endpoint).finish_non_exhaustive()
    }
}

impl VertexSearch {
    /// With the token of the settings or application default credentials, which are set up at the first question.
    #[must_use]
    pub fn new(settings: &ProviderSettings, integrations: &Integrations) -> Self {
        Self {
            settings: Arc::new(settings.clone()),
            integrations: integrations.clone(),
            given: None,
            transport: Arc::default(),
        }
    }

    /// With credentials that the embedding program has.
    #[must_use]
    pub fn with_credentials(
        credentials: Credentials,
        settings: &ProviderSettings,
        integrations: &Integrations,
    ) -> Self {
        Self { given: Some(credentials), ..Self::new(settings, integrations) }
    }

    async fn transport(&self, line: &Line) -> Result<&Transport, RemoteFault> {
        let make = async {
            let credentials = match &self.given {
                Some(credentials) => credentials.clone(),
                None => credential::find(self.settings.google_token.as_ref())?,
            };
            Transport::new(credentials, line.timeout() / 2)
        };
        self.transport.get_or_try_init(|| make).await
    }

    async fn ask(&self, scope: &ReadScope, corpus: &Corpus, query: &Query) -> Result<Vec<Hit>, RemoteFault> {
        let Provider::GcpVertex { project, location, resource_id, results } = &corpus.routing.provider else {
            return Err(RemoteFault::Config("the corpus is not routed to Vertex AI Search".into()));
        };
        let line = self.integrations.line(Integration::GcpVertex, location).on_behalf_of(scope.tenant());
        let wanted = query.top_k.clamp(1, MAX_RESULTS);
        let filter = if self.settings.scope_filter { scope.remote_vertex() } else { String::new() };
        let request = SearchRequest::new()
            .set_query(&query.text)
            .set_page_size(i32::try_from(wanted).unwrap_or(i32::MAX))
            .set_filter(filter)
            .set_content_search_spec(content(*results))
            .set_relevance_score_spec(RelevanceScoreSpec::new().set_return_relevance_score(true));
        let host = self.settings.vertex_endpoint.clone().unwrap_or_else(|| endpoint(location));
        let url =
            format!("{}/v1/{}:search", host.trim_end_matches('/'), serving_config(project, location, resource_id));
        let transport = self.transport(&line).await?;
        let page = line.call(|| transport.search(&url, &request)).await?;
        // The page is not followed by another: it has the best, and as many as were asked for.
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        Ok(page.results.into_iter().filter_map(convert::hit).take(wanted).collect())
    }
}

impl Remote for VertexSearch {
    fn name(&self) -> &'static str {
        "gcp_vertex"
    }

    fn limit(&self) -> u32 {
        MAX_RESULTS
    }

    fn search<'a>(
        &'a self,
        _: &'a Op,
        scope: &'a ReadScope,
        corpus: &'a Corpus,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Vec<Hit>, RetrievalError>> {
        self.ask(scope, corpus, query).map(|found| found.map_err(|fault| self.failed(fault))).boxed()
    }
}

fn endpoint(location: &str) -> String {
    match location {
        "global" => "https://discoveryengine.googleapis.com".to_owned(),
        location => format!("https://{location}-discoveryengine.googleapis.com"),
    }
}

fn serving_config(project: &str, location: &str, resource: &str) -> String {
    let kind = if resource.contains('/') { "" } else { "dataStores/" };
    format!("projects/{project}/locations/{location}/{kind}{resource}/servingConfigs/default_search")
}

/// Segments need the Enterprise edition and chunks a data store that has them: neither may be asked for unasked.
fn content(results: ResultMode) -> ContentSearchSpec {
    let spec = ContentSearchSpec::new();
    match results {
        ResultMode::Documents => spec.set_snippet_spec(SnippetSpec::new().set_return_snippet(true)),
        ResultMode::Segments => {
            spec.set_extractive_content_spec(ExtractiveContentSpec::new().set_max_extractive_segment_count(1))
        }
        ResultMode::Chunks => spec.set_search_result_mode(SearchResultMode::Chunks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_location_and_the_kind_of_resource() {
        assert_eq!(endpoint("global"), "https://discoveryengine.googleapis.com");
        assert_eq!(endpoint("eu"), "https://eu-discoveryengine.googleapis.com");
        assert_eq!(
            serving_config("p", "eu", "store"),
            "projects/p/locations/eu/dataStores/store/servingConfigs/default_search"
        );
        assert_eq!(
            serving_config("p", "global", "collections/c/engines/e"),
            "projects/p/locations/global/collections/c/engines/e/servingConfigs/default_search"
        );
    }
}
