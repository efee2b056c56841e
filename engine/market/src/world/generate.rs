//! From a world's description to its tables.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use divisor_model::{Date, MembershipColumn, Table};
use rayon::prelude::*;

use super::company::{Company, Ending};
use super::currencies::Currencies;
use super::error::WorldError;
use super::factors::Factors;
use super::funds::{Fund, funds};
use super::line::Line;
use super::names::{Identity, Issuer, identities, security_id};
use super::publications::Publications;
use super::quotes::{self, Quotes};
use super::random::Random;
use super::risk_model::{self, RiskRow};
use super::simulation::{World, simulate_slot};
use super::snapshot_table::snapshot;
use super::snapshots::{self, SnapshotRow};
use super::spec::WorldSpec;
use super::tables;
use super::timeline::Timeline;
use super::traits::{Slot, Traits, slots};
use super::vendors::{self, VendorRow};

/// One file of the dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Path within the dataset, for example `prices/year=2015/part.parquet`.
    pub path: String,
    /// Its content, by row groups.
    pub row_groups: Vec<Table>,
    /// Which universes the rows of a snapshot belong to, in a world of several: its column `universes`.
    pub universes: Option<MembershipColumn>,
}

impl Part {
    pub(super) fn new(path: String, row_groups: Vec<Table>) -> Self {
        Self {
            path,
            row_groups,
            universes: None,
        }
    }
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
    /// Funds that were listed at any time, beside these lines.
    pub funds: usize,
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
    pub security_id: String,
    pub publications: &'a Publications,
    /// See [`Line::later_splits`].
    pub later_splits: Vec<f64>,
}

/// What is kept of a line when its prices are written: its rows in snapshots, which need everybody's names.
#[derive(Debug)]
pub(super) struct Member {
    /// Position of its company.
    issuer: usize,
    second: bool,
    pub snapshots: Vec<SnapshotRow>,
    /// Beside `snapshots`; empty in a world without vendors.
    pub vendors: Vec<VendorRow>,
    /// Beside `snapshots`; empty in a world without a risk model.
    pub risk: Vec<Option<RiskRow>>,
}

/// A line as snapshots show it.
#[derive(Debug)]
pub(super) struct Named<'a> {
    pub traits: &'a Traits,
    pub identity: &'a Identity,
    pub snapshots: &'a [SnapshotRow],
    /// Beside `snapshots`; empty in a world without vendors.
    pub vendors: &'a [VendorRow],
    /// Beside `snapshots`; empty in a world without a risk model.
    pub risk: &'a [Option<RiskRow>],
}

/// Receives finished parts, from several threads at once and in any order.
pub type Sink<'a> = &'a (dyn Fn(Part) -> Result<(), String> + Sync);
/// Hears how much is done of how much.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Closes that are in memory at a time, about: companies are made in chunks of so many times the sessions. Changing it
/// changes the files of large worlds.
const CHUNK_CLOSES: usize = 8 << 20;

/// One file to be made of a chunk of companies.
enum Job {
    Fundamentals,
    Actions,
    Prices(i32, Range<usize>),
}

/// What the chunks leave behind.
#[derive(Default)]
struct Tally {
    issuers: Vec<Issuer>,
    members: Vec<Member>,
    merged: usize,
    failed: usize,
    price_rows: usize,
    fundamentals_rows: usize,
    action_rows: usize,
}

/// Generates a world on the given exchange sessions, which must reach from its first price to its last month, and hands
/// its tables to `sink`. The tables depend on the description and the sessions up to the last month alone: not on the
/// number of threads, and what a snapshot says not on how far the world goes on.
///
/// Companies are made in chunks, and the prices, publications and actions of a chunk are handed on before the next is
/// begun. A world of one chunk has one file for each of these tables (and year). A larger one has one a chunk, and its
/// prices lie by month in row groups, so that a run that looks up closes around its reviews reads those months alone.
pub fn generate(
    spec: &WorldSpec,
    sessions: &[Date],
    sink: Sink<'_>,
    progress: Progress<'_>,
) -> Result<Generated, WorldError> {
    generate_in_chunks(spec, sessions, sink, progress, CHUNK_CLOSES)
}

