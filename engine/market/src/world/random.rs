//! Counter-based random numbers: a number depends on its key and counter only, never on what was drawn before, so a
//! world has the same bytes at any number of threads and however far it is generated.

/// What a stream is for. The discriminants are part of the seed: changing one changes every world.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Market = 1,
    MarketVolatility = 2,
    Sector = 3,
    Country = 4,
    Style = 5,
    Currency = 6,
    Prehistory = 7,
    Slot = 8,
    Traits = 9,
    Growth = 10,
    Specific = 11,
    Volume = 12,
    Business = 13,
    Dividend = 14,
    Split = 15,
    Fate = 16,
    Float = 17,
    SecondLine = 18,
    Filing = 19,
    Gap = 20,
    Name = 21,
    Estimate = 22,
    Conduct = 23,
    RiskModel = 32,
    FundClass = 41,
    Fund = 42,
    FundAssets = 43,
    FundPremium = 44,
    FundVolume = 45,
    FundFate = 46,
}

/// The root of all streams of a world.
#[derive(Debug, Clone, Copy)]
pub(super) struct Random {
    seed: u64,
}

/// One stream of numbers, addressed by counter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    key: u64,
}

/// The step of `SplitMix64`, 2^64 over the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream of one subject (security, sector, …) for one purpose.
    pub(super) fn stream(self, purpose: Purpose, subject: u64) -> Stream {
        let purpose = mix(self.seed.wrapping_add(GOLDEN.wrapping_mul(purpose as u64)));
        Stream {
            key: mix(purpose ^ mix(subject.wrapping_add(GOLDEN))),
        }
    }
}

impl Stream {
    /// 64 random bits.
    pub(super) fn bits(self, counter: u64) -> u64 {
        mix(self.key.wrapping_add(GOLDEN.wrapping_mul(counter.wrapping_add(1))))
    }

    /// Uniform in the open interval (0, 1).
    pub(super) fn uniform(self, counter: u64) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        ((self.bits(counter) >> 11) as f64 + 0.5) * STEP
    }

    /// Uniform between two bounds.
    pub(super) fn between(self, counter: u64, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform(counter)
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(self, counter: u64, probability: f64) -> bool {
        self.uniform(counter) < probability
    }

    /// A position in a list of `length` > 0.
    pub(super) fn index(self, counter: u64, length: usize) -> usize {
        ((self.uniform(counter) * length as f64) as usize).min(length - 1)
    }

    /// Standard normal, by the inverse distribution: one counter, one number.
    pub(super) fn normal(self, counter: u64) -> f64 {
        inverse_normal(self.uniform(counter))
    }

    /// Student's t with `2 × half_freedom` degrees of freedom (2 ≤ `half_freedom` ≤ 7), scaled to unit variance.
    /// A χ² of even freedom is −2 ln of a product of uniforms. Counters of this method have a space of their own.
    pub(super) fn student(self, counter: u64, half_freedom: u32) -> f64 {
        let base = counter.wrapping_mul(8);
        let product: f64 = (1..=u64::from(half_freedom))
            .map(|at| self.uniform(base + at))
            .product();
        let chi_square = -2.0 * libm::log(product);
        self.normal(base) * (f64::from(2 * half_freedom - 2) / chi_square).sqrt()
    }
}

/// Quantile of the standard normal distribution (Acklam's rational approximation, relative error below 1.2e-9).
#[expect(clippy::unreadable_literal, clippy::excessive_precision)]
pub(super) fn inverse_normal(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e+01,
        2.209460984245205e+02,
        -2.759285104469687e+02,
        1.383577518672690e+02,
        -3.066479806614716e+01,
        2.506628277459239,
    ];
    const B: [f64; 5] = [
        -5.447609879822406e+01,
        1.615858368580409e+02,
        -1.556989798598866e+02,
        6.680131188771972e+01,
        -1.328068155288572e+01,
    ];
    const C: [f64; 6] = [
        -7.784894002430293e-03,
        -3.223964580411365e-01,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 4] = [
        7.784695709041462e-03,
        3.224671290700398e-01,
        2.445134137142996,
        3.754408661907416,
    ];
    const TAIL: f64 = 0.02425;
    let polynomial = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, next| sum * x + next);
    let tail = |q: f64| polynomial(&C, q) / (polynomial(&D, q) * q + 1.0);
    if p < TAIL {
        tail((-2.0 * libm::log(p)).sqrt())
    } else if p > 1.0 - TAIL {
        -tail((-2.0 * libm::log(1.0 - p)).sqrt())
    } else {
        let q = p - 0.5;
        let r = q * q;
        polynomial(&A, r) * q / (polynomial(&B, r) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_printed_tables() {
        for (p, z) in [
            (0.5, 0.0),
            (0.975, 1.959_963_985),
            (0.001, -3.090_232_306),
            (0.841_344_746_1, 1.0),
        ] {
            assert!((inverse_normal(p) - z).abs() < 1e-7, "{p}");
        }
    }

    #[test]
    fn draws_have_the_moments_they_promise() {
        let stream = Random::new(1).stream(Purpose::Specific, 7);
        let moments = |draw: &dyn Fn(u64) -> f64| {
            let draws: Vec<f64> = (0..200_000).map(draw).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / draws.len() as f64;
            (mean, variance)
        };
        let (mean, variance) = moments(&|at| stream.normal(at));
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        let (mean, variance) = moments(&|at| stream.student(at, 3));
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let (mean, _) = moments(&|at| stream.uniform(at));
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }

    #[test]
    fn streams_differ_by_every_part_of_their_key() {
        let draw = |seed, purpose, subject, counter| Random::new(seed).stream(purpose, subject).bits(counter);
        let base = draw(1, Purpose::Market, 1, 1);
        assert_eq!(base, draw(1, Purpose::Market, 1, 1));
        for other in [
            draw(2, Purpose::Market, 1, 1),
            draw(1, Purpose::Sector, 1, 1),
            draw(1, Purpose::Market, 2, 1),
            draw(1, Purpose::Market, 1, 2),
        ] {
            assert_ne!(base, other);
        }
    }
}
