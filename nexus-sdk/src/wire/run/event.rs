//! The event itself: one table of types, and the JSON around them.

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::data::{
    AudioReady, CostCapped, CostNotice, DebugRetrieval, Done, Heartbeat, MessageFinal, RequestAccepted,
    ResumeUnsupported, SlaNotice, SlaShed, StreamError, TokenDelta, UnknownEvent,
};

/// One event of a run.
///
/// On the wire it is `{type, request_id, session_id, data, seq}`; a heartbeat is `{ts, request_id, seq}`.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEvent {
    /// The id of the run, the same in every event of the stream.
    pub request_id: String,
    /// The conversation; empty in heartbeats, which do not carry it.
    pub session_id: String,
    /// The event's number: 1 for the first, one more for each that follows, heartbeats included.
    pub seq: u64,
    /// What happened.
    pub data: RunEventData,
}

impl RunEvent {
    /// The `type` of the payload; heartbeats have none on the wire and answer `heartbeat` here.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.data.kind()
    }

    /// The `event:` field of the frame: `message` for the core types, the type itself for notices and heartbeats.
    #[must_use]
    pub fn event_name(&self) -> &'static str {
        self.data.event_name()
    }
}

impl RunEventData {
    /// The `event:` field of the frame.
    #[must_use]
    pub fn event_name(&self) -> &'static str {
        match self {
            Self::SlaWarn(_) => "sla.warn",
            Self::SlaDegradeApplied(_) => "sla.degrade.applied",
            Self::SlaShed(_) => "sla.shed",
            Self::CostWarn(_) => "cost.warn",
            Self::CostDegraded(_) => "cost.degraded",
            Self::CostCapped(_) => "cost.capped",
            Self::Heartbeat(_) => "heartbeat",
            _ => "message",
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// Makes the enum, its names and its parser from one table, so that they cannot disagree.
macro_rules! events {
    ($($(#[$doc:meta])* $kind:literal => $variant:ident($payload:ty),)+) => {
        /// What happened, and its payload.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum RunEventData {
            $($(#[$doc])* $variant($payload),)+
            /// The server is still at it.
            Heartbeat(Heartbeat),
            /// Something this version does not know.
            Unknown(UnknownEvent),
        }

        impl RunEventData {
            /// Every `type` that this version knows, in the order in which a run may send them.
            pub const KINDS: &[&str] = &[$($kind),+];

            /// The `type` of the payload; `heartbeat` for heartbeats, which have none on the wire.
            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)+
                    Self::Heartbeat(_) => "heartbeat",
                    Self::Unknown(event) => &event.kind,
                }
            }

            fn parse(kind: String, data: Value) -> serde_json::Result<Self> {
                match kind.as_str() {
                    $($kind => serde_json::from_value(data).map(Self::$variant),)+
                    _ => Ok(Self::Unknown(UnknownEvent { kind, data })),
                }
            }
        }

        impl Serialize for Data<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0 {
                    $(RunEventData::$variant(data) => data.serialize(serializer),)+
                    RunEventData::Heartbeat(_) => serializer.serialize_unit(),
                    RunEventData::Unknown(event) => event.data.serialize(serializer),
                }
            }
        }

        /// The schema of each payload by its `type`.
        #[cfg(feature = "schema")]
        pub(super) fn payloads() -> Vec<super::schema::Payload> {
            vec![$(super::schema::Payload::of::<$payload>($kind)),+]
        }
    };
}

events! {
    /// The run was admitted.
    "request.accepted" => RequestAccepted(RequestAccepted),
    /// The service level is at risk.
    "sla.warn" => SlaWarn(SlaNotice),
    /// The service level is at risk and the run does less.
    "sla.degrade.applied" => SlaDegradeApplied(SlaNotice),
    /// The run is refused to protect the service level.
    "sla.shed" => SlaShed(SlaShed),
    /// The budget runs low.
    "cost.warn" => CostWarn(CostNotice),
    /// The budget runs low and the run does less.
    "cost.degraded" => CostDegraded(CostNotice),
    /// The budget is spent and the run is refused.
    "cost.capped" => CostCapped(CostCapped),
    /// Where the passages came from.
    "debug.retrieval" => DebugRetrieval(DebugRetrieval),
    /// The next piece of the answer.
    "token.delta" => TokenDelta(TokenDelta),
    /// The whole answer.
    "message.final" => MessageFinal(MessageFinal),
    /// The spoken answer can be fetched.
    "audio.ready" => AudioReady(AudioReady),
    /// The answer could not be spoken.
    "audio.error" => AudioError(StreamError),
    /// The run failed.
    "error" => Error(StreamError),
    /// What was missed is no longer kept.
    "resume.unsupported" => ResumeUnsupported(ResumeUnsupported),
    /// The stream is complete.
    "done" => Done(Done),
}

/// Writes the `data` member alone.
struct Data<'a>(&'a RunEventData);

#[derive(Serialize)]
struct Frame<'a> {
    r#type: &'a str,
    request_id: &'a str,
    session_id: &'a str,
    data: Data<'a>,
    seq: u64,
}

#[derive(Serialize)]
struct HeartbeatFrame<'a> {
    ts: DateTime<Utc>,
    request_id: &'a str,
    seq: u64,
}

impl Serialize for RunEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { request_id, session_id, seq, data } = self;
        if let RunEventData::Heartbeat(Heartbeat { ts }) = data {
            return HeartbeatFrame { ts: *ts, request_id, seq: *seq }.serialize(serializer);
        }
        Frame { r#type: data.kind(), request_id, session_id, data: Data(data), seq: *seq }.serialize(serializer)
    }
}

