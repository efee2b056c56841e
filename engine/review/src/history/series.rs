//! Series: rows of slots, one a fiscal year, half or quarter, newest first. Slot 0 is the newest period for which a field
//! (of several, any of them) has a value known at the cut-off; a window of n counts n consecutive periods back from
//! there, never a calendar window. A gap anywhere in it, the newest derived value included, is a missing slot.

use divisor_methodology::{BinaryOp, Expr, ExprKind, Function, UnaryOp};
use divisor_model::{DAY_MISSING, Day, Period};

use super::publications::Publications;
use super::trailing::{DAYS_OFF_MAX, Sum, sums};
use crate::elementwise::{binary, finite};

const DAYS_A_YEAR: f64 = 365.25;

/// Where a fiscal calendar moved, two periods may fall into one slot: a window of n slots may need this many times n
/// periods.
const PERIODS_A_SLOT_MAX: usize = 2;

/// A value and when its latest input became known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slot {
    /// NaN where missing; conditions are 1 and 0.
    pub(super) value: f64,
    pub(super) known_on: Day,
}

const NOTHING: Slot = Slot {
    value: f64::NAN,
    known_on: DAY_MISSING,
};

/// Slots by period, newest first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    /// End of the period of slot 0; `None` where nothing is known, and for a constant, which fits any.
    pub(super) anchor: Option<Day>,
    slots: Vec<Slot>,
    /// What stands in all further slots: nothing, or a constant.
    beyond: Slot,
}

