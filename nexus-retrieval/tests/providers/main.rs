//! Remote providers against strict doubles of their services: what is asked, what comes back, and every way to fail.
#![cfg(all(feature = "bedrock", feature = "vertex-search"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod bedrock;
mod double;
mod faults;
mod guarded;
mod model;
mod recorded;
mod scopes;
mod sigv4;
mod vertex;
mod world;
