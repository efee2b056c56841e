//! What moves many securities at once: market, sectors, countries, styles and the business cycle.

use divisor_model::{Day, day_of};

use super::random::{Purpose, Random, Stream};
use super::spec::{RegimeSpec, StyleSpec, WorldSpec};
use super::timeline::{Quarter, Timeline, YEAR_SESSIONS};

/// Styles, in the order of [`Factors::styles`] and of a security's exposures.
pub(super) const STYLES: usize = 4;

/// Persistence of log volatility from one session to the next.
const VOLATILITY_PERSISTENCE: f64 = 0.98;
/// The part of the market's return that companies pay out, a year.
const MARKET_YIELD: f64 = 0.022;
/// Mean and standard deviation of the market's log price change in a quarter before there are daily prices.
const PREHISTORY: (f64, f64) = (0.018, 0.075);
/// Normal log price change of the market in a year, against which booms and slumps are measured.
const NORMAL_GROWTH: f64 = 0.06;

/// Daily factor returns and what follows from them. Entry `t` uses nothing later than session `t`.
#[derive(Debug)]
pub(super) struct Factors {
    /// Total return of the market.
    pub market: Vec<f64>,
    /// Volatility of the market relative to its calm level, to the power ½: scales all other volatilities.
    pub stress: Vec<f64>,
    /// Log price level of the market at each close, zero before the first session.
    pub level: Vec<f64>,
    /// Return of each sector beyond the market.
    pub sectors: Vec<Vec<f64>>,
    /// Return of each country beyond the market.
    pub countries: Vec<Vec<f64>>,
    /// Return of one unit of value, momentum, quality and size.
    pub styles: [Vec<f64>; STYLES],
    /// Log price change of the market in each quarter from `first_quarter`.
    quarters: Vec<f64>,
    first_quarter: Quarter,
}

impl Factors {
    pub(super) fn new(spec: &WorldSpec, random: Random, timeline: &Timeline) -> Self {
        let (market, stress) = market(spec, random, timeline);
        let mut level = Vec::with_capacity(market.len());
        let mut sum = 0.0;
        for total in &market {
            sum += libm::log1p(total - MARKET_YIELD / YEAR_SESSIONS);
            level.push(sum);
        }
        let half_freedom = spec.market.tail_freedom / 2;
        let shocks = |stream: Stream, volatility: f64, premium: f64| -> Vec<f64> {
            let shock = |session: usize| {
                let day = timeline.days[session] as u64;
                let daily = volatility / YEAR_SESSIONS.sqrt();
                let drawn = daily * stress[session] * stream.student(day, half_freedom);
                premium / YEAR_SESSIONS + drawn.clamp(-0.08, 0.08)
            };
            (0..timeline.len()).map(shock).collect()
        };
        let sector =
            |(at, volatility): (usize, f64)| shocks(random.stream(Purpose::Sector, at as u64), volatility, 0.0);
        let country =
            |(at, volatility): (usize, f64)| shocks(random.stream(Purpose::Country, at as u64), volatility, 0.0);
        let style = |at: usize, style: &StyleSpec| {
            let stream = random.stream(Purpose::Style, at as u64);
            shocks(stream, style.volatility, style.premium)
        };
        let styles = &spec.styles;
        let sector_volatilities = spec.sectors.iter().map(|sector| sector.volatility);
        let country_volatilities = spec.countries.iter().map(|country| country.volatility);
        let mut factors = Self {
            sectors: sector_volatilities.enumerate().map(sector).collect(),
            countries: country_volatilities.enumerate().map(country).collect(),
            styles: [
                style(0, &styles.value),
                style(1, &styles.momentum),
                style(2, &styles.quality),
                style(3, &styles.size),
            ],
            market,
            stress,
            level,
            quarters: Vec::new(),
            first_quarter: (spec.fundamentals_from - 4) * 4,
        };
        factors.fill_quarters(random, timeline);
        factors
    }

    /// Quarterly market changes: drawn before the first session's quarter, then from the daily level. The last quarter
    /// may be incomplete; nothing asks for it before it is over.
    fn fill_quarters(&mut self, random: Random, timeline: &Timeline) {
        let stream = random.stream(Purpose::Prehistory, 0);
        let (mean, deviation) = PREHISTORY;
        let daily_from = timeline.quarter(0);
        let drawn = (self.first_quarter..daily_from).map(|quarter| mean + deviation * stream.normal(quarter as u64));
        self.quarters = drawn.collect();
        let mut before = 0.0;
        for quarter in daily_from..=timeline.quarter(timeline.len() - 1) {
            let next = timeline.months.partition_point(|month| month.div_euclid(3) <= quarter);
            let level = self.level[next - 1];
            self.quarters.push(level - before);
            before = level;
        }
    }

    /// Log price change of the market in a quarter, normal where the world does not reach.
    pub(super) fn quarter_change(&self, quarter: Quarter) -> f64 {
        let at = usize::try_from(quarter - self.first_quarter).ok();
        let change = at.and_then(|at| self.quarters.get(at));
        change.copied().unwrap_or(NORMAL_GROWTH / 4.0)
    }

    /// The market's log price change over the four quarters up to and including this one, less the normal one.
    pub(super) fn cycle(&self, quarter: Quarter) -> f64 {
        let year: f64 = (quarter - 3..=quarter).map(|one| self.quarter_change(one)).sum();
        year - NORMAL_GROWTH
    }
}

/// Market returns and the square root of relative volatility.
fn market(spec: &WorldSpec, random: Random, timeline: &Timeline) -> (Vec<f64>, Vec<f64>) {
    let shocks = random.stream(Purpose::Market, 0);
    let volatilities = random.stream(Purpose::MarketVolatility, 0);
    let half_freedom = spec.market.tail_freedom / 2;
    let dispersion = spec.market.volatility_dispersion;
    let innovation = dispersion * (1.0 - VOLATILITY_PERSISTENCE * VOLATILITY_PERSISTENCE).sqrt();
    let mut log_volatility = 0.0;
    let (mut returns, mut stress) = (Vec::new(), Vec::new());
    for day in &timeline.days {
        log_volatility = VOLATILITY_PERSISTENCE * log_volatility + innovation * volatilities.normal(*day as u64);
        let regime = spec.regimes.iter().find(|regime| contains(regime, *day));
        let multiple = regime.map_or(1.0, |regime| regime.volatility);
        let expected = regime.map_or(spec.market.expected_return, |regime| regime.expected_return);
        // The mean of the square of a lognormal is removed, so that `volatility` is what it says.
        let relative = multiple * libm::exp(log_volatility - dispersion * dispersion);
        let daily = spec.market.volatility / YEAR_SESSIONS.sqrt() * relative;
        let shock = daily * shocks.student(*day as u64, half_freedom);
        returns.push((expected / YEAR_SESSIONS + shock).clamp(-0.12, 0.12));
        stress.push(relative.sqrt());
    }
    (returns, stress)
}

fn contains(regime: &RegimeSpec, day: Day) -> bool {
    (day_of(regime.from)..=day_of(regime.to)).contains(&day)
}
