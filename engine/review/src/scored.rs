//! The stateless half of a review: everything that depends on one date alone.

use std::collections::BTreeMap;

use divisor_methodology::{Methodology, Over, Quantity};
use divisor_model::{Date, Day, SecurityIndex, Snapshot, day_of};

use divisor_numeric::sum_iter;

use crate::bind::{BoundReview, Pipeline};
use crate::discretion::InForce;
use crate::elementwise::Scope;
use crate::error::ReviewError;
use crate::limit::LimitBasis;
use crate::narrow::{self, StopInput};
use crate::neutral::NeutralBasis;
use crate::optimised::exposures::{known_at, variables_of};
use crate::scores::{group_codes, score};
use crate::screens::judge;
use crate::select::{Ranking, RankingInputs};
use crate::shared::Shared;
use crate::universe::{Universe, age_days};
use crate::weights::raw_weights;

pub use crate::scores::{PartColumn, ScoreColumn};
pub use crate::screens::ScreenColumn;

/// In place of the position of a screen: put out by a decision.
pub(crate) const EXCLUDED: u16 = u16::MAX;

/// Every name of the parent at one review, screened and scored, before anything that depends on earlier reviews.
/// Columns have one entry a name, by ascending security.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Date of the snapshot.
    pub snapshot: Date,
    /// Its age at the cut-off, calendar days.
    pub age_days: i32,
    /// The names.
    pub security: Vec<SecurityIndex>,
    /// Their rows in the snapshot.
    pub rows: Vec<u32>,
    /// Their weights in the parent, summing to 1.
    pub parent_weight: Vec<f64>,
    /// The days of their prices.
    pub valuation_day: Vec<Day>,
    /// Variables in the order of the methodology.
    pub variables: Vec<VariableColumn>,
    /// Screens in the order of the methodology.
    pub screens: Vec<ScreenColumn>,
    /// Scores in the order of the methodology.
    pub scores: Vec<ScoreColumn>,
    /// Position of the first screen each name fails, or that a decision put it out; screens without scores first; once members are known, members by
    /// their own rules.
    pub first_failed: Vec<Option<u16>>,
    /// Decisions about its names.
    pub(crate) discretion: InForce,
    /// The same as `first_failed` were every name a member, where a screen has a rule of its own for them.
    first_failed_as_member: Option<Vec<Option<u16>>>,
    /// Who was judged as a member; empty where no screen makes a difference.
    judged_as_member: Vec<bool>,
    /// What each name would weigh in proportion; NaN or zero where the scheme cannot weight it.
    pub raw_weight: Vec<f64>,
    /// The number selection ranks by; empty where all are taken.
    pub ranked_by: Vec<f64>,
    /// Who is in however many they are; empty where no rule says so.
    pub(crate) every: Vec<bool>,
    /// Candidates in rank order.
    pub(crate) ranking: Ranking,
    /// The groups of each limit over the whole parent.
    pub(crate) limits: Vec<LimitBasis>,
    /// The groups that weigh as in the parent before any limit.
    pub(crate) neutral: NeutralBasis,
    /// What each stop of narrowing looks at.
    pub(crate) stops: Vec<StopInput>,
    /// Codes of the text selection works within; empty where it works on all.
    pub(crate) select_group: Vec<u32>,
    /// Codes of the text whose groups have a quota; empty where there is none.
    pub(crate) quota_group: Vec<u32>,
}

/// One variable over the universe.
#[derive(Debug, Clone)]
pub struct VariableColumn {
    /// Values, NaN where missing.
    pub values: Vec<f64>,
    /// When the latest input became known.
    pub known_on: Vec<Day>,
}

