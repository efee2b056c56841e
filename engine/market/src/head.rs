//! `dataset.toml`: read with every mistake at once, each with its line and what to write instead.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use divisor_model::{
    DatasetInfo, Date, FieldInfo, FieldKind, FieldTiming, FieldUnit, Frozen, Span, TableRules, closest,
};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::MarketError;

const KEYS: [&str; 13] = [
    "name",
    "title",
    "currency",
    "calendar",
    "universe",
    "first",
    "last",
    "provenance",
    "known_defects",
    "max_age",
    "fields",
    "tables",
    "frozen",
];
const FIELD_KEYS: [&str; 4] = ["unit", "kind", "lag", "max_age"];
const UNITS: [(&str, FieldUnit); 4] = [
    ("money", FieldUnit::Money),
    ("per-share", FieldUnit::PerShare),
    ("ratio", FieldUnit::Ratio),
    ("count", FieldUnit::Count),
];
const KINDS: [(&str, FieldKind); 2] = [("stock", FieldKind::Stock), ("flow", FieldKind::Flow)];
/// Tables of which something can be stated.
const TABLES: [&str; 3] = ["actions", "fundamentals", "prices"];

/// Reads the text of a `dataset.toml`.
pub(crate) fn parse_head(path: &Path, text: &str) -> Result<DatasetInfo, MarketError> {
    let mut reader = Reader {
        text,
        mistakes: Vec::new(),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.mistake(at, error.message().to_owned());
    }
    let info = if errors.is_empty() {
        reader.head(document.get_ref())
    } else {
        None
    };
    let mut mistakes = reader.mistakes;
    mistakes.sort();
    match (info, mistakes.as_slice()) {
        (Some(info), []) => Ok(info),
        (_, mistakes) => {
            let lines = mistakes.iter().map(|(line, message)| format!("line {line}: {message}"));
            let lines: Vec<String> = lines.collect();
            Err(MarketError::Dataset {
                path: path.to_owned(),
                message: match lines.as_slice() {
                    [only] => only.clone(),
                    all => format!("{} mistakes\n  {}", all.len(), all.join("\n  ")),
                },
            })
        }
    }
}

/// The text of a `dataset.toml` for a dataset frozen at `cutoff`: its `last` snapshot is another, the freezing is said,
/// and all else stays as it was written.
pub(crate) fn frozen_head(text: &str, info: &DatasetInfo, cutoff: Date, last: Date) -> String {
    let (document, _) = DeTable::parse_recoverable(text);
    let value = |table: &DeTable<'_>, key: &str| table.get(key).map(Spanned::span);
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    edits.extend(value(document.get_ref(), "last").map(|span| (span, last.to_string())));
    let mut result = text.to_owned();
    let mut appended = String::new();
    match document.get_ref().get("frozen").map(Spanned::get_ref) {
        Some(DeValue::Table(frozen)) => {
            edits.extend(value(frozen, "cutoff").map(|span| (span, cutoff.to_string())));
        }
        _ => {
            appended = format!(
                "\n# Nothing known after the cut-off is in this dataset; freeze.json says what it was made of.\n[frozen]\n\
                 cutoff = {cutoff}\nfrom   = {:?}\n",
                info.name
            );
        }
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, new) in edits {
        result.replace_range(span, &new);
    }
    if !result.ends_with('\n') {
        result.push('\n');
    }
    result + &appended
}

