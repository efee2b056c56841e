//! The steps of a score beyond winsorising and z-scores: weights, maps, truncating, groups, the second standardising.

use divisor_model::Fraction;

use super::Check;
use super::scope::Scope;
use crate::columns::ColumnsDraft;
use crate::draft::{
    Combine, MeanName, PartDraft, PartMap, ScoreDraft, SmallGroupName, SpreadName, TruncateDraft, UnfinishedName,
};
use crate::located::Located;
use crate::methodology::{
    Centre, Part, Quantity, Restandardize, Setting, SmallGroup, SmallestGroup, Spread, TiltMap, Truncate, Unfinished,
};
use crate::numbers::percent;

const TOLERANCE_DEFAULT: f64 = 1e-12;
const PASSES_DEFAULT: u32 = 100;
const PASSES_MAX: i64 = 10_000;
/// Steeper powers make one name the whole index.
const POWER_MAX: f64 = 20.0;

impl Check<'_> {
    /// Columns whose texts together make groups.
    pub(super) fn group_columns(
        &mut self,
        draft: Option<&Located<ColumnsDraft>>,
        scope: &Scope,
    ) -> Option<Setting<Vec<String>>> {
        let written = draft?;
        for (at, column) in written.value.0.iter().enumerate() {
            self.group_column(column, &written.span, Some(scope));
            if written.value.0[..at].contains(column) {
                let message = format!("the column `{column}` stands twice");
                self.error("M0110", &written.span, message, "take one of them out");
            }
        }
        self.stated(draft, |columns| columns.0.clone())
    }

    /// Either all parts have weights, which add up to 100%, or none has.
    pub(super) fn part_weights(&mut self, name: &str, draft: &Located<ScoreDraft>, parts: &[Part]) {
        if draft.combine.value == Combine::Product {
            for (written, part) in draft.of.iter().zip(parts) {
                self.idle(written.weight.as_ref(), "weight", "a product has powers: power = 2");
                if written.map.is_none() && !matches!(part.of, Quantity::Score(_)) {
                    let message = format!("the z-score of `{}` may be negative and cannot be multiplied", part.id);
                    let help = "make a factor of it: map = \"one-plus-z\", or \"normal-cdf\"";
                    self.error("M0432", &written.span, message, help);
                }
            }
            return;
        }
        let weights: Vec<Fraction> = parts
            .iter()
            .filter_map(|part| part.weight.as_ref().map(|weight| weight.value))
            .collect();
        if weights.is_empty() {
            return;
        }
        if weights.len() < parts.len() {
            let lacking = draft.of.iter().zip(parts).find(|(_, part)| part.weight.is_none());
            if let Some((written, part)) = lacking {
                let message = format!("`{}` has no weight, though others of the score `{name}` have", part.id);
                self.error("M0431", &written.span, message, "give every part a `weight`, or none");
            }
            return;
        }
        let total = weights.iter().copied().fold(Fraction::ZERO, Fraction::plus);
        if total.numerator != total.denominator || weights.iter().any(|weight| weight.numerator == 0) {
            let message = format!("the weights of the score `{name}` add up to {}", percent(total));
            self.error(
                "M0431",
                &draft.of.span,
                message,
                "weights lie above 0% and add up to 100%",
            );
        }
    }

    /// Keys that exclude each other or need another.
    pub(super) fn score_steps(&mut self, draft: &Located<ScoreDraft>) {
        if let (Some(_), Some(truncate)) = (&draft.clip, &draft.truncate) {
            self.error(
                "M0430",
                &truncate.span,
                "z-scores are clipped once or truncated in a loop, not both",
                "keep `clip` or `truncate`",
            );
        }
        let again = draft.restandardize.as_ref().is_some_and(|again| again.within.is_some());
        if draft.within.is_none() {
            self.idle(draft.spread.as_ref(), "spread", "there are no groups: add `within`");
            let winsorize = draft.winsorize.as_ref().and_then(|rule| rule.within.as_ref());
            if !again && winsorize.is_none_or(|columns| columns.0 == ["all"]) {
                let why = "there are no groups: add `within`";
                self.idle(draft.smallest_group.as_ref(), "smallest_group", why);
            }
        }
    }

    pub(super) fn mean(&self, draft: &ScoreDraft) -> Setting<Centre> {
        self.setting(draft.mean.as_ref(), Centre::Plain, |word| match word {
            MeanName::Plain => Centre::Plain,
            MeanName::ParentWeighted => Centre::ParentWeighted,
            MeanName::Median => Centre::Median,
        })
    }

    pub(super) fn spread(&self, draft: &ScoreDraft) -> Setting<Spread> {
        self.setting(draft.spread.as_ref(), Spread::Group, |word| match word {
            SpreadName::Group => Spread::Group,
            SpreadName::All => Spread::All,
        })
    }

    pub(super) fn smallest_group(&self, draft: &ScoreDraft) -> Option<SmallestGroup> {
        let written = draft.smallest_group.as_ref()?;
        Some(SmallestGroup {
            names: usize::try_from(written.names.value).unwrap_or(usize::MAX),
            below: self.setting(written.below.as_ref(), SmallGroup::Wider, |word| match word {
                SmallGroupName::Wider => SmallGroup::Wider,
                SmallGroupName::Universe => SmallGroup::Universe,
                SmallGroupName::Together => SmallGroup::Together,
                SmallGroupName::NoScore => SmallGroup::NoScore,
            }),
            line: self.line(&written.span),
        })
    }

    pub(super) fn least_present(&mut self, draft: &ScoreDraft, parts: usize) -> Option<Setting<usize>> {
        let written = draft.least_present.as_ref()?;
        let least = usize::try_from(written.value).unwrap_or(usize::MAX);
        if least > parts {
            let message = format!("no name can have {least} of {parts} parts");
            let help = format!("write a number from 1 to {parts}");
            self.error("M0402", &written.span, message, help);
        }
        self.stated(Some(written), |_| least)
    }

    pub(super) fn restandardize(&mut self, draft: &ScoreDraft, scope: &Scope) -> Option<Restandardize> {
        let written = draft.restandardize.as_ref()?;
        Some(Restandardize {
            within: self.group_columns(written.within.as_ref(), scope),
            line: self.line(&written.span),
        })
    }

    pub(super) fn truncate(&mut self, draft: &Located<TruncateDraft>) -> Truncate {
        if let Some(tolerance) = &draft.tolerance
            && !(0.0..1.0).contains(&tolerance.value)
        {
            let message = format!("a tolerance of {} standard deviations is no tolerance", tolerance.value);
            self.error("M0402", &tolerance.span, message, "write a small number such as 1e-9");
        }
        if let Some(passes) = draft.passes.as_ref().filter(|passes| passes.value > PASSES_MAX) {
            let message = format!("{} passes are absurd", passes.value);
            let help = format!("write a number from 1 to {PASSES_MAX}");
            self.error("M0402", &passes.span, message, help);
        }
        Truncate {
            beyond: draft.beyond.value.0,
            tolerance: self.setting(draft.tolerance.as_ref(), TOLERANCE_DEFAULT, |value| *value),
            passes: self.setting(draft.passes.as_ref(), PASSES_DEFAULT, |passes| {
                u32::try_from(*passes).unwrap_or(PASSES_DEFAULT)
            }),
            unfinished: self.setting(draft.unfinished.as_ref(), Unfinished::Error, |word| match word {
                UnfinishedName::Error => Unfinished::Error,
                UnfinishedName::Clip => Unfinished::Clip,
                UnfinishedName::Keep => Unfinished::Keep,
            }),
            line: self.line(&draft.span),
        }
    }

    pub(super) fn part_map(&mut self, draft: &Located<PartDraft>) -> (Option<Setting<TiltMap>>, Option<Setting<f64>>) {
        let map = self.stated(draft.map.as_ref(), |map| match map {
            PartMap::OnePlusZ => TiltMap::OnePlusZ,
            PartMap::NormalCdf => TiltMap::NormalCdf,
            PartMap::Exponential => TiltMap::Exponential,
            PartMap::Rank => TiltMap::Rank,
            PartMap::Percentile => TiltMap::Percentile,
        });
        if draft.map.is_none() && draft.score.is_none() {
            let why = "a z-score may be negative; make a factor of it with `map` first";
            self.idle(draft.power.as_ref(), "power", why);
        }
        (map, self.power(draft.power.as_ref()))
    }

    /// An exponent of a factor.
    pub(super) fn power(&mut self, draft: Option<&Located<f64>>) -> Option<Setting<f64>> {
        let written = draft?;
        let size = written.value.abs();
        if !(size > 0.0 && size <= POWER_MAX) {
            let message = format!("a factor cannot be raised to {}", written.value);
            let help = format!("write a number up to {POWER_MAX}, such as 0.5 or 2");
            self.error("M0402", &written.span, message, help);
        }
        self.stated(draft, |power| *power)
    }
}
