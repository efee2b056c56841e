//! The decision trace of one security at one review, in words.

use crate::run_risk::model_words;
use divisor_methodology::{Select, TopSize};
use divisor_model::{SecurityIndex, Snapshot, date_of};
use divisor_review::{Decision, IndexRun, Pipeline, Review, Shared, decisions_of, restatements};
use serde_json::json;

/// One security at one review.
pub(crate) struct Story<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) result: &'a IndexRun,
    pub(crate) review: &'a Review,
    pub(crate) shared: &'a Shared,
    pub(crate) snapshot: Snapshot<'a>,
    pub(crate) security: SecurityIndex,
}

impl Story<'_> {
    pub(crate) fn text(&self) -> String {
        let Some(at) = self.review.scored.position(self.security) else {
            return self.absent();
        };
        let mut text = format!("{}\n", self.headline(at));
        let decisions = decisions_of(self.pipeline, self.shared, self.review, at);
        let marks = decisions
            .iter()
            .map(|decision| "[line ]".len() + decision.line.to_string().chars().count());
        let width = marks.max().unwrap_or(0).max(10);
        let mut last: Option<(&str, &str)> = None;
        for decision in &decisions {
            let rule = (decision.stage, decision.rule_id.as_ref());
            let name = if last == Some(rule) {
                ""
            } else {
                decision.rule_id.as_ref()
            };
            last = Some(rule);
            let line = if decision.stage == "decision" {
                format!("[decision {}]", decision.line)
            } else {
                format!("[line {}]", decision.line)
            };
            text.push_str(&format!("  {line:>width$}  {name:<26} {}\n", self.words(decision, at)));
        }
        text.push_str(&self.restated(width));
        if let Some(trade) = self.review.turnover.of(self.security) {
            text.push_str(&format!(
                "  {:>width$}  {:<26} {} from a drifted {} to {}: {:+.3}pp ({})\n",
                "",
                "turnover",
                trade.cause(),
                percent(trade.old_weight),
                percent(trade.new_weight),
                trade.trade() * 100.0,
                trade.drift_source.word()
            ));
        }
        text
    }

    /// The inputs that were published otherwise before.
    fn restated(&self, width: usize) -> String {
        let day = |date: Option<divisor_model::Date>| date.map_or_else(String::new, |date| date.to_string());
        let restated = restatements(self.pipeline, self.shared, self.review, self.security);
        let lines = restated.iter().enumerate().map(|(at, input)| {
            format!(
                "  {:>width$}  {:<26} {} {} {}: {} restated {} (was {}, known {})\n",
                "",
                if at == 0 { "restated inputs" } else { "" },
                input.field,
                input.period,
                day(input.period_end),
                number(input.now.0),
                day(input.now.1),
                number(input.was.0),
                day(input.was.1)
            )
        });
        lines.collect()
    }

    pub(crate) fn name(&self) -> String {
        let id = self.shared.landed.panel.securities().id(self.security);
        let row = self.snapshot.row(self.security);
        let field = |name: &str| row.and_then(|row| self.snapshot.text_at(name, row));
        let place = [field("country"), field("sector")]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ");
        match field("name") {
            Some(name) => format!("{id} {name} ({place})"),
            None => format!("{id} ({place})"),
        }
    }

    fn headline(&self, at: usize) -> String {
        let index = &self.pipeline.methodology.index.id;
        let date = self.review.dates.effective;
        let held = |review: &Review| {
            let position = review.scored.position(self.security);
            position.is_some_and(|at| review.member(at).is_some())
        };
        let before: Vec<&Review> = self
            .result
            .reviews
            .iter()
            .filter(|review| review.dates.effective < date)
            .collect();
        let state = match self.review.member(at) {
            Some(member) => format!("is IN {index} at {date} with {}", percent(self.review.weights[member])),
            None => format!("is OUT of {index} at {date}"),
        };
        let since = match (
            self.review.member(at).is_some(),
            before.iter().rev().take_while(|review| held(review)).last(),
        ) {
            (true, Some(first)) => format!(" · a member since {}", first.dates.effective),
            (true, None) => " · new at this review".to_owned(),
            (false, Some(first)) => format!(" · it was in since {}", first.dates.effective),
            (false, None) => String::new(),
        };
        let age = self.review.scored.age_days;
        let cutoff = self.review.dates.cutoff;
        let optimised = self.review.optimised.as_ref();
        let risk = optimised.and_then(|found| found.risk.as_ref()).map(model_words);
        let risk = risk.map_or_else(String::new, |words| format!("\n  risk model: {words}"));
        format!(
            "{} {state}{since}\n  cut-off {cutoff}, snapshot {}, {age} days old{risk}",
            self.name(),
            self.review.scored.snapshot
        )
    }

    fn absent(&self) -> String {
        let mut text = format!(
            "{} is not in the parent of {} at {} (snapshot {})\n",
            self.shared.landed.panel.securities().id(self.security),
            self.pipeline.methodology.index.id,
            self.review.dates.effective,
            self.review.scored.snapshot
        );
        if let Some(row) = self.review.turnover.of(self.security) {
            text.push_str(&format!(
                "  it left, and its drifted weight of {} is sold\n",
                percent(row.old_weight)
            ));
        }
        text
    }

    pub(crate) fn words(&self, decision: &Decision<'_>, at: usize) -> String {
        let known = date_of(decision.known_on)
            .map(|date| format!(" · known {date}"))
            .unwrap_or_default();
        let value = number(decision.value);
        match decision.stage {
            "universe" => format!("weight in the parent {}{known}", percent(decision.value)),
            "screen" => {
                let threshold = if decision.threshold.is_nan() {
                    String::new()
                } else {
                    format!(" {}", number(decision.threshold))
                };
                let outcome = match (decision.outcome, decision.code) {
                    ("out", "fails") => "OUT".to_owned(),
                    ("out", "missing") => "OUT: an input is missing".to_owned(),
                    ("kept", "missing") => "kept although an input is missing".to_owned(),
                    (outcome, _) => outcome.to_owned(),
                };
                format!("{}{threshold}: {value} → {outcome}{known}", decision.input)
            }
            "decision" if decision.code == "override" => format!("{} set to {value}{known}", decision.input),
            "decision" => format!("OUT by decision: {}{known}", decision.input),
            "score" => Self::score_words(decision, &known),
            "select" => self.select_words(decision, at),
            "weight" if decision.input == "marginal risk" => marginal_words(decision),
            "weight" if decision.rule_id == "risk" => without_risk_words(decision),
            "weight" if decision.code == "optimised" => format!("{} (optimised)", percent(decision.value)),
            "weight" if decision.code == "kept-previous" => {
                format!(
                    "{}: no weights hold all rules, the drifted ones were kept",
                    percent(decision.value)
                )
            }
            "limit" | "turnover" if decision.code == "shadow-price" => {
                format!("shadow price {value}: so much the objective would fall per unit more room")
            }
            "limit" if decision.code == "exposure" => exposure_words(decision),
            "weight" if decision.code == "neutral" => format!(
                "{}: {} reset to its weight in the parent, {}",
                decision.input,
                percent(decision.value),
                percent(decision.threshold)
            ),
            "weight" if decision.code == "within-band" => format!(
                "{}: {} inside its band, scaled with what other groups gave or took",
                decision.input,
                percent(decision.value)
            ),
            "weight" if decision.code.starts_with("band-") => format!(
                "{}: {} brought to the end of its band, {}",
                decision.input,
                percent(decision.value),
                percent(decision.threshold)
            ),
            "weight" if decision.code == "too-light" => format!(
                "OUT: {} after limits, below the least weight of {}",
                percent(decision.value),
                percent(decision.threshold)
            ),
            "turnover" => turnover_words(decision),
            "tranches" => format!("{} of the index in {}", percent(decision.value), decision.input),
            "limit" if decision.code == "power" => format!("weights raised to the power {value}"),
            "weight" => format!("{} before limits ({})", percent(decision.value), decision.code),
            _ => {
                let bound = if decision.threshold.is_finite() {
                    format!(" of {}", percent(decision.threshold))
                } else {
                    String::new()
                };
                match decision.outcome {
                    "capped" => format!(
                        "{}: {} held at its maximum{bound}",
                        decision.input,
                        percent(decision.value)
                    ),
                    "raised" => format!(
                        "{}: {} held at its minimum{bound}",
                        decision.input,
                        percent(decision.value)
                    ),
                    _ => format!(
                        "{}: {} within its bound{bound}",
                        decision.input,
                        percent(decision.value)
                    ),
                }
            }
        }
    }

    fn score_words(decision: &Decision<'_>, known: &str) -> String {
        let value = number(decision.value);
        if decision.code.starts_with("missing") {
            let policy = decision.code.trim_start_matches("missing-");
            return format!("{} is missing → {policy}{known}", decision.input);
        }
        if let Some(variable) = decision.input.strip_suffix(".z") {
            if decision.value.is_nan() {
                return format!("{variable} has no z-score");
            }
            let direction = if decision.code == "low-is-good" {
                " (low is good)"
            } else {
                ""
            };
            return format!("{variable} z {:+.4}{direction}", decision.value);
        }
        if let Some(part) = decision.input.strip_suffix(".factor") {
            return format!("{part} goes in as {value} ({})", decision.code);
        }
        if let Some(part) = decision.input.strip_suffix(".passes") {
            let end = if decision.code == "truncated" {
                "inside"
            } else {
                "NOT all inside"
            };
            return format!("{part} truncated, most passes of a group {value}, then {end}");
        }
        match decision.code {
            "winsorised" => format!(
                "{} {value} → winsorised {}{known}",
                decision.input,
                number(decision.threshold)
            ),
            "as-is" => format!("{} {value}{known}", decision.input),
            _ if decision.value.is_nan() => format!("{}: no score", decision.input),
            combine => format!("{} = {combine} {:+.4}", decision.input, decision.value),
        }
    }

    fn select_words(&self, decision: &Decision<'_>, at: usize) -> String {
        let zone = self.review.selection.zone(at);
        let rank = self.review.selection.rank[at];
        let size = match &self.pipeline.methodology.select {
            Select::Top(top) if top.within.is_some() || !matches!(top.size, TopSize::Count(_)) => {
                format!("{} places", zone.count)
            }
            Select::Top(_) => format!("{} wanted", zone.count),
            Select::Narrow(_) => format!("{} left", zone.count),
            Select::All { .. } => String::new(),
        };
        let buffer = if zone.inner < zone.count || zone.outer > zone.count {
            format!(", ranks to {} in, members stay to {}", zone.inner, zone.outer)
        } else {
            String::new()
        };
        let verdict = match decision.code {
            "all" if self.review.optimised.is_some() => return "every eligible name may have weight".to_owned(),
            "all" => return "every eligible name is in".to_owned(),
            "stays" => return "in: members stay at a review that only resets weights".to_owned(),
            "no-member" => {
                return "OUT: no member, and nobody is added at a review that only resets weights".to_owned();
            }
            "nothing-to-rank-by" => return format!("OUT: {} is missing, so there is no rank", decision.input),
            "no-weight" => return "OUT: the weighting gives it no weight".to_owned(),
            "within-inner" | "within-count" => "in",
            "narrowed" => "OUT: dropped while the index was narrowed",
            "dropped" => return format!("dropped in round {} of {}", decision.value, decision.threshold),
            "maximum" | "minimum" => return stop_words(decision),
            "buffer-kept" => "in: a member inside the buffer stays",
            "filled" => "in: filled a place that was left",
            "buffer-cut" => "OUT: members inside the buffer filled the places",
            "group-full" => "OUT: the places its group may take were filled",
            "beyond-buffer" => "OUT: beyond the buffer for members",
            _ => "OUT: the places were filled before it",
        };
        format!("rank {rank} ({size}{buffer}) → {verdict}")
    }

    pub(crate) fn json(&self) -> String {
        let at = self.review.scored.position(self.security);
        let decisions = at
            .map(|at| decisions_of(self.pipeline, self.shared, self.review, at))
            .unwrap_or_default();
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        let rows: Vec<serde_json::Value> = decisions
            .iter()
            .map(|row| {
                json!({
                    "stage": row.stage, "rule_id": row.rule_id, "rule_line": row.line.number(),
                    "rule_file": row.line.file(), "input": row.input,
                    "value": finite(row.value), "known_on": date_of(row.known_on), "threshold": finite(row.threshold),
                    "outcome": row.outcome, "code": row.code,
                })
            })
            .collect();
        let weight = at
            .and_then(|at| self.review.member(at))
            .map(|member| self.review.weights[member]);
        let document = json!({
            "security_id": self.shared.landed.panel.securities().id(self.security),
            "index_id": self.pipeline.methodology.index.id,
            "effective_date": self.review.dates.effective,
            "in": weight.is_some(),
            "weight": weight,
            "decisions": rows,
        });
        format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default())
    }
}

