//! The laws every weighting and capping kernel keeps, over many drawn weights: sums to one, its limits hold, free of order
//! and scale, monotone, idempotent. Each kernel is one row; what a published procedure does not keep is said there.

use divisor_numeric::capping::{
    Breach, Concentration, Excess, concentrate, cut, flatten, into_bands, is_above, share_equally, weight_above,
};
use divisor_numeric::limits::{Axis, Side, redistribute};
use divisor_numeric::{
    Deviation, Heads, ascending_ranks, blend, dot, exponential, mean, normal_cdf, one_plus_z, percentile_ranks, raised,
    stdev, sum, winsorise, zscores_into,
};

const CLOSE: f64 = 1e-11;
const NAMES: usize = 24;
const CAP: f64 = 0.1;
const ABOVE: f64 = 0.05;
const MOST_ABOVE: f64 = 0.4;

/// Numbers in [0, 1) by counter.
fn draw(seed: u64, k: u64) -> f64 {
    let mut bits = seed
        .wrapping_mul(0xD134_2543_DE82_EF95)
        .wrapping_add((k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Skewed weights that sum to one, no two alike.
fn drawn(seed: u64) -> Vec<f64> {
    let raw: Vec<f64> = (0..NAMES as u64).map(|k| draw(seed, k).powi(3) + 1e-3).collect();
    let total = sum(&raw);
    raw.iter().map(|weight| weight / total).collect()
}

/// A permutation of the names.
fn shuffled(seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..NAMES).collect();
    order.sort_by(|a, b| draw(seed, *a as u64 + 100).total_cmp(&draw(seed, *b as u64 + 100)));
    order
}

fn assert_close(found: &[f64], wanted: &[f64], what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() < CLOSE, "{what}: {found} is not {wanted}");
    }
}

fn groups(size: usize, lower: f64, upper: f64) -> Axis {
    Axis {
        group_of: (0..NAMES).map(|at| (at / size) as u32).collect(),
        bounds: vec![(lower, upper); NAMES.div_ceil(size)],
    }
}

/// Groups of every fourth name, which cross those of neighbours.
fn crossing(upper: f64) -> Axis {
    Axis {
        group_of: (0..NAMES as u32).map(|at| at % 4).collect(),
        bounds: vec![(0.0, upper); 4],
    }
}

fn limited(weights: &[f64], axes: &[Axis]) -> Vec<f64> {
    redistribute(weights, axes).expect("limits that leave room").weights
}

fn holds(weights: &[f64], axes: &[Axis]) -> bool {
    axes.iter().all(|axis| {
        let mut held = vec![0.0; axis.bounds.len()];
        for (group, weight) in axis.group_of.iter().zip(weights) {
            held[*group as usize] += weight;
        }
        let mut held = held.iter().zip(&axis.bounds);
        held.all(|(held, (lower, upper))| *held <= upper + CLOSE && *held >= lower - CLOSE)
    })
}

fn is_concentration_held(weights: &[f64]) -> bool {
    weights.iter().all(|weight| *weight <= CAP + CLOSE) && !is_above(weight_above(weights, ABOVE), MOST_ABOVE)
}

fn concentrated(weights: &[f64]) -> Vec<f64> {
    let rule = Concentration {
        group_of: (0..NAMES as u32).collect(),
        above: ABOVE,
        max: MOST_ABOVE,
    };
    let found = concentrate(weights, &[groups(1, 0.0, CAP)], &rule);
    found.expect("room for all").solution.weights
}

fn stepwise(weights: &[f64], breach: Breach) -> Vec<f64> {
    cut(weights, CAP, ABOVE, MOST_ABOVE, breach).expect("room for all")
}

/// What a kernel makes of weights, and what it promises.
struct Kernel {
    name: &'static str,
    run: fn(&[f64]) -> Vec<f64>,
    holds: fn(&[f64]) -> bool,
    /// A name that weighed more weighs no less after.
    is_monotone: bool,
    /// The names are alike to it: results follow them into another order.
    is_order_free: bool,
    /// Weights of any positive sum give the same.
    is_scale_free: bool,
}

