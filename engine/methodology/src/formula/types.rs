//! What kind of value a formula gives. Units come on top of this later; here a number is a number.

use divisor_model::Period;

use super::{BinaryOp, Expr, ExprKind, FormulaError, Function, FunctionKind, Options, SeriesPeriod, Takes, UnaryOp};

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A number, possibly missing.
    Number,
    /// Yes, no or missing.
    Flag,
    /// Text, possibly missing.
    Text,
    /// A column of a dataset that is not known yet.
    Unknown,
}

impl Type {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Text => "a text",
            Self::Unknown => "not known",
        }
    }

    fn may_be(self, other: Self) -> bool {
        self == other || self == Self::Unknown || other == Self::Unknown
    }
}

/// The type of a formula, every type mistake in it reported. `name_type` tells the type of a name outside history
/// functions; names it does not know are reported elsewhere.
pub(crate) fn check_type(expr: &Expr, name_type: &dyn Fn(&str) -> Type, errors: &mut Vec<FormulaError>) -> Type {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Money { .. } => Type::Number,
        ExprKind::Text(_) => Type::Text,
        ExprKind::Flag(_) => Type::Flag,
        ExprKind::Name(name) => name_type(name),
        ExprKind::Unary { op, operand } => {
            let wanted = if *op == UnaryOp::Not { Type::Flag } else { Type::Number };
            expect(operand, wanted, name_type, errors);
            wanted
        }
        ExprKind::Binary { op, left, right } => binary(*op, left, right, name_type, errors),
        ExprKind::Call { function, args, .. } => match function.kind() {
            FunctionKind::Elementwise => elementwise(*function, args, name_type, errors),
            FunctionKind::Fundamentals => {
                series_call(expr, errors);
                Type::Number
            }
            FunctionKind::Prices => Type::Number,
        },
    }
}

fn expect(expr: &Expr, wanted: Type, name_type: &dyn Fn(&str) -> Type, errors: &mut Vec<FormulaError>) {
    let found = check_type(expr, name_type, errors);
    if !found.may_be(wanted) {
        let message = format!("`{expr}` is {}, not {}", found.words(), wanted.words());
        let help = match (found, wanted) {
            (Type::Text, Type::Number) => "arithmetic, < and > need numbers; compare texts with == or !=",
            (Type::Number, Type::Flag) => "make it a condition by comparing it: > 0",
            (Type::Text, Type::Flag) => "make it a condition by comparing it: == 'Energy'",
            _ => "a condition is no number; join conditions with `and`, `or`, `not`",
        };
        errors.push(FormulaError::new("M0305", expr.span.clone(), message).help(help));
    }
}

fn binary(
    op: BinaryOp,
    left: &Expr,
    right: &Expr,
    name_type: &dyn Fn(&str) -> Type,
    errors: &mut Vec<FormulaError>,
) -> Type {
    match op {
        BinaryOp::And | BinaryOp::Or => {
            expect(left, Type::Flag, name_type, errors);
            expect(right, Type::Flag, name_type, errors);
            Type::Flag
        }
        BinaryOp::Equal | BinaryOp::NotEqual => {
            let on_left = check_type(left, name_type, errors);
            let on_right = check_type(right, name_type, errors);
            if !on_left.may_be(on_right) {
                let message = format!("`{left}` is {} and `{right}` is {}", on_left.words(), on_right.words());
                let error = FormulaError::new("M0305", left.span.start..right.span.end, message);
                errors.push(error.help("compare numbers with numbers and texts with texts"));
            }
            Type::Flag
        }
        _ => {
            expect(left, Type::Number, name_type, errors);
            expect(right, Type::Number, name_type, errors);
            if op.is_comparison() { Type::Flag } else { Type::Number }
        }
    }
}

fn elementwise(
    function: Function,
    args: &[Expr],
    name_type: &dyn Fn(&str) -> Type,
    errors: &mut Vec<FormulaError>,
) -> Type {
    if function == Function::IsMissing {
        for arg in args {
            check_type(arg, name_type, errors);
        }
        return Type::Flag;
    }
    let (conditions, numbers) = args.split_at(usize::from(function == Function::If));
    for condition in conditions {
        expect(condition, Type::Flag, name_type, errors);
    }
    for arg in numbers {
        expect(arg, Type::Number, name_type, errors);
    }
    Type::Number
}

