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
    /// How turnover is counted.
    TurnoverMeasure {
        /// Half the sum of trades.
        OneWay = "one-way",
        /// The sum of trades.
        TwoWay = "two-way",
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
    }
    /// How z-scores become one score.
    Combine {
        /// The plain mean of those a name has.
        Mean = "mean",
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
