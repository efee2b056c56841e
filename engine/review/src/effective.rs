//! Weights at the effective close. Index shares are fixed when a review is announced, so that from its valuation closes
//! to the close it takes effect at prices alone move the weights. What is drifted are the weights as published; no rule is
//! looked at again.

use std::collections::{BTreeMap, BTreeSet};

use divisor_market::{Dataset, Landed, Needs, STANDARD_COLUMNS};
use divisor_model::{
    DAY_MISSING, DataFault, Date, Day, DayRanges, Defect, Diagnostic, SecurityIndex, Snapshot, Table, TextBuilder,
    Values, date_of, day_of,
};
use serde::Serialize;

use crate::drift::{DriftSource, Drifted, Holding, Holdings, drift_to_day};
use crate::error::ReviewError;
use crate::inputs::{Hasher, Input};
use crate::manifest::SCHEMA_VERSION;
use crate::needs::CLOSE_AGE_DAYS_MAX;

/// A published review whose weights at its effective close are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Id of its index.
    pub index: String,
    /// When it takes effect.
    pub effective: Date,
    /// The snapshot its weights were valued in.
    pub snapshot: Date,
    /// Security, weight, and the day of its valuation close, as published.
    pub members: Vec<(String, f64, Day)>,
    /// Hash of its manifest.
    pub manifest_hash: String,
}

/// Weights at the effective close.
#[derive(Debug)]
pub struct AtEffective {
    /// `security_id, weight`: heaviest first, then by security. The weights sum to 1.
    pub table: Table,
    /// Members that neither a close nor a market cap moved: they have the weight they were announced with, before all are
    /// made to sum to 1.
    pub unmoved: Vec<String>,
    record: Record,
}

/// What the weights were made of.
#[derive(Debug, Serialize)]
struct Record {
    schema_version: u32,
    engine_version: &'static str,
    index_id: String,
    effective: String,
    /// Of the review whose weights were drifted.
    manifest_hash: String,
    /// Whose exchange rates and market caps were used.
    snapshot: String,
    inputs: BTreeMap<&'static str, Input>,
    members: usize,
    drift_sources: BTreeMap<&'static str, usize>,
    /// Members drifted to a close older than the day, with its date: suspended or delisted on the way.
    older_closes: BTreeMap<String, String>,
    unmoved: Vec<String>,
    outputs: BTreeMap<&'static str, String>,
}

