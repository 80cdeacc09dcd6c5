//! How numbers of cells are shown: which of them are dates.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};

use super::{ExtractError, Node, Package};

/// The formats of a file, as far as dates are concerned.
#[derive(Debug, Default)]
pub(super) struct Formats {
    /// For each style of cells whether it shows dates.
    dates: Vec<bool>,
    since_1904: bool,
}

impl Formats {
    pub(super) fn read(package: &mut Package<'_>, since_1904: bool) -> Result<Self, ExtractError> {
        let mut formats = Self { since_1904, ..Self::default() };
        let Some(mut xml) = package.part("xl/styles.xml")? else { return Ok(formats) };
        // Formats that come with the program and show dates or times.
        let mut dates: BTreeSet<usize> = (14..=22).chain(27..=36).chain(45..=47).chain(50..=58).collect();
        let mut inside = false;
        loop {
            match xml.next()? {
                Node::Open(element) => match element.name() {
                    b"numFmt" => {
                        if let (Some(id), Some(code)) = (element.number(b"numFmtId"), element.get(b"formatCode"))
                            && shows_dates(&code)
                        {
                            dates.insert(id);
                        }
                    }
                    b"cellXfs" => inside = true,
                    b"xf" if inside => {
                        formats.dates.push(element.number(b"numFmtId").is_some_and(|id| dates.contains(&id)));
                    }
                    _ => {}
                },
                Node::Close(end) => inside &= end.name() != b"cellXfs",
                Node::End => return Ok(formats),
                Node::Text(_) => {}
            }
        }
    }

    /// A number as people would read it.
    pub(super) fn show(&self, value: &str, style: Option<usize>) -> String {
        let value = value.trim();
        let Ok(number) = value.parse::<f64>() else { return value.to_owned() };
        let is_date = style.and_then(|style| self.dates.get(style)).copied().unwrap_or(false);
        if let Some(date) = is_date.then(|| self.date(number)).flatten() {
            return date;
        }
        // Fifteen digits are what such programs show; the rest comes from binary fractions.
        if value.len() > 15 && number.abs() < 1e15 {
            let shown = format!("{number:.10}");
            return shown.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        value.to_owned()
    }

    #[allow(clippy::cast_possible_truncation, reason = "the range is checked before")]
    fn date(&self, number: f64) -> Option<String> {
        if !(0.0..3_000_000.0).contains(&number) {
            return None;
        }
        let (year, month, day) = if self.since_1904 { (1904, 1, 1) } else { (1899, 12, 30) };
        let seconds = (number * 86_400.0).round() as i64;
        let moment = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(0, 0, 0)? + Duration::seconds(seconds);
        let form = match (number < 1.0, seconds % 86_400 == 0) {
            (true, _) => "%H:%M:%S",
            (false, true) => "%Y-%m-%d",
            (false, false) => "%Y-%m-%d %H:%M:%S",
        };
        Some(moment.format(form).to_string())
    }
}

/// Whether a format has years, months, days or hours, outside of what it quotes.
fn shows_dates(code: &str) -> bool {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    code.chars().any(|c| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match c {
            '\\' | '_' | '*' => escaped = true,
            '"' => quoted = !quoted,
            '[' => bracketed = true,
            ']' => bracketed = false,
            _ => return !quoted && !bracketed && matches!(c.to_ascii_lowercase(), 'y' | 'm' | 'd' | 'h'),
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_shown_as_dates_and_numbers_as_numbers() {
        let formats = Formats { dates: vec![false, true], since_1904: false };
        assert_eq!(formats.show("45292", Some(1)), "2024-01-01");
        assert_eq!(formats.show("45292.75", Some(1)), "2024-01-01 18:00:00");
        assert_eq!(formats.show("0.5", Some(1)), "12:00:00");
        assert_eq!(formats.show("45292", Some(0)), "45292");
        assert_eq!(formats.show("0.30000000000000004", None), "0.3");
        assert_eq!(formats.show("1e300", Some(1)), "1e300");
        assert_eq!(formats.show("12345678901234567890", None), "12345678901234567890");
        assert_eq!(Formats { since_1904: true, ..formats }.show("0", Some(1)), "00:00:00");
    }

    #[test]
    fn what_is_quoted_in_a_format_is_no_date() {
        assert!(shows_dates("dd/mm/yyyy") && shows_dates("[$-409]h:mm AM/PM"));
        assert!(!shows_dates("#,##0.00 \"days\"") && !shows_dates("0.00_);[Red]\\d") && !shows_dates("General"));
    }
}
