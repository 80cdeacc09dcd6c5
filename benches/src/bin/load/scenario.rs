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
    /// `POST /v1/documents/text`, accepted; a worker of the same process makes it searchable meanwhile.
    Ingest,
    /// What tenants do in a day: questions, searches, lists, looking at corpora, and one text in twenty requests.
    Mixed,
}

/// Twenty requests of a mixed load.
const MIX: [Scenario; 20] = {
    use Scenario::{Corpus as C, Documents as D, Ingest as I, Run as R, Search as S};
    [R, D, S, R, C, R, D, S, R, C, R, D, S, R, C, R, D, S, R, I]
};

/// How many questions a session has before a new one begins. History grows within a session, as it does for people.
const QUESTIONS_PER_SESSION: usize = 4;
/// What the fake model says.
const SENTENCE: &[u8] = b"This is a fake response.";

impl Scenario {
    /// What leaves the corpus as it is, the bare handler first. The others are measured when they are asked for.
    pub const READING: [Self; 6] =
        [Self::Baseline, Self::Run, Self::Search, Self::Documents, Self::Corpus, Self::Health];

    /// Which kind the `n`-th request of a connection is.
    pub fn at(self, n: usize) -> Self {
        match self {
            Self::Mixed => MIX.get(n % MIX.len()).copied().unwrap_or(Self::Run),
            plain => plain,
        }
    }

    /// Whether it leaves work to be done.
    pub fn takes_in(self) -> bool {
        matches!(self, Self::Ingest | Self::Mixed)
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "bare SSE handler",
            Self::Run => "POST /v1/run",
            Self::Search => "POST /v1/corpora/{id}/search",
            Self::Documents => "GET /v1/documents",
            Self::Corpus => "GET /v1/corpora/{id}",
            Self::Health => "GET /v1/health",
            Self::Ingest => "POST /v1/documents/text",
            Self::Mixed => "mixed",
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
            Self::Ingest => world.ingest(measurement, connection, n),
            Self::Mixed => self.at(n).request(world, measurement, connection, n),
        }
    }

    /// What has to arrive for the first part of an answer to count as being there.
    pub fn first_mark(self) -> &'static [u8] {
        match self {
            Self::Run | Self::Baseline => b"\"type\":\"token.delta\"",
            _ => b"{",
        }
    }

    /// Whether the answer is complete and right.
    pub fn is_right(self, world: &World, answer: &Answer<'_>) -> bool {
        let holds = |needle: &[u8]| position(answer.body, needle).is_some();
        answer.status == if self == Self::Ingest { 202 } else { 200 }
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
                Self::Ingest => holds(b"\"document_id\":"),
                // Each of its requests is of another kind.
                Self::Mixed => false,
            }
    }
}
