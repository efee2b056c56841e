//! The turnover limit: new weights blended with drifted old ones.

use divisor_methodology::{TurnoverLimit, Unreachable};
use divisor_model::{Diagnostic, SecurityIndex};
use divisor_numeric::blend as blended_weights;

use crate::drift::Drifted;
use crate::error::ReviewError;

/// How weights were held back.
#[derive(Debug, Clone)]
pub struct Blended {
    /// Share of the new weights, 0 to 1.
    pub share: f64,
    /// One-way turnover after the blend.
    pub one_way: f64,
    /// Weights of the members after limits, before the blend.
    pub limited: Vec<f64>,
}

/// Replaces the weights of the members by the blend that keeps the limit. `securities` and `drifted` ascend.
pub(crate) fn blend(
    limit: &TurnoverLimit,
    securities: &[SecurityIndex],
    weights: &mut Vec<f64>,
    drifted: &[Drifted],
    when: &str,
) -> Result<Blended, ReviewError> {
    let held = |security: &SecurityIndex| drifted.binary_search_by_key(security, |held| held.security);
    let mut old: Vec<f64> = securities
        .iter()
        .map(|security| held(security).map_or(0.0, |at| drifted[at].weight))
        .collect();
    let leavers = drifted
        .iter()
        .filter(|held| securities.binary_search(&held.security).is_err());
    let mut new = weights.clone();
    for left in leavers {
        old.push(left.weight);
        new.push(0.0);
    }
    let most = limit.one_way();
    let mut found = blended_weights(&new, &old, most);
    if found.one_way > most + 1e-12 && limit.unreachable.value == Unreachable::Error {
        let message = format!(
            "{when}: [turnover] (line {}) cannot hold: members that leave trade {:.4}% one-way, and {:.4}% is allowed",
            limit.line,
            found.one_way * 100.0,
            most * 100.0
        );
        let help = "raise `max`, widen the buffer, or write unreachable = \"least\"";
        return Err(ReviewError::unsatisfiable(
            Diagnostic::error("R0305", message).help(help),
        ));
    }
    found.weights.truncate(weights.len());
    Ok(Blended {
        share: found.share,
        one_way: found.one_way,
        limited: std::mem::replace(weights, found.weights),
    })
}
