//! A figure beside what was asked of it.

use std::fmt::Write as _;

use serde::Serialize;

/// One thing that was asked for.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What.
    pub what: String,
    /// The largest, or the smallest, that is allowed.
    pub asked: f64,
    /// What was found.
    pub found: f64,
    /// Whether that is allowed.
    pub holds: bool,
    unit: &'static str,
    at_most: bool,
}

impl Check {
    /// No more than this.
    pub fn at_most(what: impl Into<String>, asked: f64, found: f64, unit: &'static str) -> Self {
        Self { what: what.into(), asked, found, holds: found <= asked, unit, at_most: true }
    }

    /// No less than this.
    pub fn at_least(what: impl Into<String>, asked: f64, found: f64, unit: &'static str) -> Self {
        Self { what: what.into(), asked, found, holds: found >= asked, unit, at_most: false }
    }
}

/// All of them as a table.
pub fn table(checks: &[Check]) -> String {
    let mut text = String::from("| asked | bound | found | holds |\n|---|---|---|---|\n");
    for check in checks {
        let bound = if check.at_most { "at most" } else { "at least" };
        let holds = if check.holds { "yes" } else { "**no**" };
        let (asked, found) = (figure(check.asked), figure(check.found));
        let _ =
            writeln!(text, "| {} | {bound} {asked} {unit} | {found} {unit} | {holds} |", check.what, unit = check.unit);
    }
    text
}

/// Whole numbers without decimals.
fn figure(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_itself_is_allowed() {
        assert!(Check::at_most("a", 40.0, 40.0, "KiB").holds && !Check::at_most("a", 40.0, 40.1, "KiB").holds);
        assert!(Check::at_least("a", 1.7, 1.7, "times").holds && !Check::at_least("a", 1.7, 1.69, "times").holds);
        let text = table(&[Check::at_most("memory", 40.0, 41.25, "KiB")]);
        assert!(text.ends_with("| memory | at most 40 KiB | 41.25 KiB | **no** |\n"), "{text}");
    }
}
