//! Numbers as people write them, from exact fractions.

use divisor_model::Fraction;

/// `12.5%`, exactly: through a binary float 7% would print as 7.000000000000001%.
pub(crate) fn percent(fraction: Fraction) -> String {
    format!("{}%", scaled(fraction, 100))
}

/// `5pp`.
pub(crate) fn points(fraction: Fraction) -> String {
    format!("{}pp", scaled(fraction, 100))
}

/// The fraction itself as a decimal: `1.5`.
pub(crate) fn decimal(fraction: Fraction) -> String {
    scaled(fraction, 1)
}

/// `fraction × by` by long division; every fraction of the language is a finite decimal.
fn scaled(fraction: Fraction, by: u128) -> String {
    let denominator = u128::from(fraction.denominator);
    let numerator = u128::from(fraction.numerator) * by;
    let mut text = grouped((numerator / denominator) as u64);
    let mut rest = numerator % denominator;
    if rest > 0 {
        text.push('.');
    }
    for _ in 0..18 {
        if rest == 0 {
            break;
        }
        rest *= 10;
        text.push_str(&(rest / denominator).to_string());
        rest %= denominator;
    }
    text
}

/// `1,000,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A float with its whole part in groups; small and large ones as they are.
pub(crate) fn grouped_float(number: f64) -> String {
    let text = number.to_string();
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, decimals) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, decimals)| (whole, Some(decimals)));
    let Ok(whole) = whole.parse::<u64>() else { return text };
    let decimals = decimals.map_or_else(String::new, |decimals| format!(".{decimals}"));
    format!("{sign}{}{decimals}", grouped(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_print_as_written() {
        assert_eq!(percent(Fraction::new(7, 100)), "7%");
        assert_eq!(percent(Fraction::new(125, 1000)), "12.5%");
        assert_eq!(percent(Fraction::new(25, 10_000)), "0.25%");
        assert_eq!(percent(Fraction::new(12_345, 1)), "1,234,500%");
        assert_eq!(points(Fraction::ZERO), "0pp");
        assert_eq!(decimal(Fraction::new(15, 10)), "1.5");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped_float(1e9), "1,000,000,000");
        assert_eq!(grouped_float(-1234.5), "-1,234.5");
        assert_eq!(grouped_float(1e30), "1000000000000000000000000000000");
    }
}
