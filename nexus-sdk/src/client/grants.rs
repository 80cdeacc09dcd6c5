//! Grants on one document: list, make, revoke.

use reqwest::Method;

use super::{Client, Error};
use crate::wire::{CreateGrant, Grant, GrantList};

/// The grants on one document; see [`Client::grants`].
#[derive(Debug, Clone, Copy)]
pub struct Grants<'a> {
    client: &'a Client,
    document_id: &'a str,
}

impl<'a> Grants<'a> {
    pub(super) fn new(client: &'a Client, document_id: &'a str) -> Self {
        Self { client, document_id }
    }

    /// Every grant on the document, expired ones included.
    pub async fn list(self) -> Result<Vec<Grant>, Error> {
        let list: GrantList = self.client.fetch_data(&self.client.get(&self.path())?, "a list of grants").await?;
        Ok(list.items)
    }

    /// Grants something on the document.
    pub async fn create(self, request: &CreateGrant) -> Result<Grant, Error> {
        let call = self.client.change(Method::POST, &self.path())?.json(request)?;
        self.client.fetch_data(&call, "a grant").await
    }

    /// Takes a grant back, and returns what it was.
    pub async fn revoke(self, grant_id: &str) -> Result<Grant, Error> {
        let [admin, authz, documents, document, permissions] = self.path();
        let path = [admin, authz, documents, document, permissions, grant_id];
        self.client.fetch_data(&self.client.change(Method::DELETE, &path)?, "a grant").await
    }

    fn path(&self) -> [&'a str; 5] {
        ["admin", "authz", "documents", self.document_id, "permissions"]
    }
}
