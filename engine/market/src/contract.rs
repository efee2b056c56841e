//! What every value of a standard column must be. One table of rules; checks stop nothing, they collect defects.

use divisor_model::Problem;

use crate::frame::ColumnKind;

/// The type a standard column must have; vendor columns may have any usable one.
pub(crate) fn expected_kind(column: &str) -> Option<ColumnKind> {
    Some(match column {
        "security_id" | "issuer_id" | "name" | "ticker" | "isin" | "sedol" | "figi" | "cusip" | "mic" | "currency"
        | "sector" | "country" | "industry" | "period" | "kind" | "scheme" | "value" => ColumnKind::Text,
        "price_date" | "date" | "from" | "to" | "period_end" | "period_start" | "known_on" | "ex_date" => {
            ColumnKind::Day
        }
        "universes" => ColumnKind::TextList,
        "withdrawn" => ColumnKind::Flag,
        "close" | "close_total_return" | "volume" | "ratio" | "amount" => ColumnKind::Number,
        _ if divisor_model::standard_field(column).is_some() => ColumnKind::Number,
        _ => return None,
    })
}

/// The type a column of a table must have: names of factors are texts in risk models, and anything elsewhere.
pub(crate) fn expected_kind_in(table: &str, column: &str) -> Option<ColumnKind> {
    match (table, column) {
        ("risk", "factor" | "factor_a" | "factor_b") => Some(ColumnKind::Text),
        _ => expected_kind(column),
    }
}

/// The values a column can have.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    least: f64,
    greatest: f64,
    rule: &'static str,
}

impl Bounds {
    /// What is wrong with a value; missing and infinite ones are judged elsewhere.
    pub(crate) fn broken_by(&self, value: f64) -> Option<Problem> {
        (value.is_finite() && self.is_outside(value)).then_some(Problem::Impossible(self.rule))
    }

    /// Whether all values may be possible: one pass without branches tells whether a closer look is needed.
    pub(crate) fn hold_for(&self, values: &[f64]) -> bool {
        !values.iter().fold(false, |some, value| some | self.is_outside(*value))
    }

    /// A missing value is not.
    fn is_outside(&self, value: f64) -> bool {
        value < self.least || value > self.greatest
    }
}

/// The values a column can have, where not all are possible.
pub(crate) fn bounds(column: &str) -> Option<Bounds> {
    const ABOVE_ZERO: f64 = f64::from_bits(1);
    let (least, greatest, rule) = match column {
        "price" | "close" | "close_total_return" | "shares" | "market_cap" | "fx" | "ratio" => {
            (ABOVE_ZERO, f64::INFINITY, "is not above zero")
        }
        "free_float" => (0.0, 1.0, "is not between 0 and 1"),
        "volume" | "adv_3m" | "volatility_1y" | "dividends" | "dividends_per_share" => {
            (0.0, f64::INFINITY, "is below zero")
        }
        _ => return None,
    };
    Some(Bounds { least, greatest, rule })
}
