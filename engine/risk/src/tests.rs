//! Estimators against independent computations (numpy 2.4, scikit-learn 1.9; the returns are made here and there by the same
//! generator), against a second formulation, and against a structure that is known.

use crate::{
    Components, CrossSection, Dated, Definiteness, Estimate, FactorModel, Layout, Reason, Returns, Settings, Target,
    fundamental, shrinkage, statistical,
};

/// `SplitMix64`, and the sum of twelve uniform numbers less six for a normal one: the same in any language.
struct Stream(u64);

impl Stream {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    fn normal(&mut self) -> f64 {
        let mut total = 0.0;
        for _ in 0..12 {
            total += self.uniform();
        }
        total - 6.0
    }
}

/// A market of 2% a week, loadings from 0.5 to 1.5, own returns of 1, 2 or 3%.
fn market_returns(periods: usize, names: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream(seed);
    let mut values = Vec::new();
    for _ in 0..periods {
        let market = 0.02 * stream.normal();
        for name in 0..names {
            let own = 0.01 * (1 + name % 3) as f64 * stream.normal();
            values.push((0.5 + name as f64 / names as f64) * market + own);
        }
    }
    values
}

fn settings(least_observations: usize) -> Settings {
    Settings {
        least_observations,
        half_life: None,
    }
}

fn weekly(values: &[f64], names: usize) -> Returns<'_> {
    Returns::new(values, names, 52.0).expect("valid returns")
}

fn near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1e-3),
        "{found} is not {expected}"
    );
}

fn shrunk(values: &[f64], names: usize, target: Target) -> Estimate {
    shrinkage(weekly(values, names), settings(20), target).expect("estimates")
}

fn check(estimate: &Estimate, intensity: f64, covariances: [f64; 3]) {
    near(estimate.report.shrinkage.expect("shrunk"), intensity);
    for ((a, b), expected) in [(0, 0), (0, 1), (3, 10)].into_iter().zip(covariances) {
        near(estimate.model.covariance(a, b), expected);
    }
    assert!(estimate.report.definiteness.positive_definite());
}

#[test]
fn linear_shrinkage_is_that_of_scikit_learn() {
    // sklearn.covariance.ledoit_wolf(X), times 52; fewer and more periods than names.
    let few = shrunk(&market_returns(30, 40, 7), 40, Target::ScaledIdentity);
    check(
        &few,
        0.149_131_817_618_670_5,
        [
            0.017_719_372_059_643_4,
            0.009_464_980_287_612_734,
            0.006_090_737_864_078_513,
        ],
    );
    assert_eq!(few.model.factors().len(), 30);
    let many = shrunk(&market_returns(60, 12, 7), 12, Target::ScaledIdentity);
    check(
        &many,
        0.095_131_336_149_745_45,
        [
            0.015_576_898_092_936_569,
            0.003_090_755_661_961_749,
            0.020_394_456_391_177_51,
        ],
    );
    assert_eq!(many.model.factors().len(), 12);
}

#[test]
fn constant_correlation_is_that_of_the_paper() {
    // The sums of appendix B as loops over pairs of names, in numpy.
    check(
        &shrunk(&market_returns(30, 40, 7), 40, Target::ConstantCorrelation),
        0.565_107_282_561_01,
        [
            0.012_451_624_532_866_946,
            0.010_616_326_223_439_861,
            0.007_736_045_972_015_351,
        ],
    );
    check(
        &shrunk(&market_returns(60, 12, 7), 12, Target::ConstantCorrelation),
        0.420_216_209_104_448_35,
        [
            0.012_957_618_875_886_964,
            0.005_174_194_686_073_38,
            0.018_502_214_115_415_55,
        ],
    );
}

