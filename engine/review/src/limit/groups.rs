//! The groups a limit bounds: over the whole parent, and those the selected names fall into.

use std::collections::{BTreeMap, BTreeSet};

use divisor_methodology::{Bounds, EmptyGroup, Limit, LimitOn, Methodology};
use divisor_model::{Diagnostic, TEXT_MISSING};
use divisor_numeric::capping;
use divisor_numeric::sum_iter;

use super::{Ground, Key, LimitColumn, LimitGroup, label};
use crate::error::ReviewError;
use crate::universe::Universe;

/// The groups of one limit over the whole parent: what does not depend on who is selected.
#[derive(Debug, Clone)]
pub(crate) struct LimitBasis {
    /// The key of each name of the parent; empty where each name is its own group.
    keys: Vec<Key>,
    /// Weight of each group in the parent, by key; empty where each name is its own group.
    parent: BTreeMap<Key, f64>,
    /// Names without the text the limit needs.
    gaps: Vec<bool>,
    /// Weight of the largest group in the parent.
    largest: f64,
}

impl LimitBasis {
    /// The basis of each limit of a methodology.
    pub(crate) fn all(methodology: &Methodology, universe: &Universe<'_>) -> Vec<Self> {
        methodology
            .limits
            .iter()
            .map(|limit| Self::new(limit, universe))
            .collect()
    }

    pub(crate) fn new(limit: &Limit, universe: &Universe<'_>) -> Self {
        let column = match &limit.on {
            LimitOn::Security => {
                return Self {
                    keys: Vec::new(),
                    parent: BTreeMap::new(),
                    gaps: Vec::new(),
                    largest: universe.parent_weight.iter().copied().fold(0.0, f64::max),
                };
            }
            LimitOn::Issuer => "issuer_id",
            LimitOn::Column(name) => name,
        };
        let codes = universe
            .codes(column)
            .unwrap_or_else(|| vec![TEXT_MISSING; universe.len()]);
        let key = |at: usize| match codes[at] {
            TEXT_MISSING if limit.fallback_to_security => Key::Security(universe.security[at]),
            code => Key::Code(code),
        };
        let keys: Vec<Key> = (0..universe.len()).map(key).collect();
        let mut parent: BTreeMap<Key, f64> = BTreeMap::new();
        for (at, key) in keys.iter().enumerate() {
            *parent.entry(*key).or_default() += universe.parent_weight[at];
        }
        let gap = |code: &u32| *code == TEXT_MISSING && !limit.fallback_to_security;
        Self {
            gaps: codes.iter().map(gap).collect(),
            largest: parent.values().copied().fold(0.0, f64::max),
            keys,
            parent,
        }
    }
}

/// The groups the selected names fall into, and their bounds; every group that must have weight has a name.
pub(crate) fn column(
    limit: &Limit,
    basis: &LimitBasis,
    ground: Ground<'_>,
    selected: &[u32],
) -> Result<LimitColumn, ReviewError> {
    let column = present_groups(limit, basis, ground, selected)?;
    empty_groups(limit, basis, &column, ground)?;
    Ok(column)
}

/// The same, with those that must have weight and have no name at the end.
pub(crate) fn every_group(
    limit: &Limit,
    basis: &LimitBasis,
    ground: Ground<'_>,
    selected: &[u32],
) -> Result<LimitColumn, ReviewError> {
    let mut column = present_groups(limit, basis, ground, selected)?;
    let missing = missing(limit, basis, &column);
    column
        .groups
        .extend(missing.map(|(key, weight)| group((limit, basis), key, weight, 1.0)));
    Ok(column)
}

/// The groups the names fall into: that one has none stops nobody.
pub(crate) fn present_groups(
    limit: &Limit,
    basis: &LimitBasis,
    ground: Ground<'_>,
    selected: &[u32],
) -> Result<LimitColumn, ReviewError> {
    gaps(limit, basis, ground, selected)?;
    let scored = ground.scored;
    if basis.keys.is_empty() {
        let group = |at: &u32| {
            let weight = scored.parent_weight[*at as usize];
            group(
                (limit, basis),
                Key::Security(scored.security[*at as usize]),
                weight,
                1.0,
            )
        };
        let groups = selected.iter().map(group).collect();
        return Ok(LimitColumn::new(groups, (0..selected.len() as u32).collect()));
    }
    let mut number: BTreeMap<Key, u32> = BTreeMap::new();
    let mut groups: Vec<LimitGroup> = Vec::new();
    let mut group_of = Vec::with_capacity(selected.len());
    let scale = spread(limit, basis, selected);
    for at in selected {
        let key = basis.keys[*at as usize];
        let found = *number.entry(key).or_insert_with(|| {
            groups.push(group((limit, basis), key, basis.parent[&key], scale));
            groups.len() as u32 - 1
        });
        group_of.push(found);
    }
    Ok(LimitColumn::new(groups, group_of))
}

