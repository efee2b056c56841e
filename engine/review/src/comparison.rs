//! Two sides of a comparison, review by review: who is in, at what weight, and what of the difference comes from rules,
//! data and drift.
//!
//! A side is a rulebook over a dataset. Where both differ there are two more runs in between: the first side's rules on
//! the second's data, and the other way round. A review of any of them can be made again from the members and weights
//! that either side came to it with; [`effects`] shares the difference among the causes.

use std::collections::{BTreeMap, BTreeSet};

use divisor_model::{Date, SecurityIndex};
use divisor_numeric::sum;

use crate::attribution::{Cause, Effects, Mix, distance, effects, mixes};
use crate::bind::{BoundReview, Pipeline};
use crate::fold::Review;
use crate::rerun::{Beginning, rerun};
use crate::run::IndexRun;
use crate::shared::Shared;
use crate::tranches::Turn;

/// One run: rulebooks over a dataset, with all the indexes that were run together.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    /// Rulebooks, the editions of an index beside each other.
    pub pipelines: &'a [Pipeline],
    /// Their runs, in the same order.
    pub results: &'a [IndexRun],
    /// What was read.
    pub shared: &'a Shared,
}

/// Two sides, with the runs in between.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// By rules, then by data: first or second side.
    cells: [[Cell<'a>; 2]; 2],
    /// The index of each side.
    index: [&'a str; 2],
    /// Whether rules and data differ.
    differs: [bool; 2],
    /// Ids of all securities of both datasets, sorted.
    names: Vec<&'a str>,
}

/// How two results of one review differ.
#[derive(Debug, Clone)]
pub struct ReviewDifference {
    /// When they are effective.
    pub effective: Date,
    /// Figures of both.
    pub sides: [Figures; 2],
    /// Names with other weights on the two sides, by id.
    pub names: Vec<NameDifference>,
    /// Half the sum of absolute differences of weights.
    pub distance: f64,
    /// Where it comes from, or why that cannot be said.
    pub attribution: Result<Attribution, String>,
}

/// Figures of one side.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Members.
    pub names: usize,
    /// One-way turnover; `None` at the first review.
    pub one_way: Option<f64>,
    /// 1 ÷ Σ weight².
    pub effective_names: f64,
    /// Largest weight.
    pub largest_weight: f64,
}

/// One name that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct NameDifference {
    /// Which.
    pub security_id: String,
    /// Its weights, 0 where it is out.
    pub weights: [f64; 2],
    /// What each cause adds to its weight; they sum to the difference. `None` where that cannot be said.
    pub effects: Option<Effects>,
}

/// What each cause contributes to the difference of a review.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// To the distance; they sum to it.
    pub distance: Effects,
    /// To the difference in one-way turnover; `None` where a side has none.
    pub turnover: Option<Effects>,
}

impl NameDifference {
    /// Second less first weight.
    pub fn step(&self) -> f64 {
        self.weights[1] - self.weights[0]
    }

    /// The cause that moves it furthest the way it differs; the first of equals.
    pub fn main_cause(&self) -> Option<Cause> {
        let (effects, sign) = (self.effects?, self.step().signum());
        let mut best = 0;
        for at in 1..effects.len() {
            if effects[at] * sign > effects[best] * sign {
                best = at;
            }
        }
        Some(Cause::ALL[best])
    }
}

/// A result as far as it is compared: weights by position in the comparison's names, ascending.
#[derive(Debug, Clone)]
struct Outcome {
    weights: Vec<(usize, f64)>,
    one_way: Option<f64>,
}

impl Outcome {
    fn weight(&self, name: usize) -> f64 {
        let at = self.weights.binary_search_by_key(&name, |(name, _)| *name);
        at.map_or(0.0, |at| self.weights[at].1)
    }
}

impl<'a> Comparison<'a> {
    /// Compares an index of `cells[0][0]` with one of `cells[1][1]`. The cells are by rules, then by data; where `differs`
    /// (rules, data) says that one is the same, cells that differ in it alone are never looked at.
    pub fn new(cells: [[Cell<'a>; 2]; 2], index: [&'a str; 2], differs: [bool; 2]) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for cell in [cells[0][0], cells[1][1]] {
            names.extend(cell.shared.landed.panel.securities().ids().iter().map(String::as_str));
        }
        names.sort_unstable();
        names.dedup();
        Self {
            cells,
            index,
            differs,
            names,
        }
    }

    /// Effective dates of the finished reviews of a side, 0 or 1, ascending.
    pub fn dates(&self, side: usize) -> BTreeSet<Date> {
        let found = editions(self.side(side), self.index[side]);
        let reviews = found.into_iter().flat_map(|(_, result)| &result.reviews);
        reviews.map(|review| review.dates.effective).collect()
    }