impl Series {
    pub(super) fn at(&self, slot: usize) -> Slot {
        self.slots.get(slot).copied().unwrap_or(self.beyond)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    fn map(mut self, apply: impl Fn(f64) -> f64) -> Self {
        for slot in self.slots.iter_mut().chain([&mut self.beyond]) {
            slot.value = apply(slot.value);
        }
        self
    }

    /// Slot by slot a value made of it and the one `lag` slots before it.
    fn against(&self, lag: usize, apply: impl Fn(f64, f64) -> f64) -> Self {
        let slot = |at: usize| {
            let (newer, older) = (self.at(at), self.at(at + lag));
            Slot {
                value: apply(newer.value, older.value),
                known_on: newer.known_on.max(older.known_on),
            }
        };
        Self {
            anchor: self.anchor,
            slots: (0..self.slots.len()).map(slot).collect(),
            beyond: NOTHING,
        }
    }
}

/// The series of an expression, at least `count` slots of it where the history reaches; `None` for what cannot stand in
/// a history function, which the checker refuses.
pub(super) fn series(source: &impl Publications, expr: &Expr, spacing: Period, count: usize) -> Option<Series> {
    Some(match &expr.kind {
        ExprKind::Name(field) => field_series(source, field, spacing, count),
        ExprKind::Number(value) => Series {
            anchor: None,
            slots: Vec::new(),
            beyond: Slot {
                value: *value,
                ..NOTHING
            },
        },
        ExprKind::Unary { op, operand } => {
            let operand = series(source, operand, spacing, count)?;
            match op {
                UnaryOp::Negate => operand.map(|value| -value),
                UnaryOp::Not => operand.map(|value| 1.0 - value),
            }
        }
        ExprKind::Binary { op, left, right } => {
            let left = series(source, left, spacing, count)?;
            let right = series(source, right, spacing, count)?;
            combine(*op, &left, &right, spacing)
        }
        ExprKind::Call {
            function,
            args,
            options,
        } => {
            let arg = args.first()?;
            let behind = |lag: usize| series(source, arg, spacing, count.saturating_add(lag));
            match (function, &arg.kind) {
                (Function::Ttm, ExprKind::Name(field)) => trailing_series(source, field, spacing, count),
                (Function::Growth, _) => {
                    let lag = options.window?.length;
                    behind(lag)?.against(lag, growth)
                }
                (Function::Lag, _) => {
                    let lag = options.window?.length;
                    behind(lag)?.against(lag, |_, older| older)
                }
                (Function::Yoy, _) => {
                    let lag = periods_a_year(spacing);
                    behind(lag)?.against(lag, growth)
                }
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn field_series(source: &impl Publications, field: &str, spacing: Period, count: usize) -> Series {
    let found = source.newest(field, spacing, count.saturating_mul(PERIODS_A_SLOT_MAX));
    let anchor = found.first().map(|newest| newest.period_end);
    let mut slots: Vec<Slot> = Vec::new();
    for seen in &found {
        let at = slots_between(anchor.unwrap_or_default(), seen.period_end, spacing);
        if at >= count {
            break;
        }
        if slots.len() <= at {
            slots.resize(at + 1, NOTHING);
        }
        // Two ends in one slot, as when a fiscal year was shortened: the newer one counts.
        if slots[at].value.is_nan() {
            slots[at] = Slot {
                value: seen.value,
                known_on: seen.known_on,
            };
        }
    }
    Series {
        anchor,
        slots,
        beyond: NOTHING,
    }
}

/// Twelve-month sums that end whole periods before the newest.
fn trailing_series(source: &impl Publications, field: &str, spacing: Period, count: usize) -> Series {
    let years_back = count.saturating_sub(1).div_ceil(periods_a_year(spacing));
    let sums = sums(source, field, years_back);
    let anchor = sums.first().map(|newest| newest.end);
    let (first, last) = (anchor.unwrap_or_default(), sums.last().map_or(0, |oldest| oldest.end));
    let length = sums
        .first()
        .map_or(0, |_| slots_between(first, last, spacing) + 1)
        .min(count);
    let slot = |at: usize| {
        let wanted = first - (at as f64 * days_of(spacing)).round() as Day;
        let off = |sum: &&Sum| (sum.end - wanted).abs();
        let nearest = sums.iter().filter(|sum| off(sum) <= DAYS_OFF_MAX).min_by_key(off);
        nearest.map_or(NOTHING, |sum| Slot {
            value: sum.value,
            known_on: sum.known_on,
        })
    };
    Series {
        anchor,
        slots: (0..length).map(slot).collect(),
        beyond: NOTHING,
    }
}

/// Arithmetic and conditions of two series, slot by slot, aligned on the periods they end in.
fn combine(op: BinaryOp, left: &Series, right: &Series, spacing: Period) -> Series {
    let anchor = left.anchor.max(right.anchor);
    let shift = |series: &Series| match (anchor, series.anchor) {
        (Some(newest), Some(own)) => slots_between(newest, own, spacing),
        _ => 0,
    };
    let (from_left, from_right) = (shift(left), shift(right));
    let both = |left: Slot, right: Slot| Slot {
        value: binary(op, left.value, right.value),
        known_on: left.known_on.max(right.known_on),
    };
    let at = |series: &Series, from: usize, slot: usize| slot.checked_sub(from).map_or(NOTHING, |slot| series.at(slot));
    let length = (left.len() + from_left).max(right.len() + from_right);
    let slots = (0..length).map(|slot| both(at(left, from_left, slot), at(right, from_right, slot)));
    Series {
        anchor,
        slots: slots.collect(),
        beyond: both(left.beyond, right.beyond),
    }
}

/// How many periods of a kind make a year.
fn periods_a_year(spacing: Period) -> usize {
    match spacing {
        Period::Quarter => 4,
        Period::Half => 2,
        Period::FiscalYear | Period::YearToDate | Period::TrailingYear => 1,
    }
}

fn days_of(spacing: Period) -> f64 {
    DAYS_A_YEAR / periods_a_year(spacing) as f64
}

/// How many periods `end` lies before `anchor`, to the nearest.
fn slots_between(anchor: Day, end: Day, spacing: Period) -> usize {
    (f64::from(anchor - end) / days_of(spacing)).round().max(0.0) as usize
}

/// (newer − older) ÷ |older|; missing where either is, or where the older is zero. A difference that the rounding of a
/// split can make is none, so that unchanged dividends neither rise nor fall.
fn growth(newer: f64, older: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    let difference = newer - older;
    if older != 0.0 && difference.abs() <= ROUNDING * older.abs() {
        return 0.0;
    }
    finite(difference / older.abs())
}
