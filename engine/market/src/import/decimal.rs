//! Decimal numbers of text files, read by their digits.

/// The number nearest to `text × 10^power`. The point is moved in the text, so nothing is rounded twice: `4.36` per cent
/// is the number that `0.0436` would be. `None` where the text is no plain decimal number (`1e5` is one; `1,000`, `inf`
/// and `0x10` are none) or the number is beyond all floats.
pub(crate) fn scaled(text: &str, power: i32) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || whole.len() + fraction.len() == 0 {
        return None;
    }
    let value: f64 = match exponent.checked_add(power)? {
        0 => mantissa.parse().ok()?,
        exponent => format!("{mantissa}e{exponent}").parse().ok()?,
    };
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn a_moved_point_is_exact() {
        for (text, power, expected) in [
            ("4.36", -2, 0.0436),
            ("-0.6621", -2, -0.006_621),
            ("+1.5", 6, 1_500_000.0),
            (".5", 0, 0.5),
            ("7.", 0, 7.0),
            ("1.2E3", -3, 1.2),
            ("0.1", 1, 1.0),
            ("123456.789", 6, 123_456_789_000.0),
        ] {
            assert_eq!(scaled(text, power), Some(expected), "{text}");
        }
        for text in [
            "", ".", "-", "1,000", "inf", "NaN", "0x10", "1_000", "1e", "e5", "1 2", "--1", "1e999", "1.2.3",
        ] {
            assert_eq!(scaled(text, 0), None, "{text}");
        }
    }
}
