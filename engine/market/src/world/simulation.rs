//! The life of one company: price, business, dividends, splits and fate, day by day. Everything decided on a day uses
//! that day and earlier ones only, so a world generated to an earlier date is the beginning of the longer one.

use divisor_model::Day;

use super::business::{Business, QuarterClose, QuarterFigures};
use super::company::{Action, Company, Ending, Path, quote};
use super::currencies::Currencies;
use super::distributions::Declared;
use super::dividends::DividendPolicy;
use super::factors::{Factors, STYLES};
use super::fate::Fate;
use super::random::{Purpose, Random, Stream};
use super::risk_model::RiskState;
use super::spec::WorldSpec;
use super::timeline::{Quarter, Timeline, YEAR_SESSIONS};
use super::traits::{GENERATIONS, Slot, Traits, round_float};

/// Pull of the price back to earnings power, a year.
const VALUE_PULL: f64 = 0.05;
/// Pull of a company's size back to that of the average dollar, a year, in returns.
const SIZE_PULL: f64 = 0.006;
/// The same in shares issued or bought back.
const ISSUANCE_PULL: f64 = 0.016;
/// Lowest price in dataset currency.
const PRICE_FLOOR: f64 = 0.05;

/// What all companies share.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub spec: &'a WorldSpec,
    pub random: Random,
    pub timeline: Timeline,
    pub factors: Factors,
    pub currencies: Currencies,
}

/// The random streams of a company.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    pub specific: Stream,
    pub volume: Stream,
    pub business: Stream,
    pub dividend: Stream,
    pub split: Stream,
    pub fate: Stream,
    pub float: Stream,
}

/// State of a company.
#[derive(Debug)]
pub(super) struct Simulation<'a> {
    pub world: &'a World<'a>,
    pub traits: Traits,
    pub streams: Streams,
    pub listed: Quarter,
    /// Local currency, as quoted on the day.
    pub price: f64,
    /// Shares of all lines.
    pub shares: f64,
    pub business: Business,
    pub policy: DividendPolicy,
    pub fate: Fate,
    /// Ordinary dividends a share in the running quarter, dataset currency.
    pub quarter_dividends: f64,
    free_float: f64,
    pub pending_split: Option<Action>,
    pub pending_dividends: Vec<Declared>,
    /// Expected return a session besides the factors'.
    drift: f64,
    exposures: [f64; STYLES],
    /// Sum of log total returns at each session since the first.
    log_index: Vec<f64>,
    path: Path,
    quarters: Vec<QuarterFigures>,
    pub actions: Vec<Action>,
    share_changes: Vec<(Day, f64)>,
    float_changes: Vec<(Day, f64)>,
    risk: Vec<RiskState>,
}

/// All companies of a slot, one after the other.
pub(super) fn simulate_slot(world: &World<'_>, slot: Slot) -> Vec<Company> {
    let mut companies = Vec::new();
    let gaps = world.random.stream(Purpose::Gap, slot.number);
    let mut start = 0;
    for generation in 0..GENERATIONS {
        if start >= world.timeline.len() {
            break;
        }
        let company = Simulation::new(world, slot, generation, start).run(start);
        let end = start + company.path.len();
        let gap = gaps.between(generation, 1.0, 2.0 * world.spec.listings.gap_sessions);
        start = end + gap as usize;
        let over = company.ending.is_none();
        companies.push(company);
        if over {
            break;
        }
    }
    companies
}

impl<'a> Simulation<'a> {
    fn new(world: &'a World<'a>, slot: Slot, generation: u64, start: usize) -> Self {
        let (spec, random) = (world.spec, world.random);
        let key = slot.number * GENERATIONS + generation;
        let birth = random.stream(Purpose::Slot, key + 1);
        let veteran = generation == 0;
        let size = if veteran {
            slot.first_size
        } else {
            0.8 * birth.normal(1) - 0.3
        };
        let mut traits = Traits::draw(spec, random, slot, generation, size);
        traits.currency = world.currencies.position(&spec.countries[slot.country].currency);
        let first_quarter = world.timeline.quarter(start);
        let age_quarters = if veteran {
            -110.0 * libm::log(birth.uniform(2))
        } else {
            0.0
        };
        let listed = first_quarter - age_quarters.ceil().min(1000.0) as Quarter;
        let streams = Streams {
            specific: random.stream(Purpose::Specific, key),
            volume: random.stream(Purpose::Volume, key),
            business: random.stream(Purpose::Business, key),
            dividend: random.stream(Purpose::Dividend, key),
            split: random.stream(Purpose::Split, key),
            fate: random.stream(Purpose::Fate, key),
            float: random.stream(Purpose::Float, key),
        };
        let log_size = slot.log_size + spec.market.size_dispersion * size + level_before(world, start);
        let listing_price = 24.0 * libm::exp(0.45 * birth.normal(3));
        let business = Business::new(&traits, 1.0, streams.business);
        let policy = DividendPolicy::new(false, false, 0.0, 0.0);
        let free_float = traits.free_float;
        let mut simulation = Self {
            world,
            traits,
            streams,
            listed,
            price: 0.0,
            shares: 0.0,
            business,
            policy,
            fate: Fate::Alive,
            quarter_dividends: 0.0,
            free_float,
            pending_split: None,
            pending_dividends: Vec::new(),
            drift: 0.0,
            exposures: [0.0; STYLES],
            log_index: Vec::new(),
            path: Path {
                first: start,
                close: Vec::new(),
                volume: Vec::new(),
            },
            quarters: Vec::new(),
            actions: Vec::new(),
            share_changes: Vec::new(),
            float_changes: Vec::new(),
            risk: Vec::new(),
        };
        simulation.found(libm::exp(log_size), listing_price, first_quarter);
        simulation.run_prehistory(first_quarter);
        simulation
    }

