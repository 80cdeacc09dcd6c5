#![doc = include_str!("../README.md")]

#[cfg(feature = "postgres")]
pub mod audit;
pub mod clock;
pub mod id;
#[cfg(feature = "postgres")]
pub mod job;
pub mod op;
pub mod page;
#[cfg(feature = "postgres")]
pub mod pg;
pub mod principal;
pub mod problem;
pub mod resilience;
pub mod settings;
pub mod shared;
pub mod text;