impl Scored {
    /// Runs the stateless stages of one review.
    pub(crate) fn new(
        pipeline: &Pipeline,
        shared: &Shared,
        review: &BoundReview,
        parent_index: Option<&BTreeMap<SecurityIndex, f64>>,
    ) -> Result<Self, ReviewError> {
        let methodology = &pipeline.methodology;
        let universe = Universe::new(pipeline, shared, review, parent_index)?;
        let decided = pipeline
            .discretion
            .get(&review.dates.effective)
            .map_or(&[][..], Vec::as_slice);
        let discretion = InForce::new(decided, shared, &universe.security);
        let mut scope = Scope {
            universe: &universe,
            shared,
            cutoffs: review.dates.cutoffs.map(|date| day_of(*date)),
            variables: BTreeMap::new(),
            scores: BTreeMap::new(),
        };
        for variable in &methodology.variables {
            let mut numbers = scope.evaluate(&variable.formula);
            for (at, value, decided_on) in discretion.values_of(&variable.name) {
                numbers.values[at] = value;
                numbers.known_on[at] = decided_on;
            }
            scope.variables.insert(&variable.name, numbers);
        }
        let (screens, scores) = screen_and_score(pipeline, &mut scope, &discretion)?;
        let (ranked_by, ties) = ranking(pipeline, &scope);
        let raw_weight = raw_weights(methodology, &scope)?;
        let passes = |screen: &ScreenColumn, at: usize| screen.passes[at];
        let own = |screen: &ScreenColumn, at: usize| screen.for_members.as_deref().unwrap_or(screen).passes[at];
        let either = |screen: &ScreenColumn, at: usize| screen.passes[at] || own(screen, at);
        let names = universe.len();
        let first_failed_by = |passes: &dyn Fn(&ScreenColumn, usize) -> bool| {
            let mut failed = first_failed_by(pipeline, &screens, names, passes);
            discretion.excluded().for_each(|at| failed[at] = Some(EXCLUDED));
            failed
        };
        let first_failed = first_failed_by(&passes);
        let has_own = screens.iter().any(|screen| screen.for_members.is_some());
        let as_member = has_own.then(|| first_failed_by(&own));
        let as_either = has_own.then(|| first_failed_by(&either));
        let select_group = select_group(pipeline, &universe);
        let every = every(pipeline, &scope);
        let stops = narrow::inputs(methodology, &scope);
        let inputs = RankingInputs {
            first_failed: as_either.as_ref().unwrap_or(&first_failed),
            raw_weight: &raw_weight,
            ranked_by: &ranked_by,
            contribution: &narrow::contributions(methodology, &raw_weight, &ranked_by),
            ties: &ties,
            every: &every,
            group: &select_group,
        };
        let ranking = Ranking::new(methodology, &inputs);
        let variables = methodology.variables.iter().filter_map(|variable| {
            let numbers = scope.variables.remove(variable.name.as_str())?;
            Some(VariableColumn {
                values: numbers.values,
                known_on: numbers.known_on,
            })
        });
        Ok(Self {
            variables: variables.collect(),
            discretion,
            first_failed,
            first_failed_as_member: as_member,
            judged_as_member: Vec::new(),
            screens,
            scores,
            raw_weight,
            ranked_by,
            every,
            ranking,
            limits: LimitBasis::all(methodology, &universe),
            neutral: NeutralBasis::new(methodology, &universe),
            quota_group: quota_group(pipeline, &universe),
            select_group,
            stops,
            snapshot: universe.snapshot.date(),
            age_days: age_days(universe.snapshot.date(), review.dates.snapshot_cutoff()),
            valuation_day: universe.valuation_days(),
            security: universe.security,
            rows: universe.rows,
            parent_weight: universe.parent_weight,
        })
    }

    /// With members judged by their own rules, now that it is known who is one; `None` where there are no such rules.
    pub(crate) fn settled(&self, is_member: &[bool]) -> Option<Self> {
        let as_member = self.first_failed_as_member.as_ref()?;
        let mut settled = self.clone();
        for at in (0..is_member.len()).filter(|at| is_member[*at]) {
            settled.first_failed[at] = as_member[at];
        }
        for screen in &mut settled.screens {
            screen.settle(is_member);
        }
        settled.ranking.screen_out(&settled.first_failed);
        settled.judged_as_member = is_member.to_vec();
        Some(settled)
    }

    /// Whether a name was judged by the rules for members, where there are any.
    pub(crate) fn judged_as_member(&self, at: usize) -> bool {
        self.judged_as_member.get(at).copied().unwrap_or(false)
    }

