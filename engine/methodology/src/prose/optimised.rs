//! Optimised weightings: the objective, the risk model, limits on other things than weights, and what gives way.

use super::words::{because, list, mark, quantity};
use super::{ProseSection, Section};
use crate::Line;
use crate::methodology::{
    Amount, Bound, Constraint, ConstraintOn, Distance, Estimation, ExposureDates, Frequency, LastResort, NoRisk,
    Objective, Optimised, RelaxedRule, RiskMethod, RiskModel, RiskSource, Rung, Setting, ShrinkageTarget, Tilt,
    TiltBase,
};
use crate::numbers::{decimal, percent, points};

/// Rungs of more steps than this are told by their step.
const LISTED_STEPS: usize = 6;

pub(super) fn objective(optimised: &Optimised, line: Line, section: &mut Section) {
    match &optimised.objective {
        Objective::MinimumVariance {
            factor_aversion,
            specific_aversion,
        } => {
            section.rule(
                "Members are weighted so that the predicted variance of the index is least.",
                line,
            );
            aversion(
                "the variance that the factors of the risk model carry",
                factor_aversion,
                section,
            );
            aversion("the securities' own variance", specific_aversion, section);
        }
        Objective::MinimumTrackingError => section.rule(
            "Members are weighted so that the predicted volatility of the difference from the parent is least.",
            line,
        ),
        Objective::MaximumExposure { to, risk } => exposure_to(&quantity(to), risk.as_ref(), line, section),
        Objective::MinimumDistance { base, by, measure } => distance(*base, by, measure, line, section),
    }
    if let Some(minimum) = &optimised.minimum_holding {
        let text = format!(
            "A member weighs nothing or at least {} of the index: members below it are dropped and the rest weighted \
             again, until none is below it.",
            percent(minimum.value)
        );
        section.rule(text, minimum.line);
    }
}

fn aversion(what: &str, aversion: &Setting<f64>, section: &mut Section) {
    let text = format!("In it {what} is multiplied by {} {}.", aversion.value, mark(aversion));
    section.rule(text, aversion.line);
}

fn exposure_to(what: &str, risk: Option<&Setting<Bound>>, line: Line, section: &mut Section) {
    let text = format!("Members are weighted so that the weighted mean of {what} is greatest.");
    section.rule(text, line);
    if let Some(risk) = risk {
        let most = match risk.value {
            Bound::Weight(share) => format!("{} a year", percent(share)),
            Bound::TimesParent(times) if times.numerator == times.denominator => "that of the parent".to_owned(),
            Bound::TimesParent(times) => format!("{} times that of the parent", decimal(times)),
            Bound::ParentPlus(distance) => format!("{} a year above that of the parent", points(distance)),
            Bound::ParentMinus(distance) => format!("{} a year below that of the parent", points(distance)),
            // No volatility, see the check.
            Bound::LargestInParent => String::new(),
        };
        section.rule(
            format!(
                "The predicted volatility of the index is at most {most} {}.",
                mark(risk)
            ),
            risk.line,
        );
    }
    section.rule(
        "From that mean a millionth of the largest exposure is taken off, times the index's variance over the greatest \
         allowed: of equal choices the calmest is taken, so that there is one.",
        None,
    );
}

fn distance(base: TiltBase, by: &[Tilt], measure: &Setting<Distance>, line: Line, section: &mut Section) {
    let base = match base {
        TiltBase::Parent => "their weights in the parent",
        TiltBase::Equal => "equal weights",
    };
    let factors = match by.len() {
        0 => "",
        1 => ", each times a factor and scaled to 100%",
        _ => ", each times the product of these factors and scaled to 100%",
    };
    let stop = if by.is_empty() { "." } else { ":" };
    let text = format!("Members get the weights w, keeping every limit, that are nearest to u, {base}{factors}{stop}");
    section.rule(text, line);
    super::weighting::factors(by, line, section);
    let how = match measure.value {
        Distance::ChiSquare => "the least sum of (w − u)²/u",
        Distance::Absolute => {
            "the least sum of |w − u|, to which a thousandth of the sum of (w − u)² is added, so that there is one choice"
        }
    };
    section.rule(format!("Nearest means {how} {}.", mark(measure)), measure.line);
}