const KERNELS: [Kernel; 8] = [
    Kernel {
        name: "maximum of a name",
        run: |weights| limited(weights, &[groups(1, 0.0, CAP)]),
        holds: |weights| holds(weights, &[groups(1, 0.0, CAP)]),
        is_monotone: true,
        is_order_free: true,
        is_scale_free: true,
    },
    Kernel {
        name: "minimum and maximum of a name",
        run: |weights| limited(weights, &[groups(1, 0.01, CAP)]),
        holds: |weights| holds(weights, &[groups(1, 0.01, CAP)]),
        is_monotone: true,
        is_order_free: true,
        is_scale_free: true,
    },
    Kernel {
        // Which group a name is in follows its place.
        name: "names in groups that cross",
        run: |weights| limited(weights, &[groups(1, 0.0, 0.15), groups(6, 0.1, 0.3), crossing(0.3)]),
        holds: |weights| holds(weights, &[groups(1, 0.0, 0.15), groups(6, 0.1, 0.3), crossing(0.3)]),
        is_monotone: false,
        is_order_free: false,
        is_scale_free: true,
    },
    Kernel {
        name: "concentration",
        run: concentrated,
        holds: is_concentration_held,
        is_monotone: true,
        is_order_free: true,
        is_scale_free: false,
    },
    Kernel {
        // Published so: the name that causes the breach ends below smaller ones.
        name: "cut at the breach",
        run: |weights| stepwise(weights, Breach::First),
        holds: is_concentration_held,
        is_monotone: false,
        is_order_free: true,
        is_scale_free: false,
    },
    Kernel {
        name: "cut of the smallest",
        run: |weights| stepwise(weights, Breach::Smallest),
        holds: is_concentration_held,
        is_monotone: true,
        is_order_free: true,
        is_scale_free: false,
    },
    Kernel {
        name: "equal redistribution",
        run: |weights| {
            let group_of: Vec<u32> = (0..NAMES as u32).collect();
            let excess = Excess {
                uncapped: weights,
                group_of: &group_of,
                upper: &[CAP; NAMES],
            };
            share_equally(excess).expect("room for all").0
        },
        holds: |weights| weights.iter().all(|weight| *weight <= CAP + CLOSE),
        is_monotone: true,
        is_order_free: true,
        is_scale_free: false,
    },
    Kernel {
        name: "power",
        run: |weights| flatten(weights, is_concentration_held).expect("a power that passes").1,
        holds: is_concentration_held,
        is_monotone: true,
        is_order_free: true,
        is_scale_free: true,
    },
];

#[test]
fn capping_kernels_keep_their_laws() {
    for kernel in &KERNELS {
        let mut moved = 0;
        for seed in 1..150 {
            let before = drawn(seed);
            let after = (kernel.run)(&before);
            let what = format!("{}, {seed}", kernel.name);
            assert!((sum(&after) - 1.0).abs() < 1e-12, "{what}: the sum is {}", sum(&after));
            assert!(after.iter().all(|weight| *weight >= 0.0), "{what}");
            assert!((kernel.holds)(&after), "{what}: {after:?}");
            assert_close(&(kernel.run)(&after), &after, &format!("{what} twice"));
            moved += usize::from(before.iter().zip(&after).any(|(a, b)| (a - b).abs() > 1e-6));
            if kernel.is_monotone {
                for (a, b) in (0..NAMES).flat_map(|a| (0..NAMES).map(move |b| (a, b))) {
                    assert!(
                        before[a] < before[b] || after[a] >= after[b] - CLOSE,
                        "{what}: {a} and {b}"
                    );
                }
            }
            if kernel.is_order_free {
                let order = shuffled(seed);
                let of = |weights: &[f64]| order.iter().map(|at| weights[*at]).collect::<Vec<_>>();
                assert_close(
                    &(kernel.run)(&of(&before)),
                    &of(&after),
                    &format!("{what} in another order"),
                );
            }
            if kernel.is_scale_free {
                let scaled: Vec<f64> = before.iter().map(|weight| weight * 1e9).collect();
                assert_close(&(kernel.run)(&scaled), &after, &format!("{what} scaled"));
            }
        }
        assert!(
            moved > 50,
            "{}: only {moved} of the draws were against its limits",
            kernel.name
        );
    }
}

/// A turnover blend lies between old and new, keeps its limit, and changes nothing the second time.
#[test]
fn the_turnover_blend_keeps_its_laws() {
    for seed in 1..150 {
        let (new, old) = (drawn(seed), drawn(seed + 1000));
        let found = blend(&new, &old, 0.05);
        assert!((sum(&found.weights) - 1.0).abs() < 1e-12 && found.one_way <= 0.05 + CLOSE);
        for ((found, new), old) in found.weights.iter().zip(&new).zip(&old) {
            assert!(*found >= new.min(*old) - CLOSE && *found <= new.max(*old) + CLOSE);
        }
        let again = blend(&found.weights, &old, 0.05);
        assert_close(&again.weights, &found.weights, "twice");
        let order = shuffled(seed);
        let of = |weights: &[f64]| order.iter().map(|at| weights[*at]).collect::<Vec<_>>();
        let other = blend(&of(&new), &of(&old), 0.05);
        assert_close(&other.weights, &of(&found.weights), "in another order");
        let looser = blend(&new, &old, 0.1);
        assert!(looser.share >= found.share, "{seed}: a looser limit trades less");
    }
}