    /// What put a name out before selection: a screen's id, or `decisions`.
    pub fn first_failing<'m>(&self, methodology: &'m Methodology, at: usize) -> Option<&'m str> {
        match self.first_failed[at]? {
            EXCLUDED => Some("decisions"),
            screen => methodology
                .screens
                .get(usize::from(screen))
                .map(|rule| rule.id.as_str()),
        }
    }

    /// Whether a name passes all screens.
    pub fn is_eligible(&self, at: usize) -> bool {
        self.first_failed[at].is_none()
    }

    /// The parent weight of all names in the group that `order` was selected in; of all names where there are no groups.
    pub(crate) fn parent_weight_of_groups(&self, order: &[u32]) -> f64 {
        let Some(group) = order.first().and_then(|at| self.select_group.get(*at as usize)) else {
            return 1.0;
        };
        let own = self
            .select_group
            .iter()
            .zip(&self.parent_weight)
            .filter(|(code, _)| *code == group);
        sum_iter(own.map(|(_, weight)| *weight))
    }

    /// A number the rules name, over the parent; NaN where a name has none.
    pub(crate) fn quantity(&self, methodology: &Methodology, snapshot: Snapshot<'_>, of: &Quantity) -> Vec<f64> {
        let names = self.security.len();
        let found = match of {
            Quantity::Variable(name) => {
                let at = methodology.variables.iter().position(|variable| variable.name == *name);
                at.map(|at| self.variables[at].values.clone())
            }
            Quantity::Score(name) => {
                let at = methodology.scores.iter().position(|score| score.name == *name);
                at.map(|at| self.scores[at].values.clone())
            }
            Quantity::Column(name) => {
                let values = snapshot.number(name);
                values.map(|values| self.rows.iter().map(|row| values[*row as usize]).collect())
            }
            Quantity::ParentWeight => Some(self.parent_weight.clone()),
            Quantity::SecurityId => None,
        };
        found.unwrap_or_else(|| vec![f64::NAN; names])
    }

    /// The position of a security.
    pub fn position(&self, security: SecurityIndex) -> Option<usize> {
        self.security.binary_search(&security).ok()
    }

    /// Whether a tranche that waits may keep a security: it is in the parent, and no decision excludes it.
    pub(crate) fn may_stay(&self, security: SecurityIndex) -> bool {
        self.position(security).is_some_and(|at| !self.discretion.excludes(at))
    }
}

/// Numbers the rules name, over names as known at the date of a snapshot, without decisions about single names.
pub(crate) fn quantities_at(
    pipeline: &Pipeline,
    shared: &Shared,
    universe: &Universe<'_>,
    of: &[Quantity],
) -> Result<Vec<Vec<f64>>, ReviewError> {
    let methodology = &pipeline.methodology;
    let mut scope = Scope {
        universe,
        shared,
        cutoffs: known_at(universe.snapshot.date()),
        variables: BTreeMap::new(),
        scores: BTreeMap::new(),
    };
    let needed = variables_of(methodology, of);
    for variable in &methodology.variables {
        if needed
            .as_ref()
            .is_none_or(|names| names.contains(variable.name.as_str()))
        {
            let numbers = scope.evaluate(&variable.formula);
            scope.variables.insert(&variable.name, numbers);
        }
    }
    if needed.is_none() {
        screen_and_score(pipeline, &mut scope, &InForce::new(&[], shared, &universe.security))?;
    }
    Ok(of.iter().map(|of| scope.values(of.name()).into_owned()).collect())
}

