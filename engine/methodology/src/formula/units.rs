//! What numbers are measured in. Units follow from declared and standard fields through `+ - * / ^` and functions; a
//! field without one combines with anything.

use super::{BinaryOp, Expr, ExprKind, FormulaError, Function, Options, ResultUnit, UnaryOp};
use divisor_model::FieldUnit;

/// What a number is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Not known, or zero: combines with anything.
    Any,
    /// A number as written, without a unit.
    Bare,
    /// An amount as written, `$3bn`: money, or money per share.
    Amount,
    /// Powers of money and of counted things: money is (1, 0), per share (1, -1), a ratio (0, 0), a count (0, 1).
    Of(i32, i32),
}

pub(crate) const MONEY: Unit = Unit::Of(1, 0);
pub(crate) const PER_SHARE: Unit = Unit::Of(1, -1);
pub(crate) const RATIO: Unit = Unit::Of(0, 0);
pub(crate) const COUNT: Unit = Unit::Of(0, 1);

impl From<FieldUnit> for Unit {
    fn from(unit: FieldUnit) -> Self {
        match unit {
            FieldUnit::Money => MONEY,
            FieldUnit::PerShare => PER_SHARE,
            FieldUnit::Ratio => RATIO,
            FieldUnit::Count => COUNT,
        }
    }
}

impl Unit {
    fn words(self) -> String {
        match self {
            Self::Any => "not known".to_owned(),
            Self::Bare => "a number without a unit".to_owned(),
            Self::Amount | MONEY => "money".to_owned(),
            PER_SHARE => "money per share".to_owned(),
            RATIO => "a ratio".to_owned(),
            COUNT => "a count".to_owned(),
            Self::Of(money, count) => {
                let power = |name: &str, power: i32| match power {
                    0 => None,
                    1 => Some(name.to_owned()),
                    _ => Some(format!("{name}^{power}")),
                };
                let parts = [power("money", money), power("count", count)];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" * ")
            }
        }
    }

    /// The unit of a sum, or nothing where there can be none.
    fn plus(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, unit)
            | (unit, Self::Any)
            | (Self::Bare, unit @ Self::Of(0, _))
            | (unit @ Self::Of(0, _), Self::Bare)
            | (Self::Amount, unit @ (MONEY | PER_SHARE))
            | (unit @ (MONEY | PER_SHARE), Self::Amount) => Some(unit),
            _ => (self == other).then_some(self),
        }
    }

    /// The unit of a product with `other` to the power of `sign`.
    fn times(self, other: Self, sign: i32) -> Self {
        let powers = |unit: Self| match unit {
            Self::Of(money, count) => Some((money, count)),
            Self::Amount => Some((1, 0)),
            Self::Bare => Some((0, 0)),
            Self::Any => None,
        };
        if other == Self::Bare {
            return self;
        }
        match (powers(self), powers(other)) {
            (Some((money, count)), Some((with, per))) => Self::Of(money + sign * with, count + sign * per),
            _ => Self::Any,
        }
    }

    fn to_the(self, exponent: &Expr) -> Self {
        match (self, &exponent.kind) {
            (Self::Bare | RATIO, _) => self,
            (Self::Of(money, count), ExprKind::Number(power)) if power.fract() == 0.0 && power.abs() < 10.0 => {
                Self::Of(money * *power as i32, count * *power as i32)
            }
            _ => Self::Any,
        }
    }

    fn root(self) -> Self {
        match self {
            Self::Of(money, count) if money % 2 == 0 && count % 2 == 0 => Self::Of(money / 2, count / 2),
            Self::Bare => Self::Bare,
            _ => Self::Any,
        }
    }
}

/// Finds units and mistakes in them. `name` gives the unit of a name outside history functions, `field` of one inside.
pub(crate) struct Units<'a> {
    pub(crate) name: &'a dyn Fn(&str) -> Unit,
    pub(crate) field: &'a dyn Fn(&str) -> Unit,
    pub(crate) errors: Vec<FormulaError>,
}

