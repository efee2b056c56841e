//! Snapshots of one run joined into a panel: ids become indexes, texts share their dictionaries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use divisor_model::{
    Column, Defect, Panel, Problem, Securities, SecurityIndex, SnapshotData, TEXT_MISSING, TextColumn, day_of,
};
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::snapshots::{Ids, Part, Snapshots, TABLE};

/// Membership is one bit a universe.
const UNIVERSES_MAX: usize = 64;

/// Joins the snapshots into one panel. A column that a snapshot lacks, and that some rule needs, is a defect of it.
pub(crate) fn join(parts: Vec<Part>, needed: &BTreeSet<String>) -> Snapshots {
    let securities = Arc::new(all_securities(&parts));
    let mut defects = Vec::new();
    for part in &parts {
        for defect in &part.defects {
            let id = defect.id.as_deref();
            defects.push(Defect {
                table: TABLE,
                file: defect.file.clone(),
                column: defect.column.clone(),
                known_on: day_of(part.date),
                security: id.and_then(|id| securities.index(id)),
                key: id.unwrap_or_default().to_owned(),
                problem: defect.problem.clone(),
            });
        }
    }
    let names: BTreeSet<&str> = parts
        .iter()
        .flat_map(|part| part.columns.keys().map(String::as_str))
        .chain(needed.iter().map(String::as_str))
        .filter(|name| *name != "security_id")
        .collect();
    for name in &names {
        unlike_others(&parts, name, needed.contains(*name), &mut defects);
    }
    let dictionaries = Dictionaries::new(&parts);
    for part in &parts {
        too_many_universes(part, &mut defects);
    }
    let indexes = indexes(&securities, &parts);
    let filled = parts.iter().map(|part| (part.date, part.filled.clone())).collect();
    let numbered: Vec<(Part, Arc<Vec<SecurityIndex>>)> = parts.into_iter().zip(indexes).collect();
    // Ids are texts like others where a rule names them.
    let ids = needed
        .contains("security_id")
        .then(|| Arc::new(securities.ids().to_vec()));
    let snapshots = numbered
        .into_par_iter()
        .map(|(part, security)| {
            let own = part.columns.into_iter().map(|(name, column)| {
                let column = dictionaries.column(&name, column);
                (name, column)
            });
            let ids = ids.as_ref().map(|ids| {
                let column = TextColumn {
                    codes: security.to_vec(),
                    dictionary: Arc::clone(ids),
                };
                ("security_id".to_owned(), Column::Text(column))
            });
            SnapshotData {
                date: part.date,
                columns: own.chain(ids).collect(),
                security,
            }
        })
        .collect();
    Snapshots {
        panel: Panel::new(securities, snapshots),
        defects,
        filled,
    }
}

/// A column that snapshots lack although a rule needs it, or have with another type than the first that has it. Whether
/// a snapshot lacks it is judged by that snapshot alone: what later ones have says nothing about it.
fn unlike_others(parts: &[Part], name: &str, is_needed: bool, defects: &mut Vec<Defect>) {
    let kind = |part: &Part| part.columns.get(name).map(std::mem::discriminant);
    let first = parts.iter().find_map(kind);
    for part in parts.iter().filter(|part| !part.ids.is_empty()) {
        let problem = match kind(part) {
            None if is_needed => Problem::MissingColumn,
            Some(found) if Some(found) != first => {
                Problem::WrongType("of one type in all snapshots", "of another here".to_owned())
            }
            _ => continue,
        };
        let reported = part
            .defects
            .iter()
            .any(|defect| defect.column == name && defect.id.is_none());
        if !reported {
            defects.push(Defect {
                table: TABLE,
                file: format!("snapshots/date={}", part.date),
                column: name.to_owned(),
                known_on: day_of(part.date),
                security: None,
                key: String::new(),
                problem,
            });
        }
    }
}

fn all_securities(parts: &[Part]) -> Securities {
    let mut all: Vec<&str> = Vec::new();
    let mut last: Option<&Ids> = None;
    for part in parts {
        // Most snapshots repeat the one before: skip what was just seen.
        if last != Some(&part.ids) {
            all.extend(part.ids.iter());
        }
        last = Some(&part.ids);
    }
    all.sort_unstable();
    all.dedup();
    Securities::new(all.into_iter().map(str::to_owned).collect())
}

/// Indexes of each part's sorted ids by merging two sorted lists; parts with the same ids share them.
fn indexes(securities: &Securities, parts: &[Part]) -> Vec<Arc<Vec<SecurityIndex>>> {
    let mut all: Vec<Arc<Vec<SecurityIndex>>> = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        let same = at > 0 && parts[at - 1].ids == part.ids;
        let shared = all.last().filter(|_| same).map(Arc::clone);
        all.push(shared.unwrap_or_else(|| Arc::new(merge(securities.ids(), &part.ids))));
    }
    all
}

fn merge(all: &[String], ids: &Ids) -> Vec<SecurityIndex> {
    let mut at = 0;
    ids.iter()
        .map(|id| {
            while all[at] != *id {
                at += 1;
            }
            at as SecurityIndex
        })
        .collect()
}

fn too_many_universes(part: &Part, defects: &mut Vec<Defect>) {
    for (name, column) in &part.columns {
        let Column::Membership(membership) = column else {
            continue;
        };
        if membership.names.len() > UNIVERSES_MAX {
            defects.push(Defect {
                table: TABLE,
                file: format!("snapshots/date={}", part.date),
                column: name.clone(),
                known_on: day_of(part.date),
                security: None,
                key: String::new(),
                problem: Problem::Impossible("names more than 64 universes"),
            });
        }
    }
}

/// One sorted dictionary for each text column.
struct Dictionaries(BTreeMap<String, Arc<Vec<String>>>);

impl Dictionaries {
    fn new(parts: &[Part]) -> Self {
        let mut texts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, column) in parts.iter().flat_map(|part| &part.columns) {
            if let Column::Text(text) = column {
                texts
                    .entry(name)
                    .or_default()
                    .extend(text.dictionary.iter().map(String::as_str));
            }
        }
        let owned = |words: BTreeSet<&str>| Arc::new(words.into_iter().map(str::to_owned).collect());
        Self(
            texts
                .into_iter()
                .map(|(name, words)| (name.to_owned(), owned(words)))
                .collect(),
        )
    }

    /// A column in terms of the shared dictionary.
    fn column(&self, name: &str, column: Column) -> Column {
        match column {
            Column::Text(text) => Column::Text(self.text(name, text)),
            Column::Membership(mut membership) => {
                membership.names.truncate(UNIVERSES_MAX);
                Column::Membership(membership)
            }
            column => column,
        }
    }

    fn text(&self, name: &str, mut text: TextColumn) -> TextColumn {
        let shared = &self.0[name];
        let place = |word: &String| shared.binary_search(word).map_or(TEXT_MISSING, |at| at as u32);
        let recode: Vec<u32> = text.dictionary.iter().map(place).collect();
        for code in &mut text.codes {
            *code = recode.get(*code as usize).copied().unwrap_or(TEXT_MISSING);
        }
        TextColumn {
            codes: text.codes,
            dictionary: Arc::clone(shared),
        }
    }
}
