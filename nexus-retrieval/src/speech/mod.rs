//! An answer to sound.

mod voice;

pub use voice::Voice;
