//! `companyfacts.toml`: which concepts of the regulator become which field.

use std::collections::{BTreeMap, BTreeSet};

use divisor_model::{FieldKind, FieldUnit, standard_field};
use serde::Deserialize;

use crate::MarketError;

/// A checked mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Filings that count.
    pub(super) forms: BTreeSet<String>,
    /// Every concept a field is made from, sorted by name.
    pub(super) concepts: Vec<Concept>,
    /// The fields, sorted by name.
    pub(super) fields: Vec<Field>,
    /// The text it was read from.
    pub(super) text: String,
}

/// A concept of a taxonomy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Concept {
    /// `us-gaap:Assets`.
    pub(super) name: String,
    /// The unit its facts must have.
    pub(super) unit: String,
    pub(super) kind: FieldKind,
    /// Stated on the cover page as of a later day.
    pub(super) cover: bool,
}

/// A field of `fundamentals`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: FieldKind,
    /// Whether quarters may be made from year-to-date amounts: a flow in a currency.
    pub(super) subtractable: bool,
    /// Sources, best first.
    pub(super) from: Vec<Source>,
}

/// Concepts whose sum is the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// As written.
    pub(super) text: String,
    /// Indexes of its concepts.
    pub(super) terms: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    forms: BTreeSet<String>,
    #[serde(default)]
    cover: BTreeSet<String>,
    fields: BTreeMap<String, FieldEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    unit: String,
    kind: FieldKind,
    from: Vec<String>,
}

/// Columns of the table that are no fields.
const KEYS: [&str; 6] = [
    "security_id",
    "period_end",
    "period",
    "period_start",
    "known_on",
    "withdrawn",
];

impl Mapping {
    /// Reads and checks a mapping; `name` is the file's, for messages.
    pub fn parse(name: &str, text: &str) -> Result<Self, MarketError> {
        let wrong = |message: String| MarketError::Import(format!("{name}: {message}"));
        let file: File = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text[..start].matches('\n').count() + 1;
            wrong(format!("line {line}: {}", error.message()))
        })?;
        let mut concepts: BTreeMap<String, Concept> = BTreeMap::new();
        for (field, entry) in &file.fields {
            check_field(field, entry).map_err(|message| wrong(format!("field `{field}`: {message}")))?;
            for source in &entry.from {
                for concept in terms(source).map_err(|message| wrong(format!("field `{field}`: {message}")))? {
                    let found = Concept {
                        name: concept.to_owned(),
                        unit: entry.unit.clone(),
                        kind: entry.kind,
                        cover: file.cover.contains(concept),
                    };
                    let known = concepts.entry(concept.to_owned()).or_insert_with(|| found.clone());
                    if *known != found {
                        let message = format!("field `{field}`: {concept} has another unit or kind in another field");
                        return Err(wrong(message));
                    }
                }
            }
        }
        if let Some(idle) = file.cover.iter().find(|name| !concepts.contains_key(*name)) {
            return Err(wrong(format!("`cover`: no field is made from {idle}")));
        }
        let concepts: Vec<Concept> = concepts.into_values().collect();
        let fields = file
            .fields
            .into_iter()
            .map(|(name, entry)| field(name, entry, &concepts));
        Ok(Self {
            forms: file.forms,
            fields: fields.collect(),
            concepts,
            text: text.to_owned(),
        })
    }

    /// Index of a concept.
    pub(super) fn concept(&self, name: &str) -> Option<usize> {
        self.concepts
            .binary_search_by(|concept| concept.name.as_str().cmp(name))
            .ok()
    }

    /// The currencies of its fields, sorted: what the dataset's currency must be.
    pub fn currencies(&self) -> BTreeSet<&str> {
        let units = self.concepts.iter().map(|concept| concept.unit.as_str());
        units
            .filter_map(|unit| currency(unit.split('/').next().unwrap_or(unit)))
            .collect()
    }
}

fn field(name: String, entry: FieldEntry, concepts: &[Concept]) -> Field {
    let index = |term: &str| concepts.iter().position(|concept| concept.name == term);
    let source = |text: String| Source {
        terms: text.split('+').filter_map(|term| index(term.trim())).collect(),
        text,
    };
    Field {
        subtractable: entry.kind == FieldKind::Flow && currency(&entry.unit).is_some(),
        kind: entry.kind,
        from: entry.from.into_iter().map(source).collect(),
        name,
    }
}