/// A history function works on fields of `fundamentals`, arithmetic over them, and series that other history functions
/// give; `streak` on conditions over such.
fn series_call(call: &Expr, errors: &mut Vec<FormulaError>) {
    let ExprKind::Call {
        function,
        args,
        options,
    } = &call.kind
    else {
        return;
    };
    if *function == Function::Latest && options.period == SeriesPeriod::One(Period::YearToDate) {
        let error = FormulaError::new("M0305", call.span.clone(), "a year to date is no full period");
        errors.push(error.help("period is \"FY\", \"H\", \"Q\", \"TTM\" or \"any\""));
    }
    for arg in args {
        if matches!(function.record().takes, Takes::Field | Takes::Flow) {
            field_name(*function, arg, errors);
            continue;
        }
        let before = errors.len();
        let found = series(arg, function.spacing(options), errors);
        if errors.len() > before {
            continue;
        }
        if arg.names_inside().is_empty() {
            let message = format!("`{arg}` names no field of `fundamentals`");
            errors.push(
                FormulaError::new("M0305", arg.span.clone(), message).help(format!("write {}", function.usage())),
            );
            continue;
        }
        let wanted = if function.record().takes == Takes::Condition {
            Type::Flag
        } else {
            Type::Number
        };
        if found != wanted {
            let message = format!(
                "`{}` needs {}, `{arg}` is {}",
                function.name(),
                wanted.words(),
                found.words()
            );
            let help = match wanted {
                Type::Flag => format!("make it a condition by comparing it: {}({arg} > 0)", function.name()),
                _ => "`streak` counts how often a condition is met".to_owned(),
            };
            errors.push(FormulaError::new("M0305", arg.span.clone(), message).help(help));
        }
    }
}

/// `latest` and `ttm` read one field.
fn field_name(function: Function, arg: &Expr, errors: &mut Vec<FormulaError>) {
    if !matches!(arg.kind, ExprKind::Name(_)) {
        let message = format!("`{}` takes the name of a reported field", function.name());
        let error = FormulaError::new("M0305", arg.span.clone(), message);
        errors.push(error.help(format!("write {}", function.usage())));
    }
}

/// Whether an expression is a series of numbers or of conditions, one slot a period of kind `spacing`.
fn series(expr: &Expr, spacing: Period, errors: &mut Vec<FormulaError>) -> Type {
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Number(_) => Type::Number,
        ExprKind::Unary { op, operand } => {
            let wanted = if *op == UnaryOp::Not { Type::Flag } else { Type::Number };
            operand_of(operand, wanted, spacing, errors);
            wanted
        }
        ExprKind::Binary { op, left, right } if *op != BinaryOp::Power => {
            let wanted = match op {
                BinaryOp::And | BinaryOp::Or => Type::Flag,
                _ => Type::Number,
            };
            operand_of(left, wanted, spacing, errors);
            operand_of(right, wanted, spacing, errors);
            if wanted == Type::Flag || op.is_comparison() {
                Type::Flag
            } else {
                Type::Number
            }
        }
        ExprKind::Call {
            function: function @ Function::Ttm,
            args,
            ..
        } => {
            for arg in args {
                field_name(*function, arg, errors);
            }
            Type::Number
        }
        ExprKind::Call {
            function: function @ (Function::Growth | Function::Yoy | Function::Lag),
            args,
            options,
        } => {
            same_spacing(*function, options, args, expr, spacing, errors);
            for arg in args {
                operand_of(arg, Type::Number, spacing, errors);
            }
            Type::Number
        }
        _ => {
            let message = format!("`{expr}` cannot stand inside a history function");
            let error = FormulaError::new("M0305", expr.span.clone(), message);
            errors.push(error.help("fields of `fundamentals`, arithmetic over them, growth, yoy, lag and ttm can"));
            Type::Unknown
        }
    }
}

fn operand_of(expr: &Expr, wanted: Type, spacing: Period, errors: &mut Vec<FormulaError>) {
    let found = series(expr, spacing, errors);
    if !found.may_be(wanted) {
        let message = format!("`{expr}` is {}, not {}", found.words(), wanted.words());
        let help = match wanted {
            Type::Flag => "make it a condition by comparing it: > 0",
            _ => "a condition is no number; join conditions with `and`, `or`, `not`",
        };
        errors.push(FormulaError::new("M0305", expr.span.clone(), message).help(help));
    }
}

/// A series inside another has one slot for each of the other's.
fn same_spacing(
    function: Function,
    options: &Options,
    args: &[Expr],
    expr: &Expr,
    spacing: Period,
    errors: &mut Vec<FormulaError>,
) {
    if function.spacing(options) == spacing {
        return;
    }
    let message = "the inner window has another unit than the outer one";
    let error = FormulaError::new("M0305", expr.span.clone(), message);
    let help = match (function, args.first()) {
        (Function::Yoy, Some(arg)) => format!(
            "`yoy` compares quarters unless told otherwise: use quarters in both, or write yoy({arg}, period = \"{}\")",
            spacing.code()
        ),
        _ => "use years in both, or quarters in both".to_owned(),
    };
    errors.push(error.help(help));
}
