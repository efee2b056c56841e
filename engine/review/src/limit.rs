//! Limits: bounds from the rules and the parent, and the weights that hold them all.

use std::collections::BTreeMap;

use divisor_methodology::{Bound, EmptyGroup, Limit, LimitOn, Methodology};
use divisor_model::{Diagnostic, TEXT_MISSING};
use divisor_numeric::limits::{Axis, Conflict, Group, LimitError, Shortfall, Side, redistribute};
use divisor_numeric::sum_iter;

use crate::error::ReviewError;
use crate::universe::Universe;

/// What one limit did.
#[derive(Debug, Clone)]
pub struct LimitColumn {
    /// The groups it bounds.
    pub groups: Vec<LimitGroup>,
    /// The group of each selected name, in the order of the selection.
    pub group_of: Vec<u32>,
}

/// One bounded group.
#[derive(Debug, Clone)]
pub struct LimitGroup {
    /// What it is called: an id, an issuer, a sector.
    pub label: String,
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
}

/// Weights of the selected names that hold all limits, and what each limit did.
pub(crate) struct Limited {
    pub(crate) weights: Vec<f64>,
    pub(crate) limits: Vec<LimitColumn>,
}

/// Holds the limits. `selected` are positions in the universe, `uncapped` their weights summing to 1; `when` names the
/// review in messages.
pub(crate) fn hold(
    methodology: &Methodology,
    universe: &Universe<'_>,
    selected: &[u32],
    uncapped: &[f64],
    when: &str,
) -> Result<Limited, ReviewError> {
    let mut limits = Vec::new();
    for limit in &methodology.limits {
        limits.push(column(limit, universe, selected, when)?);
    }
    let axes: Vec<Axis> = limits.iter().map(axis).collect();
    if axes.is_empty() {
        return Ok(Limited {
            weights: uncapped.to_vec(),
            limits,
        });
    }
    let solution = redistribute(uncapped, &axes).map_err(|error| unsatisfiable(methodology, &limits, &error, when))?;
    for (limit, group, side) in &solution.binding {
        limits[*limit].groups[*group].binding = Some(*side);
    }
    for column in &mut limits {
        for (at, group) in column.group_of.iter().enumerate() {
            column.groups[*group as usize].weight += solution.weights[at];
        }
    }
    Ok(Limited {
        weights: solution.weights,
        limits,
    })
}

fn axis(column: &LimitColumn) -> Axis {
    let mut groups: Vec<Group> = column
        .groups
        .iter()
        .map(|group| Group {
            members: Vec::new(),
            lower: group.lower,
            upper: group.upper,
        })
        .collect();
    for (at, group) in column.group_of.iter().enumerate() {
        groups[*group as usize].members.push(at as u32);
    }
    Axis { groups }
}

/// Groups, their parent weights and bounds.
fn column(limit: &Limit, universe: &Universe<'_>, selected: &[u32], when: &str) -> Result<LimitColumn, ReviewError> {
    let keys = keys(limit, universe, selected, when)?;
    let mut parent: BTreeMap<Key, f64> = BTreeMap::new();
    for (at, key) in keys.iter().enumerate() {
        *parent.entry(*key).or_default() += universe.parent_weight[at];
    }
    let mut number: BTreeMap<Key, u32> = BTreeMap::new();
    let mut groups: Vec<LimitGroup> = Vec::new();
    let mut group_of = Vec::with_capacity(selected.len());
    let scale = spread(limit, &parent, &keys, selected);
    for at in selected {
        let key = keys[*at as usize];
        let group = *number.entry(key).or_insert_with(|| {
            let weight = parent[&key];
            let (lower, upper) = bounds(limit, weight, weight * scale);
            groups.push(LimitGroup {
                label: label(limit, universe, key),
                lower,
                upper,
                parent_weight: weight,
                weight: 0.0,
                binding: None,
            });
            groups.len() as u32 - 1
        });
        group_of.push(group);
    }
    empty_groups(limit, universe, &parent, &number, when)?;
    Ok(LimitColumn { groups, group_of })
}

/// A group: a text code, or a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Code(u32),
    Name(u32),
}

fn keys(limit: &Limit, universe: &Universe<'_>, selected: &[u32], when: &str) -> Result<Vec<Key>, ReviewError> {
    let names = universe.len() as u32;
    let column = match &limit.on {
        LimitOn::Security => return Ok((0..names).map(Key::Name).collect()),
        LimitOn::Issuer => "issuer_id",
        LimitOn::Column(name) => name,
    };
    let codes = universe.codes(column);
    if limit.fallback_to_security {
        let codes = codes.unwrap_or_else(|| vec![TEXT_MISSING; names as usize]);
        let own = |(at, code): (usize, u32)| {
            if code == TEXT_MISSING {
                Key::Name(at as u32)
            } else {
                Key::Code(code)
            }
        };
        return Ok(codes.into_iter().enumerate().map(own).collect());
    }
    let codes = codes.unwrap_or_else(|| vec![TEXT_MISSING; names as usize]);
    let gaps: Vec<&u32> = selected
        .iter()
        .filter(|at| codes[**at as usize] == TEXT_MISSING)
        .collect();
    if !gaps.is_empty() {
        let id = |at: &&u32| {
            universe
                .snapshot
                .panel()
                .securities()
                .id(universe.security[**at as usize])
                .to_owned()
        };
        let sample: Vec<String> = gaps.iter().take(3).map(id).collect();
        let message = format!(
            "{when}: `{column}` is missing for {} selected names ({}), and the limit `{}` needs it",
            gaps.len(),
            sample.join(", "),
            limit.id
        );
        let help = if limit.on == LimitOn::Issuer {
            "fallback = \"security\" treats each as its own issuer"
        } else {
            ""
        };
        return Err(ReviewError::input(vec![Diagnostic::error("D0206", message).help(help)]));
    }
    Ok(codes.into_iter().map(Key::Code).collect())
}

