//! The exact nearest weights under nested limits.
//!
//! Every node answers a factor f with the weight of what is below it:
//!
//! ```text
//! name:  W(f) = clamp(u · f, lower, upper)
//! group: W(f) = clamp(Σ W(f) of the names and groups directly below, lower, upper)
//! ```
//!
//! The root is the total and needs W(f) = 1; where a group's clamp binds, what is below it is solved for a factor of its
//! own. The factor of a name that its own limits leave alone is its capping factor.
//!
//! *Exact and finite.* W is continuous, piecewise linear and never falls; it bends only at knots: factors at which a name
//! meets a bound, or a group below starts or stops binding. Knots are collected from the leaves upwards. The computed W
//! never falls either, since every rounded operation in it is monotone and the order of addition is fixed; so a search
//! over the knots finds the one piece that holds the target, in at most 2⌈log₂(knots + 1)⌉ evaluations from scratch, and one
//! division solves on that piece. Nothing iterates to a tolerance and no error accumulates over pieces.

use super::problem::{Found, Names};
use super::tree::{Node, ROOT, Tree};
use super::{Side, TOLERANCE};
use crate::sum::sum;

/// Steps of one unit in the last place by which a knot is moved to meet its bound.
const NUDGES: usize = 2;
/// The factor taken where any of a range gives the same weights, such as with all bounds binding: nothing moves.
const NATURAL: f64 = 1.0;

/// The weights of a nested problem.
pub(super) fn limit(tree: &Tree, names: &Names<'_>) -> Found {
    let projection = project(tree, names);
    let mut binding = names.binding(&projection.pulled);
    for (node, &(parent, factor)) in tree.nodes.iter().zip(&projection.factors) {
        let noise = TOLERANCE * parent.abs().max(factor.abs());
        if factor < parent - noise {
            binding.extend(node.range.bounds(Side::Upper));
        } else if factor > parent + noise {
            binding.extend(node.range.bounds(Side::Lower));
        }
    }
    Found {
        weights: projection.weights,
        binding,
        rounds: 1,
    }
}

/// The nearest weights, and how they came about.
pub(super) struct Projection {
    pub(super) weights: Vec<f64>,
    /// By name, its weight before its own limits.
    pub(super) pulled: Vec<f64>,
    /// By node, the factor of its parent and its own: they differ where a limit of the node binds.
    pub(super) factors: Vec<(f64, f64)>,
}

/// The nearest weights under the limits of a settled tree.
pub(super) fn project(tree: &Tree, names: &Names<'_>) -> Projection {
    let pieces = Curve::new(tree, names).pieces();
    let mut factors = vec![(NATURAL, NATURAL); tree.nodes.len()];
    let (mut weights, mut pulled) = (vec![0.0; names.len()], vec![0.0; names.len()]);
    for (index, node) in tree.nodes.iter().enumerate() {
        let parent = if index == ROOT { NATURAL } else { factors[node.parent].1 };
        let factor = pieces[index].nearest(parent);
        factors[index] = if index == ROOT {
            (factor, factor)
        } else {
            (parent, factor)
        };
        for &name in &node.names {
            let name = name as usize;
            pulled[name] = names.uncapped[name] * factor;
            weights[name] = names.clamp(name, pulled[name]);
        }
    }
    Projection {
        weights,
        pulled,
        factors,
    }
}

/// Factors between which a node follows its parent.
#[derive(Clone, Copy)]
struct Passing {
    /// Below this its minimum binds.
    from: f64,
    /// Above this its maximum binds.
    to: f64,
}

impl Passing {
    fn nearest(self, factor: f64) -> f64 {
        factor.max(self.from).min(self.to)
    }
}

/// The names directly below a node: uncapped weight and own limits of each, side by side.
struct Direct {
    uncapped: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Direct {
    fn of(node: &Node, names: &Names<'_>) -> Self {
        let of_names = |column: &[f64]| node.names.iter().map(|name| column[*name as usize]).collect();
        Self {
            uncapped: of_names(&names.uncapped),
            lower: of_names(&names.lower),
            upper: of_names(&names.upper),
        }
    }

    fn names(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let bounds = self.lower.iter().zip(&self.upper);
        self.uncapped
            .iter()
            .zip(bounds)
            .map(|(uncapped, (lower, upper))| (*uncapped, *lower, *upper))
    }
}

/// The response of the nodes of a tree to factors.
struct Curve<'a> {
    tree: &'a Tree,
    /// By node.
    direct: Vec<Direct>,
}