/// A unit that is a currency.
fn currency(unit: &str) -> Option<&str> {
    (unit.len() == 3 && unit.chars().all(|c| c.is_ascii_uppercase())).then_some(unit)
}

fn check_field(name: &str, entry: &FieldEntry) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if KEYS.contains(&name) || !name.chars().all(plain) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err("is no name of a field: lower-case letters, digits and _".to_owned());
    }
    if entry.from.is_empty() {
        return Err("`from` names no concept".to_owned());
    }
    let unit = match entry.unit.as_str() {
        unit if currency(unit).is_some() => FieldUnit::Money,
        "shares" => FieldUnit::Count,
        "pure" => FieldUnit::Ratio,
        unit if unit.strip_suffix("/shares").and_then(currency).is_some() => FieldUnit::PerShare,
        unit => {
            return Err(format!(
                "the unit \"{unit}\" is none of a currency, \"USD/shares\", \"shares\", \"pure\""
            ));
        }
    };
    match standard_field(name) {
        Some(standard) if (standard.unit, standard.kind) != (unit, entry.kind) => {
            Err("is a standard field of another unit or kind; `divisor data describe` lists them".to_owned())
        }
        _ => Ok(()),
    }
}

/// The concepts of `a:B + c:D`, each once.
fn terms(source: &str) -> Result<Vec<&str>, String> {
    let terms: Vec<&str> = source.split('+').map(str::trim).collect();
    for (at, term) in terms.iter().enumerate() {
        let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let is_concept = term
            .split_once(':')
            .is_some_and(|(taxonomy, name)| word(taxonomy) && word(name));
        if !is_concept {
            return Err(format!("\"{term}\" is no concept such as us-gaap:Assets"));
        }
        if terms[..at].contains(term) {
            return Err(format!("\"{source}\" names {term} twice"));
        }
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_mapping_is_sound() {
        let mapping = Mapping::parse(
            "companyfacts.toml",
            include_str!("../../../../../config/companyfacts.toml"),
        );
        let mapping = mapping.expect("a sound mapping");
        assert_eq!(mapping.currencies().into_iter().collect::<Vec<_>>(), ["USD"]);
        let field = |name: &str| mapping.fields.iter().find(|field| field.name == name).expect("a field");
        assert!(field("sales").subtractable && field("capex").subtractable);
        assert!(!field("eps").subtractable && !field("diluted_shares").subtractable && !field("cash").subtractable);
        assert_eq!(field("total_debt").from[1].terms.len(), 2);
    }

    #[test]
    fn mistakes_are_named() {
        let mistakes = [
            (
                "[fields.sales]\nunit = \"USD\"\nkind = \"stock\"\nfrom = [\"a:B\"]",
                "another unit or kind",
            ),
            (
                "[fields.sales]\nunit = \"USD\"\nkind = \"flow\"\nfrom = [\"B\"]",
                "\"B\" is no concept",
            ),
            (
                "[fields.sales]\nunit = \"USD\"\nkind = \"flow\"\nfrom = []",
                "names no concept",
            ),
            (
                "[fields.x]\nunit = \"usd\"\nkind = \"flow\"\nfrom = [\"a:B\"]",
                "the unit \"usd\"",
            ),
            (
                "[fields.x]\nunit = \"USD\"\nkind = \"flow\"\nfrom = [\"a:B + a:B\"]",
                "twice",
            ),
            (
                "[fields.known_on]\nunit = \"USD\"\nkind = \"flow\"\nfrom = [\"a:B\"]",
                "no name of a field",
            ),
            (
                "[fields.x]\nunit = \"USD\"\nkind = \"flow\"\nform = [\"a:B\"]",
                "line 5: unknown field `form`",
            ),
            (
                "[fields.x]\nunit = \"USD\"\nkind = \"flow\"\nfrom = [\"a:B\"]\n[fields.y]\nunit = \"EUR\"\nkind = \"flow\"\nfrom = [\"a:B\"]",
                "field `y`: a:B has another unit",
            ),
        ];
        for (text, expected) in mistakes {
            let text = format!("forms = [\"10-K\"]\n{text}");
            let error = Mapping::parse("own.toml", &text).expect_err(expected).to_string();
            assert!(error.starts_with("own.toml: ") && error.contains(expected), "{error}");
        }
    }
}
