//! Twenty questions about four documents, answered with the local model: each from the right document, quoting the fact.
#![cfg(feature = "minilm")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, path::PathBuf, sync::Arc};

use futures::StreamExt as _;
use nexus_retrieval::{
    embed::{Embedder, Purpose, minilm::MiniLm},
    index::{Hit, Origin},
    ingest::chunk::{ChunkSettings, TextKind, chunk},
    llm::{Extractive, Llm as _, NO_ANSWER, Piece, Prompt},
};

/// A question, the document that answers it, and what the quote has to contain.
const FACTS: &[(&str, &str, &str)] = &[
    ("How many days before departure are flights booked?", "travel.md", "fourteen days"),
    ("When is premium economy allowed?", "travel.md", "eight hours"),
    ("What does a rail pass cost?", "travel.md", "410 euros"),
    ("What is the hotel limit in Zurich?", "travel.md", "230 euros"),
    ("How much is the daily meal allowance abroad?", "travel.md", "42 euros"),
    ("Who has to sign expenses above 2,000 euros?", "travel.md", "department head"),
    ("Which extension do I call when my laptop is lost?", "security.md", "5911"),
    ("How long must a password be?", "security.md", "sixteen characters"),
    ("What is required for access to production?", "security.md", "Hardware keys"),
    ("When does the review of a severity-one incident take place?", "security.md", "five working days"),
    ("How long is customer data kept after a contract ends?", "security.md", "ninety days"),
    ("How often does Heron measure the temperature?", "product.md", "ten minutes"),
    ("How long does the battery of a Heron last?", "product.md", "eighteen months"),
    ("How far away may the gateway be?", "product.md", "twelve kilometres"),
    ("Who designed the Heron sensor?", "product.md", "Ines Calder"),
    ("How often is the oxygen probe calibrated?", "product.md", "every six months"),
    ("How many days of holiday do full-time staff have?", "people.txt", "twenty-eight days"),
    ("How long is parental leave?", "people.txt", "sixteen weeks"),
    ("Who runs the mentoring programme?", "people.txt", "Tomasz Lind"),
    ("Where did the Glasgow office move to?", "people.txt", "Clyde Street"),
];

/// Questions that none of the documents says anything about.
const NOT_THERE: &[&str] = &[
    "What colour is the company logo?",
    "How do I reset the coffee machine?",
    "Who is the head of marketing?",
    "When was the Paris office opened?",
    "What does a parking permit cost?",
    "Who founded the company?",
    "Which vaccines protect children against measles?",
    "What is the boiling point of tungsten?",
];

/// The handbook, cut and embedded.
struct Handbook {
    embedder: Arc<dyn Embedder>,
    passages: Vec<(Hit, Vec<f32>)>,
}

impl Handbook {
    async fn read() -> Self {
        let model = std::env::var("NEXUS_TEST_MODEL_DIR")
            .unwrap_or_else(|_| panic!("NEXUS_TEST_MODEL_DIR is not set: run the tests through `make test`"));
        let embedder: Arc<dyn Embedder> = Arc::new(MiniLm::load(&PathBuf::from(model), 2).unwrap());
        let mut passages = Vec::new();
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/handbook");
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let markdown = path.extension().is_some_and(|extension| extension == "md");
            let kind = if markdown { TextKind::Markdown } else { TextKind::Plain };
            let text = fs::read_to_string(&path).unwrap();
            let origin = Arc::new(Origin { id: name.clone(), title: name, ..Origin::default() });
            for piece in chunk(&text, kind, &ChunkSettings::default()) {
                let vector = embedder.embed(vec![piece.text.clone()], Purpose::Passage).await.unwrap().remove(0);
                let heading = piece.heading.map(Arc::from);
                let start = u64::try_from(piece.start).unwrap();
                let passage = Hit { heading, ..Hit::new(Arc::clone(&origin), start, piece.text) };
                passages.push((passage, vector));
            }
        }
        Self { embedder, passages }
    }

    /// The quotes of the answer with their documents, and its text.
    async fn ask(&self, question: &str) -> (Vec<(String, String)>, String) {
        let vector = self.embedder.embed(vec![question.to_owned()], Purpose::Query).await.unwrap().remove(0);
        let mut found = self.passages.clone();
        for (passage, of_passage) in &mut found {
            passage.score = vector.iter().zip(of_passage.iter()).map(|(a, b)| a * b).sum();
        }
        found.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
        let passages: Arc<[Hit]> = found.into_iter().take(5).map(|(passage, _)| passage).collect();
        let prompt = Prompt {
            passages: Arc::clone(&passages),
            history: Vec::new(),
            question: question.to_owned(),
            max_output_tokens: 500,
        };
        let mut pieces = Extractive::with_embedder(Arc::clone(&self.embedder)).generate(prompt);
        let (mut quotes, mut text) = (Vec::new(), String::new());
        while let Some(piece) = pieces.next().await {
            match piece.unwrap() {
                Piece::Delta(delta) => text.push_str(&delta),
                Piece::Quote { passage, start, end } => {
                    let source = passages.get(passage).unwrap();
                    let quote = source.text.chars().skip(start).take(end - start).collect();
                    quotes.push((source.origin.id.clone(), quote));
                }
                Piece::Usage(_) => {}
            }
        }
        (quotes, text)
    }
}

#[tokio::test]
async fn every_fact_is_quoted_from_its_document() {
    let handbook = Handbook::read().await;
    let mut missed = Vec::new();
    for (question, document, fact) in FACTS {
        let (quotes, _) = handbook.ask(question).await;
        if !quotes.iter().any(|(from, quote)| from == document && quote.contains(fact)) {
            missed.push((question, quotes));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test]
async fn what_is_not_there_is_said_not_to_be_there() {
    let handbook = Handbook::read().await;
    for question in NOT_THERE {
        let (quotes, text) = handbook.ask(question).await;
        assert!(quotes.is_empty() && text == NO_ANSWER, "{question}: {quotes:?}");
    }
}
