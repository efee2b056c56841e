//! `checks.toml`: severity and limits of every check. The file compiled in has every key there is; a file of the user's
//! changes some.

use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::{
    CheckInfo, cap_against_close, close_disagreement, coverage_drop, ended_prices, figures_coverage, fx_disagreement,
    fx_jump, head_dates, large_restatement, late_publication, market_cap_jump, market_cap_mismatch, missing_in_sector,
    missing_values, own_jump, period_gap, price_coverage, price_jump, repeated_snapshot, reused_ticker, sector_change,
    sector_outlier, snapshot_gap, stale_close, stale_price_date, unadjusted_split, universe_change, value_bounds,
};

const DEFAULTS: &str = include_str!("../../../../config/checks.toml");

/// The one table whose keys are the user's own: a bound a field.
const FIELDS: &str = "value-bounds.fields";

/// What a finding of a check does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The check is not made.
    Off,
    /// Shown by `data check`.
    Note,
    /// Also in the manifest of every review that reads it, and in what a run prints.
    Warning,
    /// Stops the reviews that would read it.
    Error,
}

impl Level {
    /// As written in `checks.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Severity and limits of one check.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rule<T> {
    pub(crate) severity: Level,
    #[serde(flatten)]
    pub(crate) limits: T,
}

impl<T> Rule<T> {
    /// The limits, unless the check is off.
    pub(crate) fn on(&self) -> Option<&T> {
        (self.severity != Level::Off).then_some(&self.limits)
    }
}

macro_rules! checks {
    ($($check:ident),+ $(,)?) => {
        /// Severities and limits in force.
        #[derive(Debug, Clone, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub struct Checks {
            $(pub(crate) $check: Rule<$check::Limits>,)+
            /// The settings as one canonical text, unmoved by formatting.
            #[serde(skip)]
            canonical: String,
        }

        impl Checks {
            /// The severity of a check.
            pub fn level(&self, check: &CheckInfo) -> Level {
                $(if check.code == $check::CHECK.code { return self.$check.severity; })+
                Level::Off
            }

            /// None of them: for data nobody published, such as the tiny universes of rulebooks' tests.
            #[must_use]
            pub fn off(&self) -> Self {
                let mut own = self.clone();
                $(own.$check.severity = Level::Off;)+
                own
            }

            /// For runs: notes, and what belongs to `data check` alone, are off.
            #[must_use]
            pub fn for_runs(&self) -> Self {
                let mut own = self.clone();
                $(if own.$check.severity == Level::Note || !$check::CHECK.in_runs {
                    own.$check.severity = Level::Off;
                })+
                own
            }
        }
    };
}

checks!(
    value_bounds,
    sector_outlier,
    own_jump,
    market_cap_mismatch,
    market_cap_jump,
    missing_values,
    missing_in_sector,
    coverage_drop,
    price_coverage,
    figures_coverage,
    price_jump,
    unadjusted_split,
    reused_ticker,
    stale_close,
    stale_price_date,
    ended_prices,
    close_disagreement,
    cap_against_close,
    late_publication,
    period_gap,
    large_restatement,
    snapshot_gap,
    head_dates,
    universe_change,
    sector_change,
    fx_jump,
    fx_disagreement,
    repeated_snapshot,
);

/// A mistake in a user's `checks.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecksMistake {
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// A name that is not known, and those that are.
    pub unknown: Option<(String, Vec<String>)>,
}

impl Checks {
    /// The settings compiled in, changed by a user's text; all its mistakes at once.
    pub fn load(own: Option<&str>) -> Result<Self, Vec<ChecksMistake>> {
        let mut settings: Table = toml::from_str(DEFAULTS).map_err(|error| vec![whole(&error)])?;
        if let Some(text) = own {
            let document = DeTable::parse(text).map_err(|error| vec![whole(&error)])?;
            let mut mistakes = Vec::new();
            walk(&settings, document.get_ref(), "", &mut mistakes);
            if !mistakes.is_empty() {
                return Err(mistakes);
            }
            let own: Table = toml::from_str(text).map_err(|error| vec![whole(&error)])?;
            merge(&mut settings, own);
        }
        let canonical = toml::to_string(&settings).unwrap_or_default();
        let mut checks: Self = settings.try_into().map_err(|error| vec![whole(&error)])?;
        checks.canonical = canonical;
        Ok(checks)
    }

