//! Formulas in words where that reads better than the formula. What has no short reading is left to its formula.

use super::words::{count, list};
use crate::formula::{BinaryOp, Expr, ExprKind, Function, Options, SeriesPeriod, UnaryOp, Window, WindowUnit};

/// A formula in words, if it is simple enough to be clear in them.
pub(super) fn in_words(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Binary { op, left, right } => binary(*op, left, right),
        ExprKind::Unary {
            op: UnaryOp::Not,
            operand,
        } => match &operand.kind {
            ExprKind::Call { function, args, .. } if *function == Function::IsMissing => {
                Some(format!("{} is known", operand_words(args.first()?)?))
            }
            _ => None,
        },
        _ => operand_words(expr),
    }
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr) -> Option<String> {
    if matches!(op, BinaryOp::And | BinaryOp::Or) {
        // Words have no brackets: only chains of one operator are clear.
        let is_other = |expr: &Expr| matches!(&expr.kind, ExprKind::Binary { op: inner, .. } if matches!(inner, BinaryOp::And | BinaryOp::Or) && *inner != op);
        if is_other(left) || is_other(right) {
            return None;
        }
        return Some(format!("{} {} {}", in_words(left)?, op.symbol(), in_words(right)?));
    }
    let word = match op {
        BinaryOp::Add => "plus",
        BinaryOp::Subtract => "minus",
        BinaryOp::Multiply => "times",
        BinaryOp::Divide => "divided by",
        BinaryOp::Less => "is below",
        BinaryOp::LessOrEqual => "is at most",
        BinaryOp::Greater => "is above",
        BinaryOp::GreaterOrEqual => "is at least",
        BinaryOp::Equal => "is",
        BinaryOp::NotEqual => "is not",
        _ => return None,
    };
    // One comparison of simple sums is clear, sums of sums are not.
    let side = |expr: &Expr| {
        if op.is_comparison() {
            in_simple_words(expr)
        } else {
            operand_words(expr)
        }
    };
    Some(format!("{} {word} {}", side(left)?, side(right)?))
}

fn in_simple_words(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Binary { op, left, right } if !op.is_comparison() => binary(*op, left, right),
        _ => operand_words(expr),
    }
}

fn operand_words(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Number(value) => Some(crate::numbers::grouped_float(*value)),
        ExprKind::Money { amount, currency } => Some(format!("{} {currency}", crate::numbers::grouped_float(*amount))),
        ExprKind::Text(text) => Some(format!("\"{text}\"")),
        ExprKind::Name(name) => Some(format!("`{name}`")),
        ExprKind::Call {
            function,
            args,
            options,
        } => call(*function, args, options),
        _ => None,
    }
}

fn call(function: Function, args: &[Expr], options: &Options) -> Option<String> {
    let all = || args.iter().map(operand_words).collect::<Option<Vec<_>>>();
    let one = || operand_words(args.first()?);
    Some(match function {
        Function::Abs => format!("the absolute value of {}", one()?),
        Function::Log => format!("the natural logarithm of {}", one()?),
        Function::Exp => format!("e to the power of {}", one()?),
        Function::Sqrt => format!("the square root of {}", one()?),
        Function::Min => format!("the least of {}", list(&all()?)),
        Function::Max => format!("the greatest of {}", list(&all()?)),
        Function::Coalesce => format!("the first known of {}", list(&all()?)),
        Function::IsMissing => format!("{} is missing", one()?),
        Function::Latest => format!("the newest known value of {}{}", one()?, latest_period(options.period)),
        Function::Lag => format!(
            "the value of {} {} before the newest known one",
            one()?,
            span(options.window?)
        ),
        Function::Ttm => format!("the last twelve months' sum of {}", one()?),
        Function::Growth => format!("the newest growth of {} over {}", one()?, span(options.window?)),
        Function::Average => format!("the mean of {}", window(args.first()?, options)?),
        Function::Stdev => format!(
            "the {} standard deviation of {}",
            deviation(options),
            window(args.first()?, options)?
        ),
        Function::Returns => {
            let skip = match options.skip {
                0 => String::new(),
                1 => ", the newest month left out".to_owned(),
                months => format!(", the newest {} months left out", count(months)),
            };
            format!(
                "the simple return of the price over a window of {}{skip}",
                span(options.window?)
            )
        }
        Function::Volatility => {
            let window = options.window?;
            let each = if window.unit == WindowUnit::Weeks {
                "weekly"
            } else {
                "daily"
            };
            let which = format!("annualised {} standard deviation", deviation(options));
            let length = crate::numbers::grouped(window.length as u64);
            format!(
                "the {which} of the {length} newest {each} returns, {}",
                least(window, options)
            )
        }
    })
}

