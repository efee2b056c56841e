//! The stateful half of a review once its members are chosen: weights, limits, drift and turnover.

use std::sync::Arc;

use divisor_calendar::ReviewDates;
use divisor_methodology::{Limit, Methodology};
use divisor_model::{Diagnostic, SecurityIndex, Snapshot, day_of};

use crate::bind::{BoundReview, Pipeline};
use crate::blend::{Blended, blend};
use crate::choice::Chosen;
use crate::drift::{Holding, Holdings, drift};
use crate::error::ReviewError;
use crate::forecast::Forecast;
use crate::limit::{Ground, LimitColumn, Limited, hold};
use crate::neutral;
use crate::optimised::Optimisation;
use crate::quality::FindingCount;
use crate::scored::Scored;
use crate::select::Selection;
use crate::shared::Shared;
use crate::totals::{Totals, kept_and_held, totals};
use crate::tranches::{Parts, Tranched, Turn, ratio};
use crate::turnover::{Turnover, turnover};
use crate::warnings::warnings;

/// A finished review. Columns over the parent have one entry a name, by ascending security; columns over the members
/// follow `members`.
#[derive(Debug)]
pub struct Review {
    /// Its dates.
    pub dates: ReviewDates,
    /// The parent, screened and scored.
    pub scored: Scored,
    /// What selection made of it.
    pub selection: Selection,
    /// Positions of the members in the parent, ascending.
    pub members: Vec<u32>,
    /// Their weights before limits, summing to 1.
    pub uncapped: Vec<f64>,
    /// Their weights, summing to 1.
    pub weights: Vec<f64>,
    /// What each limit did, in the order of the methodology.
    pub limits: Vec<LimitColumn>,
    /// The groups uncapped weights were reset to, with what they weighed before.
    pub neutral: Option<LimitColumn>,
    /// How weights were held back for turnover; `None` at the first review and where no rule does.
    pub blended: Option<Blended>,
    /// The tranche that was reset; `None` where all were, or there are none. Limits and groups were held on that tranche:
    /// see [`Review::target`].
    pub tranched: Option<Tranched>,
    /// How weights were optimised; `None` for other weightings.
    pub optimised: Option<Optimisation>,
    /// The members the review before left, if there was one.
    pub previous: Option<Arc<Holdings>>,
    /// What its tranches held before; empty where there are none.
    pub(crate) parts: Parts,
    /// What it trades.
    pub turnover: Turnover,
    /// Figures of the whole.
    pub totals: Totals,
    /// What an analyst should know, findings of the quality checks included.
    pub warnings: Vec<Diagnostic>,
    /// What the quality checks found in what it read.
    pub findings: Vec<FindingCount>,
    /// What came of the volatility that the review before predicted; none where it predicted none.
    pub forecast: Option<Forecast>,
}

/// Weights of members before limits, the groups they were reset to, and weights after limits. Members ascend.
pub(crate) fn weights_of(
    methodology: &Methodology,
    ground: Ground<'_>,
    members: &[u32],
) -> Result<(Vec<f64>, Option<LimitColumn>, Limited), ReviewError> {
    let raw: Vec<f64> = members
        .iter()
        .map(|at| ground.scored.raw_weight[*at as usize])
        .collect();
    let (uncapped, neutral) = neutral::uncapped(methodology, ground, members, &raw)?;
    let limited = hold(methodology, ground, members, &uncapped)?;
    Ok((uncapped, neutral, limited))
}

/// The review in messages.
pub(crate) fn when(pipeline: &Pipeline, review: &BoundReview) -> String {
    format!("{} at {}", pipeline.methodology.index.id, review.dates.effective)
}

/// Members with their weights, and what each limit did.
#[derive(Debug)]
pub(crate) struct Weighed {
    scored: Scored,
    selection: Selection,
    /// Positions in the parent, ascending.
    members: Vec<u32>,
    /// How many of them were members before, and how many were there before; where weights decide who is one, that is
    /// counted once all have theirs.
    counts: Option<(usize, usize)>,
    uncapped: Vec<f64>,
    weights: Vec<f64>,
    limits: Vec<LimitColumn>,
    neutral: Option<LimitColumn>,
    blended: Option<Blended>,
    tranched: Option<Tranched>,
    /// What the tranches held before.
    parts: Parts,
    optimised: Option<Optimisation>,
    /// The members as this review leaves them: what the next one begins with.
    pub(crate) holdings: Arc<Holdings>,
}

impl Weighed {
    /// The volatility it predicts of the index, where weights were optimised by risk.
    pub(crate) fn volatility(&self) -> Option<f64> {
        self.optimised.as_ref()?.volatility
    }

