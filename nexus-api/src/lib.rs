#![doc = include_str!("../README.md")]

pub mod http;
pub mod layers;
pub mod metrics;
pub mod serve;
