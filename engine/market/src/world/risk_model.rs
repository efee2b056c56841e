//! A vendor's risk model of every month's end: the factor structure that returns are made of, seen through a vendor's
//! eyes. In a world that has one, it changes nothing else.
//!
//! - *Exposures* are the true ones of the month to the market, the styles, the sector and the country, the former two with
//!   an error that stays with a company. A company under a bid hardly moves with anything.
//! - *Covariance* is that of the factors' true volatilities, scaled by how rough the last quarter was, and mixed by a
//!   sample correlation as a vendor would measure it over `observations` periods: close to none, never quite.
//! - *Specific variance* is the true one, scaled in the same way, with an error that stays. Two lines of one company have
//!   theirs apart, as most vendors' do.
//! - A company is covered a quarter after its listing.
//!
//! Risk is annual variance of returns in a security's own currency, as the generator makes them.

use divisor_model::{Table, TextBuilder, Values};

use super::factors::STYLES;
use super::generate::{Named, Part};
use super::line::Line;
use super::random::Purpose;
use super::simulation::World;
use super::snapshots::SnapshotRow;
use super::spec::RiskModelSpec;

/// Names of the styles, in the order of a company's exposures.
const STYLE_NAMES: [&str; STYLES] = ["value", "momentum", "quality", "size"];
/// Sessions over which a vendor sees how rough the market is, and before which it covers no new listing.
const QUARTER_SESSIONS: usize = 63;
/// Annual volatility of the premium of a second line over the first.
const SECOND_LINE_VOLATILITY: f64 = 0.12;

/// How a company moves from a month's first session on.
#[derive(Debug, Clone, Copy)]
pub(super) struct RiskState {
    pub session: usize,
    pub styles: [f64; STYLES],
    /// Factors on what it shares with others, and on its own noise.
    pub sensitivity: (f64, f64),
}

/// What the model says of one line at one snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct RiskRow {
    market: f64,
    /// To its sector and its country.
    groups: f64,
    styles: [f64; STYLES],
    specific_variance: f64,
}

/// For each row in snapshots what the model says; none where it does not cover the line. Empty in a world without one.
pub(super) fn rows(world: &World<'_>, line: &Line<'_>, snapshots: &[SnapshotRow]) -> Vec<Option<RiskRow>> {
    let Some(spec) = &world.spec.risk_model else {
        return Vec::new();
    };
    snapshots.iter().map(|row| of_line(world, spec, line, row)).collect()
}

fn of_line(world: &World<'_>, spec: &RiskModelSpec, line: &Line<'_>, row: &SnapshotRow) -> Option<RiskRow> {
    let company = line.company;
    let session = world.timeline.snapshots[row.snapshot];
    let is_new = line.path.first > 0 && session < line.path.first + QUARTER_SESSIONS;
    let states = company.risk.partition_point(|state| state.session <= session);
    let state = company.risk.get(states.checked_sub(1)?).filter(|_| !is_new)?;
    let stream = world.random.stream(Purpose::RiskModel, company.traits.key);
    let (shared, noisy) = state.sensitivity;
    let error = |counter: u64| spec.error * stream.normal(counter);
    let mut styles = state.styles;
    for (at, exposure) in styles.iter_mut().enumerate() {
        *exposure = thousandth(shared * (*exposure + error(at as u64)));
    }
    let own = company.traits.specific_volatility * noisy * libm::exp(error(STYLES as u64));
    let premium = if line.second { SECOND_LINE_VOLATILITY } else { 0.0 };
    Some(RiskRow {
        market: thousandth(shared * company.traits.beta * (1.0 + error(STYLES as u64 + 1))),
        groups: thousandth(shared),
        styles,
        specific_variance: millionth(own * own * roughness(world, session, |relative| relative) + premium * premium),
    })
}

/// Mean over the last quarter of a power of the market's relative volatility: of the second for the market's own variance,
/// of the first for all others.
fn roughness(world: &World<'_>, session: usize, power: fn(f64) -> f64) -> f64 {
    let first = (session + 1).saturating_sub(QUARTER_SESSIONS);
    let squares = world.factors.stress[first..=session]
        .iter()
        .map(|stress| stress * stress);
    squares.map(power).sum::<f64>() / (session + 1 - first) as f64
}