    /// Of optimised weights; `members` ascend.
    pub(crate) fn optimised(
        scored: Scored,
        selection: Selection,
        members: Vec<u32>,
        weights: Vec<f64>,
        limits: Vec<LimitColumn>,
        optimisation: Optimisation,
    ) -> Self {
        Self {
            holdings: Arc::new(holdings(&scored, &members, &weights)),
            scored,
            selection,
            members,
            counts: None,
            uncapped: weights.clone(),
            weights,
            limits,
            neutral: None,
            blended: None,
            tranched: None,
            parts: Parts::default(),
            optimised: Some(optimisation),
        }
    }
}

/// Weighs the members and holds the limits.
pub(crate) fn weigh(
    pipeline: &Pipeline,
    snapshot: Snapshot<'_>,
    review: &BoundReview,
    scored: Scored,
    chosen: Chosen,
) -> Result<Weighed, ReviewError> {
    let (scored, selection, members, counts) = chosen.settled(scored);
    let when = when(pipeline, review);
    let ground = Ground {
        scored: &scored,
        snapshot,
        when: &when,
    };
    let (uncapped, neutral, limited) = weights_of(&pipeline.methodology, ground, &members)?;
    let Limited { weights, limits } = limited;
    Ok(Weighed {
        counts: Some(counts),
        holdings: Arc::new(holdings(&scored, &members, &weights)),
        scored,
        selection,
        members,
        uncapped,
        weights,
        limits,
        neutral,
        blended: None,
        tranched: None,
        parts: Parts::default(),
        optimised: None,
    })
}

/// Blends new weights with drifted old ones where they would trade more than the rulebook allows.
pub(crate) fn hold_turnover(
    pipeline: &Pipeline,
    shared: &Shared,
    snapshot: Snapshot<'_>,
    review: &BoundReview,
    weighed: &mut Weighed,
    previous: &Holdings,
) -> Result<(), ReviewError> {
    let Some(limit) = &pipeline.methodology.turnover else {
        return Ok(());
    };
    let drifted = drift(previous, shared, snapshot, day_of(review.dates.cutoffs.prices));
    let securities: Vec<SecurityIndex> = weighed
        .members
        .iter()
        .map(|at| weighed.scored.security[*at as usize])
        .collect();
    let blended = blend(
        limit,
        &securities,
        &mut weighed.weights,
        &drifted,
        &when(pipeline, review),
    )?;
    weighed.blended = Some(blended);
    weighed.holdings = Arc::new(holdings(&weighed.scored, &weighed.members, &weighed.weights));
    Ok(())
}

/// Makes the index of tranches out of the weights of one: `before` is the review before, `parts` what each tranche holds.
pub(crate) fn stagger(
    pipeline: &Pipeline,
    shared: &Shared,
    snapshot: Snapshot<'_>,
    (review, turn): (&BoundReview, Turn),
    weighed: &mut Weighed,
    before: Option<&Holdings>,
    parts: &mut Parts,
) {
    let target: Vec<(SecurityIndex, f64)> = weighed.holdings.weights().collect();
    if pipeline.methodology.tranches.is_some() {
        weighed.parts = parts.clone();
    }
    let (at, before, rule) = match (turn, before, &pipeline.methodology.tranches) {
        (Turn::One { at }, Some(before), Some(rule)) => (at, before, rule),
        (Turn::All { count }, ..) => return parts.start(count, &target),
        _ => return parts.start(1, &target),
    };
    let drifted = drift(before, shared, snapshot, day_of(review.dates.cutoffs.prices));
    let scored = &weighed.scored;
    let stays = |security| scored.may_stay(security);
    let whole = parts.reset(at, rule.size.value, ratio(before, &drifted), stays, &target);
    let mut members: Vec<u32> = weighed.members.clone();
    members.extend(
        whole
            .carried
            .keys()
            .filter_map(|name| Some(scored.position(*name)? as u32)),
    );
    members.sort_unstable();
    members.dedup();
    let carried = members
        .iter()
        .map(|at| whole.carried.get(&scored.security[*at as usize]));
    let carried: Vec<f64> = carried.map(|part| part.copied().unwrap_or(0.0)).collect();
    let places = members.iter().map(|at| weighed.members.binary_search(at).ok());
    let places: Vec<Option<u32>> = places.map(|place| place.map(|place| place as u32)).collect();
    let of_index = |of_target: &[f64]| -> Vec<f64> {
        let each = places.iter().zip(&carried);
        each.map(|(place, carried)| carried + whole.share * place.map_or(0.0, |place| of_target[place as usize]))
            .collect()
    };
    (weighed.uncapped, weighed.weights) = (of_index(&weighed.uncapped), of_index(&weighed.weights));
    weighed.tranched = Some(Tranched {
        reset: at + 1,
        count: rule.count,
        share: whole.share,
        target: places,
        carried,
    });
    weighed.members = members;
    weighed.holdings = Arc::new(holdings(&weighed.scored, &weighed.members, &weighed.weights));
}

