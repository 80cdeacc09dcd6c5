#![doc = include_str!("../README.md")]

pub mod conversation;
pub mod corpus;
pub mod document;
pub mod embed;
pub mod eval;
#[cfg(feature = "files")]
pub mod import;
pub mod index;
pub mod ingest;
pub mod library;
pub mod llm;
pub mod objects;
pub mod provider;
pub mod rerank;
pub mod run;
pub mod speech;
