//! The layers of a rulebook put over each other.

use std::ops::Range;

use divisor_model::Diagnostic;
use toml::Spanned;
use toml::de::DeTable;

use super::Edition;
use super::file::{Block, File};
use super::merge::Merge;
use crate::Source;
use crate::draft::family::{EditionHead, VariantHead};
use crate::schema::rules_schema;

/// The merged rules of one index in one edition.
pub(crate) struct Document<'a> {
    pub(crate) rules: Spanned<DeTable<'a>>,
    pub(crate) editions: Editions,
}

/// The editions of an index, and which of them is meant.
pub(crate) struct Editions {
    /// All after the first, by date, with the places of their dates.
    pub(crate) later: Vec<(Edition, Range<usize>)>,
    /// Where the one meant stands among all, 0 for the first.
    pub(crate) at: usize,
}

/// Whether rules are for others to extend: without `[index]` and not whole either.
fn is_fragment(rules: &DeTable<'_>) -> bool {
    !rules.contains_key("index")
        && !rules.is_empty()
        && !["review", "select", "weight"]
            .iter()
            .all(|key| rules.contains_key(*key))
}

/// The rules of the index and edition meant; `None` where a text cannot be read or is no rulebook at all.
pub(crate) fn document<'a>(source: &'a Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Document<'a>> {
    if !source.unread.is_empty() {
        diagnostics.extend(source.unread.iter().cloned());
        return None;
    }
    let mut files: Vec<File<'a>> = source
        .parts()
        .skip(1)
        .map(|part| File::read(source, part, diagnostics))
        .collect();
    files.extend(source.parts().next().map(|part| File::read(source, part, diagnostics)));
    if diagnostics.iter().any(|found| found.code == "M0101") {
        return None;
    }
    let span = files.last().map_or(0..0, |own| own.span.clone());
    let variants = files
        .last_mut()
        .map(|own| std::mem::take(&mut own.variants))
        .unwrap_or_default();
    unique_variants(source, &variants, in_index(&files, "id").as_ref(), diagnostics);
    let later = later_editions(source, &files, diagnostics);
    let wanted = source.selection.edition.as_ref();
    let found = wanted.and_then(|id| later.iter().position(|(edition, _)| edition.id == *id));
    let in_force = found.and_then(|at| later[at].0.valid_from);

    let mut layers = Layers {
        merge: Merge { source, diagnostics },
        rules: DeTable::new(),
    };
    for file in files {
        layers.put(file.rules);
        let mut editions = file.editions;
        editions.sort_by_key(|edition| edition.head.valid_from.value.0);
        for edition in editions {
            if in_force.is_some_and(|date| edition.head.valid_from.value.0 <= date) {
                layers.put(edition.rules);
            }
        }
    }
    if source.selection.variant.is_none() && variants.is_empty() && is_fragment(&layers.rules) {
        let message = format!("{} is no rulebook: it has no [index]", source.file);
        let help = "a file of rules to share is named in another's `extends`; a rulebook needs [index], [review], [select.…] \
                    and [weight.…]";
        let place = source.locate(span.start..span.start);
        diagnostics.push(Diagnostic::error("M0122", message).at(place).help(help));
        return None;
    }
    let variant = variants
        .into_iter()
        .find(|variant| Some(&variant.head.id.value) == source.selection.variant.as_ref());
    if let Some(variant) = variant {
        layers.put(variant.rules);
    }
    Some(Document {
        rules: Spanned::new(span, layers.rules),
        editions: Editions {
            later,
            at: found.map_or(0, |at| at + 1),
        },
    })
}

/// Rules put over each other.
struct Layers<'a, 's, 'd> {
    merge: Merge<'s, 'd>,
    rules: DeTable<'a>,
}

impl<'a> Layers<'a, '_, '_> {
    /// Tests show what the rules they are written beside do: no other rules inherit them.
    fn put(&mut self, rules: DeTable<'a>) {
        self.rules.remove("test");
        self.merge.table(&mut self.rules, rules, rules_schema(), "");
    }
}

