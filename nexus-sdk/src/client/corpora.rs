//! Corpora: list, create, read, search, change, delete.

use futures::Stream;
use reqwest::Method;

use super::pages::pages;
use super::{Client, Error};
use crate::wire::{Corpus, CreateCorpus, PatchCorpus, SearchRequest, SearchResults};

/// The corpora of the tenant; see [`Client::corpora`].
#[derive(Debug, Clone, Copy)]
pub struct Corpora<'a> {
    client: &'a Client,
}

impl<'a> Corpora<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Every corpus, oldest first, page by page as the stream is read.
    pub fn list(self) -> impl Stream<Item = Result<Corpus, Error>> + Send + Unpin + use<> {
        pages(self.client.clone(), &["corpora"], Vec::new(), "a page of corpora")
    }

    /// Makes a corpus.
    pub async fn create(self, request: &CreateCorpus) -> Result<Corpus, Error> {
        let call = self.client.change(Method::POST, &["corpora"])?.json(request)?;
        self.client.fetch_data(&call, "a corpus").await
    }

    /// One corpus.
    pub async fn get(self, id: &str) -> Result<Corpus, Error> {
        self.client.fetch_data(&self.client.get(&["corpora", id])?, "a corpus").await
    }

    /// The passages that fit a question best, among those that the credential may read, without an answer.
    pub async fn search(self, id: &str, request: &SearchRequest) -> Result<SearchResults, Error> {
        let call = self.client.ask(&["corpora", id, "search"])?.json(request)?;
        self.client.fetch_data(&call, "passages").await
    }

    /// Changes a corpus.
    pub async fn patch(self, id: &str, request: &PatchCorpus) -> Result<Corpus, Error> {
        let call = self.client.change(Method::PATCH, &["corpora", id])?.json(request)?;
        self.client.fetch_data(&call, "a corpus").await
    }

    /// Deletes a corpus.
    pub async fn delete(self, id: &str) -> Result<(), Error> {
        self.client.fetch_bytes(&self.client.change(Method::DELETE, &["corpora", id])?).await.map(drop)
    }
}
