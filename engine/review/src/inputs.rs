//! What a review read: per table the columns, the rows and a content hash of those rows in canonical order. Only what
//! this review of this index needs counts, whatever shared the run.

mod risk;

use std::collections::{BTreeMap, BTreeSet};

use divisor_market::STANDARD_COLUMNS;
use divisor_model::{Column, Date, Day, DayRanges, SecurityIndex, Snapshot, day_of};
use serde::Serialize;

use crate::bind::{BoundReview, Pipeline};
use crate::fold::Review;
use crate::needs::{CLOSE_AGE_DAYS_MAX, price_window, reads_volume, snapshot_columns};
use crate::publications::{Publications, windows};
use crate::shared::{CallTable, Shared};
use risk::risk_inputs;

/// BLAKE3 of bytes, lower-case hex: the hash of files.
pub fn hash_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// BLAKE3 of a text, lower-case hex.
pub fn hash_text(text: &str) -> String {
    hash_bytes(text.as_bytes())
}

/// One table as one review read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Input {
    /// Columns, sorted.
    pub(crate) columns: Vec<String>,
    /// Rows.
    pub(crate) rows: usize,
    /// BLAKE3 of the rows, sorted by key, columns in the order above.
    pub(crate) content_hash: String,
    /// What became of the publications read; for `fundamentals`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) publications: Option<Publications>,
    /// Rows of the days read whose identifier nobody carried; for tables keyed by identifiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unresolved_rows: Option<usize>,
}

/// The inputs of a review by table.
pub(crate) fn inputs(pipeline: &Pipeline, shared: &Shared, review: &Review) -> BTreeMap<&'static str, Input> {
    let mut inputs = BTreeMap::new();
    let own = |bound: &&BoundReview| bound.dates.effective == review.dates.effective;
    let Some(bound) = pipeline.reviews.iter().find(own) else {
        return inputs;
    };
    inputs.insert("snapshots", snapshots(pipeline, shared, review));
    let names = names(review);
    let uses = |table: CallTable| pipeline.calls.iter().any(|call| call.table() == table);
    if uses(CallTable::Fundamentals) {
        inputs.insert("fundamentals", fundamentals(pipeline, shared, review));
        if pipeline.calls.iter().any(|call| call.is_per_share(&pipeline.catalogue)) {
            inputs.extend(actions(pipeline, shared, review, &names).map(|input| ("actions", input)));
        }
    }
    if shared.landed.history.prices.is_some() {
        inputs.insert("prices", prices(pipeline, shared, review, bound));
    }
    inputs.extend(risk_inputs(pipeline, shared, review, bound));
    for table in ["classifications", "identifiers"] {
        inputs.extend(filled(table, pipeline, shared, review, &names).map(|input| (table, input)));
    }
    inputs
}

/// Counts rows and hashes values with their lengths, so that no two contents run together.
pub(crate) struct Hasher {
    hasher: blake3::Hasher,
    pub(crate) rows: usize,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self {
            hasher: blake3::Hasher::new(),
            rows: 0,
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.hasher.update(&(text.len() as u64).to_le_bytes());
        self.hasher.update(text.as_bytes());
    }

    pub(crate) fn number(&mut self, value: f64) {
        // All missing values are one.
        let bits = if value.is_nan() { u64::MAX } else { value.to_bits() };
        self.hasher.update(&bits.to_le_bytes());
    }

    pub(crate) fn day(&mut self, day: Day) {
        self.hasher.update(&day.to_le_bytes());
    }

    pub(crate) fn finish(self, columns: impl IntoIterator<Item = String>) -> Input {
        Input {
            columns: columns.into_iter().collect(),
            rows: self.rows,
            content_hash: self.hasher.finalize().to_hex().to_string(),
            publications: None,
            unresolved_rows: None,
        }
    }
}

/// The parent and the members before.
fn names(review: &Review) -> BTreeSet<SecurityIndex> {
    let held = review
        .previous
        .iter()
        .flat_map(|held| held.members.iter().map(|holding| holding.security));
    held.chain(review.scored.security.iter().copied()).collect()
}