/// Where predicted risk comes from.
pub(super) fn risk(risk: Option<&RiskModel>) -> ProseSection {
    let mut section = Section::new("Risk model");
    let Some(risk) = risk else { return section.0 };
    let lacks = match &risk.source {
        RiskSource::Vendor { max_age_days } => {
            section.rule(
                "Predicted risk is that of the dataset's risk model: the newest dated on or before the cut-off, in annual \
                 variance.",
                risk.line,
            );
            if let Some(days) = max_age_days {
                let text = format!(
                    "It may be {} days old at the cut-off; the review fails where it is older.",
                    days.value
                );
                section.rule(text, days.line);
            }
            "that the risk model does not have"
        }
        RiskSource::Estimated(estimation) => {
            estimated(estimation, risk.line, &mut section);
            "with fewer returns, or whose returns are all the same,"
        }
    };
    let what = match risk.without.value {
        NoRisk::ExcludeSecurity => "gets no weight".to_owned(),
        NoRisk::Error => "makes the review fail".to_owned(),
        NoRisk::RiskOfPeers => "gets the risk of its peers: where its exposures are known, the median of their specific \
                                variances; else the mean of their loadings, and so much specific variance that its variance \
                                is the median of theirs"
            .to_owned(),
    };
    section.rule(
        format!("A security {lacks} {what} {}.", mark(&risk.without)),
        risk.without.line,
    );
    if let Some(peers) = &risk.peers {
        let text = format!(
            "Peers are the securities with the same `{}` {}.",
            peers.value,
            mark(peers)
        );
        section.rule(text, peers.line);
    }
    section.0
}

fn estimated(estimation: &Estimation, line: Line, section: &mut Section) {
    let how = match &estimation.method {
        RiskMethod::Shrinkage { .. } => {
            "Predicted risk is the sample covariance of total returns, shrunk towards a simple one by the weight that Ledoit \
             and Wolf derive from the returns themselves."
        }
        RiskMethod::Statistical { .. } => {
            "Predicted risk has as factors the first principal components of the correlation of total returns; what they leave \
             of a security's variance is its own."
        }
        RiskMethod::Fundamental { .. } => {
            "Predicted risk has stated factors: total returns are regressed, period by period and weighted by the root of \
             market value, on exposures."
        }
    };
    section.rule(how, line);
    let text = format!(
        "Returns are {} {}.",
        match estimation.frequency.value {
            Frequency::Weekly =>
                "those of whole weeks, each in the security's currency from the last close of a week to that of the next",
            Frequency::Daily => "those of sessions, each in the security's currency from one close to the next",
        },
        mark(&estimation.frequency)
    );
    section.rule(text, estimation.frequency.line);
    let window = &estimation.window;
    let text = format!(
        "The newest {} of them known at the cut-off count {}.",
        window.value,
        mark(window)
    );
    section.rule(text, window.line);
    method(&estimation.method, section);
    let least = &estimation.least_returns;
    let text = format!("A security needs at least {} of them {}.", least.value, mark(least));
    section.rule(text, least.line);
}

