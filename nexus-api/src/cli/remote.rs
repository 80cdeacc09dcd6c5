//! `corpus`, `ask` and `health`: commands that talk to a server, like any client.

use std::time::Duration;

use clap::{Args, Subcommand};
use futures::{StreamExt as _, TryStreamExt as _, pin_mut};
use nexus_sdk::{
    client::Client,
    wire::{Citation, CreateCorpus, RunEventData, RunRequest},
};
use secrecy::SecretString;
use serde_json::json;

use super::{Failure, Output};

/// Which server, as whom.
#[derive(Debug, Clone, Args)]
pub(super) struct ServerArgs {
    /// The server.
    #[arg(long, env = "NEXUS_URL", default_value = "http://127.0.0.1:8000")]
    url: String,
    /// The API key; better given by the environment, where other users do not see it.
    #[arg(long, env = "NEXUS_API_KEY", hide_env_values = true)]
    api_key: Option<SecretString>,
}

impl ServerArgs {
    pub(super) fn new(url: String, api_key: &str) -> Self {
        Self { url, api_key: Some(api_key.to_owned().into()) }
    }

    /// The address of a path of the server.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }

    pub(super) fn key(&self) -> Result<SecretString, Failure> {
        self.api_key.clone().ok_or_else(|| Failure::Failed("NEXUS_API_KEY is not set".into()))
    }

    pub(super) fn client(&self) -> Result<Client, Failure> {
        let key = self.key()?;
        Client::builder().base_url(&self.url).api_key(key).build().map_err(Failure::from_error)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum CorpusCommand {
    /// Makes a corpus.
    Create {
        /// Its id; chosen by the server otherwise.
        id: Option<String>,
        /// Its name; the id otherwise.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Lists the corpora.
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Shows a corpus.
    Get {
        /// Its id.
        id: String,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Deletes a corpus without documents.
    Delete {
        /// Its id.
        id: String,
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Debug, Args)]
pub(super) struct AskArgs {
    /// The question.
    question: String,
    /// The corpus.
    #[arg(long)]
    corpus: String,
    /// The conversation; a new one otherwise.
    #[arg(long)]
    session: Option<String>,
    /// How many passages.
    #[arg(long)]
    top_k: Option<u32>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn health(args: ServerArgs, out: Output) -> Result<(), Failure> {
    let ready = async {
        let url = format!("{}/v1/readyz", args.url.trim_end_matches('/'));
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
        Ok::<_, reqwest::Error>(http.get(url).send().await?.status().is_success())
    };
    match ready.await {
        Ok(true) => out.result(&json!({ "ready": true }), || "ready".to_owned()),
        Ok(false) => Err(Failure::Negative(format!("{} is not ready", args.url))),
        Err(error) => Err(Failure::Negative(format!("{} does not answer: {}", args.url, error.without_url()))),
    }
}

pub(super) async fn corpus(command: CorpusCommand, out: Output) -> Result<(), Failure> {
    match command {
        CorpusCommand::Create { id, name, server } => {
            let name = name.or_else(|| id.clone()).unwrap_or_else(|| "corpus".to_owned());
            let request = CreateCorpus { id, name, provider_config_json: None };
            let made = server.client()?.corpora().create(&request).await.map_err(Failure::from_error)?;
            out.result(&made, || format!("made the corpus {}", made.id))
        }
        CorpusCommand::List { server } => {
            let client = server.client()?;
            let corpora = client.corpora().list();
            pin_mut!(corpora);
            while let Some(corpus) = corpora.try_next().await.map_err(Failure::from_error)? {
                out.result(&corpus, || format!("{}\t{}\t{}", corpus.id, corpus.name, corpus.embedding_model))?;
            }
            Ok(())
        }
        CorpusCommand::Get { id, server } => {
            let found = server.client()?.corpora().get(&id).await.map_err(Failure::from_error)?;
            out.result(&found, || serde_json::to_string_pretty(&found).unwrap_or_default())
        }
        CorpusCommand::Delete { id, server } => {
            server.client()?.corpora().delete(&id).await.map_err(Failure::from_error)?;
            out.result(&json!({ "deleted": id }), || format!("deleted the corpus {id}"))
        }
    }
}

pub(super) async fn ask(args: AskArgs, out: Output) -> Result<(), Failure> {
    let client = args.server.client()?;
    let session = args.session.unwrap_or_else(|| format!("cli-{}", nexus_core::id::fresh()));
    let request = RunRequest {
        session_id: session,
        corpus_id: args.corpus,
        message: args.question,
        top_k: args.top_k,
        audio: false,
    };
    let answered = ask_with(&client, request, out).await?;
    if answered { Ok(()) } else { Err(Failure::Negative("no document that you can read supports an answer".into())) }
}

/// Asks and prints; tells whether the answer cites anything.
pub(super) async fn ask_with(client: &Client, request: RunRequest, out: Output) -> Result<bool, Failure> {
    let mut events = client.run(request);
    let mut cited = None;
    while let Some(event) = events.next().await {
        let event = event.map_err(Failure::from_error)?;
        if out.is_json() {
            out.raw(&event)?;
        }
        match event.data {
            RunEventData::TokenDelta(token) => out.part(&token.delta),
            RunEventData::MessageFinal(answer) => {
                out.part("\n");
                for citation in &answer.citations {
                    out.part(&show_citation(citation));
                }
                cited = Some(!answer.citations.is_empty());
            }
            RunEventData::Error(error) => {
                return Err(Failure::Failed(format!("{}: {}", error.code, error.message)));
            }
            _ => {}
        }
    }
    cited.ok_or_else(|| Failure::Failed("the stream ended without an answer".into()))
}

fn show_citation(c: &Citation) -> String {
    let place = match (c.start, c.end) {
        (Some(start), Some(end)) => format!(" {start}–{end}"),
        _ => String::new(),
    };
    let place = format!("{place}{}", c.metadata.get("location").map(show_place).unwrap_or_default());
    format!(
        "\n[{}] {} ({}{place})\n    “{}”\n",
        c.index,
        c.title.as_deref().unwrap_or(&c.source),
        c.source,
        c.quote.trim()
    )
}

fn show_place(location: &serde_json::Value) -> String {
    let shown = ["page", "slide", "sheet", "part", "heading"].into_iter().filter_map(|key| {
        let value = location.get(key)?;
        Some(format!(", {key} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    });
    shown.collect()
}

pub(super) fn client_of(server: &ServerArgs) -> Result<Client, Failure> {
    server.client()
}
