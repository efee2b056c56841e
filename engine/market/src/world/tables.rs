//! The world's tables, in the layout of a dataset.

use std::ops::Range;

use divisor_model::{Table, TextBuilder, Values};

use super::company::round_amount;
use super::generate::{Listing, Named};
use super::publications::{FIELDS, Publication};
use super::simulation::World;
use super::snapshots::{COLUMNS, SnapshotRow};
use super::vendors::{self, VendorRow};

/// Text columns of a snapshot.
type TextOf = for<'a> fn(&'a World<'_>, &'a Named<'_>) -> &'a str;

/// Closes and volumes of one range of sessions, by security and day, split-adjusted to the end of the world.
pub(super) fn prices(world: &World<'_>, listings: &[Listing<'_>], sessions: &Range<usize>) -> Table {
    let mut ids = TextBuilder::default();
    let (mut days, mut closes, mut total_returns, mut volumes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for listing in listings {
        let path = &listing.line.path;
        let start = sessions.start.max(path.first);
        let end = sessions.end.min(listing.line.end());
        if start >= end {
            continue;
        }
        let id = ids.intern(&listing.security_id);
        let base = path.close[0] / listing.later_splits[0];
        for session in start..end {
            let row = session - path.first;
            let later = listing.later_splits[row];
            ids.push_code(id);
            days.push(world.timeline.days[session]);
            closes.push(round_amount(path.close[row] / later));
            total_returns.push(round_amount(base * listing.line.index[row]));
            volumes.push((path.volume[row] * later).round().max(1.0));
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
pub(super) fn actions(listings: &[Listing<'_>]) -> Table {
    let (mut ids, mut kinds) = (TextBuilder::default(), TextBuilder::default());
    let (mut ex_dates, mut known, mut ratios, mut amounts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for listing in listings {
        for action in &listing.line.company.actions {
            let present = |value: f64, is_there: bool| if is_there { value } else { f64::NAN };
            ids.push(Some(&listing.security_id));
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

/// One snapshot, by security.
pub(super) fn snapshot(world: &World<'_>, named: &[Named<'_>], snapshot: usize) -> Table {
    let find = |one: &Named<'_>| one.snapshots.binary_search_by_key(&snapshot, |row| row.snapshot).ok();
    let places: Vec<(&Named<'_>, usize)> = named.iter().filter_map(|one| Some((one, find(one)?))).collect();
    let alive: Vec<(&Named<'_>, &SnapshotRow)> = places.iter().map(|(one, at)| (*one, &one.snapshots[*at])).collect();
    let texts: [(&str, TextOf); 10] = [
        ("security_id", |_, one| &one.identity.security_id),
        ("issuer_id", |_, one| &one.identity.issuer_id),
        ("name", |_, one| &one.identity.name),
        ("ticker", |_, one| &one.identity.ticker),
        ("isin", |_, one| &one.identity.isin),
        ("mic", |world, one| {
            &world.spec.countries[one.traits.slot.country].mics[one.traits.mic]
        }),
        ("country", |world, one| {
            &world.spec.countries[one.traits.slot.country].code
        }),
        ("currency", |world, one| &world.currencies.codes[one.traits.currency]),
        ("sector", |world, one| &world.spec.sectors[one.traits.slot.sector].name),
        ("industry", |world, one| {
            &world.spec.sectors[one.traits.slot.sector].industries[one.traits.industry]
        }),
    ];
    let mut table = Table::new("snapshots");
    for (name, text) in texts {
        let mut builder = TextBuilder::with_capacity(alive.len());
        for (one, _) in &alive {
            builder.push(Some(text(world, one)));
        }
        table.push(name, Values::Text(builder.finish_sorted()));
    }
    let day = world.timeline.days[world.timeline.snapshots[snapshot]];
    table.push("price_date", Values::Day(vec![day; alive.len()]));
    for (column, name) in COLUMNS.iter().enumerate() {
        let values = alive.iter().map(|(_, row)| row.values[column]);
        table.push(*name, Values::Number(values.collect()));
    }
    if world.spec.vendors.is_some() {
        let rows: Vec<&VendorRow> = places.iter().map(|(one, at)| &one.vendors[*at]).collect();
        for (column, name) in vendors::COLUMNS.iter().enumerate() {
            let values = rows.iter().map(|row| row.values[column]);
            table.push(*name, Values::Number(values.collect()));
        }
        table.push(
            "excluded",
            Values::Flag(rows.iter().map(|row| Some(row.excluded)).collect()),
        );
    }
    table
}
