//! What narrowing did: the round in which a name went, and the stops.

use divisor_methodology::{Select, StopOn};
use divisor_model::DAY_MISSING;

use super::{Decision, Trace};

impl Trace<'_> {
    /// For a ranked name: when it went, and what the stops saw.
    pub(super) fn narrowed(&mut self) {
        let (Select::Narrow(rules), Some(found)) = (&self.pipeline.methodology.select, &self.review.selection.narrowed)
        else {
            return;
        };
        let rank = self.review.selection.rank[self.at] as usize;
        if rank == 0 {
            return;
        }
        if let Some(round) = found.round_of(rank) {
            self.rows.push(Decision {
                stage: "select",
                rule_id: "select".into(),
                line: rules.line,
                input: "round".into(),
                value: round as f64,
                known_on: DAY_MISSING,
                threshold: found.rounds() as f64,
                outcome: "out",
                code: "dropped",
            });
        }
        for (at, (rule, seen)) in rules.stops.iter().zip(&found.stops).enumerate() {
            let has_ended = found.ended == Some(at);
            let figure = if has_ended { seen.crossing } else { seen.kept };
            let input = match (&rule.on, figure.group) {
                (StopOn::Exposure(of), _) => format!("exposure to {}", of.name()),
                (StopOn::Capacity, _) => "weighted capacity ratio".to_owned(),
                (StopOn::EffectiveNames, _) => "effective names".to_owned(),
                (StopOn::Groups(column), code) => {
                    let texts = self.snapshot.and_then(|snapshot| snapshot.text(column));
                    let text = texts.zip(code).and_then(|((_, texts), code)| texts.text(code));
                    format!("{column} {}", text.unwrap_or("(none)"))
                }
            };
            self.rows.push(Decision {
                stage: "select",
                rule_id: rule.id.as_str().into(),
                line: rule.line,
                input: input.into(),
                value: figure.value,
                known_on: DAY_MISSING,
                threshold: figure.bound,
                outcome: if has_ended { "stopped" } else { "within" },
                code: if rule.is_maximum { "maximum" } else { "minimum" },
            });
        }
    }
}
