//! Minimum-volatility problems as index providers have them, made from a seed: 11 sectors, 23 countries, 5 styles.

use crate::{Bounds, Coefficients, MinimumHolding, Objective, Options, Outcome, Problem, Risk, Row, Turnover, solve};

pub(crate) const SECTORS: usize = 11;
pub(crate) const COUNTRIES: usize = 23;
const STYLES: usize = 5;

/// A random number in (0, 1) for each seed, stream and index.
pub(crate) fn uniform(seed: u64, stream: u64, index: usize) -> f64 {
    let mut x = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(stream.wrapping_mul(0xD1B5_4A32_D192_ED03))
        .wrapping_add((index as u64).wrapping_mul(0x8CB9_2BA7_2F3D_8DD7));
    for _ in 0..2 {
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
    }
    ((x >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Nearly normal, of mean zero and deviation one: twelve uniform numbers.
pub(crate) fn normal(seed: u64, stream: u64, index: usize) -> f64 {
    (0..12).map(|nth| uniform(seed, stream * 64 + nth, index)).sum::<f64>() - 6.0
}

/// The numbers of an instance.
pub(crate) struct Instance {
    pub(crate) n: usize,
    factors: usize,
    pub(crate) loadings: Vec<f64>,
    pub(crate) covariance: Vec<f64>,
    pub(crate) specific: Vec<f64>,
    pub(crate) parent: Vec<f64>,
    pub(crate) sector: Vec<usize>,
    pub(crate) country: Vec<usize>,
    styles: Vec<Vec<f64>>,
    pub(crate) previous: Vec<f64>,
}

impl Instance {
    /// `dense` makes every loading different from zero, as statistical models have them.
    pub(crate) fn new(n: usize, seed: u64, dense: bool) -> Self {
        let group = |stream, count: usize| -> Vec<usize> {
            // More names in the first groups.
            let of = |at| uniform(seed, stream, at).powi(2) * count as f64;
            (0..n).map(|at| if at < count { at } else { of(at) as usize }).collect()
        };
        let (sector, country) = (group(1, SECTORS), group(2, COUNTRIES));
        let sizes: Vec<f64> = (0..n).map(|at| 1.25 * normal(seed, 3, at)).collect();
        let mut parent: Vec<f64> = sizes.iter().map(|size| size.exp()).collect();
        let total: f64 = parent.iter().sum();
        for weight in &mut parent {
            *weight /= total;
        }
        let styles: Vec<Vec<f64>> = (0..STYLES)
            .map(|style| {
                (0..n)
                    .map(|at| normal(seed, 10 + style as u64, at).clamp(-3.0, 3.0))
                    .collect()
            })
            .collect();
        let factors = 1 + COUNTRIES + SECTORS + STYLES;
        let mut loadings = Vec::with_capacity(n * factors);
        for at in 0..n {
            let start = loadings.len();
            loadings.push((1.0 + 0.33 * normal(seed, 4, at)).clamp(0.25, 2.2));
            loadings.extend((0..COUNTRIES).map(|c| f64::from(u8::from(country[at] == c))));
            loadings.extend((0..SECTORS).map(|s| f64::from(u8::from(sector[at] == s))));
            loadings.extend(styles.iter().map(|style| style[at]));
            if dense {
                for (nth, loading) in loadings[start..].iter_mut().enumerate() {
                    *loading += 0.05 * normal(seed, 100 + nth as u64, at);
                }
            }
        }
        let specific = (0..n)
            .map(|at| (0.2 * (0.35 * normal(seed, 5, at) - 0.08 * sizes[at]).exp()).powi(2))
            .collect();
        let mut instance = Self {
            n,
            factors,
            loadings,
            covariance: covariance(seed, factors),
            specific,
            parent,
            sector,
            country,
            styles,
            previous: vec![0.0; n],
        };
        instance.previous = instance.drifted(seed);
        instance
    }

    pub(crate) fn risk(&self) -> Risk<'_> {
        Risk {
            factors: self.factors,
            loadings: &self.loadings,
            covariance: &self.covariance,
            specific: &self.specific,
        }
    }

    /// Caps of min(1.5%, 20 × parent), no more than ten names' worth where there are few; sectors and countries within 5
    /// points, styles within a quarter of a deviation; 10% one-way turnover.
    pub(crate) fn problem(&self) -> Problem<'_> {
        let cap = 0.015_f64.max(8.0 / self.n as f64);
        let mut rows = Vec::new();
        for (axis, count) in [(&self.sector, SECTORS), (&self.country, COUNTRIES)] {
            for group in 0..count {
                let members: Vec<u32> = (0..self.n as u32).filter(|at| axis[*at as usize] == group).collect();
                let parent: f64 = members.iter().map(|at| self.parent[*at as usize]).sum();
                rows.push(Row {
                    rule: 20 + rows.len() as u32,
                    coefficients: Coefficients::Members(members),
                    lower: (parent - 0.05).max(0.0),
                    upper: parent + 0.05,
                });
            }
        }
        for style in &self.styles {
            let parent: f64 = style.iter().zip(&self.parent).map(|(z, w)| z * w).sum();
            rows.push(Row {
                rule: 20 + rows.len() as u32,
                coefficients: Coefficients::Each(style.clone()),
                lower: parent - 0.25,
                upper: parent + 0.25,
            });
        }
        Problem {
            risk: Some(self.risk()),
            objective: Objective::MinimumVariance {
                factor_aversion: 1.0,
                specific_aversion: 1.0,
            },
            bounds: Bounds {
                lower: vec![0.0; self.n],
                upper: self.parent.iter().map(|weight| (20.0 * weight).min(cap)).collect(),
                lower_rule: vec![1; self.n],
                upper_rule: vec![2; self.n],
            },
            rows,
            turnover: Some(Turnover {
                rule: 7,
                previous: self.previous.clone(),
                limit: 0.1,
            }),
            minimum_holding: None,
            at_most: None,
            at_least: None,
            risk_limit: None,
            total_rule: 0,
        }
    }

    /// The optimum without turnover limit of slightly other loadings, half a year later.
    fn drifted(&self, seed: u64) -> Vec<f64> {
        let mut other = self.loadings.clone();
        for (at, loading) in other.iter_mut().enumerate() {
            if at % self.factors == 0 || at % self.factors > COUNTRIES + SECTORS {
                *loading += 0.2 * normal(seed, 6, at);
            }
        }
        let mut problem = self.problem();
        problem.turnover = None;
        problem.minimum_holding = Some(MinimumHolding {
            rule: 8,
            weight: 0.0005,
        });
        problem.risk = Some(Risk {
            loadings: &other,
            ..self.risk()
        });
        let found = solve(&problem, Options::default());
        let Ok(Outcome::Solved(solution)) = found else {
            panic!("an instance without previous weights: {found:?}")
        };
        let drift = |at: usize| solution.weights[at] * (0.15 * normal(seed, 7, at)).exp();
        let mut weights: Vec<f64> = (0..self.n).map(drift).collect();
        let total: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight /= total;
        }
        weights
    }
}

/// Correlations of a random sample of three observations a factor, drawn towards zero.
fn covariance(seed: u64, k: usize) -> Vec<f64> {
    let volatility = |at: usize| match at {
        0 => 0.15,
        at => [0.11, 0.065, 0.03][usize::from(at > COUNTRIES) + usize::from(at > COUNTRIES + SECTORS)],
    };
    let sample: Vec<f64> = (0..3 * k * k).map(|at| normal(seed, 8, at)).collect();
    let product = |i: usize, j: usize| -> f64 {
        let (a, b) = (&sample[i * 3 * k..(i + 1) * 3 * k], &sample[j * 3 * k..(j + 1) * 3 * k]);
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    };
    let own: Vec<f64> = (0..k).map(|at| product(at, at).sqrt()).collect();
    let entry = |i: usize, j: usize| {
        let correlation = if i == j {
            1.0
        } else {
            0.6 * product(i, j) / (own[i] * own[j])
        };
        correlation * volatility(i) * volatility(j)
    };
    (0..k * k).map(|at| entry(at / k, at % k)).collect()
}
