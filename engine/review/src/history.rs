//! History functions over `fundamentals`: what a security had reported by a cut-off.
//!
//! A series is a row of slots, one a fiscal year or quarter, newest first. Slot 0 is the newest period for which the
//! field (of several, any of them) has a value known at the cut-off; a window of n counts n consecutive periods back
//! from there, never a calendar window. A gap anywhere in it, the newest derived value included, is a missing slot:
//! only `min` tolerates it.
//! Per-share values are restated from the share basis of their publication to that of the snapshot by the splits
//! known at the cut-off.

use divisor_methodology::{BinaryOp, Catalogue, Expr, ExprKind, Function, Options, SeriesPeriod, UnaryOp, WindowUnit};
use divisor_model::{
    DAY_MISSING, Day, FieldKind, FieldUnit, Fundamentals, History, Observation, Period, SecurityIndex,
};
use divisor_numeric::{Deviation, mean, stdev};

/// One call of a history function, resolved against the units of its fields.
pub(crate) struct FundamentalCall<'a> {
    function: Function,
    arg: &'a Expr,
    options: Options,
    catalogue: &'a Catalogue,
}

/// Values by slot, newest first, NaN where missing, and when the latest input became known.
#[derive(Debug, Clone, PartialEq)]
struct Slots {
    /// End of the period of slot 0; `None` for a constant, which fits any.
    anchor: Option<Day>,
    values: Vec<f64>,
    known_on: Day,
}

/// Whose history, as of when, on which share basis.
#[derive(Clone, Copy)]
struct Asof<'a> {
    history: &'a History,
    table: &'a Fundamentals,
    security: SecurityIndex,
    cutoff: Day,
    basis: Day,
}

/// A field whose observations a call reads: what its content hash covers.
pub(crate) struct Window {
    pub(crate) field: String,
    pub(crate) period: Period,
    pub(crate) count: usize,
}

const DAYS_A_YEAR: f64 = 365.25;

/// Where a fiscal calendar moved, two periods may fall into one slot: a window of n slots may need this many times n
/// periods.
const PERIODS_A_SLOT_MAX: usize = 2;

impl<'a> FundamentalCall<'a> {
    pub(crate) fn new(expr: &'a Expr, catalogue: &'a Catalogue) -> Option<Self> {
        let ExprKind::Call {
            function,
            args,
            options,
        } = &expr.kind
        else {
            return None;
        };
        if function.kind() != divisor_methodology::FunctionKind::Fundamentals {
            return None;
        }
        Some(Self {
            function: *function,
            arg: args.first()?,
            options: *options,
            catalogue,
        })
    }

    /// The value for a security and when its latest input became known; `None` where the table is not there.
    pub(crate) fn value(
        &self,
        history: &History,
        security: SecurityIndex,
        cutoff: Day,
        basis: Day,
    ) -> Option<(f64, Day)> {
        let asof = Asof {
            history,
            table: history.fundamentals.as_ref()?,
            security,
            cutoff,
            basis,
        };
        match (self.function, &self.arg.kind) {
            (Function::Latest, ExprKind::Name(field)) => self.latest(asof, field),
            (Function::Ttm, ExprKind::Name(field)) => self.trailing_year(asof, field),
            _ => self.windowed(asof),
        }
    }

    /// The newest known value of one field.
    fn latest(&self, asof: Asof<'_>, field: &str) -> Option<(f64, Day)> {
        let newest = self
            .latest_periods(field)
            .iter()
            .flat_map(|period| asof.table.series(asof.security, field, *period, asof.cutoff, 1))
            // Of equal ends the period kind listed first.
            .reduce(|best, next| if next.period_end > best.period_end { next } else { best })?;
        Some((self.restated(asof, field, &newest), newest.known_on))
    }