/// Bands in one pass: the whole stays the whole, what is moved ends at its band, the others keep their proportions, and
/// order does not matter. It is neither idempotent nor within all bands, as published.
#[test]
fn bands_in_one_pass_keep_their_laws() {
    let mut moved_any = 0;
    for seed in 1..200 {
        let (weights, parent) = (drawn(seed), drawn(seed + 1000));
        let bands: Vec<(f64, f64)> = parent
            .iter()
            .map(|weight| ((weight - 0.03).max(0.0), weight + 0.03))
            .collect();
        let Ok((after, moved)) = into_bands(&weights, &bands) else {
            continue;
        };
        assert!((sum(&after) - 1.0).abs() < CLOSE);
        let mut factor = None;
        for at in 0..NAMES {
            let end = moved[at].map(|side| if side == Side::Upper { bands[at].1 } else { bands[at].0 });
            if let Some(end) = end {
                assert!((after[at] - end).abs() < CLOSE);
            } else {
                let own = after[at] / weights[at];
                assert!((own - *factor.get_or_insert(own)).abs() < 1e-9);
            }
            moved_any += usize::from(end.is_some());
        }
        let order = shuffled(seed);
        let pick = |values: &[f64]| -> Vec<f64> { order.iter().map(|at| values[*at]).collect() };
        let other: Vec<(f64, f64)> = order.iter().map(|at| bands[*at]).collect();
        let (again, _) = into_bands(&pick(&weights), &other).expect("the same");
        assert_close(&again, &pick(&after), "in another order");
        assert_eq!(into_bands(&after, &[(0.0, 1.0); NAMES]).expect("wide").0.len(), NAMES);
    }
    assert!(moved_any > 100, "{moved_any}");
    // Ends of 60% and 40% of two that are beyond leave nothing for a third within its band.
    assert_eq!(
        into_bands(&[0.8, 0.1, 0.1], &[(0.0, 0.6), (0.4, 1.0), (0.0, 0.2)]),
        Err(1.0)
    );
    // All beyond: scaled to the whole.
    let (after, _) = into_bands(&[0.8, 0.2], &[(0.0, 0.3), (0.5, 1.0)]).expect("all moved");
    assert_close(&after, &[0.375, 0.625], "all moved");
}

/// Figures of the heads of a ranking: those of their weights, free of scale, and between what weights can have.
#[test]
fn heads_of_a_ranking_keep_their_laws() {
    for seed in 1..100 {
        let (raw, parent) = (drawn(seed), drawn(seed + 500));
        let values: Vec<f64> = (0..NAMES as u64).map(|k| draw(seed, k + 50) - 0.5).collect();
        let heads = Heads::new(&raw, &parent);
        let larger: Vec<f64> = raw.iter().map(|weight| weight * 7.0).collect();
        let scaled = Heads::new(&larger, &parent);
        let (means, again) = (heads.means(&raw, &values), scaled.means(&larger, &values));
        assert_close(&again, &means, "means at another scale");
        for k in 1..=NAMES {
            let weights: Vec<f64> = raw[..k].iter().map(|weight| weight / sum(&raw[..k])).collect();
            let over: Vec<f64> = weights
                .iter()
                .zip(&parent)
                .map(|(weight, parent)| weight / parent)
                .collect();
            let direct = (
                1.0 / dot(&weights, &weights),
                dot(&weights, &over),
                dot(&weights, &values[..k]),
            );
            let found = (heads.effective_names(k), heads.capacity(k), means[k - 1]);
            assert!((found.0 - direct.0).abs() < 1e-9 && (found.1 / direct.1 - 1.0).abs() < 1e-11);
            assert!((found.2 - direct.2).abs() < CLOSE);
            assert!(found.0 >= 1.0 - CLOSE && found.0 <= k as f64 + 1e-9);
            // By Cauchy and Schwarz no weights have less than the parent's own.
            assert!(found.1 >= 1.0 / sum(&parent[..k]) - 1e-9);
            assert!((scaled.effective_names(k) - found.0).abs() < 1e-9);
            assert!((scaled.capacity(k) / found.1 - 1.0).abs() < 1e-11);
        }
    }
}

