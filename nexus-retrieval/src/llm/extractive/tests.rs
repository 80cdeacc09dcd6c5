#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use futures::StreamExt as _;
use proptest::prelude::*;

use super::*;
use crate::{
    index::{Hit, Origin},
    llm::Turn,
};

const GATES: &str = "# Agent 2.0\n\nAgent 2.0 is the next generation of the assistant. It was announced in May.\n\n\
    ## Release gates\n\nBefore the release it must pass these gates:\n\n\
    - an evaluation score of at least 90 %\n- a p95 latency below 200 ms\n- a security review signed by two people\n\n\
    ## Rollout\n\nThe rollout starts with 5 % of the tenants.\n";
const LUNCH: &str = "The canteen serves soup on Mondays. Fresh bread is baked every morning at six.";

fn passage(text: &str, score: f32) -> Hit {
    let origin = Origin { title: "notes.md".to_owned(), ..Origin::default() };
    Hit { score, ..Hit::new(origin.into(), 0, text) }
}

fn prompt(question: &str, passages: &[Hit]) -> Prompt {
    Prompt { passages: passages.into(), history: vec![], question: question.into(), max_output_tokens: 500 }
}

/// The text, the quoted spans as text, and the cited numbers.
fn read(prompt: &Prompt) -> (String, Vec<String>) {
    let (mut text, mut quotes) = (String::new(), Vec::new());
    for piece in futures::executor::block_on(answer(prompt, None)) {
        match piece {
            Piece::Delta(delta) => text.push_str(&delta),
            Piece::Quote { passage, start, end } => {
                let span: String = prompt.passages[passage].text.chars().skip(start).take(end - start).collect();
                assert!(text.ends_with(&span), "{text:?} does not end with {span:?}");
                quotes.push(span);
            }
            Piece::Usage(usage) => assert!(usage.estimated),
        }
    }
    (text, quotes)
}

#[test]
fn release_gates_are_quoted_as_a_list_with_their_citation() {
    let (text, quotes) =
        read(&prompt("What are the release gates for Agent 2.0?", &[passage(LUNCH, 0.05), passage(GATES, 0.6)]));
    assert!(quotes[0].starts_with("Before the release it must pass these gates:"), "{quotes:?}");
    assert!(quotes[0].ends_with("signed by two people"));
    assert!(text.starts_with(&format!("{} [2]", quotes[0])));
}

#[test]
fn a_figure_is_found_in_its_sentence() {
    let (text, quotes) = read(&prompt("How many tenants does the rollout start with?", &[passage(GATES, 0.5)]));
    assert_eq!(quotes[0], "The rollout starts with 5 % of the tenants.");
    assert!(text.starts_with("The rollout starts with 5 % of the tenants. [1]"));
}

#[test]
fn no_support_is_said_plainly_without_a_citation() {
    for passages in [&[passage(LUNCH, 0.1), passage(GATES, 0.1)][..], &[]] {
        let (text, quotes) = read(&prompt("Which vaccines protect children against measles?", passages));
        assert_eq!(text, NO_ANSWER);
        assert!(quotes.is_empty());
    }
}

#[test]
fn a_follow_up_is_read_with_the_question_before_it() {
    let mut follow = prompt("And who signs it?", &[passage(LUNCH, 0.1), passage(GATES, 0.3)]);
    follow.history = vec![
        Turn { speaker: Speaker::User, text: "What are the gates of the security review?".into() },
        Turn { speaker: Speaker::Assistant, text: "…".into() },
    ];
    let (_, quotes) = read(&follow);
    assert!(quotes[0].contains("signed by two people"), "{quotes:?}");
}

#[test]
fn repeated_passages_are_quoted_once() {
    let (_, quotes) =
        read(&prompt("When is fresh bread baked?", &[passage(LUNCH, 0.6), passage(LUNCH, 0.6), passage(LUNCH, 0.5)]));
    assert_eq!(quotes, ["Fresh bread is baked every morning at six."]);
}

#[test]
fn other_scripts_are_compared_too() {
    let zh = passage("发布前必须通过安全审查。食堂星期一供应汤。", 0.5);
    assert_eq!(read(&prompt("发布前必须通过什么审查？", &[zh])).1, ["发布前必须通过安全审查。"]);
    let ru = passage("Столовая закрыта. Выпуск агента назначен на май.", 0.5);
    assert_eq!(read(&prompt("Когда назначен выпуск агента?", &[ru])).1, ["Выпуск агента назначен на май."]);
}

#[test]
fn the_output_limit_holds() {
    let mut short = prompt("When is fresh bread baked?", &[passage(LUNCH, 0.6)]);
    short.max_output_tokens = 6;
    assert_eq!(read(&short).0, "Fresh bread is baked [1]");
    short.max_output_tokens = 0;
    assert_eq!(read(&short).0, "");
}

#[tokio::test]
async fn pieces_arrive_in_small_deltas() {
    let stream = Extractive::default().generate(prompt("When is fresh bread baked?", &[passage(LUNCH, 0.6)]));
    let deltas = stream.filter(|piece| std::future::ready(matches!(piece, Ok(Piece::Delta(_))))).count().await;
    assert_eq!(deltas, 3);
}

#[test]
fn a_large_passage_is_read_in_part() {
    let long = "Bread is baked at six. ".repeat(200_000);
    let (_, quotes) = read(&prompt("When is bread baked?", &[passage(&long, 0.5), passage(&long, 0.5)]));
    assert_eq!(quotes, ["Bread is baked at six."]);
}

proptest! {
    #[test]
    fn quotes_are_verbatim_and_within_limits(
        texts in prop::collection::vec("([A-Za-zé字。.|#`\\- ]|\n|bread |baked ){0,200}", 0..4),
        question in "(bread|baked|[a-z ]){0,40}",
        max_output_tokens in 0u32..80,
    ) {
        let passages: Vec<_> = texts.iter().map(|text| passage(text, 0.9)).collect();
        let (text, quotes) = read(&Prompt { max_output_tokens, ..prompt(&question, &passages) });
        prop_assert!(text.chars().count() <= max_output_tokens as usize * CHARS_PER_TOKEN);
        prop_assert!(quotes.len() <= 3);
        prop_assert_eq!(text.matches("do not contain an answer").count() > 0 && !quotes.is_empty(), false);
    }
}
