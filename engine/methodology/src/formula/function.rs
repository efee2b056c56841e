//! The functions of the language and their named arguments. What each means is in [`super::record`].

use divisor_model::Period;

use super::record::{RECORDS, Record};

/// The functions of the language, in the order of their records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each has a record that documents it for users and readers alike"
)]
pub enum Function {
    Abs,
    Log,
    Exp,
    Sqrt,
    Min,
    Max,
    Coalesce,
    IsMissing,
    If,
    Latest,
    Lag,
    Average,
    Stdev,
    Growth,
    Yoy,
    Trend,
    Streak,
    Ttm,
    Returns,
    Volatility,
    Beta,
    Drawdown,
    Adv,
    Atvr,
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
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        RECORDS.iter().map(|record| record.function)
    }

    /// Its documentation: the one source of messages, prose and the printed reference.
    pub fn record(self) -> &'static Record {
        &RECORDS[self as usize]
    }

    /// As written.
    pub fn name(self) -> &'static str {
        self.record().name
    }

    /// What it works on.
    pub fn kind(self) -> FunctionKind {
        match self {
            Self::Latest
            | Self::Lag
            | Self::Average
            | Self::Stdev
            | Self::Growth
            | Self::Yoy
            | Self::Trend
            | Self::Streak
            | Self::Ttm => FunctionKind::Fundamentals,
            Self::Returns | Self::Volatility | Self::Beta | Self::Drawdown | Self::Adv | Self::Atvr => {
                FunctionKind::Prices
            }
            _ => FunctionKind::Elementwise,
        }
    }

    /// How it is called, for messages.
    pub fn usage(self) -> &'static str {
        self.record().usage
    }

    /// The kind of period that one slot of its series stands for.
    pub fn spacing(self, options: &Options) -> Period {
        match (self, options.period, options.window.map(|window| window.unit)) {
            (Self::Yoy, SeriesPeriod::One(period), _) => period,
            (Self::Yoy, ..) | (_, _, Some(WindowUnit::Quarters)) => Period::Quarter,
            _ => Period::FiscalYear,
        }
    }

    /// Whether it reads the column `volume` beside `close`.
    pub fn needs_volume(self) -> bool {
        matches!(self, Self::Adv | Self::Atvr)
    }

    /// From its name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|function| function.name() == name)
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

    /// From the name of an argument.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Years, Self::Quarters, Self::Months, Self::Weeks, Self::Days];
        all.into_iter().find(|unit| unit.name() == name)
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

/// Which periods `latest` may take, or `yoy` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesPeriod {
    /// `latest`: fiscal years for flows, any period for stocks. `yoy`: quarters. The default.
    ByKind,
    /// Periods of one kind only.
    One(Period),
    /// Whatever period ended last.
    Any,
}

/// What the slope of `trend` is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relative {
    /// |mean| of the values.
    Average,
    /// Mean of their absolute values.
    Magnitude,
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
    /// For `latest` and `yoy`.
    pub period: SeriesPeriod,
    /// For `trend`; `None` leaves the slope as it is.
    pub relative: Option<Relative>,
    /// Whether `of = "median"` was stated; the mean otherwise.
    pub median: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: None,
            min: None,
            skip: 0,
            population: false,
            period: SeriesPeriod::ByKind,
            relative: None,
            median: false,
        }
    }
}

impl Options {
    /// The least number of values a window needs.
    pub fn least(&self) -> usize {
        let length = self.window.map_or(0, |window| window.length);
        self.min.unwrap_or(length)
    }

    /// As written, for the canonical text: what is left out is the default.
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
        match self.relative {
            None => {}
            Some(Relative::Average) => parts.push("relative = \"average\"".to_owned()),
            Some(Relative::Magnitude) => parts.push("relative = \"magnitude\"".to_owned()),
        }
        if self.median {
            parts.push("of = \"median\"".to_owned());
        }
        parts
    }
}
