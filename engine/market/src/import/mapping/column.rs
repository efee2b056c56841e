//! One column of a mapping: `close = { from = "Px Last", scale = "0.01" }`, or `security_id = "Ticker"` for short.

use std::ops::Range;

use divisor_model::{FieldInfo, FieldKind, FieldUnit, standard_field};
use toml::Spanned;
use toml::de::DeValue;

use super::literal::{DateFormat, MonthEnd, SCALE_HELP, power_of_ten};
use super::section::{Section, listed};
use super::target::Target;
use super::{ColumnRule, Constant, From};
use crate::frame::ColumnKind;

/// Reads the column `name`; nothing where it is wrong.
pub(crate) fn read_column(
    table: &Section<'_>,
    target: Target,
    (name, place): (&str, &Range<usize>),
    value: &Spanned<DeValue<'_>>,
    missing: &[String],
) -> Option<ColumnRule> {
    if let Some(source) = value.get_ref().as_str() {
        let rule = ColumnRule::plain(name, target.kind(name), source, missing);
        check_name(table, target, name, place)?;
        return Some(rule);
    }
    if !value.get_ref().is_table() {
        table.wrong_type(
            name,
            value,
            "a source column such as \"Ticker\", or a table such as { from = \"Ticker\" }",
        );
        return None;
    }
    check_name(table, target, name, place)?;
    let section = table.as_section(name, value)?;
    Column { section, target, name }.read(missing)
}

impl ColumnRule {
    fn plain(name: &str, kind: Option<ColumnKind>, source: &str, missing: &[String]) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.unwrap_or(ColumnKind::Number),
            from: From::Column(source.to_owned()),
            power: 0,
            is_percent: false,
            date: DateFormat::default(),
            missing: missing.to_vec(),
            map: None,
            required: false,
            field: None,
        }
    }
}

fn check_name(table: &Section<'_>, target: Target, name: &str, place: &Range<usize>) -> Option<()> {
    let is_word = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let known: Vec<&str> = target.known().collect();
    if target.kind(name) == Some(ColumnKind::TextList) {
        let message = format!("`{name}` is a list, which no mapping can make");
        table.reader.error("D0308", place, message, "");
    } else if !target.is_open && !known.contains(&name) {
        let message = format!("the table `{}` has no column `{name}`", target.name);
        let help = match divisor_model::closest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it has {}", listed(&known)),
        };
        table.reader.error("D0308", place, message, help);
    } else if !is_word {
        let message = format!("`{name}` cannot be the name of a column");
        let help = "formulas name columns by small letters, digits and `_`; the source's own name stands in `from`";
        table.reader.error("D0308", place, message, help);
    } else {
        return Some(());
    }
    None
}

/// A column written as a table.
struct Column<'r> {
    section: Section<'r>,
    target: Target,
    name: &'r str,
}