impl<'a> Curve<'a> {
    fn new(tree: &'a Tree, names: &Names<'_>) -> Self {
        Self {
            direct: tree.nodes.iter().map(|node| Direct::of(node, names)).collect(),
            tree,
        }
    }

    /// Σ W of what is directly below a node. `stack` is scratch space, left as it was.
    fn below(&self, node: usize, factor: f64, stack: &mut Vec<f64>) -> f64 {
        let base = stack.len();
        let names = self.direct[node].names();
        stack.extend(names.map(|(uncapped, lower, upper)| (uncapped * factor).max(lower).min(upper)));
        for &group in &self.tree.nodes[node].groups {
            let range = &self.tree.nodes[group].range;
            let weight = self.below(group, factor, stack);
            stack.push(weight.max(range.lower).min(range.upper));
        }
        let total = sum(&stack[base..]);
        stack.truncate(base);
        total
    }

    /// How fast [`Self::below`] rises inside a piece.
    fn slope(&self, node: usize, factor: f64, stack: &mut Vec<f64>) -> f64 {
        let base = stack.len();
        let is_free =
            |(uncapped, lower, upper): &(f64, f64, f64)| uncapped * factor > *lower && uncapped * factor < *upper;
        stack.extend(self.direct[node].names().filter(is_free).map(|(uncapped, ..)| uncapped));
        for &group in &self.tree.nodes[node].groups {
            let range = &self.tree.nodes[group].range;
            let weight = self.below(group, factor, stack);
            if weight > range.lower && weight < range.upper {
                let slope = self.slope(group, factor, stack);
                stack.push(slope);
            }
        }
        let total = sum(&stack[base..]);
        stack.truncate(base);
        total
    }

    /// From the leaves upwards: between which factors each node follows its parent.
    fn pieces(&self) -> Vec<Passing> {
        let count = self.tree.nodes.len();
        let mut passing = vec![
            Passing {
                from: f64::NEG_INFINITY,
                to: f64::INFINITY
            };
            count
        ];
        let mut knots: Vec<Vec<f64>> = vec![Vec::new(); count];
        let mut stack = Vec::new();
        for (index, node) in self.tree.nodes.iter().enumerate().rev() {
            let mut own = self.knots_of_names(index);
            for &group in &node.groups {
                own.append(&mut knots[group]);
            }
            let (lower, upper) = (node.range.lower, node.range.upper);
            // The total is met anywhere on a flat stretch; a group follows its parent over the whole of one.
            let mut solved = passing[index];
            if lower > node.floor || index == ROOT {
                solved = self.solve(index, &mut own, lower, &mut stack);
                passing[index].from = solved.from;
            }
            if index == ROOT && upper.total_cmp(&lower).is_eq() {
                passing[index].to = solved.to;
            } else if upper < node.ceiling || index == ROOT {
                passing[index].to = self.solve(index, &mut own, upper, &mut stack).to;
            }
            let Passing { from, to } = passing[index];
            own.retain(|&knot| knot > from && knot < to);
            own.extend([from, to].iter().filter(|end| end.is_finite()));
            knots[index] = own;
        }
        passing
    }

    /// Where the names directly below a node meet their bounds. A bound at infinity, or of a weight so small that its knot
    /// overflows, is never met.
    fn knots_of_names(&self, node: usize) -> Vec<f64> {
        let direct = &self.direct[node];
        let mut knots = Vec::with_capacity(direct.uncapped.len() + 1);
        let mut has_zero = false;
        for (uncapped, lower, upper) in direct.names() {
            // Names without a minimum all bend at zero: once is enough.
            if lower > 0.0 || !has_zero {
                let mut from = lower / uncapped;
                // The division rounded; a knot at which the bound is not quite met would leave a name a hair off it.
                for _ in 0..NUDGES {
                    from = if uncapped * from > lower {
                        from.next_down()
                    } else {
                        from
                    };
                }
                knots.extend(Some(from).filter(|knot| knot.is_finite()));
                has_zero |= from.to_bits() == 0;
            }
            if upper < f64::INFINITY {
                let mut to = upper / uncapped;
                for _ in 0..NUDGES {
                    to = if uncapped * to < upper { to.next_up() } else { to };
                }
                knots.extend(Some(to).filter(|knot| knot.is_finite()));
            }
        }
        knots
    }

