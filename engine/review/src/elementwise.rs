//! Formulas over the names of a universe, name by name. Missing is NaN: arithmetic with a missing value is missing, so
//! is what no number can express (division by zero, the logarithm of zero); comparisons with a missing value are
//! missing; `and` and `or` are three-valued, so `false and missing` is false.

use std::borrow::Cow;
use std::collections::BTreeMap;

use divisor_calendar::Cutoffs;
use divisor_methodology::{BinaryOp, Expr, ExprKind, Function, FunctionKind, UnaryOp};
use divisor_model::{DAY_MISSING, Day, day_of};

use crate::shared::Shared;
use crate::universe::Universe;

/// Numbers by name, with when their latest input became known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numbers {
    /// NaN where missing; flags are 1 and 0.
    pub(crate) values: Vec<f64>,
    /// [`DAY_MISSING`] where nothing went in.
    pub(crate) known_on: Vec<Day>,
}

/// What formulas of one review see.
pub(crate) struct Scope<'a> {
    pub(crate) universe: &'a Universe<'a>,
    pub(crate) shared: &'a Shared,
    pub(crate) cutoffs: Cutoffs<Day>,
    /// Variables evaluated so far.
    pub(crate) variables: BTreeMap<&'a str, Numbers>,
    /// Scores computed so far.
    pub(crate) scores: BTreeMap<&'a str, Vec<f64>>,
}