/// The editions after the first, by date: each with a name and a date of its own.
fn later_editions(
    source: &Source,
    files: &[File<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Edition, Range<usize>)> {
    let mut found: Vec<(Edition, Range<usize>)> = Vec::new();
    let first = in_index(files, "edition");
    for edition in files.iter().flat_map(|file| &file.editions) {
        let (id, date) = (&edition.head.id, &edition.head.valid_from);
        if let Some((_, first)) = first.as_ref().filter(|(name, _)| *name == id.value) {
            let line = source.line(first.start);
            let help = format!("line {line} has it already; every edition has its own id and date");
            let message = format!("there is another edition `{}`", id.value);
            let place = source.locate(id.span.clone());
            diagnostics.push(Diagnostic::error("M0125", message).at(place).help(help));
            continue;
        }
        let same_id = found.iter().find(|(known, _)| known.id == id.value);
        let same_date = found.iter().find(|(known, _)| known.valid_from == Some(date.value.0));
        match (same_id, same_date) {
            // A file adds to an edition that one it extends has.
            (Some((known, _)), _) if known.valid_from == Some(date.value.0) && !is_own_twice(edition, files) => {}
            (None, None) => found.push((
                Edition {
                    id: id.value.clone(),
                    valid_from: Some(date.value.0),
                    line: Some(source.line(id.span.start)),
                },
                date.span.clone(),
            )),
            (same_id, same_date) => {
                let (span, what) = if same_id.is_some() {
                    (&id.span, format!("edition `{}`", id.value))
                } else {
                    (&date.span, format!("edition that is valid from {}", date.value.0))
                };
                let first = same_id.or(same_date).and_then(|(known, _)| known.line);
                let help = first.map_or_else(String::new, |line| {
                    format!("line {line} has it already; every edition has its own id and date")
                });
                let message = format!("there is another {what}");
                let place = source.locate(span.clone());
                diagnostics.push(Diagnostic::error("M0125", message).at(place).help(help));
            }
        }
    }
    found.sort_by_key(|(edition, _)| edition.valid_from);
    found
}

/// A text of `[index]` as the files have it, the last to write it, and where.
fn in_index<'f>(files: &'f [File<'_>], key: &str) -> Option<(&'f str, Range<usize>)> {
    files.iter().rev().find_map(|file| {
        let value = file.rules.get("index")?.get_ref().get(key)?;
        Some((value.get_ref().as_str()?, value.span()))
    })
}

/// Every variant has an id of its own, and another than the index that the file itself is.
fn unique_variants(
    source: &Source,
    variants: &[Block<'_, VariantHead>],
    own: Option<&(&str, Range<usize>)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (at, variant) in variants.iter().enumerate() {
        let id = &variant.head.id;
        if let Some((_, own)) = own.filter(|(name, _)| *name == id.value) {
            let line = source.line(own.start);
            let message = format!("the variant `{}` has the id of [index]", id.value);
            let help = format!("line {line} has it already; every variant is an index with an id of its own");
            let place = source.locate(id.span.clone());
            diagnostics.push(Diagnostic::error("M0126", message).at(place).help(help));
        }
        if let Some(first) = variants[..at].iter().find(|known| known.head.id.value == id.value) {
            let line = source.line(first.head.id.span.start);
            let message = format!("the variant `{}` is written twice", id.value);
            let help = format!("line {line} has it already; every variant is an index with an id of its own");
            let place = source.locate(id.span.clone());
            diagnostics.push(Diagnostic::error("M0126", message).at(place).help(help));
        }
    }
}

/// Whether the file that wrote an edition has another of the same name.
fn is_own_twice(edition: &Block<'_, EditionHead>, files: &[File<'_>]) -> bool {
    let id = &edition.head.id;
    let own = files
        .iter()
        .find(|file| file.editions.iter().any(|one| one.head.id.span == id.span));
    own.is_some_and(|own| own.editions.iter().filter(|one| one.head.id.value == id.value).count() > 1)
}
