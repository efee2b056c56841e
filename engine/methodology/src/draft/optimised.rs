//! Optimised weightings: objectives, risk models, what gives way where the rules cannot all hold.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{BaseWeight, TiltDraft};
use crate::literal::{Age, OneBound, Percentage, Relaxed, Stretch, Widening};
use crate::located::Located;

/// The least variance there is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MinimumVarianceDraft {
    /// Multiplies the variance that the factors of the risk model carry; 1 by default.
    #[schemars(extend("examples" = [1]))]
    pub(crate) factor_aversion: Option<Located<f64>>,
    /// Multiplies the variance of the securities' own; 1 by default.
    #[schemars(extend("examples" = [10]))]
    pub(crate) specific_aversion: Option<Located<f64>>,
    /// A security weighs nothing or at least this; not limited by default.
    #[schemars(extend("examples" = ["0.05%"]))]
    pub(crate) minimum_holding: Option<Located<Percentage>>,
}

/// The least tracking error against the parent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MinimumTrackingErrorDraft {
    /// A security weighs nothing or at least this; not limited by default.
    #[schemars(extend("examples" = ["0.05%"]))]
    pub(crate) minimum_holding: Option<Located<Percentage>>,
}

/// The greatest exposure at a given risk.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaximumExposureDraft {
    /// The score or variable whose weighted mean is maximised.
    #[schemars(extend("examples" = ["composite"]))]
    pub(crate) to: Located<String>,
    /// Predicted volatility is at most this, a year: `"1 x parent"` (default) or `"12%"`.
    #[schemars(extend("examples" = ["1 x parent"]))]
    pub(crate) risk: Option<Located<OneBound>>,
    /// A security weighs nothing or at least this; not limited by default.
    #[schemars(extend("examples" = ["0.05%"]))]
    pub(crate) minimum_holding: Option<Located<Percentage>>,
}

/// The weights nearest to others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MinimumDistanceDraft {
    /// `parent` or `equal` weights.
    pub(crate) to: Located<BaseWeight>,
    /// These times factors; several multiply. No factors by default.
    #[schemars(length(min = 1))]
    #[schemars(extend("examples" = [[{ "map": "one-plus-z", "score": "quality" }]]))]
    pub(crate) by: Option<Located<Vec<Located<TiltDraft>>>>,
    /// `chi-square` (default), the sum of (w − u)²/u, or `absolute`, the sum of |w − u|.
    pub(crate) measure: Option<Located<DistanceName>>,
    /// A security weighs nothing or at least this; not limited by default.
    #[schemars(extend("examples" = ["0.05%"]))]
    pub(crate) minimum_holding: Option<Located<Percentage>>,
}

/// Where predicted risk comes from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["vendor", "shrinkage", "statistical", "fundamental"]))]
pub(crate) struct RiskDraft {
    /// The dataset's newest risk model on or before the cut-off.
    pub(crate) vendor: Option<Located<VendorDraft>>,
    /// The sample covariance of returns, shrunk towards a simple one.
    pub(crate) shrinkage: Option<Located<ShrinkageDraft>>,
    /// Principal components of returns.
    pub(crate) statistical: Option<Located<StatisticalDraft>>,
    /// Market, groups and styles as factors.
    pub(crate) fundamental: Option<Located<FundamentalDraft>>,
}

/// The dataset's newest risk model on or before the cut-off.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VendorDraft {
    /// Oldest it may be at the cut-off; not limited by default.
    pub(crate) max_age: Option<Located<Age>>,
    /// What happens to a security it does not have: `exclude-security` (default), `risk-of-peers` or `error`.
    pub(crate) missing: Option<Located<NoRiskName>>,
    /// The column that says who its peers are; `sector` by default.
    #[schemars(extend("examples" = ["sector"]))]
    pub(crate) peers: Option<Located<String>>,
}

