//! Stated stretches of calendar time: how long after a period's end a value is known, and how old it may be.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months};

use crate::{Date, Day, date_of, day_of};

/// A number of days, months or years, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    count: u32,
    unit: SpanUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum SpanUnit {
    Days,
    Months,
    Years,
}

/// Longer spans are typing errors.
const YEARS_MAX: u32 = 100;

impl Span {
    /// The day so much later than `day`. Months and years lead to the same day of the month or, where that month is
    /// shorter, to its last day; the last day of a month leads to the last day of a month, as fiscal periods end: six
    /// months after 31 August 2024 is 28 February 2025, and six months after that 31 August again.
    pub fn after(self, day: Day) -> Day {
        let months = match self.unit {
            SpanUnit::Days => return day.saturating_add(self.count as Day),
            SpanUnit::Months => self.count,
            SpanUnit::Years => 12 * self.count,
        };
        let later = |date: Date| {
            let shifted = date.checked_add_months(Months::new(months))?;
            if date.succ_opt()?.month() == date.month() {
                return Some(shifted);
            }
            shifted.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
        };
        // Only days no calendar has end here; nothing is ever known or fresh at them.
        date_of(day).and_then(later).map_or(Day::MAX, day_of)
    }
}

impl FromStr for Span {
    type Err = String;

    /// `45 days`, `6 months`, `1 year`; on failure what to write instead.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is no span of time; write \"45 days\", \"6 months\" or \"1 year\"");
        let (count, unit) = text.split_once(' ').ok_or_else(wrong)?;
        let count: u32 = count.parse().map_err(|_| wrong())?;
        let (unit, a_year) = match unit {
            "day" | "days" => (SpanUnit::Days, 366),
            "month" | "months" => (SpanUnit::Months, 12),
            "year" | "years" => (SpanUnit::Years, 1),
            _ => return Err(wrong()),
        };
        if count == 0 || count > YEARS_MAX * a_year {
            return Err(format!(
                "\"{text}\" is not between one day and {YEARS_MAX} years: no value is known on the last day of its period"
            ));
        }
        Ok(Self { count, unit })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            SpanUnit::Days => "day",
            SpanUnit::Months => "month",
            SpanUnit::Years => "year",
        };
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {unit}{plural}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(span: &str, day: &str) -> String {
        let day = day_of(day.parse().expect("a date"));
        let later = span.parse::<Span>().expect("a span").after(day);
        date_of(later).expect("a date").to_string()
    }

    #[test]
    fn month_ends_lead_to_month_ends() {
        assert_eq!(after("6 months", "2024-08-31"), "2025-02-28");
        assert_eq!(after("6 months", "2023-08-31"), "2024-02-29");
        assert_eq!(after("6 months", "2025-02-28"), "2025-08-31");
        assert_eq!(after("6 months", "2024-06-30"), "2024-12-31");
        assert_eq!(after("1 month", "2024-01-30"), "2024-02-29");
        assert_eq!(after("1 month", "2024-02-28"), "2024-03-28");
        assert_eq!(after("1 year", "2024-02-29"), "2025-02-28");
        assert_eq!(after("18 months", "2023-12-31"), "2025-06-30");
        assert_eq!(after("45 days", "2023-12-31"), "2024-02-14");
    }

    #[test]
    fn texts_are_read_and_shown() {
        for text in ["45 days", "1 day", "6 months", "1 year", "2 years"] {
            assert_eq!(text.parse::<Span>().expect("a span").to_string(), text);
        }
        for text in [
            "45",
            "45d",
            "0 days",
            "-1 days",
            "six months",
            "101 years",
            "6  months",
            "1 week",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