fn label(limit: &Limit, universe: &Universe<'_>, key: Key) -> String {
    let column = match &limit.on {
        LimitOn::Column(name) => name,
        _ => "issuer_id",
    };
    match key {
        Key::Name(at) => universe
            .snapshot
            .panel()
            .securities()
            .id(universe.security[at as usize])
            .to_owned(),
        Key::Code(code) => {
            let text = universe.snapshot.text(column).and_then(|(_, texts)| texts.text(code));
            text.unwrap_or("(none)").to_owned()
        }
    }
}

/// Least and greatest weight of a group of this parent weight; `band_weight` is what `within` is measured from.
fn bounds(limit: &Limit, parent_weight: f64, band_weight: f64) -> (f64, f64) {
    let value = |bound: &Bound| match bound {
        Bound::Weight(weight) => weight.value(),
        Bound::TimesParent(times) => times.value() * parent_weight,
    };
    let lowest = |bounds: &[Bound]| bounds.iter().map(value).reduce(f64::min);
    let band = limit
        .within
        .map(|points| (band_weight - points.value(), band_weight + points.value()));
    let lower = lowest(&limit.min).unwrap_or(0.0).max(band.map_or(0.0, |band| band.0));
    let upper = lowest(&limit.max)
        .unwrap_or(f64::INFINITY)
        .min(band.map_or(f64::INFINITY, |band| band.1));
    (lower, upper)
}

/// By how much the parent weights of the groups present are scaled so that they carry those of the absent ones too:
/// 1 unless the limit says so.
fn spread(limit: &Limit, parent: &BTreeMap<Key, f64>, keys: &[Key], selected: &[u32]) -> f64 {
    if limit.empty.value == EmptyGroup::Error || limit.within.is_none() {
        return 1.0;
    }
    let mut present: Vec<Key> = selected.iter().map(|at| keys[*at as usize]).collect();
    present.sort_unstable();
    present.dedup();
    let total = sum_iter(present.iter().map(|key| parent[key]));
    if total > 0.0 { 1.0 / total } else { 1.0 }
}

/// A group of the parent that must have weight and has no member.
fn empty_groups(
    limit: &Limit,
    universe: &Universe<'_>,
    parent: &BTreeMap<Key, f64>,
    present: &BTreeMap<Key, u32>,
    when: &str,
) -> Result<(), ReviewError> {
    if limit.empty.value == EmptyGroup::Spread {
        return Ok(());
    }
    let missing = parent.iter().filter(|(key, weight)| {
        let least = limit.within.map_or(0.0, |points| **weight - points.value());
        least > 0.0 && !present.contains_key(key)
    });
    let missing: Vec<String> = missing
        .map(|(key, weight)| {
            format!(
                "{} ({:.2}% of the parent)",
                label(limit, universe, *key),
                weight * 100.0
            )
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{when}: `{}` (line {}) needs weight in {}, where no name was selected",
        limit.id,
        limit.line,
        missing.join(", ")
    );
    let help = "widen the limit, loosen the screens, or write empty = \"spread\"";
    Err(ReviewError::unsatisfiable(
        Diagnostic::error("R0302", message).help(help),
    ))
}

fn unsatisfiable(methodology: &Methodology, limits: &[LimitColumn], error: &LimitError, when: &str) -> ReviewError {
    let diagnostic = match error {
        LimitError::Infeasible(conflict) => conflict_words(methodology, limits, conflict, when),
        other => Diagnostic::error("R0303", format!("{when}: the limits could not be held: {other}")),
    };
    ReviewError::unsatisfiable(diagnostic)
}

/// The conflict in the words of the rules.
fn conflict_words(methodology: &Methodology, limits: &[LimitColumn], conflict: &Conflict, when: &str) -> Diagnostic {
    let percent = |weight: f64| format!("{:.4}%", weight * 100.0);
    let mut by_limit: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (axis, group, _) in &conflict.responsible {
        by_limit.entry(*axis).or_default().push(*group);
    }
    let rule = |axis: usize, groups: &[usize]| {
        let limit = &methodology.limits[axis];
        let names: Vec<&str> = groups
            .iter()
            .take(4)
            .map(|group| limits[axis].groups[*group].label.as_str())
            .collect();
        let more = if groups.len() > names.len() {
            format!(" and {} more", groups.len() - names.len())
        } else {
            String::new()
        };
        format!(
            "`{}` (line {}) on {} {}{more}",
            limit.id,
            limit.line,
            limit.on.name(),
            names.join(", ")
        )
    };
    let rules: Vec<String> = by_limit.iter().map(|(axis, groups)| rule(*axis, groups)).collect();
    let node = match conflict.node {
        None => "the weights must sum to 100%".to_owned(),
        Some((axis, group)) => {
            let found = &limits[axis].groups[group];
            let limit = &methodology.limits[axis];
            let side = match conflict.shortfall {
                Shortfall::TooLittleRoom => format!("at least {}", percent(found.lower)),
                Shortfall::TooMuchFloor => format!("at most {}", percent(found.upper)),
            };
            format!("`{}` (line {}) gives {} {side}", limit.id, limit.line, found.label)
        }
    };
    let problem = match conflict.shortfall {
        Shortfall::TooLittleRoom => format!("leave room for only {}", percent(conflict.available)),
        Shortfall::TooMuchFloor => format!("need at least {}", percent(conflict.needed)),
    };
    let message = format!(
        "{when}: these rules cannot all hold: {node}, but {} {problem}",
        rules.join(" and ")
    );
    Diagnostic::error("R0301", message).help("loosen one of them, or let more names in")
}
