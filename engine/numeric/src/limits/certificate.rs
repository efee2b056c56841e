//! Proof that crossing limits contradict each other.
//!
//! Give each binding bound a force y: above zero for a minimum, below zero for a maximum. All weights that hold these
//! bounds have Σ y · (weight of the group) ≥ Σ y · bound. If no weights at all reach that, though they add up to 100% and
//! hold the limits of single names, the bounds cannot hold together (Farkas). Forces that can rise for ever without any
//! weight moving are such a y, and the check here makes it a proof.

use super::conflict::{Conflict, Shortfall};
use super::crossing::Constraint;
use super::problem::Names;
use super::{Bound, Side};
use crate::sum::{sum, sum_iter};

/// By how much, in weight per unit of the largest force, the contradiction must exceed rounding.
const MARGIN: f64 = 1e-9;
/// Forces below this share of the largest are rounding.
const NOISE: f64 = 1e-9;

/// The contradiction that the growth of the forces points to, if it is one. Whole forces are tried first: they are the
/// plain statements "these minima exceed that maximum".
pub(super) fn contradiction(names: &Names<'_>, constraints: &[Constraint], growth: &[f64]) -> Option<Conflict> {
    let largest = growth.iter().fold(0.0_f64, |largest, force| largest.max(force.abs()));
    if largest <= 0.0 || !largest.is_finite() {
        return None;
    }
    let scaled: Vec<f64> = growth.iter().map(|force| force / largest).collect();
    let whole: Vec<f64> = scaled.iter().map(|force| force.round()).collect();
    let clean: Vec<f64> = scaled
        .iter()
        .map(|force| if force.abs() < NOISE { 0.0 } else { *force })
        .collect();
    prove(names, constraints, &whole).or_else(|| prove(names, constraints, &clean))
}

fn prove(names: &Names<'_>, constraints: &[Constraint], forces: &[f64]) -> Option<Conflict> {
    let bound = |side: Side| {
        let terms = constraints
            .iter()
            .zip(forces)
            .map(move |(constraint, &force)| match side {
                Side::Lower if force > 0.0 => force * constraint.range.lower,
                Side::Upper if force < 0.0 => -force * constraint.range.upper,
                _ => 0.0,
            });
        sum_iter(terms)
    };
    let (minima, maxima) = (bound(Side::Lower), bound(Side::Upper));
    let mut push = vec![0.0; names.len()];
    for (constraint, force) in constraints.iter().zip(forces) {
        for &name in constraint.members {
            push[name as usize] += force;
        }
    }
    let reach = Reach::new(names, &push);
    let (needed, available) = (minima + reach.floor, maxima + reach.room);
    // Written so that an infinite maximum or a NaN proves nothing.
    let proved = needed > available + MARGIN;
    proved.then(|| describe(constraints, forces, needed, available, &reach))
}

/// The greatest Σ push · w of weights that add up to one and hold the limits of single names: `room` − `floor`, taken
/// apart into what allows it and what takes from it.
struct Reach {
    room: f64,
    floor: f64,
    /// The push at which another bit of weight would go: what the total of 100% contributes. Zero where it plays no part.
    marginal: f64,
    /// The limits of single names that take part.
    own: Vec<Bound>,
}

impl Reach {
    /// Fills the names with the greatest push first.
    fn new(names: &Names<'_>, push: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by(|&a, &b| push[b].total_cmp(&push[a]));
        let mut left = 1.0 - sum(&names.lower);
        let mut marginal = order.first().map_or(0.0, |&name| push[name]);
        for &name in &order {
            let more = left.min(names.upper[name] - names.lower[name]);
            if more > 0.0 {
                left -= more;
                marginal = push[name];
            }
        }
        let (mut room, mut floor) = (vec![marginal.max(0.0)], vec![-marginal.min(0.0)]);
        let mut own = Vec::new();
        for (name, &push) in push.iter().enumerate() {
            if push > marginal {
                room.push((push - marginal) * names.upper[name]);
                own.extend(names.bounds(name, Side::Upper));
            } else if push < marginal && names.lower[name] > 0.0 {
                floor.push((marginal - push) * names.lower[name]);
                own.extend(names.bounds(name, Side::Lower));
            }
        }
        Self {
            room: sum(&room),
            floor: sum(&floor),
            marginal,
            own,
        }
    }
}

/// Puts a single minimum against the maxima, or a single maximum against the minima, as the node, unless the total of 100%
/// takes part; else that is the node.
fn describe(constraints: &[Constraint], forces: &[f64], needed: f64, available: f64, reach: &Reach) -> Conflict {
    let side = |force: f64| if force > 0.0 { Side::Lower } else { Side::Upper };
    let taking_part: Vec<Bound> = constraints
        .iter()
        .zip(forces)
        .filter(|(_, force)| force.abs() > 0.0)
        .flat_map(|(constraint, &force)| constraint.range.bounds(side(force)))
        .collect();
    let single = |wanted: Side| {
        let mut of_side = taking_part.iter().copied().filter(|bound| bound.2 == wanted);
        of_side
            .next()
            .filter(|_| of_side.next().is_none() && reach.marginal.abs() <= MARGIN)
    };
    let node = single(Side::Lower).or_else(|| single(Side::Upper));
    let too_much_floor = node.map_or(reach.marginal > 0.0, |bound| bound.2 == Side::Upper);
    let mut responsible = [taking_part.as_slice(), &reach.own].concat();
    responsible.retain(|bound| Some(*bound) != node);
    responsible.sort_unstable();
    responsible.dedup();
    Conflict {
        node: node.map(|bound| (bound.0, bound.1)),
        shortfall: if too_much_floor {
            Shortfall::TooMuchFloor
        } else {
            Shortfall::TooLittleRoom
        },
        needed,
        available,
        responsible,
    }
}
