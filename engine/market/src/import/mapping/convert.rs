//! One cell of a source → one value of a column.

use std::borrow::Cow;

use divisor_model::{DAY_MISSING, Day, TEXT_MISSING, TextBuilder};

use super::target::Target;
use super::{ColumnRule, Constant};
use crate::contract::bounds;
use crate::frame::ColumnKind;
use crate::import::csv::CsvFormat;
use crate::import::decimal::scaled;

/// A cell as the source has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Null.
    Nothing,
    Text(&'a str),
    Integer(i64),
    Number(f64),
    Day(Day),
    Flag(bool),
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Missing,
    Number(f64),
    Text(Cow<'a, str>),
    Day(Day),
    Flag(bool),
}

impl<'a> Cell<'a> {
    /// As one would write it, for codes and messages.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Nothing => None,
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Integer(number) => Some(Cow::Owned(number.to_string())),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Day(day) => divisor_model::date_of(day).map(|date| Cow::Owned(date.to_string())),
            Self::Flag(flag) => Some(Cow::Owned(flag.to_string())),
        }
    }
}

impl ColumnRule {
    /// The value of a cell, or what is wrong with it.
    pub(crate) fn convert<'a>(
        &'a self,
        cell: Cell<'a>,
        format: Option<&CsvFormat>,
        target: Target,
    ) -> Result<Value<'a>, String> {
        let value = self.read(cell, format)?;
        match &value {
            Value::Missing if self.required => return Err("is missing".to_owned()),
            Value::Number(number) => {
                if let Some(problem) = bounds(&self.name).and_then(|bounds| bounds.broken_by(*number)) {
                    return Err(problem.to_string());
                }
            }
            Value::Text(text) => {
                if let Some(codes) = target.codes(&self.name)
                    && !codes.contains(&text.as_ref())
                {
                    return Err(format!("is none of {}; `map` translates codes", codes.join(", ")));
                }
            }
            _ => {}
        }
        Ok(value)
    }

    fn read<'a>(&'a self, cell: Cell<'a>, format: Option<&CsvFormat>) -> Result<Value<'a>, String> {
        let needs_text = self.map.is_some() || matches!(cell, Cell::Text(_)) || !self.missing.is_empty();
        let text = if needs_text { cell.text() } else { None };
        if cell == Cell::Nothing
            || text
                .as_ref()
                .is_some_and(|text| self.missing.iter().any(|one| one == text))
        {
            return Ok(Value::Missing);
        }
        if let (Some(map), Some(text)) = (&self.map, &text) {
            let found = map.iter().find(|(code, _)| code == text);
            return found
                .map(|(_, constant)| constant.value())
                .ok_or_else(|| "is not in the map".to_owned());
        }
        match self.kind {
            ColumnKind::Number => self.number(cell, format).map(Value::Number),
            ColumnKind::Text => match cell {
                Cell::Text("") => Err("is empty, which `missing` does not list".to_owned()),
                Cell::Text(text) => Ok(Value::Text(Cow::Borrowed(text))),
                Cell::Integer(number) => Ok(Value::Text(Cow::Owned(number.to_string()))),
                _ => Err("is no text".to_owned()),
            },
            ColumnKind::Day => self.day(cell).map(Value::Day),
            ColumnKind::Flag => match cell {
                Cell::Flag(flag) => Ok(Value::Flag(flag)),
                Cell::Text("true") => Ok(Value::Flag(true)),
                Cell::Text("false") => Ok(Value::Flag(false)),
                _ => Err("is neither true nor false; `map` translates codes".to_owned()),
            },
            ColumnKind::TextList | ColumnKind::Other => Err("has a type no mapping can make".to_owned()),
        }
    }

    fn number(&self, cell: Cell<'_>, format: Option<&CsvFormat>) -> Result<f64, String> {
        let found = match cell {
            Cell::Text(text) => {
                let text = if self.is_percent {
                    text.strip_suffix('%').map_or(text, str::trim_end)
                } else {
                    text
                };
                let plain = match format {
                    Some(format) => plain(text, format.decimal, format.thousands),
                    None => Some(Cow::Borrowed(text)),
                };
                plain.and_then(|plain| scaled(&plain, self.power))
            }
            Cell::Integer(number) if self.power == 0 => Some(number as f64),
            Cell::Integer(number) => scaled(&number.to_string(), self.power),
            Cell::Number(number) if !number.is_finite() => {
                return Err("is NaN or infinite; `missing = [\"NaN\"]` says that it means nothing".to_owned());
            }
            Cell::Number(number) if self.power == 0 => Some(number),
            // The shortest text that reads back as the number: what the vendor wrote.
            Cell::Number(number) => scaled(&format!("{number:e}"), self.power),
            Cell::Nothing | Cell::Day(_) | Cell::Flag(_) => None,
        };
        found.ok_or_else(|| "is no number".to_owned())
    }

    fn day(&self, cell: Cell<'_>) -> Result<Day, String> {
        let found = match cell {
            Cell::Day(day) => Some(day),
            Cell::Text(text) => self.date.read(text),
            Cell::Integer(number) => self.date.read(&number.to_string()),
            Cell::Nothing | Cell::Number(_) | Cell::Flag(_) => None,
        };
        found.ok_or_else(|| format!("is no date written \"{}\"", self.date.letters()))
    }
}

