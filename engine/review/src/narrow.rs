//! Narrowing: names are dropped from the weakest up, round after round, until a stop is crossed. Weights are those before
//! limits, in proportion to raw weights, so every figure of what is left is one of the first k names of a ranking.

use std::collections::BTreeMap;

use divisor_methodology::{Level, Methodology, Narrow, NarrowEnd, NarrowOrder, RoundCrossing, Select, Stop, StopOn};
use divisor_model::{Diagnostic, TEXT_MISSING};
use divisor_numeric::limits::TOLERANCE;
use divisor_numeric::{Heads, sum_iter};
use serde::Serialize;

use crate::bind::Pipeline;
use crate::elementwise::Scope;
use crate::error::ReviewError;
use crate::fold::Review;
use crate::scored::Scored;

/// What a stop looks at of every name of the parent.
#[derive(Debug, Clone)]
pub(crate) enum StopInput {
    /// Nothing but weights.
    Weights,
    /// How far a number is above its weighted mean in the parent; zero where a name has none.
    Exposure(Vec<f64>),
    /// Codes of the groups.
    Groups(Vec<u32>),
}

/// What each stop looks at; empty where nothing is narrowed.
pub(crate) fn inputs(methodology: &Methodology, scope: &Scope<'_>) -> Vec<StopInput> {
    let Select::Narrow(rules) = &methodology.select else {
        return Vec::new();
    };
    let universe = scope.universe;
    let input = |stop: &Stop| match &stop.on {
        StopOn::Capacity | StopOn::EffectiveNames => StopInput::Weights,
        StopOn::Exposure(of) => StopInput::Exposure(above_parent(&universe.parent_weight, &scope.values(of.name()))),
        StopOn::Groups(column) => {
            let codes = universe.codes(column);
            StopInput::Groups(codes.unwrap_or_else(|| vec![TEXT_MISSING; universe.len()]))
        }
    };
    rules.stops.iter().map(input).collect()
}

/// Values less their mean in the parent, over the names that have one; zero for the others.
fn above_parent(parent: &[f64], values: &[f64]) -> Vec<f64> {
    let present = || parent.iter().zip(values).filter(|(_, value)| !value.is_nan());
    let total = sum_iter(present().map(|(weight, _)| *weight));
    let mean = sum_iter(present().map(|(weight, value)| weight * value)) / total;
    let above = |value: &f64| if value.is_nan() { 0.0 } else { value - mean };
    values.iter().map(above).collect()
}

/// What names are ordered by before anything else: their contributions, best first; empty where the value alone counts.
pub(crate) fn contributions(methodology: &Methodology, raw: &[f64], values: &[f64]) -> Vec<f64> {
    match &methodology.select {
        Select::Narrow(rules) if rules.order.value == NarrowOrder::Contribution => {
            raw.iter().zip(values).map(|(raw, value)| raw * value).collect()
        }
        _ => Vec::new(),
    }
}

/// What narrowing did.
#[derive(Debug, Clone)]
pub struct Narrowed {
    /// How many names the broad index has, and how many are left after each round that was made.
    pub left: Vec<usize>,
    /// The stop that ended it, by position in the rulebook; `None` where the least number was reached before.
    pub ended: Option<usize>,
    /// What each stop saw.
    pub stops: Vec<StopSeen>,
}

/// What one stop saw.
#[derive(Debug, Clone, Copy)]
pub struct StopSeen {
    /// Of the broad index.
    pub broad: Seen,
    /// Of what is left.
    pub kept: Seen,
    /// Of the round that crossed a stop; the same as `kept` where that round counts or no stop was crossed.
    pub crossing: Seen,
}

/// A figure against its bound.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The figure.
    pub value: f64,
    /// What it may not cross.
    pub bound: f64,
    /// Code of the group that comes nearest to its bound, or is farthest beyond it.
    pub group: Option<u32>,
    is_maximum: bool,
}

impl Seen {
    /// How far it is beyond the bound; negative within.
    fn beyond(&self) -> f64 {
        let beyond = self.value - self.bound;
        if self.is_maximum { beyond } else { -beyond }
    }

    /// Whether it is beyond the bound, by more than rounding.
    pub fn is_crossed(&self) -> bool {
        self.beyond() > TOLERANCE * self.bound.abs().max(1.0)
    }
}

impl Narrowed {
    /// How many names are left.
    pub fn names(&self) -> usize {
        self.left.last().copied().unwrap_or(0)
    }

    /// The rounds that were made.
    pub fn rounds(&self) -> usize {
        self.left.len().saturating_sub(1)
    }

    /// The round in which a rank was dropped; `None` for one that is left.
    pub fn round_of(&self, rank: usize) -> Option<usize> {
        self.left.iter().position(|left| *left < rank)
    }
}

/// What narrowing did, for the manifest.
#[derive(Debug, Serialize)]
pub(crate) struct Narrowing<'a> {
    broad_names: usize,
    names: usize,
    rounds: usize,
    ended_by: Option<&'a str>,
    stops: BTreeMap<&'a str, StopFigures>,
}