/// Screens and scores in the order they need each other: screens without scores, scores each after those it needs, and
/// screens as soon as their scores are there.
fn screen_and_score<'a>(
    pipeline: &'a Pipeline,
    scope: &mut Scope<'a>,
    discretion: &InForce,
) -> Result<(Vec<ScreenColumn>, Vec<ScoreColumn>), ReviewError> {
    let methodology = &pipeline.methodology;
    let names = scope.universe.len();
    let mut screens: Vec<Option<ScreenColumn>> = vec![None; methodology.screens.len()];
    let judge_ready = |screens: &mut Vec<Option<ScreenColumn>>, scope: &Scope<'_>| {
        for (at, rule) in methodology.screens.iter().enumerate() {
            let ready = rule.scores.iter().all(|name| scope.scores.contains_key(name.as_str()));
            if ready && screens[at].is_none() {
                let before = &screens[..at];
                let passing = |name: usize| before.iter().flatten().all(|screen| screen.passes_either(name));
                screens[at] = Some(judge(rule, scope, &passing));
            }
        }
    };
    judge_ready(&mut screens, scope);
    let mut scores = Vec::new();
    for rule in &methodology.scores {
        let waits_for = |at: usize| match &rule.over.value {
            Over::Eligible => methodology.screens[at].scores.is_empty(),
            Over::Parent => false,
            Over::After(id) => methodology
                .screens
                .iter()
                .position(|screen| screen.id == *id)
                .is_some_and(|last| at <= last),
        };
        let passes = |name: usize| {
            let judged = screens.iter().enumerate().filter(|(at, _)| waits_for(*at));
            judged
                .into_iter()
                .all(|(_, screen)| screen.as_ref().is_some_and(|screen| screen.passes_either(name)))
        };
        let is_over = |name: usize| passes(name) && (rule.over.value == Over::Parent || !discretion.excludes(name));
        let over: Vec<bool> = (0..names).map(is_over).collect();
        let column = score(rule, over, scope)?;
        scope.scores.insert(&rule.name, column.values.clone());
        scores.push(column);
        judge_ready(&mut screens, scope);
    }
    Ok((screens.into_iter().flatten().collect(), scores))
}

/// The first screen each name fails: those without scores are judged first.
fn first_failed_by(
    pipeline: &Pipeline,
    screens: &[ScreenColumn],
    names: usize,
    passes: &dyn Fn(&ScreenColumn, usize) -> bool,
) -> Vec<Option<u16>> {
    if screens.is_empty() {
        return vec![None; names];
    }
    let mut order: Vec<usize> = (0..screens.len()).collect();
    order.sort_by_key(|at| !pipeline.methodology.screens[*at].scores.is_empty());
    let failed = |name: usize| {
        let first = order.iter().find(|at| !passes(&screens[**at], name));
        first.map(|at| *at as u16)
    };
    (0..names).map(failed).collect()
}

fn select_group(pipeline: &Pipeline, universe: &Universe<'_>) -> Vec<u32> {
    let divisor_methodology::Select::Top(top) = &pipeline.methodology.select else {
        return Vec::new();
    };
    top.within
        .as_ref()
        .and_then(|within| group_codes(universe, &within.value))
        .unwrap_or_default()
}

fn quota_group(pipeline: &Pipeline, universe: &Universe<'_>) -> Vec<u32> {
    let divisor_methodology::Select::Top(top) = &pipeline.methodology.select else {
        return Vec::new();
    };
    let quota = top.quota.as_ref();
    quota.and_then(|quota| universe.codes(&quota.of)).unwrap_or_default()
}

fn ranking(pipeline: &Pipeline, scope: &Scope<'_>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let select = &pipeline.methodology.select;
    let ties = select.ties().iter().map(|tie| match &tie.by {
        // Positions ascend with the id.
        Quantity::SecurityId => (0..scope.universe.len()).map(|at| at as f64).collect(),
        by => scope.values(by.name()).into_owned(),
    });
    let by = select.by().map(|by| scope.values(by.name()).into_owned());
    (by.unwrap_or_default(), ties.collect())
}

/// Who is in however many they are.
fn every(pipeline: &Pipeline, scope: &Scope<'_>) -> Vec<bool> {
    let divisor_methodology::Select::Top(top) = &pipeline.methodology.select else {
        return Vec::new();
    };
    let above = |value: &f64| *value > 0.0;
    let column = top.every.as_ref().map(|every| scope.values(every.value.name()));
    column.map_or_else(Vec::new, |values| values.iter().map(above).collect())
}
