//! From what a client of OpenAI's form asks to a question of ours.

use nexus_core::{
    id::CorpusId,
    problem::{Code, Kind},
};
use nexus_retrieval::{
    llm::{Speaker, Turn},
    run::Ask,
};
use nexus_sdk::wire::{ChatCompletionRequest, ChatContent, ChatMessage, ChatRole};
use serde_json::{Value, json};

use crate::{
    http::{Faults, Refusal},
    run::fresh_session,
};

/// The question, with what was said before it. Every completion has a session of its own: the client keeps the conversation.
///
/// Instructions are read as something that the user said just before the question: they count as long as the conversation
/// goes on, and change no rule of the platform.
pub(super) fn question(request: ChatCompletionRequest, corpus: CorpusId, history_chars: usize) -> Result<Ask, Refusal> {
    for (name, value) in request.unsupported() {
        if !asks_for_nothing(name, value) {
            return Err(unsupported(name, &format!("{name} is not supported here")));
        }
    }
    let longest = request.max_completion_tokens.or(request.max_tokens);
    let (mut history, mut instructions) = (Vec::new(), Vec::new());
    let mut messages: Vec<_> = request.messages.into_iter().enumerate().collect();
    let asked = messages.pop().filter(|(_, message)| message.role == ChatRole::User);
    let Some((at, asked)) = asked else {
        return Err(fault("messages", "must end with a message of the user, which is the question"));
    };
    let message = text(at, asked)?;
    if message.trim().is_empty() {
        return Err(fault(&format!("messages.{at}.content"), "must not be empty"));
    }
    for (at, message) in messages {
        let role = message.role;
        let text = text(at, message)?;
        match role {
            ChatRole::System | ChatRole::Developer => instructions.push(text),
            ChatRole::User => history.push(Turn { speaker: Speaker::User, text }),
            ChatRole::Assistant => history.push(Turn { speaker: Speaker::Assistant, text }),
            ChatRole::Tool | ChatRole::Function => {
                return Err(unsupported(&format!("messages.{at}.role"), "there are no tools here"));
            }
        }
    }
    if !instructions.is_empty() {
        let text = instructions.join("\n\n");
        // They would not reach the model.
        if text.chars().count() > history_chars {
            let why = format!("instructions must have at most {history_chars} characters together");
            return Err(fault("messages", &why));
        }
        history.push(Turn { speaker: Speaker::User, text });
    }
    Ok(Ask { history: Some(history), max_output_tokens: longest, ..Ask::new(fresh_session("chat"), corpus, message) })
}

/// The text of a message, its parts joined.
fn text(at: usize, message: ChatMessage) -> Result<String, Refusal> {
    let calls = [
        ("tool_calls", message.tool_calls),
        ("function_call", message.function_call),
        ("audio", message.audio),
        ("tool_call_id", message.tool_call_id.map(Value::from)),
    ];
    for (name, value) in calls {
        if value.is_some_and(|value| value != json!([])) {
            return Err(unsupported(&format!("messages.{at}.{name}"), &format!("{name} is not supported here")));
        }
    }
    let parts = match message.content {
        None => return Ok(message.refusal.unwrap_or_default()),
        Some(ChatContent::Text(text)) => return Ok(text),
        Some(ChatContent::Parts(parts)) => parts,
    };
    let mut whole = String::new();
    for (n, part) in parts.into_iter().enumerate() {
        let place = |field: &str| format!("messages.{at}.content.{n}.{field}");
        if part.kind != "text" {
            return Err(unsupported(&place("type"), "only parts of type text are read"));
        }
        let Some(text) = part.text else { return Err(fault(&place("text"), "this field is required")) };
        whole.push_str(&text);
    }
    Ok(whole)
}

/// Whether a field that is not supported asks for what happens anyway.
fn asks_for_nothing(name: &str, value: &Value) -> bool {
    match name {
        "tools" | "functions" | "stop" => *value == json!([]),
        "tool_choice" | "function_call" => *value == json!("none") || *value == json!("auto"),
        "response_format" => *value == json!({ "type": "text" }),
        "modalities" => *value == json!(["text"]),
        "logprobs" => *value == json!(false),
        _ => false,
    }
}