/// Declares a risk model estimated from returns, with the keys that all of them have.
macro_rules! estimated {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            /// Returns are `weekly` (default) or `daily`.
            pub(crate) frequency: Option<Located<FrequencyName>>,
            /// How far back from the cut-off; `"3 years"` by default.
            #[schemars(extend("examples" = ["3 years"]))]
            pub(crate) window: Option<Located<Stretch>>,
            /// Returns a security must have in the window; half of the window by default.
            #[schemars(range(min = 2))]
            #[schemars(extend("examples" = [78]))]
            pub(crate) least_returns: Option<Located<i64>>,
            /// What happens to a security with fewer: `exclude-security` (default), `risk-of-peers` or `error`.
            pub(crate) short_history: Option<Located<NoRiskName>>,
            /// The column that says who its peers are; `sector` by default.
            #[schemars(extend("examples" = ["sector"]))]
            pub(crate) peers: Option<Located<String>>,
            $($own)*
        }
    };
}

estimated!(
    /// The sample covariance of returns, shrunk towards a simple one (Ledoit and Wolf).
    ShrinkageDraft {
        /// `constant-correlation` (default) with the securities' own variances, or `scaled-identity`.
        pub(crate) target: Option<Located<TargetName>>,
    }
);

estimated!(
    /// Principal components of returns.
    StatisticalDraft {
        /// How many; by default those above what noise would show.
        #[schemars(range(min = 1))]
        #[schemars(extend("examples" = [15]))]
        pub(crate) factors: Option<Located<i64>>,
        /// After this an observation counts half; all count the same by default.
        #[schemars(extend("examples" = ["6 months"]))]
        pub(crate) half_life: Option<Located<Stretch>>,
    }
);

estimated!(
    /// The market, groups and styles as factors of a regression across securities.
    FundamentalDraft {
        /// Text columns whose groups are factors; `["sector", "country"]` by default.
        #[schemars(extend("examples" = [["sector", "country"]]))]
        pub(crate) groups: Option<Located<Vec<Located<String>>>>,
        /// Scores, variables or columns that are factors, standardised; none by default.
        #[schemars(extend("examples" = [["quality"]]))]
        pub(crate) styles: Option<Located<Vec<Located<String>>>>,
        /// Exposures are `dated` (default), those known when a return began, or those known `at-cutoff` for all returns.
        pub(crate) exposures: Option<Located<ExposuresName>>,
        /// After this an observation counts half; all count the same by default.
        #[schemars(extend("examples" = ["6 months"]))]
        pub(crate) half_life: Option<Located<Stretch>>,
    }
);

/// One rung of the relaxation ladder.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["rule", "last"]))]
pub(crate) struct RelaxDraft {
    /// Stable id; by default the rule's.
    #[schemars(extend("format" = "id"))]
    #[schemars(extend("examples" = ["more-turnover"]))]
    pub(crate) id: Option<Located<String>>,
    /// Id of the limit that is loosened, or `turnover`.
    #[schemars(extend("examples" = ["turnover"]))]
    pub(crate) rule: Option<Located<String>>,
    /// By how much each time: `"5pp"`, `"0.25 sd"`; at once by default.
    pub(crate) step: Option<Located<Widening>>,
    /// How far: `"30%"`, `"10pp"`, `"0.5 sd"`, or `"none"` to do without the rule.
    pub(crate) to: Option<Located<Relaxed>>,
    /// Another rule, loosened in turn with this one: `{ rule = "sector-band", step = "1pp", to = "20pp" }`.
    pub(crate) alternate: Option<Located<AlternateDraft>>,
    /// What happens after the last rung: `fail` (default), `skip` the review, or `keep-previous` weights.
    pub(crate) last: Option<Located<LastName>>,
    /// Why.
    pub(crate) because: Option<Located<String>>,
}

/// A rule that is loosened in turn with another.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlternateDraft {
    /// Id of the limit that is loosened, or `turnover`.
    #[schemars(extend("examples" = ["sector-band"]))]
    pub(crate) rule: Located<String>,
    /// By how much each time.
    pub(crate) step: Located<Widening>,
    /// How far.
    pub(crate) to: Located<Relaxed>,
}

words! {
    DistanceName { ChiSquare, Absolute }
    NoRiskName { ExcludeSecurity, RiskOfPeers, Error }
    FrequencyName { Weekly, Daily }
    ExposuresName { Dated, AtCutoff }
    TargetName { ConstantCorrelation, ScaledIdentity }
    LastName { Fail, Skip, KeepPrevious }
}
