//! Corpora that lie in Amazon Bedrock Knowledge Bases.
//!
//! One `Retrieve` call a question, in the region of the corpus, with the standard chain of credentials. The scope goes
//! along as a filter; what comes back is a proposal all the same and is checked by [`Guarded`](super::guard::Guarded).
//! When Bedrock is away the call fails within the time limit of its [`Line`], and the breaker of the region opens.

mod body;
mod convert;
mod fault;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_bedrockagentruntime::{
    Client,
    config::Builder,
    types::{
        KnowledgeBaseQuery, KnowledgeBaseRetrievalConfiguration, KnowledgeBaseVectorSearchConfiguration,
        SearchType as AwsSearchType,
    },
};
use futures::{FutureExt as _, future::BoxFuture};
use nexus_authz::scope::ReadScope;
use nexus_core::{
    op::Op,
    resilience::{Integration, Integrations, Line},
};
use tokio::sync::OnceCell;

use self::body::Bounded;
use super::{ProviderSettings, Query, RemoteFault, RetrievalError, guard::Remote};
use crate::{
    corpus::{Corpus, Provider, decide::SearchType},
    index::Hit,
};

/// The most results of one call, by the service.
const MAX_RESULTS: u32 = 100;
/// The longest question that the service takes, in characters.
const MAX_QUESTION: usize = 1000;
/// Clients that are kept, one for a region. There are fewer regions.
const MAX_CLIENTS: usize = 64;

/// Searches knowledge bases. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bedrock {
    settings: Arc<ProviderSettings>,
    integrations: Integrations,
    base: Arc<OnceCell<SdkConfig>>,
    clients: Arc<Mutex<HashMap<String, Client>>>,
}

impl Bedrock {
    /// With the standard chain of credentials, which is set up at the first question.
    #[must_use]
    pub fn new(settings: &ProviderSettings, integrations: &Integrations) -> Self {
        Self::assemble(settings, integrations, OnceCell::new())
    }

    /// With a configuration that the embedding program has.
    #[must_use]
    pub fn with_config(config: SdkConfig, settings: &ProviderSettings, integrations: &Integrations) -> Self {
        Self::assemble(settings, integrations, OnceCell::new_with(Some(config)))
    }

    fn assemble(settings: &ProviderSettings, integrations: &Integrations, base: OnceCell<SdkConfig>) -> Self {
        Self {
            settings: Arc::new(settings.clone()),
            integrations: integrations.clone(),
            base: Arc::new(base),
            clients: Arc::default(),
        }
    }

    async fn client(&self, region: &str, line: &Line) -> Client {
        if let Some(client) = self.clients().get(region) {
            return client.clone();
        }
        // A region is given, so that nobody goes looking for one in the metadata of the machine.
        let chain = || aws_config::defaults(BehaviorVersion::latest()).region(Region::new(region.to_owned())).load();
        let base = self.base.get_or_init(chain).await;
        let connect = line.timeout() / 2;
        let mut config = Builder::from(base)
            .region(Region::new(region.to_owned()))
            // Retries are ours: they obey the time limit of the whole call.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(connect).build())
            .interceptor(Bounded);
        config.set_endpoint_url(self.settings.aws_endpoint.clone().or_else(|| base.endpoint_url().map(Into::into)));
        let mut clients = self.clients();
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        clients.entry(region.to_owned()).or_insert_with(|| Client::from_conf(config.build())).clone()
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<String, Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, scope: &ReadScope, corpus: &Corpus, query: &Query) -> Result<Vec<Hit>, RemoteFault> {
        let Provider::AwsBedrockKb { knowledge_base_id, region, search_type } = &corpus.routing.provider else {
            return Err(RemoteFault::Config("the corpus is not routed to Bedrock".into()));
        };
        let line = self.integrations.line(Integration::AwsBedrock, region).on_behalf_of(scope.tenant());
        let wanted = query.top_k.clamp(1, MAX_RESULTS);
        let search = KnowledgeBaseVectorSearchConfiguration::builder()
            .number_of_results(i32::try_from(wanted).unwrap_or(i32::MAX))
            .set_override_search_type(search_type.map(|search_type| match search_type {
                SearchType::Hybrid => AwsSearchType::Hybrid,
                SearchType::Semantic => AwsSearchType::Semantic,
            }))
            .set_filter(self.settings.scope_filter.then(|| convert::filter(&scope.remote_bedrock())).flatten())
            .build();
        let question: String = query.text.chars().take(MAX_QUESTION).collect();
        let client = self.client(region, &line).await;
        let request = client
            .retrieve()
            .knowledge_base_id(knowledge_base_id)
            .retrieval_query(KnowledgeBaseQuery::builder().text(question).build())
            .retrieval_configuration(
                KnowledgeBaseRetrievalConfiguration::builder().vector_search_configuration(search).build(),
            );
        let answer = line
            .call(|| {
                let request = request.clone();
                async move { request.send().await.map_err(|error| fault::of(&error)) }
            })
            .await?;
        // Further pages are not fetched: the first holds the best, and has as many as were asked for.
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        Ok(answer.retrieval_results.into_iter().filter_map(convert::hit).take(wanted).collect())
    }
}

impl Remote for Bedrock {
    fn name(&self) -> &'static str {
        "aws_bedrock_kb"
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
