//! Texts that a security has from a date on: the tables `identifiers` and `classifications`, as they were known on the
//! day they are asked about.
//!
//! A snapshot shows them as columns named after their schemes. It is frozen with what was known at its own date, so a
//! later row never changes an earlier snapshot, whatever period it speaks of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use divisor_model::{Column, DAY_MISSING, Day, Defect, Problem, Securities, TextBuilder, day_of};

use crate::contract::expected_kind;
use crate::dataset::Dataset;
use crate::frame::{ColumnKind, days, texts};
use crate::identifiers::claimed_twice;
use crate::rows::{Faults, File, day_text, read_file};
use crate::snapshots::Part;

const IDENTIFIERS: &str = "identifiers";
const CLASSIFICATIONS: &str = "classifications";
const REQUIRED: [&str; 4] = ["security_id", "scheme", "value", "from"];

/// A security has a value from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) security: String,
    pub(crate) value: String,
    pub(crate) from: Day,
    /// The first day it has it no longer; [`Day::MAX`] where that is open.
    pub(crate) to: Day,
    pub(crate) known_on: Day,
    /// When a newer row took its place; [`Day::MAX`] where none did.
    pub(crate) superseded_on: Day,
    /// The file it stands in.
    pub(crate) file: usize,
}

impl Claim {
    /// Whether it holds on a day, as far as was known on another. An end that lies after that other day was not known
    /// then, whatever the row says.
    pub(crate) fn holds(&self, day: Day, known_by: Day) -> bool {
        let is_known = self.known_on <= known_by && known_by < self.superseded_on;
        is_known && self.from <= day && (day < self.to || known_by < self.to)
    }
}

/// One of the two tables, as far as it is known by a cut-off.
#[derive(Debug, Default)]
pub(crate) struct DatedTexts {
    /// Claims by scheme; each sorted by security, day they hold from, date of knowledge and value.
    pub(crate) schemes: BTreeMap<String, Vec<Claim>>,
    pub(crate) files: Vec<String>,
    faults: Vec<DatedFault>,
}

/// A defect whose security is still a text.
#[derive(Debug, Clone)]
pub(crate) struct DatedFault {
    pub(crate) table: &'static str,
    pub(crate) file: String,
    pub(crate) column: String,
    pub(crate) known_on: Day,
    /// `None` where nobody can tell whose it is.
    pub(crate) security: Option<String>,
    pub(crate) key: String,
    pub(crate) problem: Problem,
}

/// Both tables.
#[derive(Debug, Default)]
pub(crate) struct Dated {
    pub(crate) identifiers: DatedTexts,
    pub(crate) classifications: DatedTexts,
}

impl Dated {
    /// Reads the rows known by `cutoff`.
    pub(crate) fn read(dataset: &Dataset, cutoff: Day) -> Self {
        let mut identifiers = DatedTexts::read(dataset, IDENTIFIERS, &dataset.identifiers, cutoff);
        let twice = claimed_twice(&identifiers);
        identifiers.faults.extend(twice);
        Self {
            identifiers,
            classifications: DatedTexts::read(dataset, CLASSIFICATIONS, &dataset.classifications, cutoff),
        }
    }

    /// Adds the wanted schemes to a snapshot as columns, as they were known at its date. A scheme of `identifiers` that
    /// the snapshot has as a column is the snapshot's; one of `classifications` may be in one place only.
    pub(crate) fn fill(&self, part: &mut Part, label: &str, wanted: &BTreeSet<String>) {
        let day = day_of(part.date);
        for (table, texts) in [
            (CLASSIFICATIONS, &self.classifications),
            (IDENTIFIERS, &self.identifiers),
        ] {
            for scheme in wanted.iter().filter(|scheme| texts.has(scheme, day)) {
                if !part.columns.contains_key(scheme) {
                    let column = texts.column(scheme, part.ids.iter(), day);
                    part.columns.insert(scheme.clone(), column);
                    part.filled.insert(scheme.clone(), table);
                } else if table == CLASSIFICATIONS {
                    part.fault(label.to_owned(), scheme, None, Problem::TwoSources);
                }
            }
        }
    }

    /// What is wrong with rows of these securities, and with rows of nobody.
    pub(crate) fn defects(&self, securities: &Securities) -> Vec<Defect> {
        let all = self.identifiers.faults.iter().chain(&self.classifications.faults);
        let known = all.filter_map(|fault| {
            let security = match &fault.security {
                Some(id) => Some(securities.index(id)?),
                None => None,
            };
            Some(Defect {
                table: fault.table,
                file: fault.file.clone(),
                column: fault.column.clone(),
                known_on: fault.known_on,
                security,
                key: fault.key.clone(),
                problem: fault.problem.clone(),
            })
        });
        known.collect()
    }
}

impl DatedTexts {
    fn read(dataset: &Dataset, table: &'static str, paths: &[PathBuf], cutoff: Day) -> Self {
        let mut texts = Self::default();
        let mut faults = Faults::new(table);
        let columns = ["security_id", "scheme", "value", "from", "to", "known_on"];
        for path in paths {
            texts.files.push(dataset.label(path));
            if let Some(file) = read_file(dataset, path, &REQUIRED, &columns, DAY_MISSING, &mut faults) {
                texts.land(&file, table, cutoff);
            }
        }
        // Nobody's as yet: what is wrong with a whole file.
        texts.faults.extend(faults.defects.into_iter().map(|defect| DatedFault {
            table,
            file: defect.file,
            column: defect.column,
            known_on: defect.known_on,
            security: None,
            key: defect.key,
            problem: defect.problem,
        }));
        texts.sort(table);
        texts
    }

