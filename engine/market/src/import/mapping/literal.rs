//! Literals of mapping files: scales and date formats.

use chrono::Datelike;
use chrono::format::{Item, Parsed, StrftimeItems};
use divisor_model::{Date, Day, day_of};

/// The names of scales and the powers of ten they stand for.
const SCALES: [(&str, i32); 7] = [
    ("percent", -2),
    ("bp", -4),
    ("cents", -2),
    ("hundreds", 2),
    ("thousands", 3),
    ("millions", 6),
    ("billions", 9),
];

/// The power of ten of a scale: `percent`, `millions`, `1e6`, `0.01`, `per 1000`. Other factors are none: a number times
/// a power of ten has the same digits, and that is all an import may do to a number.
pub(crate) fn power_of_ten(text: &str) -> Option<i32> {
    if let Some((_, power)) = SCALES.iter().find(|(name, _)| *name == text) {
        return Some(*power);
    }
    if let Some(rest) = text.strip_prefix("per ") {
        return power_of_ten(rest).filter(|power| *power > 0).map(|power| -power);
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok().filter(|exponent| (-30..=30).contains(exponent))?;
    let zeros = |part: &str| part.bytes().all(|byte| byte == b'0');
    let power = match mantissa.split_once('.') {
        None => {
            let rest = mantissa.strip_prefix('1').filter(|rest| zeros(rest))?;
            rest.len() as i32
        }
        Some(("1", fraction)) if zeros(fraction) => 0,
        Some(("0", fraction)) => {
            let leading = fraction.strip_suffix('1').filter(|leading| zeros(leading))?;
            -(leading.len() as i32) - 1
        }
        Some(_) => return None,
    };
    Some(power + exponent)
}

/// What a scale may look like, for messages.
pub(crate) const SCALE_HELP: &str = "write \"percent\", \"bp\", \"thousands\", \"millions\", \"billions\", a power of ten such as \"1e6\" or \"0.01\", or \"per 1000\"";

/// How a date is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DateFormat {
    format: String,
    /// Where the format has no day of the month: which one is meant.
    end: Option<MonthEnd>,
}

/// An end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MonthEnd {
    First,
    Last,
}

impl Default for DateFormat {
    fn default() -> Self {
        Self {
            format: "%Y-%m-%d".to_owned(),
            end: None,
        }
    }
}

impl DateFormat {
    /// A format in the letters of strftime, `%d/%m/%Y`; `end` says which day is meant where it has none.
    pub(crate) fn new(format: &str, end: Option<MonthEnd>) -> Result<Self, String> {
        if StrftimeItems::new(format).any(|item| item == Item::Error) {
            return Err(format!("\"{format}\" is no date format"));
        }
        let made = Self {
            format: format.to_owned(),
            end,
        };
        // What it writes it must read: a date that is unlike all others in its parts.
        let (sample, same) = (Date::from_ymd_opt(2021, 3, 31), "the date cannot be told from");
        let sample = sample.ok_or_else(|| same.to_owned())?;
        let wrong = |_| format!("\"{format}\" is no date format");
        let mut written = String::new();
        std::fmt::Write::write_fmt(&mut written, format_args!("{}", sample.format(format))).map_err(wrong)?;
        match made.read(&written) {
            Some(_) => Ok(made),
            None => Err(format!("{same} \"{format}\": it needs a year, a month and a day")),
        }
    }

    /// The format in the letters of strftime.
    pub(crate) fn letters(&self) -> &str {
        &self.format
    }

    /// The day a text names.
    pub(crate) fn read(&self, text: &str) -> Option<Day> {
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, StrftimeItems::new(&self.format)).ok()?;
        if parsed.day().is_none()
            && let Some(end) = self.end
        {
            parsed.set_day(1).ok()?;
            let first = parsed.to_naive_date().ok()?;
            return Some(day_of(match end {
                MonthEnd::First => first,
                MonthEnd::Last => first.checked_add_months(chrono::Months::new(1))?.pred_opt()?,
            }));
        }
        // A year of five digits is a slip.
        let date = parsed.to_naive_date().ok()?;
        (1800..=2200).contains(&date.year()).then(|| day_of(date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_powers_of_ten() {
        let scales = [
            ("percent", -2),
            ("1e6", 6),
            ("1E-3", -3),
            ("0.01", -2),
            ("1000", 3),
            ("per 1000", -3),
            ("per 1e6", -6),
            ("1", 0),
            ("1.0", 0),
            ("100e-4", -2),
        ];
        for (text, power) in scales {
            assert_eq!(power_of_ten(text), Some(power), "{text}");
        }
        for text in [
            "", "2", "0.5", "1.5", "1e", "e6", "per 0.1", "-1", "12", "0", "0.0", "1e99", "percents",
        ] {
            assert_eq!(power_of_ten(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_read_by_their_format() {
        let day = |text: &str| text.parse::<Date>().map(day_of).ok();
        let read = |format: &str, end, text: &str| DateFormat::new(format, end).expect(format).read(text);
        assert_eq!(read("%d/%m/%Y", None, "03/04/2021"), day("2021-04-03"));
        assert_eq!(read("%d-%b-%y", None, "3-Apr-21"), day("2021-04-03"));
        assert_eq!(read("%Y%m%d", None, "20210403"), day("2021-04-03"));
        assert_eq!(read("%Y%m", Some(MonthEnd::Last), "202402"), day("2024-02-29"));
        assert_eq!(read("%m.%Y", Some(MonthEnd::First), "02.2024"), day("2024-02-01"));
        for text in [
            "31/02/2021",
            "2021-04-03",
            "03/04/2021 ",
            "03/04/21x",
            "03/04/20211",
            "",
        ] {
            assert_eq!(read("%d/%m/%Y", None, text), None, "{text}");
        }
        for format in ["%Y%m", "%d/%m", "%Q", "none", "%H:%M"] {
            assert!(DateFormat::new(format, None).is_err(), "{format}");
        }
    }
}
