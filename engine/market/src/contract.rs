//! What every value of a standard column must be. One table of rules; checks stop nothing, they collect defects.

use divisor_model::Problem;

use crate::frame::ColumnKind;

/// The type a standard column must have; vendor columns may have any usable one.
pub(crate) fn expected_kind(column: &str) -> Option<ColumnKind> {
    Some(match column {
        "security_id" | "issuer_id" | "name" | "ticker" | "isin" | "sedol" | "figi" | "mic" | "currency" | "sector"
        | "country" | "industry" | "period" | "kind" => ColumnKind::Text,
        "price_date" | "date" | "period_end" | "period_start" | "known_on" | "ex_date" => ColumnKind::Day,
        "universes" => ColumnKind::TextList,
        "withdrawn" => ColumnKind::Flag,
        "close" | "close_total_return" | "volume" | "ratio" | "amount" => ColumnKind::Number,
        _ if divisor_model::standard_field(column).is_some() => ColumnKind::Number,
        _ => return None,
    })
}

/// What is impossible for a present, finite value of a column.
pub(crate) fn impossible(column: &str, value: f64) -> Option<Problem> {
    let rule = match column {
        "price" | "close" | "close_total_return" | "shares" | "market_cap" | "fx" if value <= 0.0 => {
            "is not above zero"
        }
        "free_float" if !(0.0..=1.0).contains(&value) => "is not between 0 and 1",
        "volume" | "adv_3m" | "volatility_1y" | "dividends" | "dividends_per_share" if value < 0.0 => "is below zero",
        "ratio" if value <= 0.0 => "is not above zero",
        _ => return None,
    };
    Some(Problem::Impossible(rule))
}

/// Whether a column has impossible values at all: saves a pass over those that have none.
pub(crate) fn is_bounded(column: &str) -> bool {
    impossible(column, -1.0).is_some()
}
