//! Listed closed-end funds: a universe of their own beside the companies, where a world has one.
//!
//! A fund's net asset value follows its class: a part of the market, a shock the class shares, one of its own, and the
//! carry that pays its distributions, less its expenses. Distributions are level: they follow the fund's rate of net asset
//! value only when they are far off, once a quarter. The price is the net asset value at a premium that wanders around
//! the fund's usual one, which is mostly a discount and widens when markets are under stress.
//!
//! Funds have streams of their own, so that a world with them has the companies of one without; and nothing looks ahead,
//! so that a shorter world is the beginning of a longer one.

use divisor_model::{ActionKind, Day};
use rayon::prelude::*;

use super::company::{Action, Path, quote, round_amount};
use super::fund_spec::{FundClassSpec, FundsSpec};
use super::line::total_return_index;
use super::names::{Identity, fund_identity};
use super::random::{Purpose, Random, Stream};
use super::simulation::World;
use super::timeline::{YEAR_SESSIONS, weekday_until};

/// Numeric columns that funds have and companies have not, with the units and kinds of `dataset.toml`.
pub(super) const FIELDS: [(&str, &str, &str); 2] = [("nav", "per-share", "stock"), ("expense_ratio", "ratio", "stock")];

/// Funds there are on the first day, of all that a world ever lists; the others come over so many years.
const FOUNDED: (f64, f64) = (0.65, 20.0);
/// Net asset value of a new fund's share, and what it is sold at.
const OFFERING: f64 = 20.0;
/// Session of a month on which distributions go ex.
const EX_SESSION: usize = 11;
/// Distance of a distribution from the fund's rate at which it is cut, or raised.
const CUT_BELOW: f64 = 0.85;
const RAISED_ABOVE: f64 = 1.20;
/// Pull of the premium to its usual level a session, and its volatility a year.
const PREMIUM_PULL: f64 = 0.01;
const PREMIUM_VOLATILITY: f64 = 0.07;
/// How much the usual premium falls when volatilities are twice their calm level.
const STRESS_DISCOUNT: f64 = 0.09;
/// Shares traded a year over those there are.
const SHARE_TURNOVER: f64 = 0.75;

/// One fund over its life.
#[derive(Debug)]
pub(super) struct Fund {
    pub identity: Identity,
    /// Position of its class in the spec.
    pub class: usize,
    pub mic: usize,
    pub path: Path,
    /// Net asset value per share, as published, beside the closes.
    pub nav: Vec<f64>,
    /// Total return index on the published closes and distributions, 1 at the first session.
    pub index: Vec<f64>,
    /// Its distributions by ex-date.
    pub actions: Vec<Action>,
    /// Shares outstanding: a closed-end fund issues none.
    pub shares: f64,
    pub expense_ratio: f64,
}

/// All funds of a world that are listed at any time, by security id.
pub(super) fn funds(world: &World<'_>) -> Vec<Fund> {
    let Some(spec) = &world.spec.funds else {
        return Vec::new();
    };
    let classes: Vec<Vec<f64>> = (0..spec.classes.len())
        .into_par_iter()
        .map(|class| class_returns(world, class, &spec.classes[class]))
        .collect();
    let members = spec
        .classes
        .iter()
        .enumerate()
        .flat_map(|(class, spec)| (0..spec.funds).map(move |at| (class, at)));
    let numbered: Vec<(usize, (usize, usize))> = members.enumerate().collect();
    let funds: Vec<Option<Fund>> = numbered
        .into_par_iter()
        .map(|(number, (class, at))| {
            let place = Place { number, class, at };
            simulate(world, spec, place, &classes[class])
        })
        .collect();
    let mut funds: Vec<Fund> = funds.into_iter().flatten().collect();
    funds.sort_by(|a, b| a.identity.security_id.cmp(&b.identity.security_id));
    funds
}

