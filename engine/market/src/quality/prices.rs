//! The checks of daily prices. What looks wrong is found once for all rows, and a review sees what lies wholly inside
//! its own window: a finding between two closes depends on these two alone.

use divisor_model::{Actions, Day, PriceSlice, Prices, SecurityIndex, date_of};
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::price_jump::{Step, large_steps};
use super::settings::Checks;
use super::stale_close::Stretch;
use super::{
    CheckInfo, Finding, View, close_disagreement, ended_prices, figure, percent, price_coverage, price_jump,
    reused_ticker, stale_close, times, unadjusted_split,
};

const TABLE: &str = "prices";

/// What looks wrong in the landed prices.
#[derive(Debug, Default)]
pub struct PriceEvents {
    /// By security.
    of: Vec<Own>,
}

/// What looks wrong with the prices of one security.
#[derive(Debug, Default)]
struct Own {
    steps: Vec<Event>,
    /// First and last day of stretches of equal closes, by column: 0 `close_total_return`, 1 `close`.
    stretches: Vec<(usize, (Day, Day))>,
}

/// Something between two rows.
#[derive(Debug)]
struct Event {
    check: &'static CheckInfo,
    column: &'static str,
    /// The days of the two rows.
    from: Day,
    day: Day,
    value: f64,
    limit: f64,
    message: String,
}

/// The rows a review reads of every name of its parent.
#[derive(Debug, Clone, Copy)]
pub struct PriceWindow {
    /// First day.
    pub first: Day,
    /// Last day: the cut-off.
    pub last: Day,
    /// Whether volumes may be mentioned: never in a run, where they are read for other rulebooks if at all.
    pub volume: bool,
}

/// The two closes, the one that functions prefer first.
pub(super) const COLUMNS: [&str; 2] = ["close_total_return", "close"];

pub(super) fn closes<'a>(slice: &PriceSlice<'a>) -> [&'a [f64]; 2] {
    [slice.close_total_return, slice.close]
}

impl PriceEvents {
    /// Looks through the prices of `securities` many. `actions` are those that may be named, none in a run.
    pub fn find(prices: &Prices, securities: usize, actions: Option<&Actions>, checks: &Checks) -> Self {
        let all = (0..securities as SecurityIndex).into_par_iter();
        let of = all.map(|security| {
            let rows = prices.between(security, Day::MIN, Day::MAX);
            Own::find(&rows.slice(), security, actions, checks)
        });
        Self { of: of.collect() }
    }

    /// What lies wholly inside a window, for the names of a parent, by security and day.
    pub fn within(&self, prices: &Prices, parent: &View<'_>, window: PriceWindow, checks: &Checks) -> Vec<Finding> {
        let mut findings = Vec::new();
        for at in 0..parent.len() {
            let security = parent.security(at);
            let Some(own) = self.of.get(security as usize) else {
                continue;
            };
            own.within(prices, (security, parent.weight[at]), window, checks, &mut findings);
        }
        findings
    }

    /// Everything, by security and day; weights are not known here.
    pub(crate) fn all(&self, prices: &Prices, checks: &Checks) -> Vec<Finding> {
        let mut findings = Vec::new();
        let window = PriceWindow {
            first: Day::MIN,
            last: Day::MAX,
            volume: true,
        };
        for (security, own) in self.of.iter().enumerate() {
            own.within(
                prices,
                (security as SecurityIndex, f64::NAN),
                window,
                checks,
                &mut findings,
            );
        }
        findings
    }
}

impl Own {
    fn find(slice: &PriceSlice<'_>, security: SecurityIndex, actions: Option<&Actions>, checks: &Checks) -> Self {
        let mut own = Self::default();
        let least = least_step(checks);
        for (column, closes) in COLUMNS.into_iter().zip(closes(slice)) {
            // Steps that fit a known action may be smaller than any other that is looked for.
            let least = actions.map_or(least, |_| least.min(unadjusted_split::ACTION_RATIO_MIN / 1.1));
            for step in large_steps(slice.day, closes, least) {
                let event = judge(step, column, (security, actions), checks);
                let is_new = |event: &Event| !own.steps.iter().any(|known| known.is_same(event));
                let event = event.filter(is_new);
                own.steps.extend(event);
            }
        }
        if let Some(limits) = checks.close_disagreement.on() {
            let found = close_disagreement::differences(slice.day, slice.close, slice.close_total_return, limits);
            own.steps.extend(found.into_iter().map(|found| Event {
                check: &close_disagreement::CHECK,
                column: "close",
                from: found.from,
                day: found.day,
                value: found.points,
                limit: limits.points,
                message: format!(
                    "the returns of close and close_total_return differ by {}",
                    percent(found.points.abs())
                ),
            }));
        }
        own.steps.sort_by_key(|event| (event.day, event.check.code));
        if let Some(limits) = checks.stale_close.on() {
            for (column, closes) in closes(slice).into_iter().enumerate() {
                let found = stale_close::stretches(closes, limits).into_iter();
                let days = found.map(|stretch| (slice.day[stretch.first], slice.day[stretch.last]));
                own.stretches.extend(days.map(|days| (column, days)));
            }
        }
        own
    }

