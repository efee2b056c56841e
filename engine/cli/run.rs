//! `divisor run`: rebalance rulebooks over a date range and publish the results.

use std::collections::{BTreeMap, BTreeSet};

use divisor_calendar::ReviewKind;
use divisor_market::Needs;
use divisor_model::{Date, Diagnostic, Table, TextBuilder, Values, day_of};
use divisor_report::{Format as Shown, TextOptions, to_text};
use divisor_review::{IndexRun, Optimisation, Pipeline, Review, Shared, needs, publications, run as run_reviews};
use serde_json::{Value, json};

use crate::args::{Common, Format, RunArgs};
use crate::due::run_due;
use crate::exit::{Exit, Failure, of_review};
use crate::load::rulebooks;
use crate::out::{self, say};
use crate::overview::{not_run, overview, without_reviews};
use crate::publish::{Published, State, publish};
use crate::render;
use crate::run_risk;
use crate::session::Session;
use crate::watch;

pub(crate) fn run(args: &RunArgs, common: &Common) -> Result<Exit, Failure> {
    if let (true, Some(as_of)) = (args.due, args.as_of) {
        return run_due(args, as_of, common);
    }
    let started = std::time::Instant::now();
    let session = Session::open(rulebooks(&args.rulebooks, common)?, common)?;
    render::diagnostics_to_stderr(&session.warnings, &session.sources);
    render::diagnostics_to_stderr(&without_reviews(&session, common), &session.sources);
    let target = target(&session, common)?;
    let (shared, results) = execute(&session);
    unresolved(&shared);
    let published = match &target {
        Some(target) => {
            let state = if args.pro_forma { State::ProForma } else { State::Final };
            publish(target, &session, &shared, &results, common, state)?
        }
        None => Published::default(),
    };
    let mut exit = report_failures(&session, &results);
    if published.refused > 0 {
        exit = exit.max(Exit::BadInput);
    }
    show(&session, &shared, &results, common)?;
    if common.format == Format::Table {
        closing(
            &session,
            &results,
            &published,
            target.as_deref(),
            common,
            started.elapsed(),
        );
    }
    Ok(exit)
}

/// Reads the data once and runs all reviews.
pub(crate) fn execute(session: &Session) -> (Shared, Vec<IndexRun>) {
    execute_reading(session, |_| ())
}

/// The same, reading more than the reviews need.
pub(crate) fn execute_reading(session: &Session, more: impl FnOnce(&mut Needs)) -> (Shared, Vec<IndexRun>) {
    let bar = watch::bar("reading", 2);
    let mut needs = needs(&session.pipelines);
    more(&mut needs);
    let landed = session.dataset.read(&needs);
    bar.inc(1);
    bar.set_message("reviews");
    let shared = Shared::new(landed, &session.pipelines);
    let results = run_reviews(&session.pipelines, &shared, &session.checks);
    bar.finish_and_clear();
    (shared, results)
}

/// Where results go: nowhere for a what-if, unless a folder that holds no published run was named.
fn target(session: &Session, common: &Common) -> Result<Option<std::path::PathBuf>, Failure> {
    let what_if = common.what_if();
    let Some(out) = &common.out else {
        return Ok(what_if.is_none().then(|| session.settings.out.clone()));
    };
    if let Some(flag) = what_if {
        for pipeline in &session.pipelines {
            let reviews = out.join(&pipeline.methodology.index.id).join("reviews");
            if reviews.is_dir() {
                let message = format!("{flag} is a what-if, and {} holds published reviews", reviews.display());
                return Err(Failure::usage(
                    message,
                    "name another --out, or none: then nothing is written",
                ));
            }
        }
    }
    Ok(Some(out.clone()))
}

/// Whether a review is in the range asked for.
pub(crate) fn in_range(review: &Review, common: &Common) -> bool {
    let effective = review.dates.effective;
    common.from.is_none_or(|from| effective >= from) && common.to.is_none_or(|to| effective <= to)
}

fn report_failures(session: &Session, results: &[IndexRun]) -> Exit {
    let mut exit = Exit::Done;
    for skipped in results.iter().flat_map(|result| &result.skipped) {
        render::diagnostics_to_stderr(std::slice::from_ref(&skipped.warning), &session.sources);
    }
    for failure in results.iter().filter_map(|result| result.failure.as_ref()) {
        render::diagnostics_to_stderr(&failure.diagnostics, &session.sources);
        exit = exit.max(of_review(failure));
    }
    exit
}

