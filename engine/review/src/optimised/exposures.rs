//! The exposures of a fundamental risk model: what the names of the parent were at the snapshots of its window.
//!
//! A snapshot says what was known at its date, and so do history functions asked at that date. Its exposures explain the
//! returns that begin on that day or later, until the next snapshot. Returns before the first snapshot of the dataset take its
//! exposures: they are not dated, and yet known at the cut-off. The newest exposures, by which risk is predicted, are those of
//! the review itself.

use std::collections::BTreeSet;

use divisor_calendar::Cutoffs;
use divisor_market::Dataset;
use divisor_methodology::{Estimation, ExposureDates, Expr, Methodology, Quantity, RiskMethod};
use divisor_model::{Date, Day, Snapshot, day_of};
use divisor_risk::{CrossSection, Dated, Layout};

use crate::bind::{BoundReview, Pipeline};
use crate::error::ReviewError;
use crate::limit::Ground;
use crate::needs::snapshot_columns;
use crate::optimised::returns::{estimation, first_day, returns_cutoff};
use crate::scored::quantities_at;
use crate::shared::{HistoryCall, Shared};
use crate::universe::{Universe, float_caps};

/// Who a row is of, and what its market value is made of.
const SIZE_COLUMNS: [&str; 7] = [
    "currency",
    "free_float",
    "fx",
    "market_cap",
    "price",
    "security_id",
    "shares",
];

/// The groups and styles of a fundamental model, where exposures are dated.
fn dated(methodology: &Methodology) -> Option<(&Estimation, &[String], &[Quantity])> {
    let rules = estimation(methodology)?;
    match &rules.method {
        RiskMethod::Fundamental {
            groups,
            styles,
            exposures,
            ..
        } if exposures.value == ExposureDates::Dated => Some((rules, &groups.value, styles)),
        _ => None,
    }
}

/// The snapshots before the review's own whose exposures its window needs, ascending: those in it, and the newest on or before
/// its first day.
pub(crate) fn exposure_dates(
    methodology: &Methodology,
    dataset: &Dataset,
    cutoffs: &Cutoffs<Date>,
    own: Option<Date>,
) -> Vec<Date> {
    let (Some((rules, ..)), Some(own)) = (dated(methodology), own) else {
        return Vec::new();
    };
    let first = first_day(rules, returns_cutoff(cutoffs));
    let mut dates: Vec<Date> = dataset.snapshot_dates().take_while(|date| *date < own).collect();
    let before = dates.partition_point(|date| day_of(*date) <= first);
    dates.drain(..before.saturating_sub(1));
    dates
}

/// All cut-offs on one day.
pub(crate) fn known_at(date: Date) -> Cutoffs<Day> {
    let day = day_of(date);
    Cutoffs {
        prices: day,
        shares: day,
        fundamentals: day,
        risk: day,
    }
}

/// The variables that some numbers come from; none: all, since a score is among them.
pub(crate) fn variables_of<'m>(methodology: &'m Methodology, of: &'m [Quantity]) -> Option<BTreeSet<&'m str>> {
    if of.iter().any(|of| matches!(of, Quantity::Score(_))) {
        return None;
    }
    let mut names: BTreeSet<&str> = of.iter().map(Quantity::name).collect();
    // A formula stands after the variables it names.
    for variable in methodology.variables.iter().rev() {
        if names.contains(variable.name.as_str()) {
            names.extend(variable.formula.names().into_iter().map(|(name, _)| name));
        }
    }
    Some(names)
}

/// The formulas that dated styles come from.
fn formulas(methodology: &Methodology) -> Vec<&Expr> {
    let Some((_, _, styles)) = dated(methodology) else {
        return Vec::new();
    };
    let names = variables_of(methodology, styles);
    let variables = methodology.variables.iter();
    let used = variables.filter(|variable| {
        names
            .as_ref()
            .is_none_or(|names| names.contains(variable.name.as_str()))
    });
    let mut formulas: Vec<&Expr> = used.map(|variable| &variable.formula).collect();
    if names.is_none() {
        formulas.extend(
            methodology
                .screens
                .iter()
                .flat_map(divisor_methodology::Screen::formulas),
        );
    }
    formulas
}

/// The history functions that dated styles are made of.
pub(crate) fn exposure_calls(methodology: &Methodology) -> Vec<HistoryCall> {
    HistoryCall::in_formulas(formulas(methodology).into_iter())
}

/// The snapshot columns that dated exposures are made of: where a score is a style, all that the rulebook names.
pub(crate) fn exposure_columns(methodology: &Methodology) -> BTreeSet<String> {
    let Some((_, groups, styles)) = dated(methodology) else {
        return BTreeSet::new();
    };
    let mut columns: BTreeSet<String> = SIZE_COLUMNS.map(str::to_owned).into();
    columns.extend(groups.iter().cloned());
    if variables_of(methodology, styles).is_none() {
        columns.extend(snapshot_columns(methodology));
        return columns;
    }
    columns.extend(styles.iter().map(|style| style.name().to_owned()));
    for formula in formulas(methodology) {
        columns.extend(formula.names().into_iter().map(|(name, _)| name.to_owned()));
    }
    columns.retain(|name| methodology.variable(name).is_none());
    columns
}

