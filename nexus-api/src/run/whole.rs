//! An answer in one piece, for clients that read no stream.

use std::pin::pin;

use futures::StreamExt as _;
use nexus_core::problem::{Code, Kind};
use nexus_retrieval::{
    llm::Usage,
    run::{Admitted, Citation, Event},
};

use super::producer;
use crate::{app::Platform, http::Refusal};

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) text: String,
    pub(crate) citations: Vec<Citation>,
    pub(crate) provider: &'static str,
    pub(crate) usage: Usage,
    pub(crate) cut: bool,
}

/// Answers. Dropping this, as when the client hangs up, stops the model.
pub(crate) async fn whole(platform: &Platform, admitted: Admitted) -> Result<Whole, Refusal> {
    let mut events = pin!(admitted.stream());
    let mut stopping = pin!(platform.stopping.cancelled());
    let mut whole = None;
    loop {
        let event = tokio::select! {
            biased;
            () = &mut stopping => Some(producer::stopped()),
            event = events.next() => event,
        };
        match event {
            Some(Event::Final { text, citations, provider, usage, cut }) => {
                whole = Some(Whole { text, citations, provider, usage, cut });
            }
            Some(Event::Failed { kind, code, message }) => return Err(Refusal::new(kind, code, message)),
            Some(_) => {}
            // A run that ends says how.
            None => {
                return whole.ok_or_else(|| Refusal::new(Kind::Internal, Code::Unknown, "The run failed unexpectedly"));
            }
        }
    }
}