    fn within(
        &self,
        prices: &Prices,
        (security, weight): (SecurityIndex, f64),
        window: PriceWindow,
        checks: &Checks,
        findings: &mut Vec<Finding>,
    ) {
        let base = |check: &'static CheckInfo, column: &str| Finding {
            check,
            level: checks.level(check),
            table: TABLE,
            column: column.to_owned(),
            security: Some(security),
            date: 0,
            known_on: 0,
            value: f64::NAN,
            limit: f64::NAN,
            weight,
            message: String::new(),
        };
        let inside = |event: &&Event| event.from >= window.first && event.day <= window.last;
        findings.extend(self.steps.iter().filter(inside).map(|event| Finding {
            date: event.day,
            known_on: event.day,
            value: event.value,
            limit: event.limit,
            message: event.message.clone(),
            ..base(event.check, event.column)
        }));
        let Some(limits) = checks.stale_close.on() else {
            return;
        };
        let mut told: Vec<(Day, Day)> = Vec::new();
        for (column, (first, last)) in &self.stretches {
            let (first, last) = ((*first).max(window.first), (*last).min(window.last));
            if first > last {
                continue;
            }
            let rows = prices.between(security, first, last);
            let slice = rows.slice();
            // What is left of it may be too short.
            let own = stale_close::stretches(closes(&slice)[*column], limits);
            let days = |stretch: &Stretch| (slice.day[stretch.first], slice.day[stretch.last]);
            let is_told = |own: (Day, Day)| told.iter().any(|told| told.0 <= own.1 && own.0 <= told.1);
            let Some(own) = own.first().filter(|own| !is_told(days(own))) else {
                continue;
            };
            told.push(days(own));
            findings.push(Finding {
                date: slice.day[own.first],
                known_on: slice.day[nth_present(closes(&slice)[*column], own.first, limits.sessions)],
                value: own.sessions as f64,
                limit: limits.sessions as f64,
                message: stale_words(*own, *column, &slice, window.volume),
                ..base(&stale_close::CHECK, COLUMNS[*column])
            });
        }
    }
}

/// The row of the n-th present close from `first` on: when a stretch reached its limit.
fn nth_present(closes: &[f64], first: usize, n: usize) -> usize {
    let mut present = (first..closes.len()).filter(|at| !closes[*at].is_nan());
    present.nth(n.max(2) - 1).unwrap_or(first)
}

fn stale_words(stretch: Stretch, column: usize, slice: &PriceSlice<'_>, with_volume: bool) -> String {
    let closes = closes(slice)[column];
    let until = date_of(slice.day[stretch.last]).map(|date| date.to_string());
    let rows = stretch.first..=stretch.last;
    let volume = match slice.volume.get(rows).filter(|_| with_volume) {
        None | Some([]) => "",
        Some(volume) if volume.iter().any(|shares| *shares > 0.0) => ", though shares were traded",
        Some(_) => ", and no share was traded",
    };
    format!(
        "{} stays {} for {} sessions to {}{volume}",
        COLUMNS[column],
        figure(closes[stretch.first]),
        stretch.sessions,
        until.unwrap_or_default()
    )
}

impl Event {
    /// The same step, seen in the other column.
    fn is_same(&self, other: &Self) -> bool {
        (self.check, self.from, self.day) == (other.check, other.from, other.day)
    }
}

/// The smallest step between two closes that any check looks at.
fn least_step(checks: &Checks) -> f64 {
    let limits = [
        checks.price_jump.on().map(|limits| limits.factor),
        checks.reused_ticker.on().map(|limits| limits.factor),
        checks.unadjusted_split.on().map(unadjusted_split::Limits::least),
    ];
    limits.into_iter().flatten().fold(f64::INFINITY, f64::min)
}