    fn land(&mut self, file: &File, table: &'static str, cutoff: Day) {
        let column = |name: &str| file.frame.column(name).ok();
        let words = |name: &str| column(name).and_then(texts);
        let rows = file.frame.height();
        let day_column = |name: &str| column(name).and_then(days).unwrap_or_else(|| vec![DAY_MISSING; rows]);
        let (from, known) = (day_column("from"), day_column("known_on"));
        let to = if table == IDENTIFIERS {
            day_column("to")
        } else {
            vec![DAY_MISSING; rows]
        };
        let (Some(ids), Some(schemes), Some(values)) = (words("security_id"), words("scheme"), words("value")) else {
            return;
        };
        let at = self.files.len() - 1;
        for (row, ((id, scheme), value)) in ids.iter().zip(schemes.iter()).zip(values.iter()).enumerate() {
            let (from, to) = (from[row], to[row]);
            let known_on = if known[row] == DAY_MISSING { from } else { known[row] };
            if known_on > cutoff {
                continue;
            }
            let mut fault = |column: &str, problem: Problem| {
                let key = match id {
                    Some(id) => format!("{id} {} from {}", scheme.unwrap_or("null"), day_text(from)),
                    None => format!("row {}", row + 1),
                };
                self.faults.push(DatedFault {
                    table,
                    file: file.label.clone(),
                    column: column.to_owned(),
                    known_on,
                    security: id.map(str::to_owned),
                    key,
                    problem,
                });
            };
            let missing = [
                ("security_id", id.is_none()),
                ("scheme", scheme.is_none()),
                ("value", value.is_none()),
                ("from", from == DAY_MISSING),
            ];
            if let Some((column, _)) = missing.iter().find(|(_, is_missing)| *is_missing) {
                fault(column, Problem::MissingValue);
                continue;
            }
            let (Some(id), Some(scheme), Some(value)) = (id, scheme, value) else {
                continue;
            };
            if scheme == "security_id" || expected_kind(scheme).is_some_and(|kind| kind != ColumnKind::Text) {
                fault(
                    "scheme",
                    Problem::Impossible("names a column of the snapshots that holds no such text"),
                );
            } else if to != DAY_MISSING && to <= from {
                fault("to", Problem::Impossible("is not after `from`"));
            } else {
                self.schemes.entry(scheme.to_owned()).or_default().push(Claim {
                    security: id.to_owned(),
                    value: value.to_owned(),
                    from,
                    to: if to == DAY_MISSING { Day::MAX } else { to },
                    known_on,
                    superseded_on: Day::MAX,
                    file: at,
                });
            }
        }
    }

    /// Sorts the claims, finds which a later row took the place of, and which are there twice.
    ///
    /// A row takes the place of an earlier-known one of the same security, scheme and `from`; in `identifiers`, where a
    /// security may have had another value on that day by mistake of both, of the same value too.
    fn sort(&mut self, table: &'static str) {
        for (scheme, claims) in &mut self.schemes {
            let same = |a: &Claim, b: &Claim| {
                (&a.security, a.from) == (&b.security, b.from) && (table == CLASSIFICATIONS || a.value == b.value)
            };
            let by_value = |claim: &Claim| {
                if table == IDENTIFIERS {
                    claim.value.clone()
                } else {
                    String::new()
                }
            };
            claims.sort_by_cached_key(|claim| {
                let last = (claim.known_on, claim.to, claim.value.clone());
                (claim.security.clone(), claim.from, by_value(claim), last)
            });
            for at in 1..claims.len() {
                if !same(&claims[at - 1], &claims[at]) {
                    continue;
                }
                if claims[at - 1].known_on == claims[at].known_on {
                    let claim = &claims[at];
                    self.faults.push(DatedFault {
                        table,
                        file: self.files[claim.file].clone(),
                        column: String::new(),
                        known_on: claim.known_on,
                        security: Some(claim.security.clone()),
                        key: format!("{} {scheme} from {}", claim.security, day_text(claim.from)),
                        problem: Problem::DuplicateKey,
                    });
                }
                claims[at - 1].superseded_on = claims[at].known_on;
            }
            claims.sort_by(|a, b| {
                let key = |claim: &'_ Claim| (claim.from, claim.known_on);
                (a.security.cmp(&b.security))
                    .then(key(a).cmp(&key(b)))
                    .then(a.value.cmp(&b.value))
            });
        }
    }

    /// Whether a scheme was there on a day.
    fn has(&self, scheme: &str, day: Day) -> bool {
        let claims = self.schemes.get(scheme);
        claims.is_some_and(|claims| claims.iter().any(|claim| claim.from <= day && claim.known_on <= day))
    }

    /// What a security had on a day, as far as was known that day: of several rows the one that began last.
    pub(crate) fn at(&self, scheme: &str, security: &str, day: Day) -> Option<&Claim> {
        let claims = self.schemes.get(scheme)?;
        let start = claims.partition_point(|claim| claim.security.as_str() < security);
        let own = claims[start..].iter().take_while(|claim| claim.security == security);
        own.filter(|claim| claim.holds(day, day)).last()
    }

    fn column<'a>(&self, scheme: &str, ids: impl Iterator<Item = &'a str>, day: Day) -> Column {
        let mut builder = TextBuilder::default();
        for id in ids {
            builder.push(self.at(scheme, id, day).map(|claim| claim.value.as_str()));
        }
        Column::Text(builder.finish())
    }
}

impl Dataset {
    /// The schemes of both tables, which every snapshot can show as text columns.
    pub(crate) fn schemes(&self) -> BTreeSet<String> {
        let dated = Dated::read(self, Day::MAX - 1);
        let both = [dated.identifiers.schemes, dated.classifications.schemes];
        both.into_iter().flat_map(BTreeMap::into_keys).collect()
    }
}
