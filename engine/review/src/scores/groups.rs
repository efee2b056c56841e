//! Who is standardised with whom.

use std::collections::BTreeMap;

use divisor_methodology::{SmallGroup, SmallestGroup};

use crate::elementwise::Scope;
use crate::universe::Universe;

/// Names standardised together.
pub(super) enum Group {
    /// The whole parent.
    Everyone,
    /// These positions, ascending.
    Some(Vec<u32>),
    /// Some of a wider group, whose statistics they take.
    Inside {
        /// Positions of the wider group, ascending.
        wider: Vec<u32>,
        /// Which of these are standardised, as places in `wider`.
        own: Vec<u32>,
    },
}

impl Group {
    /// The values of the names statistics are taken over, ascending by position.
    pub(super) fn of(&self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::Everyone => values.to_vec(),
            Self::Some(group) | Self::Inside { wider: group, .. } => {
                group.iter().map(|at| values[*at as usize]).collect()
            }
        }
    }

    /// How many of its own names have no value.
    pub(super) fn missing(&self, values: &[f64]) -> usize {
        let is_missing = |at: &u32| values[*at as usize].is_nan();
        match self {
            Self::Everyone => values.iter().filter(|value| value.is_nan()).count(),
            Self::Some(group) => group.iter().filter(|at| is_missing(at)).count(),
            Self::Inside { wider, own } => own.iter().filter(|place| is_missing(&wider[**place as usize])).count(),
        }
    }

    /// Puts values of its own names where they belong.
    pub(super) fn put(&self, values: Vec<f64>, into: &mut Vec<f64>) {
        match self {
            Self::Everyone => *into = values,
            Self::Some(group) => {
                for (at, value) in group.iter().zip(values) {
                    into[*at as usize] = value;
                }
            }
            Self::Inside { wider, own } => {
                for place in own {
                    let place = *place as usize;
                    into[wider[place] as usize] = values[place];
                }
            }
        }
    }
}

/// The groups of the names of `over` by columns; one without columns. Names without a group text are a group too.
pub(super) fn groups(
    columns: &[String],
    smallest: Option<&SmallestGroup>,
    over: &[bool],
    scope: &Scope<'_>,
) -> Vec<Group> {
    if columns.is_empty() {
        return vec![everyone(over)];
    }
    let Some(codes) = group_codes(scope.universe, columns) else {
        return vec![everyone(over)];
    };
    let groups: Vec<Vec<u32>> = by_code(&codes, over).into_values().collect();
    match smallest {
        Some(rule) => with_small_ones(groups, rule, columns, over, scope),
        None => groups.into_iter().map(Group::Some).collect(),
    }
}

fn everyone(over: &[bool]) -> Group {
    if over.iter().all(|over| *over) {
        return Group::Everyone;
    }
    Group::Some((0..over.len() as u32).filter(|at| over[*at as usize]).collect())
}

fn by_code(codes: &[u32], over: &[bool]) -> BTreeMap<u32, Vec<u32>> {
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (at, code) in codes.iter().enumerate().filter(|(at, _)| over[*at]) {
        groups.entry(*code).or_default().push(at as u32);
    }
    groups
}

/// Gives groups below the least size the statistics the rule says; those without any are left out.
fn with_small_ones(
    groups: Vec<Vec<u32>>,
    rule: &SmallestGroup,
    columns: &[String],
    over: &[bool],
    scope: &Scope<'_>,
) -> Vec<Group> {
    let (small, large): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() < rule.names);
    let mut found: Vec<Group> = large.into_iter().map(Group::Some).collect();
    let all: Vec<u32> = (0..over.len() as u32).filter(|at| over[*at as usize]).collect();
    match rule.below.value {
        SmallGroup::NoScore => {}
        SmallGroup::Universe => found.extend(small.iter().map(|own| inside(all.clone(), own))),
        SmallGroup::Wider => {
            let wider: Vec<BTreeMap<u32, Vec<u32>>> = (1..columns.len())
                .rev()
                .filter_map(|length| group_codes(scope.universe, &columns[..length]))
                .map(|codes| by_code(&codes, over))
                .collect();
            for own in &small {
                let holds = |group: &&Vec<u32>| group.binary_search(&own[0]).is_ok() && group.len() >= rule.names;
                let first = wider.iter().find_map(|groups| groups.values().find(holds));
                found.push(inside(first.unwrap_or(&all).clone(), own));
            }
        }
        SmallGroup::Together => {
            let mut pool: Vec<u32> = small.into_iter().flatten().collect();
            pool.sort_unstable();
            if pool.len() >= rule.names {
                found.push(Group::Some(pool));
            } else if !pool.is_empty() {
                found.push(inside(all, &pool));
            }
        }
    }
    found
}

fn inside(wider: Vec<u32>, own: &[u32]) -> Group {
    let own = own.iter().filter_map(|at| wider.binary_search(at).ok());
    Group::Inside {
        own: own.map(|place| place as u32).collect(),
        wider,
    }
}

/// One code a name for the texts of several columns together; equal where all texts are.
pub(crate) fn group_codes(universe: &Universe<'_>, columns: &[String]) -> Option<Vec<u32>> {
    if let [column] = columns {
        return universe.codes(column);
    }
    let columns: Option<Vec<Vec<u32>>> = columns.iter().map(|column| universe.codes(column)).collect();
    let columns = columns?;
    let mut codes: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
    let code = |at: usize| {
        let key: Vec<u32> = columns.iter().map(|column| column[at]).collect();
        let next = codes.len() as u32;
        *codes.entry(key).or_insert(next)
    };
    Some((0..universe.len()).map(code).collect())
}
