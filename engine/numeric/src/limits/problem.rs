//! The checked problem over the names that hold weight, and its partition into nested families.

use super::conflict::{Conflict, LimitError, Shortfall};
use super::tree::{Placement, Tree};
use super::{Axis, Bound, Side, Solution};
use crate::sum::sum;

/// One limit as it was given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) axis: usize,
    pub(super) group: usize,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Source {
    fn new(axis: usize, group: usize, limits: &Axis) -> Self {
        let (lower, upper) = limits.bounds[group];
        Self {
            axis,
            group,
            lower,
            upper,
        }
    }

    pub(super) fn key(&self) -> (usize, usize) {
        (self.axis, self.group)
    }

    /// Whether it is what bounds one side of a range. Zero is no minimum and infinity no maximum.
    fn makes_up(&self, side: Side, lower: f64, upper: f64) -> bool {
        match side {
            Side::Lower => self.lower > 0.0 && self.lower >= lower - super::TOLERANCE,
            Side::Upper => self.upper < f64::INFINITY && self.upper <= upper + super::TOLERANCE,
        }
    }
}

/// The limits on one set of names: the tightest of each side, and where they came from.
#[derive(Debug, Clone)]
pub(super) struct Range {
    pub(super) lower: f64,
    pub(super) upper: f64,
    pub(super) sources: Vec<Source>,
}

impl Range {
    /// Any weight from zero up.
    pub(super) fn free() -> Self {
        Self {
            lower: 0.0,
            upper: f64::INFINITY,
            sources: Vec::new(),
        }
    }

    /// One limit by itself.
    fn of(source: Source) -> Result<Self, Conflict> {
        let mut range = Self::free();
        range.intersect(source)?;
        Ok(range)
    }

    /// This and another limit on the same names. A contradiction within the tolerance becomes an equality.
    pub(super) fn intersect(&mut self, source: Source) -> Result<(), Conflict> {
        self.sources.push(source);
        self.lower = self.lower.max(source.lower);
        self.upper = self.upper.min(source.upper);
        if self.lower > self.upper + super::TOLERANCE {
            let lowest = self.bounds(Side::Lower);
            return Err(Conflict {
                node: lowest
                    .first()
                    .or(self.bounds(Side::Upper).first())
                    .map(|bound| (bound.0, bound.1)),
                shortfall: if lowest.is_empty() {
                    Shortfall::TooMuchFloor
                } else {
                    Shortfall::TooLittleRoom
                },
                needed: self.lower,
                available: self.upper,
                responsible: if lowest.is_empty() {
                    Vec::new()
                } else {
                    self.bounds(Side::Upper)
                },
            });
        }
        self.lower = self.lower.min(self.upper);
        Ok(())
    }

    /// The given bounds that make up one side. Zero is no minimum and infinity no maximum.
    pub(super) fn bounds(&self, side: Side) -> Vec<Bound> {
        let makes_up = |source: &&Source| source.makes_up(side, self.lower, self.upper);
        let bounds = self.sources.iter().filter(makes_up);
        bounds.map(|source| (source.axis, source.group, side)).collect()
    }
}

/// The names with weight: parallel columns.
#[derive(Debug)]
pub(super) struct Names<'a> {
    /// Normalised, positive.
    pub(super) uncapped: Vec<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    /// Index of each in the input.
    held: Vec<usize>,
    axes: &'a [Axis],
    /// By axis, how many names with weight each group has.
    sizes: Vec<Vec<u32>>,
}

