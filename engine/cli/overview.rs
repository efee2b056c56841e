//! A run of many indexes on one screen: a line an index, where a table of every review would be a wall.

use std::collections::BTreeSet;

use divisor_model::{DAY_MISSING, Diagnostic, Table, TextBuilder, Values, day_of};
use divisor_report::{Format as Shown, TextOptions, to_text};
use divisor_review::{IndexRun, Pipeline, Review};

use crate::args::Common;
use crate::chain::editions;
use crate::run::{in_range, turnover_a_year};
use crate::session::Session;

/// More indexes than these are shown as lines, unless more is asked for.
const INDEXES_MAX: usize = 6;

/// The lines of a run of many indexes; `None` where each can have its table.
pub(crate) fn overview(pipelines: &[Pipeline], results: &[IndexRun], common: &Common) -> Option<String> {
    let indexes = editions(pipelines, results);
    if indexes.len() <= INDEXES_MAX || common.verbose > 0 {
        return None;
    }
    let rows: Vec<Row<'_>> = indexes
        .iter()
        .map(|index| {
            let reviews = index.iter().flat_map(|(pipeline, result)| {
                let own = result.reviews.iter().filter(|review| in_range(review, common));
                own.map(|review| (*pipeline, review))
            });
            Row {
                index: &index[0].0.methodology.index.id,
                reviews: reviews.collect(),
            }
        })
        .collect();
    let options = TextOptions::new()
        .format("turnover a year", Shown::Percent(1))
        .format("largest", Shown::Percent(2))
        .format("eff. names", Shown::Fixed(1));
    let hint = "  names, largest weight and effective names of the last review · each review of an index: give its rulebook \
                alone, or -v\n";
    Some(format!("{}{hint}", to_text(&table(&rows), &options)))
}

/// An index with its reviews.
struct Row<'a> {
    index: &'a str,
    reviews: Vec<(&'a Pipeline, &'a Review)>,
}

impl Row<'_> {
    fn first(&self) -> Option<&Review> {
        self.reviews.first().map(|(_, review)| *review)
    }

    fn last(&self) -> Option<&Review> {
        self.reviews.last().map(|(_, review)| *review)
    }

    /// Codes of the warnings, each once.
    fn warnings(&self) -> String {
        let all = self.reviews.iter().flat_map(|(_, review)| &review.warnings);
        let codes: BTreeSet<&str> = all.map(|warning| warning.code).collect();
        codes.into_iter().collect::<Vec<_>>().join(" ")
    }
}

fn table(rows: &[Row<'_>]) -> Table {
    let (mut ids, mut warnings) = (TextBuilder::default(), TextBuilder::default());
    for row in rows {
        ids.push(Some(row.index));
        warnings.push(Some(&row.warnings()));
    }
    let effective = |review: Option<&Review>| review.map_or(DAY_MISSING, |review| day_of(review.dates.effective));
    let of_last = |read: fn(&Review) -> f64| {
        let value = |row: &Row<'_>| row.last().map_or(f64::NAN, read);
        Values::Number(rows.iter().map(value).collect())
    };
    let names = |row: &Row<'_>| row.last().map(|last| last.totals.names as i64);
    Table::new("indexes")
        .with("index", Values::Text(ids.finish()))
        .with(
            "reviews",
            Values::Integer(rows.iter().map(|row| Some(row.reviews.len() as i64)).collect()),
        )
        .with(
            "first",
            Values::Day(rows.iter().map(|row| effective(row.first())).collect()),
        )
        .with(
            "last",
            Values::Day(rows.iter().map(|row| effective(row.last())).collect()),
        )
        .with("names", Values::Integer(rows.iter().map(names).collect()))
        .with(
            "turnover a year",
            Values::Number(rows.iter().map(|row| turnover_a_year(&row.reviews)).collect()),
        )
        .with("largest", of_last(|review| review.totals.largest_weight))
        .with("eff. names", of_last(|review| review.totals.effective_names))
        .with("warnings", Values::Text(warnings.finish()))
}

/// What of a folder was not run, with why: a line a rulebook, one for all where there are many and nobody asked for each.
pub(crate) fn not_run(unmatched: &[(String, String)], dataset: &str, common: &Common) -> Vec<String> {
    if unmatched.len() <= INDEXES_MAX || common.verbose > 0 {
        let line = |(file, parent): &(String, String)| {
            format!("not run: {file} (its parent `{parent}` is not in dataset `{dataset}`)")
        };
        return unmatched.iter().map(line).collect();
    }
    let parents: BTreeSet<String> = unmatched.iter().map(|(_, parent)| format!("`{parent}`")).collect();
    let parents: Vec<String> = parents.into_iter().collect();
    vec![format!(
        "not run: {} rulebooks whose parents are not in dataset `{dataset}`: {} (-v names them)",
        unmatched.len(),
        parents.join(", ")
    )]
}

/// A warning for each index that has no review at all between its base date and the end of the run.
pub(crate) fn without_reviews(session: &Session, common: &Common) -> Vec<Diagnostic> {
    let (to, end) = match common.to {
        Some(to) => (to, "--to"),
        None => (session.dataset.info.last, "the dataset's last day"),
    };
    let indexes = session
        .pipelines
        .chunk_by(|a, b| a.methodology.index.id == b.methodology.index.id);
    let empty = indexes.filter(|editions| editions.iter().all(|pipeline| pipeline.reviews.is_empty()));
    let warning = |editions: &[Pipeline]| {
        let pipeline = &editions[0];
        let index = &pipeline.methodology.index;
        let message = format!(
            "{}: no review is effective between the base date {} and {end}, {to}",
            index.id, index.base_date
        );
        Diagnostic::warning("W0152", message)
            .at(pipeline.source.place(index.base_line))
            .help("`divisor reviews RULEBOOK --to DATE` lists the dates of its reviews")
    };
    empty.map(warning).collect()
}