fn method(method: &RiskMethod, section: &mut Section) {
    match method {
        RiskMethod::Shrinkage { target } => {
            let to = match target.value {
                ShrinkageTarget::ConstantCorrelation => {
                    "each security's own variance and between all the mean correlation, or none where that is below zero"
                }
                ShrinkageTarget::ScaledIdentity => "the mean variance for all and no correlation",
            };
            section.rule(format!("The simple covariance has {to} {}.", mark(target)), target.line);
        }
        RiskMethod::Statistical { factors, half_life } => {
            match factors {
                Some(count) => section.rule(format!("There are {} factors (stated).", count.value), count.line),
                None => section.rule(
                    "Factors are the components whose eigenvalue is above (1 + √(n/T))², which n unrelated securities would \
                     show over T returns; at least one (default).",
                    None,
                ),
            }
            aging(half_life.as_ref(), section);
        }
        RiskMethod::Fundamental {
            groups,
            styles,
            exposures,
            half_life,
        } => {
            let names: Vec<String> = groups.iter().map(|group| format!("`{group}`")).collect();
            let of = if names.is_empty() {
                "no groups".to_owned()
            } else {
                format!("the groups of {}", list(&names))
            };
            let text = format!(
                "Factors are the market and {of}, whose returns weighted by market value sum to zero {}.",
                mark(groups)
            );
            section.rule(text, groups.line);
            if !styles.is_empty() {
                let names: Vec<String> = styles.iter().map(quantity).collect();
                let text = format!(
                    "So are {}: less the mean weighted by market value, over the standard deviation, cut at ±3; a missing \
                     value counts as that mean (stated).",
                    list(&names)
                );
                section.rule(text, None);
            }
            section.rule(
                format!("{} {}.", when(exposures.value), mark(exposures)),
                exposures.line,
            );
            aging(half_life.as_ref(), section);
        }
    }
}

fn when(exposures: ExposureDates) -> &'static str {
    match exposures {
        ExposureDates::Dated => {
            "A return is explained by the exposures of the newest snapshot on or before the day it begins, as they were known \
             then; returns before the first snapshot by that one's"
        }
        ExposureDates::AtCutoff => "All returns are explained by the exposures known at the cut-off",
    }
}

fn aging(half_life: Option<&Setting<f64>>, section: &mut Section) {
    match half_life {
        Some(half) => {
            let text = format!(
                "An observation {} returns older than another counts half as much (stated).",
                half.value
            );
            section.rule(text, half.line);
        }
        None => section.rule("All observations count the same (default).", None),
    }
}

/// The limits on other things than weights, numbered on.
pub(super) fn constraints(constraints: &[Constraint], before: usize, section: &mut Section) {
    for (at, constraint) in constraints.iter().enumerate() {
        let bound = match &constraint.on {
            ConstraintOn::Exposure { of, within } => format!(
                "the weighted mean of {} lies within {within} standard deviations of the parent's; the deviation is that of the \
                 parent's securities, each counting the same, and a missing value counts as the parent's mean",
                quantity(of)
            ),
            ConstraintOn::Names { least, most } => {
                let bounds = [
                    least.map(|count| format!("at least {count}")),
                    most.map(|count| format!("at most {count}")),
                ];
                let bounds: Vec<String> = bounds.into_iter().flatten().collect();
                format!("{} securities have weight", list(&bounds))
            }
            ConstraintOn::TrackingError { max } => format!(
                "the predicted volatility of the difference from the parent is at most {} a year",
                percent(*max)
            ),
        };
        let reason = constraint
            .because
            .as_ref()
            .map(|reason| format!(" {}", because(reason)));
        let text = format!("`{}`: {bound}.{}", constraint.id, reason.unwrap_or_default());
        section.item(before + at + 1, text, constraint.line);
    }
}

/// What gives way where the rules cannot all hold.
pub(super) fn ladder(optimised: Option<&Optimised>) -> ProseSection {
    let mut section = Section::new("Relaxation");
    let Some(optimised) = optimised else { return section.0 };
    if !optimised.ladder.is_empty() {
        section.rule(
            "Where no weights keep all rules, rules are loosened one step after another, and after each step all is tried \
             again; what was loosened stays so for this review. The first step that leaves weights is taken.",
            None,
        );
    }
    for (at, rung) in optimised.ladder.iter().enumerate() {
        section.item(at + 1, text(rung), rung.line);
    }
    let when = if optimised.ladder.is_empty() {
        "no weights keep all rules"
    } else {
        "that is not enough"
    };
    let what = match optimised.last_resort.value {
        LastResort::Fail => "the review fails and names the rules that contradict each other",
        LastResort::Skip => "there is no review: members and index shares stay as they are",
        LastResort::KeepPrevious => {
            "the drifted weights stay, but members that left the parent are sold and their weight goes to the others in proportion"
        }
    };
    let text = format!("Where {when}, {what} {}.", mark(&optimised.last_resort));
    section.rule(text, optimised.last_resort.line);
    section.0
}

