//! What is listed, as the tables of prices and corporate actions see it: a line of a company or a fund.

use super::company::Action;
use super::funds::Fund;
use super::generate::Listing;

/// One listed security over its life.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quotes<'a> {
    pub security_id: &'a str,
    /// Session of the first row.
    pub first: usize,
    pub close: &'a [f64],
    pub volume: &'a [f64],
    /// Total return index, 1 at the first session.
    pub index: &'a [f64],
    /// New shares per share of each row from all later splits; `None` where there are none ever.
    pub later_splits: Option<&'a [f64]>,
    pub actions: &'a [Action],
}

impl Quotes<'_> {
    /// The session after its last.
    pub(super) fn end(&self) -> usize {
        self.first + self.close.len()
    }

    /// New shares per share of a row from all later splits.
    pub(super) fn later(&self, row: usize) -> f64 {
        self.later_splits.map_or(1.0, |factors| factors[row])
    }
}

/// Lines and funds by security id.
pub(super) fn by_id<'a>(listings: &'a [Listing<'_>], funds: &'a [Fund]) -> Vec<Quotes<'a>> {
    let lines = listings.iter().map(|listing| Quotes {
        security_id: &listing.security_id,
        first: listing.line.path.first,
        close: &listing.line.path.close,
        volume: &listing.line.path.volume,
        index: &listing.line.index,
        later_splits: Some(&listing.later_splits),
        actions: &listing.line.company.actions,
    });
    let funds = funds.iter().map(|fund| Quotes {
        security_id: &fund.identity.security_id,
        first: fund.path.first,
        close: &fund.path.close,
        volume: &fund.path.volume,
        index: &fund.index,
        later_splits: None,
        actions: &fund.actions,
    });
    let mut all: Vec<Quotes<'_>> = lines.chain(funds).collect();
    all.sort_by_key(|quotes| quotes.security_id);
    all
}
