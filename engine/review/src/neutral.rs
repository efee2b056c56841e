//! Groups that weigh as in the parent: equal excess within them, and the reset of any weights to them. Both hold before
//! any limit.

use divisor_methodology::{Groups, Limit, LimitOn, Methodology, Redistribute, Setting, WeightScheme};
use divisor_model::{Diagnostic, Fraction};
use divisor_numeric::capping::into_bands;
use divisor_numeric::sum_iter;

use crate::error::ReviewError;
use crate::limit::{Ground, LimitBasis, LimitColumn, column};
use crate::universe::Universe;

/// The groups over the whole parent, each told as the limit that would hold it at the parent's weight.
#[derive(Debug, Clone, Default)]
pub(crate) struct NeutralBasis {
    excess: Option<(Limit, LimitBasis)>,
    reset: Option<(Limit, LimitBasis)>,
}

impl NeutralBasis {
    pub(crate) fn new(methodology: &Methodology, universe: &Universe<'_>) -> Self {
        let basis = |groups: &Groups| {
            let limit = at_parent(groups);
            let basis = LimitBasis::new(&limit, universe);
            (limit, basis)
        };
        let excess = match &methodology.weight.scheme {
            WeightScheme::EqualExcess(groups) => groups.as_ref(),
            _ => None,
        };
        Self {
            excess: excess.map(basis),
            reset: methodology.weight.neutral.as_ref().map(basis),
        }
    }
}

/// As far from the parent as they may be, or no distance at all.
fn at_parent(groups: &Groups) -> Limit {
    Limit {
        id: "weight".to_owned(),
        on: LimitOn::Column(groups.within.clone()),
        max: None,
        min: None,
        within: Some(groups.band.map_or(Fraction::ZERO, |band| band.value)),
        ladder: Vec::new(),
        small: None,
        concentration: None,
        redistribute: Setting {
            value: Redistribute::Proportional,
            line: None,
        },
        fallback_to_security: false,
        empty: groups.empty,
        because: None,
        line: groups.line,
    }
}

/// The weights of the members before limits, summing to 1, from what they weigh in proportion; and the groups they were
/// reset to, with what each weighed before.
pub(crate) fn uncapped(
    methodology: &Methodology,
    ground: Ground<'_>,
    members: &[u32],
    raw: &[f64],
) -> Result<(Vec<f64>, Option<LimitColumn>), ReviewError> {
    let total = sum_iter(raw.iter().copied());
    let mut weights: Vec<f64> = match &methodology.weight.scheme {
        WeightScheme::EqualExcess(_) => equal_excess(ground, members, raw)?,
        _ => raw.iter().map(|weight| weight / total).collect(),
    };
    let Some((limit, basis)) = &ground.scored.neutral.reset else {
        return Ok((weights, None));
    };
    let mut groups = column(limit, basis, ground, members)?;
    for (weight, group) in weights.iter().zip(&groups.group_of) {
        groups.groups[*group as usize].weight += weight;
    }
    let is_reset = methodology
        .weight
        .neutral
        .as_ref()
        .is_none_or(|rule| rule.band.is_none());
    let factors: Vec<f64> = if is_reset {
        groups.groups.iter().map(|group| group.upper / group.weight).collect()
    } else {
        bring_into_bands(limit, &mut groups, ground.when)?
    };
    for (weight, group) in weights.iter_mut().zip(&groups.group_of) {
        *weight *= factors[*group as usize];
    }
    Ok((weights, Some(groups)))
}

/// Factors that bring each group beyond its bounds to them, once. Notes which groups were beyond.
fn bring_into_bands(rule: &Limit, column: &mut LimitColumn, when: &str) -> Result<Vec<f64>, ReviewError> {
    let held: Vec<f64> = column.groups.iter().map(|group| group.weight).collect();
    let bands: Vec<(f64, f64)> = column.groups.iter().map(|group| (group.lower, group.upper)).collect();
    let (after, moved) = into_bands(&held, &bands).map_err(|ends| {
        let message = format!(
            "{when}: brought to the ends of their bands, groups of `{}` hold {:.4}% (line {}), which leaves nothing for the \
             others",
            rule.on.name(),
            ends * 100.0,
            rule.line
        );
        let help = "narrow the band, or hold it as a [[limit]] with `within`";
        ReviewError::unsatisfiable(Diagnostic::error("R0313", message).help(help))
    })?;
    for (group, moved) in column.groups.iter_mut().zip(moved) {
        group.binding = moved;
    }
    Ok(after.iter().zip(&held).map(|(after, held)| after / held).collect())
}

/// Weights in the parent, and what the members of each group lack of its weight in equal parts.
fn equal_excess(ground: Ground<'_>, members: &[u32], parent: &[f64]) -> Result<Vec<f64>, ReviewError> {
    let (group_of, wanted) = match &ground.scored.neutral.excess {
        None => (vec![0; members.len()], vec![1.0]),
        Some((limit, basis)) => {
            let found = column(limit, basis, ground, members)?;
            let wanted = found.groups.iter().map(|group| group.upper).collect();
            (found.group_of, wanted)
        }
    };
    let mut held = vec![0.0; wanted.len()];
    let mut names = vec![0_u32; wanted.len()];
    for (weight, group) in parent.iter().zip(&group_of) {
        held[*group as usize] += weight;
        names[*group as usize] += 1;
    }
    let excess = |group: usize| (wanted[group] - held[group]) / f64::from(names[group]);
    let weights = parent.iter().zip(&group_of);
    Ok(weights
        .map(|(weight, group)| weight + excess(*group as usize))
        .collect())
}
