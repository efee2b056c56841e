//! What all indexes of a run share: the landed data, and every history function computed once per cut-off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use divisor_calendar::Cutoffs;
use divisor_market::Landed;
use divisor_methodology::{Catalogue, Expr, ExprKind, FunctionKind, Methodology};
use divisor_model::{DAY_MISSING, Date, Day, FieldUnit, Snapshot, day_of};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use tracing::info_span;

use crate::bind::Pipeline;
use crate::history::{FundamentalCall, Line, Market, PriceCall, lines};
use crate::optimised::exposures::known_at;
use crate::universe::{Universe, rows_of};

/// Landed data plus the history columns computed from it.
#[derive(Debug)]
pub struct Shared {
    /// What was read.
    pub landed: Landed,
    columns: BTreeMap<ColumnKey, Arc<HistoryColumn>>,
}

/// What a history column depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ColumnKey {
    snapshot: Date,
    /// Cut-off of the table it reads.
    cutoff: Day,
    /// Cut-off of the share changes by which publications are restated.
    splits: Day,
    /// The parent universe, for functions that compare with its return; else empty.
    parent: String,
    text: String,
}

impl ColumnKey {
    fn new(snapshot: Date, cutoffs: &Cutoffs<Day>, parent: Option<&str>, expr: &Expr) -> Self {
        let price = PriceCall::new(expr);
        let needs_market = price.as_ref().is_some_and(PriceCall::needs_market);
        let (cutoff, splits) = match price {
            Some(_) => (cutoffs.prices, cutoffs.prices),
            None => (cutoffs.fundamentals, cutoffs.shares),
        };
        Self {
            snapshot,
            cutoff,
            splits,
            parent: parent.filter(|_| needs_market).unwrap_or_default().to_owned(),
            text: expr.to_string(),
        }
    }
}

/// The value of one history function for every row of a snapshot.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct HistoryColumn {
    /// NaN where missing.
    pub(crate) values: Vec<f64>,
    /// When the latest input became known.
    pub(crate) known_on: Vec<Day>,
}

/// Which table a history function reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallTable {
    Fundamentals,
    Prices,
}

/// One history function with its arguments, by its canonical text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HistoryCall {
    pub(crate) text: String,
    expr: Expr,
    kind: FunctionKind,
}

impl HistoryCall {
    /// The distinct history functions of a rulebook, by text.
    pub(crate) fn of(methodology: &Methodology) -> Vec<Self> {
        let variables = methodology.variables.iter().map(|variable| &variable.formula);
        let screens = methodology
            .screens
            .iter()
            .flat_map(divisor_methodology::Screen::formulas);
        Self::in_formulas(variables.chain(screens))
    }

    /// The distinct history functions of some formulas, by text.
    pub(crate) fn in_formulas<'e>(formulas: impl Iterator<Item = &'e Expr>) -> Vec<Self> {
        let mut calls: BTreeMap<String, Self> = BTreeMap::new();
        formulas.for_each(|formula| collect(formula, &mut calls));
        calls.into_values().collect()
    }

    pub(crate) fn table(&self) -> CallTable {
        if self.kind == FunctionKind::Prices {
            CallTable::Prices
        } else {
            CallTable::Fundamentals
        }
    }

    /// The fields of `fundamentals` it reads.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        let fields: BTreeSet<&str> = self.expr.history_fields().into_iter().map(|(name, _)| name).collect();
        fields.into_iter()
    }

    /// The per-share fields it reads, which need splits.
    pub(crate) fn per_share_fields<'a>(&'a self, catalogue: &'a Catalogue) -> impl Iterator<Item = &'a str> {
        let is_per_share = |name: &&str| {
            let info = catalogue.field(name);
            info.is_some_and(|field| field.unit == FieldUnit::PerShare)
        };
        self.fields().filter(is_per_share)
    }

    /// Whether it reads a per-share field.
    pub(crate) fn is_per_share(&self, catalogue: &Catalogue) -> bool {
        self.per_share_fields(catalogue).next().is_some()
    }

    /// The oldest price row it may read for a cut-off and the day of the snapshot used.
    pub(crate) fn first_price_day(&self, cutoff: Day, snapshot: Day) -> Option<Day> {
        PriceCall::new(&self.expr).map(|call| call.first_day(cutoff, snapshot))
    }

    /// Whether it reads volumes.
    pub(crate) fn needs_volume(&self) -> bool {
        matches!(&self.expr.kind, ExprKind::Call { function, .. } if function.needs_volume())
    }

    pub(crate) fn fundamental<'a>(&'a self, catalogue: &'a Catalogue) -> Option<FundamentalCall<'a>> {
        FundamentalCall::new(&self.expr, catalogue)
    }

    pub(crate) fn price(&self) -> Option<PriceCall> {
        PriceCall::new(&self.expr)
    }
}

