//! The world's prices, actions and publications, in the layout of a dataset.

use std::ops::Range;

use divisor_model::{Table, TextBuilder, Values};

use super::company::round_amount;
use super::generate::Listing;
use super::publications::{FIELDS, Publication};
use super::quotes::Quotes;
use super::simulation::World;

/// Closes and volumes of one range of sessions, by security and day, split-adjusted to the end of the world.
pub(super) fn prices(world: &World<'_>, listed: &[Quotes<'_>], sessions: &Range<usize>) -> Table {
    let mut ids = TextBuilder::default();
    let (mut days, mut closes, mut total_returns, mut volumes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for quotes in listed {
        let start = sessions.start.max(quotes.first);
        let end = sessions.end.min(quotes.end());
        if start >= end {
            continue;
        }
        let id = ids.intern(quotes.security_id);
        let base = quotes.close[0] / quotes.later(0);
        for session in start..end {
            let row = session - quotes.first;
            let later = quotes.later(row);
            ids.push_code(id);
            days.push(world.timeline.days[session]);
            closes.push(round_amount(quotes.close[row] / later));
            total_returns.push(round_amount(base * quotes.index[row]));
            volumes.push((quotes.volume[row] * later).round().max(1.0));
        }
    }
    Table::new("prices")
        .with("security_id", Values::Text(ids.finish_sorted()))
        .with("date", Values::Day(days))
        .with("close", Values::Number(closes))
        .with("close_total_return", Values::Number(total_returns))
        .with("volume", Values::Number(volumes))
}

/// Corporate actions by security and ex-date.
pub(super) fn actions(listed: &[Quotes<'_>]) -> Table {
    let (mut ids, mut kinds) = (TextBuilder::default(), TextBuilder::default());
    let (mut ex_dates, mut known, mut ratios, mut amounts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for quotes in listed {
        for action in quotes.actions {
            let present = |value: f64, is_there: bool| if is_there { value } else { f64::NAN };
            ids.push(Some(quotes.security_id));
            kinds.push(Some(action.kind.code()));
            ex_dates.push(action.ex_day);
            known.push(action.known_on);
            ratios.push(present(action.value, action.cash() <= 0.0));
            amounts.push(present(action.value, action.cash() > 0.0));
        }
    }
    Table::new("actions")
        .with("security_id", Values::Text(ids.finish_sorted()))
        .with("ex_date", Values::Day(ex_dates))
        .with("known_on", Values::Day(known))
        .with("kind", Values::Text(kinds.finish_sorted()))
        .with("ratio", Values::Number(ratios))
        .with("amount", Values::Number(amounts))
}

/// Publications by security, kind of period, period and date of knowledge.
pub(super) fn fundamentals(listings: &[Listing<'_>]) -> Table {
    let rows: Vec<(&Listing<'_>, &Publication)> = listings.iter().flat_map(published).collect();
    let (mut ids, mut periods) = (TextBuilder::default(), TextBuilder::default());
    for (listing, row) in &rows {
        ids.push(Some(&listing.security_id));
        periods.push(Some(if row.annual { "FY" } else { "Q" }));
    }
    let mut table = Table::new("fundamentals")
        .with("security_id", Values::Text(ids.finish_sorted()))
        .with(
            "period_end",
            Values::Day(rows.iter().map(|(_, row)| row.period_end()).collect()),
        )
        .with(
            "period_start",
            Values::Day(rows.iter().map(|(_, row)| row.period_start()).collect()),
        )
        .with("period", Values::Text(periods.finish_sorted()))
        .with(
            "known_on",
            Values::Day(rows.iter().map(|(_, row)| row.known_on).collect()),
        )
        .with(
            "withdrawn",
            Values::Flag(rows.iter().map(|(_, row)| Some(row.withdrawn)).collect()),
        );
    for (field, name) in FIELDS.iter().enumerate() {
        let values = rows.iter().map(|(listing, row)| listing.line.figure(row, field));
        table.push(*name, Values::Number(values.collect()));
    }
    table
}

/// What a listing published: fiscal years, then quarters.
fn published<'a>(listing: &'a Listing<'a>) -> impl Iterator<Item = (&'a Listing<'a>, &'a Publication)> {
    let rows = listing
        .publications
        .annual
        .iter()
        .chain(&listing.publications.quarterly);
    rows.map(move |row| (listing, row))
}
