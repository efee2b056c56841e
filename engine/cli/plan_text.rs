//! A planned review for people and for programs.

use divisor_model::{SecurityIndex, Table, TextBuilder, Values, day_of};
use divisor_review::{
    Action, Pipeline, Review, Shared, TradingPace, TradingTime, TradingVolume, TurnoverRow, by_cause, done_within,
    trading_times,
};
use serde_json::{Value, json};

use crate::chain::Verdict;

/// Trades shown.
const BIGGEST: usize = 8;
/// Names of a line that are shown.
pub(crate) const NAMED: usize = 6;
/// The share of the traded value that days to trade are told for.
const TRADED: f64 = 0.95;

/// One review that would be published.
pub(crate) struct Preview<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) shared: &'a Shared,
    pub(crate) review: &'a Review,
    pub(crate) pace: &'a TradingPace,
    pub(crate) revision: u32,
    pub(crate) verdict: Verdict,
}

impl Preview<'_> {
    pub(crate) fn text(&self) -> String {
        let dates = &self.review.dates;
        let index = &self.pipeline.methodology.index;
        let mut text = format!(
            "\n{} · {} for {} (cut-off {}, announcement {})\n",
            index.id,
            self.state(),
            dates.effective,
            dates.cutoff,
            dates.announcement
        );
        for moved in &dates.moved {
            text.push_str(&line("date moved", moved));
        }
        if let Verdict::Changed(why) = &self.verdict {
            text.push_str(&line(
                "corrects",
                &format!("what is published, since it changed: {}", why.join("; ")),
            ));
        }
        text.push_str(&self.decisions());
        text.push_str(&self.size());
        text.push_str(&self.turnover());
        text.push_str(&self.names("addition", "added"));
        text.push_str(&self.names("deletion", "deleted"));
        text.push_str(&self.biggest());
        text.push_str(&self.binding());
        text.push_str(&self.relaxed());
        text.push_str(&self.days());
        for warning in &self.review.warnings {
            text.push_str(&line("data", &format!("{} {}", warning.code, warning.message)));
        }
        text
    }

    /// What publishing it would be.
    fn state(&self) -> String {
        match &self.verdict {
            Verdict::New => "pro forma".to_owned(),
            Verdict::Same => "final already and unchanged".to_owned(),
            Verdict::Damaged(files) => format!("final already, with damaged files ({})", files.join(", ")),
            Verdict::Changed(_) => format!("correction rev-{}", self.revision),
        }
    }

    /// Decisions in force, a line each.
    fn decisions(&self) -> String {
        let decided = self.pipeline.discretion.get(&self.review.dates.effective);
        let lines = decided.into_iter().flatten().enumerate().map(|(at, decision)| {
            let what = match &decision.action {
                Action::Exclude(_) => "left out".to_owned(),
                Action::Override { variable, value } => format!("{variable} set to {value}"),
            };
            let words = format!(
                "{} {what}: {} (approved by {})",
                decision.security_id, decision.because, decision.approved_by
            );
            line(if at == 0 { "decisions" } else { "" }, &words)
        });
        lines.collect()
    }

    fn size(&self) -> String {
        let totals = &self.review.totals;
        let words = format!(
            "{} (+{} −{}) of {} in the parent · largest {} · effective {:.1} · snapshot {}, {} days old",
            totals.names,
            totals.additions,
            totals.deletions,
            self.review.scored.security.len(),
            percent(totals.largest_weight),
            totals.effective_names,
            self.review.scored.snapshot,
            self.review.scored.age_days
        );
        line("names", &words)
    }

    fn turnover(&self) -> String {
        let causes = by_cause(&self.review.turnover);
        let Some(one_way) = self.review.turnover.one_way else {
            return line("turnover", "none: it is the first review, and all is bought");
        };
        let mut text = line(
            "turnover",
            &format!("{} one-way, {} two-way", percent(one_way), percent(one_way * 2.0)),
        );
        for cause in causes {
            let words = format!(
                "{:<10} {:>4} names  {:>7} one-way  {:>7} two-way  bought {:>7}  sold {:>7}",
                format!("{}s", cause.cause),
                cause.names,
                percent(cause.one_way()),
                percent(cause.two_way()),
                percent(cause.bought),
                percent(cause.sold)
            );
            text.push_str(&line("", &words));
        }
        text
    }

    /// Names of one cause, the biggest trades first.
    fn names(&self, cause: &str, title: &str) -> String {
        if self.review.turnover.one_way.is_none() {
            return String::new();
        }
        let rows = self.review.turnover.by_size();
        let own: Vec<&TurnoverRow> = rows.iter().filter(|row| row.cause() == cause).collect();
        if own.is_empty() {
            return String::new();
        }
        let shown = own
            .iter()
            .take(NAMED)
            .map(|row| format!("{} {}", self.name(row.security), percent(row.trade().abs())));
        let more = own.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        line(title, &format!("{}{more}", shown.collect::<Vec<_>>().join(", ")))
    }

    fn biggest(&self) -> String {
        let rows = self.review.turnover.by_size();
        let limits = &self.pipeline.methodology.limits;
        let shown = rows.iter().filter(|row| row.trade() != 0.0).take(BIGGEST);
        let lines = shown.enumerate().map(|(at, row)| {
            let member = self
                .review
                .scored
                .position(row.security)
                .and_then(|at| self.review.member(at));
            let why = match member {
                Some(member) => self.review.reason(limits, member),
                None => row.cause(),
            };
            let words = format!(
                "{:+.2}pp  {:<36} {:>7} → {:>7}  {why}",
                row.trade() * 100.0,
                self.name(row.security),
                percent(row.old_weight),
                percent(row.new_weight)
            );
            line(if at == 0 { "biggest trades" } else { "" }, &words)
        });
        lines.collect()
    }

    fn times(&self) -> Vec<TradingTime> {
        trading_times(self.shared, self.review, self.pace)
    }

    /// What days to trade assume.
    fn assumptions(&self) -> String {
        let volume = match &self.pace.volume {
            TradingVolume::Prices(days) => format!("the {days}-day mean of close × volume × fx"),
            TradingVolume::Column(name) => format!("the snapshot's `{name}`"),
        };
        let currency = &self.pipeline.dataset.currency;
        let share = self.pace.participation * 100.0;
        format!("a fund of {currency} {} at {share}% of {volume}", money(self.pace.fund))
    }

    fn days(&self) -> String {
        let times = self.times();
        let unknown = times.iter().filter(|time| time.days.is_nan()).count();
        let (Some(days), Some(slowest)) = (
            done_within(&times, TRADED),
            times.first().filter(|time| !time.days.is_nan()),
        ) else {
            let why = format!(
                "not known for {unknown} of {} trades: {}",
                times.len(),
                self.assumptions()
            );
            return line(
                "days to trade",
                if times.is_empty() { "nothing is traded" } else { &why },
            );
        };
        let mut words = format!(
            "{:.0}% of value in {days:.1} days, slowest {} {:.1} days: {}",
            TRADED * 100.0,
            self.name(slowest.security),
            slowest.days,
            self.assumptions()
        );
        if unknown > 0 {
            words.push_str(&format!("; {unknown} trades of unknown volume left out"));
        }
        line("days to trade", &words)
    }

    pub(crate) fn json(&self) -> Value {
        let ids = |cause: &str| -> Vec<&str> {
            let own = self.review.turnover.rows.iter().filter(|row| row.cause() == cause);
            own.map(|row| self.id(row.security)).collect()
        };
        let times = self.times();
        let number = |value: f64| value.is_finite().then_some(value);
        let time = |security: SecurityIndex| times.iter().find(|time| time.security == security);
        let trades: Vec<Value> = self
            .review
            .turnover
            .by_size()
            .iter()
            .map(|row| {
                let time = time(row.security);
                json!({
                    "security_id": self.id(row.security),
                    "old_weight": row.old_weight,
                    "new_weight": row.new_weight,
                    "trade": row.trade(),
                    "cause": row.cause(),
                    "value_traded_a_day": time.and_then(|time| number(time.volume)),
                    "days_to_trade": time.and_then(|time| number(time.days)),
                })
            })
            .collect();
        let causes: serde_json::Map<String, Value> = by_cause(&self.review.turnover)
            .iter()
            .map(|cause| {
                let figures = json!({
                    "names": cause.names, "one_way": cause.one_way(), "two_way": cause.two_way(),
                    "bought": cause.bought, "sold": cause.sold,
                });
                (cause.cause.to_owned(), figures)
            })
            .collect();
        let changed = match &self.verdict {
            Verdict::Changed(why) => why.clone(),
            _ => Vec::new(),
        };
        json!({
            "index_id": self.pipeline.methodology.index.id,
            "state": self.state(),
            "revision": self.revision,
            "changed": changed,
            "effective_date": self.review.dates.effective,
            "cutoff_date": self.review.dates.cutoff,
            "announcement_date": self.review.dates.announcement,
            "names": self.review.totals.names,
            "additions": ids("addition"),
            "deletions": ids("deletion"),
            "one_way_turnover": self.review.turnover.one_way,
            "turnover_by_cause": causes,
            "largest_weight": self.review.totals.largest_weight,
            "binding": self.bounds_json(),
            "relaxations": self.relaxations_json(),
            "fund": self.pace.fund,
            "participation": self.pace.participation,
            "days_to_trade_95": done_within(&times, TRADED),
            "assumptions": self.assumptions(),
            "trades": trades,
            "warnings": self.review.warnings,
        })
    }

    fn id(&self, security: SecurityIndex) -> &str {
        self.shared.landed.panel.securities().id(security)
    }

    /// Id and name, from the snapshot of the review or the one before.
    fn name(&self, security: SecurityIndex) -> String {
        let id = self.id(security);
        let before = self.review.previous.as_ref().map(|held| held.snapshot);
        let dates = [Some(self.review.scored.snapshot), before];
        let name = dates.into_iter().flatten().find_map(|date| {
            let snapshot = self.shared.landed.panel.snapshot(date)?;
            snapshot.text_at("name", snapshot.row(security)?)
        });
        match name.filter(|name| *name != id) {
            Some(name) => format!("{id} {name}"),
            None => id.to_owned(),
        }
    }
}

