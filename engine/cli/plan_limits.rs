//! Of a planned review: the limits that bind, what they cost where weights are optimised, and the rules that gave way.

use divisor_methodology::{LimitOn, Line, Objective};
use divisor_review::{LimitColumn, LimitGroup};
use serde_json::{Value, json};

use crate::plan_text::{NAMED, Preview, line, percent};

/// A limit that moved weights.
struct Bound<'a> {
    rule: &'a str,
    line: Line,
    groups: Vec<BoundGroup<'a>>,
}

/// What it bounds.
struct BoundGroup<'a> {
    label: &'a str,
    /// The weight, exposure or turnover it is held at, in words.
    at: String,
    /// By how much the objective would fall for one unit more room; none where weights are not optimised.
    shadow_price: Option<f64>,
}

impl Preview<'_> {
    /// The limits that bind, a line each: of optimised weights the dearest group first.
    pub(crate) fn binding(&self) -> String {
        let bounds = self.bounds();
        if bounds.is_empty() {
            let rules = &self.pipeline.methodology;
            let none = if rules.limits.is_empty() && rules.optimised.is_none() {
                "the rulebook has no limit"
            } else {
                "no limit"
            };
            return line("binding", none);
        }
        let mut text = String::new();
        for (at, bound) in bounds.iter().enumerate() {
            let more = bound.groups.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let shown: Vec<String> = bound.groups.iter().take(NAMED).map(BoundGroup::words).collect();
            let words = format!("{} (line {}): {}{more}", bound.rule, bound.line, shown.join(", "));
            text.push_str(&line(if at == 0 { "binding" } else { "" }, &words));
        }
        if let Some(unit) = self.objective() {
            let words = format!("¤: shadow price, by which {unit} would fall per unit more room");
            text.push_str(&line("", &words));
        }
        text
    }

    /// What an optimisation makes small, in words; none where weights are not optimised.
    fn objective(&self) -> Option<&'static str> {
        Some(match &self.pipeline.methodology.optimised.as_ref()?.objective {
            Objective::MinimumVariance { .. } => "the annual variance",
            Objective::MinimumTrackingError => "the annual variance against the parent",
            Objective::MaximumExposure { .. } => "the exposure left unused",
            Objective::MinimumDistance { .. } => "the distance to the target",
        })
    }

    fn bounds(&self) -> Vec<Bound<'_>> {
        let limits = self.pipeline.methodology.limits.iter().zip(&self.review.limits);
        let mut bounds: Vec<Bound<'_>> = limits
            .map(|(rule, column)| Bound {
                rule: &rule.id,
                line: rule.line,
                groups: self.groups(&rule.on, column),
            })
            .collect();
        bounds.extend(self.exposures());
        bounds.extend(self.turnover_bound());
        for bound in &mut bounds {
            let dearer = |a: &BoundGroup<'_>, b: &BoundGroup<'_>| {
                let price = |group: &BoundGroup<'_>| group.shadow_price.unwrap_or(0.0);
                price(b).total_cmp(&price(a)).then(a.label.cmp(b.label))
            };
            bound.groups.sort_by(dearer);
        }
        bounds.retain(|bound| !bound.groups.is_empty());
        bounds
    }

    /// The groups of a limit on weights that it holds back.
    fn groups(&self, on: &LimitOn, column: &LimitColumn) -> Vec<BoundGroup<'_>> {
        let Some(snapshot) = self.shared.landed.panel.snapshot(self.review.scored.snapshot) else {
            return Vec::new();
        };
        let is_optimised = self.review.optimised.is_some();
        let bound = column.groups.iter().filter(|group| group.binding.is_some());
        let group = |group: &LimitGroup| BoundGroup {
            label: group.label(on, snapshot),
            at: if is_optimised {
                percent(group.weight)
            } else {
                String::new()
            },
            shadow_price: is_optimised.then_some(group.shadow_price),
        };
        bound.map(group).collect()
    }

    /// The limits on exposures that bind.
    fn exposures(&self) -> Vec<Bound<'_>> {
        let rules = self.pipeline.methodology.optimised.as_ref();
        let rules = rules.into_iter().flat_map(|rules| &rules.constraints);
        let found = self.review.optimised.iter().flat_map(|found| &found.exposures);
        rules
            .zip(found)
            .filter_map(|(rule, exposure)| {
                let exposure = exposure.filter(|exposure| exposure.shadow_price > 0.0)?;
                Some(Bound {
                    rule: &rule.id,
                    line: rule.line,
                    groups: vec![BoundGroup {
                        label: "the index",
                        at: format!("{:+.4} sd", exposure.value),
                        shadow_price: Some(exposure.shadow_price),
                    }],
                })
            })
            .collect()
    }

    /// The turnover limit of an optimisation, where it binds.
    fn turnover_bound(&self) -> Option<Bound<'_>> {
        let rule = self.pipeline.methodology.turnover.as_ref()?;
        let (allowed, price) = self.review.optimised.as_ref()?.turnover?;
        (price > 0.0).then(|| Bound {
            rule: "turnover",
            line: rule.line,
            groups: vec![BoundGroup {
                label: "one-way",
                at: percent(allowed),
                shadow_price: Some(price),
            }],
        })
    }

    pub(crate) fn bounds_json(&self) -> Vec<Value> {
        let bounds = self.bounds();
        let json = |bound: &Bound<'_>| {
            let labels: Vec<&str> = bound.groups.iter().map(|group| group.label).collect();
            let prices: Vec<f64> = bound.groups.iter().filter_map(|group| group.shadow_price).collect();
            let mut one = json!({
                "rule_id": bound.rule, "line": bound.line.number(), "file": bound.line.file(), "groups": labels,
            });
            if self.review.optimised.is_some() {
                one["shadow_prices"] = json!(prices);
            }
            one
        };
        bounds.iter().map(json).collect()
    }

    /// What gave way so that there are weights, rung by rung; only optimised weights have rules that do.
    pub(crate) fn relaxed(&self) -> String {
        let Some(found) = &self.review.optimised else {
            return String::new();
        };
        let mut lines: Vec<String> = Vec::new();
        for (at, refused) in found.refused.iter().enumerate() {
            let step = if at == 0 {
                "as written".to_owned()
            } else {
                format!("after rung {at}")
            };
            let why = match (refused.rules.is_empty(), refused.margin) {
                (true, _) => "no weights were found".to_owned(),
                (false, None) => format!("{} cannot hold together", refused.rules.join(", ")),
                (false, Some(margin)) => {
                    format!(
                        "{} cannot hold together, by {margin:.3e} at least",
                        refused.rules.join(", ")
                    )
                }
            };
            lines.push(format!("{step}: {why}"));
        }
        let moved = found.relaxations.iter();
        lines.extend(moved.map(|moved| format!("{moved} (line {})", moved.line)));
        if found.kept_previous {
            lines.push("no rung was enough: the weights before were kept".to_owned());
        }
        if lines.is_empty() {
            lines.push("nothing: all rules hold as written".to_owned());
        }
        let title = |at: usize| if at == 0 { "relaxed" } else { "" };
        lines
            .iter()
            .enumerate()
            .map(|(at, words)| line(title(at), words))
            .collect()
    }

    pub(crate) fn relaxations_json(&self) -> Value {
        let Some(found) = &self.review.optimised else {
            return json!({ "rules": [], "refused": [], "kept_previous": false });
        };
        let rules = found.relaxations.iter().map(
            |moved| json!({ "rule_id": moved.rule, "line": moved.line.number(), "from": moved.from, "to": moved.to }),
        );
        let refused = found.refused.iter().enumerate();
        let refused =
            refused.map(|(rung, refused)| json!({ "rung": rung, "rules": refused.rules, "margin": refused.margin }));
        json!({
            "rules": rules.collect::<Vec<_>>(),
            "refused": refused.collect::<Vec<_>>(),
            "kept_previous": found.kept_previous,
        })
    }
}

impl BoundGroup<'_> {
    fn words(&self) -> String {
        match self.shadow_price {
            Some(price) => format!("{} {} (¤ {price:.3e})", self.label, self.at),
            None => self.label.to_owned(),
        }
    }
}
