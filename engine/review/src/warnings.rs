//! What an analyst should know of a review.

use std::collections::BTreeSet;

use divisor_calendar::ReviewKind;
use divisor_methodology::{Limit, Select, TopSize};
use divisor_model::Diagnostic;
use divisor_numeric::capping::{is_above, weight_above};
use divisor_numeric::limits::TOLERANCE;

use crate::bind::Pipeline;
use crate::drift::DriftSource;
use crate::fold::Review;
use crate::limit::{LimitColumn, LimitGroup};
use crate::optimised::Optimisation;

/// From which share of names on a missing variable is worth a warning.
const MISSING_SHARE_WARNED: f64 = 0.1;

/// Groups with fewer names than the least that is wanted of each.
fn short_groups(pipeline: &Pipeline, review: &Review) -> Option<Diagnostic> {
    let Select::Top(top) = &pipeline.methodology.select else {
        return None;
    };
    let least = top.least_per_group.as_ref()?.value;
    let groups = &review.scored.ranking.groups;
    let short = groups.iter().filter(|group| group.len() < least).count();
    let message = format!(
        "{short} of {} groups have fewer than the {least} names each that are wanted: all they have were taken",
        groups.len()
    );
    (short > 0 && review.dates.kind == ReviewKind::Reconstitution).then(|| Diagnostic::warning("W0109", message))
}

/// A loop that dropped nobody, or ended where the rulebook lets it end without a stop.
fn narrowing(pipeline: &Pipeline, review: &Review) -> Option<Diagnostic> {
    let (Select::Narrow(rules), Some(found)) = (&pipeline.methodology.select, &review.selection.narrowed) else {
        return None;
    };
    match found.ended {
        None => {
            let message = format!(
                "narrowing came down to {} names and crossed none of its stops",
                found.names()
            );
            Some(Diagnostic::warning("W0122", message))
        }
        Some(stop) if found.rounds() == 0 => {
            let seen = found.stops[stop].crossing;
            let message = format!(
                "nobody was dropped of {} names: `{}` would be crossed, {:.4} against {:.4}",
                found.names(),
                rules.stops[stop].id,
                seen.value,
                seen.bound
            );
            Some(Diagnostic::warning("W0121", message))
        }
        Some(_) => None,
    }
}

/// Limits that held until new weights were blended with drifted ones.
fn beyond_limits(pipeline: &Pipeline, review: &Review) -> Vec<Diagnostic> {
    let Some(blended) = &review.blended else {
        return Vec::new();
    };
    let limits = pipeline.methodology.limits.iter().zip(&review.limits);
    let beyond = limits.flat_map(|(limit, column)| {
        let weights = column.weights_of(&review.weights);
        let before = column.weights_of(&blended.limited);
        [
            beyond_bounds(limit, column, &weights),
            beyond_concentration(limit, &before, &weights),
        ]
    });
    let told = beyond.flatten().map(|(id, how)| {
        let message = format!("`{id}` held before the blend for turnover and does not after it: {how}");
        Diagnostic::warning("W0116", message)
    });
    told.collect()
}

/// How far groups lie beyond their bounds.
fn beyond_bounds<'a>(limit: &'a Limit, column: &LimitColumn, weights: &[f64]) -> Option<(&'a str, String)> {
    // A group chosen to stay below what counts towards a concentration has no bound of its own there.
    let counted = limit.concentration.as_ref().map_or(0.0, |all| all.above.value());
    let distance = |(group, weight): (&LimitGroup, &f64)| {
        if group.upper <= counted {
            return None;
        }
        let bound = if *weight > group.upper {
            group.upper
        } else {
            group.lower
        };
        let beyond = (weight - group.upper).max(group.lower - weight);
        (beyond > TOLERANCE).then_some((beyond, *weight, bound))
    };
    let out: Vec<(f64, f64, f64)> = column.groups.iter().zip(weights).filter_map(distance).collect();
    let (_, weight, bound) = out.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let how = format!(
        "{} beyond its bounds, the furthest at {:.2}% instead of {:.2}%",
        out.len(),
        weight * 100.0,
        bound * 100.0
    );
    Some((&limit.id, how))
}

/// How much more than allowed all groups above a weight hold together.
fn beyond_concentration<'a>(limit: &'a Limit, before: &[f64], after: &[f64]) -> Option<(&'a str, String)> {
    let all = limit.concentration.as_ref()?;
    let (above, max) = (all.above.value(), all.max.value());
    let weight = weight_above(after, above);
    let is_beyond = is_above(weight, max) && !is_above(weight_above(before, above), max);
    is_beyond.then(|| {
        let how = format!(
            "all above {:.2}% hold {:.2}% together instead of {:.2}%",
            above * 100.0,
            weight * 100.0,
            max * 100.0
        );
        (limit.id.as_str(), how)
    })
}

/// From which share of the parent without predicted risk on there is a warning.
const RISKLESS_SHARE_WARNED: f64 = 0.1;

