//! The business behind a company, in dataset currency, one quarter at a time. Price and business pull at each other:
//! earnings power follows the market's valuation slowly, the price drifts back to earnings power more slowly still, so
//! that valuations wander and stay believable.

use super::random::Stream;
use super::spec::SectorSpec;
use super::timeline::Quarter;
use super::traits::Traits;

/// Part of the gap between valuation and earnings power that closes in a quarter.
const CATCH_UP: f64 = 0.06;
/// Growth of earnings power in a quarter by itself.
const GROWTH: f64 = 0.010;
/// Persistence of earnings surprises from quarter to quarter.
const SURPRISE_PERSISTENCE: f64 = 0.88;
/// Part of the gap between book equity and its normal level that closes in a quarter.
const BOOK_CATCH_UP: f64 = 0.05;

/// A company's figures of one quarter: flows over it, stocks at its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct QuarterFigures {
    pub quarter: Quarter,
    /// Shares of all lines during the quarter, on the basis of its end.
    pub shares: f64,
    /// Ordinary dividends a share with an ex-date in the quarter, on the basis of its end, in dataset currency.
    pub dividends_per_share: f64,
    pub net_income: f64,
    pub sales: f64,
    pub cash_flow: f64,
    pub operating_cash_flow: f64,
    pub book_value: f64,
    pub total_debt: f64,
    pub total_assets: f64,
}

/// State of the business.
#[derive(Debug, Clone)]
pub(super) struct Business {
    /// Normal net income a year.
    earnings_power: f64,
    /// Sales a year.
    sales: f64,
    book_value: f64,
    leverage: f64,
    /// Persistent earnings surprise, as a fraction of earnings power.
    surprise: f64,
    /// 1 for a company in its stride, negative for one that still loses money.
    maturity: f64,
    /// Whether it loses money until it fails.
    failing: bool,
    /// Net income of the last four quarters, newest first.
    income: [f64; 4],
}

impl Business {
    /// A business that the market values at `capitalization`.
    pub(super) fn new(traits: &Traits, capitalization: f64, stream: Stream) -> Self {
        let misjudged = libm::exp(0.25 * stream.normal(1));
        let earnings_power = capitalization / traits.price_to_earnings * misjudged;
        let maturity = if traits.loss_maker {
            stream.between(2, -1.4, 0.2)
        } else {
            1.0
        };
        let surprise = traits.earnings_volatility * stream.normal(3);
        Self {
            earnings_power,
            sales: earnings_power / traits.margin,
            book_value: normal_book(traits, earnings_power),
            leverage: traits.leverage,
            surprise,
            maturity,
            failing: false,
            income: [earnings_power / 4.0 * maturity; 4],
        }
    }

    /// Normal net income a year.
    pub(super) fn earnings_power(&self) -> f64 {
        self.earnings_power
    }

    /// Log of the valuation over the normal one: positive for an expensive company.
    pub(super) fn valuation_gap(&self, traits: &Traits, capitalization: f64) -> f64 {
        libm::log(capitalization / traits.price_to_earnings / self.earnings_power).clamp(-2.0, 2.0)
    }

    /// Whether the last four quarters together lost money.
    pub(super) fn loses_money(&self) -> bool {
        self.income.iter().sum::<f64>() < 0.0
    }

    /// Losses from now on.
    pub(super) fn fail(&mut self) {
        self.failing = true;
    }

    /// Closes a quarter at whose end the market valued the company at `capitalization`. `cycle` is the market's past
    /// year against a normal one.
    pub(super) fn close_quarter(
        &mut self,
        (traits, sector): (&Traits, &SectorSpec),
        stream: Stream,
        quarter: Quarter,
        close: &QuarterClose,
    ) -> QuarterFigures {
        let draw = |at: u64| stream.normal(quarter as u64 * 16 + at);
        let gap = self.valuation_gap(traits, close.capitalization);
        self.earnings_power *= libm::exp(GROWTH + CATCH_UP * gap + 0.015 * draw(0));
        let sales_gap = libm::log(self.earnings_power / traits.margin / self.sales);
        self.sales *= libm::exp(0.01 + 0.08 * sales_gap + 0.012 * draw(1));
        let net_income = self.net_income(traits, sector, stream, quarter, close.cycle);
        let dividends = close.dividends_per_share * close.shares;
        let normal = normal_book(traits, self.earnings_power);
        self.book_value += net_income - dividends;
        self.book_value += BOOK_CATCH_UP * (normal - self.book_value);
        self.leverage += 0.05 * (traits.leverage - self.leverage) + 0.04 * traits.leverage * draw(2);
        self.leverage = self.leverage.max(0.0);
        let equity = self.earnings_power / traits.roe;
        let total_debt = self.leverage * equity;
        let other = (sector.liabilities * equity).max(0.05 * self.sales);
        let sales = self.sales / 4.0 * libm::exp(0.03 * draw(3));
        let cash_flow = net_income + 0.045 * sales;
        QuarterFigures {
            quarter,
            shares: close.shares,
            dividends_per_share: close.dividends_per_share,
            net_income,
            sales,
            cash_flow,
            operating_cash_flow: cash_flow + 0.025 * sales * draw(4),
            book_value: self.book_value,
            total_debt,
            total_assets: (self.book_value + total_debt + other).max(0.2 * (total_debt + other)),
        }
    }

    /// Net income of the quarter: normal earnings, bent by maturity, the cycle, surprises and now and then a write-off.
    fn net_income(
        &mut self,
        traits: &Traits,
        sector: &SectorSpec,
        stream: Stream,
        quarter: Quarter,
        cycle: f64,
    ) -> f64 {
        let at = quarter as u64 * 16;
        let volatility = traits.earnings_volatility;
        let innovation = (1.0 - SURPRISE_PERSISTENCE * SURPRISE_PERSISTENCE).sqrt();
        self.surprise = SURPRISE_PERSISTENCE * self.surprise + innovation * volatility * stream.normal(at + 5);
        self.maturity += traits.maturing * (1.1 - self.maturity);
        let relative = self.maturity.min(1.0) + sector.cyclicality * cycle + self.surprise;
        let noise = 0.25 * volatility * stream.normal(at + 6);
        let write_off = if stream.chance(at + 7, 0.012 + 0.04 * (-cycle).clamp(0.0, 0.5)) && !traits.aristocrat {
            stream.between(at + 8, 0.5, 8.0)
        } else {
            0.0
        };
        let failing = if self.failing { 2.5 } else { 0.0 };
        let income = self.earnings_power / 4.0 * (relative + noise - write_off - failing);
        self.income.rotate_right(1);
        self.income[0] = income;
        income
    }
}

/// What the market and the dividends made of a quarter, for its accounts.
#[derive(Debug, Clone, Copy)]
pub(super) struct QuarterClose {
    /// Market capitalisation at its end.
    pub capitalization: f64,
    /// Shares of all lines.
    pub shares: f64,
    /// Dividends a share with an ex-date in it, on the basis of its end.
    pub dividends_per_share: f64,
    /// The market's past year against a normal one, as a log.
    pub cycle: f64,
}

fn normal_book(traits: &Traits, earnings_power: f64) -> f64 {
    let equity = earnings_power / traits.roe;
    if traits.negative_book { -0.25 * equity } else { equity }
}
