//! The tree of a formula and its canonical text, which is what rulebook hashes see.

use std::fmt;
use std::ops::Range;

use serde::{Serialize, Serializer};

use super::{Function, FunctionKind, Options};

/// A formula, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Byte range in the formula's text.
    pub span: Range<usize>,
}

/// What an expression can be.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A plain number; `5%` is 0.05, `3bn` is 3e9.
    Number(f64),
    /// An amount in a named currency: `$3bn`.
    Money {
        /// Amount in that currency.
        amount: f64,
        /// ISO code.
        currency: &'static str,
    },
    /// A quoted text.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// A variable, snapshot column or score; inside a history function a field of `fundamentals`.
    Name(String),
    /// `-x`, `not x`.
    Unary {
        /// Operator.
        op: UnaryOp,
        /// Its operand.
        operand: Box<Expr>,
    },
    /// `a + b` and so on.
    Binary {
        /// Operator.
        op: BinaryOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// A function call.
    Call {
        /// Which function.
        function: Function,
        /// Its positional arguments.
        args: Vec<Expr>,
        /// Its named arguments, defaults filled in.
        options: Options,
    },
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-x`.
    Negate,
    /// `not x`.
    Not,
}

/// Infix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the operators of arithmetic and logic by their names")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

impl BinaryOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "^",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::And => "and",
            Self::Or => "or",
        }
    }

    /// Whether it compares two values.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Less | LessOrEqual | Greater | GreaterOrEqual | Equal | NotEqual)
    }

    /// How tightly it binds; larger is tighter.
    pub(crate) fn binding(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            _ if self.is_comparison() => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide => 6,
            _ => 8,
        }
    }

    /// How tightly what stands on its left and on its right must bind to need no brackets.
    fn sides(self) -> (u8, u8) {
        match self {
            Self::Power => (self.binding() + 1, self.binding()),
            _ => (self.binding(), self.binding() + 1),
        }
    }
}

impl Expr {
    /// Visits this expression and all below it, parents first.
    pub fn visit<'a>(&'a self, visitor: &mut impl FnMut(&'a Self)) {
        visitor(self);
        match &self.kind {
            ExprKind::Unary { operand, .. } => operand.visit(visitor),
            ExprKind::Binary { left, right, .. } => {
                left.visit(visitor);
                right.visit(visitor);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(|arg| arg.visit(visitor)),
            _ => {}
        }
    }

    /// The names it uses outside history functions, with their places.
    pub fn names(&self) -> Vec<(&str, Range<usize>)> {
        let mut names = Vec::new();
        self.collect_names(&mut names);
        names
    }

    fn collect_names<'a>(&'a self, names: &mut Vec<(&'a str, Range<usize>)>) {
        match &self.kind {
            ExprKind::Name(name) => names.push((name, self.span.clone())),
            ExprKind::Unary { operand, .. } => operand.collect_names(names),
            ExprKind::Binary { left, right, .. } => {
                left.collect_names(names);
                right.collect_names(names);
            }
            ExprKind::Call { function, args, .. } if function.kind() == FunctionKind::Elementwise => {
                for arg in args {
                    arg.collect_names(names);
                }
            }
            _ => {}
        }
    }

    /// All names below it, inside history functions too.
    pub(super) fn names_inside(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.visit(&mut |expr| {
            if let ExprKind::Name(name) = &expr.kind {
                names.push(name.as_str());
            }
        });
        names
    }

    /// The fields of `fundamentals` it reads, with their places.
    pub fn history_fields(&self) -> Vec<(&str, Range<usize>)> {
        let mut fields = Vec::new();
        self.visit(&mut |expr| {
            if let ExprKind::Call { function, args, .. } = &expr.kind
                && function.kind() == FunctionKind::Fundamentals
            {
                for arg in args {
                    fields.extend(arg.names());
                }
            }
        });
        fields
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number(value) => write!(f, "{value}"),
            ExprKind::Money { amount, currency } => write!(f, "{amount} {currency}"),
            ExprKind::Text(text) => write!(f, "\"{text}\""),
            ExprKind::Flag(flag) => write!(f, "{flag}"),
            ExprKind::Name(name) => write!(f, "{name}"),
            ExprKind::Unary { op, operand } => match op {
                UnaryOp::Negate => write!(f, "-{}", Operand(operand, 7)),
                UnaryOp::Not => write!(f, "not {}", Operand(operand, 3)),
            },
            ExprKind::Binary { op, left, right } => {
                // The tree of a long sum leans to the left, as deep as the sum is long.
                let mut rest = vec![(*op, right)];
                let (mut first, mut least) = (left, op.sides().0);
                while let ExprKind::Binary { op, left, right } = &first.kind
                    && op.binding() >= least
                {
                    rest.push((*op, right));
                    (first, least) = (left, op.sides().0);
                }
                write!(f, "{}", Operand(first, least))?;
                for (op, right) in rest.into_iter().rev() {
                    write!(f, " {} {}", op.symbol(), Operand(right, op.sides().1))?;
                }
                Ok(())
            }
            ExprKind::Call {
                function,
                args,
                options,
            } => {
                let mut parts: Vec<String> = args.iter().map(ToString::to_string).collect();
                parts.extend(options.parts());
                write!(f, "{}({})", function.name(), parts.join(", "))
            }
        }
    }
}

/// An operand, in brackets where it binds less tightly than what it stands in.
struct Operand<'a>(&'a Expr, u8);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binding = match &self.0.kind {
            ExprKind::Binary { op, .. } => op.binding(),
            ExprKind::Unary { op: UnaryOp::Not, .. } => 3,
            ExprKind::Unary { .. } => 7,
            _ => u8::MAX,
        };
        if binding < self.1 {
            write!(f, "({})", self.0)
        } else {
            write!(f, "{}", self.0)
        }
    }
}

/// Hashes and files see the canonical text.
impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
