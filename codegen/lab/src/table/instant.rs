//! Reads a time stamp: ISO 8601, and the usual forms of spreadsheets and loggers.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::Offset;

/// The order of day and month where both are numbers and the year is not in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// What a text tells of a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Instant {
    /// A date with a clock, in seconds since 1970 in UTC; a stamp without a zone is taken for UTC.
    Whole(f64),
    /// A date alone: its midnight, in seconds since 1970.
    Day(f64),
    /// A clock alone, in seconds since midnight.
    Clock(f64),
}

impl Instant {
    /// The moment in a text; `None` if it is no time stamp. A mere number is none, since it may be anything.
    pub fn parse(text: &str, order: Order) -> Option<Self> {
        let text = text.trim();
        // The longest forms have a name of a zone in brackets.
        if text.len() > 64
            || text.parse::<f64>().is_ok()
            || !text.contains(|c: char| c.is_ascii_digit())
        {
            return None;
        }
        iso(text).or_else(|| usual(text, order))
    }
}

/// ISO 8601 and RFC 3339, with `T` or a space, with or without a zone.
fn iso(text: &str) -> Option<Instant> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(Instant::Whole(since_1970(stamp)));
    }
    let digits = |range: std::ops::Range<usize>| {
        text.get(range)
            .is_some_and(|part| part.bytes().all(|c| c.is_ascii_digit()))
    };
    if !digits(0..4) {
        return None;
    }
    match text.contains([':', 'T', 't']) {
        true => text
            .parse::<DateTime>()
            .ok()
            .and_then(|stamp| whole(stamp, Offset::UTC)),
        false => text.parse::<Date>().ok().and_then(day),
    }
}

/// A date, a clock, or both in either order: the clock is what has the colons.
fn usual(text: &str, order: Order) -> Option<Instant> {
    let Some(start) = clock_start(text) else {
        return date(text, order).and_then(day);
    };
    let end = clock_end(&text[start..]) + start;
    let (time, offset) = clock(&text[start..end])?;
    let before = text[..start].strip_suffix(['T', 't']);
    let rest = format!("{} {}", before.unwrap_or(&text[..start]), &text[end..]);
    match rest.trim().is_empty() {
        true => Some(Instant::Clock(seconds_of(time))),
        false => whole(date(&rest, order)?.to_datetime(time), offset),
    }
}

/// Where the hour before the first colon begins: one or two digits. A colon may also end a year, as in logs of web servers.
fn clock_start(text: &str) -> Option<usize> {
    let colons = text.match_indices(':').map(|(colon, _)| colon);
    let starts = colons.map(|colon| {
        let digits = text[..colon].bytes().rev().take_while(u8::is_ascii_digit);
        (colon, digits.count())
    });
    let mut hours = starts.filter(|(_, digits)| (1..=2).contains(digits));
    hours.next().map(|(colon, digits)| colon - digits)
}

/// The clock in a text, with the zone behind it.
pub(super) fn clock_in(text: &str) -> Option<&str> {
    let start = clock_start(text)?;
    Some(text[start..start + clock_end(&text[start..])].trim())
}

/// Where the clock ends: before a date or a year that follows it.
fn clock_end(text: &str) -> usize {
    let is_year = |word: &str| word.len() == 4 && is_number(word);
    let is_date = |word: &str| {
        let orders = [Order::DayFirst, Order::MonthFirst];
        is_year(word) || orders.iter().any(|order| date(word, *order).is_some())
    };
    let mut spaces = text.match_indices(' ').map(|(space, _)| space);
    let end = spaces.find(|space| is_date(text[space + 1..].split(' ').next().unwrap_or_default()));
    end.unwrap_or(text.len())
}

/// A clock, of 24 or 12 hours, with its distance from UTC.
fn clock(text: &str) -> Option<(Time, Offset)> {
    let text = text.trim().replace(',', ".");
    let text = ["UTC", "GMT", "Z", "z"]
        .iter()
        .find_map(|zone| text.strip_suffix(zone))
        .unwrap_or(&text)
        .trim();
    let formats = [
        "%H:%M:%S%.f",
        "%H:%M",
        "%I:%M:%S%.f %p",
        "%I:%M %p",
        "%H:%M:%S%.f %z",
        "%H:%M:%S%.f %:z",
        "%H:%M %z",
        "%H:%M %:z",
    ];
    formats.iter().find_map(|format| {
        let parts = strtime::parse(format, text).ok()?;
        Some((parts.to_time().ok()?, parts.offset().unwrap_or(Offset::UTC)))
    })
}

/// A date of three parts, or of eight digits: years have four digits, or two in the last place.
fn date(text: &str, order: Order) -> Option<Date> {
    let is_weekday = |word: &&str| {
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&start(word).as_str())
    };
    let parts = text
        .split(|c: char| " /.-,_;:".contains(c))
        .filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.filter(|part| !is_weekday(part)).collect();
    let format = match *parts.as_slice() {
        [whole] if whole.len() == 8 && is_number(whole) => "%Y%m%d",
        [a, b, c] => format_of([a, b, c], order)?,
        _ => return None,
    };
    strtime::parse(format, parts.join(" ")).ok()?.to_date().ok()
}

/// The format of three parts, by their lengths and letters.
fn format_of(parts: [&str; 3], order: Order) -> Option<&'static str> {
    let shape = parts.map(|part| match part.len() {
        4 if is_number(part) => 'Y',
        1 | 2 if is_number(part) => 'n',
        _ if part.chars().all(char::is_alphabetic) => match part.len() {
            3 => 'b',
            _ => 'B',
        },
        _ => '?',
    });
    Some(match (shape, order) {
        (['Y', 'n', 'n'], _) => "%Y %m %d",
        (['n', 'n', 'Y'], Order::DayFirst) => "%d %m %Y",
        (['n', 'n', 'Y'], Order::MonthFirst) => "%m %d %Y",
        (['n', 'n', 'n'], Order::DayFirst) => "%d %m %y",
        (['n', 'n', 'n'], Order::MonthFirst) => "%m %d %y",
        (['n', 'b', 'Y'], _) => "%d %b %Y",
        (['n', 'B', 'Y'], _) => "%d %B %Y",
        (['b', 'n', 'Y'], _) => "%b %d %Y",
        (['B', 'n', 'Y'], _) => "%B %d %Y",
        (['Y', 'b', 'n'], _) => "%Y %b %d",
        (['n', 'b', 'n'], _) => "%d %b %y",
        _ => return None,
    })
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit())
}

/// The first three letters, in lower case.
fn start(word: &str) -> String {
    word.chars().take(3).flat_map(char::to_lowercase).collect()
}

fn whole(stamp: DateTime, offset: Offset) -> Option<Instant> {
    offset
        .to_timestamp(stamp)
        .ok()
        .map(|stamp| Instant::Whole(since_1970(stamp)))
}

fn day(date: Date) -> Option<Instant> {
    let midnight = Offset::UTC.to_timestamp(date.to_datetime(Time::midnight()));
    midnight.ok().map(|stamp| Instant::Day(since_1970(stamp)))
}

fn since_1970(stamp: Timestamp) -> f64 {
    stamp.as_second() as f64 + f64::from(stamp.subsec_nanosecond()) / 1e9
}

fn seconds_of(time: Time) -> f64 {
    let hours = f64::from(time.hour()) * 60.0 + f64::from(time.minute());
    hours * 60.0 + f64::from(time.second()) + f64::from(time.subsec_nanosecond()) / 1e9
}
