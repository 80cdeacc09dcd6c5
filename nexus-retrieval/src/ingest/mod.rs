//! Documents to chunks.

pub mod chunk;
