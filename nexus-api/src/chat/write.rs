//! From an answer of ours to OpenAI's form.

use nexus_core::{id::RequestId, op::Op};
use nexus_retrieval::{
    corpus::Provider,
    llm::Usage,
    run::{Ask, Citation},
};
use nexus_sdk::wire::{
    ChatAnnotation, ChatAnnotationType, ChatChoice, ChatCitation, ChatCompletion, ChatCompletionObject, ChatFinish,
    ChatMessageRole, ChatReply, ChatUsage,
};

use crate::run::{convert, whole::Whole};

/// What an answer and all its chunks say of themselves.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) run: RequestId,
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) model: String,
}

impl Head {
    pub(super) fn of(op: &Op, ask: &Ask) -> Self {
        Self {
            run: op.request_id.clone(),
            id: format!("chatcmpl-{}", op.request_id),
            created: op.now.timestamp(),
            model: ask.corpus.to_string(),
        }
    }
}

/// A whole answer.
pub(super) fn completion(head: Head, whole: Whole) -> ChatCompletion {
    let annotations = annotations(&whole.text, whole.provider, whole.citations);
    let message = ChatReply { role: ChatMessageRole::The, content: whole.text, refusal: None, annotations };
    let finish_reason = finish(whole.cut);
    ChatCompletion {
        id: head.id,
        object: ChatCompletionObject::The,
        created: head.created,
        model: head.model,
        choices: vec![ChatChoice { index: 0, message, logprobs: None, finish_reason }],
        usage: usage(whole.usage),
    }
}

pub(super) fn finish(cut: bool) -> ChatFinish {
    if cut { ChatFinish::Length } else { ChatFinish::Stop }
}

/// What an answer used.
pub(crate) fn usage(usage: Usage) -> ChatUsage {
    let (prompt, completion) = (u64::from(usage.input_tokens), u64::from(usage.output_tokens));
    ChatUsage {
        prompt_tokens: prompt,
        completion_tokens: completion,
        total_tokens: prompt + completion,
        estimated: usage.estimated,
    }
}

/// The citations of an answer, each at the marker that stands for it in the text: the first citation of a number at its first
/// marker, the second at its second, and at the last one when there are no more. One without a marker is of the whole text.
pub(super) fn annotations(text: &str, provider: &str, citations: Vec<Citation>) -> Vec<ChatAnnotation> {
    let stored = provider == Provider::LocalPgvector.as_str();
    let mut seen: Vec<usize> = Vec::new();
    let annotate = |citation: Citation| {
        let nth = seen.iter().filter(|index| **index == citation.index).count();
        seen.push(citation.index);
        let (start_index, end_index) = marker(text, citation.index, nth);
        ChatAnnotation { kind: ChatAnnotationType::The, url_citation: cite(citation, stored, (start_index, end_index)) }
    };
    citations.into_iter().map(annotate).collect()
}

/// A citation; where its text is stored here, with the place where it can be read again.
fn cite(citation: Citation, stored: bool, (start_index, end_index): (u64, u64)) -> ChatCitation {
    let citation = convert::citation(citation);
    let place = citation.document_id.as_ref().zip(citation.start.zip(citation.end));
    let url = match place.filter(|_| stored) {
        Some((document, (start, end))) => format!("/v1/documents/{document}/text?start={start}&end={end}"),
        None => citation.source,
    };
    let title = citation.title.filter(|title| !title.is_empty()).or_else(|| citation.document_id.clone());
    ChatCitation {
        start_index,
        end_index,
        title: title.unwrap_or_default(),
        url,
        index: citation.index,
        document_id: citation.document_id,
        start: citation.start,
        end: citation.end,
        quote: citation.quote,
        content_hash: citation.content_hash,
        score: citation.score,
    }
}

/// Where the nth marker of a number stands, in characters.
fn marker(text: &str, index: usize, nth: usize) -> (u64, u64) {
    let sign = format!("[{index}]");
    let places: Vec<usize> = text.match_indices(&sign).map(|(at, _)| at).collect();
    let count = |bytes: usize| u64::try_from(text.get(..bytes).unwrap_or(text).chars().count()).unwrap_or(u64::MAX);
    match places.get(nth).or(places.last()) {
        Some(at) => (count(*at), count(at + sign.len())),
        None => (0, count(text.len())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn citation(index: usize) -> Citation {
        Citation {
            index,
            document: "d1".into(),
            title: String::new(),
            start: 5,
            end: 9,
            quote: "text".into(),
            content_hash: "ab".into(),
            score: 0.5,
            metadata: serde_json::Map::new(),
        }
    }

    #[test]
    fn each_citation_stands_at_its_own_marker() {
        let text = "Zuerst é [1]. Dann [2] und [1].";
        let places = annotations(text, "local_pgvector", [1, 2, 1, 1, 3].map(citation).into());
        let span = |n: usize| {
            let cited = &places[n].url_citation;
            let length = usize::try_from(cited.end_index - cited.start_index).unwrap();
            text.chars().skip(usize::try_from(cited.start_index).unwrap()).take(length).collect::<String>()
        };
        assert_eq!([0, 1, 2, 3].map(span), ["[1]", "[2]", "[1]", "[1]"]);
        assert_eq!(span(4), text);
        let starts: Vec<u64> = places.iter().map(|place| place.url_citation.start_index).collect();
        assert_eq!(starts, [9, 19, 27, 27, 0]);
    }

    #[test]
    fn a_citation_says_where_its_quote_is_read() {
        let cited = &annotations("A [1]", "local_pgvector", vec![citation(1)])[0].url_citation;
        assert_eq!((cited.url.as_str(), cited.title.as_str()), ("/v1/documents/d1/text?start=5&end=9", "d1"));
        let elsewhere = &annotations("A [1]", "aws_bedrock_kb", vec![citation(1)])[0].url_citation;
        assert_eq!(elsewhere.url, "document://d1");
    }
}