/// Any frame: which fields it has decides what it is.
#[derive(Deserialize)]
struct AnyFrame {
    r#type: Option<String>,
    ts: Option<DateTime<Utc>>,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    session_id: String,
    data: Option<Value>,
    #[serde(default)]
    seq: u64,
}

impl<'de> Deserialize<'de> for RunEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let frame = AnyFrame::deserialize(deserializer)?;
        let data = match (frame.r#type, frame.ts) {
            (Some(kind), _) => {
                let data = frame.data.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
                RunEventData::parse(kind, data).map_err(D::Error::custom)?
            }
            (None, Some(ts)) => RunEventData::Heartbeat(Heartbeat { ts }),
            (None, None) => return Err(D::Error::missing_field("type")),
        };
        Ok(Self { request_id: frame.request_id, session_id: frame.session_id, seq: frame.seq, data })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn frame(kind: &str, data: &str) -> String {
        format!(r#"{{"type":"{kind}","request_id":"r-1","session_id":"s-1","data":{data},"seq":7}}"#)
    }

    fn contract_examples() -> Vec<(&'static str, &'static str)> {
        let sla = r#"{"status":"warning","policy_id":"p","decision":"warn","window_end":null,"recommended_actions":["scale"],"degrade_actions":{}}"#;
        let degraded = r#"{"status":"breached","policy_id":"p","decision":"degrade","window_end":"2026-01-02T03:04:05Z","recommended_actions":[],"degrade_actions":{"disable_audio":true,"top_k_floor":3,"max_output_tokens":128,"provider_fallback_order":["local_pgvector"]}}"#;
        let warn = r#"{"status":"warn","budget_usd":"10.00","spend_usd":"8.5","remaining_usd":"1.5","estimated":true,"estimate_meta":{"input_tokens":10,"output_tokens":20},"degrade_actions":{}}"#;
        let less = r#"{"status":"degraded","budget_usd":"10.00","spend_usd":"9.5","remaining_usd":null,"estimated":true,"estimate_meta":{"input_tokens":10,"output_tokens":20},"degrade_actions":{"disable_audio":true,"top_k":2,"max_output_tokens":64,"ingest_chunk_size":1200,"ingest_chunk_overlap":150}}"#;
        vec![
            ("request.accepted", r#"{"accepted_at":"2026-01-02T03:04:05Z"}"#),
            ("sla.warn", sla),
            ("sla.degrade.applied", degraded),
            ("sla.shed", r#"{"status":"shed","policy_id":null,"window_end":null}"#),
            ("cost.warn", warn),
            ("cost.degraded", less),
            ("cost.capped", r#"{"status":"capped","budget_usd":"10.00","spend_usd":"10.01","estimated":true}"#),
            ("debug.retrieval", r#"{"provider":"local_pgvector","num_chunks":5}"#),
            ("token.delta", r#"{"delta":"Grüße \n"}"#),
            ("message.final", r#"{"text":"Yes [1].","citations":[]}"#),
            ("audio.ready", r#"{"audio_url":"/v1/audio/a.mp3","audio_id":"a","mime":"audio/mpeg"}"#),
            ("audio.error", r#"{"code":"TTS_ERROR","message":"no voice"}"#),
            ("error", r#"{"code":"RETRIEVAL_ERROR","message":"no index"}"#),
            ("resume.unsupported", r#"{"message":"gone"}"#),
            ("done", "{}"),
        ]
    }

    #[test]
    fn every_type_reads_and_writes_the_contracts_json() {
        let examples = contract_examples();
        assert_eq!(examples.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), RunEventData::KINDS);
        for (kind, data) in examples {
            let literal = frame(kind, data);
            let event: RunEvent = serde_json::from_str(&literal).unwrap();
            assert!(!matches!(event.data, RunEventData::Unknown(_)), "{kind} is known");
            assert_eq!(event.kind(), kind);
            assert_eq!(serde_json::to_string(&event).unwrap(), literal);
        }
    }

    #[test]
    fn notices_and_heartbeats_have_their_own_event_name() {
        for (kind, data) in contract_examples() {
            let event: RunEvent = serde_json::from_str(&frame(kind, data)).unwrap();
            let own = kind.starts_with("sla.") || kind.starts_with("cost.");
            assert_eq!(event.event_name(), if own { kind } else { "message" });
        }
    }

    #[test]
    fn a_heartbeat_is_flat() {
        let literal = r#"{"ts":"2026-01-02T03:04:05Z","request_id":"r-1","seq":3}"#;
        let event: RunEvent = serde_json::from_str(literal).unwrap();
        assert_eq!((event.event_name(), event.seq), ("heartbeat", 3));
        assert_eq!(serde_json::to_string(&event).unwrap(), literal);
    }

    #[test]
    fn an_unknown_type_is_kept_as_it_came() {
        let literal = frame("tool.call", r#"{"name":"search"}"#);
        let event: RunEvent = serde_json::from_str(&literal).unwrap();
        let RunEventData::Unknown(unknown) = &event.data else { panic!("{event:?}") };
        assert_eq!(unknown.kind, "tool.call");
        assert_eq!(serde_json::to_string(&event).unwrap(), literal);
    }

    #[test]
    fn the_order_of_the_fields_does_not_matter() {
        let literal = r#"{"seq":2,"type":"done","request_id":"r","session_id":"s"}"#;
        assert!(serde_json::from_str::<RunEvent>(literal).unwrap().data.is_done());
    }

    #[test]
    fn a_known_type_with_foreign_data_is_an_error() {
        assert!(serde_json::from_str::<RunEvent>(&frame("token.delta", r#"{"text":"x"}"#)).is_err());
        assert!(serde_json::from_str::<RunEvent>(r#"{"seq":2}"#).is_err());
    }
}
