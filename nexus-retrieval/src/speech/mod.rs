//! An answer to sound.