#[test]
fn principal_components_are_those_of_numpy() {
    // numpy.linalg.eigh of the correlation matrix; three components, times 52.
    for (periods, names, first, third, covariances) in [
        (
            30,
            40,
            22.027_415_868_897_04,
            1.754_200_807_786_893_1,
            [0.007_129_609_324_326_459, 0.005_005_339_623_584_389],
        ),
        (
            60,
            12,
            6.257_444_910_082_21,
            0.872_104_487_552_810_7,
            [0.003_643_389_324_351_741_6, 0.022_295_585_169_716_695],
        ),
    ] {
        let values = market_returns(periods, names, 7);
        let estimate = statistical(weekly(&values, names), settings(20), Components::Stated(3)).expect("estimates");
        near(estimate.model.omega()[0] / 52.0, first);
        near(estimate.model.omega()[8] / 52.0, third);
        near(estimate.model.covariance(0, 1), covariances[0]);
        near(estimate.model.covariance(3, 10), covariances[1]);
        // Each name keeps its sample variance.
        let sample = shrunk(&values, names, Target::ConstantCorrelation);
        for (found, expected) in estimate.model.variances().iter().zip(sample.model.variances()) {
            near(*found, expected);
        }
        let chosen = statistical(weekly(&values, names), settings(20), Components::AboveNoise).expect("estimates");
        assert_eq!(chosen.model.factors().len(), 1);
    }
    let values = market_returns(30, 40, 7);
    let too_many = statistical(weekly(&values, 40), settings(20), Components::Stated(30)).expect_err("rank 29");
    assert_eq!(
        too_many.to_string(),
        "30 principal components are asked for, the returns have 29"
    );
}

#[test]
fn all_components_are_the_sample_covariance() {
    let values = market_returns(60, 12, 7);
    let estimate = statistical(weekly(&values, 12), settings(20), Components::Stated(12)).expect("estimates");
    let sample = shrunk(&values, 12, Target::ScaledIdentity);
    let kept = 1.0 - sample.report.shrinkage.expect("shrunk");
    near(estimate.model.covariance(2, 7), sample.model.covariance(2, 7) / kept);
    // Without specific variance nothing is proved positive definite.
    assert!(estimate.report.definiteness.condition_at_most() > 1e12);
}

fn sectors_and_countries(names: usize) -> (Layout, CrossSection) {
    let group_names = |count: usize| (0..count).map(|group| format!("{group}")).collect();
    let layout = Layout {
        axes: vec![
            ("sector".to_owned(), group_names(4)),
            ("country".to_owned(), group_names(3)),
        ],
        styles: vec!["value".to_owned()],
    };
    let mut style: Vec<f64> = (0..names).map(|name| ((name * 7) % 11) as f64 / 3.0).collect();
    style[5] = f64::NAN;
    let section = CrossSection {
        market_values: (0..names).map(|name| 1.0 + ((name * name) % 17) as f64).collect(),
        groups: vec![
            (0..names).map(|name| Some(name as u32 % 4)).collect(),
            (0..names).map(|name| Some(name as u32 / 4 % 3)).collect(),
        ],
        styles: vec![style],
    };
    (layout, section)
}

fn from_the_start(section: CrossSection) -> Vec<Dated> {
    vec![Dated {
        first_period: 0,
        section,
    }]
}

#[test]
fn fundamental_factors_are_those_of_a_bordered_system() {
    // numpy: the normal equations bordered by both restrictions, period by period; half-life 13 of 26 weeks.
    let names = 30;
    let mut values = market_returns(26, names, 11);
    values[4 * names + 7] = f64::NAN;
    let (layout, section) = sectors_and_countries(names);
    let weighted = Settings {
        least_observations: 25,
        half_life: Some(13.0),
    };
    let estimate = fundamental(weekly(&values, names), weighted, &layout, &from_the_start(section)).expect("estimates");
    let omega = estimate.model.omega();
    for (place, expected) in [
        (0, 0.019_114_544_391_572_938),
        (8, -0.000_525_740_885_534_596),
        (9 + 2, -0.000_431_069_907_664_839_95),
        (7 * 9 + 7, 0.001_753_369_476_808_212_3),
    ] {
        near(omega[place], expected);
    }
    near(estimate.model.specific()[7], 0.010_285_769_241_373_27);
    near(estimate.model.specific()[0], 0.015_148_587_190_193_722);
    near(estimate.model.loadings_of(0)[8], -1.605_794_692_572_148_5);
    near(estimate.model.loadings_of(5)[8], 0.0);
    assert_eq!(estimate.model.factors()[..3], ["market", "sector 0", "sector 1"]);
    assert_eq!((estimate.report.least_observations, estimate.report.dependent), (25, 0));
}

