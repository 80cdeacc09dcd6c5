//! What a client gets: an answer, the chunks of one, a refusal, and the corpora as models.

use serde::{Deserialize, Serialize};

use crate::wire::{Object, words::words};

// A type that says its name on the wire has one value.
macro_rules! tag {
    ($(#[$doc:meta])* $name:ident = $word:tt) => {
        words! {
            $(#[$doc])*
            $name {
                /// The only one.
                The = $word,
            }
        }
    };
}

tag! {
    /// The type of an answer.
    ChatCompletionObject = "chat.completion"
}
tag! {
    /// The type of a chunk.
    ChunkObject = "chat.completion.chunk"
}
tag! {
    /// The type of a model.
    ModelObject = "model"
}
tag! {
    /// The type of a list.
    ModelListObject = "list"
}
tag! {
    /// The type of an annotation.
    ChatAnnotationType = "url_citation"
}
tag! {
    /// Who answers.
    ChatMessageRole = "assistant"
}

words! {
    /// Why an answer ends.
    ChatFinish {
        /// It is whole.
        Stop = "stop",
        /// No more was allowed.
        Length = "length",
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatCompletion {
    /// `chatcmpl-` and the id of the run.
    #[cfg_attr(feature = "schema", schema(example = "chatcmpl-0198c0de-7c5e-7b1a-9d3f-2f6c1d8e4a10"))]
    pub id: String,
    /// What this is.
    pub object: ChatCompletionObject,
    /// When it was asked for, in seconds since 1970.
    pub created: i64,
    /// The corpus.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub model: String,
    /// The one answer.
    pub choices: Vec<ChatChoice>,
    /// What it used.
    pub usage: ChatUsage,
}

/// The one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatChoice {
    /// Always 0.
    pub index: u32,
    /// The message.
    pub message: ChatReply,
    /// Always null.
    pub logprobs: Option<Object>,
    /// Why it ends.
    pub finish_reason: ChatFinish,
}

/// The message of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatReply {
    /// Who says it.
    pub role: ChatMessageRole,
    /// The text.
    #[cfg_attr(feature = "schema", schema(example = "Routine changes need a second pair of eyes [1]."))]
    pub content: String,
    /// Always null: an answer without support says so in its text.
    pub refusal: Option<String>,
    /// What it rests on.
    pub annotations: Vec<ChatAnnotation>,
}

/// What a place of an answer rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatAnnotation {
    /// What this is.
    #[serde(rename = "type")]
    pub kind: ChatAnnotationType,
    /// The citation.
    pub url_citation: ChatCitation,
}

/// A citation. The first four fields are OpenAI's, the others ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatCitation {
    /// Where its marker begins in the text of the answer, in Unicode characters.
    pub start_index: u64,
    /// Where its marker ends, exclusive.
    pub end_index: u64,
    /// The title of the document, or its id.
    pub title: String,
    /// Where exactly the quoted characters are read, relative to the server; `document://<id>` where the text is not here.
    #[cfg_attr(feature = "schema", schema(example = "/v1/documents/doc-1/text?start=0&end=31"))]
    pub url: String,
    /// The number by which the text refers to it.
    pub index: u32,
    /// The document.
    #[serde(default)]
    pub document_id: Option<String>,
    /// Where the quote begins in the stored text, in Unicode characters.
    #[serde(default)]
    pub start: Option<u64>,
    /// Where the quote ends, exclusive.
    #[serde(default)]
    pub end: Option<u64>,
    /// Exactly the text between the two.
    pub quote: String,
    /// The lower-case hexadecimal SHA-256 of the whole stored text.
    #[serde(default)]
    pub content_hash: Option<String>,
    /// How well the passage fits the question, 0 to 1.
    pub score: f64,
}

/// What an answer used, as it is metered and charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatUsage {
    /// Tokens that the model read, passages included.
    pub prompt_tokens: u64,
    /// Tokens that the model wrote.
    pub completion_tokens: u64,
    /// Both.
    pub total_tokens: u64,
    /// Whether they are reckoned from lengths, because the model counts none.
    pub estimated: bool,
}

/// A part of an answer. The stream ends with `data: [DONE]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatCompletionChunk {
    /// As of the answer, the same in all its chunks.
    pub id: String,
    /// What this is.
    pub object: ChunkObject,
    /// When it was asked for, in seconds since 1970.
    pub created: i64,
    /// The corpus.
    pub model: String,
    /// What is new; empty in the chunk that tells what was used.
    pub choices: Vec<ChunkChoice>,
    /// In the last chunk, when the client asked for it; null in the others then.
    #[serde(default, deserialize_with = "crate::wire::patch::nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<ChatUsage>))]
    pub usage: Option<Option<ChatUsage>>,
}

/// What is new of the one answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChunkChoice {
    /// Always 0.
    pub index: u32,
    /// What is new.
    pub delta: ChatDelta,
    /// Always null.
    pub logprobs: Option<Object>,
    /// Why the answer ends, where it does.
    pub finish_reason: Option<ChatFinish>,
}

/// What is new of a message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatDelta {
    /// Who says it; in the first chunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<ChatMessageRole>,
    /// Text to append.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What the answer rests on; once, after its last text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Vec<ChatAnnotation>>,
}

/// A refusal, or the failure of an answer in its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatError {
    /// What went wrong.
    pub error: ChatErrorBody,
}

/// What went wrong, for programs (`code`, `param`, `details`) and for people (`message`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatErrorBody {
    /// A sentence for people.
    pub message: String,
    /// The family, in OpenAI's words.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", schema(example = "invalid_request_error"))]
    pub kind: String,
    /// The field that is meant, if one is.
    pub param: Option<String>,
    /// A stable code to branch on, the same as of the other routes.
    #[cfg_attr(feature = "schema", schema(example = "NOT_FOUND"))]
    pub code: String,
    /// Facts that belong to the code; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub details: Option<Object>,
}

/// The corpora of a tenant, as models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ModelList {
    /// What this is.
    pub object: ModelListObject,
    /// The oldest corpora, at most 1,000.
    pub data: Vec<Model>,
}

/// A corpus, as a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Model {
    /// The corpus.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub id: String,
    /// What this is.
    pub object: ModelObject,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// The tenant.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub owned_by: String,
    /// What people call it.
    #[cfg_attr(feature = "schema", schema(example = "Handbook"))]
    pub name: String,
}
