//! What a company does to its shareholders' shares: dividends declared and paid, shares split and handed out.

use divisor_model::{ActionKind, Day};

use super::company::{Action, round_amount};
use super::fate::Fate;
use super::simulation::Simulation;
use super::timeline::{Quarter, quarter_start, weekday_from, weekday_until};

/// A dividend declared and not yet paid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared {
    ex_day: Day,
    known_on: Day,
    kind: ActionKind,
    /// Local currency per share.
    amount: f64,
    /// Dataset currency per share at declaration.
    in_dataset: f64,
}

impl Simulation<'_> {
    /// The yearly dividend decision, at the start of the second fiscal quarter.
    pub(super) fn decide_dividend(&mut self, quarter: Quarter) {
        if fiscal_quarter(quarter, self.traits.fiscal_year_end) == 1 {
            let power = self.power_per_share(&self.policy, self.now());
            let loses_money = self.business.loses_money();
            self.policy
                .decide(power, loses_money, self.streams.dividend, quarter.div_euclid(4));
        }
    }

    /// The ordinary dividend with an ex-date in a quarter, if any: local and dataset currency per share.
    pub(super) fn payment(&self, quarter: Quarter) -> Option<(f64, f64)> {
        let payments = self.world.spec.countries[self.traits.slot.country].payments;
        let fiscal = fiscal_quarter(quarter, self.traits.fiscal_year_end);
        let due = match payments {
            4 => true,
            2 => fiscal % 2 == 1,
            _ => fiscal == 1,
        };
        let amount = self.policy.rate() / f64::from(payments);
        let rate = self.rate(self.now());
        let (local, in_dataset) = if self.policy.in_dataset_currency {
            (amount / rate, amount)
        } else {
            (amount, amount * rate)
        };
        (due && amount > 0.0).then_some((local, in_dataset))
    }

    /// Declares the dividends of a quarter. Both dates lie after today.
    pub(super) fn declare_dividends(&mut self, quarter: Quarter, today: Day) {
        let draw = |at: u64| self.streams.dividend.uniform(4_000_000 + quarter as u64 * 8 + at);
        let ex_day = weekday_from(quarter_start(quarter) + self.traits.ex_offset_days);
        let known_on = weekday_until(ex_day - 12 - (draw(0) * 26.0) as Day);
        if let Some((amount, in_dataset)) = self.payment(quarter)
            && known_on > today
        {
            let kind = ActionKind::Dividend;
            self.pending_dividends.push(Declared {
                ex_day,
                known_on,
                kind,
                amount,
                in_dataset,
            });
        }
        let special = self.world.spec.dividends.specials / 4.0;
        if draw(1) < special && self.policy.rate() > 0.0 && !self.business.loses_money() {
            let ex_day = weekday_from(quarter_start(quarter) + 36);
            let known_on = weekday_until(ex_day - 13 - (draw(2) * 10.0) as Day);
            if known_on > today {
                let amount = self.price * (0.02 + 0.06 * draw(3));
                self.pending_dividends.push(Declared {
                    ex_day,
                    known_on,
                    kind: ActionKind::SpecialDividend,
                    amount,
                    in_dataset: 0.0,
                });
            }
        }
    }

    /// Pays what goes ex today and says whether anything did.
    pub(super) fn pay_dividends(&mut self, day: Day) -> bool {
        let mut paid = false;
        while let Some(at) = self
            .pending_dividends
            .iter()
            .position(|declared| declared.ex_day <= day)
        {
            let declared = self.pending_dividends.swap_remove(at);
            let value = round_amount(declared.amount);
            if value <= 0.0 || value > 0.4 * self.price {
                continue;
            }
            self.price -= value;
            self.quarter_dividends += declared.in_dataset;
            self.actions.push(Action {
                ex_day: day,
                known_on: declared.known_on,
                kind: declared.kind,
                value,
            });
            paid = true;
        }
        paid
    }

    /// Cancels dividends for good.
    pub(super) fn stop_dividends(&mut self) {
        self.policy.stop();
        self.pending_dividends.clear();
    }

    /// Whether a share became too dear or too cheap to trade, looked at once a month.
    pub(super) fn decide_split(&mut self, session: usize) {
        let today = self.world.timeline.days[session];
        let month = self.world.timeline.months[session] as u64 * 8;
        let draw = |at: u64| self.streams.split.uniform(month + at);
        if self.pending_split.is_some() || self.fate != Fate::Alive {
            return;
        }
        let may_hand_out = self.traits.stock_dividends && draw(1) < 1.0 / 18.0;
        let (kind, ratio) = match self.price * self.rate(session - 1) {
            700.0.. if draw(0) < 0.05 => (ActionKind::Split, 10.0),
            300.0..700.0 if draw(0) < 0.04 => (ActionKind::Split, 4.0),
            180.0..300.0 if draw(0) < 0.03 => (ActionKind::Split, 3.0),
            90.0..180.0 if draw(0) < 0.025 => (ActionKind::Split, 2.0),
            ..1.2 if draw(0) < 0.2 => (ActionKind::Split, 0.1),
            10.0.. if may_hand_out => (ActionKind::StockDividend, if draw(2) < 0.6 { 1.05 } else { 1.1 }),
            _ => return,
        };
        self.pending_split = Some(Action {
            ex_day: today + 13 + (draw(3) * 20.0) as Day,
            known_on: today,
            kind,
            value: ratio,
        });
    }

    /// Puts the share basis of everything on the new footing.
    pub(super) fn split(&mut self, split: Action) {
        let ratio = split.value;
        self.price /= ratio;
        self.shares *= ratio;
        self.policy.split(ratio);
        self.quarter_dividends /= ratio;
        for declared in &mut self.pending_dividends {
            declared.amount /= ratio;
            declared.in_dataset /= ratio;
        }
        self.actions.push(split);
    }
}

/// The fiscal quarter (0 to 3) a calendar quarter is, for a fiscal year that ends with a month.
pub(super) fn fiscal_quarter(quarter: Quarter, fiscal_year_end: i32) -> i32 {
    (quarter - fiscal_year_end / 3).rem_euclid(4)
}
