//! Optimised weightings: what is optimised, by which risk model, and what gives way where the rules cannot all hold.

use crate::Line;
use divisor_model::Fraction;
use serde::Serialize;

use super::{
    Bound, Distance, ExposureDates, Frequency, LastResort, NoRisk, Quantity, Setting, ShrinkageTarget, Tilt, TiltBase,
};

/// All that an optimised weighting has and others do not. Its limits on weights are those of the rulebook, as constraints.
#[derive(Debug, Clone, Serialize)]
pub struct Optimised {
    /// What is optimised.
    pub objective: Objective,
    /// A security weighs nothing or at least this.
    pub minimum_holding: Option<Setting<Fraction>>,
    /// Where predicted risk comes from; there is one wherever objective or constraints need it.
    pub risk: Option<RiskModel>,
    /// Limits on other things than weights.
    pub constraints: Vec<Constraint>,
    /// What is loosened, rung by rung.
    pub ladder: Vec<Rung>,
    /// What happens after the last rung.
    pub last_resort: Setting<LastResort>,
}

impl Optimised {
    /// Everything it names where a number per security is wanted.
    pub fn quantities(&self) -> Vec<&Quantity> {
        let mut quantities: Vec<&Quantity> = match &self.objective {
            Objective::MaximumExposure { to, .. } => vec![to],
            Objective::MinimumDistance { by, .. } => by.iter().map(|tilt| &tilt.of).collect(),
            Objective::MinimumVariance { .. } | Objective::MinimumTrackingError => Vec::new(),
        };
        quantities.extend(self.constraints.iter().filter_map(|constraint| match &constraint.on {
            ConstraintOn::Exposure { of, .. } => Some(of),
            ConstraintOn::Names { .. } | ConstraintOn::TrackingError { .. } => None,
        }));
        if let Some(RiskSource::Estimated(estimation)) = self.risk.as_ref().map(|risk| &risk.source)
            && let RiskMethod::Fundamental { styles, .. } = &estimation.method
        {
            quantities.extend(styles);
        }
        quantities
    }

    /// The text columns that group securities for its risk model.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let risk = self.risk.as_ref();
        let groups = risk.and_then(|risk| match &risk.source {
            RiskSource::Estimated(estimation) => match &estimation.method {
                RiskMethod::Fundamental { groups, .. } => Some(&groups.value),
                RiskMethod::Shrinkage { .. } | RiskMethod::Statistical { .. } => None,
            },
            RiskSource::Vendor { .. } => None,
        });
        let peers = risk.and_then(|risk| risk.peers.as_ref()).map(|peers| &peers.value);
        groups.into_iter().flatten().chain(peers).map(String::as_str)
    }
}

/// What is optimised.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Least variance.
    MinimumVariance {
        /// Multiplies factor variance.
        factor_aversion: Setting<f64>,
        /// Multiplies specific variance.
        specific_aversion: Setting<f64>,
    },
    /// Least variance of the difference from the parent.
    MinimumTrackingError,
    /// Greatest weighted mean of a quantity.
    MaximumExposure {
        /// The quantity.
        to: Quantity,
        /// Greatest annual volatility, with bounds on weights read as volatilities; none where a limit on tracking error takes
        /// its place.
        risk: Option<Setting<Bound>>,
    },
    /// Least distance to target weights.
    MinimumDistance {
        /// What they start from.
        base: TiltBase,
        /// Times these factors.
        by: Vec<Tilt>,
        /// How distance is measured.
        measure: Setting<Distance>,
    },
}

/// Where predicted risk comes from.
#[derive(Debug, Clone, Serialize)]
pub struct RiskModel {
    /// From where.
    pub source: RiskSource,
    /// What happens to a security without risk.
    pub without: Setting<NoRisk>,
    /// The column of its peers, where they give it theirs.
    pub peers: Option<Setting<String>>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

/// A vendor's model, or one of our own.
#[expect(clippy::large_enum_variant, reason = "a rulebook has one")]
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskSource {
    /// The dataset's newest on or before the cut-off.
    Vendor {
        /// Oldest it may be.
        max_age_days: Option<Setting<i32>>,
    },
    /// From returns.
    Estimated(Estimation),
}

/// A risk model from returns.
#[derive(Debug, Clone, Serialize)]
pub struct Estimation {
    /// How.
    pub method: RiskMethod,
    /// Of which length the returns are.
    pub frequency: Setting<Frequency>,
    /// Number of returns, the newest known at the cut-off.
    pub window: Setting<usize>,
    /// Returns a security must have.
    pub least_returns: Setting<usize>,
}

/// How risk is estimated; half-lives are in returns.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskMethod {
    /// Ledoit and Wolf.
    Shrinkage {
        /// Towards what.
        target: Setting<ShrinkageTarget>,
    },
    /// Principal components.
    Statistical {
        /// How many; none: those above noise.
        factors: Option<Setting<usize>>,
        /// None: all observations count the same.
        half_life: Option<Setting<f64>>,
    },
    /// Market, groups, styles.
    Fundamental {
        /// Text columns.
        groups: Setting<Vec<String>>,
        /// Styles.
        styles: Vec<Quantity>,
        /// When exposures were known.
        exposures: Setting<ExposureDates>,
        /// None: all observations count the same.
        half_life: Option<Setting<f64>>,
    },
}

