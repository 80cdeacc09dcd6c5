//! Imports: begin, look at.

use reqwest::Method;

use super::{Client, Error};
use crate::wire::{CreateImport, Import};

/// Imports that the server does; see [`Client::imports`].
#[derive(Debug, Clone, Copy)]
pub struct Imports<'a> {
    client: &'a Client,
}

impl<'a> Imports<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Begins an import. The answer comes before the work is done: look at it with [`Imports::get`].
    pub async fn create(self, request: &CreateImport) -> Result<Import, Error> {
        let call = self.client.change(Method::POST, &["imports"])?.json(request)?;
        self.client.fetch_data(&call, "an import").await
    }

    /// One import, with how far it got.
    pub async fn get(self, id: &str) -> Result<Import, Error> {
        self.client.fetch_data(&self.client.get(&["imports", id])?, "an import").await
    }
}
