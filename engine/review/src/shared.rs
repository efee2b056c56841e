//! What all indexes of a run share: the landed data, and every history function computed once per cut-off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use divisor_market::Landed;
use divisor_methodology::{Catalogue, Expr, ExprKind, FunctionKind, Methodology};
use divisor_model::{DAY_MISSING, Date, Day, FieldUnit, Snapshot, day_of};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::bind::Pipeline;
use crate::history::FundamentalCall;
use crate::price_history::PriceCall;

/// Landed data plus the history columns computed from it.
#[derive(Debug)]
pub struct Shared {
    /// What was read.
    pub landed: Landed,
    columns: BTreeMap<(Date, Day, String), Arc<HistoryColumn>>,
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
        let mut calls: BTreeMap<String, Self> = BTreeMap::new();
        let variables = methodology.variables.iter().map(|variable| &variable.formula);
        let screens = methodology.screens.iter().map(|screen| &screen.keep);
        for formula in variables.chain(screens) {
            collect(formula, &mut calls);
        }
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

    /// Whether it reads a per-share field, which needs splits.
    pub(crate) fn is_per_share(&self, catalogue: &Catalogue) -> bool {
        let per_share = |name: &str| {
            catalogue
                .field(name)
                .is_some_and(|field| field.unit == FieldUnit::PerShare)
        };
        self.fields().any(per_share)
    }

    /// The oldest price row it may read for a cut-off.
    pub(crate) fn first_price_day(&self, cutoff: Day) -> Option<Day> {
        PriceCall::new(&self.expr).map(|call| call.first_day(cutoff))
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
        let mut wanted: BTreeMap<(Date, Day, String), (&HistoryCall, &Catalogue)> = BTreeMap::new();
        for pipeline in pipelines {
            for review in &pipeline.reviews {
                let Some(snapshot) = review.snapshot else { continue };
                for call in &pipeline.calls {
                    let key = (snapshot, day_of(review.dates.cutoff), call.text.clone());
                    wanted.insert(key, (call, &pipeline.catalogue));
                }
            }
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let columns: Vec<_> = wanted
            .par_iter()
            .map(|(key, (call, catalogue))| {
                let snapshot = landed.panel.snapshot(key.0);
                let column = snapshot.map(|snapshot| column(call, catalogue, &landed, snapshot, key.1));
                (key.clone(), Arc::new(column.unwrap_or_default()))
            })
            .collect();
        Self {
            columns: columns.into_iter().collect(),
            landed,
        }
    }

    pub(crate) fn column(&self, snapshot: Date, cutoff: Day, text: &str) -> Option<&HistoryColumn> {
        self.columns
            .get(&(snapshot, cutoff, text.to_owned()))
            .map(AsRef::as_ref)
    }
}

fn column(
    call: &HistoryCall,
    catalogue: &Catalogue,
    landed: &Landed,
    snapshot: Snapshot<'_>,
    cutoff: Day,
) -> HistoryColumn {
    let basis = day_of(snapshot.date());
    let days = snapshot.days("price_date");
    let mut column = HistoryColumn::default();
    let fundamental = call.fundamental(catalogue);
    let price = call.price();
    for (row, security) in snapshot.security().iter().enumerate() {
        // Per-share history is stated on the share basis of the snapshot's price.
        let basis = days
            .map(|days| days[row])
            .filter(|day| *day != DAY_MISSING)
            .unwrap_or(basis);
        let found = match (&fundamental, &price) {
            (Some(call), _) => call.value(&landed.history, *security, cutoff, basis),
            (None, Some(call)) => call.value(&landed.history, *security, cutoff),
            (None, None) => None,
        };
        let (value, known_on) = found.unwrap_or((f64::NAN, DAY_MISSING));
        column.values.push(value);
        column.known_on.push(known_on);
    }
    column
}