fn optimised_warnings(optimised: &Optimisation) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    let moved: Vec<String> = optimised.relaxations.iter().map(ToString::to_string).collect();
    let tried = optimised.refused.len();
    if optimised.kept_previous {
        let message = format!("no weights hold all rules ({tried} tries): the weights before were kept");
        warnings.push(Diagnostic::warning("W0113", message));
    } else if !moved.is_empty() {
        let message = format!("no weights hold all rules as written: {}", moved.join(", "));
        warnings.push(Diagnostic::warning("W0112", message));
    }
    if let Some(risk) = &optimised.risk
        && risk.parent_share < 1.0 - RISKLESS_SHARE_WARNED
    {
        let message = format!(
            "{} names with {:.1}% of the parent have no predicted risk and got no weight",
            risk.without.len(),
            (1.0 - risk.parent_share) * 100.0
        );
        warnings.push(Diagnostic::warning("W0115", message));
    }
    warnings
}

/// All warnings but those of the quality checks.
pub(crate) fn warnings(pipeline: &Pipeline, review: &Review) -> Vec<Diagnostic> {
    let mut warnings: Vec<Diagnostic> = review.scored.discretion.warnings().collect();
    if review.dates.provisional {
        let message = "the review rests on sessions that the exchange has not published yet: its dates may move";
        let help = "put an announced calendar into --config DIR, or name the dates in review.overrides";
        warnings.push(Diagnostic::warning("W0110", message).help(help));
    }
    for count in &review.totals.missing {
        if count.names as f64 > MISSING_SHARE_WARNED * count.of as f64 {
            let message = format!(
                "`{}` is missing for {} of {} names of the score `{}`: {}",
                count.variable, count.names, count.of, count.score, count.policy
            );
            warnings.push(Diagnostic::warning("W0101", message));
        }
    }
    for (score, column) in pipeline.methodology.scores.iter().zip(&review.scored.scores) {
        for (part, values) in score
            .parts
            .iter()
            .zip(&column.parts)
            .filter(|(_, part)| part.unfinished)
        {
            let message = format!(
                "truncating `{}` in the score `{}` had not ended after {} passes",
                part.id,
                score.name,
                values.passes.unwrap_or(0)
            );
            warnings.push(Diagnostic::warning("W0108", message));
        }
    }
    let chosen = review.selection.fate.iter().filter(|fate| fate.is_in()).count();
    if let Select::Top(top) = &pipeline.methodology.select
        && let TopSize::Count(count) = top.size
        && top.within.is_none()
        && review.dates.kind == ReviewKind::Reconstitution
        && chosen < count
    {
        let message = format!("only {chosen} names could be ranked and weighted, {count} were wanted");
        warnings.push(Diagnostic::warning("W0102", message));
    }
    if let (Some(blended), Some(limit)) = (&review.blended, &pipeline.methodology.turnover)
        && blended.one_way > limit.one_way() + 1e-12
    {
        let message = format!(
            "members that leave trade {:.4}% one-way, above the limit of {:.4}%: nothing else is traded",
            blended.one_way * 100.0,
            limit.one_way() * 100.0
        );
        warnings.push(Diagnostic::warning("W0106", message));
    }
    warnings.extend(beyond_limits(pipeline, review));
    warnings.extend(review.optimised.iter().flat_map(optimised_warnings));
    warnings.extend(short_groups(pipeline, review));
    warnings.extend(narrowing(pipeline, review));
    let stuck = review.turnover.rows.iter().filter(|row| {
        // A name that left the parent long before the new snapshot has no price there: expected.
        row.drift_source == DriftSource::Unchanged && review.scored.position(row.security).is_some()
    });
    let stuck = stuck.count();
    if stuck > 0 {
        let message =
            format!("{stuck} names of the parent had neither price nor market cap to drift by: weights unchanged");
        warnings.push(Diagnostic::warning("W0103", message));
    }
    if review
        .previous
        .as_ref()
        .is_some_and(|held| held.snapshot == review.scored.snapshot)
    {
        let message = format!(
            "the review before used the snapshot {} too: nothing but newer publications can change",
            review.scored.snapshot
        );
        warnings.push(Diagnostic::warning("W0105", message));
    }
    let catalogue = &pipeline.catalogue;
    let per_share: BTreeSet<&str> = pipeline
        .calls
        .iter()
        .flat_map(|call| call.per_share_fields(catalogue))
        .collect();
    if !per_share.is_empty() && !catalogue.has_actions {
        let fields: Vec<&str> = per_share.iter().copied().collect();
        let totals: Vec<&str> = per_share.iter().filter_map(|field| catalogue.total_of(field)).collect();
        let instead = match totals.as_slice() {
            [] => "totals".to_owned(),
            totals => totals.join(", "),
        };
        let message = format!(
            "the history of {} was not restated for splits: the dataset has no `actions`; use {instead} instead",
            fields.join(", ")
        );
        warnings.push(Diagnostic::warning("W0104", message));
    }
    warnings
}