/// What a stop of narrowing saw: where it ended the loop, of the round that crossed it.
fn stop_words(decision: &Decision<'_>) -> String {
    let side = if decision.code == "maximum" { "above" } else { "below" };
    let (value, bound) = (number(decision.value), number(decision.threshold));
    if decision.outcome == "stopped" {
        format!("{} {value} is {side} {bound}: narrowing ended here", decision.input)
    } else {
        format!("{} {value}, not {side} {bound}", decision.input)
    }
}

/// What a name adds to the risk of an index, and why it has no weight where it has none.
fn marginal_words(decision: &Decision<'_>) -> String {
    let risk = format!(
        "marginal risk {} of an index volatility of {}",
        percent(decision.value),
        percent(decision.threshold)
    );
    match decision.code {
        "marginal-risk" => risk,
        "below-minimum" => format!("OUT: it would weigh less than the minimum · {risk}"),
        _ if decision.value.is_nan() => "OUT: the optimum gives it no weight".to_owned(),
        _ => format!("OUT: the optimum gives it no weight · {risk}"),
    }
}

fn without_risk_words(decision: &Decision<'_>) -> String {
    let why = match decision.code {
        "short-history" => format!(
            "{} returns in the window, {} are needed",
            decision.value, decision.threshold
        ),
        "constant-history" => "all its returns in the window are the same".to_owned(),
        "no-exposure" => "it has no group or no market value to be exposed by".to_owned(),
        _ => "the risk model does not have it".to_owned(),
    };
    match decision.outcome {
        "peers" => format!("it has the risk of its peers: {why}"),
        _ => format!("OUT: no predicted risk: {why}"),
    }
}

