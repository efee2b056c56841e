//! What is to be solved: an objective over weights that sum to one, and constraints with the rules they came from.

use divisor_risk::FactorModel;

use crate::Error;

/// The rule of the caller that a bound or row came from; opaque here, returned in conflicts and shadow prices.
pub type Rule = u32;

/// A covariance `F Ω Fᵀ + D` of annual returns, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk<'a> {
    /// Number of factors, k.
    pub factors: usize,
    /// F, n × k, one row a name.
    pub loadings: &'a [f64],
    /// Ω, k × k, symmetric and positive semidefinite; annual variance.
    pub covariance: &'a [f64],
    /// The diagonal of D, n; annual variance, zero or more.
    pub specific: &'a [f64],
}

impl<'a> From<&'a FactorModel> for Risk<'a> {
    fn from(model: &'a FactorModel) -> Self {
        Self {
            factors: model.factors().len(),
            loadings: model.loadings(),
            covariance: model.omega(),
            specific: model.specific(),
        }
    }
}

impl Risk<'_> {
    /// What every specific variance counts as at least: 1e-10 of the mean variance of a name where any is below a millionth
    /// of their mean (or all are zero), else nothing. Without it duplicated securities would have no unique weights.
    pub fn least_specific(&self) -> f64 {
        let (n, k) = (self.specific.len(), self.factors);
        let least = self.specific.iter().copied().fold(f64::INFINITY, f64::min);
        let mut total = divisor_numeric::sum(self.specific);
        if least > 1e-6 * total / n as f64 {
            return 0.0;
        }
        for at in 0..k {
            let squares = (0..n).map(|i| self.loadings[i * k + at] * self.loadings[i * k + at]);
            total += divisor_numeric::sum_iter(squares) * self.covariance[at * k + at];
        }
        (1e-10 * total / n as f64).max(f64::MIN_POSITIVE)
    }
}

/// What is minimised (or maximised) over the weights w. Each has exactly one optimum; where the rule as published has
/// many, the strictly convex tie-break that chooses among them is stated at the variant.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective<'a> {
    /// `factor_aversion · wᵀFΩFᵀw + specific_aversion · wᵀDw`, annual variance where both are one.
    MinimumVariance {
        /// Multiplies the variance that factors explain.
        factor_aversion: f64,
        /// Multiplies specific variance.
        specific_aversion: f64,
    },
    /// `(w − b)ᵀ(FΩFᵀ + D)(w − b)`, annual variance of the return against the benchmark b.
    MinimumTrackingError {
        /// b, n.
        benchmark: &'a [f64],
    },
    /// Maximises `exposureᵀw`; needs a [`Problem::risk_limit`]. Tie-break: taken off is a millionth of the largest
    /// exposure, times the variance the limit is about over the limit.
    MaximumExposure {
        /// Exposure of each name, n, in any unit.
        exposure: &'a [f64],
    },
    /// `Σ (w − u)² ÷ u` over the target weights u; names with u = 0 stay at zero.
    ChiSquareDistance {
        /// u, n, zero or more.
        target: &'a [f64],
    },
    /// `Σ |w − u|`, with a thousandth of `Σ (w − u)²` as tie-break.
    L1Distance {
        /// u, n.
        target: &'a [f64],
    },
}

/// Least and greatest weight of every name.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// Least weight, n.
    pub lower: Vec<f64>,
    /// Greatest weight, n, finite.
    pub upper: Vec<f64>,
    /// The rule each least weight came from, n.
    pub lower_rule: Vec<Rule>,
    /// The rule each greatest weight came from, n.
    pub upper_rule: Vec<Rule>,
}

/// What a row multiplies the weights by.
#[derive(Debug, Clone, PartialEq)]
pub enum Coefficients {
    /// One for these names, ascending, and zero for all others: a sector, a country, an issuer.
    Members(Vec<u32>),
    /// One number a name, n: an exposure.
    Each(Vec<f64>),
}

/// `lower ≤ coefficients · w ≤ upper`; either side may be infinite, and both may be equal.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The rule it came from.
    pub rule: Rule,
    /// What the weights are multiplied by.
    pub coefficients: Coefficients,
    /// Least value.
    pub lower: f64,
    /// Greatest value.
    pub upper: f64,
}

