//! The stateful half of a review: buffers, weights, limits, drift and turnover, in date order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use divisor_calendar::{ReviewDates, ReviewKind};
use divisor_methodology::{Limit, Methodology, Missing};
use divisor_model::{Day, Diagnostic, SecurityIndex, Snapshot, day_of};
use divisor_numeric::limits::TOLERANCE;
use divisor_numeric::sum;

use crate::bind::{BoundReview, Pipeline};
use crate::blend::{Blended, blend};
use crate::drift::{DriftSource, Drifted, Holding, Holdings, drift};
use crate::error::ReviewError;
use crate::limit::{Ground, LimitColumn, Limited, hold};
use crate::neutral;
use crate::optimised::Optimisation;
use crate::quality::FindingCount;
use crate::scored::Scored;
use crate::select::{Decision, Fate, Selection};
use crate::shared::Shared;
use crate::tranches::{Parts, Rosters, Tranched, Turn, ratio};
use crate::turnover::{Turnover, turnover};

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
    /// What it trades.
    pub turnover: Turnover,
    /// Figures of the whole.
    pub totals: Totals,
    /// What an analyst should know, findings of the quality checks included.
    pub warnings: Vec<Diagnostic>,
    /// What the quality checks found in what it read.
    pub findings: Vec<FindingCount>,
}

/// Figures of one review.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Members.
    pub names: usize,
    /// Members that were none before; all of them at the first review.
    pub additions: usize,
    /// Members before that are none now.
    pub deletions: usize,
    /// Largest weight.
    pub largest_weight: f64,
    /// 1 ÷ Σ weight².
    pub effective_names: f64,
    /// Latest day of the parent's prices.
    pub valuation_day: Day,
    /// How many old weights were drifted by what.
    pub drift_sources: BTreeMap<DriftSource, usize>,
    /// Names out of the parent by the rule that put them out.
    pub screened: BTreeMap<String, usize>,
    /// Scores in which a variable was missing, by score and variable: how many names, and what happened to them.
    pub missing: Vec<MissingCount>,
}

/// How often a missing policy decided.
#[derive(Debug, Clone)]
pub struct MissingCount {
    /// The score.
    pub score: String,
    /// The variable.
    pub variable: String,
    /// What happened.
    pub policy: &'static str,
    /// Names it happened to.
    pub names: usize,
    /// Names the score was computed over.
    pub of: usize,
}

/// Who is a member now, as the reviews are walked in date order.
#[derive(Debug)]
pub(crate) struct Membership {
    /// By security.
    is_member: Vec<bool>,
    members: Vec<SecurityIndex>,
    rosters: Rosters,
}

impl Membership {
    /// Only `held` are members yet.
    pub(crate) fn new(securities: usize, held: &[SecurityIndex]) -> Self {
        let mut membership = Self {
            is_member: vec![false; securities],
            members: Vec::new(),
            rosters: Rosters::default(),
        };
        membership.replace(held.iter().copied());
        membership
    }

    /// Whether a security is a member.
    pub(crate) fn has(&self, security: SecurityIndex) -> bool {
        self.is_member[security as usize]
    }

    fn replace(&mut self, members: impl Iterator<Item = SecurityIndex>) {
        for security in self.members.drain(..) {
            self.is_member[security as usize] = false;
        }
        self.members.extend(members);
        for security in &self.members {
            self.is_member[*security as usize] = true;
        }
    }
}

/// Members of one review, those of tranches that wait included, not yet weighed.
#[derive(Debug)]
pub(crate) struct Chosen {
    decision: Decision,
    /// Positions in the parent, in no particular order.
    members: Vec<u32>,
    /// Selected names dropped for their weight, ascending, with what they weighed.
    light: Vec<(u32, f64)>,
    /// The scored parent with members judged by rules of their own, where there are any.
    settled: Option<Scored>,
    /// How many of them were members before.
    kept: usize,
    /// Members before this review.
    held: usize,
}

impl Chosen {
    /// The scored parent with members judged by their own rules, the selection, who is selected by position, and how many of
    /// them were members before, of how many.
    pub(crate) fn settled(self, scored: Scored) -> (Scored, Selection, Vec<u32>, (usize, usize)) {
        let scored = self.settled.unwrap_or(scored);
        let mut selection = Selection::new(&scored, self.decision);
        selection.light = self.light;
        let names = 0..scored.security.len() as u32;
        let members = names.filter(|at| selection.is_in(*at as usize)).collect();
        (scored, selection, members, (self.kept, self.held))
    }

    /// The day a security is valued at, if it is a member. `scored` is what the members were chosen from.
    pub(crate) fn valuation_day(&self, scored: &Scored, security: SecurityIndex) -> Option<Day> {
        let at = scored.position(security)?;
        self.members.contains(&(at as u32)).then(|| scored.valuation_day[at])
    }

