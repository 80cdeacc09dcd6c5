//! How the switches stand while nobody has moved them.

use super::{Kill, Rollout};
use crate::settings::Source;

/// The defaults of switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct SwitchSettings {
    /// No run is let in.
    pub run: bool,
    /// No document is accepted.
    pub ingest: bool,
    /// Nothing is spoken.
    pub tts: bool,
    /// No remote provider is asked.
    pub external_retrieval: bool,
    /// No notification is sent.
    pub notifications: bool,
    /// The percentage of tenants that have speech.
    pub tts_percent: u8,
    /// The percentage of tenants whose corpora may be held by remote providers.
    pub external_retrieval_percent: u8,
}

impl Default for SwitchSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl SwitchSettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        Self {
            run: s.flag("KILL_RUN", false, "Lets no run in, unless the operator's switch says otherwise"),
            ingest: s.flag("KILL_INGEST", false, "Accepts no documents, unless the operator's switch says otherwise"),
            tts: s.flag("KILL_TTS", false, "Switches speech off, unless the operator's switch says otherwise"),
            external_retrieval: s.flag(
                "KILL_EXTERNAL_RETRIEVAL",
                false,
                "Lets no run in on a corpus of a remote provider, unless the operator's switch says otherwise",
            ),
            notifications: s.flag(
                "KILL_NOTIFICATIONS",
                false,
                "Sends no notifications, unless the operator's switch says otherwise",
            ),
            tts_percent: s.number("ROLLOUT_TTS_PCT", 100, 0..=100, "The percentage of tenants that have speech"),
            external_retrieval_percent: s.number(
                "ROLLOUT_EXTERNAL_RETRIEVAL_PCT",
                100,
                0..=100,
                "The percentage of tenants whose corpora may be held by remote providers",
            ),
        }
    }

    pub(super) fn defaults(self) -> [(&'static str, u8); 7] {
        [
            (Kill::Run.as_str(), self.run.into()),
            (Kill::Ingest.as_str(), self.ingest.into()),
            (Kill::Tts.as_str(), self.tts.into()),
            (Kill::ExternalRetrieval.as_str(), self.external_retrieval.into()),
            (Kill::Notifications.as_str(), self.notifications.into()),
            (Rollout::Tts.as_str(), self.tts_percent),
            (Rollout::ExternalRetrieval.as_str(), self.external_retrieval_percent),
        ]
    }
}