/// A limit on trading against previous (drifted) weights. What the previous weights lack to one is the weight of names no
/// longer in the universe; it is sold and counts. Since both portfolios sum to one, the one-way turnover is what is
/// bought: `Σ max(w − previous, 0)`. A two-way limit is twice a one-way limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Turnover {
    /// The rule it came from.
    pub rule: Rule,
    /// Previous weights of the names of this problem, n, summing to at most one.
    pub previous: Vec<f64>,
    /// Greatest one-way turnover, a fraction.
    pub limit: f64,
}

/// A name weighs zero or at least this.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinimumHolding {
    /// The rule it came from.
    pub rule: Rule,
    /// Least weight of a held name, a fraction.
    pub weight: f64,
}

/// A limit on the number of names held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The rule it came from.
    pub rule: Rule,
    /// How many.
    pub names: usize,
}

/// `(w − b)ᵀ(FΩFᵀ + D)(w − b) ≤ variance`; without a benchmark b is zero.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskLimit<'a> {
    /// The rule it came from.
    pub rule: Rule,
    /// b, n.
    pub benchmark: Option<&'a [f64]>,
    /// Greatest annual variance.
    pub variance: f64,
}

/// Minimise an objective over weights that sum to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem<'a> {
    /// The covariance; not needed by distances.
    pub risk: Option<Risk<'a>>,
    /// What is minimised.
    pub objective: Objective<'a>,
    /// Bounds by name; their number is that of the names.
    pub bounds: Bounds,
    /// Rows.
    pub rows: Vec<Row>,
    /// The turnover limit.
    pub turnover: Option<Turnover>,
    /// The semi-continuous minimum.
    pub minimum_holding: Option<MinimumHolding>,
    /// Greatest number of names held.
    pub at_most: Option<Count>,
    /// Least number of names held; needs a minimum holding, which says what holding is.
    pub at_least: Option<Count>,
    /// A limit on variance or tracking error.
    pub risk_limit: Option<RiskLimit<'a>>,
    /// The rule that weights sum to one.
    pub total_rule: Rule,
}

