//! How good the answers of a running server are: do they quote the right place, do quotes stand where they claim to, and is a
//! question without an answer told so.
//!
//! Takes a folder of Markdown texts and a file of questions, one JSON object a line:
//! `{"corpus_id": "<name of a text>", "question": "…", "references": [{"start_index": n, "end_index": m}]}` with offsets in
//! characters, the form of the `chunk-eval` data. Each text becomes a corpus. Every question is asked of its own corpus, and
//! of another one, where no answer is right.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use clap::Parser;
use futures::StreamExt as _;
use nexus_sdk::{
    client::{Client, Upload},
    wire::{Citation, CreateCorpus, RunEventData, RunRequest},
};
use serde::Deserialize;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures the answers of a server.
#[derive(Debug, Parser)]
struct Args {
    /// The server.
    #[arg(long, env = "NEXUS_URL")]
    url: String,
    /// The API key of an editor.
    #[arg(long, env = "NEXUS_API_KEY", hide_env_values = true)]
    api_key: String,
    /// The folder of texts.
    #[arg(long)]
    texts: PathBuf,
    /// The file of questions.
    #[arg(long)]
    questions: PathBuf,
    /// How many questions, evenly spread; all otherwise.
    #[arg(long)]
    sample: Option<usize>,
    /// How many passages a run gets.
    #[arg(long, default_value_t = 5)]
    top_k: u32,
    /// Prints every question that was answered wrongly.
    #[arg(long)]
    verbose: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct Question {
    corpus_id: String,
    #[serde(rename = "question")]
    text: String,
    references: Vec<Reference>,
}

#[derive(Debug, Clone, Deserialize)]
struct Reference {
    start_index: u64,
    end_index: u64,
}

#[derive(Debug, Default)]
struct Tally {
    asked: u32,
    answered: u32,
    first_right: u32,
    any_right: u32,
    quotes: u32,
    quotes_verified: u32,
    foreign: u32,
    foreign_declined: u32,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let client = Client::builder().base_url(&args.url).api_key(args.api_key.clone()).build()?;
    let questions = read_questions(&args)?;
    let texts = ingest(&client, &args).await?;
    let names: Vec<&String> = texts.keys().collect();
    let mut tally = Tally::default();
    for question in &questions {
        let Some(text) = texts.get(&question.corpus_id) else { continue };
        let citations = ask(&client, &question.corpus_id, &question.text, args.top_k).await?;
        count_own(&mut tally, question, text, &citations, args.verbose);
        let other = names.iter().find(|n| ***n != question.corpus_id);
        if let Some(other) = other {
            tally.foreign += 1;
            let none = ask(&client, other, &question.text, args.top_k).await?.is_empty();
            tally.foreign_declined += u32::from(none);
        }
    }
    report(&tally);
    Ok(())
}

fn read_questions(args: &Args) -> Result<Vec<Question>, Failure> {
    let text = std::fs::read_to_string(&args.questions)?;
    let all = text.lines().map(serde_json::from_str).collect::<Result<Vec<Question>, _>>()?;
    let step = args.sample.map_or(1, |n| (all.len() / n.max(1)).max(1));
    Ok(all.into_iter().step_by(step).take(args.sample.unwrap_or(usize::MAX)).collect())
}

/// Puts every text into a corpus of its own and returns the texts as characters.
async fn ingest(client: &Client, args: &Args) -> Result<BTreeMap<String, Vec<char>>, Failure> {
    let mut texts = BTreeMap::new();
    for entry in std::fs::read_dir(&args.texts)? {
        let path = entry?.path();
        let (Some("md"), Some(name)) = (path.extension().and_then(|e| e.to_str()), path.file_stem()) else { continue };
        let name = name.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path)?;
        let corpus = CreateCorpus { id: Some(name.clone()), name: name.clone(), provider_config_json: None };
        if let Err(error) = client.corpora().create(&corpus).await
            && !matches!(error, nexus_sdk::client::Error::Api { status: 409, .. })
        {
            return Err(error.into());
        }
        let upload = Upload {
            corpus_id: name.clone(),
            document_id: Some(format!("text-{name}")),
            filename: format!("{name}.md"),
            content_type: "text/markdown".to_owned(),
            bytes: text.clone().into(),
            overwrite: false,
        };
        let accepted = client.documents().upload(upload).await?;
        client.documents().wait(&accepted.document_id, Duration::from_mins(15)).await?;
        texts.insert(name, text.chars().collect());
    }
    Ok(texts)
}

async fn ask(client: &Client, corpus: &str, question: &str, top_k: u32) -> Result<Vec<Citation>, Failure> {
    let request = RunRequest {
        session_id: format!("answers-{:x}", stable_hash(question)),
        corpus_id: corpus.to_owned(),
        message: question.to_owned(),
        top_k: Some(top_k),
        audio: false,
    };
    let mut events = client.run(request);
    let mut citations = Vec::new();
    while let Some(event) = events.next().await {
        match event?.data {
            RunEventData::MessageFinal(answer) => citations = answer.citations,
            RunEventData::Error(error) => return Err(format!("{}: {}", error.code, error.message).into()),
            _ => {}
        }
    }
    Ok(citations)
}

fn count_own(tally: &mut Tally, question: &Question, text: &[char], citations: &[Citation], verbose: bool) {
    let overlaps = |c: &Citation| match (c.start, c.end) {
        (Some(start), Some(end)) => question.references.iter().any(|r| start < r.end_index && r.start_index < end),
        _ => false,
    };
    let stands = |c: &Citation| {
        let range = usize::try_from(c.start?).ok()?..usize::try_from(c.end?).ok()?;
        Some(text.get(range)?.iter().collect::<String>() == c.quote)
    };
    tally.asked += 1;
    tally.answered += u32::from(!citations.is_empty());
    tally.first_right += u32::from(citations.first().is_some_and(overlaps));
    tally.any_right += u32::from(citations.iter().any(overlaps));
    tally.quotes += u32::try_from(citations.len()).unwrap_or_default();
    tally.quotes_verified += citations.iter().map(|c| u32::from(stands(c) == Some(true))).sum::<u32>();
    if verbose && !citations.iter().any(overlaps) {
        println!("- [{}] {}", question.corpus_id, question.text);
        for citation in citations {
            println!("    {}", citation.quote.replace('\n', " "));
        }
    }
}

fn report(t: &Tally) {
    let share = |part: u32, whole: u32| if whole == 0 { 0.0 } else { 100.0 * f64::from(part) / f64::from(whole) };
    println!("questions                      {}", t.asked);
    println!("answered                       {:.1} %", share(t.answered, t.asked));
    println!("a quote is in the right place  {:.1} %", share(t.any_right, t.asked));
    println!("the first quote is             {:.1} %", share(t.first_right, t.asked));
    println!("quotes that stand as claimed   {} of {}", t.quotes_verified, t.quotes);
    println!("asked of another text, declined {:.1} % of {}", share(t.foreign_declined, t.foreign), t.foreign);
}

/// FNV-1a: the same question gets the same session in every run.
fn stable_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
