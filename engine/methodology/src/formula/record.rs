//! What every function means: the one source of its messages, of the prose of rulebooks and of the printed reference.

mod table;

pub(crate) use table::RECORDS;

use super::Function;

/// One function as it is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which.
    pub function: Function,
    /// As written.
    pub name: &'static str,
    /// How it is called, for messages.
    pub usage: &'static str,
    /// What its positional arguments are.
    pub takes: Takes,
    /// Its named arguments.
    pub named: &'static [Named],
    /// What its result is measured in.
    pub result: ResultUnit,
    /// What it computes.
    pub formula: &'static str,
    /// Which rows go in.
    pub window: &'static str,
    /// How many of them must be there.
    pub least: &'static str,
    /// When the result is missing.
    pub missing: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// A formula that compiles.
    pub example: &'static str,
}

/// The positional arguments of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// None.
    Nothing,
    /// One number a security.
    Number,
    /// One number or text a security.
    Anything,
    /// Two or more numbers a security.
    Numbers,
    /// A condition a security, and one or two numbers.
    Choice,
    /// The name of a reported field.
    Field,
    /// The name of a reported field that is a flow.
    Flow,
    /// Reported fields, arithmetic over them and the functions that give series.
    Series,
    /// Comparisons of series, joined by `and`, `or`, `not`.
    Condition,
}

impl Takes {
    /// In words, with the units it may have.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "no positional argument",
            Self::Number => "one number a security, of any unit",
            Self::Anything => "one column or number a security, of any unit",
            Self::Numbers => "two or more numbers a security, of one unit",
            Self::Choice => "a condition, then one or two numbers a security, of one unit",
            Self::Field => "the name of a numeric field of `fundamentals`, of any unit",
            Self::Flow => "the name of a field of `fundamentals` that is a flow, of any unit",
            Self::Series => {
                "a series, of any unit: numeric fields of `fundamentals`, + - * / over them, `growth`, `yoy`, `lag` and `ttm`"
            }
            Self::Condition => "a condition over series: comparisons of them, joined by `and`, `or`, `not`",
        }
    }
}

/// A named argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// As written.
    pub name: &'static str,
    /// What it may be.
    pub takes: &'static str,
    /// What it is where it is not written; empty where it, or another of the windows, must be.
    pub default: &'static str,
}

/// What a result is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultUnit {
    /// A number without a unit.
    Plain,
    /// True or false.
    Condition,
    /// The unit of the argument.
    Argument,
    /// The unit of the argument, a fiscal year or quarter; a ratio a period with `relative`.
    ArgumentPerPeriod,
    /// A fraction: 0.05 is 5%.
    Ratio,
    /// A fraction a year.
    AnnualRatio,
    /// Currency of the dataset, a day.
    MoneyPerDay,
    /// A number of periods.
    Count,
}

impl ResultUnit {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Plain => "a number without a unit",
            Self::Condition => "true or false",
            Self::Argument => "the unit of the argument",
            Self::ArgumentPerPeriod => {
                "the unit of the argument, per fiscal year or quarter; a ratio per period with `relative`"
            }
            Self::Ratio => "a ratio (0.05 is 5%)",
            Self::AnnualRatio => "a ratio per year (0.2 is 20% a year)",
            Self::MoneyPerDay => "money per day, in the dataset's currency",
            Self::Count => "a count of periods",
        }
    }
}

#[cfg(test)]
mod tests;