fn show(session: &Session, shared: &Shared, results: &[IndexRun], common: &Common) -> Result<(), Failure> {
    match common.format {
        Format::Table => {
            if let Some(lines) = overview(&session.pipelines, results, common) {
                return out::print(&lines);
            }
            for (pipeline, result) in session.pipelines.iter().zip(results) {
                let is_shown = result.reviews.iter().any(|review| in_range(review, common));
                if !is_shown && !pipeline.methodology.index.editions.is_empty() {
                    continue;
                }
                out::print(&index_text(pipeline, shared, result, common))?;
            }
            Ok(())
        }
        Format::Json => {
            let shown: Vec<(&Pipeline, &Review)> = reviews(session, results, common).collect();
            let rows = (0..shown.len()).map(|at| review_json(&shown, at));
            let text = serde_json::to_string_pretty(&Value::Array(rows.collect())).unwrap_or_default();
            out::print(&format!("{text}\n"))
        }
        format => out::table(
            &summary(&reviews(session, results, common).collect::<Vec<_>>(), true),
            format,
            &TextOptions::new(),
        ),
    }
}

fn reviews<'a>(
    session: &'a Session,
    results: &'a [IndexRun],
    common: &'a Common,
) -> impl Iterator<Item = (&'a Pipeline, &'a Review)> {
    let indexes = session.pipelines.iter().zip(results);
    indexes.flat_map(move |(pipeline, result)| {
        let shown = result.reviews.iter().filter(move |review| in_range(review, common));
        shown.map(move |review| (pipeline, review))
    })
}

fn review_json(shown: &[(&Pipeline, &Review)], at: usize) -> Value {
    let (pipeline, review) = shown[at];
    let mut document = review_figures(pipeline, review);
    if let (Some(found), Some(fields)) = (&review.optimised, document.as_object_mut()) {
        let relaxed = found.relaxations.iter().map(
            |moved| json!({ "rule": moved.rule, "line": moved.line.number(), "from": moved.from, "to": moved.to }),
        );
        fields.extend([
            ("predicted_volatility".to_owned(), json!(found.volatility)),
            ("parent_predicted_volatility".to_owned(), json!(found.parent_volatility)),
            ("predicted_tracking_error".to_owned(), json!(found.tracking_error)),
            ("minimum_holding_gap".to_owned(), json!(found.holding_gap)),
            ("relaxations".to_owned(), Value::Array(relaxed.collect())),
            ("kept_previous".to_owned(), json!(found.kept_previous)),
            ("outcome_of_last_forecast".to_owned(), run_risk::json_of(shown, at)),
        ]);
    }
    document
}

fn review_figures(pipeline: &Pipeline, review: &Review) -> Value {
    let totals = &review.totals;
    let cutoffs: BTreeMap<&str, Date> = review.dates.cutoffs.entries().map(|(what, date)| (what, *date)).into();
    json!({
        "index_id": pipeline.methodology.index.id,
        "kind": review.dates.kind.word(),
        "edition": pipeline.methodology.index.edition,
        "effective_date": review.dates.effective,
        "cutoff_date": review.dates.cutoff,
        "cutoff_dates": cutoffs,
        "announcement_date": review.dates.announcement,
        "valuation_date": divisor_model::date_of(totals.valuation_day),
        "snapshot_date": review.scored.snapshot,
        "data_age_days": review.scored.age_days,
        "parent_names": review.scored.security.len(),
        "names": totals.names,
        "additions": totals.additions,
        "deletions": totals.deletions,
        "one_way_turnover": review.turnover.one_way,
        "largest_weight": totals.largest_weight,
        "effective_names": totals.effective_names,
        "warnings": review.warnings,
    })
}