impl Units<'_> {
    /// The unit of a formula whose types are right; a condition has none.
    pub(crate) fn of(&mut self, expr: &Expr) -> Unit {
        self.unit(expr, false)
    }

    fn unit(&mut self, expr: &Expr, in_history: bool) -> Unit {
        match &expr.kind {
            ExprKind::Number(number) if *number == 0.0 => Unit::Any,
            ExprKind::Number(_) => Unit::Bare,
            ExprKind::Money { .. } => Unit::Amount,
            ExprKind::Text(_) | ExprKind::Flag(_) => Unit::Any,
            ExprKind::Name(name) if in_history => (self.field)(name),
            ExprKind::Name(name) => (self.name)(name),
            ExprKind::Unary { op, operand } => match (op, self.unit(operand, in_history)) {
                (UnaryOp::Not, _) => Unit::Any,
                (_, unit) => unit,
            },
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, in_history),
            ExprKind::Call {
                function,
                args,
                options,
            } => self.call(*function, args, options, in_history),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, in_history: bool) -> Unit {
        let on_left = self.unit(left, in_history);
        let on_right = self.unit(right, in_history);
        match op {
            BinaryOp::And | BinaryOp::Or => Unit::Any,
            BinaryOp::Multiply => match (on_left, on_right) {
                (Unit::Bare, unit) => unit,
                _ => on_left.times(on_right, 1),
            },
            BinaryOp::Divide => on_left.times(on_right, -1),
            BinaryOp::Power => on_left.to_the(right),
            _ => {
                let sum = self.same(
                    (left, on_left),
                    (right, on_right),
                    if op.is_comparison() {
                        "compared"
                    } else {
                        "added or subtracted"
                    },
                );
                if op.is_comparison() { Unit::Any } else { sum }
            }
        }
    }

    fn call(&mut self, function: Function, args: &[Expr], options: &Options, in_history: bool) -> Unit {
        let inside = in_history || function.kind() == super::FunctionKind::Fundamentals;
        let units: Vec<Unit> = args.iter().map(|arg| self.unit(arg, inside)).collect();
        match function.record().result {
            _ if function == Function::Sqrt => units.first().map_or(Unit::Any, |unit| unit.root()),
            ResultUnit::Plain | ResultUnit::Count => Unit::Bare,
            ResultUnit::Condition => Unit::Any,
            ResultUnit::ArgumentPerPeriod if options.relative.is_some() => RATIO,
            ResultUnit::Argument | ResultUnit::ArgumentPerPeriod => {
                // The condition of a choice is measured in nothing.
                let mut parts = args.iter().zip(units).skip(usize::from(function == Function::If));
                let done = if function == Function::If {
                    "chosen between"
                } else {
                    "compared"
                };
                let Some((first, mut unit)) = parts.next() else {
                    return Unit::Any;
                };
                for (arg, own) in parts {
                    unit = self.same((first, unit), (arg, own), done);
                }
                unit
            }
            ResultUnit::Ratio | ResultUnit::AnnualRatio => RATIO,
            ResultUnit::MoneyPerDay => MONEY,
        }
    }

    /// The unit both sides share; a mistake where they share none.
    fn same(&mut self, (left, on_left): (&Expr, Unit), (right, on_right): (&Expr, Unit), done: &str) -> Unit {
        if let Some(unit) = on_left.plus(on_right) {
            return unit;
        }
        let message = format!(
            "`{left}` is {} and `{right}` is {}: they cannot be {done}",
            on_left.words(),
            on_right.words()
        );
        let is_price = |unit: Unit| matches!(unit, MONEY | PER_SHARE | Unit::Amount);
        let is_number = |expr: &Expr| matches!(expr.kind, ExprKind::Number(_));
        let help = match (on_left, on_right) {
            (unit, Unit::Bare) if is_price(unit) && is_number(right) => {
                format!("write an amount with its currency: ${right}")
            }
            (Unit::Bare, unit) if is_price(unit) && is_number(left) => {
                format!("write an amount with its currency: ${left}")
            }
            (MONEY | PER_SHARE, MONEY | PER_SHARE) => "a figure per share times `shares` is money".to_owned(),
            (MONEY, RATIO) | (RATIO, MONEY) => "money divided by money, such as by `market_cap`, is a ratio".to_owned(),
            _ => "multiply or divide one of them until both are measured in the same".to_owned(),
        };
        let span = left.span.start.min(right.span.start)..left.span.end.max(right.span.end);
        self.errors.push(FormulaError::new("M0321", span, message).help(help));
        Unit::Any
    }
}