/// [`generate`] with chunks of another size.
pub(crate) fn generate_in_chunks(
    spec: &WorldSpec,
    sessions: &[Date],
    sink: Sink<'_>,
    progress: Progress<'_>,
    chunk_closes: usize,
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
    let chunks: Vec<&[Slot]> = slots.chunks((chunk_closes / world.timeline.len()).max(1)).collect();
    let snapshots = world.timeline.snapshots.len();
    let a_month = if spec.risk_model.is_some() { 4 } else { 1 };
    let total = slots.len() + chunks.len() * jobs(&world).len() + snapshots * a_month;
    let done = AtomicUsize::new(0);
    let advance = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let hand_on = |part: Part| -> Result<usize, WorldError> {
        let rows = part.row_groups.iter().map(Table::rows).sum();
        let path = part.path.clone();
        sink(part).map_err(|message| WorldError::Sink { path, message })?;
        advance();
        Ok(rows)
    };

    let funds = funds(&world);
    let mut tally = Tally::default();
    for (at, chunk) in chunks.iter().enumerate() {
        let number = (chunks.len() > 1).then_some(at);
        let companies: Vec<Vec<Company>> = chunk
            .par_iter()
            .map(|slot| {
                let companies = simulate_slot(&world, *slot);
                advance();
                companies
            })
            .collect();
        let companies: Vec<Company> = companies.into_iter().flatten().collect();
        // Funds are few: they go with the first chunk.
        let funds = if at == 0 { funds.as_slice() } else { &[] };
        write_chunk(&world, (companies, funds), number, &hand_on, &mut tally)?;
    }
    let identities = identities(&world, &tally.issuers);
    let named = named(&tally, &identities);
    let rows: Result<Vec<usize>, WorldError> = (0..snapshots)
        .into_par_iter()
        .map(|at| {
            let date = world.timeline.date(world.timeline.snapshots[at]);
            for part in risk_model::parts(&world, &named, at) {
                hand_on(part)?;
            }
            let made = snapshot(&world, &named, &funds, at);
            hand_on(Part {
                universes: made.universes,
                ..Part::new(format!("snapshots/date={date}/part.parquet"), vec![made.table])
            })
        })
        .collect();
    let snapshot_rows = rows?.into_iter().sum();
    Ok(Generated {
        first: world.timeline.date(world.timeline.snapshots[0]),
        last: world.timeline.date(world.timeline.snapshots[snapshots - 1]),
        issuers: tally.issuers.len(),
        securities: tally.members.len(),
        funds: funds.len(),
        merged: tally.merged,
        failed: tally.failed,
        snapshots,
        snapshot_rows,
        price_rows: tally.price_rows,
        fundamentals_rows: tally.fundamentals_rows,
        action_rows: tally.action_rows,
    })
}

/// Hands on the prices, publications and actions of some companies and funds and keeps what snapshots need of them. `number` is
/// that of the chunk, where there are several.
fn write_chunk(
    world: &World<'_>,
    (companies, funds): (Vec<Company>, &[Fund]),
    number: Option<usize>,
    hand_on: &(dyn Fn(Part) -> Result<usize, WorldError> + Sync),
    tally: &mut Tally,
) -> Result<(), WorldError> {
    let publications: Vec<Publications> = companies
        .par_iter()
        .map(|company| Publications::of(world, company))
        .collect();
    let (listings, members) = listings(world, &companies, &publications, tally.issuers.len());
    tally.members.extend(members);
    let quotes = quotes::by_id(&listings, funds);
    let jobs = jobs(world);
    let rows: Result<Vec<usize>, WorldError> = jobs
        .par_iter()
        .map(|job| hand_on(make(world, (&listings, &quotes), job, number)))
        .collect();
    for (job, rows) in jobs.iter().zip(rows?) {
        match job {
            Job::Fundamentals => tally.fundamentals_rows += rows,
            Job::Actions => tally.action_rows += rows,
            Job::Prices(..) => tally.price_rows += rows,
        }
    }
    drop(quotes);
    drop(listings);
    for company in companies {
        tally.merged += usize::from(company.ending == Some(Ending::Merged));
        tally.failed += usize::from(company.ending == Some(Ending::Failed));
        tally.issuers.push(Issuer {
            first: company.path.first,
            traits: company.traits,
        });
    }
    Ok(())
}

