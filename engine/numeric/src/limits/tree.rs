//! Nested groups as a tree: how they are found, and whether they can all be satisfied.

use super::conflict::{Conflict, Shortfall};
use super::problem::{Names, Range, Set, rounding};
use super::{Bound, Side, TOLERANCE};
use crate::sum::sum;

/// The total of 100%.
pub(super) const ROOT: usize = 0;

/// A group of the family, or the total.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) parent: usize,
    /// All names in it, ascending.
    pub(super) members: Vec<u32>,
    pub(super) range: Range,
    /// Names in none of the groups below.
    pub(super) names: Vec<u32>,
    /// Groups directly below, as nodes.
    pub(super) groups: Vec<usize>,
    /// The least and greatest weight that limits below allow, before this node's own.
    pub(super) floor: f64,
    pub(super) ceiling: f64,
}

/// A nested family of groups. Parents stand before what is below them.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

/// Whether sets fit into one tree.
pub(super) enum Placement {
    Nested(Tree),
    Crossing,
}

impl Tree {
    /// Builds the tree from the largest set to the smallest: every set must lie in one innermost set so far. Equal sets become
    /// one node with both limits.
    pub(super) fn place(count: usize, sets: &[&Set]) -> Result<Placement, Conflict> {
        let mut sets = sets.to_vec();
        sets.sort_by_key(|set| (std::cmp::Reverse(set.members.len()), set.source.key()));
        let root = Range {
            lower: 1.0,
            upper: 1.0,
            sources: Vec::new(),
        };
        let mut nodes = vec![Node::new(ROOT, (0..count as u32).collect(), root)];
        let mut innermost = vec![ROOT; count];
        for set in sets {
            let parent = innermost[set.members[0] as usize];
            if set.members.iter().any(|&name| innermost[name as usize] != parent) {
                return Ok(Placement::Crossing);
            }
            if parent != ROOT && nodes[parent].members.len() == set.members.len() {
                nodes[parent].range.intersect(set.source)?;
                continue;
            }
            let mut range = Range::free();
            range.intersect(set.source)?;
            for &name in &set.members {
                innermost[name as usize] = nodes.len();
            }
            let node = nodes.len();
            nodes[parent].groups.push(node);
            nodes.push(Node::new(parent, set.members.clone(), range));
        }
        for (name, &node) in innermost.iter().enumerate() {
            nodes[node].names.push(name as u32);
        }
        Ok(Placement::Nested(Self { nodes }))
    }

    /// Checks from the leaves upwards that every node can be satisfied, and rounds bounds that miss by no more than the tolerance
    /// to what is possible.
    pub(super) fn settle(&mut self, names: &Names<'_>) -> Result<(), Conflict> {
        for index in (0..self.nodes.len()).rev() {
            let below = |of: fn(&Node) -> f64, bounds: &[f64]| {
                let node = &self.nodes[index];
                let mut each: Vec<f64> = Vec::with_capacity(node.names.len() + node.groups.len());
                each.extend(node.names.iter().map(|&name| bounds[name as usize]));
                each.extend(node.groups.iter().map(|&group| of(&self.nodes[group])));
                sum(&each)
            };
            let floor = below(|node| node.range.lower.max(node.floor), &names.lower);
            let ceiling = below(|node| node.range.upper.min(node.ceiling), &names.upper);
            let Range {
                lower: range_lower,
                upper: range_upper,
                ..
            } = self.nodes[index].range;
            if range_lower > ceiling + TOLERANCE {
                return Err(self.conflict(index, names, Side::Upper, range_lower, ceiling));
            }
            if range_upper < floor - TOLERANCE {
                return Err(self.conflict(index, names, Side::Lower, floor, range_upper));
            }
            let node = &mut self.nodes[index];
            (node.floor, node.ceiling) = (floor, ceiling);
            if index == ROOT {
                let target = attainable(floor, ceiling, rounding(names.len()));
                (node.range.lower, node.range.upper) = (target, target);
            } else {
                (node.range.lower, node.range.upper) = (range_lower.min(ceiling), range_upper.max(floor));
            }
        }
        Ok(())
    }

    fn conflict(&self, index: usize, names: &Names<'_>, side: Side, needed: f64, available: f64) -> Conflict {
        let (own, shortfall) = match side {
            Side::Upper => (Side::Lower, Shortfall::TooLittleRoom),
            Side::Lower => (Side::Upper, Shortfall::TooMuchFloor),
        };
        let mut responsible = Vec::new();
        self.responsible(index, names, side, &mut responsible);
        responsible.sort_unstable();
        let node = self.nodes[index]
            .range
            .bounds(own)
            .first()
            .map(|bound| (bound.0, bound.1));
        Conflict {
            node,
            shortfall,
            needed,
            available,
            responsible,
        }
    }

    /// The outermost bounds below a node that make up its floor or ceiling.
    fn responsible(&self, index: usize, names: &Names<'_>, side: Side, into: &mut Vec<Bound>) {
        let node = &self.nodes[index];
        for &name in &node.names {
            into.extend(names.bounds(name as usize, side));
        }
        for &group in &node.groups {
            let below = &self.nodes[group];
            let own = match side {
                Side::Lower => below.range.lower > 0.0 && below.range.lower >= below.floor,
                Side::Upper => below.range.upper < f64::INFINITY && below.range.upper <= below.ceiling,
            };
            if own {
                into.extend(below.range.bounds(side));
            } else {
                self.responsible(group, names, side, into);
            }
        }
    }
}

/// The total that a floor and a ceiling allow: 1, or the bound that misses it or is it but for rounding. Without the
/// latter, bounds that add up to 100% would leave the last name a hair off its own.
fn attainable(floor: f64, ceiling: f64, rounding: f64) -> f64 {
    if ceiling <= 1.0 + rounding {
        ceiling
    } else if floor >= 1.0 - rounding {
        floor
    } else {
        1.0
    }
}

impl Node {
    fn new(parent: usize, members: Vec<u32>, range: Range) -> Self {
        Self {
            parent,
            members,
            range,
            names: Vec::new(),
            groups: Vec::new(),
            floor: 0.0,
            ceiling: 0.0,
        }
    }
}
