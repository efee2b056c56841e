//! Methodology + dataset + calendar → pipeline: names became columns, dates became reviews.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Weekday;
use divisor_calendar::{
    Anchor, CalendarError, Calendars, CountedFrom, Cutoffs, Cycle, DateRule, FirstOrLast, Nth, Override, ReviewDates,
    ReviewKind, Roll, Schedule,
};
use divisor_market::{ColumnKind, Dataset, DatasetColumns};
use divisor_methodology::{
    Catalogue, CutoffRules, DateOverride, DayAnchor, DayRule, Methodology, Parent, Reweight, RiskSource, Source, Type,
};
use divisor_model::{DatasetInfo, Date, Diagnostic, FieldInfo, SecurityIndex};

use crate::discretion::Discretion;
use crate::error::ReviewError;
use crate::optimised::exposures::{exposure_calls, exposure_dates};
use crate::shared::HistoryCall;

/// A rulebook bound to a dataset and a calendar; nothing in it is unresolved.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The text, for messages and the manifest.
    pub source: Arc<Source>,
    /// The checked rules.
    pub methodology: Arc<Methodology>,
    /// BLAKE3 of the checked rules.
    pub methodology_hash: String,
    /// BLAKE3 of the sessions of its calendars.
    pub calendar_hash: String,
    /// The dataset's head.
    pub dataset: Arc<DatasetInfo>,
    /// Its reviews from the base date on, ascending, each with the snapshot it uses.
    pub reviews: Vec<BoundReview>,
    /// Units and kinds of fields.
    pub(crate) catalogue: Arc<Catalogue>,
    /// The distinct history functions of its formulas.
    pub(crate) calls: Vec<HistoryCall>,
    /// Those of them that dated exposures of its risk model are made of.
    pub(crate) exposure_calls: Vec<HistoryCall>,
    /// Decisions in force, by the effective date of the review; dates without any are not there.
    pub discretion: BTreeMap<Date, Vec<Discretion>>,
    /// Who is a member before the first review: nobody, but in tests of rulebooks.
    pub(crate) held: Vec<SecurityIndex>,
    /// Whether it runs on the universe of a test of the rulebook.
    pub(crate) is_test: bool,
}

impl Pipeline {
    /// The universe it chooses from, where its parent is no index.
    pub(crate) fn universe(&self) -> Option<&str> {
        match &self.methodology.index.parent {
            Parent::Universe(name) => Some(name),
            Parent::Index(_) | Parent::Indexes(_) => None,
        }
    }
}

/// One review's dates and its snapshot.
#[derive(Debug, Clone)]
pub struct BoundReview {
    /// Its dates.
    pub dates: ReviewDates,
    /// The latest snapshot on or before the cut-offs of shares and prices; `None` where there is none.
    pub snapshot: Option<Date>,
    /// The newest vendor's risk model on or before its cut-off; `None` where there is none, or no rule reads one.
    pub risk_model: Option<Date>,
    /// The snapshots before its own from which the exposures of a fundamental risk model come, ascending.
    pub exposures: Vec<Date>,
}

/// What a dataset offers rulebooks.
pub fn catalogue(dataset: &Dataset, columns: &DatasetColumns) -> Catalogue {
    let kind = |kind: ColumnKind| match kind {
        ColumnKind::Number => Some(Type::Number),
        ColumnKind::Text => Some(Type::Text),
        ColumnKind::Flag => Some(Type::Flag),
        ColumnKind::Day | ColumnKind::TextList | ColumnKind::Other => None,
    };
    let named = columns.snapshots.iter();
    let mut snapshot: std::collections::BTreeMap<String, Type> = named
        .filter_map(|(name, found)| Some((name.clone(), kind(*found)?)))
        .collect();
    // Landed for every dataset, whether written or not.
    for name in ["market_cap", "free_float", "fx"] {
        snapshot.insert(name.to_owned(), Type::Number);
    }
    let fields = columns
        .fundamentals
        .iter()
        .filter(|(_, kind)| **kind == ColumnKind::Number);
    Catalogue {
        dataset: dataset.info.name.clone(),
        currency: dataset.info.currency.clone(),
        universes: vec![dataset.info.universe.clone()],
        snapshot,
        fundamentals: fields.map(|(name, _)| name.clone()).collect(),
        has_prices: dataset.has_table("prices"),
        prices: columns.prices.keys().cloned().collect(),
        has_actions: dataset.has_table("actions"),
        fields: dataset
            .info
            .fields
            .iter()
            .map(|(name, info)| (name.clone(), *info))
            .collect::<std::collections::BTreeMap<String, FieldInfo>>(),
    }
}