fn holdings(scored: &Scored, members: &[u32], weights: &[f64]) -> Holdings {
    let members = members.iter().zip(weights).map(|(at, weight)| Holding {
        security: scored.security[*at as usize],
        weight: *weight,
        valuation_day: scored.valuation_day[*at as usize],
    });
    Holdings {
        snapshot: scored.snapshot,
        members: members.collect(),
    }
}

/// Drifts what was held before to this review's valuation closes and adds up what is traded.
pub(crate) fn finish(
    pipeline: &Pipeline,
    shared: &Shared,
    snapshot: Snapshot<'_>,
    review: &BoundReview,
    weighed: Weighed,
    previous: Option<Arc<Holdings>>,
) -> Review {
    let Weighed {
        scored,
        selection,
        members,
        counts,
        uncapped,
        weights,
        limits,
        neutral,
        blended,
        tranched,
        parts,
        optimised,
        ..
    } = weighed;
    let cutoff = day_of(review.dates.cutoffs.prices);
    let drifted = previous.as_ref().map(|held| drift(held, shared, snapshot, cutoff));
    let new: Vec<(SecurityIndex, f64)> = members
        .iter()
        .zip(&weights)
        .map(|(at, weight)| (scored.security[*at as usize], *weight))
        .collect();
    let turnover = turnover(drifted.as_deref(), &new);
    let mut finished = Review {
        dates: review.dates.clone(),
        totals: Totals::default(),
        warnings: Vec::new(),
        findings: Vec::new(),
        forecast: None,
        previous,
        scored,
        selection,
        members,
        uncapped,
        weights,
        limits,
        neutral,
        blended,
        tranched,
        parts,
        optimised,
        turnover,
    };
    let counts = counts.unwrap_or_else(|| kept_and_held(&finished));
    finished.totals = totals(pipeline, &finished, drifted.as_deref(), counts);
    finished.warnings = warnings(pipeline, &finished);
    finished
}

impl Review {
    /// The members as this review leaves them.
    pub fn holdings(&self) -> Holdings {
        holdings(&self.scored, &self.members, &self.weights)
    }

    /// The position of a name of the parent among the members.
    pub fn member(&self, at: usize) -> Option<usize> {
        self.members.binary_search(&(at as u32)).ok()
    }

    /// A member's place among those that limits were held on: the same, but where only one tranche was reset, and `None`
    /// for a member that tranche has not.
    pub fn target(&self, member: usize) -> Option<usize> {
        match &self.tranched {
            Some(tranched) => tranched.target[member].map(|place| place as usize),
            None => Some(member),
        }
    }

    /// The rule that leaves a selected name without weight: where weights are optimised, selected names need not have any.
    pub(crate) fn unweighted_by(&self, at: usize) -> Option<&'static str> {
        let optimised = self.optimised.as_ref()?;
        if !self.selection.fate[at].is_in() || self.member(at).is_some() {
            return None;
        }
        Some(if optimised.without_risk(at).is_some() {
            "risk"
        } else {
            "weight"
        })
    }

    /// How many selected names have no weight, by rule.
    pub(crate) fn unweighted(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let names = if self.optimised.is_some() {
            self.scored.security.len()
        } else {
            0
        };
        let count = |rule: &str| (0..names).filter(|at| self.unweighted_by(*at) == Some(rule)).count();
        ["risk", "weight"]
            .map(|rule| (rule, count(rule)))
            .into_iter()
            .filter(|(_, count)| *count > 0)
    }

    /// The limits that bound a member directly, and the id of the last rule that changed its fate or weight.
    pub fn reason<'a>(&self, limits: &'a [Limit], member: usize) -> &'a str {
        let Some(place) = self.target(member) else {
            return "tranches";
        };
        let limited = self
            .blended
            .as_ref()
            .map_or(self.weights[member], |blended| blended.limited[member]);
        let is_moved = |from: f64, to: f64| (to - from).abs() > 1e-15;
        if is_moved(limited, self.weights[member]) {
            return "turnover";
        }
        if !is_moved(self.uncapped[member], limited) && self.optimised.is_none() {
            return "weight";
        }
        let bound = |column: &LimitColumn| column.groups[column.group_of[place] as usize].binding.is_some();
        let any = |column: &LimitColumn| {
            let is_full = column.concentration.is_some_and(|all| all.is_binding);
            is_full || column.power.is_some() || column.groups.iter().any(|group| group.binding.is_some())
        };
        let last = |test: &dyn Fn(&LimitColumn) -> bool| self.limits.iter().rposition(test);
        // In an optimisation a limit on other names says nothing of this one.
        let at = last(&bound).or_else(|| last(&any).filter(|_| self.optimised.is_none()));
        at.map_or("weight", |at| &limits[at].id)
    }
}
