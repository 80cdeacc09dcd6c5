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

/// Tells that the stream is alive.
pub(super) fn heartbeat(identity: &Identity, channel: &Channel, now: DateTime<Utc>) {
    send(identity, channel, RunEventData::Heartbeat(wire::Heartbeat { ts: now }));
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