impl Problem<'_> {
    /// The number of names, n.
    pub fn names(&self) -> usize {
        self.bounds.lower.len()
    }

    /// What the variance of the risk limit costs in a maximum exposure, whether or not the limit binds.
    pub(crate) fn exposure_tie_break(&self) -> f64 {
        match (&self.objective, &self.risk_limit) {
            (Objective::MaximumExposure { exposure }, Some(limit)) => {
                1e-6 * exposure.iter().fold(0.0_f64, |most, e| most.max(e.abs())) / limit.variance
            }
            _ => 0.0,
        }
    }

    /// Shapes and numbers, before anything is solved.
    ///
    /// # Errors
    /// What has the wrong length, is not finite, or is impossible of itself.
    pub fn validate(&self) -> Result<(), Error> {
        let n = self.names();
        let bounds = &self.bounds;
        shape("upper bounds", bounds.upper.len(), n)?;
        shape("rules of lower bounds", bounds.lower_rule.len(), n)?;
        shape("rules of upper bounds", bounds.upper_rule.len(), n)?;
        finite("lower bounds", &bounds.lower)?;
        finite("upper bounds", &bounds.upper)?;
        if n == 0 {
            return Err(Error::Invalid("there are no names".into()));
        }
        self.validate_risk(n)?;
        self.validate_objective(n)?;
        for row in &self.rows {
            row.validate(n)?;
        }
        if let Some(turnover) = &self.turnover {
            shape("previous weights", turnover.previous.len(), n)?;
            finite("previous weights", &turnover.previous)?;
            finite("the turnover limit", &[turnover.limit])?;
            if turnover.previous.iter().any(|w| *w < 0.0) || divisor_numeric::sum(&turnover.previous) > 1.0 + 1e-9 {
                return Err(Error::Invalid(
                    "previous weights must be zero or more and sum to at most one".into(),
                ));
            }
        }
        if let Some(least) = self.minimum_holding
            && (!least.weight.is_finite() || least.weight <= 0.0)
        {
            return Err(Error::Invalid("a minimum holding must be above zero".into()));
        }
        if self.at_least.is_some() && self.minimum_holding.is_none() {
            return Err(Error::Invalid(
                "a least number of names needs a minimum holding: any weight above zero would do".into(),
            ));
        }
        Ok(())
    }

    fn validate_risk(&self, n: usize) -> Result<(), Error> {
        let Some(risk) = self.risk else {
            return match self.objective {
                Objective::ChiSquareDistance { .. } | Objective::L1Distance { .. } if self.risk_limit.is_none() => {
                    Ok(())
                }
                _ => Err(Error::Invalid("the objective or a limit needs a risk model".into())),
            };
        };
        shape("loadings", risk.loadings.len(), n * risk.factors)?;
        shape("factor covariance", risk.covariance.len(), risk.factors * risk.factors)?;
        shape("specific variances", risk.specific.len(), n)?;
        finite("loadings", risk.loadings)?;
        finite("factor covariance", risk.covariance)?;
        finite("specific variances", risk.specific)?;
        if risk.specific.iter().any(|v| *v < 0.0) {
            return Err(Error::Invalid("a specific variance is below zero".into()));
        }
        if let Some(limit) = &self.risk_limit {
            finite("the risk limit", &[limit.variance])?;
            if limit.variance <= 0.0 {
                return Err(Error::Invalid("a risk limit must be above zero".into()));
            }
            if let Some(benchmark) = limit.benchmark {
                shape("benchmark weights of the risk limit", benchmark.len(), n)?;
                finite("benchmark weights of the risk limit", benchmark)?;
            }
        }
        Ok(())
    }

    fn validate_objective(&self, n: usize) -> Result<(), Error> {
        match &self.objective {
            Objective::MinimumVariance {
                factor_aversion,
                specific_aversion,
            } => {
                finite("aversions", &[*factor_aversion, *specific_aversion])?;
                if *factor_aversion < 0.0 || *specific_aversion < 0.0 || factor_aversion + specific_aversion <= 0.0 {
                    return Err(Error::Invalid(
                        "aversions must be zero or more, one of them above".into(),
                    ));
                }
                Ok(())
            }
            Objective::MinimumTrackingError { benchmark: numbers }
            | Objective::MaximumExposure { exposure: numbers }
            | Objective::ChiSquareDistance { target: numbers }
            | Objective::L1Distance { target: numbers } => {
                shape("numbers of the objective", numbers.len(), n)?;
                finite("numbers of the objective", numbers)?;
                if matches!(self.objective, Objective::MaximumExposure { .. }) && self.risk_limit.is_none() {
                    return Err(Error::Invalid("a maximum exposure needs a risk limit".into()));
                }
                if matches!(self.objective, Objective::ChiSquareDistance { .. }) && numbers.iter().any(|u| *u < 0.0) {
                    return Err(Error::Invalid("a target weight is below zero".into()));
                }
                Ok(())
            }
        }
    }
}

impl Row {
    /// Whether it bounds anything.
    pub(crate) fn is_limited(&self) -> bool {
        self.lower.is_finite() || self.upper.is_finite()
    }

    /// Takes its bounds away.
    pub(crate) fn free(&mut self) {
        (self.lower, self.upper) = (f64::NEG_INFINITY, f64::INFINITY);
    }

    fn validate(&self, n: usize) -> Result<(), Error> {
        if self.lower.is_nan() || self.upper.is_nan() {
            return Err(Error::Invalid(format!("a bound of rule {} is not a number", self.rule)));
        }
        match &self.coefficients {
            Coefficients::Members(members) => {
                let ascending = members.windows(2).all(|pair| pair[0] < pair[1]);
                if !ascending || members.last().is_some_and(|last| *last as usize >= n) {
                    return Err(Error::Invalid(format!(
                        "members of rule {} must ascend and be below {n}",
                        self.rule
                    )));
                }
                Ok(())
            }
            Coefficients::Each(numbers) => {
                shape("coefficients of a row", numbers.len(), n)?;
                finite("coefficients of a row", numbers)
            }
        }
    }
}

fn shape(what: &str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{what}: {found} numbers where {expected} are needed"
    )))
}

fn finite(what: &str, numbers: &[f64]) -> Result<(), Error> {
    match numbers.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Error::Invalid(format!("{what}: number {at} is {}", numbers[at]))),
    }
}