impl Column<'_> {
    fn read(mut self, missing: &[String]) -> Option<ColumnRule> {
        let kind = self.kind();
        let scale = self.scale(kind);
        let date = self.date(kind);
        let map = self.map(kind);
        let missing = self.section.texts("missing").unwrap_or_else(|| missing.to_vec());
        let required = self.section.flag("required").unwrap_or(false);
        let field = self.field(kind);
        let from = self.from(kind);
        self.section.finish();
        let (power, is_percent) = scale;
        Some(ColumnRule {
            name: self.name.to_owned(),
            kind,
            from: from?,
            power,
            is_percent,
            date,
            missing,
            map,
            required,
            field,
        })
    }

    fn error(&self, code: &'static str, span: &Range<usize>, message: String, help: impl Into<String>) {
        self.section.reader.error(code, span, message, help);
    }

    /// What the column holds: what the contract says, else what `type` says, else a number.
    fn kind(&mut self) -> ColumnKind {
        let fixed = self.target.kind(self.name);
        let Some((text, span)) = self.section.text("type") else {
            return fixed.unwrap_or(ColumnKind::Number);
        };
        let kind = match text {
            "number" => ColumnKind::Number,
            "text" => ColumnKind::Text,
            "date" => ColumnKind::Day,
            "flag" => ColumnKind::Flag,
            _ => {
                let message = format!("`{}` cannot be \"{text}\"", self.section.key("type"));
                self.error(
                    "D0306",
                    &span,
                    message,
                    "write \"number\", \"text\", \"date\" or \"flag\"",
                );
                return fixed.unwrap_or(ColumnKind::Number);
            }
        };
        if let Some(fixed) = fixed.filter(|fixed| *fixed != kind) {
            let message = format!("`{}` is {}, not {}", self.name, fixed.words(), kind.words());
            self.error("D0306", &span, message, "take `type` out");
            return fixed;
        }
        kind
    }

    /// Reports a key that means nothing for a column of this kind.
    fn idle(&self, key: &str, span: &Range<usize>, kind: ColumnKind) {
        let message = format!(
            "`{}` has no effect: the column is {}",
            self.section.key(key),
            kind.words()
        );
        self.error("D0307", span, message, "take it out");
    }

    fn scale(&mut self, kind: ColumnKind) -> (i32, bool) {
        let Some((text, span)) = self.section.text("scale") else {
            return (0, false);
        };
        if kind != ColumnKind::Number {
            self.idle("scale", &span, kind);
            return (0, false);
        }
        if let Some(power) = power_of_ten(text) {
            return (power, text == "percent");
        }
        self.error("D0306", &span, format!("\"{text}\" is no scale"), SCALE_HELP);
        (0, false)
    }

    fn date(&mut self, kind: ColumnKind) -> DateFormat {
        let end = self.section.text("day").and_then(|(text, span)| match text {
            "first" => Some((MonthEnd::First, span)),
            "last" => Some((MonthEnd::Last, span)),
            _ => {
                let message = format!("`{}` cannot be \"{text}\"", self.section.key("day"));
                self.error(
                    "D0306",
                    &span,
                    message,
                    "write \"first\" or \"last\": which day a month without one means",
                );
                None
            }
        });
        let Some((text, span)) = self.section.text("date_format") else {
            if let Some((_, span)) = end {
                let message = format!("`{}` has no effect without `date_format`", self.section.key("day"));
                self.error("D0307", &span, message, "take it out");
            }
            return DateFormat::default();
        };
        if kind != ColumnKind::Day {
            self.idle("date_format", &span, kind);
            return DateFormat::default();
        }
        if let Some((_, place)) = &end
            && DateFormat::new(text, None).is_ok()
        {
            let message = format!("`{}` has no effect: the format has a day", self.section.key("day"));
            self.error("D0307", place, message, "take it out");
        }
        DateFormat::new(text, end.map(|(end, _)| end)).unwrap_or_else(|message| {
            let help = "for example \"%d/%m/%Y\"; months alone are \"%Y%m\" with day = \"last\"";
            self.error("D0306", &span, message, help);
            DateFormat::default()
        })
    }

    fn map(&mut self, kind: ColumnKind) -> Option<Vec<(String, Constant)>> {
        let section = self.section.section("map")?;
        let mut map = Vec::new();
        for ((text, _), value) in section.entries() {
            match constant(kind, value.get_ref()) {
                Some(constant) => map.push((text.to_owned(), constant)),
                None => section.wrong_type(text, value, kind.words()),
            }
        }
        Some(map)
    }

    fn from(&mut self, kind: ColumnKind) -> Option<From> {
        let source = self.section.value("from").and_then(|_| self.section.text("from"));
        let value = self.section.value("constant");
        match (source, value) {
            (Some((source, _)), None) => Some(From::Column(source.to_owned())),
            (None, Some(value)) => {
                let constant = constant(kind, value.get_ref());
                if constant.is_none() {
                    self.section.wrong_type("constant", value, kind.words());
                }
                constant.map(From::Constant)
            }
            (Some((_, span)), Some(_)) => {
                let message = format!("`{}` has both `from` and `constant`", self.section.path);
                self.error("D0305", &span, message, "keep one of them");
                None
            }
            (None, None) => {
                if self.section.value("from").is_none() {
                    self.section
                        .missing("from", "write from = \"the source's column\", or constant = a value");
                }
                None
            }
        }
    }

    /// Unit and kind. Those of standard fields are fixed, so writing them checks the mapping's idea of them.
    fn field(&mut self, kind: ColumnKind) -> Option<FieldInfo> {
        let unit = self.section.text("unit").and_then(|(text, span)| {
            let unit = match text {
                "money" => FieldUnit::Money,
                "per-share" => FieldUnit::PerShare,
                "ratio" => FieldUnit::Ratio,
                "count" => FieldUnit::Count,
                _ => {
                    let message = format!("`{}` cannot be \"{text}\"", self.section.key("unit"));
                    self.error(
                        "D0306",
                        &span,
                        message,
                        "write \"money\", \"per-share\", \"ratio\" or \"count\"",
                    );
                    return None;
                }
            };
            Some((unit, span))
        });
        let level = self.section.text("kind").and_then(|(text, span)| {
            let kind = match text {
                "stock" => FieldKind::Stock,
                "flow" => FieldKind::Flow,
                _ => {
                    let message = format!("`{}` cannot be \"{text}\"", self.section.key("kind"));
                    self.error(
                        "D0306",
                        &span,
                        message,
                        "write \"stock\" for a level, \"flow\" for an amount over a period",
                    );
                    return None;
                }
            };
            Some((kind, span))
        });
        for (key, span) in [
            ("unit", unit.as_ref().map(|unit| &unit.1)),
            ("kind", level.as_ref().map(|kind| &kind.1)),
        ] {
            let Some(span) = span else { continue };
            if kind != ColumnKind::Number {
                self.idle(key, span, kind);
                return None;
            }
            if !self.target.has_units(self.name) {
                let message = format!(
                    "`{}` has no effect: no formula reads `{}` as a field",
                    self.section.key(key),
                    self.name
                );
                self.error("D0307", span, message, "take it out");
                return None;
            }
        }
        if let Some(standard) = standard_field(self.name) {
            let wrong_unit = unit.filter(|(unit, _)| *unit != standard.unit).map(|(_, span)| span);
            let wrong_kind = level.filter(|(kind, _)| *kind != standard.kind).map(|(_, span)| span);
            if let Some(span) = wrong_unit.or(wrong_kind) {
                let (unit, kind) = words(standard);
                let message = format!(
                    "the standard field `{}` has unit \"{unit}\" and kind \"{kind}\"",
                    self.name
                );
                self.error("D0306", &span, message, "a figure of another unit needs another name");
            }
            return None;
        }
        match (unit, level) {
            (Some((unit, _)), Some((kind, _))) => Some(FieldInfo { unit, kind }),
            (Some((_, span)), None) | (None, Some((_, span))) => {
                let message = format!("`{}` needs both `unit` and `kind`", self.section.path);
                let help = "unit is money, per-share, ratio or count; kind is stock or flow";
                self.error("D0305", &span, message, help);
                None
            }
            (None, None) => None,
        }
    }
}