    /// The finished review of a side at a date.
    pub fn review(&self, side: usize, effective: Date) -> Option<&'a Review> {
        self.found(self.side(side), side, effective).map(|(.., review)| review)
    }

    /// The weights of a side's members at a date, by id; none where it has no review then.
    pub fn weights(&self, side: usize, effective: Date) -> BTreeMap<&'a str, f64> {
        let outcome = self.review(side, effective).map(|review| self.outcome(side, review));
        let weights = outcome.into_iter().flat_map(|found| found.weights);
        weights.map(|(name, weight)| (self.names[name], weight)).collect()
    }

    /// Compares the reviews of both sides at a date; `None` where one has none.
    pub fn at(&self, effective: Date) -> Option<ReviewDifference> {
        let reviews = [self.review(0, effective)?, self.review(1, effective)?];
        let ends = [self.outcome(0, reviews[0]), self.outcome(1, reviews[1])];
        let began = reviews.map(Beginning::of);
        let differs = [
            self.differs[0],
            self.differs[1],
            self.named(0, &began[0]) != self.named(1, &began[1]),
        ];
        let between = self.between(effective, differs, &ends, &began);
        let mut found: BTreeSet<usize> = BTreeSet::new();
        found.extend(ends.iter().flat_map(|end| end.weights.iter().map(|(name, _)| *name)));
        // A name may be in a result in between alone.
        found.extend(
            between
                .iter()
                .flatten()
                .flat_map(|(_, one)| one.weights.iter().map(|(name, _)| *name)),
        );
        let of_name = |name: usize| {
            between
                .as_ref()
                .ok()
                .map(|between| effects(differs, |mix| between.get(&mix).map_or(0.0, |one| one.weight(name))))
        };
        let names: Vec<NameDifference> = found
            .into_iter()
            .map(|name| NameDifference {
                security_id: self.names[name].to_owned(),
                weights: [ends[0].weight(name), ends[1].weight(name)],
                effects: of_name(name),
            })
            .collect();
        let attribution = between.map(|between| Attribution {
            distance: distance(&names.iter().filter_map(|name| name.effects).collect::<Vec<_>>()).1,
            turnover: between.values().all(|one| one.one_way.is_some()).then(|| {
                effects(differs, |mix| {
                    between.get(&mix).and_then(|one| one.one_way).unwrap_or(f64::NAN)
                })
            }),
        });
        let sides = reviews.map(|review| Figures {
            names: review.totals.names,
            one_way: review.turnover.one_way,
            effective_names: review.totals.effective_names,
            largest_weight: review.totals.largest_weight,
        });
        Some(ReviewDifference::new(effective, sides, names, attribution))
    }

    /// The results of all mixes of the causes that differ, or why one cannot be made.
    fn between(
        &self,
        effective: Date,
        differs: Mix,
        ends: &[Outcome; 2],
        began: &[Beginning; 2],
    ) -> Result<BTreeMap<Mix, Outcome>, String> {
        mixes(differs)
            .into_iter()
            .map(|mix| {
                let outcome = if mix == differs {
                    ends[1].clone()
                } else if mix == [false; 3] {
                    ends[0].clone()
                } else {
                    self.mixed(effective, mix, began)?
                };
                Ok((mix, outcome))
            })
            .collect()
    }

    /// A review made of some causes of the first and some of the second side.
    fn mixed(&self, effective: Date, mix: Mix, began: &[Beginning; 2]) -> Result<Outcome, String> {
        let [rules, data, drift] = mix.map(usize::from);
        let cell = self.cells[rules][data];
        let (pipeline, bound, turn) = self.bound(cell, rules, effective).ok_or_else(|| {
            format!(
                "the rules of {} on the data of {} have no review at {effective}",
                letter(rules),
                letter(data)
            )
        })?;
        let began = self.translated(&began[drift], drift, cell);
        let parents: Vec<&[IndexRun]> = pipeline
            .methodology
            .index
            .parent
            .indexes()
            .iter()
            .map(|id| runs_of(cell, id))
            .collect();
        let review = rerun(pipeline, cell.shared, (bound, turn), &parents, &began).map_err(|error| {
            format!(
                "the rules of {} on the data of {} fail: {error}",
                letter(rules),
                letter(data)
            )
        })?;
        Ok(self.outcome_in(cell, &review))
    }

    /// The run of a side: its own rules on its own data.
    fn side(&self, side: usize) -> Cell<'a> {
        let of = |at: usize| if self.differs[at] { side } else { 0 };
        self.cells[of(0)][of(1)]
    }

    fn found(&self, cell: Cell<'a>, rules: usize, effective: Date) -> Option<(&'a Pipeline, &'a Review)> {
        editions(cell, self.index[rules])
            .into_iter()
            .find_map(|(pipeline, result)| {
                let review = result
                    .reviews
                    .iter()
                    .find(|review| review.dates.effective == effective)?;
                Some((pipeline, review))
            })
    }

    /// The edition and the dates of a review, finished or not, and what it resets.
    fn bound(&self, cell: Cell<'a>, rules: usize, effective: Date) -> Option<(&'a Pipeline, &'a BoundReview, Turn)> {
        let own = editions(cell, self.index[rules]).into_iter();
        let reviews: Vec<(&Pipeline, &BoundReview)> = own
            .flat_map(|(pipeline, _)| pipeline.reviews.iter().map(move |review| (pipeline, review)))
            .collect();
        let turns = Turn::of(reviews.iter().map(|(pipeline, _)| pipeline.methodology.as_ref()));
        let mut found = reviews.into_iter().zip(turns);
        let ((pipeline, review), turn) = found.find(|((_, review), _)| review.dates.effective == effective)?;
        Some((pipeline, review, turn))
    }

    /// What a review of a side began with, in numbers that both datasets share: positions in the comparison's names.
    fn named(&self, side: usize, began: &Beginning) -> Beginning {
        let securities = self.side(side).shared.landed.panel.securities();
        let position = |security: SecurityIndex| self.names.binary_search(&securities.id(security)).ok();
        began.renumbered(|security| Some(position(security)? as SecurityIndex))
    }

    /// What a review of a side began with in the numbering of another dataset.
    fn translated(&self, began: &Beginning, side: usize, cell: Cell<'a>) -> Beginning {
        let from = self.side(side).shared;
        if std::ptr::eq(from, cell.shared) {
            return began.clone();
        }
        let (from, to) = (from.landed.panel.securities(), cell.shared.landed.panel.securities());
        began.renumbered(|security| to.index(from.id(security)))
    }

    fn outcome(&self, side: usize, review: &Review) -> Outcome {
        self.outcome_in(self.side(side), review)
    }

    fn outcome_in(&self, cell: Cell<'a>, review: &Review) -> Outcome {
        let securities = cell.shared.landed.panel.securities();
        let name = |security: SecurityIndex| self.names.binary_search(&securities.id(security)).unwrap_or(usize::MAX);
        let members = review.members.iter().zip(&review.weights);
        Outcome {
            weights: members
                .map(|(at, weight)| (name(review.scored.security[*at as usize]), *weight))
                .collect(),
            one_way: review.turnover.one_way,
        }
    }

    /// Name, country and sector of a security as the snapshot of a review of either side has them.
    pub fn described(&self, effective: Date, security_id: &str) -> Option<&'a str> {
        [1, 0].into_iter().find_map(|side| {
            let review = self.review(side, effective)?;
            let panel = &self.side(side).shared.landed.panel;
            let snapshot = panel.snapshot(review.scored.snapshot)?;
            let row = snapshot.row(panel.securities().index(security_id)?)?;
            snapshot.text_at("name", row)
        })
    }
}

