#![doc = include_str!("../README.md")]

#[cfg(feature = "postgres")]
pub mod access;
pub mod acl;
pub mod caller;
#[cfg(feature = "postgres")]
pub mod credential;
#[cfg(feature = "postgres")]
pub mod group;
pub mod permission;
pub mod policy;
pub mod scope;
#[cfg(feature = "postgres")]
pub mod tenant;