fn text(rung: &Rung) -> String {
    let rules: Vec<String> = rung.rules.iter().map(loosened).collect();
    let turns = match rung.rules.as_slice() {
        [first, _, ..] => format!(", in turn, a step of `{}` first", first.rule),
        _ => String::new(),
    };
    let name = if rung.rules.first().is_some_and(|first| first.rule == rung.id) {
        String::new()
    } else {
        format!("`{}`: ", rung.id)
    };
    let reason = rung.because.as_ref().map(|reason| format!(" {}", because(reason)));
    format!("{name}{}{turns}.{}", rules.join(", and "), reason.unwrap_or_default())
}

fn loosened(rule: &RelaxedRule) -> String {
    let from = amount(rule.from);
    let Some(to) = rule.to else {
        return format!("`{}` ({from}) is done without", rule.rule);
    };
    let Some(step) = rule.step else {
        return format!("`{}` is loosened from {from} to {} at once", rule.rule, amount(to));
    };
    let count = rule.values().len();
    if count > LISTED_STEPS {
        return format!(
            "`{}` is loosened from {from} to {} in steps of {}",
            rule.rule,
            amount(to),
            amount(step)
        );
    }
    let steps: Vec<String> = rule.values().iter().map(|value| shown(*value, to)).collect();
    format!(
        "`{}` is loosened from {from} to {}, in steps of {}",
        rule.rule,
        list(&steps),
        amount(step)
    )
}

/// A value of a step as a number of the rule's unit.
fn shown(value: f64, unit: Amount) -> String {
    let rounded = |number: f64| (number * 1e9).round() / 1e9;
    match unit {
        Amount::Share(_) => format!("{}%", rounded(value * 100.0)),
        Amount::Points(_) => format!("{}pp", rounded(value * 100.0)),
        Amount::Deviations(_) => format!("{} sd", rounded(value)),
    }
}

/// `30%`, `5pp`, `0.25 sd`.
fn amount(amount: Amount) -> String {
    match amount {
        Amount::Share(share) => percent(share),
        Amount::Points(distance) => points(distance),
        Amount::Deviations(number) => format!("{number} sd"),
    }
}

/// What an optimised rulebook could say and does not.
pub(super) fn unused(optimised: &Optimised, mut add: impl FnMut(bool, &str)) {
    let none = |test: fn(&ConstraintOn) -> bool| !optimised.constraints.iter().any(|all| test(&all.on));
    add(optimised.minimum_holding.is_none(), "a minimum holding");
    add(
        none(|on| matches!(on, ConstraintOn::Exposure { .. })),
        "limits on exposures",
    );
    add(
        none(|on| matches!(on, ConstraintOn::Names { .. })),
        "limits on the number of names",
    );
    add(
        none(|on| matches!(on, ConstraintOn::TrackingError { .. })),
        "limits on tracking error",
    );
    add(optimised.ladder.is_empty(), "rules that give way");
    let vendor_age = optimised.risk.as_ref().is_some_and(|risk| match &risk.source {
        RiskSource::Vendor { max_age_days } => max_age_days.is_none(),
        RiskSource::Estimated(_) => false,
    });
    add(vendor_age, "an age limit for the risk model");
    let styles = optimised.risk.as_ref().is_some_and(|risk| match &risk.source {
        RiskSource::Estimated(estimation) => {
            matches!(&estimation.method, RiskMethod::Fundamental { styles, .. } if styles.is_empty())
        }
        RiskSource::Vendor { .. } => false,
    });
    add(styles, "styles in the risk model");
}