/// All lines of a chunk by security id, and what is kept of them. `before` companies came before.
fn listings<'a>(
    world: &World<'_>,
    companies: &'a [Company],
    publications: &'a [Publications],
    before: usize,
) -> (Vec<Listing<'a>>, Vec<Member>) {
    let of_company = |at: usize| {
        let lines = Line::of(world, &companies[at]).into_iter();
        let listing = |line: Line<'a>| {
            let snapshots = snapshots::rows(world, &line, &publications[at]);
            let member = Member {
                issuer: before + at,
                second: line.second,
                vendors: vendors::rows(world, &line, &publications[at], &snapshots),
                risk: risk_model::rows(world, &line, &snapshots),
                snapshots,
            };
            let listing = Listing {
                security_id: security_id(world, &companies[at].traits, line.second),
                publications: &publications[at],
                later_splits: line.later_splits(world),
                line,
            };
            (listing, member)
        };
        lines.map(listing).collect::<Vec<_>>()
    };
    let nested: Vec<Vec<(Listing<'_>, Member)>> = (0..companies.len()).into_par_iter().map(of_company).collect();
    let (mut listings, members): (Vec<Listing<'_>>, Vec<Member>) = nested.into_iter().flatten().unzip();
    listings.sort_by(|a, b| a.security_id.cmp(&b.security_id));
    (listings, members)
}

/// All lines with their names, by security id.
fn named<'a>(tally: &'a Tally, identities: &'a [Vec<Identity>]) -> Vec<Named<'a>> {
    let named = tally.members.iter().map(|member| Named {
        traits: &tally.issuers[member.issuer].traits,
        identity: &identities[member.issuer][usize::from(member.second)],
        snapshots: &member.snapshots,
        vendors: &member.vendors,
        risk: &member.risk,
    });
    let mut named: Vec<Named<'_>> = named.collect();
    named.sort_by(|a, b| a.identity.security_id.cmp(&b.identity.security_id));
    named
}

/// The files of a chunk, the large ones first.
fn jobs(world: &World<'_>) -> Vec<Job> {
    let years = world.timeline.years().into_iter();
    let mut jobs = vec![Job::Fundamentals, Job::Actions];
    jobs.extend(years.map(|(year, sessions)| Job::Prices(year, sessions)));
    jobs
}

fn make(
    world: &World<'_>,
    (listings, quotes): (&[Listing<'_>], &[Quotes<'_>]),
    job: &Job,
    number: Option<usize>,
) -> Part {
    let single = |table: &str| {
        number.map_or_else(
            || format!("{table}.parquet"),
            |at| format!("{table}/part-{at:03}.parquet"),
        )
    };
    match job {
        Job::Fundamentals => Part::new(single("fundamentals"), vec![tables::fundamentals(listings)]),
        Job::Actions => Part::new(single("actions"), vec![tables::actions(quotes)]),
        Job::Prices(year, sessions) => {
            let part = number.map_or_else(|| "part".to_owned(), |at| format!("part-{at:03}"));
            // By month: most runs want a few days of a year.
            let months = world.timeline.months_of(sessions);
            let tables = months.iter().map(|sessions| tables::prices(world, quotes, sessions));
            Part::new(format!("prices/year={year}/{part}.parquet"), tables.collect())
        }
    }
}
