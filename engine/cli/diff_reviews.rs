//! Two rulebooks, or one, over one dataset or two, compared at all reviews they share.

use std::collections::{BTreeMap, BTreeSet};

use divisor_methodology::Source;
use divisor_model::Date;
use divisor_review::{Cell, Comparison, IndexRun, Pipeline, ReviewDifference, Shared, needs, run as run_reviews};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use tracing::info_span;

use crate::args::Common;
use crate::diff_text::Shown;
use crate::exit::Failure;
use crate::load::Rulebook;
use crate::render;
use crate::session::Session;
use crate::watch;

/// What is compared.
pub(crate) struct Sides {
    /// The rulebooks of each side, those of parent indexes included.
    pub(crate) rulebooks: [Vec<Rulebook>; 2],
    /// The index of each side.
    pub(crate) index: [String; 2],
    /// The dataset of each side.
    pub(crate) data: [Option<String>; 2],
}

/// Compares all reviews in range.
pub(crate) fn compare_reviews(sides: &Sides, common: &Common) -> Result<Shown, Failure> {
    with_comparison(sides, common, |comparison| {
        let dates = [comparison.dates(0), comparison.dates(1)];
        let shared: Vec<Date> = dates[0].intersection(&dates[1]).copied().collect();
        let shared: Vec<Date> = shared.into_iter().filter(|date| is_in_range(*date, common)).collect();
        let alone = |own: &BTreeSet<Date>, other: &BTreeSet<Date>| -> Vec<Date> {
            let alone = own.difference(other).copied();
            alone.filter(|date| is_in_range(*date, common)).collect()
        };
        let _span = info_span!("compare", reviews = shared.len()).entered();
        let reviews: Vec<ReviewDifference> = shared.par_iter().filter_map(|date| comparison.at(*date)).collect();
        Shown {
            index: sides.index.clone(),
            data: sides.data.clone().map(Option::unwrap_or_default),
            described: described(comparison, reviews.last()),
            alone: [alone(&dates[0], &dates[1]), alone(&dates[1], &dates[0])],
            reviews,
            ingredients: Vec::new(),
        }
    })
}

/// Whether a review is in the range asked for.
pub(crate) fn is_in_range(effective: Date, common: &Common) -> bool {
    common.from.is_none_or(|from| effective >= from) && common.to.is_none_or(|to| effective <= to)
}

/// What the names of a review are called.
pub(crate) fn described(comparison: &Comparison<'_>, review: Option<&ReviewDifference>) -> BTreeMap<String, String> {
    let Some(review) = review else {
        return BTreeMap::new();
    };
    let names = review.names.iter().filter_map(|name| {
        let words = comparison.described(review.effective, &name.security_id)?;
        Some((name.security_id.clone(), words.to_owned()))
    });
    names.collect()
}

/// One dataset with the rulebooks of both sides bound to it.
struct Ground {
    session: Session,
    /// Those of the first side, then those of the second.
    pipelines: Vec<Pipeline>,
    /// How many are of the first side.
    first: usize,
}

impl Ground {
    fn open(sides: &Sides, data: Option<&String>, common: &Common) -> Result<Self, Failure> {
        let common = Common {
            data: data.cloned(),
            ..common.clone()
        };
        let mut session = Session::open(sides.rulebooks[0].clone(), &common)?;
        let second = session.bind_all(sides.rulebooks[1].clone(), &common)?;
        let mut pipelines = session.pipelines.clone();
        let first = pipelines.len();
        pipelines.extend(second);
        Ok(Self {
            session,
            pipelines,
            first,
        })
    }

    fn of(&self, side: usize) -> &[Pipeline] {
        if side == 0 {
            &self.pipelines[..self.first]
        } else {
            &self.pipelines[self.first..]
        }
    }

    /// Whether both sides have the same rules, dates and decisions.
    fn has_same_rules(&self) -> bool {
        let rules = |side| {
            let all = self.of(side).iter().map(|pipeline: &Pipeline| {
                let index = &pipeline.methodology.index;
                (&pipeline.methodology_hash, &pipeline.calendar_hash, index.in_force.from)
            });
            all.collect::<Vec<_>>()
        };
        rules(0) == rules(1)
    }
}

/// Runs both sides and what is between them, each dataset read once, and hands on the comparison.
pub(crate) fn with_comparison<T>(
    sides: &Sides,
    common: &Common,
    then: impl FnOnce(&Comparison<'_>) -> T,
) -> Result<T, Failure> {
    let same_data = sides.data[0] == sides.data[1];
    let datasets = if same_data { &sides.data[..1] } else { &sides.data[..] };
    let bar = watch::bar("binding", 2 * datasets.len() as u64);
    let grounds: Vec<Ground> = datasets
        .iter()
        .map(|data| Ground::open(sides, data.as_ref(), common))
        .collect::<Result<_, Failure>>()?;
    let same_rules = grounds[0].has_same_rules();
    let all_needs: Vec<_> = grounds.iter().map(|ground| needs(&ground.pipelines)).collect();
    let snapshots: BTreeSet<Date> = all_needs.iter().flat_map(|needs| &needs.snapshots).copied().collect();
    let mut read: Vec<Shared> = Vec::with_capacity(grounds.len());
    let mut runs: Vec<[Vec<IndexRun>; 2]> = Vec::with_capacity(grounds.len());
    for (ground, mut needs) in grounds.iter().zip(all_needs) {
        bar.set_message("reading");
        // What the other side was valued at is drifted from here too.
        let there: BTreeSet<Date> = ground.session.dataset.snapshot_dates().collect();
        needs.snapshots.extend(snapshots.intersection(&there));
        let shared = Shared::new(ground.session.dataset.read(&needs), &ground.pipelines);
        bar.inc(1);
        bar.set_message("reviews");
        let run = |side| run_reviews(ground.of(side), &shared, &ground.session.checks);
        runs.push([run(0), if same_rules { Vec::new() } else { run(1) }]);
        read.push(shared);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let last = grounds.len() - 1;
    let cell = |rules: usize, data: usize| {
        let (rules, data) = (if same_rules { 0 } else { rules }, data.min(last));
        Cell {
            pipelines: grounds[data].of(rules),
            results: &runs[data][rules],
            shared: &read[data],
        }
    };
    let mut sources: Vec<Source> = Vec::new();
    for ground in &grounds {
        render::diagnostics_to_stderr(&ground.session.warnings, &ground.session.sources);
        sources.extend(ground.session.sources.iter().cloned());
    }
    let own = if same_rules && same_data {
        vec![cell(0, 0)]
    } else {
        vec![cell(0, 0), cell(1, 1)]
    };
    for failure in own
        .iter()
        .flat_map(|cell| cell.results)
        .filter_map(|run| run.failure.as_ref())
    {
        render::diagnostics_to_stderr(&failure.diagnostics, &sources);
    }
    let comparison = Comparison::new(
        [[cell(0, 0), cell(0, 1)], [cell(1, 0), cell(1, 1)]],
        [&sides.index[0], &sides.index[1]],
        [!same_rules, !same_data],
    );
    Ok(then(&comparison))
}