fn fault(field: &str, message: &str) -> Refusal {
    let mut faults = Faults::of("body");
    faults.add(field, "value_error", message);
    faults.into_refusal()
}

fn unsupported(field: &str, message: &str) -> Refusal {
    let mut faults = Faults::of("body");
    faults.add(field, "unsupported", message);
    let details = faults.into_refusal().facts().cloned().unwrap_or_default();
    Refusal::new(Kind::Invalid, Code::ChatUnsupported, "The request asks for something that is not supported here")
        .details(details)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::http::dialect;

    fn ask(body: &Value) -> Result<Ask, Refusal> {
        let request: ChatCompletionRequest = serde_json::from_value(body.clone()).unwrap();
        question(request, "c1".parse().unwrap(), 100)
    }

    fn said(messages: &Value) -> Result<Ask, Refusal> {
        ask(&json!({ "model": "c1", "messages": messages }))
    }

    /// The code and the parameter of a refusal.
    fn refused(outcome: Result<Ask, Refusal>) -> (String, String) {
        let error = dialect::openai(&outcome.unwrap_err()).error;
        (error.code, error.param.unwrap_or_default())
    }

    #[test]
    fn the_last_message_is_the_question_and_instructions_stand_before_it() {
        let ask = said(&json!([
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "A?" },
            { "role": "assistant", "content": [{ "type": "text", "text": "Yes" }, { "type": "text", "text": "." }] },
            { "role": "developer", "content": "In French." },
            { "role": "user", "content": "B?" },
        ]));
        let ask = ask.unwrap();
        let turns: Vec<_> = ask.history.unwrap().into_iter().map(|turn| (turn.speaker, turn.text)).collect();
        let expected =
            [(Speaker::User, "A?"), (Speaker::Assistant, "Yes."), (Speaker::User, "Be brief.\n\nIn French.")];
        assert_eq!(turns, expected.map(|(speaker, text)| (speaker, text.to_owned())));
        assert_eq!(ask.message, "B?");
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let user = json!({ "role": "user", "content": "A?" });
        let unsupported = |param: &str| ("CHAT_UNSUPPORTED".to_owned(), param.to_owned());
        for (field, value) in [
            ("tools", json!([{ "type": "function" }])),
            ("stop", json!("x")),
            ("response_format", json!({ "type": "json_object" })),
            ("logprobs", json!(true)),
            ("tool_choice", json!("required")),
            ("web_search_options", json!({})),
        ] {
            let body = json!({ "model": "c1", "messages": [user], field: value });
            assert_eq!(refused(ask(&body)), unsupported(field));
        }
        let image = json!({ "type": "image_url", "image_url": { "url": "data:" } });
        let picture = json!([user, { "role": "user", "content": [{ "type": "text", "text": "What?" }, image] }]);
        assert_eq!(refused(said(&picture)), unsupported("messages[1].content[1].type"));
        let tool = json!([{ "role": "tool", "content": "4" }, user]);
        assert_eq!(refused(said(&tool)), unsupported("messages[0].role"));
        let call = json!([{ "role": "assistant", "tool_calls": [{ "id": "1" }] }, user]);
        assert_eq!(refused(said(&call)), unsupported("messages[0].tool_calls"));
    }

    #[test]
    fn what_asks_for_nothing_is_taken() {
        let body = json!({ "model": "c1", "messages": [{ "role": "user", "content": "A?" }], "tools": [], "stop": null,
            "tool_choice": "auto", "response_format": { "type": "text" }, "modalities": ["text"], "logprobs": false,
            "temperature": 2, "max_tokens": 7, "max_completion_tokens": 5 });
        assert_eq!(ask(&body).unwrap().max_output_tokens, Some(5));
    }

    #[test]
    fn a_conversation_ends_with_a_question() {
        let fault = |param: &str| ("REQUEST_VALIDATION_ERROR".to_owned(), param.to_owned());
        let answer = json!({ "role": "assistant", "content": "Yes." });
        assert_eq!(refused(said(&json!([answer]))), fault("messages"));
        assert_eq!(refused(said(&json!([{ "role": "user", "content": " " }]))), fault("messages[0].content"));
        let long = json!([{ "role": "system", "content": "x".repeat(101) }, { "role": "user", "content": "A?" }]);
        assert_eq!(refused(said(&long)), fault("messages"));
    }
}