fn collect(expr: &Expr, calls: &mut BTreeMap<String, HistoryCall>) {
    match &expr.kind {
        ExprKind::Call { function, .. } if function.kind() != FunctionKind::Elementwise => {
            let text = expr.to_string();
            calls.entry(text.clone()).or_insert_with(|| HistoryCall {
                text,
                expr: expr.clone(),
                kind: function.kind(),
            });
        }
        ExprKind::Call { args, .. } => args.iter().for_each(|arg| collect(arg, calls)),
        ExprKind::Unary { operand, .. } => collect(operand, calls),
        ExprKind::Binary { left, right, .. } => {
            collect(left, calls);
            collect(right, calls);
        }
        _ => {}
    }
}

impl Shared {
    /// Computes every history function of the pipelines once for each snapshot and cut-off that needs it.
    pub fn new(landed: Landed, pipelines: &[Pipeline]) -> Self {
        let mut wanted: BTreeMap<ColumnKey, (&HistoryCall, &Pipeline)> = BTreeMap::new();
        for pipeline in pipelines {
            for review in &pipeline.reviews {
                let Some(snapshot) = review.snapshot else { continue };
                let cutoffs = review.dates.cutoffs.map(|date| day_of(*date));
                for call in &pipeline.calls {
                    let key = ColumnKey::new(snapshot, &cutoffs, pipeline.universe(), &call.expr);
                    wanted.insert(key, (call, pipeline));
                }
                for (date, call) in review.exposures.iter().flat_map(|date| {
                    let calls = pipeline.exposure_calls.iter();
                    calls.map(move |call| (*date, call))
                }) {
                    let key = ColumnKey::new(date, &known_at(date), pipeline.universe(), &call.expr);
                    wanted.insert(key, (call, pipeline));
                }
            }
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let _span = info_span!("history", columns = wanted.len()).entered();
        let columns: Vec<_> = wanted
            .par_iter()
            .map(|(key, (call, pipeline))| {
                let snapshot = landed.panel.snapshot(key.snapshot);
                let column = snapshot.map(|snapshot| column(call, pipeline, &landed, snapshot, key));
                (key.clone(), Arc::new(column.unwrap_or_default()))
            })
            .collect();
        Self {
            columns: columns.into_iter().collect(),
            landed,
        }
    }

    /// The values of a history function for all rows of a universe's snapshot.
    pub(crate) fn column(
        &self,
        universe: &Universe<'_>,
        cutoffs: &Cutoffs<Day>,
        expr: &Expr,
    ) -> Option<&HistoryColumn> {
        let key = ColumnKey::new(universe.snapshot.date(), cutoffs, universe.name, expr);
        self.columns.get(&key).map(AsRef::as_ref)
    }

    /// The values of one of a rulebook's history functions at one of its reviews.
    pub(crate) fn call_column(
        &self,
        pipeline: &Pipeline,
        (snapshot, cutoffs): (Date, &Cutoffs<Day>),
        call: &HistoryCall,
    ) -> Option<&HistoryColumn> {
        let key = ColumnKey::new(snapshot, cutoffs, pipeline.universe(), &call.expr);
        self.columns.get(&key).map(AsRef::as_ref)
    }
}

fn column(
    call: &HistoryCall,
    pipeline: &Pipeline,
    landed: &Landed,
    snapshot: Snapshot<'_>,
    key: &ColumnKey,
) -> HistoryColumn {
    let history = &landed.history;
    let lines = lines(snapshot);
    let fundamental = call.fundamental(&pipeline.catalogue);
    let price = call.price().map(|call| {
        let first_day = call.first_day(key.cutoff, day_of(snapshot.date()));
        let market = call
            .needs_market()
            .then(|| market(pipeline, landed, snapshot, &lines, (first_day, key)));
        (call, first_day, market.flatten())
    });
    let value = |line: &Line| match (&fundamental, &price) {
        (Some(call), _) => call.value(history, line.security, (key.cutoff, key.splits), line.valuation_day),
        (None, Some((call, first_day, market))) => call.value(history, line, key.cutoff, *first_day, market.as_ref()),
        (None, None) => None,
    };
    let mut column = HistoryColumn::default();
    for line in &lines {
        let (value, known_on) = value(line).unwrap_or((f64::NAN, DAY_MISSING));
        column.values.push(value);
        column.known_on.push(known_on);
    }
    column
}

/// The return of the parent universe over the window of a call.
fn market(
    pipeline: &Pipeline,
    landed: &Landed,
    snapshot: Snapshot<'_>,
    lines: &[Line],
    (first_day, key): (Day, &ColumnKey),
) -> Option<Market> {
    let rows = rows_of(&key.parent, &pipeline.dataset.universe, snapshot);
    let members = rows.iter().map(|row| &lines[*row as usize]);
    Some(Market::new(
        landed.history.prices.as_ref()?,
        members,
        key.cutoff,
        first_day,
    ))
}
