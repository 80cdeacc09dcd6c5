//! Knobs of service levels and of autoscaling.

use std::{path::PathBuf, time::Duration};

use super::{Mode, autoscaling::Executor, document::Defaults, window::Grid};
use crate::settings::Source;

/// Rules for service levels.
#[derive(Debug, Clone, PartialEq)]
pub struct SlaSettings {
    /// Whether anything is measured and judged.
    pub enabled: bool,
    /// What counts where a policy says nothing.
    pub defaults: Defaults,
    /// How time is cut.
    pub grid: Grid,
    /// Over how many minutes an incident says how much of what may fail has failed.
    pub budget_minutes: u32,
    /// Whether requests may be refused.
    pub shed: bool,
    /// How often counts are exchanged and judged.
    pub every: Duration,
    /// How long measurements are kept.
    pub keep: Duration,
    /// Rules for autoscaling.
    pub autoscaling: AutoscalingSettings,
}

/// Rules for autoscaling.
#[derive(Debug, Clone, PartialEq)]
pub struct AutoscalingSettings {
    /// Whether anything but staying as it is is recommended.
    pub enabled: bool,
    /// Whether nothing is executed.
    pub dry_run: bool,
    /// How far from its target a signal must be, in percent of the target.
    pub hysteresis_pct: u32,
    /// Who executes.
    pub executor: Executor,
}

impl Default for SlaSettings {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl SlaSettings {
    /// Reads the knobs; what cannot be used is reported through the source.
    pub fn read(s: &mut Source) -> Self {
        let seconds = s.number(
            "SLA_MEASUREMENT_WINDOW_SECONDS",
            60,
            1..=300,
            "The length of a window of measurement; the same on all replicas",
        );
        Self {
            enabled: s.flag("SLA_ENGINE_ENABLED", true, "Measures service levels and judges them by policies"),
            defaults: defaults(s),
            grid: Grid::of(seconds),
            budget_minutes: s.number(
                "SLA_ERROR_BUDGET_WINDOW_MINUTES",
                60,
                1..=10_080,
                "Over how many minutes an incident says how much of what may fail has failed",
            ),
            shed: s.flag("SLA_SHED_ENABLED", true, "Whether a breach may lead to refusing requests"),
            every: s.millis(
                "SLA_EVALUATION_INTERVAL_MS",
                1000,
                50..=60_000,
                "How often replicas exchange what they measured and judge it",
            ),
            keep: s.seconds(
                "SLA_MEASUREMENT_RETENTION_SECONDS",
                7 * 24 * 3600,
                3600..=366 * 24 * 3600,
                "How long measurements and recommendations of autoscaling are kept",
            ),
            autoscaling: AutoscalingSettings::read(s),
        }
    }
}

fn defaults(s: &mut Source) -> Defaults {
    let modes = [("observe", Mode::Observe), ("warn", Mode::Warn), ("enforce", Mode::Enforce)];
    let mode = s.choice(
        "SLA_DEFAULT_ENFORCEMENT_MODE",
        "observe",
        &modes,
        "How far policies go that do not say: observe, warn or enforce",
    );
    Defaults {
        mode: mode.unwrap_or(Mode::Observe),
        windows: s.number(
            "SLA_DEFAULT_BREACH_WINDOWS",
            3,
            1..=20,
            "How many broken windows in a row are a breach, for policies that do not say",
        ),
        disable_tts: s.flag(
            "SLA_DEGRADE_TTS_DISABLE",
            true,
            "Whether degraded runs are not spoken, unless a policy says",
        ),
        top_k: s.number("SLA_DEGRADE_TOP_K_FLOOR", 3, 1..=50, "Passages of a degraded run, unless a policy says"),
        output_tokens: s.number(
            "SLA_DEGRADE_MAX_OUTPUT_TOKENS",
            512,
            1..=4096,
            "Tokens of the answer of a degraded run, unless a policy says",
        ),
    }
}

impl AutoscalingSettings {
    /// Whether what is applied is executed, by somebody.
    #[must_use]
    pub fn executes(&self) -> bool {
        !self.dry_run && self.executor != Executor::Noop
    }

    fn read(s: &mut Source) -> Self {
        let words = [("noop", false), ("file", true)];
        let writes = s.choice(
            "AUTOSCALING_EXECUTOR",
            "noop",
            &words,
            "noop: recommendations are only recorded; file: the wanted number of replicas is written to AUTOSCALING_FILE",
        );
        let file =
            s.text("AUTOSCALING_FILE", "Where the executor `file` writes what it wants, as JSON").map(PathBuf::from);
        let executor = match (writes, file) {
            (Some(true), Some(path)) => Executor::File(path),
            (Some(true), None) => {
                s.refuse("AUTOSCALING_FILE", "the executor `file` needs a path");
                Executor::Noop
            }
            _ => Executor::Noop,
        };
        Self {
            enabled: s.flag("AUTOSCALING_ENABLED", true, "Recommends numbers of replicas"),
            dry_run: s.flag("AUTOSCALING_DRY_RUN", true, "Executes nothing"),
            hysteresis_pct: s.number(
                "AUTOSCALING_HYSTERESIS_PCT",
                10,
                0..=90,
                "How far from its target a signal must be before the number of replicas changes, in percent",
            ),
            executor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executor_that_writes_needs_to_know_where() {
        let mut source = Source::from_pairs([("AUTOSCALING_EXECUTOR", "file")]);
        let _ = SlaSettings::read(&mut source);
        assert_eq!(source.errors().len(), 1);
        let mut source = Source::from_pairs([("AUTOSCALING_EXECUTOR", "file"), ("AUTOSCALING_FILE", "/tmp/wanted")]);
        assert_eq!(SlaSettings::read(&mut source).autoscaling.executor, Executor::File("/tmp/wanted".into()));
        assert!(source.errors().is_empty());
    }
}