    /// All factors at which what is below a node weighs `target`, or comes nearest to it. Reorders the knots.
    fn solve(&self, node: usize, knots: &mut [f64], target: f64, stack: &mut Vec<f64>) -> Passing {
        let (reached, right) = self.around(node, knots, target, stack);
        let least = || knots.iter().copied().reduce(f64::min);
        let left = reached.or_else(least).unwrap_or(0.0);
        let weight = self.below(node, left, stack);
        let right = right.filter(|_| reached.is_some());
        let inside = right.map_or(left + 1.0 + left.abs(), |right| left + (right - left) / 2.0);
        let slope = match reached {
            Some(_) => self.slope(node, inside, stack),
            None => 0.0,
        };
        if weight >= target || slope <= 0.0 {
            return self.flat(node, knots, weight, stack);
        }
        let end = right.unwrap_or(f64::INFINITY);
        let guess = (left + (target - weight) / slope).min(end);
        // The division rounded; one correction on the same piece takes the error of a large step back.
        let factor = (guess + (target - self.below(node, guess, stack)) / slope)
            .max(left)
            .min(end);
        Passing {
            from: factor,
            to: factor,
        }
    }

    /// The greatest knot at which a node weighs no more than `target` and the least at which it weighs more. Limits mostly
    /// bind a few names, so the factor lies little off the natural one: the search starts there, doubles its reach, then
    /// halves it, and only the knots it still has to tell apart are ever put in order.
    fn around(&self, node: usize, knots: &mut [f64], target: f64, stack: &mut Vec<f64>) -> (Option<f64>, Option<f64>) {
        let natural = to_front(knots, |knot| knot <= NATURAL);
        let (before, after) = knots.split_at_mut(natural);
        let rises = self.below(node, NATURAL, stack) <= target;
        let (mut left, mut right, mut open) = if rises {
            (before.iter().copied().max_by(f64::total_cmp), None, after)
        } else {
            (None, after.iter().copied().min_by(f64::total_cmp), before)
        };
        let mut reach = 1;
        while !open.is_empty() {
            let at = if rises && right.is_none() {
                reach.min(open.len()) - 1
            } else {
                open.len() / 2
            };
            reach *= 2;
            let (before, &mut knot, after) = open.select_nth_unstable_by(at, f64::total_cmp);
            if self.below(node, knot, stack) <= target {
                left = Some(knot);
                open = after;
            } else {
                right = Some(knot);
                open = before;
            }
        }
        (left, right)
    }

    /// The flat stretch at a weight that some knot has: between its first and last such knot, or without end.
    fn flat(&self, node: usize, knots: &mut [f64], weight: f64, stack: &mut Vec<f64>) -> Passing {
        knots.sort_unstable_by(f64::total_cmp);
        let first = knots.partition_point(|&knot| self.below(node, knot, stack) < weight);
        let after = knots.partition_point(|&knot| self.below(node, knot, stack) <= weight);
        let from = if first == 0 {
            f64::NEG_INFINITY
        } else {
            knots.get(first).copied().unwrap_or(f64::INFINITY)
        };
        let to = match knots.get(..after).and_then(<[f64]>::last) {
            Some(&last) if after < knots.len() || self.slope(node, last + 1.0 + last.abs(), stack) > 0.0 => last,
            _ => f64::INFINITY,
        };
        Passing { from, to }
    }
}

/// Moves what passes the test to the front, and says how many do.
fn to_front(values: &mut [f64], test: impl Fn(f64) -> bool) -> usize {
    let mut front = 0;
    for at in 0..values.len() {
        if test(values[at]) {
            values.swap(front, at);
            front += 1;
        }
    }
    front
}
