#![doc = include_str!("../README.md")]

pub mod corpus;
pub mod document;
pub mod embed;
pub mod index;
pub mod ingest;
pub mod llm;
pub mod provider;
pub mod speech;
