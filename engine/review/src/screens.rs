//! Screens: a condition for each name, with the numbers that went in.

use divisor_methodology::{BinaryOp, Expr, ExprKind, Screen};
use divisor_model::Day;

use crate::elementwise::Scope;

/// One screen over the universe.
#[derive(Debug, Clone)]
pub struct ScreenColumn {
    /// The comparisons its condition is made of, joined by `and`; one entry where it is anything else.
    pub conditions: Vec<Condition>,
    /// Whether each name stays.
    pub passes: Vec<bool>,
    /// Whether the answer was missing and the screen's missing rule decided.
    pub undecided: Vec<bool>,
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

/// Judges every name by a screen.
pub(crate) fn judge(screen: &Screen, scope: &Scope<'_>) -> ScreenColumn {
    let mut parts = Vec::new();
    conjuncts(&screen.keep, &mut parts);
    let conditions: Vec<Condition> = parts.into_iter().map(|part| condition(part, scope)).collect();
    let verdict = scope.evaluate(&screen.keep);
    let keep_missing = screen.keep_missing.value;
    ScreenColumn {
        passes: verdict
            .values
            .iter()
            .map(|holds| if holds.is_nan() { keep_missing } else { *holds > 0.5 })
            .collect(),
        undecided: verdict.values.iter().map(|holds| holds.is_nan()).collect(),
        conditions,
    }
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
