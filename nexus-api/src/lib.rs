#![doc = include_str!("../README.md")]

pub mod app;
pub mod auth;
pub mod billing;
pub mod boot;
pub mod cli;
pub mod docs;
pub mod http;
pub mod layers;
pub mod log;
pub mod metrics;
pub mod router;
pub mod run;
pub mod secrets;
pub mod self_serve;
pub mod serve;
pub mod settings;
pub mod sla;

mod audio;
mod bulk;
mod corpus;
mod document;
mod explain;
mod grant;
mod group;
mod health;
mod import;
mod key;
mod label;
mod models;
mod ops;
mod plan;
mod policy;
mod providers;
mod quota;
mod rollout;
mod search;
