//! What a company publishes about its quarters and fiscal years, when, and what it leaves out or corrects later.

use divisor_model::Day;

use super::business::QuarterFigures;
use super::company::{Company, round_amount};
use super::distributions::fiscal_quarter;
use super::prehistory::PROSPECTUS_QUARTERS;
use super::random::{Purpose, Stream};
use super::simulation::World;
use super::timeline::{Quarter, quarter_end, quarter_start, weekday_from};

/// Columns of figures: first those a share, then money.
pub(super) const FIELDS: [&str; 11] = [
    "eps",
    "book_value_per_share",
    "dividends_per_share",
    "sales",
    "cash_flow",
    "operating_cash_flow",
    "dividends",
    "book_value",
    "total_debt",
    "total_assets",
    "net_income",
];

/// How many of [`FIELDS`] are a share's; the others are the issuer's money, of which a line gets its part.
pub(super) const PER_SHARE_FIELDS: usize = 3;

/// Positions in [`FIELDS`].
pub(super) mod field {
    pub(in super::super) const EPS: usize = 0;
    pub(in super::super) const BOOK_VALUE_PER_SHARE: usize = 1;
    pub(in super::super) const SALES: usize = 3;
    pub(in super::super) const OPERATING_CASH_FLOW: usize = 5;
    pub(in super::super) const BOOK_VALUE: usize = 7;
    pub(in super::super) const TOTAL_DEBT: usize = 8;
    pub(in super::super) const TOTAL_ASSETS: usize = 9;
    pub(in super::super) const NET_INCOME: usize = 10;
}

/// One publication of one period.
#[derive(Debug, Clone)]
pub(super) struct Publication {
    /// A fiscal year, else a quarter.
    pub annual: bool,
    /// The quarter the period ends with.
    pub quarter: Quarter,
    pub known_on: Day,
    /// Takes back what was published; has no figures.
    pub withdrawn: bool,
    /// Values of [`FIELDS`], of all lines together; NaN where missing.
    pub values: [f64; FIELDS.len()],
}

impl Publication {
    pub(super) fn period_start(&self) -> Day {
        quarter_start(if self.annual { self.quarter - 3 } else { self.quarter })
    }

    pub(super) fn period_end(&self) -> Day {
        quarter_end(self.quarter)
    }
}

/// A company's publications by kind, period and date of knowledge.
#[derive(Debug, Default)]
pub(super) struct Publications {
    pub quarterly: Vec<Publication>,
    pub annual: Vec<Publication>,
}

impl Publications {
    /// Everything a company published while it was listed and the world lasted.
    pub(super) fn of(world: &World<'_>, company: &Company) -> Self {
        let desk = Desk {
            world,
            company,
            stream: world.random.stream(Purpose::Filing, company.traits.key),
        };
        let last_session = company.path.first + company.path.len() - 1;
        let last_day = world.timeline.days[last_session];
        let mut publications = Self::default();
        let figures = &company.quarters;
        for at in 0..figures.len() {
            let quarter = figures[at].quarter;
            let year_ends = fiscal_quarter(quarter, company.traits.fiscal_year_end) == 3;
            let annual_lag = year_ends.then(|| desk.annual_lag(quarter));
            if quarter >= world.timeline.quarter(0) - 4 {
                let known_on = desk.known_on(quarter, annual_lag.unwrap_or_else(|| desk.quarterly_lag(quarter)));
                let row = desk.publish(false, &figures[at..=at], known_on);
                publications.quarterly.push(row);
            }
            let reach = (world.spec.fundamentals_from * 4).max(company.listed - PROSPECTUS_QUARTERS);
            if let Some(lag) = annual_lag
                && quarter >= reach
                && at >= 3
            {
                publications
                    .annual
                    .extend(desk.publish_year(&figures[at - 3..=at], lag));
            }
        }
        publications.quarterly.retain(|row| row.known_on <= last_day);
        publications.annual.retain(|row| row.known_on <= last_day);
        publications
    }

    /// The publication of a period that holds on a day: the newest known one, unless it is a withdrawal.
    pub(super) fn effective(rows: &[Publication], quarter: Quarter, day: Day) -> Option<&Publication> {
        let start = rows.partition_point(|row| row.quarter < quarter);
        let of_period = rows[start..].iter().take_while(|row| row.quarter == quarter);
        let newest = of_period.take_while(|row| row.known_on <= day).last();
        newest.filter(|row| !row.withdrawn)
    }

    /// The publication of the newest period that has one on a day.
    pub(super) fn newest(rows: &[Publication], day: Day) -> Option<&Publication> {
        let end = rows.partition_point(|row| row.period_end() < day);
        let mut periods = rows[..end].iter().rev().map(|row| row.quarter);
        periods.find_map(|quarter| Self::effective(rows, quarter, day))
    }
}

/// The filing desk of a company.
struct Desk<'a> {
    world: &'a World<'a>,
    company: &'a Company,
    stream: Stream,
}

