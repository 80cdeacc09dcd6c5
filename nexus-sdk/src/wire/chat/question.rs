//! What a client asks.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wire::words::words;

// Every field has its name here, so that one that nobody knows is refused. `refused` ones are taken only when they ask for
// nothing, and `ignored` ones are not looked at. A type is given as tokens: in a group of its own the derive of the schema would
// not know it.
macro_rules! request {
    (
        $(#[$doc:meta])*
        $name:ident {
            $($(#[$fdoc:meta])* pub $field:ident: [$($type:tt)+],)+
            refused { $($(#[$rdoc:meta])* $refused:ident,)+ }
            ignored { $($ignored:ident,)+ }
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $($type)+,)+
            $(
                $(#[$rdoc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
                pub $refused: Option<Value>,
            )+
            $(
                /// Taken, and not used.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
                pub $ignored: Option<Value>,
            )+
        }

        impl $name {
            /// What is only taken when it asks for nothing, by name.
            #[must_use]
            pub fn unsupported(&self) -> Vec<(&'static str, &Value)> {
                let named = [$((stringify!($refused), &self.$refused),)+];
                named.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).collect()
            }
        }
    };
}

request! {
    /// Asks a corpus, in the form of OpenAI's chat completions.
    ///
    /// The last message has to be the user's and is the question; the messages before it are the conversation.
    ChatCompletionRequest {
        /// The corpus to answer from.
        #[cfg_attr(feature = "schema", schema(example = "c1"))]
        pub model: [String],
        /// The conversation, oldest first, with the question at its end.
        #[cfg_attr(feature = "schema", schema(min_items = 1))]
        pub messages: [Vec<ChatMessage>],
        /// Whether the answer comes as server-sent events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub stream: [Option<bool>],
        /// What else a stream says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub stream_options: [Option<ChatStreamOptions>],
        /// The longest answer, in tokens; the bound of the server holds as well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(minimum = 1))]
        pub max_completion_tokens: [Option<u32>],
        /// The older name of the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(minimum = 1))]
        pub max_tokens: [Option<u32>],
        /// How many answers: one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 1))]
        pub n: [Option<u32>],
        refused {
            /// Only an empty list.
            tools,
            /// Only `none` or `auto`.
            tool_choice,
            /// Only an empty list.
            functions,
            /// Only `none` or `auto`.
            function_call,
            /// Only `{"type": "text"}`.
            response_format,
            /// Only an empty list.
            stop,
            /// Only `["text"]`.
            modalities,
            /// Only null.
            audio,
            /// Only null.
            prediction,
            /// Only null.
            moderation,
            /// Only null: an answer never rests on the web.
            web_search_options,
            /// Only `false`.
            logprobs,
        }
        ignored {
            temperature, top_p, top_k, min_p, seed, frequency_penalty, presence_penalty, repetition_penalty, logit_bias,
            top_logprobs, user, metadata, store, service_tier, reasoning_effort, verbosity, parallel_tool_calls,
            prompt_cache_key, prompt_cache_options, prompt_cache_retention, safety_identifier,
        }
    }
}

/// What else a stream says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatStreamOptions {
    /// Whether a last chunk tells what was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_usage: Option<bool>,
    /// Taken, and not used: chunks carry no padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_obfuscation: Option<bool>,
}

/// A message of a conversation. An answer can be given back as it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatMessage {
    /// Who says it.
    pub role: ChatRole,
    /// What is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<ChatContent>,
    /// Taken, and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Taken, and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Taken, and not used: an answer is quoted by its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub annotations: Option<Value>,
    /// Only null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub audio: Option<Value>,
    /// Only null or an empty list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub tool_calls: Option<Value>,
    /// Only null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub function_call: Option<Value>,
    /// Only null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

impl ChatMessage {
    /// A message of text.
    pub fn new(role: ChatRole, text: impl Into<String>) -> Self {
        Self {
            role,
            content: Some(ChatContent::Text(text.into())),
            name: None,
            refusal: None,
            annotations: None,
            audio: None,
            tool_calls: None,
            function_call: None,
            tool_call_id: None,
        }
    }
}

words! {
    /// Who says a message.
    ChatRole {
        /// Instructions, read as something that the user said.
        System = "system",
        /// The same under its newer name.
        Developer = "developer",
        /// The person who asks.
        User = "user",
        /// An earlier answer.
        Assistant = "assistant",
        /// Refused: there are no tools.
        Tool = "tool",
        /// Refused: there are no functions.
        Function = "function",
    }
}

/// What a message says: a text, or texts in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ChatContent {
    /// A text.
    Text(String),
    /// Texts, which are joined.
    Parts(Vec<ChatPart>),
}

/// A part of a message. Parts of other types than `text` are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChatPart {
    /// The type: `text`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", schema(example = "text"))]
    pub kind: String,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_common_clients_send_reads() {
        let literal = r#"{"model":"c1","messages":[{"role":"developer","content":"Be brief."},
            {"role":"user","content":[{"type":"text","text":"Who?"}]},
            {"role":"assistant","content":"Ann. [1]","refusal":null,"annotations":[{"type":"url_citation"}],"audio":null,
             "function_call":null,"tool_calls":null},
            {"role":"user","content":"Why?","name":"ann"}],
            "temperature":0.2,"stream":true,"stream_options":{"include_usage":true},"max_tokens":50,"user":"u","stop":null}"#;
        let request: ChatCompletionRequest = serde_json::from_str(literal).unwrap();
        assert_eq!(request.messages.len(), 4);
        assert_eq!(request.max_tokens, Some(50));
        assert!(request.unsupported().is_empty());
        let asked: ChatCompletionRequest =
            serde_json::from_str(r#"{"model":"c1","messages":[],"stop":["x"],"tools":[]}"#).unwrap();
        let names: Vec<_> = asked.unsupported().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["tools", "stop"]);
    }

    #[test]
    fn what_nobody_knows_does_not() {
        let error = serde_json::from_str::<ChatCompletionRequest>(r#"{"model":"c1","messages":[],"hunter":1}"#);
        assert!(error.unwrap_err().to_string().contains("unknown field `hunter`"));
    }
}
