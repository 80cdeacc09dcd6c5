//! What is asked for, and what a right answer looks like.

use clap::ValueEnum;
use serde::Serialize;

use crate::{
    client::{Answer, position},
    world::World,
};

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// The bare handler: one vector search and the same number of events.
    Baseline,
    /// `POST /v1/run`, read to `done`.
    Run,
    /// `POST /v1/corpora/{id}/search`: what a run finds, without an answer.
    Search,
    /// `GET /v1/documents`, a page of what the caller may read.
    Documents,
    /// `GET /v1/corpora/{id}`.
    Corpus,
    /// `GET /v1/health`.
    Health,
}

/// How many questions a session has before a new one begins. History grows within a session, as it does for people.
const QUESTIONS_PER_SESSION: usize = 4;
/// What the fake model says.
const SENTENCE: &[u8] = b"This is a fake response.";

impl Scenario {
    /// All of them, the bare handler first.
    pub const ALL: [Self; 6] = [Self::Baseline, Self::Run, Self::Search, Self::Documents, Self::Corpus, Self::Health];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "bare SSE handler",
            Self::Run => "POST /v1/run",
            Self::Search => "POST /v1/corpora/{id}/search",
            Self::Documents => "GET /v1/documents",
            Self::Corpus => "GET /v1/corpora/{id}",
            Self::Health => "GET /v1/health",
        }
    }

    /// The `n`-th request of a connection of one measurement.
    pub fn request(self, world: &World, measurement: &str, connection: usize, n: usize) -> Vec<u8> {
        match self {
            Self::Run => {
                let session = format!("{measurement}-{connection}-{}", n / QUESTIONS_PER_SESSION);
                world.run(&session, connection * 31 + n)
            }
            Self::Baseline => world.bare(connection * 31 + n),
            Self::Search => world.search(connection * 31 + n),
            Self::Documents => world.get("/v1/documents?limit=20"),
            Self::Corpus => world.get(&format!("/v1/corpora/{}", world.corpus())),
            Self::Health => world.get("/v1/health"),
        }
    }

    /// What has to arrive for the first part of an answer to count as being there.
    pub fn first_mark(self) -> &'static [u8] {
        match self {
            Self::Run | Self::Baseline => b"\"type\":\"token.delta\"",
            Self::Search | Self::Documents | Self::Corpus | Self::Health => b"{",
        }
    }

    /// Whether the answer is complete and right.
    pub fn is_right(self, world: &World, answer: &Answer<'_>) -> bool {
        let holds = |needle: &[u8]| position(answer.body, needle).is_some();
        answer.status == 200
            && match self {
                Self::Run | Self::Baseline => {
                    let tail = answer.body.len().saturating_sub(200);
                    let ended = position(answer.body.get(tail..).unwrap_or_default(), b"\"type\":\"done\"").is_some();
                    ended && holds(b"\"type\":\"message.final\"") && holds(SENTENCE) && !holds(b"\"type\":\"error\"")
                }
                Self::Search => holds(b"\"quote\":"),
                Self::Documents => holds(b"\"id\":\"load-doc-001\""),
                Self::Corpus => holds(world.corpus().as_bytes()),
                Self::Health => answer.body.starts_with(b"{"),
            }
    }
}
