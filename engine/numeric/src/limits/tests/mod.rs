//! Limits checked against hand-computed numbers, against other formulations and for their laws.

mod conflicts;
mod crossing;
mod golden;
mod nested;

use super::{Axis, NO_GROUP, Solution, redistribute};

/// Random numbers by counter (`SplitMix64`): the k-th depends on seed and k alone.
struct Draws {
    seed: u64,
    count: u64,
}

impl Draws {
    fn new(seed: u64) -> Self {
        Self {
            seed: seed.wrapping_mul(0xD134_2543_DE82_EF95),
            count: 0,
        }
    }

    /// In [0, 1).
    fn unit(&mut self) -> f64 {
        self.count += 1;
        let mut bits = self.seed.wrapping_add(self.count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Skewed weights as in an index, summing to one.
    fn weights(&mut self, count: usize) -> Vec<f64> {
        normalised(&(0..count).map(|_| self.unit().powi(4) + 1e-4).collect::<Vec<_>>())
    }
}

fn normalised(weights: &[f64]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// Names limited together.
#[derive(Debug, Clone)]
struct Group {
    members: Vec<u32>,
    lower: f64,
    upper: f64,
}

/// Disjoint groups as an axis.
fn axis(groups: impl IntoIterator<Item = Group>) -> Axis {
    let mut axis = Axis::default();
    for (number, group) in groups.into_iter().enumerate() {
        for member in group.members {
            let member = member as usize;
            if axis.group_of.len() <= member {
                axis.group_of.resize(member + 1, NO_GROUP);
            }
            assert_eq!(axis.group_of[member], NO_GROUP, "name {member} is in two groups");
            axis.group_of[member] = number as u32;
        }
        axis.bounds.push((group.lower, group.upper));
    }
    axis
}

/// The groups of an axis.
fn groups_of(axis: &Axis) -> Vec<Group> {
    let group = |(number, (lower, upper)): (usize, &(f64, f64))| {
        let members = (0..axis.group_of.len()).filter(|name| axis.group_of[*name] as usize == number);
        group(members, *lower, *upper)
    };
    axis.bounds.iter().enumerate().map(group).collect()
}

fn group(members: impl IntoIterator<Item = usize>, lower: f64, upper: f64) -> Group {
    Group {
        members: members.into_iter().map(|member| member as u32).collect(),
        lower,
        upper,
    }
}

/// Every name by itself under one cap.
fn caps(count: usize, cap: f64) -> Axis {
    axis((0..count).map(|name| group([name], 0.0, cap)))
}

/// Names by label, each label with its bounds.
fn labelled(labels: &[usize], bounds: impl Fn(usize) -> (f64, f64)) -> Axis {
    let count = labels.iter().max().map_or(0, |last| last + 1);
    let of_label = |label: usize| {
        let (lower, upper) = bounds(label);
        group((0..labels.len()).filter(|&name| labels[name] == label), lower, upper)
    };
    axis((0..count).map(of_label))
}

fn weight_of(members: &[u32], weights: &[f64]) -> f64 {
    members.iter().map(|&name| weights[name as usize]).sum()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (name, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance,
            "name {name}: {found} is not {expected}"
        );
    }
}

/// Sums to one and holds every limit.
fn holds(solution: &Solution, axes: &[Axis]) {
    let total: f64 = solution.weights.iter().sum();
    assert!((total - 1.0).abs() <= 1e-13, "total {total}");
    for group in axes.iter().flat_map(groups_of) {
        let weight = weight_of(&group.members, &solution.weights);
        assert!(
            weight >= group.lower - 1e-12 && weight <= group.upper + 1e-12,
            "{weight} {group:?}"
        );
    }
    assert!(solution.weights.iter().all(|weight| *weight >= 0.0));
}

/// Labels of a finer and a coarser axis, every finer group inside one coarser.
fn nested_labels(draws: &mut Draws, count: usize, fine: usize, coarse: usize) -> (Vec<usize>, Vec<usize>) {
    let coarse_of: Vec<usize> = (0..fine).map(|_| draws.below(coarse)).collect();
    let labels: Vec<usize> = (0..count).map(|_| draws.below(fine)).collect();
    let above = labels.iter().map(|&label| coarse_of[label]).collect();
    (labels, above)
}

/// Bounds around what a known point weighs, so that the problem is feasible.
fn around(draws: &mut Draws, labels: &[usize], point: &[f64], width: f64) -> Axis {
    let mut groups = groups_of(&labelled(labels, |_| (0.0, 1.0)));
    for group in &mut groups {
        let weight = weight_of(&group.members, point);
        group.lower = weight * (1.0 - draws.between(0.0, width));
        group.upper = weight * (1.0 + draws.between(0.0, width));
    }
    axis(groups)
}
