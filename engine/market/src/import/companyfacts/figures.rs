//! From facts to figures: the values of fields, publication by publication. A publication is a company's filings of one
//! day.

use std::collections::BTreeMap;

use divisor_model::{Day, FieldKind};

use super::json::Fact;
use super::mapping::Mapping;
use super::period::Length;
use crate::contract::bounds;

/// A period or a day: start (none for a level) and end.
pub(super) type Span = (Option<Day>, Day);

/// The value of a field in one publication.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// Index in the mapping.
    pub(super) field: usize,
    /// Index of the entry of the field's `from` it was made by.
    pub(super) source: usize,
    /// The facts it was made of.
    pub(super) facts: Vec<usize>,
    pub(super) span: Span,
    /// Day of the publication.
    pub(super) filed: Day,
    pub(super) value: f64,
}

/// All figures of one entry of a field's `from`, by span and publication.
pub(super) type Series = BTreeMap<(Span, Day), Figure>;

/// The facts of a company, each used or dropped for a reason.
pub(super) struct Facts<'a> {
    pub(super) all: &'a [Fact],
    /// Where each ends: with the period its filing reports, for those of the cover page.
    ends: Vec<Day>,
    /// Why a fact is in no row; ignored for those that are.
    reasons: Vec<Option<String>>,
    used: Vec<bool>,
    /// The one that counts of each concept, span and publication.
    chosen: BTreeMap<(usize, Span, Day), usize>,
}

impl<'a> Facts<'a> {
    /// Sorts out what can be no figure, and of several facts of one publication the one that counts.
    pub(super) fn new(all: &'a [Fact], mapping: &Mapping) -> Self {
        let mut facts = Self {
            all,
            ends: cover_ends(all, mapping),
            reasons: vec![None; all.len()],
            used: vec![false; all.len()],
            chosen: BTreeMap::new(),
        };
        for at in 0..all.len() {
            facts.reasons[at] = facts.refuse(at, mapping);
        }
        facts.choose();
        facts
    }

    fn refuse(&self, at: usize, mapping: &Mapping) -> Option<String> {
        let fact = &self.all[at];
        let flow = mapping.concepts[fact.concept].kind == FieldKind::Flow;
        let reason = match fact.start {
            _ if !mapping.forms.contains(&fact.form) => {
                return Some(format!("the mapping does not count form {}", fact.form));
            }
            _ if fact.value.is_none() => "has no value",
            None if flow => "a level where an amount over a period is wanted",
            Some(_) if !flow => "an amount over a period where a level is wanted",
            Some(start) if start > fact.end => "its period ends before it begins",
            _ if fact.filed < self.ends[at] => "filed before its period ended",
            Some(start) if Length::of(start, fact.end).is_none() => "its length is that of no reporting period",
            _ => return None,
        };
        Some(reason.to_owned())
    }

    /// Of several facts of one concept, span and day the one of the highest accession number counts; within a filing
    /// the one with the most digits, then the smallest.
    fn choose(&mut self) {
        let mut same: BTreeMap<(usize, Span, Day), Vec<usize>> = BTreeMap::new();
        for (at, fact) in self.all.iter().enumerate() {
            if self.reasons[at].is_none() {
                let key = (fact.concept, (fact.start, self.ends[at]), fact.filed);
                same.entry(key).or_default().push(at);
            }
        }
        for (key, mut candidates) in same {
            let value = |at: usize| self.all[at].value.unwrap_or(f64::NAN);
            candidates.sort_by(|one, other| {
                let accession = |at: usize| &self.all[at].accession;
                let by_filing = accession(*other).cmp(accession(*one));
                let by_digits = digits(value(*other)).cmp(&digits(value(*one)));
                by_filing
                    .then(by_digits)
                    .then(value(*one).total_cmp(&value(*other)))
                    .then(one.cmp(other))
            });
            let Some((best, others)) = candidates.split_first() else {
                continue;
            };
            for other in others {
                let reason = if value(*other).to_bits() == value(*best).to_bits() {
                    "stated twice on one day"
                } else if self.all[*other].accession == self.all[*best].accession {
                    "contradicted by a figure of the same filing with more digits"
                } else {
                    "contradicted by another filing of the same day"
                };
                self.reasons[*other] = Some(reason.to_owned());
            }
            self.chosen.insert(key, *best);
        }
    }