    fn latest_periods(&self, field: &str) -> &'static [Period] {
        const FULL: [Period; 3] = [Period::FiscalYear, Period::Half, Period::Quarter];
        const YEAR: [Period; 1] = [Period::FiscalYear];
        match self.options.period {
            SeriesPeriod::Any => &FULL,
            SeriesPeriod::One(period) => match period {
                Period::Half => &[Period::Half],
                Period::Quarter => &[Period::Quarter],
                Period::TrailingYear => &[Period::TrailingYear],
                Period::FiscalYear | Period::YearToDate => &YEAR,
            },
            SeriesPeriod::ByKind => match self.catalogue.field(field).map(|info| info.kind) {
                Some(FieldKind::Stock) => &FULL,
                _ => &YEAR,
            },
        }
    }

    /// A value on the share basis of the snapshot.
    fn restated(&self, asof: Asof<'_>, field: &str, seen: &Observation) -> f64 {
        let per_share = self
            .catalogue
            .field(field)
            .is_some_and(|info| info.unit == FieldUnit::PerShare);
        match &asof.history.actions {
            Some(actions) if per_share => {
                seen.value / actions.share_factor(asof.security, seen.known_on, asof.basis, asof.cutoff)
            }
            _ => seen.value,
        }
    }

    /// Sum of the last twelve months: of a fiscal year, four contiguous quarters, two halves, or a fiscal year plus
    /// the year to date minus the same a year earlier, whichever ends last; of equal ends in this order.
    fn trailing_year(&self, asof: Asof<'_>, field: &str) -> Option<(f64, Day)> {
        let series = |period, count| asof.table.series(asof.security, field, period, asof.cutoff, count);
        let value = |seen: &Observation| self.restated(asof, field, seen);
        let mut candidates: Vec<(Day, f64, Day)> = Vec::new();
        for period in [Period::FiscalYear, Period::TrailingYear] {
            candidates.extend(
                series(period, 1)
                    .iter()
                    .map(|seen| (seen.period_end, value(seen), seen.known_on)),
            );
        }
        for (period, count, days) in [(Period::Quarter, 4, 91), (Period::Half, 2, 182)] {
            let parts = series(period, count);
            let contiguous = parts
                .windows(2)
                .all(|pair| (pair[0].period_end - pair[1].period_end - days).abs() <= 20);
            if parts.len() == count && contiguous {
                let total = parts.iter().map(value).sum();
                let known_on = parts.iter().map(|seen| seen.known_on).max().unwrap_or(DAY_MISSING);
                candidates.push((parts[0].period_end, total, known_on));
            }
        }
        let (years, to_date) = (series(Period::FiscalYear, 1), series(Period::YearToDate, 8));
        if let (Some(year), Some(now)) = (years.first(), to_date.first())
            && now.period_end > year.period_end
            && let Some(before) = to_date.iter().find(|seen| same_stretch(now, seen))
        {
            let total = value(year) + value(now) - value(before);
            let known_on = year.known_on.max(now.known_on).max(before.known_on);
            candidates.push((now.period_end, total, known_on));
        }
        let best = candidates
            .into_iter()
            .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        Some((best.1, best.2))
    }

    /// Functions of a window of slots.
    fn windowed(&self, asof: Asof<'_>) -> Option<(f64, Day)> {
        let window = self.options.window?;
        let period = period_of(window.unit);
        let own = if self.function == Function::Growth || self.function == Function::Lag {
            window.length + 1
        } else {
            window.length
        };
        let slots = self.slots(asof, self.arg, period, own)?;
        let known_on = slots.known_on;
        let at = |slot: usize| slots.values.get(slot).copied().unwrap_or(f64::NAN);
        let value = match self.function {
            Function::Lag => at(window.length),
            Function::Growth => growth(at(0), at(window.length)),
            _ => {
                let present: Vec<f64> = (0..window.length).map(at).filter(|value| !value.is_nan()).collect();
                let least = self.options.min.unwrap_or(window.length);
                let deviation = if self.options.population {
                    Deviation::Population
                } else {
                    Deviation::Sample
                };
                match self.function {
                    _ if present.len() < least => f64::NAN,
                    Function::Average => mean(&present),
                    _ => stdev(&present, deviation),
                }
            }
        };
        Some((value, known_on))
    }

    /// The slots of an expression inside the function, at least `count` of them where the history reaches.
    fn slots(&self, asof: Asof<'_>, expr: &Expr, period: Period, count: usize) -> Option<Slots> {
        match &expr.kind {
            ExprKind::Name(field) => Some(self.field_slots(asof, field, period, count)),
            ExprKind::Number(value) => Some(Slots {
                anchor: None,
                values: vec![*value; count],
                known_on: DAY_MISSING,
            }),
            ExprKind::Unary {
                op: UnaryOp::Negate,
                operand,
            } => {
                let mut slots = self.slots(asof, operand, period, count)?;
                slots.values.iter_mut().for_each(|value| *value = -*value);
                Some(slots)
            }
            ExprKind::Binary { op, left, right } => {
                let left = self.slots(asof, left, period, count)?;
                let right = self.slots(asof, right, period, count)?;
                Some(combine(*op, &left, &right, period))
            }
            ExprKind::Call {
                function: Function::Growth,
                args,
                options,
            } => {
                let lag = options.window?.length;
                let slots = self.slots(asof, args.first()?, period, count + lag)?;
                let at = |slot: usize| slots.values.get(slot).copied().unwrap_or(f64::NAN);
                Some(Slots {
                    values: (0..slots.values.len())
                        .map(|slot| growth(at(slot), at(slot + lag)))
                        .collect(),
                    ..slots
                })
            }
            _ => None,
        }
    }

    fn field_slots(&self, asof: Asof<'_>, field: &str, period: Period, count: usize) -> Slots {
        let series = asof
            .table
            .series(asof.security, field, period, asof.cutoff, count * PERIODS_A_SLOT_MAX);
        let mut slots = Slots {
            anchor: series.first().map(|newest| newest.period_end),
            values: Vec::new(),
            known_on: DAY_MISSING,
        };
        for seen in &series {
            let slot = slots_between(slots.anchor.unwrap_or_default(), seen.period_end, period);
            if slot >= count {
                break;
            }
            if slots.values.len() <= slot {
                slots.values.resize(slot + 1, f64::NAN);
            }
            // Two ends in one slot, as when a fiscal year was shortened: the newer one counts.
            if slots.values[slot].is_nan() {
                slots.values[slot] = self.restated(asof, field, seen);
                slots.known_on = slots.known_on.max(seen.known_on);
            }
        }
        slots
    }

    /// The observations its value can depend on, by field.
    pub(crate) fn windows(&self) -> Vec<Window> {
        let mut windows = Vec::new();
        match (self.function, &self.arg.kind) {
            (Function::Latest, ExprKind::Name(field)) => {
                for period in self.latest_periods(field) {
                    windows.push(window(field, *period, 1));
                }
            }
            (Function::Ttm, ExprKind::Name(field)) => {
                let counts = [
                    (Period::FiscalYear, 1),
                    (Period::TrailingYear, 1),
                    (Period::Quarter, 4),
                    (Period::Half, 2),
                ];
                windows.extend(counts.map(|(period, count)| window(field, period, count)));
                windows.push(window(field, Period::YearToDate, 8));
            }
            _ => {
                let Some(own) = self.options.window else { return windows };
                Self::window_fields(self.arg, period_of(own.unit), own.length + 1, &mut windows);
            }
        }
        windows
    }

    fn window_fields(expr: &Expr, period: Period, count: usize, windows: &mut Vec<Window>) {
        match &expr.kind {
            ExprKind::Name(field) => windows.push(window(field, period, count * PERIODS_A_SLOT_MAX)),
            ExprKind::Unary { operand, .. } => Self::window_fields(operand, period, count, windows),
            ExprKind::Binary { left, right, .. } => {
                Self::window_fields(left, period, count, windows);
                Self::window_fields(right, period, count, windows);
            }
            ExprKind::Call { args, options, .. } => {
                let lag = options.window.map_or(0, |window| window.length);
                for arg in args {
                    Self::window_fields(arg, period, count + lag, windows);
                }
            }
            _ => {}
        }
    }
}