/// A stop's figure of the broad index, of what is left and of the round that crossed a stop, and its bound.
#[derive(Debug, Serialize)]
struct StopFigures {
    broad: f64,
    kept: f64,
    crossing: f64,
    bound: f64,
}

impl<'a> Narrowing<'a> {
    pub(crate) fn new(pipeline: &'a Pipeline, review: &Review) -> Option<Self> {
        let (Select::Narrow(rules), Some(found)) = (&pipeline.methodology.select, &review.selection.narrowed) else {
            return None;
        };
        let stops = rules.stops.iter().zip(&found.stops).map(|(rule, seen)| {
            let figures = StopFigures {
                broad: seen.broad.value,
                kept: seen.kept.value,
                crossing: seen.crossing.value,
                bound: seen.crossing.bound,
            };
            (rule.id.as_str(), figures)
        });
        Some(Self {
            broad_names: found.left[0],
            names: found.names(),
            rounds: found.rounds(),
            ended_by: found.ended.map(|stop| rules.stops[stop].id.as_str()),
            stops: stops.collect(),
        })
    }
}

/// Narrows the broad index: `order` has its names, best first.
pub(crate) fn narrow(rules: &Narrow, scored: &Scored, order: &[u32], when: &str) -> Result<Narrowed, ReviewError> {
    let left = all_rounds(rules, order.len());
    let stops: Vec<Vec<Seen>> = if order.is_empty() {
        Vec::new()
    } else {
        let names = Names::new(scored, order);
        let each = rules.stops.iter().zip(&scored.stops);
        let seen = each.map(|(stop, input)| names.seen(stop, input, &left, when));
        seen.collect::<Result<_, _>>()?
    };
    let crossed = |round: usize| stops.iter().position(|seen| seen[round].is_crossed());
    let crossing = (0..left.len()).find_map(|round| Some((round, crossed(round)?)));
    let last = left.len().saturating_sub(1);
    let kept = match crossing {
        Some((round, _)) if rules.crossing.value == RoundCrossing::Exclude => round.saturating_sub(1),
        Some((round, _)) => round,
        None if rules.unfinished.value == NarrowEnd::Error && !order.is_empty() => {
            return Err(endless(rules, (left[0], left[last]), when));
        }
        None => last,
    };
    let seen = |seen: &Vec<Seen>| StopSeen {
        broad: seen[0],
        kept: seen[kept],
        crossing: seen[crossing.map_or(kept, |(round, _)| round)],
    };
    Ok(Narrowed {
        stops: stops.iter().map(seen).collect(),
        ended: crossing.map(|(_, stop)| stop),
        left: left[..=kept].to_vec(),
    })
}

/// How many names are left after each round, were there no stop.
fn all_rounds(rules: &Narrow, names: usize) -> Vec<usize> {
    let mut left = vec![names];
    let mut now = names;
    while now > rules.least.value {
        now = now.saturating_sub(rules.drop.of(now)).max(rules.least.value);
        left.push(now);
    }
    left
}

/// No stop was crossed before the least number of names was left.
fn endless(rules: &Narrow, (broad, left): (usize, usize), when: &str) -> ReviewError {
    let stops: Vec<String> = rules.stops.iter().map(|stop| format!("`{}`", stop.id)).collect();
    let message = format!(
        "{when}: narrowing (line {}) came from {broad} names down to {left} and crossed none of its stops: {}",
        rules.line,
        stops.join(", ")
    );
    let help = "tighten a stop, lower `least`, or say that those left are the members: unfinished = \"keep\"";
    ReviewError::unsatisfiable(Diagnostic::error("R0311", message).help(help))
}

/// The names of the broad index, best first.
struct Names<'a> {
    order: &'a [u32],
    raw: Vec<f64>,
    parent_weight: &'a [f64],
    heads: Heads,
}

impl<'a> Names<'a> {
    fn new(scored: &'a Scored, order: &'a [u32]) -> Self {
        let raw: Vec<f64> = order.iter().map(|at| scored.raw_weight[*at as usize]).collect();
        let parent: Vec<f64> = order.iter().map(|at| scored.parent_weight[*at as usize]).collect();
        Self {
            order,
            heads: Heads::new(&raw, &parent),
            raw,
            parent_weight: &scored.parent_weight,
        }
    }

