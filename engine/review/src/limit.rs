//! Limits, and the weights that hold them all.

mod groups;

use divisor_methodology::{Limit, LimitOn, Methodology};
use divisor_model::{SecurityIndex, Snapshot};
use divisor_numeric::capping::{self, concentrate, weight_above};
use divisor_numeric::limits::{Axis, Side, Solution, redistribute};

use crate::conflict::{unconcentrated, unheld, unsatisfiable};
use crate::error::ReviewError;
use crate::procedure;
use crate::scored::Scored;

pub(crate) use groups::{LimitBasis, column, every_group, is_small, present_groups, rebound};

/// What one limit did.
#[derive(Debug, Clone)]
pub struct LimitColumn {
    /// The groups it bounds.
    pub groups: Vec<LimitGroup>,
    /// The group of each selected name, in the order of the selection.
    pub group_of: Vec<u32>,
    /// What all above a weight hold together.
    pub concentration: Option<Concentrated>,
    /// The power weights were raised to.
    pub power: Option<f64>,
}

/// What all groups above a weight hold together.
#[derive(Debug, Clone, Copy)]
pub struct Concentrated {
    /// Weight of the groups above the threshold.
    pub weight: f64,
    /// Whether weights were moved for it.
    pub is_binding: bool,
}

impl LimitColumn {
    fn new(groups: Vec<LimitGroup>, group_of: Vec<u32>) -> Self {
        Self {
            groups,
            group_of,
            concentration: None,
            power: None,
        }
    }

    /// Notes what each group weighs.
    pub(crate) fn weigh(&mut self, weights: &[f64]) {
        let held = self.weights_of(weights);
        for (group, weight) in self.groups.iter_mut().zip(held) {
            group.weight = weight;
        }
    }

    /// What each group weighs.
    pub(crate) fn weights_of(&self, weights: &[f64]) -> Vec<f64> {
        let mut held = vec![0.0; self.groups.len()];
        for (weight, group) in weights.iter().zip(&self.group_of) {
            held[*group as usize] += weight;
        }
        held
    }
}

/// One bounded group.
#[derive(Debug, Clone)]
pub struct LimitGroup {
    key: Key,
    /// Least weight.
    pub lower: f64,
    /// Greatest weight; infinite where there is none.
    pub upper: f64,
    /// Its weight in the parent.
    pub parent_weight: f64,
    /// Its weight in the index.
    pub weight: f64,
    /// The bound that moved weights.
    pub binding: Option<Side>,
    /// In an optimisation, by how much the objective would fall for one unit of weight more room; zero where it does not bind.
    pub shadow_price: f64,
}

/// A group: a text code of the snapshot's column, or a security on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Code(u32),
    Security(SecurityIndex),
}

impl LimitGroup {
    /// What the group is called: an id, an issuer, a sector.
    pub fn label<'a>(&self, on: &LimitOn, snapshot: Snapshot<'a>) -> &'a str {
        label(on, snapshot, self.key)
    }
}

/// Weights of the selected names that hold all limits, and what each limit did.
pub(crate) struct Limited {
    pub(crate) weights: Vec<f64>,
    pub(crate) limits: Vec<LimitColumn>,
}

/// What limits are held on: the scored parent, its snapshot, and the names of the review for messages.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) scored: &'a Scored,
    pub(crate) snapshot: Snapshot<'a>,
    pub(crate) when: &'a str,
}

