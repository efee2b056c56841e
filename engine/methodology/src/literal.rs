//! Literals with their unit in them: `"5%"`, `"5pp"`, `"3 sd"`, `"120 days"`, `"20 x parent"`.

use std::borrow::Cow;

use chrono::NaiveDate;
use divisor_model::Fraction;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::stop_bound::stop_bound;

/// What was expected where a literal could not be read.
pub(crate) struct BadLiteral {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl BadLiteral {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: help.into(),
        }
    }
}

/// The schema formats whose texts are checked before serde sees them.
pub(crate) fn check_format(format: &str, text: &str) -> Result<(), BadLiteral> {
    match format {
        "percentage" => percentage(text).map(drop),
        "points" => points(text).map(drop),
        "band" => band(text).map(drop),
        "stretch" => stretch(text).map(drop),
        "widening" => widening(text).map(drop),
        "relaxed" => relaxed(text).map(drop),
        "deviations" => deviations(text).map(drop),
        "age" => age_days(text).map(drop),
        "bound" => bound(text).map(drop),
        "stop-bound" => stop_bound(text).map(drop),
        "nth-weekday" => nth_weekday(text).map(drop),
        "id" => id(text),
        _ => Ok(()),
    }
}

/// Code and message where a bare number stands for a literal of this format.
pub(crate) fn unit_missing(format: &str) -> Option<(&'static str, &'static str)> {
    Some(match format {
        "percentage" => ("M0211", "a percentage needs its unit"),
        "points" | "band" | "widening" => ("M0212", "percentage points need their unit"),
        "deviations" => ("M0213", "a number of standard deviations needs its unit"),
        "age" | "stretch" => ("M0214", "a length of time needs its unit"),
        "bound" | "relaxed" => ("M0215", "a bound needs its unit"),
        _ => return None,
    })
}

/// A text of this format, for advice and stand-ins.
pub(crate) fn sample(format: &str) -> Option<&'static str> {
    Some(match format {
        "percentage" => "20%",
        "points" | "band" | "widening" => "5pp",
        "stretch" => "3 years",
        "relaxed" => "30%",
        "deviations" => "3 sd",
        "age" => "120 days",
        "bound" => "20 x parent",
        "stop-bound" => "2 x broad",
        "nth-weekday" => "third Friday",
        "id" => "example",
        _ => return None,
    })
}

/// Advice for a bare number in place of a literal of this format.
pub(crate) fn advice(format: &str, number: &str) -> String {
    match format {
        "percentage" => match fraction_as_percent(number) {
            Some(percent) => format!("write \"{percent}%\", or \"{number}%\" if that is what you mean"),
            None => format!("write \"{number}%\""),
        },
        "bound" => match fraction_as_percent(number) {
            Some(percent) => format!("write \"{percent}%\" of the index, or \"{number} x parent\""),
            None => format!("write \"{number}%\" of the index, or \"{number} x parent\""),
        },
        "points" | "band" => format!("write \"{number}pp\" for points around the parent"),
        "widening" => format!("write \"{number}pp\" of weight, or \"{number} sd\" of an exposure"),
        "relaxed" => format!("write \"{number}%\", \"{number}pp\" or \"{number} sd\", as the rule itself has it"),
        "stretch" => format!("write \"{number} years\", \"{number} months\" or \"{number} weeks\""),
        "deviations" => format!("write \"{number} sd\""),
        "age" => format!("write \"{number} days\""),
        _ => String::new(),
    }
}

/// `0.05` is most likely five per cent.
fn fraction_as_percent(number: &str) -> Option<String> {
    let value: f64 = number.parse().ok()?;
    (value > 0.0 && value < 1.0).then(|| {
        let percent = value * 100.0;
        let rounded = (percent * 1e6).round() / 1e6;
        rounded.to_string()
    })
}

pub(crate) fn split_number(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

pub(crate) fn percentage(text: &str) -> Result<Fraction, BadLiteral> {
    let (number, unit) = split_number(text);
    let shift = match unit {
        "%" => Some(2),
        "bp" => Some(4),
        _ => None,
    };
    let read = shift.and_then(|shift| Fraction::parse_decimal(number, shift));
    read.ok_or_else(|| {
        let help = match unit {
            "" if !number.is_empty() => advice("percentage", number),
            "pp" => format!("write \"{number}%\"; \"pp\" is for distances from the parent's weight"),
            _ if text.starts_with('-') => format!("it cannot be negative: write \"{}\"", text.trim_start_matches('-')),
            _ => "write a number and its unit: \"5%\" or \"25bp\"".to_owned(),
        };
        BadLiteral::new("M0211", format!("\"{text}\" is not a percentage"), help)
    })
}

pub(crate) fn points(text: &str) -> Result<Fraction, BadLiteral> {
    let (number, unit) = split_number(text);
    let read = (unit == "pp").then(|| Fraction::parse_decimal(number, 2)).flatten();
    read.ok_or_else(|| {
        let number = if Fraction::parse_decimal(number, 2).is_some() {
            number
        } else {
            "5"
        };
        let help = advice("points", number);
        BadLiteral::new(
            "M0212",
            format!("\"{text}\" is not a number of percentage points"),
            help,
        )
    })
}

/// How close to the parent: of weight or of an exposure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum BandLiteral {
    Points(Fraction),
    Deviations(f64),
}

