//! The rules of an optimisation by number, and as they stand after some of them were loosened.

use divisor_methodology::{
    Constraint, ConstraintOn, EmptyGroup, Limit, Line, Methodology, RelaxedRule, Setting, TurnoverLimit,
};
use divisor_model::Fraction;
use divisor_optimizer::{Rule, Step, Stretch, steps};

/// Weights sum to one.
pub(super) const TOTAL: Rule = 0;
/// Weights are zero or more.
pub(super) const FLOOR: Rule = 1;
/// `[turnover]`.
pub(super) const TURNOVER: Rule = 2;
/// The minimum holding.
pub(super) const MINIMUM_HOLDING: Rule = 3;
/// The greatest risk of a maximum exposure.
pub(super) const RISK: Rule = 4;
/// Who may have weight at all: screens, selection and the risk model.
pub(super) const SELECTION: Rule = 5;
/// The first limit; constraints follow the limits.
const LIMITS: Rule = 6;

/// What a rule is in the rulebook.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    /// A limit on weights, by position.
    Limit(usize),
    /// A limit on something else, by position.
    Constraint(usize),
    /// Any other.
    Other,
}

/// The number of a limit on weights.
pub(super) fn of_limit(at: usize) -> Rule {
    LIMITS + at as Rule
}

/// The number of a limit on something else.
pub(super) fn of_constraint(methodology: &Methodology, at: usize) -> Rule {
    LIMITS + (methodology.limits.len() + at) as Rule
}

/// What a number means.
pub(super) fn which(methodology: &Methodology, rule: Rule) -> Which {
    let limits = methodology.limits.len();
    match rule.checked_sub(LIMITS).map(|at| at as usize) {
        None => Which::Other,
        Some(at) if at < limits => Which::Limit(at),
        Some(at) => Which::Constraint(at - limits),
    }
}

/// The id of a rule and its line.
pub(super) fn id_and_line(methodology: &Methodology, rule: Rule) -> (&str, Line) {
    let optimised = methodology.optimised.as_ref();
    let weight = methodology.weight.line;
    match (which(methodology, rule), optimised) {
        (Which::Limit(at), _) => (&methodology.limits[at].id, methodology.limits[at].line),
        (Which::Constraint(at), Some(optimised)) => (&optimised.constraints[at].id, optimised.constraints[at].line),
        _ => match rule {
            TURNOVER => (
                "turnover",
                methodology.turnover.as_ref().map_or(weight, |limit| limit.line),
            ),
            MINIMUM_HOLDING => {
                let minimum = optimised.and_then(|optimised| optimised.minimum_holding.as_ref());
                (
                    "minimum_holding",
                    minimum.and_then(|minimum| minimum.line).unwrap_or(weight),
                )
            }
            RISK => ("risk", weight),
            SELECTION => ("select", methodology.select.line()),
            _ => ("weight", weight),
        },
    }
}

/// The steps of a rulebook's ladder, in order.
pub(super) fn ladder(methodology: &Methodology) -> Vec<Step> {
    let rungs = methodology.optimised.iter().flat_map(|optimised| &optimised.ladder);
    let stretch = |relaxed: &RelaxedRule| {
        let values = relaxed.values();
        Stretch {
            rule: number(methodology, &relaxed.rule),
            from: relaxed.from.value(),
            to: if values.is_empty() {
                vec![None]
            } else {
                // As it would be written: 10% + 5pp is 15%.
                values
                    .into_iter()
                    .map(|value| Some(Fraction::nearest(value).value()))
                    .collect()
            },
        }
    };
    rungs
        .flat_map(|rung| steps(&rung.rules.iter().map(stretch).collect::<Vec<_>>()))
        .collect()
}

/// The number of a rule that can be loosened; ids of other rules do not pass the check of the rulebook.
fn number(methodology: &Methodology, id: &str) -> Rule {
    let limit = methodology.limits.iter().position(|limit| limit.id == id).map(of_limit);
    let constraints = methodology
        .optimised
        .iter()
        .flat_map(|optimised| &optimised.constraints);
    let constraint = || {
        let at = constraints.into_iter().position(|constraint| constraint.id == id)?;
        Some(of_constraint(methodology, at))
    };
    limit.or_else(constraint).unwrap_or(TURNOVER)
}

/// The rules that may be loosened, as they stand.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) limits: Vec<Limit>,
    /// With their positions in the rulebook.
    pub(super) constraints: Vec<(usize, Constraint)>,
    pub(super) turnover: Option<TurnoverLimit>,
}

impl Standing {
    /// The rules after these steps, of which the last of a rule counts.
    pub(super) fn after(methodology: &Methodology, steps: &[Step]) -> Self {
        let constraints = methodology
            .optimised
            .iter()
            .flat_map(|optimised| &optimised.constraints);
        let mut standing = Self {
            limits: methodology.limits.clone(),
            constraints: constraints.cloned().enumerate().collect(),
            turnover: methodology.turnover.clone(),
        };
        for step in steps {
            // As it would be written: 10% + 4 × 5pp is 30%.
            standing.set(methodology, step.rule, step.to.map(Fraction::nearest));
        }
        standing
    }

    /// What a rule allows from now on; none: it is done without.
    fn set(&mut self, methodology: &Methodology, rule: Rule, to: Option<Fraction>) {
        match which(methodology, rule) {
            Which::Limit(at) => loosen(&mut self.limits[at], to),
            Which::Constraint(at) => {
                let found = self.constraints.iter_mut().find(|(position, _)| *position == at);
                match (to, found) {
                    (Some(to), Some((_, constraint))) => match &mut constraint.on {
                        ConstraintOn::Exposure { within, .. } => *within = to.value(),
                        ConstraintOn::TrackingError { max } => *max = to,
                        ConstraintOn::Names { .. } => {}
                    },
                    _ => self.constraints.retain(|(position, _)| *position != at),
                }
            }
            Which::Other => match (to, &mut self.turnover) {
                (Some(to), Some(turnover)) => turnover.max = to,
                _ => self.turnover = None,
            },
        }
    }
}

/// A limit that can be loosened has one maximum or one distance.
fn loosen(limit: &mut Limit, to: Option<Fraction>) {
    let Some(to) = to else {
        (limit.max, limit.within, limit.small) = (None, None, None);
        limit.empty = Setting {
            value: EmptyGroup::Spread,
            line: None,
        };
        return;
    };
    if limit.within.is_some() {
        limit.within = Some(to);
    } else if let Some(max) = &mut limit.max {
        max.of = vec![divisor_methodology::Bound::Weight(to)];
    }
}
