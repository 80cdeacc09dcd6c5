//! Passages to an answer.
