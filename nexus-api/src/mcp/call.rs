//! What each tool does: the same as the route of its permission, through the same gates.

use axum::extract::FromRequestParts as _;
use http::request::Parts;
use nexus_authz::{
    caller::Caller,
    permission::{CorpusRead, CorpusSearch, DocumentRead, RunInvoke},
};
use nexus_core::{
    id::{CorpusId, DocumentId, SessionId},
    op::Op,
};
use nexus_retrieval::{
    document::{DocumentError, read},
    run::Ask,
};
use nexus_sdk::wire;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    app::Platform,
    chat, corpus, document,
    http::{
        Context, Faults, Refusal, Validate, body,
        caller::As,
        page::{check_limit, checked_id, page_request},
    },
    run::{self, convert, whole::whole},
    search,
};

/// A tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    ListCorpora,
    Search,
    Ask,
    GetDocument,
}

impl Named {
    const ALL: [Self; 4] = [Self::ListCorpora, Self::Search, Self::Ask, Self::GetDocument];

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ListCorpora => "list_corpora",
            Self::Search => "search",
            Self::Ask => "ask",
            Self::GetDocument => "get_document",
        }
    }

    /// Calls it. The caller passes the gates before the arguments are looked at.
    pub(super) async fn call(
        self,
        platform: &Platform,
        parts: Parts,
        given: Map<String, Value>,
    ) -> Result<Value, Refusal> {
        match self {
            Self::ListCorpora => list_corpora(platform, parts, given).await,
            Self::Search => find(platform, parts, given).await,
            Self::Ask => Box::pin(ask(platform, parts, given)).await,
            Self::GetDocument => get_document(platform, parts, given).await,
        }
    }
}

async fn list_corpora(platform: &Platform, mut parts: Parts, given: Map<String, Value>) -> Result<Value, Refusal> {
    let As(_, caller) = As::<CorpusRead>::from_request_parts(&mut parts, platform).await?;
    let asked: wire::ToolListCorpora = arguments(given)?;
    let page = page_request(asked.limit, asked.cursor.as_deref())?;
    let (corpora, next) = corpus::page(platform, &caller, &page).await?;
    said(&wire::ToolCorpora { corpora, next_cursor: next.map(|after| after.encode()) })
}

async fn find(platform: &Platform, mut parts: Parts, given: Map<String, Value>) -> Result<Value, Refusal> {
    let As(op, caller) = As::<CorpusSearch>::from_request_parts(&mut parts, platform).await?;
    let context = Context::from_request_parts(&mut parts, platform).await?;
    let asked: wire::ToolSearch = arguments(given)?;
    let request = wire::SearchRequest { query: asked.query, top_k: asked.top_k, filter: asked.filter };
    let search = search::wanted(corpus_id(&asked.corpus_id)?, request)?;
    said(&search::find(platform, &context, &op, &caller, search).await?)
}

async fn ask(platform: &Platform, mut parts: Parts, given: Map<String, Value>) -> Result<Value, Refusal> {
    let As(op, caller) = As::<RunInvoke>::from_request_parts(&mut parts, platform).await?;
    let context = Context::from_request_parts(&mut parts, platform).await?;
    let asked: wire::ToolAsk = arguments(given)?;
    let session: SessionId = match &asked.session_id {
        Some(session) => checked_id("session_id", session)?,
        None => run::fresh_session("mcp"),
    };
    let ask = Ask { top_k: asked.top_k, ..Ask::new(session, corpus_id(&asked.corpus_id)?, asked.question) };
    let (run, session) = (op.request_id.to_string(), ask.session.to_string());
    let admitted = run::admit(platform, &context, op, caller, ask).await?;
    let answer = Box::pin(whole(platform, admitted)).await?;
    said(&wire::ToolAnswer {
        run_id: run,
        session_id: session,
        text: answer.text,
        citations: answer.citations.into_iter().map(convert::citation).collect(),
        usage: chat::usage(answer.usage),
    })
}

async fn get_document(platform: &Platform, mut parts: Parts, given: Map<String, Value>) -> Result<Value, Refusal> {
    let As(op, caller) = As::<DocumentRead>::from_request_parts(&mut parts, platform).await?;
    let asked: wire::ToolGetDocument = arguments(given)?;
    // An id outside of its alphabet names nothing.
    let id = asked.document_id.parse().map_err(|_| Refusal::not_found())?;
    said(&with_text(platform, &op, &caller, &id, (asked.start.unwrap_or(0), asked.end)).await?)
}

/// An id outside of its alphabet names nothing, as in a path.
fn corpus_id(text: &str) -> Result<CorpusId, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

/// Reads the arguments of a tool as strictly as the body of a request.
fn arguments<T: DeserializeOwned + Validate>(given: Map<String, Value>) -> Result<T, Refusal> {
    let bytes = serde_json::to_vec(&Value::Object(given)).map_err(|cause| Refusal::internal(&cause))?;
    body::parse(&bytes)
}

fn said(data: &impl Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(data).map_err(|cause| Refusal::internal(&cause))
}

impl Validate for wire::ToolListCorpora {
    fn validate(&self, faults: &mut Faults) {
        check_limit(self.limit, faults);
    }
}

impl Validate for wire::ToolSearch {
    fn validate(&self, faults: &mut Faults) {
        search::check_filter(self.filter.as_ref(), faults);
    }
}

impl Validate for wire::ToolAsk {}
impl Validate for wire::ToolGetDocument {}

/// A document with the text between two offsets, where it has one yet.
async fn with_text(
    platform: &Platform,
    op: &Op,
    caller: &Caller<DocumentRead>,
    id: &DocumentId,
    (start, end): (u64, Option<u64>),
) -> Result<wire::ToolDocument, Refusal> {
    let scope = platform.access.scope(op, caller).await?;
    let document = document::to_wire(read::get(op, &platform.db, &scope, id).await?);
    let text = match read::text(op, &platform.db, &scope, id, start, end).await {
        Ok(found) => Some(document::text_to_wire(id.clone(), found)),
        // Its row was read just now: there is no text yet.
        Err(DocumentError::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(wire::ToolDocument { document, text })
}