impl Scope<'_> {
    fn constant(&self, value: f64) -> Numbers {
        Numbers {
            values: vec![value; self.universe.len()],
            known_on: vec![DAY_MISSING; self.universe.len()],
        }
    }

    /// The value of a formula for every name.
    pub(crate) fn evaluate(&self, expr: &Expr) -> Numbers {
        match &expr.kind {
            ExprKind::Number(value) | ExprKind::Money { amount: value, .. } => self.constant(*value),
            ExprKind::Flag(flag) => self.constant(f64::from(u8::from(*flag))),
            ExprKind::Text(_) => self.constant(f64::NAN),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Unary { op, operand } => {
                let mut numbers = self.evaluate(operand);
                for value in &mut numbers.values {
                    *value = match op {
                        UnaryOp::Negate => -*value,
                        UnaryOp::Not => 1.0 - *value,
                    };
                }
                numbers
            }
            ExprKind::Binary { op, left, right } => self
                .text_comparison(*op, left, right)
                .unwrap_or_else(|| zip(&self.evaluate(left), &self.evaluate(right), |a, b| binary(*op, a, b))),
            ExprKind::Call { function, args, .. } => match function.kind() {
                FunctionKind::Elementwise => self.call(*function, args),
                _ => self.history(expr),
            },
        }
    }

    /// A variable, score or snapshot column by name, with when it became known.
    pub(crate) fn name(&self, name: &str) -> Numbers {
        if let Some(found) = self.variables.get(name) {
            return found.clone();
        }
        Numbers {
            values: self.values(name).into_owned(),
            known_on: vec![day_of(self.universe.snapshot.date()); self.universe.len()],
        }
    }

    /// The values of a variable, score or snapshot column; flags are 1 and 0. Borrowed where they lie there already.
    pub(crate) fn values(&self, name: &str) -> Cow<'_, [f64]> {
        if let Some(found) = self.variables.get(name) {
            return Cow::Borrowed(&found.values);
        }
        if let Some(found) = self.scores.get(name) {
            return Cow::Borrowed(found);
        }
        if name == "parent_weight" {
            return Cow::Borrowed(&self.universe.parent_weight);
        }
        if let Some(values) = self.universe.number(name) {
            return values;
        }
        if let Some(flags) = self.universe.snapshot.flags(name) {
            let rows = self.universe.rows.iter();
            let value = |row: &u32| flags[*row as usize].map_or(f64::NAN, |flag| f64::from(u8::from(flag)));
            return Cow::Owned(rows.map(value).collect());
        }
        // A text, of which only presence counts here.
        let codes = self.universe.codes(name).unwrap_or_default();
        let present = |code: &u32| {
            if *code == divisor_model::TEXT_MISSING {
                f64::NAN
            } else {
                0.0
            }
        };
        let mut values: Vec<f64> = codes.iter().map(present).collect();
        values.resize(self.universe.len(), f64::NAN);
        Cow::Owned(values)
    }

    /// A history function, computed before for all rows of the snapshot.
    fn history(&self, expr: &Expr) -> Numbers {
        let Some(column) = self.shared.column(self.universe, &self.cutoffs, expr) else {
            return self.constant(f64::NAN);
        };
        let rows = &self.universe.rows;
        Numbers {
            values: rows.iter().map(|row| column.values[*row as usize]).collect(),
            known_on: rows.iter().map(|row| column.known_on[*row as usize]).collect(),
        }
    }

    /// `==` and `!=` where one side is a text.
    fn text_comparison(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Option<Numbers> {
        let texts = (self.texts(left)?, self.texts(right)?);
        let known_on = vec![day_of(self.universe.snapshot.date()); self.universe.len()];
        let compare = |at: usize| match (texts.0[at], texts.1[at]) {
            (Some(a), Some(b)) => f64::from(u8::from((a == b) == (op == BinaryOp::Equal))),
            _ => f64::NAN,
        };
        Some(Numbers {
            values: (0..self.universe.len()).map(compare).collect(),
            known_on,
        })
    }

    fn texts<'e>(&'e self, expr: &'e Expr) -> Option<Vec<Option<&'e str>>> {
        match &expr.kind {
            ExprKind::Text(text) => Some(vec![Some(text.as_str()); self.universe.len()]),
            ExprKind::Name(name) if !self.variables.contains_key(name.as_str()) => {
                self.universe.snapshot.text(name)?;
                Some(
                    (0..self.universe.len())
                        .map(|at| self.universe.text(name, at))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    fn call(&self, function: Function, args: &[Expr]) -> Numbers {
        let mut args = args.iter().map(|arg| self.evaluate(arg));
        let Some(mut numbers) = args.next() else {
            return self.constant(f64::NAN);
        };
        let each = |numbers: &mut Numbers, apply: fn(f64) -> f64| {
            numbers.values.iter_mut().for_each(|value| *value = apply(*value));
        };
        match function {
            Function::Abs => each(&mut numbers, f64::abs),
            Function::Log => each(&mut numbers, |x| finite(libm::log(x))),
            Function::Exp => each(&mut numbers, |x| finite(libm::exp(x))),
            Function::Sqrt => each(&mut numbers, |x| finite(x.sqrt())),
            Function::IsMissing => each(&mut numbers, |x| f64::from(u8::from(x.is_nan()))),
            Function::If => {
                let chosen = args.next().unwrap_or_else(|| self.constant(f64::NAN));
                let otherwise = args.next().unwrap_or_else(|| self.constant(f64::NAN));
                numbers = choose(&numbers, &chosen, &otherwise);
            }
            Function::Coalesce => {
                for next in args {
                    numbers = zip(&numbers, &next, |a, b| if a.is_nan() { b } else { a });
                }
            }
            _ => {
                for next in args {
                    numbers = zip(&numbers, &next, |a, b| match function {
                        _ if a.is_nan() || b.is_nan() => f64::NAN,
                        Function::Min => a.min(b),
                        _ => a.max(b),
                    });
                }
            }
        }
        numbers
    }
}

/// One number or the other, by a condition; missing where that is.
fn choose(condition: &Numbers, chosen: &Numbers, otherwise: &Numbers) -> Numbers {
    let value = |at: usize| match condition.values[at] {
        holds if holds.is_nan() => f64::NAN,
        holds if holds > 0.5 => chosen.values[at],
        _ => otherwise.values[at],
    };
    let known_on = |at: usize| {
        condition.known_on[at]
            .max(chosen.known_on[at])
            .max(otherwise.known_on[at])
    };
    let names = 0..condition.values.len();
    Numbers {
        values: names.clone().map(value).collect(),
        known_on: names.map(known_on).collect(),
    }
}

fn zip(left: &Numbers, right: &Numbers, apply: impl Fn(f64, f64) -> f64) -> Numbers {
    let values = left.values.iter().zip(&right.values);
    let known_on = left.known_on.iter().zip(&right.known_on);
    Numbers {
        values: values.map(|(a, b)| apply(*a, *b)).collect(),
        known_on: known_on.map(|(a, b)| *a.max(b)).collect(),
    }
}

/// What no number can express is missing.
pub(crate) fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

pub(crate) fn binary(op: BinaryOp, a: f64, b: f64) -> f64 {
    let missing = a.is_nan() || b.is_nan();
    let flag = |truth: bool| if missing { f64::NAN } else { f64::from(u8::from(truth)) };
    let is = |value: f64, flag: f64| value.to_bits() == flag.to_bits();
    match op {
        BinaryOp::Add => finite(a + b),
        BinaryOp::Subtract => finite(a - b),
        BinaryOp::Multiply => finite(a * b),
        BinaryOp::Divide => finite(a / b),
        BinaryOp::Power => finite(libm::pow(a, b)),
        BinaryOp::Less => flag(a < b),
        BinaryOp::LessOrEqual => flag(a <= b),
        BinaryOp::Greater => flag(a > b),
        BinaryOp::GreaterOrEqual => flag(a >= b),
        #[expect(clippy::float_cmp, reason = "the analyst asked for equality")]
        BinaryOp::Equal => flag(a == b),
        #[expect(clippy::float_cmp, reason = "the analyst asked for equality")]
        BinaryOp::NotEqual => flag(a != b),
        BinaryOp::And if is(a, 0.0) || is(b, 0.0) => 0.0,
        BinaryOp::Or if is(a, 1.0) || is(b, 1.0) => 1.0,
        BinaryOp::And | BinaryOp::Or if missing => f64::NAN,
        BinaryOp::And => 1.0,
        BinaryOp::Or => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logic_is_three_valued() {
        let cell = |op, a, b| binary(op, a, b);
        assert!(cell(BinaryOp::And, f64::NAN, 1.0).is_nan());
        assert!(cell(BinaryOp::And, f64::NAN, 0.0).abs() < 1e-9);
        assert!((cell(BinaryOp::Or, 1.0, f64::NAN) - 1.0).abs() < 1e-9);
        assert!(cell(BinaryOp::Or, 0.0, f64::NAN).is_nan());
        assert!(cell(BinaryOp::Less, f64::NAN, 1.0).is_nan());
        assert!(cell(BinaryOp::Divide, 1.0, 0.0).is_nan());
    }
}