/// Reads values and collects what is wrong with them.
struct Reader<'a> {
    text: &'a str,
    /// By line.
    mistakes: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn mistake(&mut self, at: usize, message: String) {
        let before = self.text.get(..at).unwrap_or(self.text);
        self.mistakes.push((before.matches('\n').count() + 1, message));
    }

    /// `None` where something that must be there is not, which then is among the mistakes.
    fn head(&mut self, table: &DeTable<'_>) -> Option<DatasetInfo> {
        self.unknown_keys(table, "", &KEYS);
        let required = ["name", "title", "currency", "calendar", "universe"].map(|key| {
            let found = self.text_of(table, "", key);
            if !table.contains_key(key) {
                self.mistake(0, format!("`{key}` is missing: {key} = \"…\""));
            }
            found
        });
        let [first, last] = ["first", "last"].map(|key| {
            if !table.contains_key(key) {
                self.mistake(
                    0,
                    format!("`{key}` is missing: the date of the {key} snapshot, {key} = 2018-02-08"),
                );
            }
            self.date(table, "", key)
        });
        if let (Some(first), Some(last)) = (first, last)
            && first > last
        {
            self.mistake(at(table, "first"), format!("`first` {first} is after `last` {last}"));
        }
        let max_age_days = self.text_of(table, "", "max_age").and_then(|age| {
            let days = age.strip_suffix(" days").and_then(|days| days.parse().ok());
            if days.is_none() {
                self.mistake(
                    at(table, "max_age"),
                    format!("`max_age` is \"{age}\"; write \"120 days\""),
                );
            }
            days
        });
        let provenance = self.text_of(table, "", "provenance").unwrap_or_default();
        let known_defects = self.texts(table, "known_defects");
        let (fields, timings) = self.fields(table);
        let tables = self.tables(table);
        let frozen = self.frozen(table);
        let [name, title, currency, calendar, universe] = required;
        Some(DatasetInfo {
            name: name?,
            title: title?,
            currency: currency?,
            calendar: calendar?,
            universe: universe?,
            first: first?,
            last: last?,
            max_age_days,
            fields,
            timings,
            tables,
            frozen,
            provenance,
            known_defects,
        })
    }

    fn unknown_keys(&mut self, table: &DeTable<'_>, path: &str, known: &[&str]) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let advice = match closest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            self.mistake(key.span().start, format!("unknown key `{path}{name}`; {advice}"));
        }
    }

    fn text_of(&mut self, table: &DeTable<'_>, path: &str, key: &str) -> Option<String> {
        let value = table.get(key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        self.mistake(value.span().start, format!("`{path}{key}` must be a text in quotes"));
        None
    }

    fn texts(&mut self, table: &DeTable<'_>, key: &str) -> Vec<String> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let texts = match value.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Some(text.to_string()),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        if texts.is_none() {
            self.mistake(value.span().start, format!("`{key}` must be a list of texts in quotes"));
        }
        texts.unwrap_or_default()
    }

    fn date(&mut self, table: &DeTable<'_>, path: &str, key: &str) -> Option<Date> {
        let value = table.get(key)?;
        let date = match value.get_ref() {
            DeValue::Datetime(found) if found.time.is_none() => found
                .date
                .and_then(|date| Date::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())),
            _ => None,
        };
        if date.is_none() {
            let message = format!("`{path}{key}` must be a date without quotes, such as 2018-02-08");
            self.mistake(value.span().start, message);
        }
        date
    }

    fn span(&mut self, table: &DeTable<'_>, path: &str, key: &str) -> Option<Span> {
        let text = self.text_of(table, path, key)?;
        match text.parse() {
            Ok(span) => Some(span),
            Err(message) => {
                self.mistake(at(table, key), format!("`{path}{key}`: {message}"));
                None
            }
        }
    }

    /// One of some words.
    fn word<T: Copy>(&mut self, table: &DeTable<'_>, path: &str, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text_of(table, path, key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("`{path}{key}` cannot be \"{text}\"; one of {}", words.join(", "));
            self.mistake(at(table, key), message);
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// The tables inside one table of the document.
    fn children<'t, 'i>(&mut self, table: &'t DeTable<'i>, key: &str) -> Vec<(String, usize, &'t DeTable<'i>)> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let DeValue::Table(children) = value.get_ref() else {
            self.mistake(value.span().start, format!("`{key}` must be a table"));
            return Vec::new();
        };
        let mut found = Vec::new();
        for (name, child) in children {
            let name_text = name.get_ref().to_string();
            match child.get_ref() {
                DeValue::Table(child) => found.push((name_text, name.span().start, child)),
                _ => self.mistake(name.span().start, format!("`{key}.{name_text}` must be a table")),
            }
        }
        found
    }

    fn fields(&mut self, table: &DeTable<'_>) -> (BTreeMap<String, FieldInfo>, BTreeMap<String, FieldTiming>) {
        let (mut fields, mut timings) = (BTreeMap::new(), BTreeMap::new());
        for (name, place, field) in self.children(table, "fields") {
            let path = format!("fields.{name}.");
            self.unknown_keys(field, &path, &FIELD_KEYS);
            let unit = self.word(field, &path, "unit", &UNITS);
            let kind = self.word(field, &path, "kind", &KINDS);
            match (field.contains_key("unit"), field.contains_key("kind")) {
                (true, false) => self.mistake(place, format!("`{path}kind` is missing: \"stock\" or \"flow\"")),
                (false, true) => {
                    let units = UNITS.map(|(word, _)| word).join(", ");
                    self.mistake(place, format!("`{path}unit` is missing: one of {units}"));
                }
                _ => {}
            }
            if let (Some(unit), Some(kind)) = (unit, kind) {
                fields.insert(name.clone(), FieldInfo { unit, kind });
            }
            let timing = FieldTiming {
                lag: self.span(field, &path, "lag"),
                max_age: self.span(field, &path, "max_age"),
            };
            if timing != FieldTiming::default() {
                timings.insert(name, timing);
            }
        }
        (fields, timings)
    }

    fn tables(&mut self, table: &DeTable<'_>) -> BTreeMap<String, TableRules> {
        let mut tables = BTreeMap::new();
        for (name, place, rules) in self.children(table, "tables") {
            if !TABLES.contains(&name.as_str()) {
                let message = format!(
                    "nothing can be stated of a table `{name}`; known here: {}",
                    TABLES.join(", ")
                );
                self.mistake(place, message);
                continue;
            }
            let path = format!("tables.{name}.");
            self.unknown_keys(rules, &path, &["lag", "keyed_by"]);
            if name != "fundamentals" && rules.contains_key("lag") {
                let own = if name == "prices" {
                    "its `date`"
                } else {
                    "its `known_on`, else its `ex_date`"
                };
                self.mistake(
                    at(rules, "lag"),
                    format!("`{path}lag`: a row of `{name}` is known on {own}; it has no lag"),
                );
            }
            let keyed_by = self.text_of(rules, &path, "keyed_by");
            if let Some(scheme @ ("name" | "security_id")) = keyed_by.as_deref() {
                let message =
                    format!("`{path}keyed_by`: \"{scheme}\" is no scheme of identifiers; write \"ticker\" or \"isin\"");
                self.mistake(at(rules, "keyed_by"), message);
            }
            let lag = if name == "fundamentals" {
                self.span(rules, &path, "lag")
            } else {
                None
            };
            tables.insert(name, TableRules { lag, keyed_by });
        }
        tables
    }

    fn frozen(&mut self, table: &DeTable<'_>) -> Option<Frozen> {
        let value = table.get("frozen")?;
        let DeValue::Table(frozen) = value.get_ref() else {
            self.mistake(value.span().start, "`frozen` must be a table".to_owned());
            return None;
        };
        self.unknown_keys(frozen, "frozen.", &["cutoff", "from"]);
        for key in ["cutoff", "from"] {
            if !frozen.contains_key(key) {
                self.mistake(value.span().start, format!("`frozen.{key}` is missing"));
            }
        }
        let cutoff = self.date(frozen, "frozen.", "cutoff");
        let from = self.text_of(frozen, "frozen.", "from");
        Some(Frozen {
            cutoff: cutoff?,
            from: from?,
        })
    }
}