    /// Sets up the company at its founding so that prehistory ends at the given market capitalisation and leads past
    /// the given price at its listing.
    fn found(&mut self, capitalization: f64, listing_price: f64, until: Quarter) {
        let stream = self.world.random.stream(Purpose::Growth, self.traits.key);
        let sum = |range: std::ops::Range<Quarter>| -> f64 { range.map(|quarter| self.growth(stream, quarter)).sum() };
        let founded = self.founded();
        let before_listing = sum(founded..self.listed.clamp(founded, until));
        let capitalization = capitalization * libm::exp(-sum(founded..until));
        let price_in_dataset = listing_price * libm::exp(-before_listing);
        self.price = price_in_dataset / self.rate(self.path.first);
        self.shares = (capitalization / price_in_dataset).max(1000.0);
        self.business = Business::new(&self.traits, capitalization, self.streams.business);
        let traits = &self.traits;
        let policy = DividendPolicy::new(traits.pays_dividends, traits.aristocrat, traits.payout, 0.0);
        self.policy = DividendPolicy::new(
            traits.pays_dividends,
            traits.aristocrat,
            traits.payout,
            self.power_per_share(&policy, self.path.first),
        );
    }

    /// Dataset currency per unit of the company's currency.
    pub(super) fn rate(&self, session: usize) -> f64 {
        self.world.currencies.rate(self.traits.currency, session)
    }

    /// Earnings power of a share, in the currency a policy is decided in.
    pub(super) fn power_per_share(&self, policy: &DividendPolicy, session: usize) -> f64 {
        let power = self.business.earnings_power() / self.shares;
        if policy.in_dataset_currency {
            power
        } else {
            power / self.rate(session)
        }
    }

    /// The session whose exchange rate counts now: the last one simulated.
    pub(super) fn now(&self) -> usize {
        self.path.first + self.path.len().saturating_sub(1)
    }

    /// Lives to the delisting or the end of the world.
    fn run(mut self, start: usize) -> Company {
        let timeline = &self.world.timeline;
        let day = timeline.days[start];
        self.share_changes.push((day, self.shares));
        self.float_changes.push((day, self.free_float));
        self.log_index.push(0.0);
        self.quote(start, 0.0);
        self.look_around(start);
        self.note_risk(start);
        self.declare_dividends(timeline.quarter(start), day);
        let mut ending = None;
        for session in start + 1..timeline.len() {
            if timeline.begins_quarter(session) {
                self.begin_quarter(session);
            }
            if timeline.begins_month(session) {
                self.look_around(session);
                self.decide_split(session);
                self.decide_fate(session);
                self.note_risk(session);
            }
            self.trade(session);
            ending = self.fate.ending_at(session);
            if ending.is_some() {
                break;
            }
        }
        self.finish(ending)
    }

    fn finish(mut self, ending: Option<Ending>) -> Company {
        // Thousands of companies lie side by side: none keeps room for sessions it does not live to see.
        self.path.close.shrink_to_fit();
        self.path.volume.shrink_to_fit();
        Company {
            traits: self.traits,
            listed: self.listed,
            path: self.path,
            ending,
            quarters: self.quarters,
            actions: self.actions,
            shares: self.share_changes,
            free_floats: self.float_changes,
            risk: self.risk,
        }
    }

    /// One session: the return, then what goes ex.
    fn trade(&mut self, session: usize) {
        let day = self.world.timeline.days[session];
        let total_return = self.total_return(session);
        self.price *= 1.0 + total_return;
        let paid = self.pay_dividends(day);
        if !paid && let Some(split) = self.pending_split.take_if(|split| split.ex_day <= day) {
            self.split(Action { ex_day: day, ..split });
            self.share_changes.push((day, self.shares));
        }
        self.price = self.price.max(PRICE_FLOOR / self.rate(session));
        let index = self.log_index.last().copied().unwrap_or(0.0);
        self.log_index.push(index + libm::log1p(total_return));
        self.quote(session, total_return);
    }

