#![doc = include_str!("../README.md")]

#[cfg(feature = "client")]
pub mod client;
pub mod wire;

#[cfg(feature = "client")]
pub use client::{Client, Error};
