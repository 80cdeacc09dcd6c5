//! Questions and answers in OpenAI's form, for clients that speak it: a corpus stands where they name a model.
//!
//! What is refused and what is taken without being used is said field by field; the server says it in `docs/openai.md`.

mod answer;
mod question;

pub use answer::{
    ChatAnnotation, ChatAnnotationType, ChatChoice, ChatCitation, ChatCompletion, ChatCompletionChunk,
    ChatCompletionObject, ChatDelta, ChatError, ChatErrorBody, ChatFinish, ChatMessageRole, ChatReply, ChatUsage,
    ChunkChoice, ChunkObject, Model, ModelList, ModelListObject, ModelObject,
};
pub use question::{ChatCompletionRequest, ChatContent, ChatMessage, ChatPart, ChatRole, ChatStreamOptions};
