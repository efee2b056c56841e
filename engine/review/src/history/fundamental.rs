//! History functions over `fundamentals`: what a security had reported by a cut-off.

use divisor_methodology::{Catalogue, Expr, ExprKind, Function, FunctionKind, Options, Relative, SeriesPeriod};
use divisor_model::{DAY_MISSING, Day, FieldKind, History, Period, SecurityIndex};
use divisor_numeric::{Deviation, mean, slope, stdev};

use super::publications::{Asked, Asof, Publications, Window};
use super::series::{Series, series};
use crate::elementwise::finite;

/// One call of a history function, resolved against the units of its fields.
pub(crate) struct FundamentalCall<'a> {
    expr: &'a Expr,
    function: Function,
    arg: &'a Expr,
    options: Options,
    catalogue: &'a Catalogue,
}

impl<'a> FundamentalCall<'a> {
    pub(crate) fn new(expr: &'a Expr, catalogue: &'a Catalogue) -> Option<Self> {
        match &expr.kind {
            ExprKind::Call {
                function,
                args,
                options,
            } if function.kind() == FunctionKind::Fundamentals => Some(Self {
                expr,
                function: *function,
                arg: args.first()?,
                options: *options,
                catalogue,
            }),
            _ => None,
        }
    }

    /// The value for a security and when its latest input became known; `None` where the table is not there. The cut-offs
    /// are those of publications and of the share changes by which they are restated.
    pub(crate) fn value(
        &self,
        history: &History,
        security: SecurityIndex,
        (cutoff, splits): (Day, Day),
        basis: Day,
    ) -> Option<(f64, Day)> {
        self.evaluate(&Asof {
            history,
            table: history.fundamentals.as_ref()?,
            catalogue: self.catalogue,
            security,
            cutoff,
            splits,
            basis,
        })
    }

    /// The observations its value can depend on: those it asks for.
    pub(crate) fn windows(&self) -> Vec<Window> {
        let asked = Asked::default();
        self.evaluate(&asked);
        asked.windows()
    }

    fn evaluate(&self, source: &impl Publications) -> Option<(f64, Day)> {
        let spacing = self.function.spacing(&self.options);
        let length = self.options.window.map(|window| window.length);
        match (self.function, &self.arg.kind) {
            (Function::Latest, ExprKind::Name(field)) => self.latest(source, field),
            // These give series; outside of another history function their newest value counts.
            (Function::Growth | Function::Yoy | Function::Lag | Function::Ttm, _) => {
                let newest = series(source, self.expr, spacing, 1)?.at(0);
                Some((newest.value, newest.known_on))
            }
            (Function::Streak, _) => {
                let most = length.unwrap_or(usize::MAX);
                Some(streak(&series(source, self.arg, spacing, most)?, most))
            }
            _ => {
                let length = length?;
                Some(self.windowed(&series(source, self.arg, spacing, length)?, length))
            }
        }
    }

    /// The newest known value of one field.
    fn latest(&self, source: &impl Publications, field: &str) -> Option<(f64, Day)> {
        let newest = self
            .latest_periods(field)
            .iter()
            .flat_map(|period| source.newest(field, *period, 1))
            // Of equal ends the period kind listed first.
            .reduce(|best, next| if next.period_end > best.period_end { next } else { best })?;
        Some((newest.value, newest.known_on))
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

    /// Statistics of a window of slots.
    fn windowed(&self, series: &Series, length: usize) -> (f64, Day) {
        // Oldest first, each with its place in time.
        let (mut places, mut present) = (Vec::new(), Vec::new());
        let mut known_on = DAY_MISSING;
        for at in (0..length).rev() {
            let slot = series.at(at);
            known_on = known_on.max(slot.known_on);
            if !slot.value.is_nan() {
                places.push((length - 1 - at) as f64);
                present.push(slot.value);
            }
        }
        if present.len() < self.options.least() {
            return (f64::NAN, known_on);
        }
        let value = match self.function {
            Function::Average => mean(&present),
            Function::Trend => finite(slope(&places, &present) / self.scale(&present)),
            _ if self.options.population => stdev(&present, Deviation::Population),
            _ => stdev(&present, Deviation::Sample),
        };
        (value, known_on)
    }

    /// What a slope is divided by.
    fn scale(&self, values: &[f64]) -> f64 {
        match self.options.relative {
            None => 1.0,
            Some(Relative::Average) => mean(values).abs(),
            Some(Relative::Magnitude) => mean(&values.iter().map(|value| value.abs()).collect::<Vec<_>>()),
        }
    }
}

/// How many of the newest slots in a row meet a condition, at most so many; missing where nothing is known.
fn streak(series: &Series, most: usize) -> (f64, Day) {
    if series.anchor.is_none() {
        return (f64::NAN, DAY_MISSING);
    }
    let end = series.len().min(most);
    let is_met = |at: &usize| series.at(*at).value > 0.5;
    let met = (0..end).take_while(is_met).count();
    // The slot that ended it was read too.
    let known_on = (0..end.min(met + 1)).map(|at| series.at(at).known_on).max();
    (met as f64, known_on.unwrap_or(DAY_MISSING))
}