    /// The days its members are valued at, each once.
    pub(crate) fn valuation_days(&self, scored: &Scored) -> BTreeSet<Day> {
        let days = self.members.iter().map(|at| scored.valuation_day[*at as usize]);
        days.collect()
    }
}

/// Selects members: the one step that has to wait for the review before.
pub(crate) fn choose(
    pipeline: &Pipeline,
    (review, turn): (&BoundReview, Turn),
    snapshot: Snapshot<'_>,
    scored: &Scored,
    now: &mut Membership,
) -> Result<Chosen, ReviewError> {
    let is_member: Vec<bool> = scored
        .security
        .iter()
        .map(|security| now.is_member[*security as usize])
        .collect();
    let settled = scored.settled(&is_member);
    let scored = settled.as_ref().unwrap_or(scored);
    let decision = if review.dates.kind == ReviewKind::Reweight {
        Decision::staying(scored, &is_member)
    } else {
        Decision::new(&pipeline.methodology, scored, &is_member)
    };
    let mut members = decision.members(&scored.ranking);
    let when = when(pipeline, review);
    if members.is_empty() {
        let selection = Selection::new(scored, decision);
        return Err(nobody(pipeline, scored, &selection, &when));
    }
    let mut light = Vec::new();
    if review.dates.kind == ReviewKind::Reconstitution {
        let when = when.as_str();
        let ground = Ground { scored, snapshot, when };
        light = drop_light(&pipeline.methodology, ground, &mut members)?;
    }
    let held = now.members.len();
    let chosen: Vec<SecurityIndex> = members.iter().map(|at| scored.security[*at as usize]).collect();
    let all = now.rosters.reset(turn, &chosen, |security| scored.may_stay(security));
    let members: Vec<u32> = all
        .iter()
        .filter_map(|security| Some(scored.position(*security)? as u32))
        .collect();
    now.replace(all.into_iter());
    Ok(Chosen {
        kept: members.iter().filter(|at| is_member[**at as usize]).count(),
        held,
        decision,
        members,
        light,
        settled,
    })
}

/// Takes out of the members whoever weighs too little after limits, all at once, until nobody does. Answers them, ascending,
/// with what they weighed when they went.
fn drop_light(
    methodology: &Methodology,
    ground: Ground<'_>,
    members: &mut Vec<u32>,
) -> Result<Vec<(u32, f64)>, ReviewError> {
    let mut light = Vec::new();
    let Some(rule) = &methodology.weight.drop else {
        return Ok(light);
    };
    members.sort_unstable();
    loop {
        let (_, _, limited) = weights_of(methodology, ground, members)?;
        let weights: Vec<(u32, f64)> = members.iter().copied().zip(limited.weights).collect();
        let is_light = |(_, weight): &(u32, f64)| *weight < rule.below.value() - TOLERANCE;
        let before = light.len();
        light.extend(weights.iter().copied().filter(is_light));
        if light.len() == before {
            light.sort_unstable_by_key(|(at, _)| *at);
            return Ok(light);
        }
        *members = weights
            .iter()
            .filter(|weight| !is_light(weight))
            .map(|(at, _)| *at)
            .collect();
        if members.is_empty() {
            let message = format!(
                "{}: all members would weigh less than {}%, and [weight.drop] (line {}) drops them",
                ground.when,
                rule.below.value() * 100.0,
                rule.line
            );
            let help = "lower `below`, or select fewer names";
            return Err(ReviewError::unsatisfiable(
                Diagnostic::error("R0307", message).help(help),
            ));
        }
    }
}

/// Weights of members before limits, the groups they were reset to, and weights after limits. Members ascend.
fn weights_of(
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
    optimised: Option<Optimisation>,
    /// The members as this review leaves them: what the next one begins with.
    pub(crate) holdings: Arc<Holdings>,
}

impl Weighed {
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
        optimised,
        turnover,
    };
    let counts = counts.unwrap_or_else(|| kept_and_held(&finished));
    finished.totals = totals(pipeline, &finished, drifted.as_deref(), counts);
    finished.warnings = warnings(pipeline, &finished);
    finished
}

/// How many members were such before, and how many were there before.
fn kept_and_held(review: &Review) -> (usize, usize) {
    let Some(previous) = &review.previous else {
        return (0, 0);
    };
    let securities = review.members.iter().map(|at| review.scored.security[*at as usize]);
    (
        securities.filter(|security| previous.has(*security)).count(),
        previous.members.len(),
    )
}