impl Constant {
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Day(day) => Value::Day(*day),
            Self::Flag(flag) => Value::Flag(*flag),
        }
    }
}

impl Value<'_> {
    /// The value in a record of 64-bit words; texts as codes.
    pub(crate) fn word(&self, kind: ColumnKind, texts: &mut TextBuilder) -> u64 {
        match self {
            Self::Missing => match kind {
                ColumnKind::Number => f64::NAN.to_bits(),
                ColumnKind::Day => u64::from(DAY_MISSING as u32),
                ColumnKind::Flag => 2,
                _ => u64::from(TEXT_MISSING),
            },
            // A negative zero is a zero.
            Self::Number(number) => (number + 0.0).to_bits(),
            Self::Text(text) => u64::from(texts.intern(text)),
            Self::Day(day) => u64::from(*day as u32),
            Self::Flag(flag) => u64::from(*flag),
        }
    }
}

/// A number with its own marks as one with a point and no groups; nothing where the groups are not of three digits.
fn plain(text: &str, decimal: char, thousands: Option<char>) -> Option<Cow<'_, str>> {
    let has_groups = thousands.is_some_and(|mark| text.contains(mark));
    if !has_groups {
        let is_plain = decimal == '.' || !text.contains(['.', decimal]);
        return match is_plain {
            true => Some(Cow::Borrowed(text)),
            // With another mark a point is no part of a number.
            false if text.contains('.') => None,
            false => Some(Cow::Owned(text.replacen(decimal, ".", 1))),
        };
    }
    let (whole, fraction) = match text.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let (sign, digits) = match whole.strip_prefix(['+', '-']) {
        Some(digits) => (&whole[..1], digits),
        None => ("", whole),
    };
    let mut groups = digits.split(thousands?);
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
    let mut number = format!("{sign}{first}");
    for group in groups {
        (group.len() == 3).then(|| number.push_str(group))?;
    }
    if let Some(fraction) = fraction {
        number.push('.');
        number.push_str(fraction);
    }
    Some(Cow::Owned(number))
}

#[cfg(test)]
mod tests {
    use super::{Cow, plain};

    #[test]
    fn numbers_keep_to_their_marks() {
        let read = |text: &str, decimal, thousands| plain(text, decimal, thousands).map(Cow::into_owned);
        assert_eq!(read("-1.234,5", ',', Some('.')).as_deref(), Some("-1234.5"));
        assert_eq!(read("1,234,567.5", '.', Some(',')).as_deref(), Some("1234567.5"));
        assert_eq!(read("12,5", ',', None).as_deref(), Some("12.5"));
        assert_eq!(read("12.5", ',', None), None);
        for text in ["1,23", "1234,567", ",123", "1,2345", "12,,345"] {
            assert_eq!(read(text, '.', Some(',')), None, "{text}");
        }
        // Not a number either way: judged by its digits later.
        assert_eq!(read("1,2", '.', None).as_deref(), Some("1,2"));
    }
}
