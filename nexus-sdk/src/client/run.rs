//! Runs: the stream of an answer, continued where it broke.
//!
//! A run costs money, so the question is not simply sent again when the connection breaks: the same body goes out with
//! `X-Run-Id` and `Last-Event-ID`, and the server sends what was missed. Only an attempt that cannot have begun a run
//! (the connection was refused, or the server refused the question) is repeated as it was.

use bytes::Bytes;
use futures::{Stream, StreamExt};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response, Url};

use super::{Client, Error, answer, clock, sse};
use crate::wire::{RunEvent, RunEventData, RunRequest};

impl Client {
    /// Asks a question. The stream ends after `done`, or with an error.
    ///
    /// Each event comes once, in order, also when the connection broke in between. A run that fails says so in an
    /// `error` event and still ends with `done`. Dropping the stream hangs up, which stops the generation.
    pub fn run(&self, request: RunRequest) -> impl Stream<Item = Result<RunEvent, Error>> + Send + Unpin + use<> {
        let client = self.clone();
        Box::pin(async_stream::try_stream! {
            let question = Question::new(&client, &request)?;
            let mut progress = Progress::new();
            loop {
                let error = match client.connect(&question, &progress).await {
                    Err(error) => error,
                    Ok(response) => {
                        progress.answered(&response);
                        let mut events = sse::events(response);
                        loop {
                            let event = match client.next(&mut events, &progress).await {
                                Ok(event) => event,
                                Err(error) => break error,
                            };
                            let Some(event) = progress.admit(event)? else { continue };
                            let done = event.data.is_done();
                            yield event;
                            if done {
                                return;
                            }
                        }
                    }
                };
                progress.cut(&error);
                match client.inner.retry.after(progress.cuts, &error, clock::jitter()) {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => Err(error)?,
                }
            }
        })
    }

    async fn connect(&self, question: &Question, progress: &Progress) -> Result<Response, Error> {
        let request = self.inner.http.post(question.url.clone()).body(question.body.clone());
        let request = request.header(CONTENT_TYPE, "application/json").header(ACCEPT, "text/event-stream");
        let response = self.open(progress.dress(request)).await?;
        if sse::is_stream(&response) {
            return Ok(response);
        }
        answer::success(response).await.and_then(|_| Err(sse::not_a_stream()))
    }

    async fn next(
        &self,
        events: &mut (impl Stream<Item = Result<RunEvent, Error>> + Unpin),
        progress: &Progress,
    ) -> Result<RunEvent, Error> {
        let silence = self.inner.silence_timeout;
        match tokio::time::timeout(silence, events.next()).await {
            Ok(Some(event)) => event,
            Ok(None) => Err(Error::Interrupted { last_seq: progress.last_seq }),
            Err(_) => Err(Error::Silence(silence)),
        }
    }
}

/// What is sent, each time the same.
struct Question {
    url: Url,
    body: Bytes,
}

impl Question {
    fn new(client: &Client, request: &RunRequest) -> Result<Self, Error> {
        let body = serde_json::to_vec(request).map_err(|error| Error::Argument(error.to_string()))?;
        Ok(Self { url: client.url(&["run"])?, body: body.into() })
    }
}

/// How far the stream got.
struct Progress {
    /// The id of the run: the one this client proposes, until the server names another.
    run_id: String,
    /// The number of the last event that was passed on.
    last_seq: u64,
    /// Whether the server may have begun the run, so that asking again could cost twice.
    begun: bool,
    /// How often in a row the connection was lost without news.
    cuts: u32,
}

impl Progress {
    fn new() -> Self {
        Self { run_id: clock::fresh_id(), last_seq: 0, begun: false, cuts: 0 }
    }

    fn dress(&self, request: RequestBuilder) -> RequestBuilder {
        if self.begun {
            request.header("X-Run-Id", &self.run_id).header("Last-Event-ID", self.last_seq.to_string())
        } else {
            request.header("X-Request-Id", &self.run_id)
        }
    }

    /// The server answers with a stream.
    fn answered(&mut self, response: &Response) {
        if !self.begun {
            self.run_id = answer::text(response.headers(), "x-request-id").unwrap_or_else(|| self.run_id.clone());
        }
        self.begun = true;
    }

    /// An event arrived: the caller gets it, unless it was passed on before.
    fn admit(&mut self, event: RunEvent) -> Result<Option<RunEvent>, Error> {
        let last_seq = self.last_seq;
        if let RunEventData::ResumeUnsupported(gone) = event.data {
            return Err(Error::ResumeUnsupported { last_seq, message: gone.message });
        }
        // Some servers send an event without a number when they fail late; it cannot be a repetition.
        if event.seq != 0 && event.seq <= last_seq {
            return Ok(None);
        }
        if last_seq == 0 && !event.request_id.is_empty() {
            self.run_id.clone_from(&event.request_id);
        }
        self.last_seq = last_seq.max(event.seq);
        if !matches!(event.data, RunEventData::Heartbeat(_)) {
            self.cuts = 0;
        }
        Ok(Some(event))
    }

    /// The connection was lost, or there was none.
    fn cut(&mut self, error: &Error) {
        self.cuts = self.cuts.saturating_add(1);
        // A gateway that lost the server cannot tell how far the question got; a refusal can.
        let refused = match error {
            Error::Api { status, .. } => !matches!(status, 502 | 504),
            Error::Transport(error) => error.is_connect() || error.is_builder(),
            _ => false,
        };
        self.begun |= !refused;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::{Done, ResumeUnsupported, TokenDelta};

    fn event(seq: u64, data: RunEventData) -> RunEvent {
        RunEvent { request_id: "run-1".into(), session_id: "s".into(), seq, data }
    }

    fn delta(seq: u64) -> RunEvent {
        event(seq, RunEventData::TokenDelta(TokenDelta { delta: "x".into() }))
    }

    #[test]
    fn no_event_is_passed_on_twice() {
        let mut progress = Progress::new();
        let arrived = [1, 2, 3, 2, 3, 4, 1, 5];
        let passed: Vec<_> = arrived.iter().filter_map(|seq| progress.admit(delta(*seq)).unwrap()).collect();
        assert_eq!(passed.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(progress.run_id, "run-1");
    }

    #[test]
    fn an_event_without_a_number_is_passed_on() {
        let mut progress = Progress::new();
        progress.admit(delta(4)).unwrap();
        assert!(progress.admit(event(0, RunEventData::Done(Done {}))).unwrap().is_some());
        assert_eq!(progress.last_seq, 4);
    }

    #[test]
    fn a_run_that_is_gone_is_an_error_whatever_its_number() {
        let mut progress = Progress::new();
        progress.admit(delta(4)).unwrap();
        let gone = event(1, RunEventData::ResumeUnsupported(ResumeUnsupported { message: "gone".into() }));
        assert!(matches!(progress.admit(gone), Err(Error::ResumeUnsupported { last_seq: 4, .. })));
    }

    #[test]
    fn only_what_may_have_begun_is_resumed() {
        let begun = |error: Error| {
            let mut progress = Progress::new();
            progress.cut(&error);
            progress.begun
        };
        let refusal = |status| Error::Api {
            status,
            code: "X".into(),
            message: "x".into(),
            details: None,
            request_id: None,
            retry_after: None,
        };
        assert!(!begun(refusal(429)) && !begun(refusal(503)));
        assert!(begun(refusal(502)) && begun(refusal(504)));
        assert!(begun(Error::Silence(std::time::Duration::from_secs(1))));
    }
}