/// One row a review.
fn summary(reviews: &[(&Pipeline, &Review)], with_index: bool) -> Table {
    let mut index = TextBuilder::default();
    for (pipeline, _) in reviews {
        index.push(Some(&pipeline.methodology.index.id));
    }
    let day = |read: fn(&Review) -> divisor_model::Date| {
        Values::Day(reviews.iter().map(|(_, review)| day_of(read(review))).collect())
    };
    let integer = |read: fn(&Review) -> usize| {
        Values::Integer(reviews.iter().map(|(_, review)| Some(read(review) as i64)).collect())
    };
    let number = |read: fn(&Review) -> f64| Values::Number(reviews.iter().map(|(_, review)| read(review)).collect());
    let predicted = |read: fn(&Optimisation) -> Option<f64>| {
        let values = reviews
            .iter()
            .map(|(_, review)| review.optimised.as_ref().and_then(read));
        let values: Vec<f64> = values.map(|value| value.unwrap_or(f64::NAN)).collect();
        // Worth a column where any review has it.
        (values.iter().any(|value| !value.is_nan())).then_some(Values::Number(values))
    };
    let mut table = Table::new("reviews");
    if with_index {
        table.push("index_id", Values::Text(index.finish()));
    }
    // Worth a column where reviews differ in it.
    if reviews
        .iter()
        .any(|(_, review)| review.dates.kind == ReviewKind::Reweight)
    {
        let mut kinds = TextBuilder::default();
        for (_, review) in reviews {
            kinds.push(Some(review.dates.kind.word()));
        }
        table.push("kind", Values::Text(kinds.finish()));
    }
    let mut table = table
        .with("effective", day(|review| review.dates.effective))
        .with("cut-off", day(|review| review.dates.cutoff))
        .with(
            "data age",
            Values::Integer(
                reviews
                    .iter()
                    .map(|(_, review)| Some(i64::from(review.scored.age_days)))
                    .collect(),
            ),
        )
        .with("names", integer(|review| review.totals.names))
        .with("add", integer(|review| review.totals.additions))
        .with("del", integer(|review| review.totals.deletions))
        .with("turnover", number(|review| review.turnover.one_way.unwrap_or(f64::NAN)))
        .with("largest", number(|review| review.totals.largest_weight))
        .with("eff. names", number(|review| review.totals.effective_names));
    for (name, values) in [
        ("risk", predicted(|found| found.volatility)),
        ("parent's", predicted(|found| found.parent_volatility)),
    ] {
        if let Some(values) = values {
            table.push(name, values);
        }
    }
    table
}

fn index_text(pipeline: &Pipeline, shared: &Shared, result: &IndexRun, common: &Common) -> String {
    let shown: Vec<(&Pipeline, &Review)> = result
        .reviews
        .iter()
        .filter(|review| in_range(review, common))
        .map(|review| (pipeline, review))
        .collect();
    let index = &pipeline.methodology.index;
    let parent = match &index.parent {
        divisor_methodology::Parent::Universe(name) => format!("parent `{name}`"),
        others => others.words(),
    };
    let count = if shown.len() == 1 {
        "1 review".to_owned()
    } else {
        format!("{} reviews", shown.len())
    };
    let edition = if index.editions.is_empty() {
        String::new()
    } else {
        format!(" · edition {}", index.edition)
    };
    let mut text = format!("\n{} · {}{edition} · {parent} · {count}", index.id, index.name);
    if let (Some((_, first)), Some((_, last))) = (shown.first(), shown.last()) {
        text.push_str(&format!(" {} … {}", first.dates.effective, last.dates.effective));
    }
    text.push('\n');
    if shown.is_empty() {
        return text;
    }
    let options = TextOptions::new()
        .format("turnover", Shown::Percent(1))
        .format("largest", Shown::Percent(2))
        .format("eff. names", Shown::Fixed(1))
        .format("risk", Shown::Percent(2))
        .format("parent's", Shown::Percent(2));
    let mut table = summary(&shown, false);
    let mut notes = TextBuilder::default();
    for (pipeline, review) in &shown {
        notes.push(Some(&note(pipeline, review)));
    }
    table.push("", Values::Text(notes.finish()));
    for line in to_text(&table, &options).lines() {
        text.push_str(&format!("  {}\n", line.trim_end().trim_end_matches(" –")));
    }
    text.push_str(&average(&shown));
    text.push_str(&run_risk::lines(&shown, common));
    text.push_str(&warning_lines(&shown));
    text.push_str(&publication_line(pipeline, shared, &shown, common));
    text
}

/// What is odd about a review: limits that bound.
fn note(pipeline: &Pipeline, review: &Review) -> String {
    let limits = pipeline.methodology.limits.iter().zip(&review.limits);
    let bound = limits.filter_map(|(rule, column)| {
        let count = column.groups.iter().filter(|group| group.binding.is_some()).count();
        (count > 0).then(|| format!("{} bound {count}", rule.id))
    });
    bound.collect::<Vec<_>>().join(", ")
}

fn average(shown: &[(&Pipeline, &Review)]) -> String {
    let turnovers = turnovers(shown);
    if turnovers.is_empty() {
        return String::new();
    }
    format!(
        "  average one-way turnover {:.1}% a review ({} reviews after the first), {:.1}% a year\n",
        divisor_numeric::mean(&turnovers) * 100.0,
        turnovers.len(),
        turnover_a_year(shown) * 100.0
    )
}

fn turnovers(shown: &[(&Pipeline, &Review)]) -> Vec<f64> {
    shown.iter().filter_map(|(_, review)| review.turnover.one_way).collect()
}