/// Groups of the parent that must have weight and are not there, with their weight in the parent.
fn missing<'a>(
    limit: &'a Limit,
    basis: &'a LimitBasis,
    column: &LimitColumn,
) -> impl Iterator<Item = (Key, f64)> + use<'a> {
    let present: BTreeSet<Key> = column.groups.iter().map(|group| group.key).collect();
    let spreads = limit.empty.value == EmptyGroup::Spread;
    let parent = basis.parent.iter().map(|(key, weight)| (*key, *weight));
    parent.filter(move |(key, weight)| {
        let least = limit.within.map_or(0.0, |points| weight - points.value());
        !spreads && least > 0.0 && !present.contains(key)
    })
}

/// Bounds the groups of `selected` names anew, by a limit that was loosened.
pub(crate) fn rebound(limit: &Limit, basis: &LimitBasis, selected: &[u32], column: &mut LimitColumn) {
    let scale = if basis.keys.is_empty() {
        1.0
    } else {
        spread(limit, basis, selected)
    };
    for group in &mut column.groups {
        (group.lower, group.upper) = bounds((limit, basis), group.parent_weight, group.parent_weight * scale);
    }
}

/// Whether what has this weight in the parent has a maximum of its own.
pub(crate) fn is_small(limit: &Limit, parent_weight: f64) -> bool {
    let small = limit.small.as_ref();
    small.is_some_and(|small| !capping::is_above(parent_weight, small.up_to.value()))
}

fn group(rule: (&Limit, &LimitBasis), key: Key, parent_weight: f64, scale: f64) -> LimitGroup {
    let (lower, upper) = bounds(rule, parent_weight, parent_weight * scale);
    LimitGroup {
        key,
        lower,
        upper,
        parent_weight,
        weight: 0.0,
        binding: None,
        shadow_price: 0.0,
    }
}

/// Selected names without the text the limit needs.
fn gaps(limit: &Limit, basis: &LimitBasis, ground: Ground<'_>, selected: &[u32]) -> Result<(), ReviewError> {
    let missing = |at: &&u32| basis.gaps.get(**at as usize).copied().unwrap_or(false);
    let gaps: Vec<&u32> = selected.iter().filter(missing).collect();
    if gaps.is_empty() {
        return Ok(());
    }
    let column = if limit.on == LimitOn::Issuer {
        "issuer_id"
    } else {
        limit.on.name()
    };
    let securities = ground.snapshot.panel().securities();
    let sample = gaps
        .iter()
        .take(3)
        .map(|at| securities.id(ground.scored.security[**at as usize]));
    let message = format!(
        "{}: `{column}` is missing for {} of the selected names ({}), and the limit `{}` needs it",
        ground.when,
        gaps.len(),
        sample.collect::<Vec<_>>().join(", "),
        limit.id
    );
    let help = if limit.on == LimitOn::Issuer {
        "fallback = \"security\" treats each as its own issuer"
    } else {
        ""
    };
    Err(ReviewError::input(vec![Diagnostic::error("D0206", message).help(help)]))
}

/// Least and greatest weight of a group of this parent weight; `band_weight` is what `within` is measured from.
fn bounds((limit, basis): (&Limit, &LimitBasis), parent_weight: f64, band_weight: f64) -> (f64, f64) {
    let value = |bounds: &Bounds| bounds.value(parent_weight, basis.largest);
    let least = limit.min.as_ref().map_or(0.0, value);
    let most = limit.max.as_ref().map_or(f64::INFINITY, value);
    if let Some(small) = limit.small.as_ref().filter(|_| is_small(limit, parent_weight)) {
        return (least.max(0.0), most.min(value(&small.max)));
    }
    let band = limit
        .within
        .map(|points| (band_weight - points.value(), band_weight + points.value()));
    let lower = least.max(band.map_or(0.0, |band| band.0));
    let upper = most.min(band.map_or(f64::INFINITY, |band| band.1));
    (lower, upper)
}

/// By how much the parent weights of the groups present are scaled so that they carry those of the absent ones too:
/// 1 unless the limit says so.
fn spread(limit: &Limit, basis: &LimitBasis, selected: &[u32]) -> f64 {
    if limit.empty.value == EmptyGroup::Error || limit.within.is_none() {
        return 1.0;
    }
    let mut present: Vec<Key> = selected.iter().map(|at| basis.keys[*at as usize]).collect();
    present.sort_unstable();
    present.dedup();
    let total = sum_iter(present.iter().map(|key| basis.parent[key]));
    if total > 0.0 { 1.0 / total } else { 1.0 }
}

