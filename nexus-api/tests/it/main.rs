//! Stories about the whole platform: the real router behind the real accept loop, on a database of its own.
//!
//! A file per noun, as in `src`. The harness fails a test that leaves a job undone or a change without its audit event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(clippy::too_many_lines, clippy::similar_names, clippy::format_collect, reason = "a story is told in one go")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "numbers of stories are small"
)]

mod harness;

mod agreement;
mod anchor;
mod audit;
mod authorization;
mod autoscaling;
mod chat;
mod client;
mod contract;
mod corpus;
mod cost;
mod cost_holds;
mod cost_lines;
mod cost_prices;
mod crypto;
mod cuts;
mod document;
mod envelope;
mod eval;
mod explain;
mod files;
mod grant;
mod group;
mod idempotency;
mod import;
mod key;
mod keyring;
mod limit;
mod matrix;
mod mcp;
mod neighbours;
mod ops;
mod plan;
mod policy;
mod provider;
mod quota;
mod resume;
mod revocation;
mod rollout;
mod run;
mod sealed;
mod search;
mod secrets;
mod self_serve;
mod simulate;
mod sla;
mod ui;
mod unavailable;
