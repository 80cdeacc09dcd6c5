//! An answer in chunks.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use nexus_retrieval::run::Event;
use nexus_sdk::wire::{
    ChatCompletionChunk, ChatDelta, ChatFinish, ChatMessageRole, ChatUsage, ChunkChoice, ChunkObject,
};
use serde::Serialize;

use super::write::{self, Head};
use crate::{
    http::{Refusal, dialect},
    run::{channel::Channel, sse::Voice},
};

/// Tells the events of a run in chunks of OpenAI's form.
pub(super) struct Chunks {
    head: Head,
    with_usage: bool,
}

impl Chunks {
    pub(super) fn new(head: Head, with_usage: bool) -> Self {
        Self { head, with_usage }
    }

    fn say(&self, channel: &Channel, delta: ChatDelta, finish_reason: Option<ChatFinish>) {
        let choice = ChunkChoice { index: 0, delta, logprobs: None, finish_reason };
        send(channel, &self.chunk(vec![choice], None));
    }

    fn chunk(&self, choices: Vec<ChunkChoice>, usage: Option<ChatUsage>) -> ChatCompletionChunk {
        ChatCompletionChunk {
            id: self.head.id.clone(),
            object: ChunkObject::The,
            created: self.head.created,
            model: self.head.model.clone(),
            choices,
            usage: self.with_usage.then_some(usage),
        }
    }
}

impl Voice for Chunks {
    fn event(&mut self, channel: &Channel, event: Event) {
        match event {
            Event::Accepted { .. } => {
                let role = Some(ChatMessageRole::The);
                self.say(channel, ChatDelta { role, content: Some(String::new()), annotations: None }, None);
            }
            Event::Delta(text) => self.say(channel, ChatDelta { content: Some(text), ..ChatDelta::default() }, None),
            Event::Final { text, citations, provider, usage, cut } => {
                let annotations = write::annotations(&text, provider, citations);
                if !annotations.is_empty() {
                    self.say(channel, ChatDelta { annotations: Some(annotations), ..ChatDelta::default() }, None);
                }
                self.say(channel, ChatDelta::default(), Some(write::finish(cut)));
                if self.with_usage {
                    send(channel, &self.chunk(Vec::new(), Some(write::usage(usage))));
                }
            }
            Event::Failed { kind, code, message } => {
                send(channel, &dialect::openai(&Refusal::new(kind, code, message)));
            }
            // Standings are in the headers; the form has no place for more.
            Event::ServiceLevel(_)
            | Event::Budget(_)
            | Event::Retrieved { .. }
            | Event::AudioReady { .. }
            | Event::AudioFailed { .. } => {}
        }
    }

    fn heartbeat(&mut self, channel: &Channel, _: DateTime<Utc>) {
        // A comment, which every reader of such streams passes over.
        channel.push(|_, buffer| buffer.push_str(": still here\n\n"));
    }

    fn done(&mut self, channel: &Channel) {
        channel.push(|_, buffer| buffer.push_str("data: [DONE]\n\n"));
        channel.close();
    }
}

/// JSON never holds a line break of its own, so that one data line is enough.
fn send(channel: &Channel, data: &impl Serialize) {
    let json = serde_json::to_string(data).unwrap_or_default();
    channel.push(|_, buffer| {
        let _ = write!(buffer, "data: {json}\n\n");
    });
}