/// All trades of all previews, one row each.
pub(crate) fn trades(previews: &[Preview<'_>]) -> Table {
    let (mut index, mut security, mut cause) = (TextBuilder::default(), TextBuilder::default(), TextBuilder::default());
    let (mut day, mut old, mut new, mut trade, mut volume, mut days) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for preview in previews {
        let times = preview.times();
        for row in preview.review.turnover.by_size() {
            let time = times.iter().find(|time| time.security == row.security);
            index.push(Some(&preview.pipeline.methodology.index.id));
            security.push(Some(preview.id(row.security)));
            cause.push(Some(row.cause()));
            day.push(day_of(preview.review.dates.effective));
            old.push(row.old_weight);
            new.push(row.new_weight);
            trade.push(row.trade());
            volume.push(time.map_or(f64::NAN, |time| time.volume));
            days.push(time.map_or(f64::NAN, |time| time.days));
        }
    }
    Table::new("trades")
        .with("index_id", Values::Text(index.finish()))
        .with("effective_date", Values::Day(day))
        .with("security_id", Values::Text(security.finish()))
        .with("old_weight", Values::Number(old))
        .with("new_weight", Values::Number(new))
        .with("trade", Values::Number(trade))
        .with("cause", Values::Text(cause.finish()))
        .with("value_traded_a_day", Values::Number(volume))
        .with("days_to_trade", Values::Number(days))
}

pub(crate) fn line(title: &str, words: &str) -> String {
    format!("  {title:<15} {words}\n")
}

pub(crate) fn percent(fraction: f64) -> String {
    format!("{:.2}%", fraction * 100.0)
}

/// 5bn, 250m, or the number.
fn money(amount: f64) -> String {
    match amount {
        _ if amount >= 1e9 => format!("{}bn", amount / 1e9),
        _ if amount >= 1e6 => format!("{}m", amount / 1e6),
        _ => format!("{amount}"),
    }
}