/// One-way turnover a year: the mean of the reviews that have one × reviews a year, those that only reset weights
/// included. NaN without such a review.
pub(crate) fn turnover_a_year(shown: &[(&Pipeline, &Review)]) -> f64 {
    let (turnovers, Some((pipeline, _))) = (turnovers(shown), shown.last()) else {
        return f64::NAN;
    };
    let rules = &pipeline.methodology.review;
    let reweights = rules.reweights.iter().map(|reweight| reweight.months.len());
    let reviews_a_year = rules.months.len() + reweights.sum::<usize>();
    divisor_numeric::mean(&turnovers) * reviews_a_year as f64
}

/// What became of the publications that the last review read: where a rule of the dataset dated or dropped some, and
/// where one asks for more.
fn publication_line(pipeline: &Pipeline, shared: &Shared, shown: &[(&Pipeline, &Review)], common: &Common) -> String {
    let Some((_, last)) = shown.last() else {
        return String::new();
    };
    let counts = publications(pipeline, shared, last);
    let ruled = counts.stale + counts.by_lag > 0;
    if counts.values + counts.withdrawn + counts.stale == 0 || !(ruled || common.verbose > 0) {
        return String::new();
    }
    let parts = [
        (counts.restated, "restated"),
        (counts.late, "late"),
        (counts.withdrawn, "withdrawn"),
        (counts.stale, "too old"),
        (counts.by_lag, "dated by a lag"),
    ];
    let mut line = format!(
        "  fundamentals at {}: {} values of {} publications",
        last.dates.cutoff, counts.values, counts.published
    );
    for (count, word) in parts.iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!(", {count} {word}"));
    }
    line + "\n"
}

/// Says which rows of tables keyed by identifiers were left out because nobody carried theirs.
fn unresolved(shared: &Shared) {
    for (table, unresolved) in &shared.landed.unresolved {
        let total: usize = unresolved.identifiers().map(|(_, rows)| rows).sum();
        if total == 0 {
            continue;
        }
        let count = unresolved.identifiers().count();
        let sample: Vec<&str> = unresolved.identifiers().map(|(text, _)| text).take(5).collect();
        let more = if count > sample.len() { ", …" } else { "" };
        say(&format!(
            "warning[W0107]: {table}: rows whose identifier no security carried on their day are left out: {total} ({}{more})",
            sample.join(", ")
        ));
    }
}

/// Each sort of warning once, with how many reviews it concerns and its latest wording.
fn warning_lines(shown: &[(&Pipeline, &Review)]) -> String {
    let mut sorts: Vec<(String, usize, &Diagnostic, divisor_model::Date)> = Vec::new();
    for (_, review) in shown {
        for warning in &review.warnings {
            let subject = warning.message.split('`').nth(1).unwrap_or_default();
            let sort = format!("{} {subject}", warning.code);
            match sorts.iter_mut().find(|known| known.0 == sort) {
                Some(known) => *known = (sort, known.1 + 1, warning, review.dates.effective),
                None => sorts.push((sort, 1, warning, review.dates.effective)),
            }
        }
    }
    sorts
        .iter()
        .map(|(_, count, warning, last)| {
            let reviews = if *count == 1 {
                "1 review".to_owned()
            } else {
                format!("{count} reviews, last")
            };
            format!("  warning[{}] {} ({reviews} {last})\n", warning.code, warning.message)
        })
        .collect::<Vec<_>>()
        .concat()
}

fn closing(
    session: &Session,
    results: &[IndexRun],
    published: &Published,
    target: Option<&std::path::Path>,
    common: &Common,
    elapsed: std::time::Duration,
) {
    for line in not_run(&session.unmatched, &session.dataset.info.name, common) {
        say(&line);
    }
    let reviews: usize = results
        .iter()
        .map(|result| result.reviews.iter().filter(|review| in_range(review, common)).count())
        .sum();
    let ids: BTreeSet<&str> = session
        .pipelines
        .iter()
        .map(|pipeline| pipeline.methodology.index.id.as_str())
        .collect();
    let indexes = if ids.len() == 1 {
        "1 index".to_owned()
    } else {
        format!("{} indexes", ids.len())
    };
    let place = match target {
        Some(target) => {
            let mut place = format!("results in {}/ ({} new", target.display(), published.new);
            if published.unchanged > 0 {
                place.push_str(&format!(", {} unchanged", published.unchanged));
            }
            if published.replaced > 0 {
                place.push_str(&format!(", {} replaced", published.replaced));
            }
            place + ")"
        }
        None => "a what-if: nothing was written".to_owned(),
    };
    let explained = session.pipelines.first().filter(|_| reviews > 0);
    let hint = explained.map_or_else(String::new, |pipeline| {
        let sample = &pipeline.methodology.index.id;
        format!(" · `divisor why SECURITY --index {sample}` explains a name")
    });
    say(&format!(
        "\n{indexes}, {reviews} reviews in {:.1} s · {place}{hint}",
        elapsed.as_secs_f64()
    ));
}
