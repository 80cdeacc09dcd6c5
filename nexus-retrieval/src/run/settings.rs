//! Knobs of runs.

use nexus_core::{settings::Source, slots};

const TENANT: &str = "RUN_TENANT_MAX_CONCURRENCY";

/// Rules for runs.
#[derive(Debug, Clone, Copy)]
pub struct RunSettings {
    /// How many runs go on at once in this process.
    pub max_concurrency: usize,
    /// How many of them one tenant may have.
    pub tenant_max_concurrency: usize,
    /// The longest question, in characters.
    pub max_message_chars: usize,
    /// How many characters of earlier turns are given to the model again.
    pub history_chars: usize,
    /// The longest answer, in tokens.
    pub max_output_tokens: u32,
    /// Whether the stream tells what was retrieved.
    pub debug_events: bool,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            max_concurrency: 256,
            tenant_max_concurrency: 192,
            max_message_chars: 16_000,
            history_chars: 12_000,
            max_output_tokens: 1024,
            debug_events: false,
        }
    }
}

impl RunSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let all = s.number("RUN_MAX_CONCURRENCY", 256, 1..=100_000, "Runs at once in one process");
        // The older name of the same knob wins when both are given, as it always did.
        let all = s.number("RUN_BULKHEAD_MAX_CONCURRENCY", all, 1..=100_000, "Overrides RUN_MAX_CONCURRENCY");
        let tenant = s.number(
            TENANT,
            slots::share(all),
            1..=100_000,
            "Runs at once of one tenant in one process; three quarters of all by default",
        );
        if tenant > all {
            s.refuse(TENANT, format!("must be at most {all}, the number of all runs at once"));
        }
        Self {
            max_concurrency: all,
            tenant_max_concurrency: tenant,
            max_message_chars: s.number("RUN_MAX_MESSAGE_CHARS", 16_000, 1..=1_000_000, "The longest question"),
            history_chars: s.number(
                "RUN_HISTORY_MAX_CHARS",
                12_000,
                0..=1_000_000,
                "Characters of earlier turns that the model is given",
            ),
            max_output_tokens: s.number("RUN_MAX_OUTPUT_TOKENS", 1024, 1..=100_000, "The longest answer, in tokens"),
            debug_events: s.flag("DEBUG_EVENTS", false, "Sends debug.retrieval events"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_smaller_than_the_whole_and_never_larger() {
        let mut few = Source::from_pairs([("RUN_MAX_CONCURRENCY", "3")]);
        let settings = RunSettings::read(&mut few);
        assert_eq!((settings.tenant_max_concurrency, few.errors().len()), (2, 0));
        let mut more = Source::from_pairs([("RUN_MAX_CONCURRENCY", "3"), (TENANT, "4")]);
        let _ = RunSettings::read(&mut more);
        assert_eq!(more.errors().iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), [TENANT]);
    }
}
