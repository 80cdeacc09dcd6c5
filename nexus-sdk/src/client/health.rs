//! Whether the server is there.

use super::{Client, Error};
use crate::wire::Health;

impl Client {
    /// Asks whether the server is there; needs no credential.
    pub async fn health(&self) -> Result<Health, Error> {
        self.fetch_data(&self.get(&["health"])?, "a state of health").await
    }
}
