//! What a rulebook becomes before it is read: rules of the files it extends, then its own, each with the editions in
//! force, then those of a variant. Merged on documents whose values know their places, so that every later message
//! points at the file and line that wrote what is wrong.

mod document;
mod file;
mod load;
mod merge;

use divisor_model::Date;

use crate::{Line, Source};
pub(crate) use document::{Document, Editions, document};
use file::File;
pub use load::ReadText;

/// Which index and which edition of a rulebook are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Id of a variant; `None` for the rulebook itself.
    pub(crate) variant: Option<String>,
    /// Id of a later edition; `None` for the first.
    pub(crate) edition: Option<String>,
    /// Whether that edition stands for all dates, whatever its `valid_from`.
    pub(crate) is_forced: bool,
}

/// An edition of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// What it is called.
    pub id: String,
    /// It is in force for reviews effective on or after this date; `None` for the first, in force from the base on.
    pub valid_from: Option<Date>,
    /// Where it is written; `None` for the first.
    pub line: Option<Line>,
}

impl Source {
    /// Whether it has rules but is no rulebook: without `[index]`, for others to extend.
    pub fn is_fragment(&self) -> bool {
        let mut found = Vec::new();
        document(&self.of_first(None), &mut found);
        found.iter().any(|found| found.code == "M0122")
    }

    /// A source for every index it stands for: the rulebook itself, unless it has variants and its `[index]` no `id`,
    /// and each variant.
    pub fn indexes(&self) -> Vec<Self> {
        let variants = self.variants();
        let base = self.of_first(None);
        let stands_for_itself = variants.is_empty() || {
            let document = document(&base, &mut Vec::new());
            let index = document
                .as_ref()
                .and_then(|document| document.rules.get_ref().get("index"));
            // Where it cannot be read, compiling it says why.
            document.is_none() || index.is_some_and(|index| index.get_ref().get("id").is_some())
        };
        let base = stands_for_itself.then_some(base);
        base.into_iter()
            .chain(variants.into_iter().map(|id| self.of_first(Some(id))))
            .collect()
    }

    /// A source for every edition of the index it stands for, by date; the one that stands for all dates alone.
    pub fn editions(&self) -> Vec<Self> {
        if self.selection.is_forced {
            return vec![self.clone()];
        }
        let later = document(self, &mut Vec::new()).map(|document| document.editions.later);
        let edition = |known: Option<Edition>| {
            let mut source = self.clone();
            source.published_end = self.end_before_later(known.as_ref().and_then(|known| known.valid_from));
            source.selection.edition = known.map(|known| known.id);
            source.selection.is_forced = false;
            source
        };
        let later = later
            .unwrap_or_default()
            .into_iter()
            .map(|(known, _)| edition(Some(known)));
        std::iter::once(edition(None)).chain(later).collect()
    }

    /// Where the text ends without the editions, nothing else among them, that stand at its end and are valid from later
    /// than a date.
    fn end_before_later(&self, date: Option<Date>) -> Option<usize> {
        const HEADER: &str = "\n[[edition]]";
        let own = File::read(self, self.parts().next()?, &mut Vec::new());
        let mut end = None;
        for edition in own.editions.iter().rev() {
            let head = &edition.head;
            let before = self.text.get(..head.id.span.start)?;
            let start = before.rfind(HEADER).map(|newline| newline + 1);
            let Some(start) = start.filter(|_| Some(head.valid_from.value.0) > date) else {
                break;
            };
            let mut headers = self.text[start..end.unwrap_or(self.text.len())]
                .lines()
                .filter(|line| line.starts_with('['));
            if !headers.all(|line| line.starts_with("[[edition") || line.starts_with("[edition.")) {
                break;
            }
            end = Some(start);
        }
        // With the comments and blank lines above the first.
        let mut end = end?;
        for line in self.text[..end].split_inclusive('\n').rev() {
            if !(line.trim().is_empty() || line.starts_with('#')) {
                break;
            }
            end -= line.len();
        }
        Some(end)
    }

    /// The same with one edition standing for all dates, said in a line of the text; otherwise the ids there are.
    pub fn in_edition(&self, id: &str) -> Result<Self, Vec<String>> {
        let mut known = Vec::new();
        for edition in self.editions() {
            let Some(name) = edition.edition_id() else { continue };
            if name == id {
                let mut forced = edition.with_edition_line(id);
                forced.selection.is_forced = true;
                forced.published_end = None;
                return Ok(forced);
            }
            known.push(name);
        }
        Err(known)
    }

    /// The edition it stands for, where its rules say so.
    pub fn edition_id(&self) -> Option<String> {
        self.of_index("edition")
    }

    /// Id of the index it stands for, where its rules say so.
    pub fn index_id(&self) -> Option<String> {
        self.of_index("id")
    }

    fn of_index(&self, key: &str) -> Option<String> {
        let document = document(self, &mut Vec::new())?;
        let index = document.rules.get_ref().get("index")?;
        index.get_ref().get(key)?.get_ref().as_str().map(str::to_owned)
    }

    /// Id of the variant it stands for; `None` for the rulebook itself.
    pub fn variant_id(&self) -> Option<&str> {
        self.selection.variant.as_deref()
    }

    fn of_first(&self, variant: Option<String>) -> Self {
        let mut source = self.clone();
        source.selection.variant = variant;
        if !source.selection.is_forced {
            source.selection.edition = None;
        }
        source
    }

    /// Ids of its variants; those of files it extends are no part of it.
    fn variants(&self) -> Vec<String> {
        let own = self.parts().next().map(|part| File::read(self, part, &mut Vec::new()));
        let variants = own.into_iter().flat_map(|own| own.variants);
        variants.map(|variant| variant.head.id.value).collect()
    }
}