#[test]
fn groups_beyond_the_market_cancel_in_the_market_portfolio() {
    let names = 30;
    let values = market_returns(40, names, 11);
    let (layout, section) = sectors_and_countries(names);
    let total: f64 = section.market_values.iter().sum();
    let weights: Vec<f64> = section.market_values.iter().map(|value| value / total).collect();
    let estimate =
        fundamental(weekly(&values, names), settings(20), &layout, &from_the_start(section)).expect("estimates");
    // Group exposures of the market are its group weights w; their restricted returns have Ω w = 0 on each axis.
    let exposures = estimate.model.exposures(&weights);
    for axis in [1..5, 5..8] {
        let only: Vec<f64> = (0..9)
            .map(|factor| if axis.contains(&factor) { exposures[factor] } else { 0.0 })
            .collect();
        for row in estimate.model.omega().chunks_exact(9) {
            let product: f64 = row.iter().zip(&only).map(|(a, b)| a * b).sum();
            assert!(product.abs() < 1e-15);
        }
    }
    // The market portfolio has none of the style but for its missing name and the cut.
    assert!(exposures[8].abs() < 0.02);
}

#[test]
fn groups_that_are_one_or_empty_or_the_same_say_nothing_twice() {
    let names = 30;
    let values = market_returns(40, names, 11);
    let (layout, mut section) = sectors_and_countries(names);
    // One country only, a sector without names, and a style that is a sector.
    section.groups[1] = vec![Some(1); names];
    section.groups[0] = (0..names).map(|name| Some(name as u32 % 3)).collect();
    section.styles[0] = (0..names).map(|name| f64::from(u8::from(name % 3 == 1))).collect();
    let estimate =
        fundamental(weekly(&values, names), settings(20), &layout, &from_the_start(section)).expect("estimates");
    let omega = estimate.model.omega();
    for factor in [4, 5, 6, 7] {
        assert_eq!(omega[factor * 9 + factor].to_bits(), 0.0_f64.to_bits(), "{factor}");
    }
    // The style follows from the sectors in every period.
    assert_eq!(estimate.report.dependent, 40);
}

#[test]
fn known_factors_are_recovered() {
    // Four sectors of 2% and a style of 1% beyond a market of 3%, own returns of 2%, over 400 weeks and 120 names.
    let (names, periods) = (120, 400);
    let (layout, mut section) = sectors_and_countries(names);
    section.groups[1] = vec![Some(0); names];
    section.market_values = vec![1.0; names];
    let mut stream = Stream(42);
    let raw: Vec<f64> = (0..names).map(|_| stream.normal()).collect();
    section.styles[0] = raw.clone();
    let mean = raw.iter().sum::<f64>() / names as f64;
    let deviation = (raw.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / names as f64).sqrt();
    let mut values = Vec::new();
    for _ in 0..periods {
        let market = 0.03 * stream.normal();
        let mut sectors: Vec<f64> = (0..4).map(|_| 0.02 * stream.normal()).collect();
        let common = sectors.iter().sum::<f64>() / 4.0;
        for sector in &mut sectors {
            *sector -= common;
        }
        let style = 0.01 * stream.normal();
        for (name, raw) in raw.iter().enumerate() {
            let z = (raw - mean) / deviation;
            values.push(market + sectors[name % 4] + style * z + 0.02 * stream.normal());
        }
    }
    let sections = from_the_start(section);
    let estimate = fundamental(weekly(&values, names), settings(100), &layout, &sections).expect("estimates");
    let deviation = |factor: usize| (estimate.model.omega()[factor * 9 + factor] / 52.0).sqrt();
    assert!((deviation(0) - 0.03).abs() < 0.003, "{}", deviation(0));
    // Less their mean, sectors have 2% · √(3/4).
    for sector in 1..5 {
        assert!((deviation(sector) - 0.017_32).abs() < 0.003, "{}", deviation(sector));
    }
    assert!((deviation(8) - 0.01).abs() < 0.001, "{}", deviation(8));
    let specific = estimate.model.specific().iter().sum::<f64>() / names as f64 / 52.0;
    assert!((specific.sqrt() - 0.02).abs() < 0.001, "{}", specific.sqrt());
    // Five factors stand above noise: the market, four sectors that sum to nothing, the style.
    let found = statistical(weekly(&values, names), settings(100), Components::AboveNoise).expect("estimates");
    assert_eq!(found.model.factors().len(), 5);
}