    /// The settings as one text that formatting and comments do not move: what a configuration hash is made of.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The lines of the file compiled in that set a check, comments included.
    pub fn defaults_of(check: &CheckInfo) -> String {
        let heading = format!("[{}]", check.name);
        let lines = DEFAULTS.lines().skip_while(|line| *line != heading);
        let own = lines.take_while(|line| *line == heading || !line.starts_with('['));
        let own: Vec<&str> = own.collect();
        own.join("\n").trim_end().to_owned()
    }
}

fn whole(error: &toml::de::Error) -> ChecksMistake {
    ChecksMistake {
        span: error.span().unwrap_or(0..0),
        message: error.message().to_owned(),
        unknown: None,
    }
}

/// Every key must be one of the defaults', with a value of the same type.
fn walk(known: &Table, own: &DeTable<'_>, path: &str, mistakes: &mut Vec<ChecksMistake>) {
    for (key, value) in own {
        let name = key.get_ref().as_ref();
        let here = if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        };
        let Some(default) = known.get(name) else {
            mistakes.push(unknown(key.span(), name, path, known));
            continue;
        };
        match (default, value.get_ref()) {
            (Value::Table(_), DeValue::Table(own)) if here == FIELDS => bounds(own, mistakes),
            (Value::Table(known), DeValue::Table(own)) => walk(known, own, &here, mistakes),
            (default, _) => mistakes.extend(wrong_value(&here, default, value)),
        }
    }
}

/// `{ min = …, max = … }` a field.
fn bounds(own: &DeTable<'_>, mistakes: &mut Vec<ChecksMistake>) {
    let ends: Table = [("min", 0.0), ("max", 0.0)]
        .map(|(end, value)| (end.to_owned(), Value::Float(value)))
        .into_iter()
        .collect();
    for (field, value) in own {
        let here = format!("{FIELDS}.{}", field.get_ref());
        match value.get_ref() {
            DeValue::Table(own) => walk(&ends, own, &here, mistakes),
            _ => mistakes.push(ChecksMistake {
                span: value.span(),
                message: format!("`{here}` is a table such as {{ min = 0, max = 1 }}"),
                unknown: None,
            }),
        }
    }
}

fn unknown(span: Range<usize>, name: &str, path: &str, known: &Table) -> ChecksMistake {
    let message = if path.is_empty() {
        format!("there is no check `{name}`")
    } else {
        format!("`{path}` has no key `{name}`")
    };
    ChecksMistake {
        span,
        message,
        unknown: Some((name.to_owned(), known.keys().cloned().collect())),
    }
}

fn wrong_value(path: &str, default: &Value, value: &Spanned<DeValue<'_>>) -> Option<ChecksMistake> {
    // Bounds of fields may be below zero; every other limit is a size.
    let least = if path.starts_with(FIELDS) {
        f64::NEG_INFINITY
    } else {
        0.0
    };
    let words = match (default, value.get_ref()) {
        (Value::Integer(_), DeValue::Integer(found)) if whole_number(&found.to_string()) => return None,
        (Value::Integer(_), _) => "a whole number of at least 0",
        (Value::Float(_), DeValue::Integer(found)) if number(&found.to_string(), least) => return None,
        (Value::Float(_), DeValue::Float(found)) if number(&found.to_string(), least) => return None,
        (Value::Float(_), _) if path.starts_with(FIELDS) => "a number",
        (Value::Float(_), _) => "a number of at least 0",
        (Value::Array(_), DeValue::Array(found)) if found.iter().all(is_ratio) => return None,
        (Value::Array(_), _) => "a list of numbers above 1",
        (Value::String(_), DeValue::String(found)) if ["off", "note", "warning", "error"].contains(&found.as_ref()) => {
            return None;
        }
        (Value::String(_), _) => "\"error\", \"warning\", \"note\" or \"off\"",
        _ => "a table",
    };
    Some(ChecksMistake {
        span: value.span(),
        message: format!("`{path}` is {words}"),
        unknown: None,
    })
}

