//! Formulas in words where that reads better than the formula. What has no short reading is left to its formula.

use super::words::{count, list};
use crate::formula::{
    BinaryOp, Expr, ExprKind, Function, Options, Relative, SeriesPeriod, UnaryOp, Window, WindowUnit,
};

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

/// One number or another, by a condition.
fn choice(args: &[Expr]) -> Option<String> {
    let otherwise = match args.get(2) {
        Some(other) => in_simple_words(other)?,
        None => "missing".to_owned(),
    };
    let (condition, value) = (in_words(args.first()?)?, in_simple_words(args.get(1)?)?);
    Some(format!("{value} where {condition}, otherwise {otherwise}"))
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
        Function::If => choice(args)?,
        Function::Latest => format!("the newest known value of {}{}", one()?, latest_period(options.period)),
        Function::Lag => format!(
            "the value of {} {} before the newest known one",
            one()?,
            span(options.window?)
        ),
        Function::Ttm => format!("the last twelve months' sum of {}", one()?),
        Function::Growth | Function::Yoy => format!("the newest {}", growth(function, args, options)?),
        Function::Average => format!("the mean of {}", window(args.first()?, options)?),
        Function::Stdev => format!(
            "the {} standard deviation of {}",
            deviation(options),
            window(args.first()?, options)?
        ),
        Function::Trend => trend(args.first()?, options)?,
        Function::Streak => streak(args.first()?, options),
        Function::Returns => returns(options)?,
        Function::Volatility => {
            let which = format!("annualised {} standard deviation", deviation(options));
            format!("the {which} of {}", newest_returns(options)?)
        }
        Function::Beta => format!(
            "the slope on the parent's cap-weighted returns (default) of {}",
            newest_returns(options)?
        ),
        Function::Drawdown => drawdown(options)?,
        Function::Adv => {
            let of = if options.median {
                "median (stated)"
            } else {
                "mean (default)"
            };
            let window = options.window?;
            let length = crate::numbers::grouped(window.length as u64);
            format!(
                "the {of} value traded a day over the {length} newest days with close and volume, {}",
                least(window, options)
            )
        }
        Function::Atvr => {
            let window = options.window?;
            format!(
                "the annualised ratio of value traded to float cap over {}, {}",
                span(window),
                least(window, options)
            )
        }
    })
}

/// `growth of sales over one fiscal year`.
fn growth(function: Function, args: &[Expr], options: &Options) -> Option<String> {
    let of = operand_words(args.first()?)?;
    if function == Function::Growth {
        return Some(format!("growth of {of} over {}", span(options.window?)));
    }
    let period = match options.period {
        SeriesPeriod::One(period) => format!("period {} (stated)", period.code()),
        _ => "quarters (default)".to_owned(),
    };
    Some(format!("year-on-year growth of {of} by {period}"))
}

fn trend(series: &Expr, options: &Options) -> Option<String> {
    let relative = match options.relative {
        None => "",
        Some(Relative::Average) => ", divided by the absolute value of their mean (stated)",
        Some(Relative::Magnitude) => ", divided by the mean of their absolute values (stated)",
    };
    Some(format!(
        "the least-squares slope of {}{relative}",
        window(series, options)?
    ))
}

fn streak(condition: &Expr, options: &Options) -> String {
    let most = match options.window {
        Some(window) => format!(", at most {} (stated)", span(window)),
        None => ", without limit (default)".to_owned(),
    };
    let unit = options.window.map_or(WindowUnit::Years, |window| window.unit);
    format!(
        "how many of the newest consecutive {} have it that `{condition}`{most}",
        periods(unit)
    )
}

fn returns(options: &Options) -> Option<String> {
    let skip = match options.skip {
        0 => String::new(),
        1 => ", the newest month left out".to_owned(),
        months => format!(", the newest {} months left out", count(months)),
    };
    let span = span(options.window?);
    Some(format!("the simple return of the price over a window of {span}{skip}"))
}

/// `the 252 newest daily returns, all of them known (default)`.
fn newest_returns(options: &Options) -> Option<String> {
    let window = options.window?;
    let each = match window.unit {
        WindowUnit::Weeks => "weekly",
        _ => "daily",
    };
    let length = crate::numbers::grouped(window.length as u64);
    Some(format!(
        "the {length} newest {each} returns, {}",
        least(window, options)
    ))
}

fn drawdown(options: &Options) -> Option<String> {
    let window = options.window?;
    let what = "the deepest fall of the price from a peak, zero or negative, over";
    if window.unit != WindowUnit::Months {
        let length = crate::numbers::grouped(window.length as u64);
        return Some(format!("{what} the {length} newest closes, {}", least(window, options)));
    }
    let least = match options.min.filter(|min| *min < window.length) {
        None => "all of which must have prices (default)".to_owned(),
        Some(min) => format!("at least {} of which must have prices (stated)", count(min)),
    };
    Some(format!("{what} {}, {least}", span(window)))
}

fn deviation(options: &Options) -> &'static str {
    if options.population { "population" } else { "sample" }
}

/// `the five newest fiscal years of sales, at least three of them known`.
fn window(series: &Expr, options: &Options) -> Option<String> {
    let window = options.window?;
    let what = match &series.kind {
        ExprKind::Call {
            function: function @ (Function::Growth | Function::Yoy),
            args,
            options: inner,
        } => {
            let growth = growth(*function, args, inner)?;
            format!("the {} newest values of the {growth}", count(window.length))
        }
        ExprKind::Call {
            function: Function::Ttm,
            args,
            ..
        } => format!(
            "the last twelve months' sums of {} at the {} newest {}",
            operand_words(args.first()?)?,
            count(window.length),
            periods(window.unit)
        ),
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
                "stdev(yoy(net_income), quarters = 12, min = 8)",
                "the sample standard deviation of the twelve newest values of the year-on-year growth of `net_income` by \
                 quarters (default), at least eight of them known (stated)",
            ),
            (
                "trend(sales, years = 5, relative = 'average')",
                "the least-squares slope of the five newest fiscal years of `sales`, all of them known (default), divided \
                 by the absolute value of their mean (stated)",
            ),
            (
                "streak(growth(dividends_per_share, years = 1) > 0, years = 25) >= 20",
                "how many of the newest consecutive fiscal years have it that `growth(dividends_per_share, years = 1) > 0`, \
                 at most 25 fiscal years (stated) is at least 20",
            ),
            (
                "beta(weeks = 104, min = 52)",
                "the slope on the parent's cap-weighted returns (default) of the 104 newest weekly returns, at least 52 of \
                 them known (stated)",
            ),
            (
                "drawdown(months = 12)",
                "the deepest fall of the price from a peak, zero or negative, over twelve months, all of which must have \
                 prices (default)",
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
