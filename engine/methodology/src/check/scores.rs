//! `[score.*]`.

use super::Check;
use super::scope::Scope;
use crate::draft::{Combine as CombineName, DeviationName, Draft, PartDraft, PreferName, QuantileName, ScoreDraft, WinsorizeDraft};
use crate::located::Located;
use crate::methodology::{Combine, Deviation, Missing, Over, Part, Prefer, Quantile, Quantity, Score, Screen, Winsorize};
use crate::names::suggestion;
use crate::one_or_table::{MissingDraft, OverDraft};

pub(super) fn prefer(name: PreferName) -> Prefer {
    match name {
        PreferName::High => Prefer::High,
        PreferName::Low => Prefer::Low,
    }
}

impl Check<'_> {
    pub(super) fn scores(&mut self, draft: &Draft, screens: &[Screen], scope: &Scope) -> Vec<Score> {
        let all: Vec<Score> = draft
            .score
            .iter()
            .map(|(name, score)| self.score(name, score, screens, scope))
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
                    .all(|name| order.iter().any(|done| done.name == *name) || !draft.score.contains_key(*name))
            };
            let Some(at) = waiting.iter().position(ready) else {
                break;
            };
            order.push(waiting.remove(at));
        }
        let names: Vec<String> = waiting.iter().map(|score| score.name.clone()).collect();
        for score in &waiting {
            let span = draft.score[&score.name].span.clone();
            let message = format!("the score `{}` depends on itself or on a circle", score.name);
            self.error(
                "M0313",
                &span,
                message,
                format!("none of these can come first: {}", names.join(", ")),
            );
        }
        order
    }

    fn score(&mut self, name: &str, draft: &Located<ScoreDraft>, screens: &[Screen], scope: &Scope) -> Score {
        if let Some(within) = &draft.within {
            self.group_column(within, &within.span, Some(scope));
        }
        let mut parts: Vec<Part> = Vec::new();
        for part in &draft.of.value {
            let part = self.part(part, scope);
            if parts.iter().any(|known| known.id == part.id) {
                let span = draft.of.span.clone();
                self.error(
                    "M0110",
                    &span,
                    format!("`{}` stands twice in the score `{name}`", part.id),
                    "",
                );
            }
            parts.push(part);
        }
        Score {
            name: name.to_owned(),
            combine: match draft.combine.value {
                CombineName::Mean => Combine::Mean,
            },
            deviation: self.setting(draft.deviation.as_ref(), Deviation::Population, |word| match word {
                DeviationName::Population => Deviation::Population,
                DeviationName::Sample => Deviation::Sample,
            }),
            winsorize: draft.winsorize.as_ref().map(|winsorize| self.winsorize(winsorize)),
            clip: self.stated(draft.clip.as_ref(), |clip| clip.0),
            over: self.over(draft, screens),
            within: self.stated(draft.within.as_ref(), Clone::clone),
            parts,
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
        }
    }

    fn over(&mut self, draft: &Located<ScoreDraft>, screens: &[Screen]) -> crate::methodology::Setting<Over> {
        if let Some(over) = &draft.over
            && let OverDraft::After(id) = &over.value
            && !screens.iter().any(|screen| screen.id == *id)
        {
            let help = suggestion(id, screens.iter().map(|screen| screen.id.as_str()));
            self.error("M0316", &over.span, format!("there is no screen `{id}`"), help);
        }
        self.setting(draft.over.as_ref(), Over::Eligible, |over| match over {
            OverDraft::Eligible => Over::Eligible,
            OverDraft::Parent => Over::Parent,
            OverDraft::After(id) => Over::After(id.clone()),
        })
    }

    fn winsorize(&mut self, draft: &Located<WinsorizeDraft>) -> Winsorize {
        let (low, high) = match draft.percentiles.value.as_slice() {
            [low, high] => (low.value.0, high.value.0),
            _ => (divisor_model::Fraction::ZERO, divisor_model::Fraction::ONE),
        };
        if low.value() >= high.value() || !high.at_most_one() {
            let message = "the percentiles must rise from 0% to 100%";
            self.error("M0408", &draft.percentiles.span, message, "write [\"5%\", \"95%\"]");
        }
        Winsorize {
            low,
            high,
            method: self.setting(draft.method.as_ref(), Quantile::Linear, |word| match word {
                QuantileName::Linear => Quantile::Linear,
                QuantileName::OrderStatistic => Quantile::OrderStatistic,
            }),
            line: self.line(&draft.span),
        }
    }

    fn part(&mut self, draft: &Located<PartDraft>, scope: &Scope) -> Part {
        let of = match (&draft.variable, &draft.score) {
            (Some(name), _) => self.variable_quantity(name, &name.span, scope),
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
            Some((MissingDraft::Substitute(name), span)) => Some(self.variable_quantity(name, span, scope)),
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
        Part {
            id,
            of,
            prefer: self.setting(draft.prefer.as_ref(), Prefer::High, |word| prefer(*word)),
            missing,
            line: self.line(&draft.span),
        }
    }
}

/// The scores a score needs first: those it names, and those named by the screens its statistics wait for.
fn needs<'a>(score: &'a Score, screens: &'a [Screen]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for part in &score.parts {
        if let Quantity::Score(name) = &part.of {
            names.push(name);
        }
    }
    if let Over::After(id) = &score.over.value {
        let last = screens.iter().position(|screen| screen.id == *id);
        for screen in screens.iter().take(last.map_or(0, |at| at + 1)) {
            names.extend(screen.scores.iter().map(String::as_str));
        }
    }
    names
}
