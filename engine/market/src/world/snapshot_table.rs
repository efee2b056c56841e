//! One snapshot as a table: the rows of companies, then those of funds.

use divisor_model::{Day, MembershipColumn, Table, TextBuilder, Values};

use super::fund_spec::FundsSpec;
use super::funds::{self, Fund};
use super::generate::Named;
use super::names::Identity;
use super::simulation::World;
use super::snapshots::{COLUMNS, fund_values};
use super::spec::CountrySpec;
use super::vendors;

/// A snapshot and, where a world has several universes, which of them its rows belong to.
pub(super) struct SnapshotTable {
    pub table: Table,
    pub universes: Option<MembershipColumn>,
}

/// One row, and its position in what a line or fund has of all snapshots or sessions.
#[derive(Clone, Copy)]
enum Row<'a> {
    Line(&'a Named<'a>, usize),
    Fund(&'a Fund, usize),
}

/// A text of a row, where it has one.
type TextOf = for<'a> fn(&'a World<'_>, Row<'a>) -> Option<&'a str>;

/// Text columns.
const TEXTS: [(&str, TextOf); 10] = [
    ("security_id", |_, row| Some(&row.identity().security_id)),
    ("issuer_id", |_, row| Some(&row.identity().issuer_id)),
    ("name", |_, row| Some(&row.identity().name)),
    ("ticker", |_, row| Some(&row.identity().ticker)),
    ("isin", |_, row| Some(&row.identity().isin)),
    ("mic", |world, row| Some(&row.country(world).mics[row.mic()])),
    ("country", |world, row| Some(&row.country(world).code)),
    ("currency", |world, row| Some(&row.country(world).currency)),
    ("sector", |world, row| match row {
        Row::Line(line, _) => Some(&world.spec.sectors[line.traits.slot.sector].name),
        Row::Fund(fund, _) => Some(&world.spec.funds.as_ref()?.classes[fund.class].name),
    }),
    ("industry", |world, row| {
        let traits = row.line()?.traits;
        Some(&world.spec.sectors[traits.slot.sector].industries[traits.industry])
    }),
];

impl<'a> Row<'a> {
    fn line(self) -> Option<&'a Named<'a>> {
        match self {
            Self::Line(line, _) => Some(line),
            Self::Fund(..) => None,
        }
    }

    fn identity(self) -> &'a Identity {
        match self {
            Self::Line(line, _) => line.identity,
            Self::Fund(fund, _) => &fund.identity,
        }
    }

    fn country<'w>(self, world: &World<'w>) -> &'w CountrySpec {
        let spec = world.spec;
        let at = match self {
            Self::Line(line, _) => line.traits.slot.country,
            Self::Fund(..) => spec.funds.as_ref().map_or(0, |funds| funds.country_position(spec)),
        };
        &spec.countries[at]
    }

    fn mic(self) -> usize {
        match self {
            Self::Line(line, _) => line.traits.mic,
            Self::Fund(fund, _) => fund.mic,
        }
    }

    fn figures(self, day: Day) -> [f64; COLUMNS.len()] {
        match self {
            Self::Line(line, at) => line.snapshots[at].values,
            Self::Fund(fund, at) => fund_values(fund, at, day),
        }
    }
}

/// The snapshot of a position: companies by security, then funds by security.
pub(super) fn snapshot(world: &World<'_>, named: &[Named<'_>], funds: &[Fund], snapshot: usize) -> SnapshotTable {
    let session = world.timeline.snapshots[snapshot];
    let day = world.timeline.days[session];
    let find = |one: &Named<'_>| one.snapshots.binary_search_by_key(&snapshot, |row| row.snapshot).ok();
    let lines = named.iter().filter_map(|one| Some(Row::Line(one, find(one)?)));
    let funds = funds
        .iter()
        .filter_map(|fund| Some(Row::Fund(fund, fund.row(session)?)));
    let rows: Vec<Row<'_>> = lines.chain(funds).collect();
    let mut table = Table::new("snapshots");
    for (name, text) in TEXTS {
        let mut builder = TextBuilder::with_capacity(rows.len());
        for row in &rows {
            builder.push(text(world, *row));
        }
        table.push(name, Values::Text(builder.finish_sorted()));
    }
    table.push("price_date", Values::Day(vec![day; rows.len()]));
    let figures: Vec<[f64; COLUMNS.len()]> = rows.iter().map(|row| row.figures(day)).collect();
    for (column, name) in COLUMNS.iter().enumerate() {
        table.push(*name, Values::Number(figures.iter().map(|row| row[column]).collect()));
    }
    if world.spec.vendors.is_some() {
        push_vendors(&mut table, &rows);
    }
    let universes = world.spec.funds.as_ref().map(|spec| {
        push_funds(&mut table, &rows);
        universes(spec, &world.spec.universe, &rows)
    });
    SnapshotTable { table, universes }
}

/// What vendors say of companies; they say nothing of funds.
fn push_vendors(table: &mut Table, rows: &[Row<'_>]) {
    let said = |row: &Row<'_>| match row {
        Row::Line(line, at) => Some(line.vendors[*at].clone()),
        Row::Fund(..) => None,
    };
    let said: Vec<Option<vendors::VendorRow>> = rows.iter().map(said).collect();
    for (column, name) in vendors::COLUMNS.iter().enumerate() {
        let values = said
            .iter()
            .map(|row| row.as_ref().map_or(f64::NAN, |row| row.values[column]));
        table.push(*name, Values::Number(values.collect()));
    }
    let flags = said.iter().map(|row| row.as_ref().map(|row| row.excluded));
    table.push("excluded", Values::Flag(flags.collect()));
}

/// The columns that only funds fill.
fn push_funds(table: &mut Table, rows: &[Row<'_>]) {
    let figures = |row: &Row<'_>| match row {
        Row::Line(..) => [f64::NAN; funds::FIELDS.len()],
        Row::Fund(fund, at) => [fund.nav[*at], fund.expense_ratio],
    };
    let figures: Vec<_> = rows.iter().map(figures).collect();
    for (column, (name, ..)) in funds::FIELDS.into_iter().enumerate() {
        table.push(name, Values::Number(figures.iter().map(|row| row[column]).collect()));
    }
}

/// Each row is in one of two universes.
fn universes(spec: &FundsSpec, companies: &str, rows: &[Row<'_>]) -> MembershipColumn {
    let mut names = vec![spec.universe.clone(), companies.to_owned()];
    names.sort();
    let bit = |of_funds: bool| u64::from((names[1] == spec.universe) == of_funds) + 1;
    MembershipColumn {
        bits: rows.iter().map(|row| bit(row.line().is_none())).collect(),
        names,
    }
}
