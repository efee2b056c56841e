//! Corporate actions, point in time.

use crate::{Day, SecurityIndex};

/// What happened to a security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActionKind {
    /// New shares for old ones; `ratio` new shares per old one.
    Split,
    /// New shares handed out in proportion; `ratio` new shares per old one, the old one included.
    StockDividend,
    /// A cash dividend; `amount` per share of the day before, in the security's currency.
    Dividend,
    /// A special cash dividend.
    SpecialDividend,
}

impl ActionKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Split, Self::StockDividend, Self::Dividend, Self::SpecialDividend];

    /// As written in the `kind` column.
    pub fn code(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::StockDividend => "stock-dividend",
            Self::Dividend => "dividend",
            Self::SpecialDividend => "special-dividend",
        }
    }

    /// From the `kind` column.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Changes of the share basis of all securities. There is no way to one but through a cut-off.
#[derive(Debug, Default)]
pub struct Actions {
    /// Sorted by security, ex-date, date of knowledge and ratio.
    splits: Vec<Split>,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    security: SecurityIndex,
    ex_date: Day,
    known_on: Day,
    ratio: f64,
}

impl Actions {
    /// By what factor one share of the basis of day `from` has multiplied by day `to`, from splits and stock dividends
    /// known by the cut-off with an ex-date after the earlier of the two days and up to the later. Below one when `to`
    /// lies before `from` and a split lies between.
    pub fn share_factor(&self, security: SecurityIndex, from: Day, to: Day, cutoff: Day) -> f64 {
        let mut factor = 1.0;
        for (_, ratio) in self.share_changes(security, from.min(to), from.max(to), cutoff) {
            factor *= ratio;
        }
        if from <= to { factor } else { 1.0 / factor }
    }

    /// Ex-date and ratio of the share changes with `after < ex_date <= until` known by the cut-off, by ex-date.
    pub fn share_changes(
        &self,
        security: SecurityIndex,
        after: Day,
        until: Day,
        cutoff: Day,
    ) -> impl Iterator<Item = (Day, f64)> {
        let start = self
            .splits
            .partition_point(|split| (split.security, split.ex_date) <= (security, after));
        self.splits[start..]
            .iter()
            .take_while(move |split| split.security == security && split.ex_date <= until)
            .filter(move |split| split.known_on <= cutoff)
            .map(|split| (split.ex_date, split.ratio))
    }
}

/// Collects actions in any order.
#[derive(Debug, Default)]
pub struct ActionsBuilder {
    splits: Vec<Split>,
}

impl ActionsBuilder {
    /// Adds a split or stock dividend.
    pub fn push_share_change(&mut self, security: SecurityIndex, ex_date: Day, known_on: Day, ratio: f64) {
        self.splits.push(Split {
            security,
            ex_date,
            known_on,
            ratio,
        });
    }

    /// Sorts what was collected.
    pub fn finish(mut self) -> Actions {
        self.splits.sort_unstable_by(|a, b| {
            let key = |split: &Split| (split.security, split.ex_date, split.known_on);
            key(a).cmp(&key(b)).then(a.ratio.total_cmp(&b.ratio))
        });
        Actions { splits: self.splits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_basis_moves_by_known_splits_between_two_days() {
        let mut builder = ActionsBuilder::default();
        builder.push_share_change(1, 100, 90, 2.0);
        builder.push_share_change(1, 200, 250, 3.0);
        builder.push_share_change(2, 150, 150, 5.0);
        let actions = builder.finish();
        let factor = |from, to, cutoff| actions.share_factor(1, from, to, cutoff);
        assert_eq!(factor(99, 100, 300).to_bits(), 2.0f64.to_bits());
        assert_eq!(factor(100, 150, 300).to_bits(), 1.0f64.to_bits());
        assert_eq!(factor(50, 300, 249).to_bits(), 2.0f64.to_bits());
        assert_eq!(factor(50, 300, 250).to_bits(), 6.0f64.to_bits());
        assert_eq!(factor(150, 50, 300).to_bits(), 0.5f64.to_bits());
    }
}
