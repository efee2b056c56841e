//! Exact fractions: percentages and shares as written, so that ranks and counts come from integers and never from
//! binary floats (`90 × (1 − 0.3)` is 62.99999999999999 in those).

use std::fmt;

use serde::{Serialize, Serializer};

/// A non-negative fraction, kept as it was written: `"12.5%"` is 125/1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fraction {
    /// Above the line.
    pub numerator: u64,
    /// Below the line, never zero.
    pub denominator: u64,
}

impl Fraction {
    /// Zero.
    pub const ZERO: Self = Self::new(0, 1);
    /// One.
    pub const ONE: Self = Self::new(1, 1);

    /// A fraction.
    ///
    /// # Panics
    /// If the denominator is zero.
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        assert!(denominator > 0, "a fraction over zero");
        Self { numerator, denominator }
    }

    /// The nearest with twelve decimals; zero for what is below it or no number.
    pub fn nearest(value: f64) -> Self {
        const UNIT: u64 = 1_000_000_000_000;
        Self::new((value * UNIT as f64).round() as u64, UNIT)
    }

    /// From a plain decimal such as `12.5`, divided by `10^shift`: a percentage has shift 2, basis points 4. `None`
    /// where it is no plain non-negative decimal or has more than 12 digits.
    pub fn parse_decimal(text: &str, shift: u32) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{decimals}");
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || digits.len() > 12 || (text.contains('.') && (whole.is_empty() || decimals.is_empty())) {
            return None;
        }
        let denominator = 10u64.checked_pow(decimals.len() as u32 + shift)?;
        Some(Self::new(digits.parse().ok()?, denominator))
    }

    /// The nearest float.
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// ⌊fraction × n⌋.
    pub fn floor_of(self, n: usize) -> usize {
        (u128::from(self.numerator) * n as u128 / u128::from(self.denominator)) as usize
    }

    /// ⌈fraction × n⌉.
    pub fn ceil_of(self, n: usize) -> usize {
        (u128::from(self.numerator) * n as u128).div_ceil(u128::from(self.denominator)) as usize
    }

    /// fraction × n to the nearest whole number, halves up.
    pub fn round_of(self, n: usize) -> usize {
        let twice = 2 * u128::from(self.numerator) * n as u128 + u128::from(self.denominator);
        (twice / (2 * u128::from(self.denominator))) as usize
    }

    /// 1 − fraction; zero where the fraction is above one.
    #[must_use]
    pub fn complement(self) -> Self {
        Self::new(self.denominator.saturating_sub(self.numerator), self.denominator)
    }

    /// 1 + fraction.
    #[must_use]
    pub fn above_one(self) -> Self {
        Self::new(self.denominator + self.numerator, self.denominator)
    }

    /// The exact sum, in lowest terms; the denominators of a rulebook are powers of ten, whose product fits.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let numerator = u128::from(self.numerator) * u128::from(other.denominator)
            + u128::from(other.numerator) * u128::from(self.denominator);
        let denominator = u128::from(self.denominator) * u128::from(other.denominator);
        let (mut a, mut b) = (numerator, denominator);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let small = |number: u128| u64::try_from(number / a.max(1)).unwrap_or(u64::MAX);
        Self::new(small(numerator), small(denominator).max(1))
    }

    /// Whether it is at most one.
    pub fn at_most_one(self) -> bool {
        self.numerator <= self.denominator
    }
}

/// In lowest terms, so that `"5%"`, `"5.0%"` and `"500bp"` hash alike.
impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (mut a, mut b) = (self.numerator, self.denominator);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        serializer.collect_str(&format_args!("{}/{}", self.numerator / a, self.denominator / a))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.value() * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffer_ranks_are_exact() {
        let buffer = Fraction::parse_decimal("30", 2).expect("a percentage");
        assert_eq!(buffer.complement().floor_of(90), 63);
        let buffer = Fraction::parse_decimal("20", 2).expect("a percentage");
        assert_eq!(
            (buffer.complement().floor_of(300), buffer.above_one().floor_of(300)),
            (240, 360)
        );
        let buffer = Fraction::parse_decimal("50", 2).expect("a percentage");
        assert_eq!(
            (buffer.complement().floor_of(500), buffer.above_one().floor_of(500)),
            (250, 750)
        );
    }

    #[test]
    fn decimals_are_read_as_written() {
        assert_eq!(Fraction::parse_decimal("12.5", 2), Some(Fraction::new(125, 1000)));
        assert_eq!(Fraction::parse_decimal("5", 2), Some(Fraction::new(5, 100)));
        for bad in ["", ".", "5.", ".5", "-1", "1e3", "1_000", "1234567890123"] {
            assert_eq!(Fraction::parse_decimal(bad, 2), None, "{bad}");
        }
    }

    #[test]
    fn rounding_of_counts() {
        let half = Fraction::new(1, 2);
        assert_eq!((half.floor_of(5), half.round_of(5), half.ceil_of(5)), (2, 3, 3));
    }
}
