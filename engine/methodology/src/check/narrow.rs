//! `[select.narrow]`.

use super::Check;
use super::scope::Scope;
use crate::buffer::NumberOrShare;
use crate::draft::Draft;
use crate::draft::narrow::{NarrowDraft, NarrowEndName, NarrowOrderName, RoundCrossingName, StopDraft};
use crate::located::Located;
use crate::methodology::{
    Level, Narrow, NarrowEnd, NarrowOrder, Quantity, RoundCrossing, RoundSize, Stop, StopOn, Weight, WeightScheme,
};
use crate::names::closest;
use crate::stand_in::is_nowhere;
use crate::stop_bound::StopBoundDraft;

/// What [`StopDraft::on`] may be besides a text column.
const STOPS_ON: [&str; 3] = ["exposure", "capacity", "effective-names"];

impl Check<'_> {
    pub(super) fn narrow(&mut self, draft: &Located<NarrowDraft>, scope: &Scope) -> Narrow {
        let by = self.quantity(&draft.by, &draft.by.span, scope);
        if let Some(drop) = &draft.drop
            && let NumberOrShare::Share(share) = drop.value
            && (share.numerator == 0 || share.numerator >= share.denominator)
        {
            let help = "write a share such as \"5%\", or a number of names";
            self.error(
                "M0410",
                &drop.span,
                "a round drops more than 0% and less than 100% of the names left",
                help,
            );
        }
        let stops = draft.stop.iter().map(|stop| self.stop(stop, &by, scope)).collect();
        Narrow {
            order: self.setting(draft.order.as_ref(), NarrowOrder::Contribution, |word| match word {
                NarrowOrderName::Contribution => NarrowOrder::Contribution,
                NarrowOrderName::Value => NarrowOrder::Value,
            }),
            drop: self.setting(draft.drop.as_ref(), RoundSize::Names(1), |written| match written {
                NumberOrShare::Number(names) => RoundSize::Names(usize::try_from(*names).unwrap_or(1).max(1)),
                NumberOrShare::Share(share) => RoundSize::Share(*share),
            }),
            crossing: self.setting(draft.crossing.as_ref(), RoundCrossing::Exclude, |word| match word {
                RoundCrossingName::Exclude => RoundCrossing::Exclude,
                RoundCrossingName::Include => RoundCrossing::Include,
            }),
            least: self.setting(draft.least.as_ref(), 1, |least| {
                usize::try_from(*least).unwrap_or(1).max(1)
            }),
            unfinished: self.setting(draft.unfinished.as_ref(), NarrowEnd::Error, |word| match word {
                NarrowEndName::Error => NarrowEnd::Error,
                NarrowEndName::Keep => NarrowEnd::Keep,
            }),
            ties: self.ties(&draft.ties, scope),
            by,
            stops,
            line: self.line(&draft.span),
        }
    }

    /// What a stop looks at; `None` where that is a mistake already reported.
    fn stop_on(&mut self, draft: &StopDraft, by: &Quantity, scope: &Scope) -> Option<StopOn> {
        match draft.on.value.as_str() {
            "exposure" => {
                let of = draft.of.as_ref();
                let of = of.map_or_else(|| by.clone(), |of| self.quantity(of, &of.span, scope));
                Some(StopOn::Exposure(of))
            }
            "capacity" => Some(StopOn::Capacity),
            "effective-names" => Some(StopOn::EffectiveNames),
            "names" => {
                let help = "write `least` in [select.narrow] for the fewest names, or on = \"effective-names\"";
                self.error("M0461", &draft.on.span, "a number of names is no stop", help);
                None
            }
            name => {
                if let Some(near) = closest(name, STOPS_ON) {
                    let message = format!("a stop looks at no `{name}`");
                    self.error("M0461", &draft.on.span, message, format!("did you mean `{near}`?"));
                    return None;
                }
                self.group_column(name, &draft.on.span, Some(scope));
                Some(StopOn::Groups(name.to_owned())).filter(|_| !is_nowhere(&draft.on.span))
            }
        }
    }

    fn stop(&mut self, draft: &Located<StopDraft>, by: &Quantity, scope: &Scope) -> Stop {
        let found = self.stop_on(draft, by, scope);
        let is_known = found.is_some();
        let on = found.unwrap_or(StopOn::EffectiveNames);
        if is_known && !matches!(on, StopOn::Exposure(_)) {
            self.idle(draft.of.as_ref(), "of", "it is for a stop on exposure");
        }
        let written = draft.max.as_ref().or(draft.min.as_ref());
        if let Some(written) = written.filter(|_| is_known) {
            self.level(draft, &on, written);
        }
        Stop {
            id: draft.id.value.clone(),
            on,
            is_maximum: draft.max.is_some(),
            level: written.map_or(Level::Number(1), |written| match written.value {
                StopBoundDraft::Number(number) => Level::Number(usize::try_from(number).unwrap_or(1)),
                StopBoundDraft::TimesBroad(times) => Level::TimesBroad(times),
                StopBoundDraft::Weight(weight) => Level::Weight(weight),
                StopBoundDraft::TimesParent(times) => Level::TimesParent(times),
            }),
            because: draft.because.as_ref().map(|text| text.value.clone()),
            line: self.line(&draft.span),
        }
    }

    /// Whether the level is one of what the stop looks at, and one that the broad index does not cross by itself.
    fn level(&mut self, draft: &StopDraft, on: &StopOn, written: &Located<StopBoundDraft>) {
        let is_maximum = draft.max.is_some();
        let name = &draft.on.value;
        let fits = match (on, is_maximum, written.value) {
            (StopOn::Exposure(_) | StopOn::Capacity, true, StopBoundDraft::TimesBroad(times)) => {
                self.beyond_broad(written, times.value() > 1.0, "above \"1 x broad\"");
                true
            }
            (StopOn::EffectiveNames, false, StopBoundDraft::TimesBroad(times)) => {
                self.beyond_broad(
                    written,
                    times.numerator > 0 && times.value() < 1.0,
                    "between 0 and \"1 x broad\"",
                );
                true
            }
            (StopOn::EffectiveNames, false, StopBoundDraft::Number(_))
            | (StopOn::Groups(_), _, StopBoundDraft::Weight(_) | StopBoundDraft::TimesParent(_)) => true,
            _ => false,
        };
        if !fits {
            let (message, help) = match on {
                StopOn::Exposure(_) | StopOn::Capacity => (
                    format!("narrowing raises the {name}: a stop is how many times that of the broad index it may be"),
                    "write max = \"2 x broad\"",
                ),
                StopOn::EffectiveNames => (
                    "narrowing lowers the effective number of names: a stop is the least of it".to_owned(),
                    "write min = \"0.67 x broad\", or a number: min = 100",
                ),
                StopOn::Groups(_) => (
                    format!("a stop on `{name}` is a weight of its groups"),
                    "write \"1%\" of the index, or \"0.5 x parent\"",
                ),
            };
            self.error("M0461", &written.span, message, help);
        }
    }

    fn beyond_broad(&mut self, written: &Located<StopBoundDraft>, is_beyond: bool, where_to: &str) {
        if !is_beyond {
            let message = "the broad index itself is there already, so that nobody would be dropped";
            self.error("M0462", &written.span, message, format!("write a level {where_to}"));
        }
    }

    /// Narrowing weighs names before it is known who is left, so each must have a weight of its own.
    pub(super) fn narrowed_weighting(&mut self, draft: &Draft, weight: &Weight) {
        let Some(narrow) = &draft.select.narrow else { return };
        if matches!(weight.scheme, WeightScheme::Optimised | WeightScheme::EqualExcess(_)) {
            let message = "[select.narrow] needs a weighting that weighs each name on its own";
            let help = "weigh with [weight.tilted], [weight.parent] or another in proportion to a number, or select with \
                        [select.top]";
            self.error("M0463", &narrow.span, message, help);
        }
    }
}