    fn total_return(&self, session: usize) -> f64 {
        let factors = &self.world.factors;
        let (exposed, noisy) = self.fate.sensitivity();
        let mut common = self.traits.beta * factors.market[session]
            + factors.sectors[self.traits.slot.sector][session]
            + factors.countries[self.traits.slot.country][session];
        for (exposure, style) in self.exposures.iter().zip(&factors.styles) {
            common += exposure * style[session];
        }
        let day = self.world.timeline.days[session] as u64;
        let half_freedom = self.world.spec.market.specific_tail_freedom / 2;
        let daily = self.traits.specific_volatility / YEAR_SESSIONS.sqrt() * factors.stress[session];
        let specific = daily * self.streams.specific.student(day, half_freedom);
        let own = self.drift + self.fate.drift(session);
        (exposed * common + noisy * specific + own).clamp(-0.6, 1.0)
    }

    /// Writes down the close and the shares traded.
    fn quote(&mut self, session: usize, total_return: f64) {
        let day = self.world.timeline.days[session] as u64;
        self.path.close.push(quote(self.price));
        let surprise = total_return.abs() / (self.traits.specific_volatility / YEAR_SESSIONS.sqrt());
        let mood = 0.35 * self.streams.volume.normal(day) + 0.14 * surprise.min(8.0) - 0.2;
        let first_line = 1.0 - self.traits.second_line.map_or(0.0, |line| line.fraction);
        let usual = self.shares * first_line * self.free_float * self.traits.share_turnover / YEAR_SESSIONS;
        self.path.volume.push((usual * libm::exp(mood)).round().max(1.0));
    }

    /// Monthly view of oneself: exposures to styles and the pulls on the price.
    fn look_around(&mut self, session: usize) {
        let at = self.log_index.len() - 1;
        let capitalization = self.price * self.shares * self.rate(self.now());
        let gap = self.business.valuation_gap(&self.traits, capitalization);
        let relative = self.relative_size(session, capitalization);
        let momentum = if at >= 252 {
            let own = self.log_index[at - 21] - self.log_index[at - 252];
            let levels = &self.world.factors.level;
            let market = levels[session - 1 - 21] - levels[session - 1 - 252] + 0.02;
            (own - market) / (1.1 * self.traits.specific_volatility)
        } else {
            0.0
        };
        let dispersion = self.world.spec.market.size_dispersion;
        self.exposures = [
            (-gap / 0.45).clamp(-2.0, 2.0),
            momentum.clamp(-2.0, 2.0),
            self.traits.quality.clamp(-2.0, 2.0),
            (-relative / dispersion).clamp(-2.5, 2.0),
        ];
        self.drift = (-VALUE_PULL * gap - SIZE_PULL * (relative - dispersion * dispersion)) / YEAR_SESSIONS;
    }

    /// Log market capitalisation over the middle of the country's, in the market's terms of the day before.
    pub(super) fn relative_size(&self, session: usize, capitalization: f64) -> f64 {
        libm::log(capitalization) - self.traits.slot.log_size - level_before(self.world, session)
    }

    /// Keeps what a vendor of risk models would see.
    fn note_risk(&mut self, session: usize) {
        if self.world.spec.risk_model.is_some() {
            self.risk.push(RiskState {
                session,
                styles: self.exposures,
                sensitivity: self.fate.sensitivity(),
            });
        }
    }

    /// Closes the quarter before this session and begins the next.
    fn begin_quarter(&mut self, session: usize) {
        let timeline = &self.world.timeline;
        let (day, quarter) = (timeline.days[session], timeline.quarter(session));
        let price_in_dataset = self.price * self.rate(session - 1);
        self.close_quarter(timeline.quarter(session - 1), price_in_dataset);
        let relative = self.relative_size(session, price_in_dataset * self.shares);
        let noise = 0.002 * self.streams.float.normal(quarter as u64 * 8);
        let dispersion = self.world.spec.market.size_dispersion;
        let issued = (-ISSUANCE_PULL * (relative - dispersion * dispersion)).clamp(-0.04, 0.04) / 4.0 + noise;
        self.shares *= 1.0 + issued;
        self.share_changes.push((day, self.shares));
        if self.streams.float.chance(quarter as u64 * 8 + 1, 0.012) {
            let change = 0.08 * self.streams.float.normal(quarter as u64 * 8 + 2);
            self.free_float = round_float(self.free_float + change);
            self.float_changes.push((day, self.free_float));
        }
        self.decide_dividend(quarter);
        self.declare_dividends(quarter, day);
    }

    /// Closes the accounts of a quarter.
    pub(super) fn close_quarter(&mut self, quarter: Quarter, price_in_dataset: f64) {
        let close = QuarterClose {
            capitalization: price_in_dataset * self.shares,
            shares: self.shares,
            dividends_per_share: self.quarter_dividends,
            cycle: self.world.factors.cycle(quarter),
        };
        let sector = &self.world.spec.sectors[self.traits.slot.sector];
        let figures = self
            .business
            .close_quarter((&self.traits, sector), self.streams.business, quarter, &close);
        self.quarters.push(figures);
        self.quarter_dividends = 0.0;
    }
}

/// Log level of the market at the close before a session.
fn level_before(world: &World<'_>, session: usize) -> f64 {
    session.checked_sub(1).map_or(0.0, |before| world.factors.level[before])
}