/// Nobody is left: which rules left nobody.
fn nobody(pipeline: &Pipeline, scored: &Scored, selection: &Selection, when: &str) -> ReviewError {
    let methodology = &pipeline.methodology;
    let mut reasons = Vec::new();
    for (at, screen) in methodology.screens.iter().enumerate() {
        let out = scored
            .first_failed
            .iter()
            .filter(|failed| **failed == Some(at as u16))
            .count();
        let undecided = scored.first_failed.iter().zip(&scored.screens[at].undecided);
        let blind = undecided.filter(|(failed, undecided)| **failed == Some(at as u16) && **undecided);
        let blind = match blind.count() {
            0 => String::new(),
            count => format!(" ({count} because an input is missing)"),
        };
        if out > 0 {
            reasons.push(format!("`{}` (line {}) puts out {out}{blind}", screen.id, screen.line));
        }
    }
    for (fate, words) in [
        (Fate::Unranked, "have nothing to be ranked by"),
        (Fate::Unweightable, "cannot be weighted"),
    ] {
        let out = selection.fate.iter().filter(|found| **found == fate).count();
        if out > 0 {
            reasons.push(format!("{out} {words}"));
        }
    }
    let message = format!(
        "{when}: no name is left of {}: {}",
        scored.security.len(),
        reasons.join(", ")
    );
    ReviewError::unsatisfiable(Diagnostic::error("R0201", message).help("loosen a screen, or the missing policies"))
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
    fn unweighted(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let count = |rule: &str| {
            let names = 0..self.scored.security.len();
            names.filter(|at| self.unweighted_by(*at) == Some(rule)).count()
        };
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

fn totals(pipeline: &Pipeline, review: &Review, drifted: Option<&[Drifted]>, (kept, held): (usize, usize)) -> Totals {
    let scored = &review.scored;
    let squares: Vec<f64> = review.weights.iter().map(|weight| weight * weight).collect();
    let mut totals = Totals {
        names: review.members.len(),
        additions: review.members.len() - kept,
        deletions: held - kept,
        largest_weight: review.weights.iter().copied().fold(0.0, f64::max),
        effective_names: 1.0 / sum(&squares),
        valuation_day: scored.valuation_day.iter().copied().max().unwrap_or_default(),
        ..Totals::default()
    };
    for held in drifted.unwrap_or_default() {
        *totals.drift_sources.entry(held.source).or_default() += 1;
    }
    let mut out = |rule: &str, count: usize| {
        if count > 0 {
            totals.screened.insert(rule.to_owned(), count);
        }
    };
    let judges = review.dates.kind == ReviewKind::Reconstitution;
    let screens = pipeline.methodology.screens.iter().enumerate();
    for (screen, rule) in screens.filter(|_| judges) {
        out(
            &rule.id,
            scored
                .first_failed
                .iter()
                .filter(|failed| **failed == Some(screen as u16))
                .count(),
        );
    }
    out("decisions", scored.discretion.excluded().count());
    let ended = |fate| review.selection.fate.iter().filter(|found| **found == fate).count();
    out("select", ended(Fate::Unranked));
    out("weight", ended(Fate::Unweightable) + review.selection.light.len());
    for (rule, count) in review.unweighted() {
        *totals.screened.entry(rule.to_owned()).or_default() += count;
    }
    for (score, column) in pipeline.methodology.scores.iter().zip(&scored.scores) {
        for (part, values) in score.parts.iter().zip(&column.parts) {
            totals.missing.push(MissingCount {
                score: score.name.clone(),
                variable: part.id.clone(),
                policy: policy_words(&part.missing.value),
                names: values.missing_names,
                of: column.over.iter().filter(|over| **over).count(),
            });
        }
    }
    totals
}

fn policy_words(policy: &Missing) -> &'static str {
    match policy {
        Missing::ExcludeSecurity => "no score",
        Missing::AverageOthers => "scored on the others",
        Missing::Zero => "counted as z = 0",
        Missing::Worst => "counted as the worst",
        Missing::NeutralRank => "counted as the median",
        Missing::Substitute(_) => "given its substitute",
    }
}

/// From which share of names on a missing variable is worth a warning.
const MISSING_SHARE_WARNED: f64 = 0.1;

/// Groups with fewer names than the least that is wanted of each.
fn short_groups(pipeline: &Pipeline, review: &Review) -> Option<Diagnostic> {
    let divisor_methodology::Select::Top(top) = &pipeline.methodology.select else {
        return None;
    };
    let least = top.least_per_group.as_ref()?.value;
    let groups = &review.scored.ranking.groups;
    let short = groups.iter().filter(|group| group.len() < least).count();
    let message = format!(
        "{short} of {} groups have fewer than the {least} names each that are wanted: all they have were taken",
        groups.len()
    );
    (short > 0 && review.dates.kind == ReviewKind::Reconstitution).then(|| Diagnostic::warning("W0109", message))
}

/// From which share of the parent without predicted risk on there is a warning.
const RISKLESS_SHARE_WARNED: f64 = 0.1;

fn optimised_warnings(optimised: &Optimisation) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let moved: Vec<String> = optimised.relaxations.iter().map(ToString::to_string).collect();
    let tried = optimised.refused.len();
    if optimised.kept_previous {
        let message = format!("no weights hold all rules ({tried} tries): the weights before were kept");
        warnings.push(Diagnostic::warning("W0113", message));
    } else if !moved.is_empty() {
        let message = format!("no weights hold all rules as written: {}", moved.join(", "));
        warnings.push(Diagnostic::warning("W0112", message));
    }
    if let Some(risk) = &optimised.risk
        && risk.parent_share < 1.0 - RISKLESS_SHARE_WARNED
    {
        let message = format!(
            "{} names with {:.1}% of the parent have no predicted risk and got no weight",
            risk.without.len(),
            (1.0 - risk.parent_share) * 100.0
        );
        warnings.push(Diagnostic::warning("W0115", message));
    }
    warnings
}