impl ReviewDifference {
    /// The difference of two results; names without one may be among `names`.
    pub fn new(
        effective: Date,
        sides: [Figures; 2],
        names: Vec<NameDifference>,
        attribution: Result<Attribution, String>,
    ) -> Self {
        let steps: Vec<f64> = names.iter().map(|name| name.step().abs()).collect();
        Self {
            effective,
            sides,
            distance: sum(&steps) / 2.0,
            names: names.into_iter().filter(|name| name.step() != 0.0).collect(),
            attribution,
        }
    }

    /// Members of the first side alone.
    pub fn out(&self) -> impl Iterator<Item = &NameDifference> {
        self.names.iter().filter(|name| name.weights[1] == 0.0)
    }

    /// Members of the second side alone.
    pub fn added(&self) -> impl Iterator<Item = &NameDifference> {
        self.names.iter().filter(|name| name.weights[0] == 0.0)
    }

    /// Second less first one-way turnover, where both have one.
    pub fn turnover(&self) -> Option<f64> {
        Some(self.sides[1].one_way? - self.sides[0].one_way?)
    }
}

/// The editions of an index with their runs.
fn editions<'a>(cell: Cell<'a>, id: &str) -> Vec<(&'a Pipeline, &'a IndexRun)> {
    let all = cell.pipelines.iter().zip(cell.results);
    all.filter(|(pipeline, _)| pipeline.methodology.index.id == id)
        .collect()
}

/// The runs of all editions of an index.
fn runs_of<'a>(cell: Cell<'a>, id: &str) -> &'a [IndexRun] {
    let is_own = |pipeline: &Pipeline| pipeline.methodology.index.id == id;
    let first = cell.pipelines.iter().position(is_own).unwrap_or(0);
    let count = cell.pipelines[first..].iter().take_while(|one| is_own(one)).count();
    &cell.results[first..first + count]
}

fn letter(side: usize) -> char {
    if side == 0 { 'A' } else { 'B' }
}
