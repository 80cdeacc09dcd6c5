#![doc = include_str!("../README.md")]

pub mod embed;
pub mod ingest;
pub mod llm;
pub mod speech;