/// The three tables of one snapshot's date.
pub(super) fn parts(world: &World<'_>, named: &[Named<'_>], snapshot: usize) -> Vec<Part> {
    let Some(spec) = &world.spec.risk_model else {
        return Vec::new();
    };
    let session = world.timeline.snapshots[snapshot];
    let date = world.timeline.date(session);
    let find = |one: &Named<'_>| {
        let at = one.snapshots.binary_search_by_key(&snapshot, |row| row.snapshot).ok()?;
        one.risk[at]
    };
    let covered: Vec<(&Named<'_>, RiskRow)> = named.iter().filter_map(|one| Some((one, find(one)?))).collect();
    let tables = [
        exposures(world, &covered),
        covariance(world, spec, session),
        specific(&covered),
    ];
    let part = |table: Table| Part::new(format!("risk/date={date}/{}.parquet", table.name), vec![table]);
    tables.into_iter().map(part).collect()
}

/// Exposures by security, in the order of the factors.
fn exposures(world: &World<'_>, covered: &[(&Named<'_>, RiskRow)]) -> Table {
    let (mut ids, mut factors) = (TextBuilder::default(), TextBuilder::default());
    let mut values = Vec::new();
    for (one, row) in covered {
        let slot = one.traits.slot;
        let sector = sector_name(&world.spec.sectors[slot.sector].name);
        let country = country_name(&world.spec.countries[slot.country].code);
        let own = [
            ("market", row.market),
            (sector.as_str(), row.groups),
            (country.as_str(), row.groups),
        ];
        for (factor, exposure) in own.into_iter().chain(STYLE_NAMES.into_iter().zip(row.styles)) {
            ids.push(Some(&one.identity.security_id));
            factors.push(Some(factor));
            values.push(exposure);
        }
    }
    Table::new("exposures")
        .with("security_id", Values::Text(ids.finish_sorted()))
        .with("factor", Values::Text(factors.finish_sorted()))
        .with("exposure", Values::Number(values))
}

fn specific(covered: &[(&Named<'_>, RiskRow)]) -> Table {
    let mut ids = TextBuilder::default();
    for (one, _) in covered {
        ids.push(Some(&one.identity.security_id));
    }
    let variances = covered.iter().map(|(_, row)| row.specific_variance);
    Table::new("specific")
        .with("security_id", Values::Text(ids.finish_sorted()))
        .with("specific_variance", Values::Number(variances.collect()))
}

/// Each pair of factors once.
fn covariance(world: &World<'_>, spec: &RiskModelSpec, session: usize) -> Table {
    let factors = factors(world, session);
    let draws: Vec<Vec<f64>> = (0..factors.len()).map(|factor| draws(world, spec, factor)).collect();
    let (mut a, mut b) = (TextBuilder::default(), TextBuilder::default());
    let mut values = Vec::new();
    for (row, (name, volatility)) in factors.iter().enumerate() {
        for (column, (other, with)) in factors[..=row].iter().enumerate() {
            let products = draws[row].iter().zip(&draws[column]).map(|(one, two)| one * two);
            let correlation = products.sum::<f64>() / f64::from(spec.observations);
            a.push(Some(name));
            b.push(Some(other));
            values.push(volatility * with * correlation);
        }
    }
    Table::new("covariance")
        .with("factor_a", Values::Text(a.finish_sorted()))
        .with("factor_b", Values::Text(b.finish_sorted()))
        .with("covariance", Values::Number(values))
}

/// What a factor did in the periods by which the vendor measures correlations; the same at every date.
fn draws(world: &World<'_>, spec: &RiskModelSpec, factor: usize) -> Vec<f64> {
    // Companies have keys of their own from zero on; those of factors lie at the other end.
    let stream = world.random.stream(Purpose::RiskModel, u64::MAX - factor as u64);
    (0..u64::from(spec.observations)).map(|at| stream.normal(at)).collect()
}

/// Factors and their annual volatilities at a session.
fn factors(world: &World<'_>, session: usize) -> Vec<(String, f64)> {
    let spec = world.spec;
    let styles = [
        &spec.styles.value,
        &spec.styles.momentum,
        &spec.styles.quality,
        &spec.styles.size,
    ];
    let others = roughness(world, session, |relative| relative).sqrt();
    let mut factors = vec![(
        "market".to_owned(),
        spec.market.volatility * roughness(world, session, |relative| relative * relative).sqrt(),
    )];
    let sectors = spec.sectors.iter();
    factors.extend(sectors.map(|sector| (sector_name(&sector.name), others * sector.volatility)));
    let countries = spec.countries.iter();
    factors.extend(countries.map(|country| (country_name(&country.code), others * country.volatility)));
    let styles = STYLE_NAMES.into_iter().zip(styles);
    factors.extend(styles.map(|(name, style)| (name.to_owned(), others * style.volatility)));
    factors
}

fn sector_name(sector: &str) -> String {
    format!("sector {sector}")
}

fn country_name(country: &str) -> String {
    format!("country {country}")
}

/// Vendors publish exposures with three decimals, variances with six.
fn thousandth(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

fn millionth(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
