//! The rules as a problem of the optimizer: every bound and row carries the number of its rule.

use divisor_methodology::{Bound, ConstraintOn, Distance, Methodology, Objective, Optimised};
use divisor_numeric::limits::TOLERANCE;
use divisor_numeric::sum_iter;
use divisor_optimizer as optimizer;
use divisor_optimizer::{
    Bounds, Coefficients, Count, MinimumHolding, Problem, Risk, RiskLimit, Row, Rule, Step, Turnover,
};

use crate::limit::{self, LimitColumn};
use crate::optimised::given::Given;
use crate::optimised::rules::{
    FLOOR, MINIMUM_HOLDING, RISK, SELECTION, Standing, TOTAL, TURNOVER, of_constraint, of_limit,
};
use crate::scored::Scored;

/// What a row of a problem bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowOf {
    /// A group of a limit.
    Group(usize, usize),
    /// A constraint, by position in the rulebook.
    Exposure(usize),
}

/// A problem, what its rows are, and the groups as they are bounded.
pub(super) struct Stated<'a> {
    pub(super) problem: Problem<'a>,
    pub(super) rows: Vec<RowOf>,
    pub(super) limits: Vec<LimitColumn>,
    pub(super) standing: Standing,
}

/// Everything but what gives way.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) methodology: &'a Methodology,
    pub(super) optimised: &'a Optimised,
    pub(super) scored: &'a Scored,
    pub(super) given: &'a Given,
    /// Drifted weights of the names of `given`, where there was a review before.
    pub(super) previous: Option<&'a [f64]>,
}