/// A group of the parent that must have weight and has no member.
fn empty_groups(
    limit: &Limit,
    basis: &LimitBasis,
    column: &LimitColumn,
    ground: Ground<'_>,
) -> Result<(), ReviewError> {
    let words = |(key, weight): (Key, f64)| {
        format!(
            "{} ({:.2}% of the parent)",
            label(&limit.on, ground.snapshot, key),
            weight * 100.0
        )
    };
    let missing: Vec<String> = missing(limit, basis, column).map(words).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{}: `{}` (line {}) needs weight in {}, where no name was selected",
        ground.when,
        limit.id,
        limit.line,
        missing.join(", ")
    );
    let help = "widen the limit, loosen the screens, or write empty = \"spread\"";
    Err(ReviewError::unsatisfiable(
        Diagnostic::error("R0302", message).help(help),
    ))
}

#[cfg(test)]
mod tests {
    use divisor_methodology::{Limit, Source, compile};

    use super::{BTreeMap, LimitBasis, bounds};

    fn limit(keys: &str) -> Limit {
        let head = include_str!("../../../../methodologies/equal-weight/world.toml");
        let text = format!("{head}\n[[limit]]\nid = \"tested\"\non = \"country\"\n{keys}\n");
        let (methodology, diagnostics) = compile(&Source::new("tested.toml", text), None);
        let methodology = methodology.unwrap_or_else(|| panic!("{diagnostics:?}"));
        methodology
            .limits
            .into_iter()
            .find(|limit| limit.id == "tested")
            .expect("the limit")
    }

    fn assert_bounds(keys: &str, cases: &[(f64, f64, f64)]) {
        let limit = limit(keys);
        let basis = LimitBasis {
            keys: Vec::new(),
            parent: BTreeMap::new(),
            gaps: Vec::new(),
            largest: 0.12,
        };
        for (parent, low, high) in cases {
            let (lower, upper) = bounds((&limit, &basis), *parent, *parent);
            let close = |a: f64, b: f64| (a.max(0.0) - b).abs() < 1e-15;
            assert!(close(lower, *low) && close(upper, *high), "{parent}: {lower} {upper}");
        }
    }

    /// Published country bands: ±5pp, and three times the parent up to 2.5%.
    #[test]
    fn small_countries_have_three_times_their_weight() {
        let cases = [
            (0.6, 0.55, 0.65),
            (0.08, 0.03, 0.13),
            (0.03, 0.0, 0.08),
            (0.025, 0.0, 0.075),
            (0.01, 0.0, 0.03),
        ];
        assert_bounds(
            "within = \"5pp\"\nsmall = { up_to = \"2.5%\", max = \"3 x parent\" }",
            &cases,
        );
    }

    /// Published maximum weights: the lower of 1.5% and 20 times the parent.
    #[test]
    fn maxima_are_the_lower_of_weight_and_capacity() {
        let cases = [
            (0.0001, 0.0, 0.002),
            (0.0005, 0.0, 0.01),
            (0.00075, 0.0, 0.015),
            (0.001, 0.0, 0.015),
            (0.01, 0.0, 0.015),
        ];
        assert_bounds("max = { lower_of = [\"1.5%\", \"20 x parent\"] }", &cases);
    }

    /// Narrow parents: the larger of 10% and the parent's largest, 12% here; by another text without the floor.
    #[test]
    fn the_largest_of_the_parent_with_a_floor() {
        assert_bounds(
            "max = { higher_of = [\"10%\", \"largest in parent\"] }",
            &[(0.01, 0.0, 0.12)],
        );
        assert_bounds(
            "max = { lower_of = [\"10%\", \"largest in parent\"] }",
            &[(0.01, 0.0, 0.1)],
        );
        assert_bounds("max = \"largest in parent\"", &[(0.01, 0.0, 0.12), (0.12, 0.0, 0.12)]);
    }

    /// Bounds of two parameters, a multiple of the parent and a distance from it, in both readings.
    #[test]
    fn a_multiple_and_a_distance() {
        let wide = "max = { higher_of = [\"2 x parent\", \"parent + 5pp\"] }\n\
                    min = { lower_of = [\"0.5 x parent\", \"parent - 5pp\"] }";
        assert_bounds(wide, &[(0.2, 0.1, 0.4), (0.02, 0.0, 0.07)]);
        let narrow = "max = { lower_of = [\"2 x parent\", \"parent + 5pp\"] }\n\
                      min = { higher_of = [\"0.5 x parent\", \"parent - 5pp\"] }";
        assert_bounds(narrow, &[(0.2, 0.15, 0.25), (0.02, 0.01, 0.04)]);
    }
}
