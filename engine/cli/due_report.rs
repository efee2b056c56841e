//! What a due run says of each index when it is over.

use divisor_model::Date;
use serde_json::{Value, json};

use crate::args::{Common, Format};
use crate::effective::{Added, Deed};
use crate::exit::{Exit, Failure};
use crate::out::{self, say};
use crate::render;

/// What became of one index.
pub(crate) struct Report {
    pub(crate) index: String,
    /// Effective dates due by the day and not published before.
    pub(crate) due: Vec<Date>,
    pub(crate) published: Vec<Date>,
    /// Published results that came out otherwise and were replaced, with the reasons.
    pub(crate) replaced: Vec<(Date, String)>,
    /// Effective dates whose weights at the effective close were added.
    pub(crate) added: Vec<Date>,
    /// Why what is due is not all done.
    pub(crate) failure: Option<String>,
    pub(crate) exit: Exit,
}

impl Report {
    pub(crate) fn nothing(index: &str) -> Self {
        Self {
            index: index.to_owned(),
            due: Vec::new(),
            published: Vec::new(),
            replaced: Vec::new(),
            added: Vec::new(),
            failure: None,
            exit: Exit::Done,
        }
    }

    /// Weights at an effective close that were added, or why they could not be.
    pub(crate) fn take(&mut self, added: Added) {
        match added.outcome {
            Ok(Deed::Added) => self.added.push(added.effective),
            Ok(Deed::Replaced(why)) => self.replaced.push((added.effective, why)),
            Ok(Deed::Unchanged) => {}
            Err(failure) => {
                render::failure(&failure);
                self.exit = self.exit.max(failure.exit());
                let own = format!("no weights at the effective close {}: see above", added.effective);
                self.failure = Some(match self.failure.take() {
                    Some(before) => format!("{before}; {own}"),
                    None => own,
                });
            }
        }
    }

    fn line(&self) -> String {
        let dates = |dates: &[Date]| dates.iter().map(Date::to_string).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        match self.published.as_slice() {
            [] if self.is_idle() => {
                parts.push("nothing is due".to_owned());
            }
            [] => {}
            few if few.len() < 5 => parts.push(format!("published {}", dates(few))),
            [first, .., last] => parts.push(format!("published {}, {first} … {last}", self.published.len())),
            [_] => {}
        }
        match self.added.as_slice() {
            [] => {}
            few if few.len() < 5 => parts.push(format!("weights at the effective close of {}", dates(few))),
            [first, .., last] => parts.push(format!(
                "weights at {} effective closes, {first} … {last}",
                self.added.len()
            )),
            [_] => {}
        }
        parts.extend(
            self.replaced
                .iter()
                .map(|(date, why)| format!("replaced {date}: {why}")),
        );
        parts.extend(self.failure.iter().map(|failure| format!("FAILED: {failure}")));
        format!("  {:<28} {}\n", self.index, parts.join(" · "))
    }

    fn is_idle(&self) -> bool {
        self.due.is_empty() && self.failure.is_none() && self.replaced.is_empty() && self.added.is_empty()
    }

    fn json(&self) -> Value {
        let replaced: Vec<Value> = self
            .replaced
            .iter()
            .map(|(date, why)| json!({ "effective": date, "because": why }))
            .collect();
        json!({
            "index_id": self.index,
            "due": self.due,
            "published": self.published,
            "replaced": replaced,
            "effective_weights": self.added,
            "failure": self.failure,
            "exit_code": self.exit as u8,
        })
    }
}

/// Prints the summary, `not_run` saying what was not; the largest code counts.
pub(crate) fn finish(
    mut reports: Vec<Report>,
    not_run: &[String],
    as_of: Date,
    common: &Common,
) -> Result<Exit, Failure> {
    reports.sort_by(|a, b| a.index.cmp(&b.index));
    if common.format == Format::Table {
        out::print(&format!("due as of {as_of}\n"))?;
        reports.iter().try_for_each(|report| out::print(&report.line()))?;
        let failed = reports.iter().filter(|report| report.failure.is_some()).count();
        let published: usize = reports.iter().map(|report| report.published.len()).sum();
        for line in not_run {
            say(line);
        }
        out::print(&format!(
            "{} indexes, {published} reviews published, {failed} failed\n",
            reports.len()
        ))?;
    } else {
        let all: Vec<Value> = reports.iter().map(Report::json).collect();
        let text = serde_json::to_string_pretty(&all).unwrap_or_default();
        out::print(&format!("{text}\n"))?;
    }
    Ok(reports.iter().map(|report| report.exit).max().unwrap_or(Exit::Done))
}