/// Binds a rulebook: finds its reviews effective from the base date to `to`.
pub fn bind(
    source: Arc<Source>,
    methodology: Methodology,
    calendars: &Calendars,
    dataset: &Dataset,
    catalogue: Arc<Catalogue>,
    to: Date,
) -> Result<Pipeline, ReviewError> {
    let dates = review_dates(&source, &methodology, calendars, to)?;
    let reads_risk = reads_risk_model(&methodology);
    let reviews = dates.into_iter().map(|dates| {
        let snapshot = dataset.snapshot_at(dates.snapshot_cutoff());
        BoundReview {
            exposures: exposure_dates(&methodology, dataset, &dates.cutoffs, snapshot),
            snapshot,
            risk_model: dataset.risk_model_at(dates.cutoffs.risk).filter(|_| reads_risk),
            dates,
        }
    });
    let reviews: Vec<BoundReview> = reviews.collect();
    Ok(Pipeline {
        methodology_hash: methodology.hash(),
        calendar_hash: blake3::hash(calendars.definition().as_bytes()).to_hex().to_string(),
        dataset: Arc::new(dataset.info.clone()),
        reviews,
        calls: HistoryCall::of(&methodology),
        exposure_calls: exposure_calls(&methodology),
        discretion: BTreeMap::new(),
        held: Vec::new(),
        is_test: false,
        catalogue,
        methodology: Arc::new(methodology),
        source,
    })
}

/// Whether predicted risk is a vendor's.
fn reads_risk_model(methodology: &Methodology) -> bool {
    let rules = methodology.optimised.as_ref().and_then(|rules| rules.risk.as_ref());
    rules.is_some_and(|risk| matches!(risk.source, RiskSource::Vendor { .. }))
}

/// The first and the last day on which a review under these rules may be effective, where a run ends at `to`. The first
/// lies after the last where there is none.
fn reviewed(methodology: &Methodology, to: Date) -> (Date, Date) {
    let in_force = methodology.index.in_force;
    let base = methodology.index.base_date;
    let last = in_force.until.and_then(|until| until.pred_opt());
    (
        in_force.from.map_or(base, |from| from.max(base)),
        last.map_or(to, |last| last.min(to)),
    )
}

/// Refuses editions of one index whose reviews do not follow each other: the review after a change of edition must not
/// have an earlier cut-off than the one before it.
pub fn in_order(pipelines: &[Pipeline]) -> Result<(), ReviewError> {
    for pair in pipelines.windows(2) {
        let [before, after] = pair else { continue };
        let index = &after.methodology.index;
        let (Some(last), Some(first)) = (before.reviews.last(), after.reviews.first()) else {
            continue;
        };
        if before.methodology.index.id == index.id && first.dates.cutoff < last.dates.cutoff {
            let message = format!(
                "the first review of `{}` under edition `{}`, effective {}, has its cut-off {} before that of the review \
                 it follows, {}",
                index.id, index.edition, first.dates.effective, first.dates.cutoff, last.dates.cutoff
            );
            let help = "change the cut-off rule, or let the edition be valid from another date";
            let place = after.source.place(after.methodology.review.line);
            return Err(ReviewError::input(vec![
                Diagnostic::error("M0504", message).at(place).help(help),
            ]));
        }
    }
    Ok(())
}

/// The reviews of a rulebook effective from its base date to `to`; where they cannot be found, the override or else the
/// table that is to blame.
pub fn review_dates(
    source: &Source,
    methodology: &Methodology,
    calendars: &Calendars,
    to: Date,
) -> Result<Vec<ReviewDates>, ReviewError> {
    dates_by_rule(methodology, calendars, to).map_err(|error| {
        let rules = &methodology.review;
        let blamed = rules.overrides.iter().rfind(|one| is_to_blame(one, &error));
        let place = source.place(blamed.map_or(rules.line, |one| one.line));
        let base = methodology.index.base_date;
        let help = format!(
            "the reviews from {base} to {to} are found on the calendar {}",
            calendars.reviews.name()
        );
        ReviewError::input(vec![Diagnostic::error("M0501", error.to_string()).at(place).help(help)])
    })
}