    /// The figures of each entry of each field's `from`: `[field][entry]`.
    pub(super) fn series(&mut self, mapping: &Mapping) -> Vec<Vec<Series>> {
        let fields = mapping.fields.iter().enumerate();
        fields
            .map(|(field, spec)| {
                let sources = 0..spec.from.len();
                sources.map(|source| self.series_of(mapping, field, source)).collect()
            })
            .collect()
    }

    fn series_of(&mut self, mapping: &Mapping, field: usize, source: usize) -> Series {
        let spec = &mapping.fields[field];
        let terms = &spec.from[source].terms;
        let mut series = Series::new();
        let Some((first, rest)) = terms.split_first() else {
            return series;
        };
        let bounds = bounds(&spec.name);
        let keys = self.chosen.range((*first, (None, Day::MIN), Day::MIN)..);
        let keys = keys.take_while(|((concept, ..), _)| concept == first);
        let heads: Vec<(Span, Day, usize)> = keys.map(|((_, span, filed), at)| (*span, *filed, *at)).collect();
        for (span, filed, at) in heads {
            let others = rest.iter().map(|term| self.chosen.get(&(*term, span, filed)).copied());
            let Some(others) = others.collect::<Option<Vec<usize>>>() else {
                continue;
            };
            let mut facts = vec![at];
            facts.extend(others);
            // In the order of the entry: the same sum on every machine.
            let value = facts
                .iter()
                .fold(0.0, |sum, at| sum + self.all[*at].value.unwrap_or(f64::NAN));
            if let Some(problem) = bounds.and_then(|bounds| bounds.broken_by(value)) {
                let reason = format!("{} {problem}", spec.name);
                for at in facts {
                    self.explain(at, &reason);
                }
                continue;
            }
            let figure = Figure {
                field,
                source,
                facts,
                span,
                filed,
                value,
            };
            series.insert((span, filed), figure);
        }
        series
    }

    /// The figure of each span and publication by the first entry that has one. What the others have is explained.
    pub(super) fn best(&mut self, series: &[Series]) -> Series {
        let mut best = Series::new();
        for (key, figure) in series.iter().flatten() {
            match best.get(key) {
                Some(_) => {
                    for at in &figure.facts {
                        self.explain(*at, "the publication has a source earlier in the mapping's list");
                    }
                }
                None => {
                    best.insert(*key, figure.clone());
                }
            }
        }
        best
    }

    /// Says why a fact is in no row, unless that was said before.
    pub(super) fn explain(&mut self, at: usize, reason: &str) {
        self.reasons[at].get_or_insert_with(|| reason.to_owned());
    }

    /// Marks the facts of a figure that is in a row.
    pub(super) fn keep(&mut self, figure: &Figure) {
        for at in &figure.facts {
            self.used[*at] = true;
        }
    }

    /// Each fact: `None` if it is in a row, else why not.
    pub(super) fn fates(&self) -> impl Iterator<Item = (&Fact, Option<&str>)> {
        let reasons = self.reasons.iter().zip(&self.used);
        let fate = reasons.map(|(reason, used)| match reason {
            _ if *used => None,
            Some(reason) => Some(reason.as_str()),
            None => Some("a part of a sum of which the publication lacks others"),
        });
        self.all.iter().zip(fate)
    }
}

/// The end of each fact; one of the cover page ends with the last period of its filing that ended by then.
fn cover_ends(all: &[Fact], mapping: &Mapping) -> Vec<Day> {
    let mut ends: BTreeMap<&str, Vec<Day>> = BTreeMap::new();
    for fact in all.iter().filter(|fact| fact.start.is_some()) {
        ends.entry(&fact.accession).or_default().push(fact.end);
    }
    let end = |fact: &Fact| {
        if !mapping.concepts[fact.concept].cover {
            return fact.end;
        }
        let of_filing = ends.get(fact.accession.as_str()).into_iter().flatten();
        of_filing
            .filter(|end| **end <= fact.end)
            .max()
            .copied()
            .unwrap_or(fact.end)
    };
    all.iter().map(end).collect()
}

/// Significant decimal digits.
fn digits(value: f64) -> usize {
    let text = format!("{:e}", value.abs());
    let mantissa = text.split('e').next().unwrap_or_default();
    mantissa.chars().filter(char::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn digits_are_significant_ones() {
        assert_eq!(
            (
                digits(81_400_000_000.0),
                digits(-81_417_000_000.0),
                digits(0.0),
                digits(6.49)
            ),
            (3, 5, 1, 3)
        );
    }
}
