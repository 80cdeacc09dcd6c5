//! What the server does when something breaks: the real binary as a child process, on a real database, with real signals.
//!
//! `NEXUS_FAULT_ROUNDS` multiplies how often each fault is tried, and is how many rights are taken away; without it the whole
//! file takes about a minute.
//! Figures are printed (`--nocapture`); nothing is asserted about how long something takes, except that it ends. With
//! `NEXUS_FAULT_ROUNDS` what is promised of rate limits is asserted as well: such a run has the machine to itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::await_holding_lock,
    missing_docs
)]

mod harness;

mod audit;
mod budgets;
mod crashes;
mod hangups;
mod imports;
mod keyring;
mod leaks;
mod levels;
mod limits;
mod names;
mod objects;
mod outages;
mod providers;
mod quotas;
mod replicas;
mod resume;
mod revocations;
mod rotations;
mod starts;
mod stop;
mod vertex;