/// Holds the limits. `selected` are positions in the parent, `uncapped` their weights summing to 1.
pub(crate) fn hold(
    methodology: &Methodology,
    ground: Ground<'_>,
    selected: &[u32],
    uncapped: &[f64],
) -> Result<Limited, ReviewError> {
    let mut limits = Vec::new();
    for (limit, basis) in methodology.limits.iter().zip(&ground.scored.limits) {
        let mut found = column(limit, basis, ground, selected)?;
        climb(limit, &mut found, uncapped);
        limits.push(found);
    }
    let weights = match methodology.limits.iter().position(Limit::is_procedure) {
        _ if limits.is_empty() => uncapped.to_vec(),
        Some(at) => {
            let limit = &methodology.limits[at];
            procedure::run(limit, &mut limits[at], uncapped).map_err(|why| unheld(limit, &why, ground))?
        }
        None => together(methodology, &mut limits, uncapped, ground)?,
    };
    for (limit, column) in methodology.limits.iter().zip(&mut limits) {
        let held = column.weights_of(&weights);
        if let Some(all) = &limit.concentration {
            let before = weight_above(&column.weights_of(uncapped), all.above.value());
            column.concentration = Some(Concentrated {
                weight: weight_above(&held, all.above.value()),
                is_binding: column
                    .concentration
                    .map_or(before > all.max.value(), |all| all.is_binding),
            });
        }
        for (group, weight) in column.groups.iter_mut().zip(held) {
            group.weight = weight;
        }
    }
    Ok(Limited { weights, limits })
}

/// The nearest weights that hold all limits together.
fn together(
    methodology: &Methodology,
    limits: &mut [LimitColumn],
    uncapped: &[f64],
    ground: Ground<'_>,
) -> Result<Vec<f64>, ReviewError> {
    let axes: Vec<Axis> = limits.iter().map(axis).collect();
    let concentrated = methodology.limits.iter().enumerate();
    let mut concentrated = concentrated.filter_map(|(at, limit)| Some((at, limit.concentration.as_ref()?)));
    let solution = match concentrated.next_back() {
        None => redistribute(uncapped, &axes).map_err(|error| unsatisfiable(methodology, limits, &error, ground))?,
        Some((at, all)) => {
            let rule = capping::Concentration {
                group_of: axes[at].group_of.clone(),
                above: all.above.value(),
                max: all.max.value(),
            };
            let found = concentrate(uncapped, &axes, &rule)
                .map_err(|error| unconcentrated(methodology, limits, at, &error, ground))?;
            limits[at].concentration = Some(Concentrated {
                weight: 0.0,
                is_binding: found.may_exceed.is_some(),
            });
            for group in found.held_below {
                let group = &mut limits[at].groups[group];
                group.upper = group.upper.min(rule.above);
                group.binding = Some(Side::Upper);
            }
            found.solution
        }
    };
    let Solution { weights, binding, .. } = solution;
    for (limit, group, side) in binding {
        limits[limit].groups[group].binding = Some(side);
    }
    Ok(weights)
}

/// The steps of a ladder, by rank before limits; of equals the first by security goes first.
fn climb(limit: &Limit, column: &mut LimitColumn, uncapped: &[f64]) {
    let Some(last) = limit.ladder.last() else { return };
    let held = column.weights_of(uncapped);
    let mut order: Vec<usize> = (0..held.len()).collect();
    order.sort_by(|a, b| held[*b].total_cmp(&held[*a]).then(a.cmp(b)));
    for (rank, group) in order.into_iter().enumerate() {
        let step = limit.ladder.get(rank).unwrap_or(last).value();
        let group = &mut column.groups[group];
        group.upper = group.upper.min(step);
    }
}

fn axis(column: &LimitColumn) -> Axis {
    Axis {
        group_of: column.group_of.clone(),
        bounds: column.groups.iter().map(|group| (group.lower, group.upper)).collect(),
    }
}

fn label<'a>(on: &LimitOn, snapshot: Snapshot<'a>, key: Key) -> &'a str {
    let column = match on {
        LimitOn::Column(name) => name,
        _ => "issuer_id",
    };
    match key {
        Key::Security(security) => snapshot.panel().securities().id(security),
        Key::Code(code) => {
            let text = snapshot.text(column).and_then(|(_, texts)| texts.text(code));
            text.unwrap_or("(none)")
        }
    }
}
