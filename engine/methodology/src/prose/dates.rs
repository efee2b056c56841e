//! Dates in words: `the last session of May and November`.

use super::words::{count, counted, list, mark_line};
use crate::methodology::{DayAnchor, DayRule};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const NTH: [&str; 5] = ["last", "first", "second", "third", "fourth"];

/// More months than this are not spelt out where a rule shifts them.
const MONTHS_NAMED_MAX: usize = 4;

/// `twice a year`.
pub(super) fn frequency(months: &[u32]) -> String {
    match months.len() {
        1 => "once a year".to_owned(),
        2 => "twice a year".to_owned(),
        12 => "every month".to_owned(),
        many => format!("{} times a year", count(many)),
    }
}

/// `May and November`, shifted.
pub(super) fn months(months: &[u32], shift: i32) -> String {
    if months.len() > MONTHS_NAMED_MAX && shift != 0 {
        let way = if shift < 0 { "before" } else { "after" };
        return match shift.unsigned_abs() {
            1 => format!("the month {way} the review month"),
            many => format!("the month {} months {way} the review month", count(many as usize)),
        };
    }
    let named = months.iter().map(|month| {
        let moved = *month as i32 - 1 + shift;
        let name = MONTHS[moved.rem_euclid(12) as usize];
        match moved.div_euclid(12) {
            0 => name.to_owned(),
            -1 => format!("{name} of the year before"),
            1 => format!("{name} of the year after"),
            years if years < 0 => format!("{name} {} years before", count(years.unsigned_abs() as usize)),
            years => format!("{name} {} years after", count(years.unsigned_abs() as usize)),
        }
    });
    list(&named.collect::<Vec<_>>())
}

/// The day a rule gives, as a noun: `the last session of April and October`.
pub(super) fn day(rule: &DayRule, review_months: &[u32]) -> String {
    let day = plain_day(rule, review_months);
    match &rule.calendar {
        None => day,
        Some(name) => format!("{day}, in {}", sessions_of(name)),
    }
}

/// Whose sessions they are, in words: of one calendar or of all of several.
pub(super) fn sessions_of(calendar: &str) -> String {
    let names: Vec<String> = calendar.split('+').map(|name| format!("`{name}`")).collect();
    let all = if names.len() > 1 { ", all of them" } else { "" };
    format!("sessions of {}{all}", list(&names))
}

fn plain_day(rule: &DayRule, review_months: &[u32]) -> String {
    let of = months(review_months, rule.months);
    let anchor = match rule.anchor {
        DayAnchor::FirstSession => format!("the first session of {of}"),
        DayAnchor::LastSession => format!("the last session of {of}"),
        DayAnchor::Weekday {
            nth,
            weekday,
            next_if_closed,
        } => {
            let (nth, weekday) = (
                NTH[usize::from(nth) % NTH.len()],
                WEEKDAYS[usize::from(weekday) % WEEKDAYS.len()],
            );
            let instead = if next_if_closed { "after" } else { "before" };
            let mark = mark_line(rule.if_closed_line);
            format!("the {nth} {weekday} of {of}, or the session {instead} it {mark} where the exchange is closed")
        }
        DayAnchor::Effective => return from_effective(rule),
    };
    if rule.sessions == 0 {
        anchor
    } else {
        format!("{} {anchor}", shift(rule.sessions))
    }
}

/// `nine sessions before`.
fn shift(sessions: i32) -> String {
    let distance = counted(sessions.unsigned_abs() as usize, "session");
    format!("{distance} {}", if sessions < 0 { "before" } else { "after" })
}

fn from_effective(rule: &DayRule) -> String {
    let mark = mark_line(rule.counted_from_line);
    match (rule.sessions, rule.from_next_open) {
        (0, false) => format!("on the effective day, counted from its close {mark}"),
        (sessions, false) => format!(
            "{} the effective close, counted from that close {mark}",
            shift(sessions)
        ),
        (0, true) => format!("on the session after the effective close, counted from its open {mark}"),
        (sessions, true) => format!(
            "{} the session after the effective close, counted from its open {mark}",
            shift(sessions)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(anchor: DayAnchor, months: i32, sessions: i32) -> DayRule {
        DayRule {
            anchor,
            months,
            sessions,
            from_next_open: false,
            calendar: None,
            if_closed_line: None,
            counted_from_line: None,
            line: crate::Line::of_rulebook(1),
        }
    }

    #[test]
    fn days_in_words() {
        let third_friday = DayAnchor::Weekday {
            nth: 3,
            weekday: 4,
            next_if_closed: false,
        };
        for (rule, months, words) in [
            (
                rule(DayAnchor::LastSession, 0, 0),
                &[5, 11][..],
                "the last session of May and November",
            ),
            (
                rule(DayAnchor::LastSession, -1, 0),
                &[1, 7],
                "the last session of December of the year before and June",
            ),
            (
                rule(DayAnchor::FirstSession, 1, 2),
                &[12],
                "two sessions after the first session of January of the year after",
            ),
            (
                rule(DayAnchor::Effective, 0, -9),
                &[5],
                "nine sessions before the effective close, counted from that close (default)",
            ),
            (
                rule(DayAnchor::LastSession, -1, 0),
                &[1, 2, 3, 4, 5],
                "the last session of the month before the review month",
            ),
            (
                rule(third_friday, 0, 0),
                &[3],
                "the third Friday of March, or the session before it (default) where the exchange is closed",
            ),
        ] {
            assert_eq!(day(&rule, months), words);
        }
        assert_eq!(frequency(&[3, 6, 9, 12]), "four times a year");
    }
}
