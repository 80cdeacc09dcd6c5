//! What commands print: lines for people, or one JSON object a line for programs.

use std::io::{IsTerminal as _, Write as _};

use serde::Serialize;

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub enum Failure {
    /// It did not work.
    Failed(String),
    /// It worked, and the answer is no.
    Negative(String),
}

impl Failure {
    /// The exit code, as documented in [`crate::cli`].
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Negative(_) => 3,
        }
    }

    /// Any error, in its own words.
    pub fn from_error(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Prints for programs or for people.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether results are for programs.
    #[must_use]
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Whether somebody watches, so that progress may be drawn.
    #[must_use]
    pub fn is_watched(self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }

    /// A result: the value for programs, the text for people.
    pub fn result(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json { self.raw(value) } else { line(&text()) }
    }

    /// A value as JSON, in any case.
    pub fn raw(self, value: &impl Serialize) -> Result<(), Failure> {
        line(&serde_json::to_string(value).map_err(Failure::from_error)?)
    }

    /// JSON over several lines, for a file that people compare.
    pub fn document(self, value: &impl Serialize) -> Result<(), Failure> {
        line(&serde_json::to_string_pretty(value).map_err(Failure::from_error)?)
    }

    /// A note for people; programs do not see it.
    pub fn note(self, text: &str) {
        if !self.json {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// A part of a line, at once.
    pub fn part(self, text: &str) {
        if !self.json {
            let mut out = std::io::stdout();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    }

    pub(super) fn failure(self, failure: &Failure) {
        let (Failure::Failed(text) | Failure::Negative(text)) = failure;
        let mut err = std::io::stderr();
        let _ = if self.json {
            writeln!(err, "{}", serde_json::json!({ "error": text }))
        } else {
            writeln!(err, "nexus: {text}")
        };
    }
}

fn line(text: &str) -> Result<(), Failure> {
    // A reader that has seen enough is no failure of ours.
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::from_error(error)),
        _ => Ok(()),
    }
}