    /// What a stop sees after each round.
    fn seen(&self, stop: &Stop, input: &StopInput, left: &[usize], when: &str) -> Result<Vec<Seen>, ReviewError> {
        let values: Vec<f64> = match (&stop.on, input) {
            (_, StopInput::Groups(codes)) => return Ok(self.groups(stop, codes, left)),
            (_, StopInput::Exposure(above)) => {
                let own: Vec<f64> = self.order.iter().map(|at| above[*at as usize]).collect();
                let means = self.heads.means(&self.raw, &own);
                left.iter().map(|k| means[k - 1]).collect()
            }
            (StopOn::Capacity, _) => left.iter().map(|k| self.heads.capacity(*k)).collect(),
            _ => left.iter().map(|k| self.heads.effective_names(*k)).collect(),
        };
        let bound = match stop.level {
            Level::TimesBroad(times) if values[0] > TOLERANCE && values[0].is_finite() => times.value() * values[0],
            Level::TimesBroad(_) => return Err(nothing_to_multiply(stop, values[0], when)),
            Level::Number(number) => number as f64,
            // Weights are of groups alone.
            Level::Weight(share) | Level::TimesParent(share) => share.value(),
        };
        let seen = |value: f64| Seen {
            value,
            bound,
            group: None,
            is_maximum: stop.is_maximum,
        };
        Ok(values.into_iter().map(seen).collect())
    }

    /// The group nearest to its bound, or farthest beyond it, after each round; of equals the first by code.
    fn groups(&self, stop: &Stop, codes: &[u32], left: &[usize]) -> Vec<Seen> {
        let code_of = |at: &u32| codes[*at as usize];
        let mut bounds: BTreeMap<u32, f64> = self.order.iter().map(|at| (code_of(at), 0.0)).collect();
        if let Level::TimesParent(_) = stop.level {
            for (code, weight) in codes.iter().zip(self.parent_weight) {
                bounds.entry(*code).and_modify(|bound| *bound += weight);
            }
        }
        for bound in bounds.values_mut() {
            *bound = match stop.level {
                Level::TimesParent(times) => times.value() * *bound,
                Level::Weight(weight) => weight.value(),
                _ => 0.0,
            };
        }
        let mut held: BTreeMap<u32, f64> = bounds.keys().map(|code| (*code, 0.0)).collect();
        let mut seen = Vec::with_capacity(left.len());
        let mut names = 0;
        // Sums grow from the best down, so the last round comes first.
        for k in left.iter().rev() {
            for (at, raw) in self.order.iter().zip(&self.raw).take(*k).skip(names) {
                held.entry(code_of(at)).and_modify(|held| *held += raw);
            }
            names = *k;
            let of = |(code, raw): (&u32, &f64)| Seen {
                value: raw / self.heads.total(*k),
                bound: bounds[code],
                group: Some(*code),
                is_maximum: stop.is_maximum,
            };
            let worst = held
                .iter()
                .map(of)
                .reduce(|worst, next| if next.beyond() > worst.beyond() { next } else { worst });
            seen.extend(worst);
        }
        seen.reverse();
        seen
    }
}

/// A multiple of what is zero or less bounds nothing.
fn nothing_to_multiply(stop: &Stop, broad: f64, when: &str) -> ReviewError {
    let what = match &stop.on {
        StopOn::Exposure(of) => format!("exposure to `{}`", of.name()),
        _ => "capacity ratio".to_owned(),
    };
    let broad = if broad.abs() <= TOLERANCE {
        "zero".to_owned()
    } else {
        format!("{broad:.4}")
    };
    let message = format!(
        "{when}: the stop `{}` (line {}) is a multiple of the broad index's {what}, which is {broad}",
        stop.id, stop.line
    );
    let help = "tilt the weights towards what the index is narrowed for, or take the stop out";
    ReviewError::unsatisfiable(Diagnostic::error("R0312", message).help(help))
}

#[cfg(test)]
mod tests {
    use divisor_methodology::{Source, compile};

    use super::*;

    /// The names left after each round of a rulebook that says so much of rounds.
    fn left(rules: &str, names: usize) -> Vec<usize> {
        let text = format!(
            "index = {{ id = \"a\", name = \"A\", parent = \"world\", edition = \"1\", \
             base = {{ date = 2020-05-01, level = 1000 }} }}\n\
             [review]\ncalendar = \"XNYS\"\nmonths = [\"May\"]\neffective = {{ session = \"last\" }}\n\
             cutoff = {{ session = \"last\", months = -1 }}\nannouncement = {{ sessions = -9 }}\n\
             [weight.parent]\n[select.narrow]\nby = \"market_cap\"\n{rules}\n\
             stop = [{{ id = \"effective-names\", on = \"effective-names\", min = 2 }}]\n"
        );
        let (methodology, found) = compile(&Source::new("a.toml", text), None);
        let Some(Select::Narrow(rules)) = methodology.map(|methodology| methodology.select) else {
            panic!("{found:?}");
        };
        all_rounds(&rules, names)
    }

    #[test]
    fn rounds_come_down_to_the_least_number_and_no_further() {
        assert_eq!(left("", 4), [4, 3, 2, 1]);
        assert_eq!(left("drop = 3\nleast = 2", 9), [9, 6, 3, 2]);
        // A tenth rounded up: 2 of 11, 1 of 9, 1 of 8.
        assert_eq!(left("drop = \"10%\"\nleast = 7", 11), [11, 9, 8, 7]);
        assert_eq!(left("least = 7", 5), [5]);
        assert_eq!(left("", 0), [0]);
    }
}