/// Return of the assets of a class at each session, before what is a fund's own.
fn class_returns(world: &World<'_>, class: usize, spec: &FundClassSpec) -> Vec<f64> {
    let stream = world.random.stream(Purpose::FundClass, class as u64);
    let half_freedom = world.spec.market.tail_freedom / 2;
    let daily = spec.volatility / YEAR_SESSIONS.sqrt();
    let of_session = |session: usize| {
        let day = world.timeline.days[session] as u64;
        let shock = daily * world.factors.stress[session] * stream.student(day, half_freedom);
        spec.beta * world.factors.market[session] + spec.carry / YEAR_SESSIONS + shock.clamp(-0.08, 0.08)
    };
    (0..world.timeline.len()).map(of_session).collect()
}

/// Which of all funds one is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Among all.
    pub number: usize,
    /// Position of its class.
    pub class: usize,
    /// Within the class.
    pub at: usize,
}

/// The random streams of a fund.
#[derive(Debug, Clone, Copy)]
struct Streams {
    habits: Stream,
    assets: Stream,
    premium: Stream,
    volume: Stream,
    fate: Stream,
}

impl Streams {
    fn of(random: Random, number: u64) -> Self {
        Self {
            habits: random.stream(Purpose::Fund, number),
            assets: random.stream(Purpose::FundAssets, number),
            premium: random.stream(Purpose::FundPremium, number),
            volume: random.stream(Purpose::FundVolume, number),
            fate: random.stream(Purpose::FundFate, number),
        }
    }
}

/// What stays the same about a fund.
struct Habits<'a> {
    spec: &'a FundClassSpec,
    streams: Streams,
    /// Distributions a year over net asset value.
    rate: f64,
    expense_ratio: f64,
    /// Usual log price over net asset value.
    premium: f64,
    /// Share of funds wound up in a year.
    wound_up: f64,
}

/// A fund from its listing; none where it is listed after the world.
fn simulate(world: &World<'_>, spec: &FundsSpec, place: Place, class_returns: &[f64]) -> Option<Fund> {
    let class = &spec.classes[place.class];
    let streams = Streams::of(world.random, place.number as u64);
    let draw = streams.habits;
    let first = listing(world, draw)?;
    let habits = Habits {
        spec: class,
        streams,
        rate: class.distribution_rate * libm::exp(0.15 * draw.normal(2)),
        expense_ratio: (class.expense_ratio * libm::exp(0.2 * draw.normal(3)) * 1e4).round() / 1e4,
        premium: class.premium + 0.035 * draw.normal(4),
        wound_up: spec.wound_up,
    };
    let net_assets = class.net_assets * libm::exp(0.7 * draw.normal(5));
    let shares = (net_assets / OFFERING / 1000.0).round().max(1.0) * 1000.0;
    let life = Life::run(world, &habits, shares, class_returns, first);
    Some(Fund {
        identity: fund_identity(world, spec, place),
        class: place.class,
        mic: draw.index(6, world.spec.countries[spec.country_position(world.spec)].mics.len()),
        index: total_return_index(&world.timeline.days, &life.actions, &life.path),
        path: life.path,
        nav: life.nav,
        actions: life.actions,
        shares,
        expense_ratio: habits.expense_ratio,
    })
}

/// The session a fund is listed at.
fn listing(world: &World<'_>, draw: Stream) -> Option<usize> {
    let (founded, years) = FOUNDED;
    if draw.chance(0, founded) {
        return Some(0);
    }
    let days = &world.timeline.days;
    let day = days[0] + (draw.uniform(1) * years * 365.25) as Day;
    let session = days.partition_point(|known| *known < day);
    (session < days.len()).then_some(session)
}

/// A fund's days.
struct Life {
    path: Path,
    nav: Vec<f64>,
    actions: Vec<Action>,
}