/// The parent's rows in this snapshot, and the previous members' rows in the snapshot they were valued in and in this.
fn snapshots(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Input {
    let mut columns = snapshot_columns(&pipeline.methodology);
    columns.extend(STANDARD_COLUMNS.map(str::to_owned));
    if let Some(snapshot) = shared.landed.panel.snapshot(review.scored.snapshot) {
        columns.retain(|name| name == "security_id" || snapshot.column(name).is_some());
    }
    let mut wanted: BTreeMap<Date, BTreeSet<SecurityIndex>> = BTreeMap::new();
    wanted.insert(review.scored.snapshot, names(review));
    if let Some(held) = &review.previous {
        let members = held.members.iter().map(|holding| holding.security);
        wanted.entry(held.snapshot).or_default().extend(members);
    }
    let mut hasher = Hasher::new();
    for (date, securities) in wanted {
        let Some(snapshot) = shared.landed.panel.snapshot(date) else {
            continue;
        };
        for security in securities {
            let Some(row) = snapshot.row(security) else { continue };
            hasher.rows += 1;
            hasher.day(day_of(date));
            hasher.text(shared.landed.panel.securities().id(security));
            for name in columns.iter().filter(|name| *name != "security_id") {
                cell(&mut hasher, snapshot, name, row);
            }
        }
    }
    hasher.finish(columns)
}

fn cell(hasher: &mut Hasher, snapshot: Snapshot<'_>, name: &str, row: usize) {
    match snapshot.column(name) {
        Some(Column::Number(values)) => hasher.number(values[row]),
        Some(Column::Text(text)) => hasher.text(text.get(row).unwrap_or("\u{0}")),
        Some(Column::Day(days)) => hasher.day(days[row]),
        Some(Column::Flag(flags)) => hasher.day(flags[row].map_or(-1, Day::from)),
        Some(Column::Membership(members)) => {
            let own = members
                .names
                .iter()
                .enumerate()
                .filter(|(bit, _)| members.bits[row] & (1 << bit) != 0);
            let list: Vec<&str> = own.map(|(_, name)| name.as_str()).collect();
            hasher.text(&list.join("\u{1}"));
        }
        None => hasher.number(f64::NAN),
    }
}

/// The publications inside the windows of the formulas.
fn fundamentals(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Input {
    let cutoff = day_of(review.dates.cutoffs.fundamentals);
    let windows = windows(pipeline);
    let mut hasher = Hasher::new();
    let mut publications = Publications::default();
    if let Some(table) = &shared.landed.history.fundamentals {
        for security in &review.scored.security {
            for ((field, code), (period, count)) in &windows {
                let readings = table.readings(*security, field, *period, cutoff, *count);
                publications.count(&readings);
                for seen in readings.values.iter().map(|reading| &reading.seen) {
                    hasher.rows += 1;
                    hasher.text(shared.landed.panel.securities().id(*security));
                    hasher.text(field);
                    hasher.text(code);
                    hasher.day(seen.period_start);
                    hasher.day(seen.period_end);
                    hasher.day(seen.known_on);
                    hasher.number(seen.value);
                }
            }
        }
    }
    let mut columns: BTreeSet<String> = windows.into_keys().map(|(field, _)| field).collect();
    columns.extend(["known_on", "period", "period_end", "period_start", "withdrawn"].map(str::to_owned));
    columns.insert(pipeline.dataset.key_column("fundamentals").to_owned());
    let mut input = hasher.finish(columns);
    input.publications = Some(publications);
    input.unresolved_rows = unresolved(shared, "fundamentals", &DayRanges::new([(Day::MIN, cutoff)]));
    input
}

/// Rows of some days whose identifier nobody carried; `None` for a table keyed by `security_id`.
fn unresolved(shared: &Shared, table: &str, days: &DayRanges) -> Option<usize> {
    let rows = shared.landed.unresolved.get(table)?;
    Some(days.ranges().map(|(from, until)| rows.rows(from, until)).sum())
}

/// The texts of a table that the snapshots of this review show as columns; nothing where they show none.
fn filled(
    table: &str,
    pipeline: &Pipeline,
    shared: &Shared,
    review: &Review,
    names: &BTreeSet<SecurityIndex>,
) -> Option<Input> {
    let date = review.scored.snapshot;
    let filled = shared.landed.filled.get(&date)?;
    let snapshot = shared.landed.panel.snapshot(date)?;
    // What rulebooks that share the run name is theirs.
    let own = snapshot_columns(&pipeline.methodology);
    let is_own = |scheme: &str| own.contains(scheme) || STANDARD_COLUMNS.contains(&scheme);
    let schemes: Vec<&String> = filled
        .iter()
        .filter(|(scheme, of)| **of == table && is_own(scheme))
        .map(|(name, _)| name)
        .collect();
    if schemes.is_empty() {
        return None;
    }
    let mut hasher = Hasher::new();
    for security in names {
        let Some(row) = snapshot.row(*security) else { continue };
        for scheme in &schemes {
            let Some(text) = snapshot.text_at(scheme, row) else {
                continue;
            };
            hasher.rows += 1;
            hasher.text(shared.landed.panel.securities().id(*security));
            hasher.text(scheme);
            hasher.text(text);
        }
    }
    let columns: &[&str] = if table == "identifiers" {
        &["from", "known_on", "scheme", "security_id", "to", "value"]
    } else {
        &["from", "known_on", "scheme", "security_id", "value"]
    };
    Some(hasher.finish(columns.iter().map(|name| (*name).to_owned())))
}

/// The share changes known by the cut-off of shares.
fn actions(pipeline: &Pipeline, shared: &Shared, review: &Review, names: &BTreeSet<SecurityIndex>) -> Option<Input> {
    let table = shared.landed.history.actions.as_ref()?;
    let cutoff = day_of(review.dates.cutoffs.shares);
    let mut hasher = Hasher::new();
    for security in names {
        for (ex_date, ratio) in table.share_changes(*security, Day::MIN, Day::MAX, cutoff) {
            hasher.rows += 1;
            hasher.text(shared.landed.panel.securities().id(*security));
            hasher.day(ex_date);
            hasher.number(ratio);
        }
    }
    let columns: BTreeSet<&str> = BTreeSet::from([
        "ex_date",
        "kind",
        "known_on",
        "ratio",
        pipeline.dataset.key_column("actions"),
    ]);
    let mut input = hasher.finish(columns.into_iter().map(str::to_owned));
    input.unresolved_rows = unresolved(shared, "actions", &DayRanges::new([(Day::MIN, cutoff)]));
    Some(input)
}

/// The closes inside the windows of the formulas, and around both ends of each drift.
fn prices(pipeline: &Pipeline, shared: &Shared, review: &Review, bound: &BoundReview) -> Input {
    let with_volume = reads_volume(pipeline);
    let mut hasher = Hasher::new();
    let Some(table) = &shared.landed.history.prices else {
        return hasher.finish([]);
    };
    let mut rows = |security: SecurityIndex, from: Day, until: Day| {
        let found = table.between(security, from, until);
        for at in 0..found.day.len() {
            hasher.rows += 1;
            hasher.text(shared.landed.panel.securities().id(security));
            hasher.day(found.day[at]);
            let volume = with_volume.then_some(&found.volume);
            for column in [&found.close, &found.close_total_return].into_iter().chain(volume) {
                hasher.number(column.get(at).copied().unwrap_or(f64::NAN));
            }
        }
    };
    let window = price_window(pipeline, bound);
    if let Some((first, cutoff)) = window {
        for security in &review.scored.security {
            rows(*security, first, cutoff);
        }
    }
    let mut read: Vec<(Day, Day)> = window.into_iter().collect();
    for holding in review.previous.iter().flat_map(|held| &held.members) {
        let until = review
            .scored
            .position(holding.security)
            .map_or_else(|| day_of(review.scored.snapshot), |at| review.scored.valuation_day[at]);
        for day in [holding.valuation_day, until] {
            rows(holding.security, day - CLOSE_AGE_DAYS_MAX, day);
            read.push((day - CLOSE_AGE_DAYS_MAX, day));
        }
    }
    let key = pipeline.dataset.key_column("prices");
    let mut columns = BTreeSet::from(["close", "close_total_return", "date", key]);
    columns.extend(with_volume.then_some("volume"));
    let mut input = hasher.finish(columns.into_iter().map(str::to_owned));
    // Only days this review reads: others are landed where other rulebooks share the run.
    input.unresolved_rows = unresolved(shared, "prices", &DayRanges::new(read));
    input
}
