//! The functions of the language and their named arguments.

use divisor_model::Period;

/// The functions of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// |x|.
    Abs,
    /// Natural logarithm; missing at zero and below.
    Log,
    /// e to the x.
    Exp,
    /// Square root; missing below zero.
    Sqrt,
    /// Least of its arguments; missing where any is.
    Min,
    /// Greatest of its arguments; missing where any is.
    Max,
    /// First argument that is not missing.
    Coalesce,
    /// Whether the argument is missing.
    IsMissing,
    /// Newest known value of a reported field.
    Latest,
    /// Value so many periods before the newest known one.
    Lag,
    /// Mean of the window.
    Average,
    /// Standard deviation of the window.
    Stdev,
    /// (newer − older) ÷ |older|; a series inside another history function, its newest value outside.
    Growth,
    /// Sum of the last twelve months.
    Ttm,
    /// Simple return of the price over a window of months.
    Returns,
    /// Annualised standard deviation of daily or weekly simple returns.
    Volatility,
}

/// What a function works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// Numbers of the snapshot, name by name.
    Elementwise,
    /// The reported history of one security.
    Fundamentals,
    /// The price history of one security.
    Prices,
}

impl Function {
    /// All functions.
    pub const ALL: [Self; 16] = [
        Self::Abs,
        Self::Log,
        Self::Exp,
        Self::Sqrt,
        Self::Min,
        Self::Max,
        Self::Coalesce,
        Self::IsMissing,
        Self::Latest,
        Self::Lag,
        Self::Average,
        Self::Stdev,
        Self::Growth,
        Self::Ttm,
        Self::Returns,
        Self::Volatility,
    ];

    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Abs => "abs",
            Self::Log => "log",
            Self::Exp => "exp",
            Self::Sqrt => "sqrt",
            Self::Min => "min",
            Self::Max => "max",
            Self::Coalesce => "coalesce",
            Self::IsMissing => "is_missing",
            Self::Latest => "latest",
            Self::Lag => "lag",
            Self::Average => "average",
            Self::Stdev => "stdev",
            Self::Growth => "growth",
            Self::Ttm => "ttm",
            Self::Returns => "returns",
            Self::Volatility => "volatility",
        }
    }

    /// What it works on.
    pub fn kind(self) -> FunctionKind {
        match self {
            Self::Latest | Self::Lag | Self::Average | Self::Stdev | Self::Growth | Self::Ttm => {
                FunctionKind::Fundamentals
            }
            Self::Returns | Self::Volatility => FunctionKind::Prices,
            _ => FunctionKind::Elementwise,
        }
    }

    /// How it is called, for messages.
    pub fn usage(self) -> &'static str {
        match self {
            Self::Abs => "abs(x)",
            Self::Log => "log(x)",
            Self::Exp => "exp(x)",
            Self::Sqrt => "sqrt(x)",
            Self::Min => "min(a, b, …)",
            Self::Max => "max(a, b, …)",
            Self::Coalesce => "coalesce(a, b, …)",
            Self::IsMissing => "is_missing(x)",
            Self::Latest => "latest(field) or latest(field, period = \"any\")",
            Self::Lag => "lag(field, years = 1)",
            Self::Average => "average(field, years = 5) or average(field, years = 5, min = 3)",
            Self::Stdev => "stdev(field, years = 5) or stdev(growth(field, quarters = 4), quarters = 12, min = 8)",
            Self::Growth => "growth(field, years = 1)",
            Self::Ttm => "ttm(field)",
            Self::Returns => "returns(months = 12, skip = 1)",
            Self::Volatility => "volatility(days = 252) or volatility(weeks = 156, min = 100)",
        }
    }

    /// The named arguments it takes.
    pub(crate) fn option_names(self) -> &'static [&'static str] {
        match self {
            Self::Latest => &["period"],
            Self::Lag | Self::Growth => &["years", "quarters"],
            Self::Average => &["years", "quarters", "min"],
            Self::Stdev => &["years", "quarters", "min", "deviation"],
            Self::Returns => &["months", "skip"],
            Self::Volatility => &["days", "weeks", "min", "deviation"],
            _ => &[],
        }
    }

    /// From its name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }
}

/// The unit of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "units of time")]
pub enum WindowUnit {
    Years,
    Quarters,
    Months,
    Weeks,
    Days,
}

impl WindowUnit {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Years => "years",
            Self::Quarters => "quarters",
            Self::Months => "months",
            Self::Weeks => "weeks",
            Self::Days => "days",
        }
    }
}

/// A length of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Unit.
    pub unit: WindowUnit,
    /// How many of it; at least 1.
    pub length: usize,
}

/// Which periods `latest` may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesPeriod {
    /// Fiscal years for flows, any period for stocks: the default.
    ByKind,
    /// Fiscal years only.
    One(Period),
    /// Whatever period ended last.
    Any,
}

/// Named arguments of a function, defaults filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Length of history.
    pub window: Option<Window>,
    /// Least number of values; the window's length unless stated.
    pub min: Option<usize>,
    /// Months left out at the new end.
    pub skip: usize,
    /// Whether `deviation = "population"` was stated; sample otherwise.
    pub population: bool,
    /// For `latest`.
    pub period: SeriesPeriod,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: None,
            min: None,
            skip: 0,
            population: false,
            period: SeriesPeriod::ByKind,
        }
    }
}

impl Options {
    /// As written, for the canonical text.
    pub(super) fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if let Some(window) = self.window {
            parts.push(format!("{} = {}", window.unit.name(), window.length));
        }
        if let Some(min) = self.min {
            parts.push(format!("min = {min}"));
        }
        if self.skip > 0 {
            parts.push(format!("skip = {}", self.skip));
        }
        if self.population {
            parts.push("deviation = \"population\"".to_owned());
        }
        match self.period {
            SeriesPeriod::ByKind => {}
            SeriesPeriod::One(period) => parts.push(format!("period = \"{}\"", period.code())),
            SeriesPeriod::Any => parts.push("period = \"any\"".to_owned()),
        }
        parts
    }
}
