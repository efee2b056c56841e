//! Turnover: new weights against drifted old ones.

use divisor_model::SecurityIndex;
use divisor_numeric::sum;

use crate::drift::{DriftSource, Drifted};

/// What a review trades.
#[derive(Debug, Clone, Default)]
pub struct Turnover {
    /// One row for every name held before or after, by ascending security.
    pub rows: Vec<TurnoverRow>,
    /// Half the sum of absolute trades, a fraction; `None` at the first review.
    pub one_way: Option<f64>,
}

/// The trade of one name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TurnoverRow {
    /// Which.
    pub security: SecurityIndex,
    /// Drifted old weight, 0 for an addition.
    pub old_weight: f64,
    /// New weight, 0 for a deletion.
    pub new_weight: f64,
    /// How the old weight was drifted.
    pub drift_source: DriftSource,
}

impl TurnoverRow {
    /// New less old weight.
    pub fn trade(&self) -> f64 {
        self.new_weight - self.old_weight
    }

    /// Why it trades.
    pub fn cause(&self) -> &'static str {
        if self.drift_source == DriftSource::None {
            "addition"
        } else if self.new_weight > 0.0 {
            "reweight"
        } else {
            "deletion"
        }
    }
}

impl Turnover {
    /// The trade of one security, if it was held before or is now.
    pub fn of(&self, security: SecurityIndex) -> Option<&TurnoverRow> {
        let at = self.rows.binary_search_by_key(&security, |row| row.security);
        at.ok().map(|at| &self.rows[at])
    }

    /// The rows with the biggest trade first, then by security: as published.
    pub fn by_size(&self) -> Vec<TurnoverRow> {
        let mut rows = self.rows.clone();
        rows.sort_by(|a, b| {
            b.trade()
                .abs()
                .total_cmp(&a.trade().abs())
                .then(a.security.cmp(&b.security))
        });
        rows
    }
}

/// The turnover from drifted old weights, if there are any, to new ones; both ascend by security.
pub(crate) fn turnover(old: Option<&[Drifted]>, new: &[(SecurityIndex, f64)]) -> Turnover {
    let mut rows: Vec<TurnoverRow> = Vec::with_capacity(new.len() + new.len() / 4);
    let mut held = old.unwrap_or_default().iter().peekable();
    let sold = |held: &Drifted| TurnoverRow {
        security: held.security,
        old_weight: held.weight,
        new_weight: 0.0,
        drift_source: held.source,
    };
    for (security, weight) in new {
        while let Some(left) = held.next_if(|held| held.security < *security) {
            rows.push(sold(left));
        }
        let kept = held.next_if(|held| held.security == *security);
        rows.push(TurnoverRow {
            security: *security,
            old_weight: kept.map_or(0.0, |held| held.weight),
            new_weight: *weight,
            drift_source: kept.map_or(DriftSource::None, |held| held.source),
        });
    }
    rows.extend(held.map(sold));
    let trades: Vec<f64> = rows.iter().map(|row| row.trade().abs()).collect();
    let one_way = old.map(|_| sum(&trades) / 2.0);
    Turnover { rows, one_way }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_turnover_is_buys_and_is_sells() {
        let held = |security, weight| Drifted {
            security,
            weight,
            source: DriftSource::Close,
        };
        let found = turnover(
            Some(&[held(1, 0.5), held(2, 0.3), held(3, 0.2)]),
            &[(1, 0.4), (3, 0.35), (4, 0.25)],
        );
        // Sells 0.1 + 0.3, buys 0.15 + 0.25.
        assert!(found.one_way.is_some_and(|one_way| (one_way - 0.4).abs() < 1e-15));
        let order: Vec<(u32, &str)> = found.by_size().iter().map(|row| (row.security, row.cause())).collect();
        assert_eq!(
            order,
            [(2, "deletion"), (4, "addition"), (3, "reweight"), (1, "reweight")]
        );
        assert!(turnover(None, &[(1, 1.0)]).one_way.is_none());
    }
}