fn warnings(pipeline: &Pipeline, review: &Review) -> Vec<Diagnostic> {
    let mut warnings: Vec<Diagnostic> = review.scored.discretion.warnings().collect();
    if review.dates.provisional {
        let message = "the review rests on sessions that the exchange has not published yet: its dates may move";
        let help = "put an announced calendar into --config DIR, or name the dates in review.overrides";
        warnings.push(Diagnostic::warning("W0110", message).help(help));
    }
    for count in &review.totals.missing {
        if count.names as f64 > MISSING_SHARE_WARNED * count.of as f64 {
            let message = format!(
                "`{}` is missing for {} of {} names of the score `{}`: {}",
                count.variable, count.names, count.of, count.score, count.policy
            );
            warnings.push(Diagnostic::warning("W0101", message));
        }
    }
    for (score, column) in pipeline.methodology.scores.iter().zip(&review.scored.scores) {
        for (part, values) in score
            .parts
            .iter()
            .zip(&column.parts)
            .filter(|(_, part)| part.unfinished)
        {
            let message = format!(
                "truncating `{}` in the score `{}` had not ended after {} passes",
                part.id,
                score.name,
                values.passes.unwrap_or(0)
            );
            warnings.push(Diagnostic::warning("W0108", message));
        }
    }
    let chosen = review.selection.fate.iter().filter(|fate| fate.is_in()).count();
    if let divisor_methodology::Select::Top(top) = &pipeline.methodology.select
        && let divisor_methodology::TopSize::Count(count) = top.size
        && top.within.is_none()
        && review.dates.kind == ReviewKind::Reconstitution
        && chosen < count
    {
        let message = format!("only {chosen} names could be ranked and weighted, {count} were wanted");
        warnings.push(Diagnostic::warning("W0102", message));
    }
    if let (Some(blended), Some(limit)) = (&review.blended, &pipeline.methodology.turnover)
        && blended.one_way > limit.one_way() + 1e-12
    {
        let message = format!(
            "members that leave trade {:.4}% one-way, above the limit of {:.4}%: nothing else is traded",
            blended.one_way * 100.0,
            limit.one_way() * 100.0
        );
        warnings.push(Diagnostic::warning("W0106", message));
    }
    warnings.extend(review.optimised.iter().flat_map(optimised_warnings));
    warnings.extend(short_groups(pipeline, review));
    let stuck = review.turnover.rows.iter().filter(|row| {
        // A name that left the parent long before the new snapshot has no price there: expected.
        row.drift_source == DriftSource::Unchanged && review.scored.position(row.security).is_some()
    });
    let stuck = stuck.count();
    if stuck > 0 {
        let message =
            format!("{stuck} names of the parent had neither price nor market cap to drift by: weights unchanged");
        warnings.push(Diagnostic::warning("W0103", message));
    }
    if review
        .previous
        .as_ref()
        .is_some_and(|held| held.snapshot == review.scored.snapshot)
    {
        let message = format!(
            "the review before used the snapshot {} too: nothing but newer publications can change",
            review.scored.snapshot
        );
        warnings.push(Diagnostic::warning("W0105", message));
    }
    let catalogue = &pipeline.catalogue;
    let per_share: BTreeSet<&str> = pipeline
        .calls
        .iter()
        .flat_map(|call| call.per_share_fields(catalogue))
        .collect();
    if !per_share.is_empty() && !catalogue.has_actions {
        let fields: Vec<&str> = per_share.iter().copied().collect();
        let totals: Vec<&str> = per_share.iter().filter_map(|field| catalogue.total_of(field)).collect();
        let instead = match totals.as_slice() {
            [] => "totals".to_owned(),
            totals => totals.join(", "),
        };
        let message = format!(
            "the history of {} was not restated for splits: the dataset has no `actions`; use {instead} instead",
            fields.join(", ")
        );
        warnings.push(Diagnostic::warning("W0104", message));
    }
    warnings
}