impl AtEffective {
    /// The text of `effective.json`, which says what `effective.parquet` was made of; `hash` is that file's.
    pub fn record(&mut self, hash: String) -> String {
        self.record.outputs = BTreeMap::from([("effective.parquet", hash)]);
        let mut text = serde_json::to_string_pretty(&self.record).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// What the drift of these reviews reads together: closes from their valuations on, and nothing after their effective dates.
pub fn effective_needs(targets: &[Target], dataset: &Dataset) -> Needs {
    let days = targets.iter().filter_map(|target| {
        let first = target.members.iter().map(|(_, _, day)| around(*day).0).min()?;
        Some((first, day_of(target.effective)))
    });
    let mut needs = Needs {
        price_days: DayRanges::new(days),
        cutoff: Day::MIN,
        ..Needs::default()
    };
    for target in targets {
        needs.cutoff = needs.cutoff.max(day_of(target.effective));
        needs.snapshots.extend([target.snapshot]);
        needs.snapshots.extend(dataset.snapshot_at(target.effective));
    }
    if dataset.has_table("prices") {
        needs.prices.extend(["close", "close_total_return"].map(str::to_owned));
    }
    needs
}

/// Whether the effective close of a review is in the data, as they stand on a day: more than half of the members have a
/// close of the very day, or some have one in the ten days before it and ten have passed since, so that none is to come.
/// Without prices a snapshot of the day does.
pub fn is_close_in(target: &Target, landed: &Landed, as_of: Date) -> bool {
    let day = day_of(target.effective);
    if as_of < target.effective {
        return false;
    }
    if landed.history.prices.is_none() {
        return landed.panel.snapshot(target.effective).is_some();
    }
    let (first, _) = around(day);
    let closes = target.members.iter().map(|(id, ..)| last_close(landed, id, first, day));
    let closes: Vec<Day> = closes.flatten().collect();
    let on_the_day = closes.iter().filter(|close| **close == day).count();
    let is_past = day_of(as_of) >= day + CLOSE_AGE_DAYS_MAX;
    2 * on_the_day > target.members.len() || (is_past && !closes.is_empty())
}

/// The day of a name's last close from one day to another.
fn last_close(landed: &Landed, id: &str, from: Day, until: Day) -> Option<Day> {
    let security = landed.panel.securities().index(id)?;
    let rows = landed.history.prices.as_ref()?.between(security, from, until);
    let slice = rows.slice();
    let last = |column: &[f64]| slice.value_at(column, until, until - from).map(|(day, _)| day);
    last(slice.close).or_else(|| last(slice.close_total_return))
}

/// The days in which the close of a day may lie.
fn around(day: Day) -> (Day, Day) {
    (day.saturating_sub(CLOSE_AGE_DAYS_MAX), day)
}

/// The weights of a published review at its effective close: weight × close then ÷ close at its valuation, to a sum of 1.
/// Closes are split-adjusted and without dividends, which leave the index. A close may be ten days old; what has none moves
/// by its market cap, as drift between two reviews does, else to its last close since the valuation, else not at all.
///
/// # Errors
/// Where what is read breaks the dataset's contract, or the dataset has not the snapshot or a security of the review.
pub fn at_effective(target: &Target, dataset: &Dataset, landed: &Landed) -> Result<AtEffective, ReviewError> {
    let (from, to) = snapshots(target, dataset, landed)?;
    let securities = landed.panel.securities();
    let mut members = Vec::with_capacity(target.members.len());
    for (id, weight, valuation_day) in &target.members {
        let Some(security) = securities.index(id) else {
            return Err(unusable(target, &format!("has no row of `{id}`, a member")));
        };
        members.push(Holding {
            security,
            weight: *weight,
            valuation_day: *valuation_day,
        });
    }
    members.sort_unstable_by_key(|member| member.security);
    let holdings = Holdings {
        snapshot: target.snapshot,
        members,
    };
    sound(target, landed, &holdings, [from.date(), to.date()])?;
    let mut drifted = drift_to_day(&holdings, landed, to, day_of(target.effective));
    drifted.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.security.cmp(&b.security)));
    let id = |security: SecurityIndex| securities.id(security).to_owned();
    let mut ids = TextBuilder::default();
    for held in &drifted {
        ids.push(Some(securities.id(held.security)));
    }
    let table = Table::new("effective")
        .with("security_id", Values::Text(ids.finish()))
        .with(
            "weight",
            Values::Number(drifted.iter().map(|held| held.weight).collect()),
        );
    let is_unmoved = |held: &&Drifted| held.source == DriftSource::Unchanged;
    let mut unmoved: Vec<String> = drifted
        .iter()
        .filter(is_unmoved)
        .map(|held| id(held.security))
        .collect();
    unmoved.sort_unstable();
    Ok(AtEffective {
        record: record(target, dataset, landed, &holdings, (from, to), &drifted, &unmoved),
        table,
        unmoved,
    })
}

/// The snapshot the review was valued in, and the newest on or before its effective date.
fn snapshots<'a>(
    target: &Target,
    dataset: &Dataset,
    landed: &'a Landed,
) -> Result<(Snapshot<'a>, Snapshot<'a>), ReviewError> {
    let there = |date: Date| {
        let found = landed.panel.snapshot(date);
        found.ok_or_else(|| unusable(target, &format!("has no snapshot of {date}, in which it was valued")))
    };
    let to = dataset.snapshot_at(target.effective).unwrap_or(target.snapshot);
    Ok((there(target.snapshot)?, there(to)?))
}

fn unusable(target: &Target, what: &str) -> ReviewError {
    let message = format!(
        "the weights of {} at its effective close {} cannot be made: the dataset {what}",
        target.index, target.effective
    );
    let help = "the review was made of another dataset, or this one was cut; give the one it was made of with --data";
    ReviewError::input(vec![Diagnostic::error("R0351", message).help(help)])
}