impl Life {
    fn run(world: &World<'_>, habits: &Habits<'_>, shares: f64, class_returns: &[f64], first: usize) -> Self {
        let mut life = Self {
            path: Path {
                first,
                close: Vec::new(),
                volume: Vec::new(),
            },
            nav: Vec::new(),
            actions: Vec::new(),
        };
        // An old fund is not new on the first day: its discount is the usual one.
        let mut premium = if first == 0 { habits.premium } else { 0.0 };
        let mut nav = OFFERING;
        let mut payment = Payment::new(habits, nav);
        let mut of_month = 0;
        for (session, shared) in class_returns.iter().enumerate().skip(first) {
            of_month = if world.timeline.begins_month(session) {
                1
            } else {
                of_month + 1
            };
            if of_month == 1 && habits.ends(world, session, first) {
                break;
            }
            let day = world.timeline.days[session] as u64;
            if session > first {
                nav *= 1.0 + shared + habits.own_return(world, session);
                let stress = world.factors.stress[session];
                let usual = habits.premium - STRESS_DISCOUNT * (stress - 1.0).clamp(-0.5, 2.0);
                let shock = PREMIUM_VOLATILITY / YEAR_SESSIONS.sqrt() * habits.streams.premium.student(day, 3);
                premium += PREMIUM_PULL * (usual - premium) + shock;
                if let Some(action) = payment.due(world, habits, session, of_month, nav) {
                    nav -= action.value;
                    life.actions.push(action);
                }
            }
            life.nav.push(quote(nav));
            life.path.close.push(quote(nav * libm::exp(premium)));
            let relative = libm::exp(0.45 * habits.streams.volume.normal(day) - 0.1);
            let traded = shares * SHARE_TURNOVER / YEAR_SESSIONS * relative * world.factors.stress[session];
            life.path.volume.push(traded.round().max(1.0));
        }
        life
    }
}

impl Habits<'_> {
    /// Return that the fund shares with nobody, less expenses.
    fn own_return(&self, world: &World<'_>, session: usize) -> f64 {
        let day = world.timeline.days[session] as u64;
        let daily = self.spec.specific_volatility / YEAR_SESSIONS.sqrt();
        let shock = daily * world.factors.stress[session] * self.streams.assets.student(day, 3);
        shock.clamp(-0.08, 0.08) - self.expense_ratio / YEAR_SESSIONS
    }

    /// Whether its assets are paid out this month. A fund lives a year at least.
    fn ends(&self, world: &World<'_>, session: usize, first: usize) -> bool {
        let month = world.timeline.months[session] as u64;
        session > first + YEAR_SESSIONS as usize && self.streams.fate.chance(month, self.wound_up / 12.0)
    }
}

/// The level distribution a share.
struct Payment {
    amount: f64,
}

impl Payment {
    fn new(habits: &Habits<'_>, nav: f64) -> Self {
        Self {
            amount: Self::aim(habits, nav),
        }
    }

    /// What the fund's rate would pay now, quoted in hundredths of a cent.
    fn aim(habits: &Habits<'_>, nav: f64) -> f64 {
        (habits.rate * nav / f64::from(habits.spec.payments) * 1e4).round() / 1e4
    }

    /// The distribution that goes ex at a session, if any. It is declared twelve days before, at an amount that is looked
    /// at anew at the beginning of a quarter.
    fn due(
        &mut self,
        world: &World<'_>,
        habits: &Habits<'_>,
        session: usize,
        of_month: usize,
        nav: f64,
    ) -> Option<Action> {
        let month = world.timeline.months[session];
        if of_month == 1 && month % 3 == 0 {
            let aim = Self::aim(habits, nav);
            if aim < CUT_BELOW * self.amount || aim > RAISED_ABOVE * self.amount {
                self.amount = aim;
            }
        }
        let pays = habits.spec.payments == 12 || month % 3 == 2;
        let value = round_amount(self.amount);
        let ex_day = world.timeline.days[session];
        (pays && of_month == EX_SESSION && value > 0.0 && value < 0.2 * nav).then(|| Action {
            ex_day,
            known_on: weekday_until(ex_day - 12),
            kind: ActionKind::Dividend,
            value,
        })
    }
}

impl Fund {
    /// The row of its path at a session, where it is listed then.
    pub(super) fn row(&self, session: usize) -> Option<usize> {
        let row = session.checked_sub(self.path.first)?;
        (row < self.path.len()).then_some(row)
    }

    /// Distributions of the 365 days up to a day, a share.
    pub(super) fn distributions_of_year(&self, day: Day) -> f64 {
        let start = self.actions.partition_point(|action| action.ex_day <= day - 365);
        let year = self.actions[start..].iter().take_while(|action| action.ex_day <= day);
        year.fold(0.0, |sum, action| sum + action.value)
    }
}
