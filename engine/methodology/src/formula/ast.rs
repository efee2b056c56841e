//! The tree of a formula and its canonical text, which is what rulebook hashes see.

use std::fmt;
use std::ops::Range;

use divisor_model::Period;
use serde::{Serialize, Serializer};

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
}

/// The functions of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// |x|.
    Abs,
    /// Natural logarithm; missing at zero and below.
    Log,
    /// e to the x.
    Exp,
    /// Square root; missing below zero.
    Sqrt,
    /// Least of its arguments; missing where any is.
    Min,
    /// Greatest of its arguments; missing where any is.
    Max,
    /// First argument that is not missing.
    Coalesce,
    /// Whether the argument is missing.
    IsMissing,
    /// Newest known value of a reported field.
    Latest,
    /// Value so many periods before the newest known one.
    Lag,
    /// Mean of the window.
    Average,
    /// Standard deviation of the window.
    Stdev,
    /// (newer − older) ÷ |older|; a series inside another history function, its newest value outside.
    Growth,
    /// Sum of the last twelve months.
    Ttm,
    /// Simple return of the price over a window of months.
    Returns,
    /// Annualised standard deviation of daily or weekly simple returns.
    Volatility,
}

/// What a function works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// Numbers of the snapshot, name by name.
    Elementwise,
    /// The reported history of one security.
    Fundamentals,
    /// The price history of one security.
    Prices,
}

impl Function {
    /// All functions.
    pub const ALL: [Self; 16] = [
        Self::Abs,
        Self::Log,
        Self::Exp,
        Self::Sqrt,
        Self::Min,
        Self::Max,
        Self::Coalesce,
        Self::IsMissing,
        Self::Latest,
        Self::Lag,
        Self::Average,
        Self::Stdev,
        Self::Growth,
        Self::Ttm,
        Self::Returns,
        Self::Volatility,
    ];

    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Abs => "abs",
            Self::Log => "log",
            Self::Exp => "exp",
            Self::Sqrt => "sqrt",
            Self::Min => "min",
            Self::Max => "max",
            Self::Coalesce => "coalesce",
            Self::IsMissing => "is_missing",
            Self::Latest => "latest",
            Self::Lag => "lag",
            Self::Average => "average",
            Self::Stdev => "stdev",
            Self::Growth => "growth",
            Self::Ttm => "ttm",
            Self::Returns => "returns",
            Self::Volatility => "volatility",
        }
    }

    /// What it works on.
    pub fn kind(self) -> FunctionKind {
        match self {
            Self::Latest | Self::Lag | Self::Average | Self::Stdev | Self::Growth | Self::Ttm => {
                FunctionKind::Fundamentals
            }
            Self::Returns | Self::Volatility => FunctionKind::Prices,
            _ => FunctionKind::Elementwise,
        }
    }

    /// How it is called, for messages.
    pub fn usage(self) -> &'static str {
        match self {
            Self::Abs => "abs(x)",
            Self::Log => "log(x)",
            Self::Exp => "exp(x)",
            Self::Sqrt => "sqrt(x)",
            Self::Min => "min(a, b, …)",
            Self::Max => "max(a, b, …)",
            Self::Coalesce => "coalesce(a, b, …)",
            Self::IsMissing => "is_missing(x)",
            Self::Latest => "latest(field) or latest(field, period = \"any\")",
            Self::Lag => "lag(field, years = 1)",
            Self::Average => "average(field, years = 5) or average(field, years = 5, min = 3)",
            Self::Stdev => "stdev(field, years = 5) or stdev(growth(field, quarters = 4), quarters = 12, min = 8)",
            Self::Growth => "growth(field, years = 1)",
            Self::Ttm => "ttm(field)",
            Self::Returns => "returns(months = 12, skip = 1)",
            Self::Volatility => "volatility(days = 252) or volatility(weeks = 156, min = 100)",
        }
    }

    /// The named arguments it takes.
    pub(crate) fn option_names(self) -> &'static [&'static str] {
        match self {
            Self::Latest => &["period"],
            Self::Lag | Self::Growth => &["years", "quarters"],
            Self::Average => &["years", "quarters", "min"],
            Self::Stdev => &["years", "quarters", "min", "deviation"],
            Self::Returns => &["months", "skip"],
            Self::Volatility => &["days", "weeks", "min", "deviation"],
            _ => &[],
        }
    }

    /// From its name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }
}

/// The unit of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "units of time")]
pub enum WindowUnit {
    Years,
    Quarters,
    Months,
    Weeks,
    Days,
}

impl WindowUnit {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Years => "years",
            Self::Quarters => "quarters",
            Self::Months => "months",
            Self::Weeks => "weeks",
            Self::Days => "days",
        }
    }
}

/// A length of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Unit.
    pub unit: WindowUnit,
    /// How many of it; at least 1.
    pub length: usize,
}

/// Which periods `latest` may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesPeriod {
    /// Fiscal years for flows, any period for stocks: the default.
    ByKind,
    /// Fiscal years only.
    One(Period),
    /// Whatever period ended last.
    Any,
}

/// Named arguments of a function, defaults filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Length of history.
    pub window: Option<Window>,
    /// Least number of values; the window's length unless stated.
    pub min: Option<usize>,
    /// Months left out at the new end.
    pub skip: usize,
    /// Whether `deviation = "population"` was stated; sample otherwise.
    pub population: bool,
    /// For `latest`.
    pub period: SeriesPeriod,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: None,
            min: None,
            skip: 0,
            population: false,
            period: SeriesPeriod::ByKind,
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
                args.iter().for_each(|arg| arg.collect_names(names));
            }
            _ => {}
        }
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
                let (on_left, on_right) = match op {
                    BinaryOp::Power => (op.binding() + 1, op.binding()),
                    _ => (op.binding(), op.binding() + 1),
                };
                write!(
                    f,
                    "{} {} {}",
                    Operand(left, on_left),
                    op.symbol(),
                    Operand(right, on_right)
                )
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

impl Options {
    fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if let Some(window) = self.window {
            parts.push(format!("{} = {}", window.unit.name(), window.length));
        }
        if let Some(min) = self.min {
            parts.push(format!("min = {min}"));
        }
        if self.skip > 0 {
            parts.push(format!("skip = {}", self.skip));
        }
        if self.population {
            parts.push("deviation = \"population\"".to_owned());
        }
        match self.period {
            SeriesPeriod::ByKind => {}
            SeriesPeriod::One(period) => parts.push(format!("period = \"{}\"", period.code())),
            SeriesPeriod::Any => parts.push("period = \"any\"".to_owned()),
        }
        parts
    }
}

/// Hashes and files see the canonical text.
impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
