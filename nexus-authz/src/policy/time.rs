//! Windows of time: hours of the day that may wrap midnight, and spans of dates. Bounds are inclusive.

use chrono::{
    DateTime, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _,
    Utc,
};
use chrono_tz::Tz;

/// A window that was understood when its policy was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Window {
    /// Hours of the day, read from the clock of the zone.
    Day { start: NaiveTime, end: NaiveTime, zone: Tz },
    /// From one moment to another; times without an offset are those of the zone.
    Dates { start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz },
}

/// Which bound is wrong, and why.
type Fault = (&'static str, &'static str);

impl Window {
    pub(super) fn of_day(start: &str, end: &str, zone: Option<&str>) -> Result<Self, Fault> {
        let why = "must be a time such as 09:00, 09:00:30 or an ISO date and time";
        let zone = parse_zone(zone)?;
        let start = clock(start, zone).ok_or(("start", why))?;
        let end = clock(end, zone).ok_or(("end", why))?;
        Ok(Self::Day { start, end, zone })
    }

    pub(super) fn of_dates(start: &str, end: &str, zone: Option<&str>) -> Result<Self, Fault> {
        let why = "must be an ISO date such as 2026-01-31, or an ISO date and time";
        let zone = parse_zone(zone)?;
        let start = moment(start, zone, MappedLocalTime::earliest).ok_or(("start", why))?;
        let end = moment(end, zone, MappedLocalTime::latest).ok_or(("end", why))?;
        if start > end {
            return Err(("end", "must not be before the start"));
        }
        Ok(Self::Dates { start, end, zone })
    }

    /// Whether the text is a time inside the window; false when it is none.
    pub(crate) fn has(&self, text: &str) -> bool {
        match self {
            Self::Day { start, end, zone } => clock(text, *zone)
                .is_some_and(|t| if start <= end { *start <= t && t <= *end } else { t >= *start || t <= *end }),
            Self::Dates { start, end, zone } => {
                moment(text, *zone, MappedLocalTime::earliest).is_some_and(|t| *start <= t && t <= *end)
            }
        }
    }
}

fn parse_zone(name: Option<&str>) -> Result<Tz, Fault> {
    name.map_or(Ok(Tz::UTC), |name| name.parse().map_err(|_| ("timezone", "must be a time zone such as Europe/Berlin")))
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
fn clock(text: &str, zone: Tz) -> Option<NaiveTime> {
    // A date has a dash and a time alone has none.
    if text.len() <= LONGEST
        && !text.contains('-')
        && let Some(time) =
            ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"].iter().find_map(|f| NaiveTime::parse_from_str(text, f).ok())
    {
        return Some(time);
    }
    Some(match stamp(text)? {
        Stamp::Fixed(fixed) => fixed.with_timezone(&zone).time(),
        Stamp::Naive(naive) => naive.time(),
    })
}

/// The moment that a text means in the zone. Where the clock is put back it means two, and `which` picks one: a span
/// begins at the earlier and ends at the later.
fn moment(
    text: &str,
    zone: Tz,
    which: fn(MappedLocalTime<DateTime<Tz>>) -> Option<DateTime<Tz>>,
) -> Option<DateTime<Utc>> {
    let naive = match stamp(text)? {
        Stamp::Fixed(fixed) => return Some(fixed.to_utc()),
        Stamp::Naive(naive) => naive,
    };
    if let Some(there) = which(zone.from_local_datetime(&naive)) {
        return Some(there.to_utc());
    }
    // The clock was put forward over this time, in Samoa once over a whole day: the offset of a day earlier says which
    // moment was meant.
    let earlier = zone.from_local_datetime(&naive.checked_sub_signed(TimeDelta::hours(25))?).earliest()?;
    let offset = TimeDelta::seconds(earlier.offset().fix().local_minus_utc().into());
    Some(naive.checked_sub_signed(offset)?.and_utc())
}
