//! Screens: a condition for each name, with the numbers that went in.

use std::collections::BTreeMap;

use divisor_methodology::{BinaryOp, Drop, Expr, ExprKind, Prefer, Screen, ScreenTest, rounded};
use divisor_model::{Day, Fraction};
use divisor_numeric::{Preference, RankKey, order_rows_by};

use crate::elementwise::{Numbers, Scope};
use crate::scores::group_codes;

/// One screen over the universe.
#[derive(Debug, Clone)]
pub struct ScreenColumn {
    /// The comparisons its condition is made of, joined by `and`; one entry where it is anything else.
    pub conditions: Vec<Condition>,
    /// Whether each name stays.
    pub passes: Vec<bool>,
    /// Whether the answer was missing and the screen's missing rule decided.
    pub undecided: Vec<bool>,
    /// What the rule for current members says of each name, where there is one.
    pub for_members: Option<Box<ScreenColumn>>,
}

/// One comparison of a screen.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What is compared.
    pub input: String,
    /// Its value by name.
    pub value: Vec<f64>,
    /// What it is compared with; NaN where the condition is no comparison of numbers.
    pub threshold: Vec<f64>,
    /// When the value became known.
    pub known_on: Vec<Day>,
    /// 1 where it holds, 0 where not, NaN where an input is missing.
    pub holds: Vec<f64>,
}

impl ScreenColumn {
    /// Whether a name passes as a newcomer or as a member: what statistics go by, which must not depend on who is one.
    pub fn passes_either(&self, at: usize) -> bool {
        self.passes[at] || self.for_members.as_ref().is_some_and(|column| column.passes[at])
    }

    /// Puts the judgement of members by their own rule in place of that of newcomers.
    pub(crate) fn settle(&mut self, is_member: &[bool]) {
        let Some(own) = &self.for_members else { return };
        for at in (0..is_member.len()).filter(|at| is_member[*at]) {
            self.passes[at] = own.passes[at];
            self.undecided[at] = own.undecided[at];
        }
    }
}

/// Judges every name by a screen. `passing` tells who passes the screens before it.
pub(crate) fn judge(screen: &Screen, scope: &Scope<'_>, passing: &dyn Fn(usize) -> bool) -> ScreenColumn {
    match &screen.test {
        ScreenTest::Keep { keep, members } => {
            let mut column = judge_formula(screen, keep, scope);
            let members = members.as_ref();
            column.for_members = members.map(|formula| Box::new(judge_formula(screen, &formula.value, scope)));
            column
        }
        ScreenTest::Drop(drop) => judge_share(screen, drop, scope, passing),
    }
}

fn judge_formula(screen: &Screen, keep: &Expr, scope: &Scope<'_>) -> ScreenColumn {
    let mut parts = Vec::new();
    conjuncts(keep, &mut parts);
    let conditions: Vec<Condition> = parts.into_iter().map(|part| condition(part, scope)).collect();
    column(screen, &scope.evaluate(keep).values, conditions)
}

fn column(screen: &Screen, holds: &[f64], conditions: Vec<Condition>) -> ScreenColumn {
    let keep_missing = screen.keep_missing.value;
    ScreenColumn {
        passes: holds
            .iter()
            .map(|holds| if holds.is_nan() { keep_missing } else { *holds > 0.5 })
            .collect(),
        undecided: holds.iter().map(|holds| holds.is_nan()).collect(),
        conditions,
        for_members: None,
    }
}

/// A share of the names leaves. Names that are not counted pass: they are out by a screen before.
fn judge_share(screen: &Screen, drop: &Drop, scope: &Scope<'_>, passing: &dyn Fn(usize) -> bool) -> ScreenColumn {
    let by = scope.name(drop.by.name());
    let names = by.values.len();
    let columns = drop.within.as_ref().map_or(&[][..], |within| &within.value);
    let codes = if columns.is_empty() {
        None
    } else {
        group_codes(scope.universe, columns)
    };
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for at in (0..names).filter(|at| !by.values[*at].is_nan() && (drop.over_parent.value || passing(*at))) {
        let code = codes.as_ref().map_or(0, |codes| codes[at]);
        groups.entry(code).or_default().push(at as u32);
    }
    let keys = [
        RankKey {
            values: &by.values,
            prefer: if drop.keep == Prefer::High {
                Preference::Low
            } else {
                Preference::High
            },
        },
        RankKey {
            values: &scope.universe.parent_weight,
            prefer: Preference::Low,
        },
    ];
    let orders: Vec<Vec<u32>> = groups.into_values().map(|group| order_rows_by(group, &keys)).collect();
    let mut all = leaving(screen, drop, drop.share, &by, &orders);
    let members = drop.members.as_ref();
    all.for_members = members.map(|share| Box::new(leaving(screen, drop, share.value, &by, &orders)));
    all
}

/// The first so much of each order leaves.
fn leaving(screen: &Screen, drop: &Drop, share: Fraction, by: &Numbers, orders: &[Vec<u32>]) -> ScreenColumn {
    let names = by.values.len();
    let mut rank = vec![f64::NAN; names];
    let mut leaving = vec![f64::NAN; names];
    let mut holds: Vec<f64> = by
        .values
        .iter()
        .map(|value| if value.is_nan() { f64::NAN } else { 1.0 })
        .collect();
    for order in orders {
        let count = rounded(share, order.len(), drop.rounding.value);
        for (place, at) in order.iter().enumerate() {
            let at = *at as usize;
            rank[at] = (place + 1) as f64;
            leaving[at] = count as f64;
            holds[at] = f64::from(u8::from(place >= count));
        }
    }
    let end = if drop.keep == Prefer::High { "bottom" } else { "top" };
    let conditions = vec![
        Condition {
            input: drop.by.name().to_owned(),
            value: by.values.clone(),
            threshold: vec![f64::NAN; names],
            known_on: by.known_on.clone(),
            holds: holds.clone(),
        },
        Condition {
            input: format!("rank from the {end} by {} >", drop.by.name()),
            value: rank,
            threshold: leaving,
            known_on: by.known_on.clone(),
            holds: holds.clone(),
        },
    ];
    column(screen, &holds, conditions)
}

fn conjuncts<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary {
            op: BinaryOp::And,
            left,
            right,
        } => {
            conjuncts(left, parts);
            conjuncts(right, parts);
        }
        _ => parts.push(expr),
    }
}

fn condition(expr: &Expr, scope: &Scope<'_>) -> Condition {
    let verdict = scope.evaluate(expr);
    let is_text = |side: &Expr| match &side.kind {
        ExprKind::Text(_) => true,
        ExprKind::Name(name) => scope.universe.snapshot.text(name).is_some(),
        _ => false,
    };
    match &expr.kind {
        ExprKind::Binary { op, left, right } if op.is_comparison() && !is_text(left) && !is_text(right) => {
            let (value, threshold) = (scope.evaluate(left), scope.evaluate(right));
            Condition {
                input: format!("{left} {}", op.symbol()),
                value: value.values,
                threshold: threshold.values,
                known_on: verdict.known_on,
                holds: verdict.values,
            }
        }
        _ => Condition {
            input: expr.to_string(),
            value: verdict.values.clone(),
            threshold: vec![f64::NAN; verdict.values.len()],
            known_on: verdict.known_on,
            holds: verdict.values,
        },
    }
}
