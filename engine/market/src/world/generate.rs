//! From a world's description to its tables.

use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use divisor_model::{Date, Table};
use rayon::prelude::*;

use super::company::{Company, Ending};
use super::currencies::Currencies;
use super::error::WorldError;
use super::factors::Factors;
use super::line::Line;
use super::names::{Identity, identities};
use super::publications::Publications;
use super::random::Random;
use super::simulation::{World, simulate_slot};
use super::snapshots::{self, SnapshotRow};
use super::spec::WorldSpec;
use super::tables;
use super::timeline::Timeline;
use super::traits::{Traits, slots};

/// One file of the dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Path within the dataset, for example `prices/year=2015/part.parquet`.
    pub path: String,
    /// Its content.
    pub table: Table,
}

/// What was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Date of the first snapshot.
    pub first: Date,
    /// Date of the last snapshot.
    pub last: Date,
    /// Companies that were listed at any time.
    pub issuers: usize,
    /// Lines of shares that were listed at any time.
    pub securities: usize,
    /// Companies that merged away.
    pub merged: usize,
    /// Companies that failed.
    pub failed: usize,
    /// Snapshots.
    pub snapshots: usize,
    /// Rows of all snapshots.
    pub snapshot_rows: usize,
    /// Rows of `prices`.
    pub price_rows: usize,
    /// Rows of `fundamentals`.
    pub fundamentals_rows: usize,
    /// Rows of `actions`.
    pub action_rows: usize,
}

/// A line with everything known about it.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    pub line: Line<'a>,
    pub identity: Identity,
    pub publications: &'a Publications,
    pub snapshots: Vec<SnapshotRow>,
    /// See [`Line::later_splits`].
    pub later_splits: Vec<f64>,
}

impl Listing<'_> {
    pub(super) fn traits(&self) -> &Traits {
        &self.line.company.traits
    }

    pub(super) fn country(&self) -> usize {
        self.traits().slot.country
    }

    pub(super) fn sector(&self) -> usize {
        self.traits().slot.sector
    }
}

/// Receives finished parts, from several threads at once and in any order.
pub type Sink<'a> = &'a (dyn Fn(Part) -> Result<(), String> + Sync);
/// Hears how much is done of how much.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// One file to be made.
enum Job {
    Prices(i32, std::ops::Range<usize>),
    Snapshot(usize),
    Fundamentals,
    Actions,
}

/// Generates a world on the given exchange sessions, which must reach from its first price to its last month, and hands
/// its tables to `sink`. The tables depend on the description and the sessions up to the last month alone: not on the
/// number of threads, and what a snapshot says not on how far the world goes on.
pub fn generate(
    spec: &WorldSpec,
    sessions: &[Date],
    sink: Sink<'_>,
    progress: Progress<'_>,
) -> Result<Generated, WorldError> {
    spec.check()?;
    let timeline = Timeline::new(spec, sessions)?;
    let random = Random::new(spec.seed);
    let world = World {
        spec,
        random,
        factors: Factors::new(spec, random, &timeline),
        currencies: Currencies::new(spec, random, &timeline),
        timeline,
    };
    let slots = slots(spec, random);
    let jobs = jobs(&world);
    let (done, total) = (AtomicUsize::new(0), slots.len() + jobs.len());
    let advance = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);

    let simulate = |slot| {
        let companies = simulate_slot(&world, slot);
        advance();
        companies
    };
    let simulated: Vec<Vec<Company>> = slots.into_par_iter().map(simulate).collect();
    let companies: Vec<Company> = simulated.into_iter().flatten().collect();
    let publications: Vec<Publications> = companies
        .par_iter()
        .map(|company| Publications::of(&world, company))
        .collect();
    let listings = listings(&world, &companies, &publications);

    let counts: Result<Vec<usize>, WorldError> = jobs
        .par_iter()
        .map(|job| {
            let part = make(&world, &listings, job);
            let (rows, path) = (part.table.rows(), part.path.clone());
            sink(part).map_err(|message| WorldError::Sink { path, message })?;
            advance();
            Ok(rows)
        })
        .collect();
    let counts = counts?;
    let count = |of: fn(&Job) -> bool| -> usize {
        let counted = jobs.iter().zip(&counts).filter(|(job, _)| of(job));
        counted.map(|(_, rows)| rows).sum()
    };
    let ended = |ending| companies.iter().filter(|one| one.ending == Some(ending)).count();
    let snapshot_dates = &world.timeline.snapshots;
    Ok(Generated {
        first: world.timeline.date(snapshot_dates[0]),
        last: world.timeline.date(snapshot_dates[snapshot_dates.len() - 1]),
        issuers: companies.len(),
        securities: listings.len(),
        merged: ended(Ending::Merged),
        failed: ended(Ending::Failed),
        snapshots: snapshot_dates.len(),
        snapshot_rows: count(|job| matches!(job, Job::Snapshot(_))),
        price_rows: count(|job| matches!(job, Job::Prices(..))),
        fundamentals_rows: count(|job| matches!(job, Job::Fundamentals)),
        action_rows: count(|job| matches!(job, Job::Actions)),
    })
}