impl Names<'_> {
    pub(super) fn len(&self) -> usize {
        self.uncapped.len()
    }

    /// `pulled` within the name's own limits.
    pub(super) fn clamp(&self, name: usize, pulled: f64) -> f64 {
        pulled.max(self.lower[name]).min(self.upper[name])
    }

    /// The given bounds that make up one side of a name's own limits.
    pub(super) fn bounds(&self, name: usize, side: Side) -> Vec<Bound> {
        let own = self.sources(name);
        own.filter(|source| source.makes_up(side, self.lower[name], self.upper[name]))
            .map(|source| (source.axis, source.group, side))
            .collect()
    }

    /// The limits on one name alone, in the order of the axes.
    fn sources(&self, name: usize) -> impl Iterator<Item = Source> {
        let index = self.held[name];
        let axes = self.axes.iter().zip(&self.sizes).enumerate();
        axes.filter_map(move |(axis, (limits, sizes))| {
            let group = limits.group(index).filter(|group| sizes[*group] == 1)?;
            Some(Source::new(axis, group, limits))
        })
    }

    /// Another limit on one name.
    fn add(&mut self, name: usize, source: Source) -> Result<(), Conflict> {
        let (lower, upper) = (self.lower[name].max(source.lower), self.upper[name].min(source.upper));
        if lower > upper {
            // A contradiction, or one by rounding only: the ranges tell, and name whoever takes part.
            let mut range = Range::free();
            for source in self.sources(name).take_while(|own| own.axis <= source.axis) {
                Range::of(source)?;
                range.intersect(source)?;
            }
        }
        (self.lower[name], self.upper[name]) = (lower.min(upper), upper);
        Ok(())
    }

    /// The bounds of names that hold `pulled[i]` back, by more than rounding.
    pub(super) fn binding(&self, pulled: &[f64]) -> Vec<Bound> {
        let mut binding = Vec::new();
        for (name, &pulled) in pulled.iter().enumerate() {
            let (lower, upper) = (self.lower[name], self.upper[name]);
            if pulled - upper > super::TOLERANCE * upper {
                binding.extend(self.bounds(name, Side::Upper));
            } else if lower - pulled > super::TOLERANCE * lower {
                binding.extend(self.bounds(name, Side::Lower));
            }
        }
        binding
    }
}

/// A limit on two or more names.
#[derive(Debug, Clone)]
pub(super) struct Set {
    pub(super) members: Vec<u32>,
    pub(super) source: Source,
}

/// A checked problem.
pub(super) struct Problem<'a> {
    /// Names in the input, those without weight included.
    size: usize,
    pub(super) names: Names<'a>,
    /// By axis, the groups of two or more names with weight.
    pub(super) sets: Vec<Vec<Set>>,
}

/// Weights over the names with weight, before they are handed back.
pub(super) struct Found {
    pub(super) weights: Vec<f64>,
    pub(super) binding: Vec<Bound>,
    pub(super) rounds: usize,
}

impl<'a> Problem<'a> {
    pub(super) fn new(uncapped: &[f64], axes: &'a [Axis]) -> Result<Self, LimitError> {
        if let Some(name) = uncapped.iter().position(|value| !(value.is_finite() && *value >= 0.0)) {
            return Err(LimitError::Weight {
                name,
                value: uncapped[name],
            });
        }
        let total = sum(uncapped);
        if !(total > 0.0 && total.is_finite()) {
            return Err(LimitError::NoWeight);
        }
        let normalised = |&index: &usize| uncapped[index] / total;
        let held: Vec<usize> = (0..uncapped.len()).filter(|index| normalised(index) > 0.0).collect();
        let count = held.len();
        let mut problem = Self {
            size: uncapped.len(),
            names: Names {
                uncapped: held.iter().map(normalised).collect(),
                lower: vec![0.0; count],
                upper: vec![f64::INFINITY; count],
                held,
                axes,
                sizes: Vec::with_capacity(axes.len()),
            },
            sets: Vec::with_capacity(axes.len()),
        };
        for (axis, limits) in axes.iter().enumerate() {
            check(axis, limits)?;
            problem.add(axis, limits)?;
        }
        Ok(problem)
    }

    /// The limits of an axis: those on one name to the name, the others as sets.
    fn add(&mut self, axis: usize, limits: &Axis) -> Result<(), Conflict> {
        let groups: Vec<Option<usize>> = self.names.held.iter().map(|index| limits.group(*index)).collect();
        let mut sizes = vec![0_u32; limits.bounds.len()];
        // Where a group has one name, that.
        let mut last = vec![0; sizes.len()];
        for (name, group) in groups.iter().enumerate() {
            if let Some(group) = *group {
                sizes[group] += 1;
                last[group] = name;
            }
        }
        self.names.sizes.push(sizes.clone());
        let mut sets: Vec<Set> = Vec::new();
        for (group, size) in sizes.into_iter().enumerate() {
            let source = Source::new(axis, group, limits);
            match size {
                0 => nothing_below(source)?,
                1 => self.names.add(last[group], source)?,
                _ => {
                    Range::of(source)?;
                    last[group] = sets.len();
                    sets.push(Set {
                        members: Vec::with_capacity(size as usize),
                        source,
                    });
                }
            }
        }
        if !sets.is_empty() {
            for (name, group) in groups.iter().enumerate() {
                if let Some(group) = group.filter(|group| self.names.sizes[axis][*group] > 1) {
                    sets[last[group]].members.push(name as u32);
                }
            }
        }
        self.sets.push(sets);
        Ok(())
    }

