//! Windows of time: hours of the day that may wrap midnight, and spans of dates. Bounds are inclusive.

use chrono::{
    DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc,
};
use jiff::{
    Timestamp, civil,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};

/// A window that was understood when its policy was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Window {
    /// Hours of the day, read from the clock of the zone.
    Day { start: NaiveTime, end: NaiveTime, zone: TimeZone },
    /// From one moment to another; times without an offset are those of the zone.
    Dates { start: DateTime<Utc>, end: DateTime<Utc>, zone: TimeZone },
}

/// Which bound is wrong, and why.
type Fault = (&'static str, &'static str);

impl Window {
    pub(super) fn of_day(start: &str, end: &str, zone: Option<&str>) -> Result<Self, Fault> {
        let why = "must be a time such as 09:00, 09:00:30 or an ISO date and time";
        let zone = parse_zone(zone)?;
        let start = clock(start, &zone).ok_or(("start", why))?;
        let end = clock(end, &zone).ok_or(("end", why))?;
        Ok(Self::Day { start, end, zone })
    }

    pub(super) fn of_dates(start: &str, end: &str, zone: Option<&str>) -> Result<Self, Fault> {
        let why = "must be an ISO date such as 2026-01-31, or an ISO date and time";
        let zone = parse_zone(zone)?;
        let start = moment(start, &zone, Of::Earlier).ok_or(("start", why))?;
        let end = moment(end, &zone, Of::Later).ok_or(("end", why))?;
        if start > end {
            return Err(("end", "must not be before the start"));
        }
        Ok(Self::Dates { start, end, zone })
    }

    /// Whether the text is a time inside the window; false when it is none.
    pub(crate) fn has(&self, text: &str) -> bool {
        match self {
            Self::Day { start, end, zone } => clock(text, zone)
                .is_some_and(|t| if start <= end { *start <= t && t <= *end } else { t >= *start || t <= *end }),
            Self::Dates { start, end, zone } => {
                moment(text, zone, Of::Earlier).is_some_and(|t| *start <= t && t <= *end)
            }
        }
    }
}

/// A zone of the rules that the program brings, so that a policy means the same on every machine.
fn parse_zone(name: Option<&str>) -> Result<TimeZone, Fault> {
    let why = ("timezone", "must be a time zone such as Europe/Berlin");
    name.map_or(Ok(TimeZone::UTC), |name| TimeZoneDatabase::bundled().get(name).map_err(|_| why))
}

/// A date and time as people write it: with an offset, without one, or a date alone.
enum Stamp {
    Fixed(DateTime<FixedOffset>),
    Naive(NaiveDateTime),
}

/// Longer texts are no times, whatever they are.
const LONGEST: usize = 64;

fn stamp(text: &str) -> Option<Stamp> {
    if text.len() > LONGEST {
        return None;
    }
    if let Ok(fixed) = DateTime::parse_from_rfc3339(text) {
        return Some(Stamp::Fixed(fixed));
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Stamp::Naive(date.and_time(NaiveTime::MIN)));
    }
    let fixed = ["%Y-%m-%dT%H:%M%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"];
    if let Some(fixed) = fixed.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()) {
        return Some(Stamp::Fixed(fixed));
    }
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    naive.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(Stamp::Naive)
}

/// What the clock of the zone shows; a time without an offset is taken as it stands.
fn clock(text: &str, zone: &TimeZone) -> Option<NaiveTime> {
    // A date has a dash and a time alone has none.
    if text.len() <= LONGEST
        && !text.contains('-')
        && let Some(time) =
            ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"].iter().find_map(|f| NaiveTime::parse_from_str(text, f).ok())
    {
        return Some(time);
    }
    Some(match stamp(text)? {
        Stamp::Fixed(fixed) => {
            let at = Timestamp::from_second(fixed.timestamp());
            let offset =
                zone.to_offset(at.unwrap_or(if fixed.timestamp() < 0 { Timestamp::MIN } else { Timestamp::MAX }));
            fixed.naive_utc().checked_add_signed(TimeDelta::seconds(offset.seconds().into()))?.time()
        }
        Stamp::Naive(naive) => naive.time(),
    })
}

/// Which of two moments is meant where the clock is put back.
#[derive(Clone, Copy)]
enum Of {
    Earlier,
    Later,
}

/// The moment that a text means in the zone. A span begins at the earlier of two and ends at the later.
fn moment(text: &str, zone: &TimeZone, which: Of) -> Option<DateTime<Utc>> {
    let naive = match stamp(text)? {
        Stamp::Fixed(fixed) => return Some(fixed.to_utc()),
        Stamp::Naive(naive) => naive,
    };
    let offset = match (zone.to_ambiguous_timestamp(civil(naive)).offset(), which) {
        (AmbiguousOffset::Unambiguous { offset }, _) => offset,
        // The clock was put forward over this time, in Samoa once over a whole day: it is read by the clock before.
        (AmbiguousOffset::Gap { before, .. }, _) | (AmbiguousOffset::Fold { before, .. }, Of::Earlier) => before,
        (AmbiguousOffset::Fold { after, .. }, Of::Later) => after,
    };
    Some(naive.checked_sub_signed(TimeDelta::seconds(offset.seconds().into()))?.and_utc())
}

/// The same date and time in whole seconds; the first or last one that there are rules for where it lies beyond.
fn civil(naive: NaiveDateTime) -> civil::DateTime {
    let small = |n: u32| i8::try_from(n).ok();
    let (date, time) = (naive.date(), naive.time());
    let beyond = if date.year() < 0 { civil::DateTime::MIN } else { civil::DateTime::MAX };
    let same = || {
        let (month, day) = (small(date.month())?, small(date.day())?);
        let (hour, minute, second) = (small(time.hour())?, small(time.minute())?, small(time.second())?);
        civil::DateTime::new(i16::try_from(date.year()).ok()?, month, day, hour, minute, second, 0).ok()
    };
    same().unwrap_or(beyond)
}