pub(crate) fn band(text: &str) -> Result<BandLiteral, BadLiteral> {
    if split_number(text).1 == "sd" {
        return deviations(text).map(BandLiteral::Deviations);
    }
    points(text).map(BandLiteral::Points)
}

/// A length of time to be counted in returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum StretchLiteral {
    Years(u32),
    Months(u32),
    Weeks(u32),
}

pub(crate) fn stretch(text: &str) -> Result<StretchLiteral, BadLiteral> {
    let (number, unit) = split_number(text);
    let count = number.parse::<u32>().ok().filter(|count| (1..=1000).contains(count));
    match (count, unit) {
        (Some(count), "year" | "years") => Ok(StretchLiteral::Years(count)),
        (Some(count), "month" | "months") => Ok(StretchLiteral::Months(count)),
        (Some(count), "week" | "weeks") => Ok(StretchLiteral::Weeks(count)),
        _ => {
            let message = format!("\"{text}\" is not a number of years, months or weeks");
            let number = if count.is_some() { number } else { "3" };
            Err(BadLiteral::new("M0214", message, advice("stretch", number)))
        }
    }
}

pub(crate) fn widening(text: &str) -> Result<BandLiteral, BadLiteral> {
    let (number, unit) = split_number(text);
    match unit {
        "%" => {
            let help = format!("write \"{number}pp\": a step is a distance");
            Err(BadLiteral::new("M0212", format!("\"{text}\" is not a step"), help))
        }
        _ => band(text),
    }
}

/// How far a rule is loosened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum RelaxedLiteral {
    Share(Fraction),
    Band(BandLiteral),
    WithoutRule,
}

pub(crate) fn relaxed(text: &str) -> Result<RelaxedLiteral, BadLiteral> {
    match split_number(text).1 {
        "none" => Ok(RelaxedLiteral::WithoutRule),
        "pp" | "sd" => band(text).map(RelaxedLiteral::Band),
        "%" | "bp" => percentage(text).map(RelaxedLiteral::Share),
        _ => {
            let message = format!("\"{text}\" is not how far a rule can be loosened");
            let help = "write \"30%\", \"10pp\" or \"0.5 sd\", as the rule itself has it, or \"none\" to do without it";
            Err(BadLiteral::new("M0215", message, help))
        }
    }
}

pub(crate) fn deviations(text: &str) -> Result<f64, BadLiteral> {
    let (number, unit) = split_number(text);
    let read = (unit == "sd").then(|| Fraction::parse_decimal(number, 0)).flatten();
    match read {
        Some(fraction) if fraction.numerator > 0 => Ok(fraction.value()),
        _ => {
            let number = if Fraction::parse_decimal(number, 0).is_some_and(|read| read.numerator > 0) {
                number
            } else {
                "3"
            };
            let message = format!("\"{text}\" is not a number of standard deviations");
            Err(BadLiteral::new("M0213", message, advice("deviations", number)))
        }
    }
}

pub(crate) fn age_days(text: &str) -> Result<i32, BadLiteral> {
    let (number, unit) = split_number(text);
    let read = number.parse::<i32>().ok().filter(|days| *days < 100_000);
    if let (Some(days), "days" | "day") = (read, unit) {
        return Ok(days);
    }
    let days_each = match unit {
        "" | "d" => 1,
        "week" | "weeks" | "w" => 7,
        "month" | "months" | "m" => 30,
        "year" | "years" | "y" => 365,
        _ => 0,
    };
    let days = read.map_or(0, |count| count.saturating_mul(days_each));
    let days = if (1..100_000).contains(&days) { days } else { 120 };
    let message = format!("\"{text}\" is not a number of days");
    Err(BadLiteral::new("M0214", message, format!("write \"{days} days\"")))
}

/// One side of a bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum BoundLiteral {
    Weight(Fraction),
    TimesParent(Fraction),
    ParentPlus(Fraction),
    ParentMinus(Fraction),
    LargestInParent,
}