fn deviation(options: &Options) -> &'static str {
    if options.population { "population" } else { "sample" }
}

/// `the five newest fiscal years of sales, at least three of them known`.
fn window(series: &Expr, options: &Options) -> Option<String> {
    let window = options.window?;
    let what = match &series.kind {
        ExprKind::Call {
            function: Function::Growth,
            args,
            options: inner,
        } => {
            let growth = format!(
                "growth of {} over {}",
                operand_words(args.first()?)?,
                span(inner.window?)
            );
            format!("the {} newest values of the {growth}", count(window.length))
        }
        _ => format!(
            "the {} newest {} of {}",
            count(window.length),
            periods(window.unit),
            in_simple_words(series)?
        ),
    };
    Some(format!("{what}, {}", least(window, options)))
}

/// How much of a window must be known.
fn least(window: Window, options: &Options) -> String {
    match options.min {
        None => "all of them known (default)".to_owned(),
        Some(min) if min == window.length => "all of them known (stated)".to_owned(),
        Some(min) => format!("at least {} of them known (stated)", count(min)),
    }
}

fn periods(unit: WindowUnit) -> &'static str {
    match unit {
        WindowUnit::Years => "fiscal years",
        other => other.name(),
    }
}

/// `one fiscal year`, `four quarters`.
fn span(window: Window) -> String {
    let unit = periods(window.unit);
    match window.length {
        1 => format!("one {}", unit.trim_end_matches('s')),
        many => format!("{} {unit}", count(many)),
    }
}

fn latest_period(period: SeriesPeriod) -> String {
    match period {
        SeriesPeriod::ByKind => String::new(),
        SeriesPeriod::Any => " of whatever period ended last (stated)".to_owned(),
        SeriesPeriod::One(period) => format!(" of period {} (stated)", period.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::parse;

    #[test]
    fn simple_formulas_have_words() {
        for (formula, words) in [
            ("eps_ttm / book_value", "`eps_ttm` divided by `book_value`"),
            ("book_value > 0", "`book_value` is above 0"),
            ("market_cap >= $3bn", "`market_cap` is at least 3,000,000,000 USD"),
            (
                "a > 1 and sector != \"Energy\"",
                "`a` is above 1 and `sector` is not \"Energy\"",
            ),
            ("not is_missing(roe)", "`roe` is known"),
            (
                "market_cap * free_float > 1bn",
                "`market_cap` times `free_float` is above 1,000,000,000",
            ),
            (
                "stdev(growth(eps, years = 1), years = 5)",
                "the sample standard deviation of the five newest values of the growth of `eps` over one fiscal year, \
                 all of them known (default)",
            ),
            (
                "average(sales, years = 5, min = 3)",
                "the mean of the five newest fiscal years of `sales`, at least three of them known (stated)",
            ),
            (
                "volatility(weeks = 156, min = 100)",
                "the annualised sample standard deviation of the 156 newest weekly returns, at least 100 of them known \
                 (stated)",
            ),
            (
                "returns(months = 12, skip = 1)",
                "the simple return of the price over a window of twelve months, the newest month left out",
            ),
        ] {
            let found = in_words(&parse(formula).expect("a formula"));
            assert_eq!(found.as_deref(), Some(words), "{formula}");
        }
    }

    #[test]
    fn what_would_be_unclear_has_none() {
        for formula in ["a > 1 and b > 1 or c > 1", "(a + b) * c", "-a", "not (a > 1)"] {
            assert_eq!(in_words(&parse(formula).expect("a formula")), None, "{formula}");
        }
    }
}