impl Desk<'_> {
    fn counter(quarter: Quarter, at: u64) -> u64 {
        quarter as u64 * 64 + at
    }

    /// Days from the end of a fiscal year to its publication: 45 to 110, now and then half a year and more.
    fn annual_lag(&self, quarter: Quarter) -> Day {
        let draw = |at| self.stream.uniform(Self::counter(quarter, at));
        if draw(0) < self.world.spec.filings.late {
            return 151 + (draw(1) * 90.0) as Day;
        }
        45 + (48.0 * self.company.traits.filing_lag + 16.0 * draw(1)) as Day
    }

    /// Days from the end of a quarter to its publication: 25 to 60.
    fn quarterly_lag(&self, quarter: Quarter) -> Day {
        let draw = self.stream.uniform(Self::counter(quarter, 2));
        25 + (24.0 * self.company.traits.filing_lag + 9.0 * draw) as Day
    }

    /// Periods before the listing become known with its prospectus.
    fn known_on(&self, quarter: Quarter, lag: Day) -> Day {
        let natural = weekday_from(quarter_end(quarter) + lag);
        let is_veteran = self.company.listed < self.world.timeline.quarter(self.company.path.first);
        if is_veteran {
            natural.max(weekday_from(quarter_start(self.company.listed) + 30))
        } else {
            natural.max(weekday_from(self.world.timeline.days[self.company.path.first] - 12))
        }
    }

    /// The publications of a fiscal year: the first, and what corrects it or takes it back.
    fn publish_year(&self, figures: &[QuarterFigures], lag: Day) -> Vec<Publication> {
        let quarter = figures[figures.len() - 1].quarter;
        let draw = |at| self.stream.uniform(Self::counter(quarter, at));
        let known_on = self.known_on(quarter, lag);
        let mut rows = vec![self.publish(true, figures, known_on)];
        let filings = &self.world.spec.filings;
        if draw(3) < filings.withdrawn {
            let taken_back = weekday_from(known_on + 20 + (draw(4) * 60.0) as Day);
            rows.push(Publication {
                withdrawn: true,
                known_on: taken_back,
                values: [f64::NAN; FIELDS.len()],
                ..rows[0].clone()
            });
            let again = weekday_from(taken_back + 60 + (draw(5) * 140.0) as Day);
            rows.push(self.restated(figures, again));
        } else if draw(3) < filings.withdrawn + filings.restated {
            let later = weekday_from(known_on + 60 + (draw(4) * 338.0) as Day);
            rows.push(self.restated(figures, later));
        }
        rows
    }

    /// The figures of a year after an error was found in them.
    fn restated(&self, figures: &[QuarterFigures], known_on: Day) -> Publication {
        let quarter = figures[figures.len() - 1].quarter;
        let draw = |at| self.stream.normal(Self::counter(quarter, at));
        let income_factor = 1.0 - 0.02 + 0.08 * draw(6);
        let book_factor = 1.0 - 0.005 + 0.025 * draw(7);
        let corrected: Vec<QuarterFigures> = figures
            .iter()
            .map(|figures| QuarterFigures {
                net_income: figures.net_income * income_factor,
                cash_flow: figures.cash_flow + figures.net_income * (income_factor - 1.0),
                book_value: figures.book_value * book_factor,
                ..*figures
            })
            .collect();
        self.publish(true, &corrected, known_on)
    }

    /// The figures of consecutive quarters as one period, a share's on the basis of the day they become known.
    fn publish(&self, annual: bool, figures: &[QuarterFigures], known_on: Day) -> Publication {
        let last = &figures[figures.len() - 1];
        let sum = |of: fn(&QuarterFigures) -> f64| figures.iter().map(of).sum::<f64>();
        let basis = |quarter: Quarter| self.company.share_factor(quarter_end(quarter), known_on);
        let shares: f64 = figures.iter().map(|one| one.shares * basis(one.quarter)).sum();
        let average_shares = shares / figures.len() as f64;
        let dividends_per_share = figures.iter().map(|one| one.dividends_per_share / basis(one.quarter));
        let mut values = [
            round_amount(sum(|one| one.net_income) / average_shares),
            round_amount(last.book_value / (last.shares * basis(last.quarter))),
            round_amount(dividends_per_share.sum::<f64>()),
            round_money(sum(|one| one.sales)),
            round_money(sum(|one| one.cash_flow)),
            round_money(sum(|one| one.operating_cash_flow)),
            round_money(sum(|one| one.dividends_per_share * one.shares)),
            round_money(last.book_value),
            round_money(last.total_debt),
            round_money(last.total_assets),
            round_money(sum(|one| one.net_income)),
        ];
        for (field, chance) in [
            (field::TOTAL_DEBT, 1.0),
            (field::OPERATING_CASH_FLOW, 1.1),
            (field::EPS, 0.2),
        ] {
            if self.leaves_out(last.quarter, field, chance * self.company.traits.undisclosed) {
                values[field] = f64::NAN;
            }
        }
        Publication {
            annual,
            quarter: last.quarter,
            known_on,
            withdrawn: false,
            values,
        }
    }

    /// Whether a company leaves a figure out: some do for years, some once. Small companies and countries with lax
    /// rules do it more often, so what is missing is not missing at random.
    fn leaves_out(&self, quarter: Quarter, field: usize, chance: f64) -> bool {
        let habit = 1_000_000_000 + field as u64 * 8;
        let begins_to_report = self.stream.between(habit + 1, 1985.0, 2035.0) as Quarter * 4;
        let habitual = self.stream.chance(habit, 0.8 * chance) && quarter < begins_to_report;
        habitual
            || self
                .stream
                .chance(Self::counter(quarter, 16 + field as u64), 0.4 * chance)
    }
}

/// Accounts are rounded to thousands.
fn round_money(amount: f64) -> f64 {
    (amount / 1e3).round() * 1e3
}