/// Maps of z-scores to factors: above zero, rising, and what each is known by.
#[test]
fn score_maps_keep_their_laws() {
    let at: Vec<f64> = (-400..=400).map(|step| f64::from(step) / 100.0).collect();
    for (name, map) in [
        ("one-plus-z", one_plus_z as fn(f64) -> f64),
        ("normal-cdf", normal_cdf),
        ("exponential", exponential),
    ] {
        let factors: Vec<f64> = at.iter().map(|z| map(*z)).collect();
        assert!(factors.iter().all(|factor| *factor > 0.0), "{name}");
        assert!(factors.windows(2).all(|pair| pair[0] < pair[1]), "{name} does not rise");
        assert!(map(f64::NAN).is_nan(), "{name} makes a factor of a missing score");
    }
    for z in at {
        assert!((normal_cdf(z) + normal_cdf(-z) - 1.0).abs() < 1e-15);
        assert!((exponential(z) * exponential(-z) - 1.0).abs() < 1e-14);
        assert!((one_plus_z(z) * one_plus_z(-z) - 1.0).abs() < 1e-14);
        assert!((raised(raised(exponential(z), 2.0), 0.5) / exponential(z) - 1.0).abs() < 1e-14);
    }
}

/// Ranks, percentiles, z-scores and winsorised values depend on order and size as their definitions say.
#[test]
fn standardising_kernels_keep_their_laws() {
    for seed in 1..100 {
        let values: Vec<f64> = drawn(seed).iter().map(|value| value.ln()).collect();
        let order = shuffled(seed);
        let of = |values: &[f64]| order.iter().map(|at| values[*at]).collect::<Vec<_>>();
        let moved: Vec<f64> = values.iter().map(|value| value * 7.0 - 3.0).collect();
        let (ranks, shares) = (ascending_ranks(&values), percentile_ranks(&values));
        assert!((sum(&ranks) - (NAMES * (NAMES + 1)) as f64 / 2.0).abs() < CLOSE);
        assert!((mean(&shares) - 0.5).abs() < CLOSE);
        assert_close(&ascending_ranks(&moved), &ranks, "ranks of moved values");
        assert_close(&ascending_ranks(&ranks), &ranks, "ranks of ranks");
        assert_close(
            &percentile_ranks(&of(&values)),
            &of(&shares),
            "percentiles in another order",
        );
        let z = |values: &[f64]| {
            let mut out = vec![0.0; values.len()];
            zscores_into(
                values,
                mean(values),
                stdev(values, Deviation::Population),
                1.0,
                &mut out,
            );
            out
        };
        let scores = z(&values);
        assert!(mean(&scores).abs() < CLOSE && (stdev(&scores, Deviation::Population) - 1.0).abs() < CLOSE);
        assert_close(&z(&moved), &scores, "z-scores of moved values");
        assert_close(&z(&scores), &scores, "z-scores of z-scores");
        assert_close(&z(&of(&values)), &of(&scores), "z-scores in another order");
        let held = winsorise(&scores, -1.0, 1.0);
        assert_close(&winsorise(&held, -1.0, 1.0), &held, "winsorised twice");
        for (held, score) in held.iter().zip(&scores) {
            assert!((-1.0..=1.0).contains(held) && (held - score) * score <= 0.0);
        }
    }
}

/// Published tilt: market weights .4 .3 .2 .1 times Φ(z) of −1, 0, 1, 2.
#[test]
fn a_tilt_by_the_normal_distribution() {
    let (market, z) = ([0.4, 0.3, 0.2, 0.1], [-1.0, 0.0, 1.0, 2.0]);
    let tilt = |power: f64| {
        let raw: Vec<f64> = market
            .iter()
            .zip(&z)
            .map(|(weight, z)| weight * raised(normal_cdf(*z), power))
            .collect();
        let total = sum(&raw);
        raw.iter().map(|weight| weight / total).collect::<Vec<_>>()
    };
    let assert_near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
    let weights = tilt(1.0);
    let wanted = [
        0.132_362_712_317,
        0.312_854_543_982,
        0.350_958_035_817,
        0.203_824_707_884,
    ];
    weights
        .iter()
        .zip(wanted)
        .for_each(|(found, wanted)| assert_near(*found, wanted));
    assert_near(dot(&weights, &z) - dot(&market, &z), 0.626_244_739_267);
    assert_near(1.0 / dot(&weights, &weights), 3.569_976_257_268);
    assert_near(1.0 / dot(&market, &market), 3.333_333_333_333);
    let capacity: Vec<f64> = weights
        .iter()
        .zip(&market)
        .map(|(weight, market)| weight / market)
        .collect();
    let wanted = [
        0.330_906_780_794,
        1.042_848_479_939,
        1.754_790_179_085,
        2.038_247_078_837,
    ];
    capacity
        .iter()
        .zip(wanted)
        .for_each(|(found, wanted)| assert_near(*found, wanted));
    assert_near(dot(&weights, &capacity), 1.401_362_434_625);
    // A power of zero leaves the market, and a greater power tilts more.
    assert_close(&tilt(0.0), &market, "power 0");
    assert!(dot(&tilt(2.0), &z) > dot(&weights, &z));
}