fn window(field: &str, period: Period, count: usize) -> Window {
    Window {
        field: field.to_owned(),
        period,
        count,
    }
}

fn period_of(unit: WindowUnit) -> Period {
    if unit == WindowUnit::Quarters {
        Period::Quarter
    } else {
        Period::FiscalYear
    }
}

/// How many periods `end` lies before `anchor`, to the nearest.
fn slots_between(anchor: Day, end: Day, period: Period) -> usize {
    let days = if period == Period::Quarter {
        DAYS_A_YEAR / 4.0
    } else {
        DAYS_A_YEAR
    };
    (f64::from(anchor - end) / days).round().max(0.0) as usize
}

/// (newer − older) ÷ |older|; missing where either is, or where the older is zero.
fn growth(newer: f64, older: f64) -> f64 {
    finite((newer - older) / older.abs())
}

/// What no number can express is missing.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

/// Two year-to-date stretches of about the same length, a year apart.
fn same_stretch(now: &Observation, before: &Observation) -> bool {
    let length = |seen: &Observation| seen.period_end - seen.period_start;
    (now.period_end - before.period_end - 365).abs() <= 20 && (length(now) - length(before)).abs() <= 20
}

/// Arithmetic of two series, slot by slot, aligned on the periods they end in.
fn combine(op: BinaryOp, left: &Slots, right: &Slots, period: Period) -> Slots {
    let anchor = left.anchor.max(right.anchor);
    let shift = |slots: &Slots| match (anchor, slots.anchor) {
        (Some(newest), Some(own)) => slots_between(newest, own, period),
        _ => 0,
    };
    let (from_left, from_right) = (shift(left), shift(right));
    let at = |slots: &Slots, from: usize, slot: usize| {
        let value = slot.checked_sub(from).and_then(|slot| slots.values.get(slot));
        value.copied().unwrap_or(f64::NAN)
    };
    let length = (left.values.len() + from_left).max(right.values.len() + from_right);
    let value = |slot: usize| {
        let (a, b) = (at(left, from_left, slot), at(right, from_right, slot));
        finite(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Subtract => a - b,
            BinaryOp::Multiply => a * b,
            _ => a / b,
        })
    };
    Slots {
        anchor,
        values: (0..length).map(value).collect(),
        known_on: left.known_on.max(right.known_on),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use divisor_methodology::{Window as Length, WindowUnit};
    use divisor_model::FundamentalsBuilder;

    fn average(years: usize, min: Option<usize>, ends: &[(Day, f64)]) -> f64 {
        let mut builder = FundamentalsBuilder::new(["sales"]);
        for (end, value) in ends {
            builder.push(0, Period::FiscalYear, (end - 365, *end), end + 60, false);
            builder.values("sales").expect("a field").push(*value);
        }
        let history = History {
            fundamentals: Some(builder.finish(1)),
            ..History::default()
        };
        let name = Expr {
            kind: ExprKind::Name("sales".to_owned()),
            span: 0..0,
        };
        let options = Options {
            window: Some(Length {
                unit: WindowUnit::Years,
                length: years,
            }),
            min,
            ..Options::default()
        };
        let call = Expr {
            kind: ExprKind::Call {
                function: Function::Average,
                args: vec![name],
                options,
            },
            span: 0..0,
        };
        let catalogue = Catalogue::default();
        let call = FundamentalCall::new(&call, &catalogue).expect("a history function");
        call.value(&history, 0, 10_000, 10_000).expect("a table").0
    }

    #[test]
    fn a_window_is_counted_in_slots_not_in_periods() {
        // A fiscal year was moved by five days: two ends in one slot, of which the newer counts.
        let ends = [(3650, 1.0), (3285, 2.0), (3280, 9.0), (2920, 3.0), (2555, 4.0)];
        assert!((average(4, None, &ends) - 2.5).abs() < 1e-15);
    }

    #[test]
    fn a_gap_is_a_missing_slot() {
        let ends = [(3650, 1.0), (2920, 3.0), (2555, 4.0)];
        assert!(average(3, None, &ends).is_nan());
        assert!((average(3, Some(2), &ends) - 2.0).abs() < 1e-15);
        assert!(average(2, None, &ends).is_nan());
    }
}