/// Refuses broken rows that the drift may read.
fn sound(target: &Target, landed: &Landed, holdings: &Holdings, snapshots: [Date; 2]) -> Result<(), ReviewError> {
    /// A broken file may hold a year from its first day on.
    const YEAR_DAYS: Day = 366;
    let effective = day_of(target.effective);
    let dates = snapshots.map(day_of);
    let first = holdings.members.iter().map(|member| around(member.valuation_day).0);
    let first = first.min().unwrap_or(effective);
    let may_read = |defect: &&Defect| {
        let day = defect.known_on;
        if day > effective && day != DAY_MISSING {
            return false;
        }
        let member = defect.security.map(|security| {
            let members = &holdings.members;
            let at = members.binary_search_by_key(&security, |member| member.security);
            at.ok().map(|at| members[at])
        });
        match (defect.table, member) {
            (_, Some(None)) => false,
            ("snapshots", _) => {
                let column = defect.column.as_str();
                dates.contains(&day) && (column.is_empty() || STANDARD_COLUMNS.contains(&column))
            }
            ("prices", Some(Some(member))) => (around(member.valuation_day).0..=effective).contains(&day),
            ("prices", None) => day == DAY_MISSING || day + YEAR_DAYS >= first,
            ("classifications" | "identifiers", _) => true,
            _ => false,
        }
    };
    let faults = DataFault::group(landed.defects.iter().filter(may_read));
    if faults.is_empty() {
        return Ok(());
    }
    let when = format!(
        "the weights of {} at its effective close {}",
        target.index, target.effective
    );
    Err(ReviewError::faults(&faults, &when))
}

fn record(
    target: &Target,
    dataset: &Dataset,
    landed: &Landed,
    holdings: &Holdings,
    (from, to): (Snapshot<'_>, Snapshot<'_>),
    drifted: &[Drifted],
    unmoved: &[String],
) -> Record {
    let day = day_of(target.effective);
    let by_close: BTreeSet<&str> = drifted
        .iter()
        .filter(|held| matches!(held.source, DriftSource::Close | DriftSource::CloseTotalReturn))
        .map(|held| landed.panel.securities().id(held.security))
        .collect();
    let older = target.members.iter().filter_map(|(id, _, valued)| {
        let close = last_close(landed, id, valued + 1, day).filter(|close| *close < day);
        let close = close.filter(|_| by_close.contains(id.as_str()))?;
        Some((id.clone(), date_of(close)?.to_string()))
    });
    let mut drift_sources = BTreeMap::new();
    for held in drifted {
        *drift_sources.entry(held.source.word()).or_insert(0) += 1;
    }
    let mut inputs = BTreeMap::from([("snapshots", rates(landed, holdings, from, to))]);
    inputs.extend(closes_read(dataset, landed, holdings, day).map(|input| ("prices", input)));
    Record {
        schema_version: SCHEMA_VERSION,
        engine_version: env!("CARGO_PKG_VERSION"),
        index_id: target.index.clone(),
        effective: target.effective.to_string(),
        manifest_hash: target.manifest_hash.clone(),
        snapshot: to.date().to_string(),
        inputs,
        members: drifted.len(),
        drift_sources,
        older_closes: older.collect(),
        unmoved: unmoved.to_vec(),
        outputs: BTreeMap::new(),
    }
}

/// The exchange rates and market caps of the members at both ends.
fn rates(landed: &Landed, holdings: &Holdings, from: Snapshot<'_>, to: Snapshot<'_>) -> Input {
    let mut hasher = Hasher::new();
    for snapshot in [from, to] {
        let numbers = ["fx", "market_cap"].map(|name| snapshot.number(name));
        for member in &holdings.members {
            let Some(row) = snapshot.row(member.security) else {
                continue;
            };
            hasher.rows += 1;
            hasher.day(day_of(snapshot.date()));
            hasher.text(landed.panel.securities().id(member.security));
            hasher.text(snapshot.text_at("currency", row).unwrap_or("\u{0}"));
            for column in numbers {
                hasher.number(column.map_or(f64::NAN, |values| values[row]));
            }
        }
    }
    hasher.finish(["currency", "fx", "market_cap", "security_id"].map(str::to_owned))
}

/// The closes of the members from their valuations on.
fn closes_read(dataset: &Dataset, landed: &Landed, holdings: &Holdings, effective: Day) -> Option<Input> {
    let prices = landed.history.prices.as_ref()?;
    let mut hasher = Hasher::new();
    for member in &holdings.members {
        let found = prices.between(member.security, around(member.valuation_day).0, effective);
        for (at, day) in found.day.iter().enumerate() {
            hasher.rows += 1;
            hasher.text(landed.panel.securities().id(member.security));
            hasher.day(*day);
            for column in [&found.close, &found.close_total_return] {
                hasher.number(column.get(at).copied().unwrap_or(f64::NAN));
            }
        }
    }
    let key = dataset.info.key_column("prices");
    let columns = BTreeSet::from(["close", "close_total_return", "date", key]);
    Some(hasher.finish(columns.into_iter().map(str::to_owned)))
}