/// Whether what is wrong with the dates names one that this override gives or replaces.
fn is_to_blame(one: &DateOverride, error: &CalendarError) -> bool {
    let own = &one.cutoffs;
    let gives = |date: &Date| {
        let given = [one.effective, one.cutoff, one.announcement];
        let own = [own.prices, own.shares, own.fundamentals, own.risk];
        given.into_iter().chain(own).flatten().any(|given| given == *date)
    };
    match error {
        CalendarError::UnmatchedOverride { instead_of, .. } => one.instead_of == *instead_of,
        CalendarError::BadSchedule { message } => message.contains(&one.instead_of.to_string()),
        CalendarError::NotASession { date, .. } => gives(date),
        CalendarError::OutOfRange { date, .. } => one.instead_of == *date || gives(date),
        CalendarError::Coinciding { effective, .. } => gives(effective),
        CalendarError::Disordered {
            cutoff,
            announcement,
            effective,
            ..
        } => one.instead_of == *effective || [cutoff, announcement, effective].into_iter().any(gives),
        _ => false,
    }
}

/// The reviews effective from the base date to `to`. The first chooses members whatever its month, since there is none yet
/// to keep.
fn dates_by_rule(
    methodology: &Methodology,
    calendars: &Calendars,
    to: Date,
) -> Result<Vec<ReviewDates>, CalendarError> {
    let (base, to) = reviewed(methodology, to);
    if base > to {
        return Ok(Vec::new());
    }
    let mut dates = schedule_of(methodology).reviews(calendars, base, to)?;
    let is_first = methodology.index.in_force.from.is_none();
    if let Some(first) = dates.first_mut().filter(|_| is_first) {
        first.kind = ReviewKind::Reconstitution;
    }
    Ok(dates)
}

/// The rules for the dates of a rulebook.
fn schedule_of(methodology: &Methodology) -> Schedule {
    let rules = &methodology.review;
    let in_force = methodology.index.in_force;
    let cycle = |reweight: &Reweight| {
        let own = |own: &Option<DayRule>, general: &DayRule| date_rule(own.as_ref().unwrap_or(general));
        Cycle {
            months: reweight.months.clone(),
            effective: own(&reweight.effective, &rules.effective),
            cutoff: own(&reweight.cutoff, &rules.cutoff),
            cutoffs: cutoffs(reweight.cutoffs.as_ref().unwrap_or(&rules.cutoffs)),
            announcement: own(&reweight.announcement, &rules.announcement),
        }
    };
    Schedule {
        months: rules.months.clone(),
        effective: date_rule(&rules.effective),
        cutoff: date_rule(&rules.cutoff),
        cutoffs: cutoffs(&rules.cutoffs),
        announcement: date_rule(&rules.announcement),
        reweights: rules.reweights.iter().map(cycle).collect(),
        overrides: rules
            .overrides
            .iter()
            .filter(|one| in_force.has(one.instead_of) || one.effective.is_some_and(|date| in_force.has(date)))
            .map(|one| Override {
                instead_of: one.instead_of,
                effective: one.effective,
                cutoff: one.cutoff,
                cutoffs: Cutoffs {
                    prices: one.cutoffs.prices,
                    shares: one.cutoffs.shares,
                    fundamentals: one.cutoffs.fundamentals,
                    risk: one.cutoffs.risk,
                },
                announcement: one.announcement,
                because: one.because.clone(),
            })
            .collect(),
    }
}

fn cutoffs(rules: &CutoffRules) -> Cutoffs<Option<DateRule>> {
    let own = |rule: &Option<DayRule>| rule.as_ref().map(date_rule);
    Cutoffs {
        prices: own(&rules.prices),
        shares: own(&rules.shares),
        fundamentals: own(&rules.fundamentals),
        risk: own(&rules.risk),
    }
}

fn date_rule(rule: &DayRule) -> DateRule {
    const WEEKDAYS: [Weekday; 7] = [
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];
    let anchor = match rule.anchor {
        DayAnchor::FirstSession => Anchor::Session(FirstOrLast::First),
        DayAnchor::LastSession => Anchor::Session(FirstOrLast::Last),
        DayAnchor::Effective => Anchor::Effective,
        DayAnchor::Weekday {
            nth,
            weekday,
            next_if_closed,
        } => Anchor::Weekday {
            nth: Nth::from_number(nth.into()).unwrap_or(Nth::Last),
            weekday: WEEKDAYS[usize::from(weekday) % 7],
            if_closed: if next_if_closed { Roll::Next } else { Roll::Previous },
        },
    };
    let from = if rule.from_next_open {
        CountedFrom::NextOpen
    } else {
        CountedFrom::Close
    };
    let placed = DateRule::at(anchor)
        .months(rule.months)
        .sessions(rule.sessions)
        .counted_from(from);
    match &rule.calendar {
        Some(calendar) => placed.on(calendar.as_str()),
        None => placed,
    }
}