/// The factors, and the exposures of each snapshot with the first return they explain. `starts` are the days on which the
/// returns begin.
pub(super) fn exposures(
    (groups, styles): (&[String], &[Quantity]),
    (pipeline, review): (&Pipeline, &BoundReview),
    shared: &Shared,
    ground: Ground<'_>,
    starts: &[Day],
) -> Result<(Layout, Vec<Dated>), ReviewError> {
    let earlier: Vec<Snapshot<'_>> = review
        .exposures
        .iter()
        .filter_map(|date| shared.landed.panel.snapshot(*date))
        .collect();
    let layout = layout(groups, styles, &earlier, ground);
    let mut sections: Vec<Dated> = Vec::with_capacity(earlier.len() + 1);
    for (at, snapshot) in earlier.iter().enumerate() {
        let next = earlier.get(at + 1).map_or(ground.snapshot.date(), Snapshot::date);
        let first_period = first_of(&sections, starts, snapshot.date());
        // One that no return begins under explains nothing.
        if first_period < starts.partition_point(|start| *start < day_of(next)) {
            let section = section_at(*snapshot, &layout, styles, (pipeline, shared), ground)?;
            sections.push(Dated { first_period, section });
        }
    }
    let scored = ground.scored;
    let quantity = |style: &Quantity| scored.quantity(&pipeline.methodology, ground.snapshot, style);
    sections.push(Dated {
        first_period: first_of(&sections, starts, ground.snapshot.date()),
        section: CrossSection {
            market_values: scored.parent_weight.clone(),
            groups: groups_of(
                &layout,
                ground.snapshot,
                &scored.rows.iter().map(|row| Some(*row)).collect::<Vec<_>>(),
            ),
            styles: styles.iter().map(quantity).collect(),
        },
    });
    Ok((layout, sections))
}

/// The first return that begins under a snapshot; the first snapshot explains the ones before it too.
fn first_of(sections: &[Dated], starts: &[Day], date: Date) -> usize {
    if sections.is_empty() {
        0
    } else {
        starts.partition_point(|start| *start < day_of(date))
    }
}

/// Axes with all groups that any name of the parent was ever in, in order of their texts: codes depend on what else was read.
fn layout(groups: &[String], styles: &[Quantity], earlier: &[Snapshot<'_>], ground: Ground<'_>) -> Layout {
    let axis = |column: &String| {
        let mut labels: BTreeSet<&str> = BTreeSet::new();
        let rows = ground.scored.rows.iter();
        labels.extend(rows.filter_map(|row| ground.snapshot.text_at(column, *row as usize)));
        for snapshot in earlier {
            let rows = snapshot.rows_of(ground.scored.security.iter().copied());
            labels.extend(
                rows.into_iter()
                    .flatten()
                    .filter_map(|row| snapshot.text_at(column, row)),
            );
        }
        (column.clone(), labels.into_iter().map(str::to_owned).collect())
    };
    Layout {
        axes: groups.iter().map(axis).collect(),
        styles: styles.iter().map(|style| style.name().to_owned()).collect(),
    }
}

/// The group of each name on each axis; `rows` are its rows in the snapshot.
fn groups_of(layout: &Layout, snapshot: Snapshot<'_>, rows: &[Option<u32>]) -> Vec<Vec<Option<u32>>> {
    let axis = |(column, labels): &(String, Vec<String>)| {
        let group = |row: &Option<u32>| {
            let label = snapshot.text_at(column, (*row)? as usize)?;
            labels
                .binary_search_by(|known| known.as_str().cmp(label))
                .ok()
                .map(|at| at as u32)
        };
        rows.iter().map(group).collect()
    };
    layout.axes.iter().map(axis).collect()
}

/// What the names of the parent were at an earlier snapshot; one that was not in it has no market value there.
fn section_at(
    snapshot: Snapshot<'_>,
    layout: &Layout,
    styles: &[Quantity],
    (pipeline, shared): (&Pipeline, &Shared),
    ground: Ground<'_>,
) -> Result<CrossSection, ReviewError> {
    let names = &ground.scored.security;
    let rows = snapshot.rows_of(names.iter().copied());
    let rows: Vec<Option<u32>> = rows.into_iter().map(|row| row.map(|row| row as u32)).collect();
    let there: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].is_some()).collect();
    let universe = Universe {
        snapshot,
        name: pipeline.universe(),
        rows: rows.iter().flatten().copied().collect(),
        security: there.iter().map(|at| names[*at]).collect(),
        parent_weight: float_caps(snapshot, &rows.iter().flatten().copied().collect::<Vec<_>>()),
    };
    let spread = |values: &[f64]| {
        let mut all = vec![f64::NAN; names.len()];
        there.iter().zip(values).for_each(|(at, value)| all[*at] = *value);
        all
    };
    let known = quantities_at(pipeline, shared, &universe, styles)?;
    Ok(CrossSection {
        market_values: spread(&universe.parent_weight),
        groups: groups_of(layout, snapshot, &rows),
        styles: known.iter().map(|values| spread(values)).collect(),
    })
}