#[test]
fn exposures_are_those_in_force() {
    // The second half of the window has other sectors; a model of that half alone agrees on the loadings, and factor returns
    // before it come from the exposures known then.
    let names = 30;
    let values = market_returns(40, names, 11);
    let (layout, first) = sectors_and_countries(names);
    let mut second = first.clone();
    second.groups[0].rotate_left(1);
    let dated = |first_period, section| Dated { first_period, section };
    let sections = [dated(0, first.clone()), dated(20, second.clone())];
    let changed = fundamental(weekly(&values, names), settings(10), &layout, &sections).expect("estimates");
    let unchanged = fundamental(weekly(&values, names), settings(10), &layout, &sections[..1]).expect("estimates");
    let half = &values[20 * names..];
    let later = fundamental(
        weekly(half, names),
        settings(10),
        &layout,
        &from_the_start(second.clone()),
    )
    .expect("estimates");
    assert_eq!(changed.model.loadings(), later.model.loadings());
    assert!((changed.model.omega()[10] - unchanged.model.omega()[10]).abs() > 1e-9);
    let unknown = fundamental(weekly(&values, names), settings(10), &layout, &[dated(1, first)]).expect_err("refused");
    assert_eq!(unknown.to_string(), "no exposures are known before the first period");
}

#[test]
fn missing_returns_leave_variances_alone_and_covariances_positive() {
    // Two of six names miss 40% of 40 weeks: sklearn on rows centred and scaled by √(T ÷ Tᵢ).
    let names = 6;
    let mut values = market_returns(40, names, 3);
    for period in 0..40 {
        for name in [1, 4] {
            if (period * 3 + name) % 5 < 2 {
                values[period * names + name] = f64::NAN;
            }
        }
    }
    let estimate = shrunk(&values, names, Target::ScaledIdentity);
    near(estimate.report.shrinkage.expect("shrunk"), 0.196_468_998_851_686_37);
    near(estimate.model.covariance(1, 1), 0.030_751_139_619_173_678);
    near(estimate.model.covariance(1, 4), 0.001_079_624_140_973_431);
    near(estimate.model.covariance(0, 1), 0.006_386_456_104_279_176);
    assert_eq!(estimate.report.least_observations, 24);
    let refused = shrinkage(weekly(&values, names), settings(30), Target::ScaledIdentity).expect("four are left");
    assert_eq!(refused.rows, [0, 2, 3, 5]);
    assert_eq!(
        refused.unusable[0].reason,
        Reason::Short {
            observations: 24,
            least: 30
        }
    );
}

#[test]
fn scale_duplicates_and_near_singular_histories() {
    let names = 8;
    let mut values = market_returns(60, names, 5);
    for period in 0..60 {
        // Names 0 and 1 alike, 2 and 3 nearly.
        values[period * names + 1] = values[period * names];
        values[period * names + 3] = values[period * names + 2] * (1.0 + 1e-9);
    }
    let normal = shrunk(&values, names, Target::ConstantCorrelation);
    assert!(normal.report.definiteness.positive_definite());
    near(normal.model.covariance(0, 4), normal.model.covariance(1, 4));
    // Returns in other units, far from one.
    let tiny: Vec<f64> = values.iter().map(|value| value * 1e-9).collect();
    for target in [Target::ScaledIdentity, Target::ConstantCorrelation] {
        let (a, b) = (shrunk(&values, names, target), shrunk(&tiny, names, target));
        near(b.report.shrinkage.expect("shrunk"), a.report.shrinkage.expect("shrunk"));
        near(b.model.covariance(2, 5) * 1e18, a.model.covariance(2, 5));
    }
    let (a, b) = (&values, &tiny);
    let components = |values: &[f64]| statistical(weekly(values, names), settings(20), Components::Stated(2));
    let (a, b) = (components(a).expect("estimates"), components(b).expect("estimates"));
    near(b.model.covariance(2, 5) * 1e18, a.model.covariance(2, 5));
    // One name alone is its own target.
    let one: Vec<f64> = values.iter().step_by(names).copied().collect();
    let alone = shrunk(&one, 1, Target::ScaledIdentity);
    assert_eq!(alone.report.shrinkage, Some(1.0));
    assert!(alone.model.factors().is_empty());
    near(alone.model.variances()[0], alone.model.specific()[0]);
}

#[test]
fn the_same_numbers_give_the_same_bits() {
    let values = market_returns(50, 20, 9);
    let once = shrunk(&values, 20, Target::ConstantCorrelation);
    assert_eq!(once, shrunk(&values, 20, Target::ConstantCorrelation));
    let restored = FactorModel::new(
        once.model.factors().to_vec(),
        once.model.loadings().to_vec(),
        once.model.omega().to_vec(),
        once.model.specific().to_vec(),
    );
    assert_eq!(Definiteness::of(&restored.expect("valid")), once.report.definiteness);
}
