//! One text: its rules apart from its variants and editions.

use std::ops::Range;

use divisor_model::Diagnostic;
use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::load::EXTENDS;
use crate::Source;
use crate::draft::family::{EditionHead, VariantHead};
use crate::located::Located;
use crate::names::closest;
use crate::schema::{heads, json_schema, rules_schema};
use crate::source::Part;
use crate::stand_in::is_nowhere;
use crate::walk;

/// What one text says.
pub(super) struct File<'a> {
    pub(super) span: Range<usize>,
    pub(super) rules: DeTable<'a>,
    pub(super) variants: Vec<Block<'a, VariantHead>>,
    pub(super) editions: Vec<Block<'a, EditionHead>>,
}

/// A variant or an edition: its head, and rules in the shape of a rulebook.
pub(super) struct Block<'a, Head> {
    pub(super) head: Head,
    pub(super) rules: DeTable<'a>,
}

impl<'a> File<'a> {
    pub(super) fn read(source: &'a Source, part: Part<'a>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let document = part.parse(diagnostics);
        let span = document.span();
        let mut rules = document.into_inner();
        if let Some(mut extends) = rules.remove(EXTENDS) {
            walk::value(
                source,
                &json_schema()["properties"][EXTENDS],
                &mut extends,
                EXTENDS,
                diagnostics,
            );
        }
        Self {
            span,
            variants: blocks(source, &mut rules, diagnostics),
            editions: blocks(source, &mut rules, diagnostics),
            rules,
        }
    }
}

/// The head of a block.
pub(super) trait Head: DeserializeOwned {
    /// The key of the blocks in a file.
    const KEY: &'static str;
    /// The keys of the head.
    const KEYS: &'static [&'static str];
    /// The key of `[index]` that its id becomes.
    const NAMES: &'static str;
    /// Keys that have no place in it, and what to do instead.
    const REFUSED: &'static [(&'static str, &'static str)];

    fn schema() -> &'static Value;
    fn id(&self) -> &Located<String>;
}

const FLAT: &str = "write the keys of [index] beside `id`";
const FILE_ALONE: &str = "it stands at the top of a file";

impl Head for VariantHead {
    const KEY: &'static str = "variant";
    const KEYS: &'static [&'static str] = &["id"];
    const NAMES: &'static str = "id";
    const REFUSED: &'static [(&'static str, &'static str)] =
        &[("index", FLAT), ("extends", FILE_ALONE), ("variant", FILE_ALONE)];

    fn schema() -> &'static Value {
        &heads().variant
    }

    fn id(&self) -> &Located<String> {
        &self.id
    }
}

impl Head for EditionHead {
    const KEY: &'static str = "edition";
    const KEYS: &'static [&'static str] = &["id", "valid_from"];
    const NAMES: &'static str = "edition";
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("index", FLAT),
        ("extends", FILE_ALONE),
        ("variant", FILE_ALONE),
        ("edition", "the edition is named by its `id`"),
        (
            "base",
            "an index has one base, whatever its edition: it stands in [index]",
        ),
    ];

    fn schema() -> &'static Value {
        &heads().edition
    }

    fn id(&self) -> &Located<String> {
        &self.id
    }
}

/// Takes the blocks of one kind out of a document.
fn blocks<'a, H: Head>(
    source: &Source,
    document: &mut DeTable<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Block<'a, H>> {
    let Some(value) = document.remove(H::KEY) else {
        return Vec::new();
    };
    let schema = &json_schema()["properties"][H::KEY];
    if !walk::only_itself(source, schema, &value, H::KEY, diagnostics) {
        return Vec::new();
    }
    let DeValue::Array(items) = value.into_inner() else {
        return Vec::new();
    };
    let block = |item: Spanned<DeValue<'a>>| {
        let span = item.span();
        match item.into_inner() {
            DeValue::Table(table) => block(source, table, span, diagnostics),
            other => {
                let other = Spanned::new(span, other);
                walk::only_itself(source, &schema["items"], &other, H::KEY, diagnostics);
                None
            }
        }
    };
    items.into_iter().filter_map(block).collect()
}

fn block<'a, H: Head>(
    source: &Source,
    mut table: DeTable<'a>,
    span: Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Block<'a, H>> {
    let mut head = DeTable::new();
    for key in H::KEYS {
        head.extend(table.remove_entry(*key));
    }
    walk::table(source, H::schema(), (&mut head, &span), H::KEY, diagnostics);
    let head = H::deserialize(toml::de::Deserializer::from(Spanned::new(span.clone(), head))).ok()?;
    for (key, help) in H::REFUSED {
        if let Some((written, _)) = table.remove_entry(*key) {
            let message = format!("`{key}` has no place in `{}`", H::KEY);
            let place = source.locate(written.span());
            diagnostics.push(Diagnostic::error("M0127", message).at(place).help(*help));
        }
    }
    let id = head.id();
    let mut rules = DeTable::new();
    let mut index = DeTable::new();
    for (key, value) in table {
        let into = if is_top_level(key.get_ref()) {
            &mut rules
        } else {
            &mut index
        };
        into.insert(key, value);
    }
    if !is_nowhere(&id.span) {
        let key = Spanned::new(id.span.clone(), H::NAMES.into());
        index.insert(
            key,
            Spanned::new(id.span.clone(), DeValue::String(id.value.clone().into())),
        );
    }
    rules.insert(
        Spanned::new(span.clone(), "index".into()),
        Spanned::new(span, DeValue::Table(index)),
    );
    Some(Block { head, rules })
}

/// Whether a key, perhaps misspelt, is one of a rulebook rather than of its `[index]`.
fn is_top_level(key: &str) -> bool {
    let keys = |schema: &'static Value| {
        schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
    };
    let top = || keys(rules_schema());
    let index = || keys(&rules_schema()["properties"]["index"]);
    top().any(|known| known == key)
        || (!index().any(|known| known == key) && closest(key, index()).is_none() && closest(key, top()).is_some())
}