fn whole_number(text: &str) -> bool {
    text.parse::<u32>().is_ok()
}

fn number(text: &str, least: f64) -> bool {
    text.parse::<f64>()
        .is_ok_and(|value| value.is_finite() && value >= least)
}

fn is_ratio(value: &Spanned<DeValue<'_>>) -> bool {
    let text = match value.get_ref() {
        DeValue::Integer(found) => found.to_string(),
        DeValue::Float(found) => found.to_string(),
        _ => return false,
    };
    text.parse::<f64>().is_ok_and(|value| value.is_finite() && value > 1.0)
}

fn merge(settings: &mut Table, own: Table) {
    for (key, value) in own {
        match (settings.get_mut(&key), value) {
            (Some(Value::Table(known)), Value::Table(own)) => merge(known, own),
            (_, value) => {
                settings.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ALL;
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let found = Checks::load(Some(text)).expect_err("mistakes");
        found.into_iter().map(|mistake| mistake.message).collect()
    }

    #[test]
    fn the_file_compiled_in_has_every_check_and_stops_nothing() {
        let checks = Checks::load(None).expect("the defaults");
        for check in ALL {
            assert!(
                [Level::Note, Level::Warning].contains(&checks.level(check)),
                "{}",
                check.name
            );
            assert!(Checks::defaults_of(check).contains("severity"), "{}", check.name);
        }
        let settings: Table = toml::from_str(DEFAULTS).expect("TOML");
        assert_eq!(settings.len(), ALL.len());
    }

    #[test]
    fn a_user_changes_some_keys() {
        let own = "[price-jump]\nseverity = \"error\"\nfactor = 3\n[value-bounds.fields]\nroe = { min = -2 }";
        let checks = Checks::load(Some(own)).expect("sound");
        assert_eq!(checks.price_jump.severity, Level::Error);
        assert!((checks.price_jump.limits.factor - 3.0).abs() < 1e-15);
        let fields = &checks.value_bounds.limits.fields;
        assert_eq!(fields["roe"].min, Some(-2.0));
        assert!(fields.len() > 1, "those compiled in stay");
        assert_ne!(
            checks.canonical(),
            Checks::load(None).expect("the defaults").canonical()
        );
        let again = Checks::load(Some(
            "# the same\n[price-jump]\nfactor=3.0\nseverity='error'\nvalue = 1",
        ));
        assert!(again.is_err());
    }

    #[test]
    fn every_mistake_is_found_at_once() {
        let own = "[price-jmp]\nfactor = 2\n[price-jump]\nfacter = 2\nseverity = \"fatal\"\nfactor = -1\n\
                   [stale-close]\nsessions = 2.5\n[value-bounds.fields]\nroe = { mim = 1 }\n[unadjusted-split]\nratios = [1]";
        assert_eq!(
            mistakes(own),
            [
                "there is no check `price-jmp`",
                "`price-jump` has no key `facter`",
                "`price-jump.factor` is a number of at least 0",
                "`price-jump.severity` is \"error\", \"warning\", \"note\" or \"off\"",
                "`stale-close.sessions` is a whole number of at least 0",
                "`unadjusted-split.ratios` is a list of numbers above 1",
                "`value-bounds.fields.roe` has no key `mim`",
            ]
        );
    }

    #[test]
    fn runs_make_neither_notes_nor_what_needs_the_whole_dataset() {
        let checks = Checks::load(Some("[head-dates]\nseverity = \"error\"")).expect("sound");
        let own = checks.for_runs();
        for check in ALL {
            let expected = check.in_runs && checks.level(check) > Level::Note;
            assert_eq!(own.level(check) != Level::Off, expected, "{}", check.name);
        }
    }
}