pub(crate) fn bound(text: &str) -> Result<BoundLiteral, BadLiteral> {
    let (number, unit) = split_number(text);
    if unit.split_whitespace().eq(["x", "parent"])
        && let Some(times) = Fraction::parse_decimal(number, 0)
    {
        return Ok(BoundLiteral::TimesParent(times));
    }
    if text.split_whitespace().eq(["largest", "in", "parent"]) {
        return Ok(BoundLiteral::LargestInParent);
    }
    if let Some(distance) = text.strip_prefix("parent").map(str::trim_start) {
        let read = |sign: char| {
            distance
                .strip_prefix(sign)
                .and_then(|rest| points(rest.trim_start()).ok())
        };
        if let Some(bound) = read('+')
            .map(BoundLiteral::ParentPlus)
            .or(read('-').map(BoundLiteral::ParentMinus))
        {
            return Ok(bound);
        }
    }
    match percentage(text) {
        Ok(weight) if weight.at_most_one() => Ok(BoundLiteral::Weight(weight)),
        Ok(_) => Err(BadLiteral::new(
            "M0216",
            format!("\"{text}\" is more than the whole index"),
            "write a weight of at most \"100%\"",
        )),
        Err(_) => {
            let help = match unit {
                "" if !number.is_empty() => advice("bound", number),
                "pp" => {
                    format!("write \"{number}%\" of the index; a distance from the parent is within = \"{number}pp\"")
                }
                "x" => format!("write \"{number} x parent\""),
                _ if text.starts_with("largest") => "write \"largest in parent\"".to_owned(),
                _ if text.starts_with("parent") => "write \"parent + 5pp\" or \"parent - 5pp\"".to_owned(),
                _ => "write \"5%\" of the index, or \"20 x parent\"".to_owned(),
            };
            Err(BadLiteral::new("M0215", format!("\"{text}\" is not a bound"), help))
        }
    }
}

/// `third Friday`, `last Thursday`.
pub(crate) fn nth_weekday(text: &str) -> Result<(u8, chrono::Weekday), BadLiteral> {
    let mut words = text.split_whitespace();
    let nth = match words.next() {
        Some("first") => Some(1),
        Some("second") => Some(2),
        Some("third") => Some(3),
        Some("fourth") => Some(4),
        Some("last") => Some(0),
        _ => None,
    };
    let weekday = words.next().and_then(|word| word.parse::<chrono::Weekday>().ok());
    match (nth, weekday, words.next()) {
        (Some(nth), Some(weekday), None) => Ok((nth, weekday)),
        _ => Err(BadLiteral::new(
            "M0217",
            format!("\"{text}\" is not a weekday of a month"),
            "write \"third Friday\": first, second, third, fourth or last, then the day",
        )),
    }
}

fn id(text: &str) -> Result<(), BadLiteral> {
    let good = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if good {
        return Ok(());
    }
    let plain: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
        .collect();
    let plain = plain.trim_matches(['-', '_']);
    let help = "an id has lower-case letters, digits, `-` and `_`, and begins with a letter or digit";
    let help = if plain.is_empty() {
        help.to_owned()
    } else {
        format!("write \"{plain}\": {help}")
    };
    Err(BadLiteral::new("M0218", format!("\"{text}\" is not an id"), help))
}

/// Declares a newtype read from a text of one format.
macro_rules! literal {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $format:literal, $read:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub(crate) struct $name(pub(crate) $inner);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $read(&text).map($name).map_err(|bad: BadLiteral| D::Error::custom(bad.message))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $format.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format })
            }
        }
    };
}

literal!(
    /// A share: `"5%"`, `"25bp"`.
    Percentage, Fraction, "percentage", percentage
);
literal!(
    /// Distance from the parent: `"5pp"` of weight, `"0.25 sd"` of an exposure.
    Band, BandLiteral, "band", band
);
literal!(
    /// Distance of a weight from the parent: `"5pp"`.
    Points, Fraction, "points", points
);
literal!(
    /// Time to be counted in returns: `"3 years"`.
    Stretch, StretchLiteral, "stretch", stretch
);
literal!(
    /// By how much a rule is loosened at a time.
    Widening, BandLiteral, "widening", widening
);
literal!(
    /// How far a rule is loosened.
    Relaxed, RelaxedLiteral, "relaxed", relaxed
);
literal!(
    /// Standard deviations: `"3 sd"`.
    Deviations, f64, "deviations", deviations
);
literal!(
    /// Days: `"120 days"`.
    Age, i32, "age", age_days
);
literal!(
    /// One bound: `"5%"`, `"20 x parent"` or `"parent + 5pp"`.
    OneBound, BoundLiteral, "bound", bound
);
literal!(
    /// `"third Friday"`; 0 is the last.
    NthWeekday, (u8, chrono::Weekday), "nth-weekday", nth_weekday
);

/// A calendar date as TOML writes it: `2010-05-28`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateLiteral(pub(crate) NaiveDate);

impl<'de> Deserialize<'de> for DateLiteral {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let datetime = toml::value::Datetime::deserialize(deserializer)?;
        date_of_toml(&datetime)
            .map(DateLiteral)
            .ok_or_else(|| D::Error::custom("not a date"))
    }
}

/// The date of a TOML date-time that has neither time nor offset.
pub(crate) fn date_of_toml(datetime: &toml::value::Datetime) -> Option<NaiveDate> {
    if datetime.time.is_some() || datetime.offset.is_some() {
        return None;
    }
    let date = datetime.date?;
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}

impl JsonSchema for DateLiteral {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}