/// A limit on something else than weights.
#[derive(Debug, Clone, Serialize)]
pub struct Constraint {
    /// Stable id.
    pub id: String,
    /// What is bounded, and how.
    pub on: ConstraintOn,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

/// What a constraint bounds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConstraintOn {
    /// The weighted mean of a quantity, around the parent's.
    Exposure {
        /// The quantity.
        of: Quantity,
        /// Distance, in standard deviations of the quantity over the parent.
        within: f64,
    },
    /// How many securities have weight.
    Names {
        /// At least.
        least: Option<usize>,
        /// At most.
        most: Option<usize>,
    },
    /// Annual volatility of the difference from the parent.
    TrackingError {
        /// At most.
        max: Fraction,
    },
}

/// A rung of the ladder: rules that are loosened, in turn where there are two.
#[derive(Debug, Clone, Serialize)]
pub struct Rung {
    /// Stable id.
    pub id: String,
    /// The rules, each a step at a time.
    pub rules: Vec<RelaxedRule>,
    /// Why.
    pub because: Option<String>,
    /// Line of the table.
    #[serde(skip)]
    pub line: Line,
}

/// How far one rule is loosened.
#[derive(Debug, Clone, Serialize)]
pub struct RelaxedRule {
    /// Its id.
    pub rule: String,
    /// Where it stands before.
    pub from: Amount,
    /// By how much each time; none: at once.
    pub step: Option<Amount>,
    /// How far; none: the rule is done without.
    pub to: Option<Amount>,
}

impl RelaxedRule {
    /// The values it takes one after another, the last `to`; none for a rule that is done without at once.
    pub fn values(&self) -> Vec<f64> {
        let Some(to) = self.to.map(Amount::value) else {
            return Vec::new();
        };
        let Some(step) = self.step.map(Amount::value) else {
            return vec![to];
        };
        // Counted, not added up, so that 10% + 4 × 5pp is 30%.
        let from = self.from.value();
        let count = ((to - from) / step - 1e-9).ceil().max(1.0) as usize;
        (1..=count)
            .map(|k| if k == count { to } else { from + k as f64 * step })
            .collect()
    }
}

/// What a rule allows, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Amount {
    /// A share of the index, or a volatility.
    Share(Fraction),
    /// A distance from the parent's weight.
    Points(Fraction),
    /// Standard deviations.
    Deviations(f64),
}

impl Amount {
    /// As a number: 5% and 5pp are 0.05.
    pub fn value(self) -> f64 {
        match self {
            Self::Share(fraction) | Self::Points(fraction) => fraction.value(),
            Self::Deviations(number) => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_at_the_limit() {
        let rule = |from, step, to| RelaxedRule {
            rule: "turnover".to_owned(),
            from: Amount::Share(Fraction::new(from, 100)),
            step: Some(Amount::Points(Fraction::new(step, 100))),
            to: Some(Amount::Share(Fraction::new(to, 100))),
        };
        let near = |found: &[f64], wanted: &[f64]| {
            assert_eq!(found.len(), wanted.len(), "{found:?}");
            assert!(
                found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-15),
                "{found:?}"
            );
        };
        near(&rule(10, 5, 30).values(), &[0.15, 0.2, 0.25, 0.3]);
        near(&rule(10, 7, 20).values(), &[0.17, 0.2]);
        near(&rule(10, 50, 20).values(), &[0.2]);
        let at_once = RelaxedRule {
            step: None,
            ..rule(10, 5, 30)
        };
        near(&at_once.values(), &[0.3]);
        assert!(RelaxedRule { to: None, ..at_once }.values().is_empty());
    }
}
