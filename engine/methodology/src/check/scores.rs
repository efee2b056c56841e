//! `[score.*]`.

use super::Check;
use super::circle::{Graph, around, circles};
use super::scope::Scope;
use crate::columns::ColumnsDraft;
use crate::draft::{
    Combine as CombineName, DeviationName, Draft, PartDraft, PreferName, QuantileName, ScoreDraft, WinsorizeDraft,
};
use crate::located::Located;
use crate::methodology::Winsorize;
use crate::methodology::{Combine, Deviation, Missing, Over, Part, Prefer, Quantile, Quantity, Score, Screen, Setting};
use crate::names::suggestion;
use crate::one_or_table::{MissingDraft, OverDraft};
use crate::stand_in::is_nowhere;

pub(super) fn prefer(name: PreferName) -> Prefer {
    match name {
        PreferName::High => Prefer::High,
        PreferName::Low => Prefer::Low,
    }
}

impl Check<'_> {
    pub(super) fn scores(&mut self, draft: &Draft, screens: &[Screen], scope: &Scope) -> Vec<Score> {
        // Those written, a screen whose formula cannot be read included.
        let screen_ids: Vec<&str> = draft.screen.iter().map(|screen| screen.id.as_str()).collect();
        let all: Vec<Score> = draft
            .score
            .iter()
            .map(|(name, score)| self.score(name, score, &screen_ids, scope))
            .collect();
        self.order_scores(all, draft, screens)
    }

    /// Scores so that each comes after those it needs; circles are reported.
    fn order_scores(&mut self, mut waiting: Vec<Score>, draft: &Draft, screens: &[Screen]) -> Vec<Score> {
        let mut order: Vec<Score> = Vec::new();
        loop {
            let ready = |score: &Score| {
                let needs = needs(score, screens);
                needs
                    .iter()
                    .all(|name| order.iter().any(|done| done.name == *name) || !draft.score.contains_key(name))
            };
            let Some(at) = waiting.iter().position(ready) else {
                break;
            };
            order.push(waiting.remove(at));
        }
        let graph = waiting.iter().map(|score| (score.name.clone(), needs(score, screens)));
        let graph: Graph = graph.collect();
        for circle in circles(&graph) {
            let span = draft.score[&circle[0]].span.clone();
            let message = format!("the score `{}` depends on itself", circle[0]);
            let waits = waiting
                .iter()
                .find_map(|score| waits_for_screen(score, screens, &circle));
            let help = around(&circle) + &waits.unwrap_or_default();
            self.error("M0313", &span, message, help);
        }
        order.append(&mut waiting);
        order
    }

    fn score(&mut self, name: &str, draft: &Located<ScoreDraft>, screen_ids: &[&str], scope: &Scope) -> Score {
        self.own_name("score", name, &draft.span);
        let within = self.group_columns(draft.within.as_ref(), scope);
        let mut parts: Vec<Part> = Vec::new();
        for written in &draft.of.value {
            let part = self.part(written, scope);
            let named = [&written.id, &written.variable, &written.score]
                .into_iter()
                .flatten()
                .next();
            let span = named.map_or(&written.span, |name| &name.span);
            if let Some(known) = parts.iter().find(|known| known.id == part.id) {
                let message = format!("`{}` stands twice in the score `{name}`", part.id);
                let help = format!(
                    "take one out, or give one an `id` of its own; the first is on line {}",
                    known.line
                );
                self.error("M0110", span, message, help);
            }
            parts.push(part);
        }
        self.part_weights(name, draft, &parts);
        self.score_steps(draft);
        Score {
            name: name.to_owned(),
            combine: match draft.combine.value {
                CombineName::Mean => Combine::Mean,
                CombineName::Product => Combine::Product,
            },
            mean: self.mean(draft),
            truncate: draft.truncate.as_ref().map(|truncate| self.truncate(truncate)),
            spread: self.spread(draft),
            smallest_group: self.smallest_group(draft),
            least_present: self.least_present(draft, parts.len()),
            restandardize: self.restandardize(draft, scope),
            clip_score: self.stated(draft.clip_score.as_ref(), |clip| clip.0),
            deviation: self.setting(draft.deviation.as_ref(), Deviation::Population, |word| match word {
                DeviationName::Population => Deviation::Population,
                DeviationName::Sample => Deviation::Sample,
            }),
            winsorize: draft
                .winsorize
                .as_ref()
                .map(|winsorize| self.winsorize(winsorize, scope)),
            clip: self.stated(draft.clip.as_ref(), |clip| clip.0),
            over: self.over(draft, screen_ids),
            within,
            parts,
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
        }
    }

    fn over(&mut self, draft: &Located<ScoreDraft>, screen_ids: &[&str]) -> Setting<Over> {
        if let Some(over) = &draft.over
            && let OverDraft::After(id) = &over.value
            && !screen_ids.contains(&id.as_str())
        {
            let help = match suggestion(id, screen_ids.iter().copied()) {
                none if none.is_empty() => "write over = \"eligible\" or over = \"parent\"".to_owned(),
                found => found,
            };
            self.error("M0316", &over.span, format!("there is no screen `{id}`"), help);
        }
        self.setting(draft.over.as_ref(), Over::Eligible, |over| match over {
            OverDraft::Eligible => Over::Eligible,
            OverDraft::Parent => Over::Parent,
            OverDraft::After(id) => Over::After(id.clone()),
        })
    }

    fn winsorize(&mut self, draft: &Located<WinsorizeDraft>, scope: &Scope) -> Winsorize {
        let (low, high) = match draft.percentiles.value.as_slice() {
            [low, high] => (low.value.0, high.value.0),
            _ => (divisor_model::Fraction::ZERO, divisor_model::Fraction::ONE),
        };
        let is_known = draft.percentiles.value.iter().all(|one| !is_nowhere(&one.span));
        if is_known && (low.value() >= high.value() || !high.at_most_one()) {
            let message = "the percentiles must be a low one and a high one, between 0% and 100%";
            self.error("M0408", &draft.percentiles.span, message, "write [\"5%\", \"95%\"]");
        }
        Winsorize {
            low,
            high,
            method: self.setting(draft.method.as_ref(), Quantile::Linear, |word| match word {
                QuantileName::Linear => Quantile::Linear,
                QuantileName::OrderStatistic => Quantile::OrderStatistic,
                QuantileName::Hazen => Quantile::Hazen,
                QuantileName::Weibull => Quantile::Weibull,
            }),
            within: self.winsorized_within(draft.within.as_ref(), scope),
            line: self.line(&draft.span),
        }
    }

    /// Columns of groups, none for `"all"`.
    fn winsorized_within(
        &mut self,
        draft: Option<&Located<ColumnsDraft>>,
        scope: &Scope,
    ) -> Option<Setting<Vec<String>>> {
        if draft.is_some_and(|columns| columns.0 == ["all"]) {
            return self.stated(draft, |_| Vec::new());
        }
        self.group_columns(draft, scope)
    }

    fn part(&mut self, draft: &Located<PartDraft>, scope: &Scope) -> Part {
        let of = match (&draft.variable, &draft.score) {
            (Some(name), _) => {
                self.variable_quantity(name, &name.span, scope, &format!("write score = \"{}\"", name.value))
            }
            (None, Some(name)) => {
                if !scope.scores.contains(&name.value) {
                    let help = suggestion(name, scope.scores.iter().map(String::as_str));
                    self.error(
                        "M0307",
                        &name.span,
                        format!("no score is called `{}`", name.value),
                        help,
                    );
                }
                Quantity::Score(name.value.clone())
            }
            (None, None) => Quantity::ParentWeight,
        };
        let id = draft
            .id
            .as_ref()
            .map_or_else(|| of.name().to_owned(), |id| id.value.clone());
        let substitute = match draft.missing.as_ref().map(|missing| (&missing.value, &missing.span)) {
            Some((MissingDraft::Substitute(name), span)) => {
                Some(self.variable_quantity(name, span, scope, "substitute a variable or a column"))
            }
            _ => None,
        };
        let missing = self.setting(draft.missing.as_ref(), Missing::ExcludeSecurity, |missing| {
            match (missing, &substitute) {
                (_, Some(quantity)) => Missing::Substitute(quantity.clone()),
                (MissingDraft::Named(name), None) => match name.as_str() {
                    "average-others" => Missing::AverageOthers,
                    "zero" => Missing::Zero,
                    "worst" => Missing::Worst,
                    "neutral-rank" => Missing::NeutralRank,
                    _ => Missing::ExcludeSecurity,
                },
                (MissingDraft::Substitute(_), None) => Missing::ExcludeSecurity,
            }
        });
        let (map, power) = self.part_map(draft);
        Part {
            weight: self.stated(draft.weight.as_ref(), |weight| weight.0),
            map,
            power,
            id,
            of,
            prefer: self.setting(draft.prefer.as_ref(), Prefer::High, |word| prefer(*word)),
            missing,
            line: self.line(&draft.span),
        }
    }
}

/// How a circle runs through screens, if this score is on it by its statistics.
fn waits_for_screen(score: &Score, screens: &[Screen], circle: &[String]) -> Option<String> {
    let Over::After(id) = &score.over.value else {
        return None;
    };
    let last = screens.iter().position(|screen| screen.id == *id)?;
    let uses = screens[..=last]
        .iter()
        .find(|screen| screen.scores.iter().any(|name| circle.contains(name)))?;
    let is_on_it = circle.contains(&score.name);
    is_on_it.then(|| {
        format!(
            ": the statistics of `{}` wait for the screen `{}`, which uses a score",
            score.name, uses.id
        )
    })
}

/// The scores a score needs first: those it names, and those named by the screens its statistics wait for.
fn needs(score: &Score, screens: &[Screen]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in &score.parts {
        if let Quantity::Score(name) = &part.of {
            names.push(name.clone());
        }
    }
    if let Over::After(id) = &score.over.value {
        let last = screens.iter().position(|screen| screen.id == *id);
        for screen in screens.iter().take(last.map_or(0, |at| at + 1)) {
            names.extend(screen.scores.iter().cloned());
        }
    }
    names
}