/// What a step looks like: another company after a pause, else a split, else a jump.
fn judge(
    step: Step,
    column: &'static str,
    (security, actions): (SecurityIndex, Option<&Actions>),
    checks: &Checks,
) -> Option<Event> {
    let event = |check: &'static CheckInfo, limit: f64, message: String| {
        Some(Event {
            check,
            column,
            from: step.from,
            day: step.day,
            value: step.ratio,
            limit,
            message,
        })
    };
    let pause = step.day - step.from;
    if let Some(limits) = checks.reused_ticker.on()
        && reused_ticker::is_another(pause, step.ratio, limits)
    {
        let message = format!(
            "{column} goes on at {} after a pause of {pause} days: a reused ticker?",
            times(step.ratio)
        );
        return event(&reused_ticker::CHECK, limits.factor, message);
    }
    if let Some(limits) = checks.unadjusted_split.on() {
        let known = actions.and_then(|actions| {
            let mut between = actions.share_changes(security, step.from, step.day, Day::MAX);
            between.find(|(_, ratio)| unadjusted_split::fits_action(step.ratio, *ratio, limits))
        });
        if let Some((ex_date, ratio)) = known {
            let ex_date = date_of(ex_date).map(|date| date.to_string()).unwrap_or_default();
            let message = format!(
                "{column} goes {} with the split of {ratio} for 1 on {ex_date}: not adjusted for it",
                times(step.ratio)
            );
            return event(&unadjusted_split::CHECK, ratio, message);
        }
        if let Some(ratio) = unadjusted_split::split_of(step.ratio, limits) {
            let split = if step.ratio < 1.0 {
                format!("{ratio}:1")
            } else {
                format!("1:{ratio}")
            };
            let message = format!("{column} goes {}: an unadjusted {split} split?", times(step.ratio));
            return event(&unadjusted_split::CHECK, ratio, message);
        }
    }
    let limits = checks.price_jump.on()?;
    if !price_jump::is_jump(step.ratio, limits) {
        return None;
    }
    event(
        &price_jump::CHECK,
        limits.factor,
        format!("{column} goes {} from one row to the next", times(step.ratio)),
    )
}

/// The day of a name's newest close in a window. Mostly it is among its last days, and the rest is not unpacked.
fn newest_close(prices: &Prices, security: SecurityIndex, window: PriceWindow) -> Option<Day> {
    const RECENT_DAYS: Day = 31;
    let from = |first: Day| price_coverage::newest_close(&prices.between(security, first, window.last).slice());
    from(window.last.saturating_sub(RECENT_DAYS).max(window.first)).or_else(|| from(window.first))
}

/// Coverage of a parent by prices up to the last day of a window, and names whose prices ended before it.
pub fn check_coverage(checks: &Checks, prices: &Prices, parent: &View<'_>, window: PriceWindow) -> Vec<Finding> {
    let mut findings = Vec::new();
    let coverage = checks.price_coverage.on();
    let ended = checks.ended_prices.on();
    if coverage.is_none() && ended.is_none() {
        return findings;
    }
    let newest: Vec<Option<Day>> = parent
        .securities()
        .map(|security| newest_close(prices, security, window))
        .collect();
    let finding = |check: &'static CheckInfo, weight: f64| Finding {
        check,
        level: checks.level(check),
        table: TABLE,
        column: String::new(),
        security: None,
        date: window.last,
        known_on: window.last,
        value: weight,
        limit: f64::NAN,
        weight,
        message: String::new(),
    };
    if let Some(limits) = coverage {
        let is_out = |at: usize| newest[at].is_none_or(|newest| window.last - newest > limits.days);
        let weight = parent.weight_of(is_out);
        if weight > limits.weight {
            let names = (0..parent.len()).filter(|at| is_out(*at)).count();
            findings.push(Finding {
                limit: limits.weight,
                message: format!(
                    "{names} of {} names, {} of the parent's weight, have no close in the last {} days",
                    parent.len(),
                    percent(weight),
                    limits.days
                ),
                ..finding(&price_coverage::CHECK, weight)
            });
        }
    }
    if let Some(limits) = ended {
        for (at, newest) in newest.iter().enumerate() {
            let Some(age) = ended_prices::age(*newest, window.last, limits) else {
                continue;
            };
            let last = newest
                .and_then(date_of)
                .map(|date| date.to_string())
                .unwrap_or_default();
            findings.push(Finding {
                security: Some(parent.security(at)),
                value: f64::from(age),
                limit: f64::from(limits.days),
                message: format!("the last close is of {last}, {age} days old"),
                ..finding(&ended_prices::CHECK, parent.weight[at])
            });
        }
    }
    findings
}