fn exposure_words(decision: &Decision<'_>) -> String {
    let held = if decision.outcome == "within" {
        "within"
    } else {
        "held at"
    };
    format!(
        "{}: {:+.4} sd from the parent's, {held} ±{} sd",
        decision.input, decision.value, decision.threshold
    )
}

fn turnover_words(decision: &Decision<'_>) -> String {
    let value = percent(decision.value);
    match (decision.input.as_ref(), decision.outcome) {
        ("one-way turnover", "blended") => format!(
            "one-way turnover {value}, held to {} by a blend with the drifted weights",
            percent(decision.threshold)
        ),
        ("one-way turnover", "capped") => format!(
            "one-way turnover {value}, held at its bound of {}",
            percent(decision.threshold)
        ),
        ("one-way turnover", _) => format!(
            "one-way turnover {value} within its bound of {}",
            percent(decision.threshold)
        ),
        (input, _) => format!("{input} {value}"),
    }
}

pub(crate) fn percent(weight: f64) -> String {
    format!("{:.3}%", weight * 100.0)
}

/// A number as a person reads it: money in bn or m, small numbers with four digits.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "missing".to_owned()
    } else if size >= 1e9 {
        format!("{:.2}bn", value / 1e9)
    } else if size >= 1e6 {
        format!("{:.2}m", value / 1e6)
    } else if size >= 1000.0 || (size - size.round()).abs() < 1e-12 {
        format!("{value:.0}")
    } else {
        format!("{value:.4}")
    }
}