impl<'a> Task<'a> {
    /// The problem after these steps of the ladder.
    pub(super) fn after(self, steps: &[Step]) -> Stated<'a> {
        let standing = Standing::after(self.methodology, steps);
        let limits = self.limits(&standing);
        let mut rows = Vec::new();
        let mut of = Vec::new();
        let bounds = self.bounds(&standing, &limits, &mut rows, &mut of);
        self.exposures(&standing, &mut rows, &mut of);
        let names = standing
            .constraints
            .iter()
            .find_map(|(at, constraint)| match constraint.on {
                ConstraintOn::Names { least, most } => Some((of_constraint(self.methodology, *at), least, most)),
                _ => None,
            });
        let count = |rule, names: Option<usize>| names.map(|names| Count { rule, names });
        let minimum = self.optimised.minimum_holding.as_ref();
        let problem = Problem {
            risk: self.given.model.as_ref().map(|model| Risk {
                factors: model.factors().len(),
                loadings: model.loadings(),
                covariance: model.omega(),
                specific: model.specific(),
            }),
            objective: self.objective(),
            bounds,
            rows,
            turnover: self.turnover(&standing),
            minimum_holding: minimum.map(|minimum| MinimumHolding {
                rule: MINIMUM_HOLDING,
                weight: minimum.value.value(),
            }),
            at_most: names.and_then(|(rule, _, most)| count(rule, most)),
            at_least: names.and_then(|(rule, least, _)| count(rule, least)),
            risk_limit: self.risk_limit(&standing),
            total_rule: TOTAL,
        };
        Stated {
            problem,
            rows: of,
            limits,
            standing,
        }
    }

    /// By how much each row gives for one unit of its rule: what is small in the parent has a maximum of its own, which stays.
    pub(super) fn units(stated: &Stated<'_>) -> Vec<f64> {
        let unit = |row: &RowOf| match row {
            RowOf::Group(at, group) => {
                let limit = &stated.standing.limits[*at];
                f64::from(u8::from(!limit::is_small(
                    limit,
                    stated.limits[*at].groups[*group].parent_weight,
                )))
            }
            RowOf::Exposure(_) => 1.0,
        };
        stated.rows.iter().map(unit).collect()
    }

    fn objective(self) -> optimizer::Objective<'a> {
        match &self.optimised.objective {
            Objective::MinimumVariance {
                factor_aversion,
                specific_aversion,
            } => optimizer::Objective::MinimumVariance {
                factor_aversion: factor_aversion.value,
                specific_aversion: specific_aversion.value,
            },
            Objective::MinimumTrackingError => optimizer::Objective::MinimumTrackingError {
                benchmark: &self.given.parent,
            },
            Objective::MaximumExposure { .. } => optimizer::Objective::MaximumExposure {
                exposure: &self.given.maximised,
            },
            Objective::MinimumDistance { measure, .. } => match measure.value {
                Distance::ChiSquare => optimizer::Objective::ChiSquareDistance {
                    target: &self.given.target,
                },
                Distance::Absolute => optimizer::Objective::L1Distance {
                    target: &self.given.target,
                },
            },
        }
    }

    /// The groups with their bounds as the rules stand.
    fn limits(self, standing: &Standing) -> Vec<LimitColumn> {
        let mut limits = self.given.limits.clone();
        let held: Vec<u32> = (self.given.candidates.iter())
            .map(|name| self.given.names[*name as usize])
            .collect();
        for ((limit, basis), column) in standing.limits.iter().zip(&self.scored.limits).zip(&mut limits) {
            limit::rebound(limit, basis, &held, column);
            for group in &mut column.groups {
                // A contradiction of rounding alone is none.
                if group.lower > group.upper && group.lower - group.upper <= TOLERANCE {
                    group.lower = group.upper;
                }
            }
        }
        limits
    }

    /// Bounds of names; limits on groups become rows.
    fn bounds(self, standing: &Standing, limits: &[LimitColumn], rows: &mut Vec<Row>, of: &mut Vec<RowOf>) -> Bounds {
        let names = self.given.names.len();
        let mut bounds = Bounds {
            lower: vec![0.0; names],
            upper: vec![0.0; names],
            lower_rule: vec![FLOOR; names],
            upper_rule: vec![SELECTION; names],
        };
        for name in &self.given.candidates {
            (bounds.upper[*name as usize], bounds.upper_rule[*name as usize]) = (1.0, TOTAL);
        }
        for (at, (limit, column)) in standing.limits.iter().zip(limits).enumerate() {
            let rule = of_limit(at);
            if limit.on == divisor_methodology::LimitOn::Security {
                for (name, group) in self.given.candidates.iter().zip(&column.groups) {
                    bound(&mut bounds, *name as usize, (group.lower, group.upper), rule);
                }
                continue;
            }
            let mut members: Vec<Vec<u32>> = vec![Vec::new(); column.groups.len()];
            for (name, group) in self.given.candidates.iter().zip(&column.group_of) {
                members[*group as usize].push(*name);
            }
            let implied = implied_group(column);
            for (position, (group, members)) in column.groups.iter().zip(members).enumerate() {
                let (is_floored, is_capped) = (group.lower > 0.0, group.upper < 1.0);
                // A group of one name is a bound of that name; what is small has a maximum of its own, which does not give with
                // the rule.
                if let [name] = members.as_slice()
                    && !limit::is_small(limit, group.parent_weight)
                {
                    bound(&mut bounds, *name as usize, (group.lower, group.upper), rule);
                } else if (is_floored || is_capped) && implied != Some(position) {
                    rows.push(Row {
                        rule,
                        coefficients: Coefficients::Members(members),
                        lower: if is_floored { group.lower } else { f64::NEG_INFINITY },
                        upper: if is_capped { group.upper } else { f64::INFINITY },
                    });
                    of.push(RowOf::Group(at, position));
                }
            }
        }
        bounds
    }

    fn exposures(self, standing: &Standing, rows: &mut Vec<Row>, of: &mut Vec<RowOf>) {
        for (at, constraint) in &standing.constraints {
            let distances = &self.given.exposures[*at];
            // Where nobody is away from the parent's exposure there is nothing to bound.
            let is_varied = distances.iter().any(|distance| distance.abs() > 0.0);
            if let (ConstraintOn::Exposure { within, .. }, true) = (&constraint.on, is_varied) {
                rows.push(Row {
                    rule: of_constraint(self.methodology, *at),
                    coefficients: Coefficients::Each(distances.clone()),
                    lower: -*within,
                    upper: *within,
                });
                of.push(RowOf::Exposure(*at));
            }
        }
    }

    fn turnover(self, standing: &Standing) -> Option<Turnover> {
        let limit = standing.turnover.as_ref()?;
        let previous = self.previous?.to_vec();
        Some(Turnover {
            rule: TURNOVER,
            previous,
            limit: limit.one_way(),
        })
    }

    fn risk_limit(self, standing: &Standing) -> Option<RiskLimit<'a>> {
        let tracking = standing
            .constraints
            .iter()
            .find_map(|(at, constraint)| match constraint.on {
                ConstraintOn::TrackingError { max } => Some(RiskLimit {
                    rule: of_constraint(self.methodology, *at),
                    benchmark: Some(&self.given.parent),
                    variance: max.value() * max.value(),
                }),
                _ => None,
            });
        let Objective::MaximumExposure { risk: Some(risk), .. } = &self.optimised.objective else {
            return tracking;
        };
        let parent = self.given.parent_volatility.unwrap_or(0.0);
        let volatility = match risk.value {
            Bound::Weight(share) => share.value(),
            Bound::TimesParent(times) => times.value() * parent,
            Bound::ParentPlus(points) => parent + points.value(),
            Bound::ParentMinus(points) => parent - points.value(),
            Bound::LargestInParent => parent,
        };
        Some(RiskLimit {
            rule: RISK,
            benchmark: None,
            variance: volatility * volatility.max(0.0),
        })
    }
}

/// Bounds a name where that is tighter than what bounds it already.
fn bound(bounds: &mut Bounds, name: usize, (lower, upper): (f64, f64), rule: Rule) {
    if upper < bounds.upper[name] {
        (bounds.upper[name], bounds.upper_rule[name]) = (upper.max(0.0), rule);
    }
    if lower > bounds.lower[name] {
        (bounds.lower[name], bounds.lower_rule[name]) = (lower, rule);
    }
}

/// Where every group has its weight fixed and together they make 100%, the largest has what the others leave: a row of it
/// would say the same once more.
fn implied_group(column: &LimitColumn) -> Option<usize> {
    let is_fixed = column
        .groups
        .iter()
        .all(|group| group.upper < group.lower + f64::EPSILON);
    let total = sum_iter(column.groups.iter().map(|group| group.upper));
    let largest = (0..column.groups.len()).max_by(|a, b| {
        let upper = |at: usize| column.groups[at].upper;
        upper(*a).total_cmp(&upper(*b)).then(b.cmp(a))
    });
    largest.filter(|_| is_fixed && (total - 1.0).abs() <= TOLERANCE)
}