/// All lines, by security id.
fn listings<'a>(world: &World<'_>, companies: &'a [Company], publications: &'a [Publications]) -> Vec<Listing<'a>> {
    let names = identities(world, companies);
    let of_company = |issuer: usize| {
        let lines = Line::of(world, &companies[issuer]).into_iter();
        let listing = |(line, identity): (Line<'a>, &Identity)| Listing {
            identity: identity.clone(),
            publications: &publications[issuer],
            snapshots: snapshots::rows(world, &line, &publications[issuer]),
            later_splits: line.later_splits(world),
            line,
        };
        lines.zip(&names[issuer]).map(listing).collect::<Vec<_>>()
    };
    let nested: Vec<Vec<Listing<'_>>> = (0..companies.len()).into_par_iter().map(of_company).collect();
    let mut listings: Vec<Listing<'_>> = nested.into_iter().flatten().collect();
    listings.sort_by(|a, b| a.identity.security_id.cmp(&b.identity.security_id));
    listings
}

/// The files of a world, the large ones first.
fn jobs(world: &World<'_>) -> Vec<Job> {
    let years = world.timeline.years().into_iter();
    let mut jobs = vec![Job::Fundamentals, Job::Actions];
    jobs.extend(years.map(|(year, sessions)| Job::Prices(year, sessions)));
    jobs.extend((0..world.timeline.snapshots.len()).map(Job::Snapshot));
    jobs
}

fn make(world: &World<'_>, listings: &[Listing<'_>], job: &Job) -> Part {
    let (path, table) = match job {
        Job::Fundamentals => ("fundamentals.parquet".to_owned(), tables::fundamentals(listings)),
        Job::Actions => ("actions.parquet".to_owned(), tables::actions(listings)),
        Job::Prices(year, sessions) => (
            format!("prices/year={year}/part.parquet"),
            tables::prices(world, listings, sessions),
        ),
        Job::Snapshot(at) => {
            let date = world.timeline.date(world.timeline.snapshots[*at]);
            (
                format!("snapshots/date={date}/part.parquet"),
                tables::snapshot(world, listings, *at),
            )
        }
    };
    Part { path, table }
}

/// The text of the `dataset.toml` that belongs to a generated world. All its fields are standard ones, so it declares
/// none.
pub fn dataset_toml(spec: &WorldSpec, generated: &Generated) -> String {
    let mut text = String::new();
    let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
    let provenance = format!(
        "Synthetic: generated by divisor from the world \"{}\" with seed {}. No figure is that of a real company.",
        spec.name, spec.seed
    );
    let second_lines = "An issuer's figures are split between its lines of shares by their number of shares.";
    let restatements =
        "Restated fiscal years do not reach back into their quarters, so trailing figures keep the first ones.";
    let lines = [
        ("name", quoted(&spec.name)),
        ("title", quoted(&spec.title)),
        ("currency", quoted(&spec.currency)),
        ("calendar", quoted(&spec.calendar)),
        ("universe", quoted(&spec.universe)),
        ("first", generated.first.to_string()),
        ("last", generated.last.to_string()),
        ("provenance", quoted(&provenance)),
    ];
    for (key, value) in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{key:<13} = {value}");
    }
    let defects = [second_lines, restatements].map(quoted);
    let _ = writeln!(text, "known_defects = [\n    {},\n]", defects.join(",\n    "));
    text
}
