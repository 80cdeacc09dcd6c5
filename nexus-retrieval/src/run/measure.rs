//! A run as its service level sees it: how long it took until its answer was whole, and whether we failed it.

use std::mem;

use async_stream::stream;
use futures::{Stream, StreamExt as _};
use nexus_core::{
    problem::{Code, Kind, Problem as _},
    sla::{Decision, Timing},
};

use super::{Admitted, Event, Refused};

impl Admitted {
    /// Answers, and tells after the first event when the service level is at risk. Nothing happens before the stream is
    /// polled; dropping it stops everything.
    pub fn stream(mut self) -> impl Stream<Item = Event> + Send + 'static {
        let mut timing = mem::replace(&mut self.timing, Timing::none());
        let mut notice = Some(self.sla.clone()).filter(|it| matches!(it.decision, Decision::Warn | Decision::Degrade));
        // In a box of its own before there is a stream: one that took the admission along would keep room for both.
        let mut events = Box::pin(self.events());
        stream! {
            while let Some(event) = events.next().await {
                note(&mut timing, &event);
                yield event;
                if let Some(standing) = notice.take() {
                    yield Event::ServiceLevel(standing);
                }
            }
        }
    }
}

/// What an event says of a run. Speech comes after the answer and is not part of the promise.
fn note(timing: &mut Timing, event: &Event) {
    match event {
        Event::Delta(_) => timing.began(),
        Event::Final { .. } => timing.done(false),
        Event::Failed { code, .. } if is_ours(*code) => timing.done(true),
        Event::Failed { .. } => timing.forget(),
        _ => {}
    }
}

/// Whether a run that failed with this code was failed by the platform, and not by what was asked of it.
fn is_ours(code: Code) -> bool {
    !matches!(
        code,
        Code::SessionTenantMismatch
            | Code::AccessRevoked
            | Code::AuthzDenied
            | Code::CostBudgetExceeded
            | Code::RetrievalConfigInvalid
            | Code::RunCancelled
            | Code::NotFound
    )
}

/// A run that was not let in says nothing of how runs do, unless nobody could tell whether to let it in.
pub(super) fn refused(mut timing: Timing, refused: &Refused) {
    let unable = matches!(refused.kind(), Kind::Internal | Kind::Upstream | Kind::Unavailable);
    let unwilling = matches!(refused, Refused::Killed | Refused::Busy | Refused::Shed(_));
    if unable && !unwilling { timing.done(true) } else { timing.forget() }
}