    /// The axes in as few nested families as the first fit finds, in axis order; each family is feasible by itself.
    pub(super) fn families(&self) -> Result<Vec<Tree>, LimitError> {
        let mut parts: Vec<(Vec<&Set>, Tree)> = Vec::new();
        for axis in &self.sets {
            self.place(axis, &mut parts)?;
        }
        if parts.is_empty() {
            self.place(&[], &mut parts)?;
        }
        let mut families: Vec<Tree> = parts.into_iter().map(|(_, tree)| tree).collect();
        for family in &mut families {
            family.settle(&self.names)?;
        }
        Ok(families)
    }

    fn place<'s>(&self, axis: &'s [Set], parts: &mut Vec<(Vec<&'s Set>, Tree)>) -> Result<(), LimitError> {
        for (sets, tree) in parts.iter_mut() {
            let together: Vec<&Set> = sets.iter().copied().chain(axis).collect();
            if let Placement::Nested(nested) = Tree::place(self.names.len(), &together)? {
                (*sets, *tree) = (together, nested);
                return Ok(());
            }
        }
        let alone: Vec<&Set> = axis.iter().collect();
        // The groups of one axis are disjoint, so they always nest.
        if let Placement::Nested(nested) = Tree::place(self.names.len(), &alone)? {
            parts.push((alone, nested));
        }
        Ok(())
    }

    /// The largest violation of any limit, as a weight; the total of 100% counts as one.
    pub(super) fn violation(&self, weights: &[f64]) -> f64 {
        let outside = |weight: f64, lower: f64, upper: f64| (lower - weight).max(weight - upper).max(0.0);
        let names = &self.names;
        let mut worst = (sum(weights) - 1.0).abs();
        for (name, &weight) in weights.iter().enumerate() {
            worst = worst.max(outside(weight, names.lower[name], names.upper[name]));
        }
        for set in self.sets.iter().flatten() {
            let members: Vec<f64> = set.members.iter().map(|&name| weights[name as usize]).collect();
            worst = worst.max(outside(sum(&members), set.source.lower, set.source.upper));
        }
        worst
    }

    /// Back to the names of the input.
    pub(super) fn solution(&self, mut found: Found) -> Solution {
        let total = sum(&found.weights);
        let scale = if (total - 1.0).abs() > rounding(self.names.len()) {
            total
        } else {
            1.0
        };
        let mut weights = vec![0.0; self.size];
        for (&index, weight) in self.names.held.iter().zip(found.weights) {
            weights[index] = weight / scale;
        }
        found.binding.sort_unstable();
        found.binding.dedup();
        Solution {
            weights,
            binding: found.binding,
            rounds: found.rounds,
        }
    }
}

/// A limit on names none of which can have weight.
fn nothing_below(source: Source) -> Result<(), Conflict> {
    Range::of(source)?;
    let mut nothing = Range {
        upper: 0.0,
        ..Range::free()
    };
    nothing.intersect(source)
}

/// What rounding alone may leave of the total over `count` names.
pub(super) fn rounding(count: usize) -> f64 {
    1e-15 * count as f64
}

fn check(axis: usize, limits: &Axis) -> Result<(), LimitError> {
    let count = limits.bounds.len();
    for name in 0..limits.group_of.len() {
        if let Some(group) = limits.group(name).filter(|group| *group >= count) {
            return Err(LimitError::Group { axis, group, name });
        }
    }
    for (group, &(lower, upper)) in limits.bounds.iter().enumerate() {
        let refuse = |side, value| {
            Err(LimitError::Bound {
                bound: (axis, group, side),
                value,
            })
        };
        if lower.is_nan() || lower == f64::INFINITY {
            return refuse(Side::Lower, lower);
        }
        if upper.is_nan() || upper == f64::NEG_INFINITY {
            return refuse(Side::Upper, upper);
        }
    }
    Ok(())
}
