//! The one place that numbers events and writes them as server-sent events.

use chrono::{DateTime, Utc};
use nexus_core::id::{RequestId, SessionId};
use nexus_retrieval::run::Event;
use nexus_sdk::wire::{self, RunEvent, RunEventData};

use super::{channel::Channel, convert::to_wire};

/// To which run and session the events of a stream belong.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The run.
    pub run: RequestId,
    /// The session.
    pub session: SessionId,
}

/// How the events of a run are told to a client.
pub(crate) trait Voice: Send + Sync + 'static {
    /// Something happened.
    fn event(&mut self, channel: &Channel, event: Event);
    /// The stream is alive, though there is nothing to tell.
    fn heartbeat(&mut self, channel: &Channel, now: DateTime<Utc>);
    /// The stream ends: the last of it, always and once.
    fn done(&mut self, channel: &Channel);
}

impl Voice for Identity {
    fn event(&mut self, channel: &Channel, event: Event) {
        send(self, channel, to_wire(event));
    }
    fn heartbeat(&mut self, channel: &Channel, now: DateTime<Utc>) {
        send(self, channel, RunEventData::Heartbeat(wire::Heartbeat { ts: now }));
    }
    fn done(&mut self, channel: &Channel) {
        done(self, channel);
    }
}

/// Adds an event to a stream, under the next number.
pub(super) fn send(identity: &Identity, channel: &Channel, data: RunEventData) {
    let name = data.event_name();
    channel.push(|seq, buffer| {
        let event =
            RunEvent { request_id: identity.run.to_string(), session_id: identity.session.to_string(), seq, data };
        let _ = std::fmt::Write::write_fmt(buffer, format_args!("event: {name}\nid: {seq}\ndata: "));
        // JSON never holds a line break of its own, so that one data line is enough.
        buffer.push_str(&serde_json::to_string(&event).unwrap_or_default());
        buffer.push_str("\n\n");
    });
}

/// Ends a stream: `done` is the last event, always and once.
pub(super) fn done(identity: &Identity, channel: &Channel) {
    send(identity, channel, RunEventData::Done(wire::Done {}));
    channel.close();
}

/// The whole stream of a client that wants to go on with something that is not there.
pub(super) fn resume_unsupported(identity: &Identity, channel: &Channel) {
    let message = "Nothing to resume is buffered for this run; send the question again".to_owned();
    send(identity, channel, RunEventData::ResumeUnsupported(wire::ResumeUnsupported { message }));
    done(identity, channel);
}

/// The whole stream of a client that wants to go on with what it may no longer read.
pub(super) fn revoked(identity: &Identity, channel: &Channel) {
    send(identity, channel, to_wire(Event::revoked()));
    done(identity, channel);
}
