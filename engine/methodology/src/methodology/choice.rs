//! Choices between fixed words.

use serde::{Serialize, Serializer};

/// Declares a public choice of words with a printed form.
macro_rules! choice {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// As written in a rulebook.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    )+ };
}

choice! {
    /// Which of several bounds counts.
    Pick {
        /// The lowest.
        Lower = "lower-of",
        /// The highest.
        Higher = "higher-of",
    }
    /// Who gives way where too much lies above a weight.
    Cut {
        /// The nearest weights that hold.
        Nearest = "nearest",
        /// Step by step, the one with which the sum from the largest down is too much.
        Breach = "breach",
        /// Step by step, the smallest that counts.
        Smallest = "smallest",
    }
    /// Who takes what a maximum frees.
    Redistribute {
        /// All others in proportion.
        Proportional = "proportional",
        /// All others the same amount.
        Equal = "equal",
        /// Everyone, by a power of the weights.
        Power = "power",
    }
    /// How far weights are from others.
    Distance {
        /// Σ (w − u)²/u.
        ChiSquare = "chi-square",
        /// Σ |w − u|.
        Absolute = "absolute",
    }
    /// Of which length returns are.
    Frequency {
        /// A week.
        Weekly = "weekly",
        /// A session.
        Daily = "daily",
    }
    /// Towards what a covariance is shrunk.
    ShrinkageTarget {
        /// Own variances, one correlation.
        ConstantCorrelation = "constant-correlation",
        /// One variance, no correlation.
        ScaledIdentity = "scaled-identity",
    }
    /// When the exposures of a fundamental risk model were known.
    ExposureDates {
        /// When each return began.
        Dated = "dated",
        /// At the cut-off, for all returns.
        AtCutoff = "at-cutoff",
    }
    /// What happens to a security that the risk model does not have.
    NoRisk {
        /// It gets no weight.
        ExcludeSecurity = "exclude-security",
        /// It gets that of its peers.
        RiskOfPeers = "risk-of-peers",
        /// The review fails.
        Error = "error",
    }
    /// What happens after the last rung of the ladder.
    LastResort {
        /// The review fails.
        Fail = "fail",
        /// There is no review.
        Skip = "skip",
        /// Weights stay, but those of names that left.
        KeepPrevious = "keep-previous",
    }
    /// How turnover is counted.
    TurnoverMeasure {
        /// Half the sum of trades.
        OneWay = "one-way",
        /// The sum of trades.
        TwoWay = "two-way",
    }
    /// What a tranche weighs.
    TrancheSize {
        /// What it drifted to.
        Drifted = "drifted",
        /// The same part of the index as the others, at every review.
        Equal = "equal",
    }
    /// What happens where a turnover limit cannot be kept.
    Unreachable {
        /// The least turnover there is.
        Least = "least",
        /// The review fails.
        Error = "error",
    }
    /// Which end of a variable is good.
    Prefer {
        /// More is better.
        High = "high",
        /// Less is better.
        Low = "low",
    }
    /// Divisor of a standard deviation.
    Deviation {
        /// By n.
        Population = "population",
        /// By n − 1.
        Sample = "sample",
    }
    /// How a quantile is read off sorted values.
    Quantile {
        /// Between neighbours, at (n − 1)·p.
        Linear = "linear",
        /// The value ranked ⌈p·n⌉ ascending.
        OrderStatistic = "order-statistic",
        /// Between neighbours, the value ranked i at (i − ½)/n.
        Hazen = "hazen",
        /// Between neighbours, the value ranked i at i/(n + 1).
        Weibull = "weibull",
    }
    /// What z-scores are the distance from.
    Centre {
        /// Every name counts the same.
        Plain = "plain",
        /// By weight in the parent.
        ParentWeighted = "parent-weighted",
        /// The middle value, or the mean of the two in the middle.
        Median = "median",
    }
    /// Whose deviation standardises a group.
    Spread {
        /// The group's own.
        Group = "group",
        /// That of all names of `over`.
        All = "all",
    }
    /// What a group too small takes its statistics from.
    SmallGroup {
        /// The group by the columns before the last.
        Wider = "wider",
        /// All names of `over`.
        Universe = "universe",
        /// All groups too small as one.
        Together = "together",
        /// Nothing: its names have no score.
        NoScore = "no-score",
    }
    /// What happens where the loop has not ended after the last pass.
    Unfinished {
        /// The review cannot be made.
        Error = "error",
        /// What is beyond is set to the bound.
        Clip = "clip",
        /// It stays as the last pass left it.
        Keep = "keep",
    }
    /// What becomes of the name that crosses a coverage.
    Crossing {
        /// It is in.
        Include = "include",
        /// It is out.
        Exclude = "exclude",
        /// Whichever comes nearer, in where both are as near.
        Nearest = "nearest",
    }
    /// Who is dropped first where an index is narrowed.
    NarrowOrder {
        /// Who has the least weight times value.
        Contribution = "contribution",
        /// Who has the least value.
        Value = "value",
    }
    /// Whether the round of a loop that crosses a bound counts.
    RoundCrossing {
        /// It is taken back.
        Exclude = "exclude",
        /// It is the last.
        Include = "include",
    }
    /// What happens where narrowing comes down to the least number of names.
    NarrowEnd {
        /// The review cannot be made.
        Error = "error",
        /// Those are the members.
        Keep = "keep",
    }
    /// How z-scores become one score.
    Combine {
        /// The mean of those a name has, weighted where weights are stated.
        Mean = "mean",
        /// The product of those a name has.
        Product = "product",
    }
    /// How a fractional count becomes whole.
    Rounding {
        /// To the next larger.
        Up = "up",
        /// To the next smaller.
        Down = "down",
        /// To the nearest, halves up.
        Nearest = "nearest",
    }
    /// What a tilt multiplies.
    TiltBase {
        /// Parent weight.
        Parent = "parent",
        /// One.
        Equal = "equal",
    }
    /// How a number becomes a tilt factor.
    TiltMap {
        /// 1+z; 1/(1−z) below zero; 1 at zero.
        OnePlusZ = "one-plus-z",
        /// The standard normal distribution function.
        NormalCdf = "normal-cdf",
        /// e to the number.
        Exponential = "exponential",
        /// The rank ascending, the worst 1.
        Rank = "rank",
        /// (rank − ½) ÷ n.
        Percentile = "percentile",
        /// The number itself.
        Value = "value",
    }
    /// What happens to a name without one of the measures.
    MeasureMissing {
        /// Average the shares it has.
        AverageOthers = "average-others",
        /// Count it as zero.
        Zero = "zero",
        /// No composite, hence out.
        ExcludeSecurity = "exclude-security",
    }
    /// What a zero or negative measure counts as.
    SignMeans {
        /// Zero.
        Zero = "zero",
        /// Missing.
        Missing = "missing",
        /// An impossible value: the run stops.
        Error = "error",
    }
    /// What happens where a group that must have weight has no member.
    EmptyGroup {
        /// The rules cannot all hold.
        Error = "error",
        /// Its weight goes to the others in proportion.
        Spread = "spread",
    }
}
