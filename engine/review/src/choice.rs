//! Who becomes a member: the one step that waits for the review before.

use std::collections::BTreeSet;

use divisor_calendar::ReviewKind;
use divisor_methodology::Methodology;
use divisor_model::{Day, Diagnostic, SecurityIndex, Snapshot};
use divisor_numeric::limits::TOLERANCE;

use crate::bind::{BoundReview, Pipeline};
use crate::error::ReviewError;
use crate::fold::{weights_of, when};
use crate::limit::Ground;
use crate::scored::Scored;
use crate::select::{Decision, Fate, Selection};
use crate::tranches::{Rosters, Turn};

/// Whom a review finds as members, before it chooses: those selected before, with weight or without.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Found {
    /// Ascending.
    members: Vec<SecurityIndex>,
    /// By tranche.
    rosters: Rosters,
}

impl Found {
    /// These members, in each of so many tranches.
    pub(crate) fn alike(members: Vec<SecurityIndex>, tranches: usize) -> Self {
        Self {
            rosters: Rosters::alike(&members, tranches),
            members,
        }
    }

    /// All of them, ascending.
    pub(crate) fn members(&self) -> &[SecurityIndex] {
        &self.members
    }

    /// The same with other numbers for securities, without those that have none.
    pub(crate) fn renumbered(&self, number: impl Fn(SecurityIndex) -> Option<SecurityIndex>) -> Self {
        let own = |names: &[SecurityIndex]| names.iter().filter_map(|security| number(*security)).collect();
        Self {
            members: own(&self.members),
            rosters: Rosters::of(self.rosters.tranches().map(own).collect()),
        }
    }
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

    /// As a review found them.
    pub(crate) fn begun(securities: usize, found: &Found) -> Self {
        let mut membership = Self::new(securities, &found.members);
        membership.rosters = found.rosters.clone();
        membership
    }

    fn found(&self) -> Found {
        Found {
            members: positions(self.is_member.len(), |at| self.is_member[at]),
            rosters: self.rosters.clone(),
        }
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
    /// Who they were.
    found: Found,
}

impl Chosen {
    /// The scored parent with members judged by their own rules, the selection, who is selected by position, and how many of
    /// them were members before, of how many.
    pub(crate) fn settled(self, scored: Scored) -> (Scored, Selection, Vec<u32>, (usize, usize)) {
        let scored = self.settled.unwrap_or(scored);
        let mut selection = Selection::new(&scored, self.decision);
        selection.light = self.light;
        selection.found = self.found;
        let members = positions(scored.security.len(), |at| selection.is_in(at));
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
    let when = when(pipeline, review);
    let decision = if review.dates.kind == ReviewKind::Reweight {
        Decision::staying(scored, &is_member)
    } else {
        Decision::new(&pipeline.methodology, scored, &is_member, &when)?
    };
    let mut members = decision.members(&scored.ranking);
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
    let found = now.found();
    let chosen = members.iter().map(|at| scored.security[*at as usize]);
    if turn == (Turn::All { count: 1 }) {
        now.replace(chosen);
    } else {
        let chosen: Vec<SecurityIndex> = chosen.collect();
        let all = now.rosters.reset(turn, &chosen, |security| scored.may_stay(security));
        let positions = all
            .iter()
            .filter_map(|security| Some(scored.position(*security)? as u32));
        members = positions.collect();
        now.replace(all.into_iter());
    }
    Ok(Chosen {
        kept: members.iter().filter(|at| is_member[**at as usize]).count(),
        held,
        found,
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

/// Positions below `names` that pass the test, ascending. Written without a branch: who is in is hard to predict.
fn positions(names: usize, test: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut found = vec![0; names];
    let mut count = 0;
    for at in 0..names {
        found[count] = at as u32;
        count += usize::from(test(at));
    }
    found.truncate(count);
    found
}