/// Where the value of a key stands.
fn at(table: &DeTable<'_>, key: &str) -> usize {
    table.get(key).map_or(0, |value| value.span().start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "name = \"tiny\"\ntitle = \"Tiny\"\ncurrency = \"USD\"\ncalendar = \"XNYS\"\nuniverse = \"world\"\n\
                         first = 2020-04-30\nlast = 2020-10-30 # the end\n";

    fn read(more: &str) -> Result<DatasetInfo, String> {
        let text = format!("{SOUND}{more}");
        parse_head(Path::new("dataset.toml"), &text).map_err(|error| error.to_string())
    }

    #[test]
    fn lags_and_ages_are_read() {
        let info = read(
            "[tables.fundamentals]\nlag = \"45 days\"\nkeyed_by = \"ticker\"\n\
             [fields]\ntotal_debt = { lag = \"6 months\", max_age = \"18 months\" }\nvendor = { unit = \"money\", kind = \"flow\" }\n",
        )
        .expect("sound");
        let lag = |field: &str| info.lag(field).map(|lag| lag.to_string());
        assert_eq!(lag("total_debt").as_deref(), Some("6 months"));
        assert_eq!(lag("eps").as_deref(), Some("45 days"));
        assert_eq!(
            (info.key_column("fundamentals"), info.key_column("prices")),
            ("ticker", "security_id")
        );
        assert!(info.fields.contains_key("vendor") && !info.fields.contains_key("total_debt"));
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let told = read(
            "max_age = \"40d\"\n[tables.prices]\nlag = \"1 day\"\nkeyd_by = \"ticker\"\n[tables.snapshots]\n\
             [fields]\neps = { unit = \"per-shar\", kind = \"flow\" }\nsales = { kind = \"flow\", lag = \"45\" }\n",
        )
        .expect_err("wrong");
        for part in [
            "7 mistakes",
            "line 8: `max_age` is \"40d\"",
            "line 10: `tables.prices.lag`: a row of `prices` is known on its `date`",
            "line 11: unknown key `tables.prices.keyd_by`; did you mean `keyed_by`?",
            "line 12: nothing can be stated of a table `snapshots`",
            "line 14: `fields.eps.unit` cannot be \"per-shar\"",
            "line 15: `fields.sales.unit` is missing",
            "line 15: `fields.sales.lag`: \"45\" is no span of time",
        ] {
            assert!(told.contains(part), "no `{part}` in {told}");
        }
    }

    #[test]
    fn a_frozen_head_changes_what_freezing_changes() {
        let info = read("").expect("sound");
        let date = |text: &str| text.parse::<Date>().expect("a date");
        let frozen = frozen_head(SOUND, &info, date("2020-06-30"), date("2020-04-30"));
        assert!(frozen.contains("last = 2020-04-30 # the end"), "{frozen}");
        let again = parse_head(Path::new("dataset.toml"), &frozen).expect("sound");
        let expected = Frozen {
            cutoff: date("2020-06-30"),
            from: "tiny".to_owned(),
        };
        assert_eq!(again.frozen, Some(expected));
        let earlier = frozen_head(&frozen, &again, date("2020-05-30"), date("2020-04-30"));
        assert_eq!(earlier, frozen.replace("cutoff = 2020-06-30", "cutoff = 2020-05-30"));
    }
}
