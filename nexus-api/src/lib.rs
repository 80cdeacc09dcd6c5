#![doc = include_str!("../README.md")]

pub mod docs;
pub mod http;
pub mod layers;
pub mod log;
pub mod metrics;
pub mod serve;