/// Unit and kind as a mapping and a dataset's head write them.
pub(crate) fn words(field: FieldInfo) -> (&'static str, &'static str) {
    let unit = match field.unit {
        FieldUnit::Money => "money",
        FieldUnit::PerShare => "per-share",
        FieldUnit::Ratio => "ratio",
        FieldUnit::Count => "count",
    };
    let kind = match field.kind {
        FieldKind::Stock => "stock",
        FieldKind::Flow => "flow",
    };
    (unit, kind)
}

/// A value of a column of this kind, as TOML writes it.
fn constant(kind: ColumnKind, value: &DeValue<'_>) -> Option<Constant> {
    match (kind, value) {
        (ColumnKind::Text, DeValue::String(text)) => Some(Constant::Text(text.to_string())),
        (ColumnKind::Flag, DeValue::Boolean(flag)) => Some(Constant::Flag(*flag)),
        (ColumnKind::Number, DeValue::Integer(number)) => number.as_str().parse().ok().map(Constant::Number),
        (ColumnKind::Number, DeValue::Float(number)) => {
            let number: f64 = number.as_str().parse().ok()?;
            number.is_finite().then_some(Constant::Number(number))
        }
        (ColumnKind::Day, DeValue::Datetime(date)) => {
            let date = date.date.filter(|_| date.time.is_none())?;
            let date = divisor_model::Date::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())?;
            Some(Constant::Day(divisor_model::day_of(date)))
        }
        _ => None,
    }
}
