//! Truncate and standardise again, until every z lies inside a bound. The loop need not end: a two-valued cross-section
//! with one outlier among n ≥ 11 has |z| = √(n − 1) whatever the outlier was set to, so passes are counted.

use crate::moments::{Deviation, mean, stdev};
use crate::standardise::{clip, zscores_into};

/// The loop's bound, and when it stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truncation {
    /// Largest |z|, standard deviations.
    pub bound: f64,
    /// How far beyond the bound still counts as inside, standard deviations.
    pub tolerance: f64,
    /// Most passes.
    pub passes_max: u32,
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncated {
    /// Passes made; zero where every z was inside from the first.
    pub passes: u32,
    /// Whether every z is inside now.
    pub inside: bool,
}

/// Sets z-scores beyond ±`bound` to it and standardises all again, until none is beyond or the passes are used up. NaN
/// stays missing and counts nowhere. `scratch` is memory.
pub fn truncate(z: &mut [f64], rule: Truncation, deviation: Deviation, scratch: &mut Vec<f64>) -> Truncated {
    let mut passes = 0;
    loop {
        let inside = !z.iter().any(|value| value.abs() > rule.bound + rule.tolerance);
        if inside || passes == rule.passes_max {
            return Truncated { passes, inside };
        }
        scratch.clear();
        for value in z.iter_mut().filter(|value| !value.is_nan()) {
            *value = clip(*value, -rule.bound, rule.bound);
            scratch.push(*value);
        }
        let (centre, sd) = (mean(scratch), stdev(scratch, deviation));
        for value in z.iter_mut() {
            let old = *value;
            zscores_into(&[old], centre, sd, 1.0, std::slice::from_mut(value));
        }
        passes += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zscores(values: &[f64], deviation: Deviation) -> Vec<f64> {
        let mut z = vec![0.0; values.len()];
        zscores_into(values, mean(values), stdev(values, deviation), 1.0, &mut z);
        z
    }

    fn looped(values: &[f64], deviation: Deviation, tolerance: f64, passes_max: u32) -> (Vec<f64>, Truncated) {
        let mut z = zscores(values, deviation);
        let rule = Truncation {
            bound: 3.0,
            tolerance,
            passes_max,
        };
        let ended = truncate(&mut z, rule, deviation, &mut Vec::new());
        (z, ended)
    }

    fn one_to(last: u32, and: f64) -> Vec<f64> {
        (1..=last).map(f64::from).chain([and]).collect()
    }

    #[test]
    fn the_published_examples_converge() {
        let (z, ended) = looped(&one_to(19, 1000.0), Deviation::Population, 1e-15, 100);
        assert!((z[0] + 1.380_942_109_329).abs() < 1e-12, "{}", z[0]);
        assert_eq!((ended.passes, ended.inside), (60, true));
        let (_, sample) = looped(&one_to(19, 1000.0), Deviation::Sample, 1e-15, 100);
        assert_eq!((sample.passes, sample.inside), (65, true));
        let (z, ended) = looped(&one_to(99, 1e6), Deviation::Population, 1e-15, 100);
        assert!((z[0] + 1.673_386_874_149).abs() < 1e-12, "{}", z[0]);
        assert_eq!((ended.passes, ended.inside), (23, true));
        // One clip is another rule with another result.
        let clipped = zscores(&one_to(19, 1000.0), Deviation::Population)[0];
        assert!((clipped + 0.271_044_733_765).abs() < 1e-12, "{clipped}");
    }

    #[test]
    fn the_loop_that_cannot_end_stops_and_says_so() {
        let mut values = vec![0.0; 10];
        values.push(1e9);
        let (z, ended) = looped(&values, Deviation::Population, 1e-12, 500);
        assert_eq!((ended.passes, ended.inside), (500, false));
        assert!((z[10] - 3.162_277_660_168).abs() < 1e-12);
    }

    #[test]
    fn exactly_on_the_bound_is_inside() {
        let mut values = vec![0.0; 9];
        values.push(1.0);
        let (_, ended) = looped(&values, Deviation::Population, 1e-12, 500);
        assert_eq!((ended.passes, ended.inside), (0, true));
    }

    #[test]
    fn order_and_scale_do_not_count_and_a_second_run_does_nothing() {
        let values = one_to(30, 400.0);
        let (z, _) = looped(&values, Deviation::Sample, 1e-12, 200);
        let mut turned: Vec<f64> = values.iter().rev().map(|value| value * 7.0 - 3.0).collect();
        turned.push(f64::NAN);
        let mut again: Vec<f64> = {
            let present = &turned[..turned.len() - 1];
            zscores(present, Deviation::Sample)
        };
        again.push(f64::NAN);
        let rule = Truncation {
            bound: 3.0,
            tolerance: 1e-12,
            passes_max: 200,
        };
        truncate(&mut again, rule, Deviation::Sample, &mut Vec::new());
        assert!(again[31].is_nan());
        for (a, b) in z.iter().zip(again[..31].iter().rev()) {
            assert!((a - b).abs() < 1e-11, "{a} {b}");
        }
        let ended = truncate(&mut again, rule, Deviation::Sample, &mut Vec::new());
        assert_eq!((ended.passes, ended.inside), (0, true));
    }
}
