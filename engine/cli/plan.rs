//! `divisor plan`: what a review would change, before anything does.

use std::path::PathBuf;

use clap::Args;
use divisor_market::ColumnKind;
use divisor_model::Date;
use divisor_review::{IndexRun, Pipeline, Review, Shared, TradingPace, TradingVolume, hash_bytes};

use crate::args::{Common, Format};
use crate::chain::{Edition, Editions, Link, Rendered, Verdict, editions, walk};
use crate::exit::{Exit, Failure, of_review};
use crate::folders::IndexFolder;
use crate::load::rulebooks;
use crate::out::{self, say};
use crate::plan_file::{Plan, PlannedReview, PlannedRulebook};
use crate::plan_text::Preview;
use crate::render;
use crate::run::execute_reading;
use crate::session::Session;
use crate::settings::configuration_hash;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  divisor plan methodologies/quality/world.toml --data demo
  divisor plan methodologies/quality/world.toml --data demo --date 2025-11-28 --fund 5bn --participation 10%
  divisor plan methodologies --data demo --date 2025-11-28 --save nov.plan --by \"J. Doe\"
  divisor apply nov.plan --by \"J. Doe\" --approved-by \"Index committee\"     publishes exactly that

Nothing is written but the plan. Days to trade: |trade| x fund / (participation x value traded a day), the latter the
mean of close x volume x fx over the newest --adv-days days of `prices` known by the cut-off, or a snapshot column.
A review that is published already and comes out otherwise is planned as a correction: rev-2, rev-3 …")]
pub(crate) struct PlanArgs {
    /// Rulebooks, or folders of them; those of parent indexes too
    #[arg(required = true, value_name = "RULEBOOK|DIR")]
    rulebooks: Vec<PathBuf>,
    /// Effective date of the review [default: each index's last]
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// Keep the plan for `divisor apply`
    #[arg(long, value_name = "FILE", requires = "by")]
    save: Option<PathBuf>,
    /// Who plans
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Size of the fund that trades, in the dataset's currency: 5bn, 250m
    #[arg(long, value_name = "AMOUNT", default_value = "1bn", value_parser = amount)]
    fund: f64,
    /// Share of a day's traded value to take part with
    #[arg(long, value_name = "PERCENT", default_value = "20%", value_parser = percent)]
    participation: f64,
    /// Days of `prices` that the value traded a day is the mean of
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1000))]
    adv_days: u32,
    /// Snapshot column with the value traded a day, instead of `prices`
    #[arg(long, value_name = "COLUMN", conflicts_with = "adv_days")]
    adv: Option<String>,
}

/// 5000000, 250m or 5bn.
fn amount(text: &str) -> Result<f64, String> {
    let trimmed = text.trim().trim_start_matches(['$', '€', '£', '¥']);
    let (digits, unit) = ["bn", "m", "k"]
        .into_iter()
        .zip([1e9, 1e6, 1e3])
        .find_map(|(suffix, unit)| Some((trimmed.strip_suffix(suffix)?, unit)))
        .unwrap_or((trimmed, 1.0));
    let number = digits
        .trim()
        .replace(',', "")
        .parse::<f64>()
        .ok()
        .map(|number| number * unit);
    number
        .filter(|number| number.is_finite() && *number > 0.0)
        .ok_or_else(|| "write an amount of money: 5bn, 250m or 1000000".to_owned())
}

/// 20%.
fn percent(text: &str) -> Result<f64, String> {
    let number = text
        .trim()
        .strip_suffix('%')
        .and_then(|number| number.trim().parse::<f64>().ok());
    number
        .filter(|number| *number > 0.0 && *number <= 100.0)
        .map(|number| number / 100.0)
        .ok_or_else(|| "write a percentage above 0%: 20%".to_owned())
}

pub(crate) fn plan(args: &PlanArgs, common: &Common) -> Result<Exit, Failure> {
    if let (Some(_), Some(flag)) = (&args.save, common.what_if()) {
        let help = "write the change into the rulebook, then plan";
        return Err(Failure::usage(
            format!("{flag} is a what-if: it cannot be saved to be applied"),
            help,
        ));
    }
    let common = &Common {
        to: args.date.or(common.to),
        ..common.clone()
    };
    let session = Session::open(rulebooks(&args.rulebooks, common)?, common)?;
    render::diagnostics_to_stderr(&session.warnings, &session.sources);
    let pace = pace(args, &session)?;
    let planned = |pipelines: &[Pipeline]| {
        let all = pipelines.iter().flat_map(|pipeline| &pipeline.reviews);
        let mut own = all.filter(|review| args.date.is_none_or(|date| review.dates.effective == date));
        own.next_back().cloned()
    };
    let indexes = session
        .pipelines
        .chunk_by(|a, b| a.methodology.index.id == b.methodology.index.id);
    let reviews: Vec<_> = indexes.filter_map(planned).collect();
    let (shared, results) = execute_reading(&session, |needs| pace.extend(needs, &reviews));
    let found = find(&session, &results, args.date)?;
    let out = common.out.clone().unwrap_or_else(|| session.settings.out.clone());
    let mut entries = Vec::new();
    let mut previews = Vec::new();
    for (index, review) in found {
        let entry = entry(&index, review, &shared, &session, &out)?;
        previews.push(Preview {
            pipeline: entry.2,
            shared: &shared,
            review,
            pace: &pace,
            revision: entry.1.revision,
            verdict: entry.0,
        });
        entries.push(entry.1);
    }
    show(&previews, common)?;
    if let (Some(path), Some(by)) = (&args.save, &args.by) {
        let data = common.data.clone().unwrap_or_default();
        let plan = Plan::new(by, &data, planned_rulebooks(&session), entries);
        plan.save(path)?;
        let file = path.display();
        say(&format!(
            "saved {file} · `divisor apply {file} --by NAME --approved-by NAME` publishes exactly this"
        ));
    } else if common.format == Format::Table {
        say("nothing was written · --save FILE --by NAME keeps the plan for `divisor apply`");
    }
    Ok(failures(&session, &results))
}

/// Prints why indexes failed.
fn failures(session: &Session, results: &[IndexRun]) -> Exit {
    let mut exit = Exit::Done;
    for failure in results.iter().filter_map(|result| result.failure.as_ref()) {
        render::diagnostics_to_stderr(&failure.diagnostics, &session.sources);
        exit = exit.max(of_review(failure));
    }
    exit
}

fn pace(args: &PlanArgs, session: &Session) -> Result<TradingPace, Failure> {
    if let Some(column) = &args.adv {
        let dataset = &session.dataset.info.name;
        let message = match session.dataset.columns().snapshots.get(column) {
            Some(ColumnKind::Number) => None,
            Some(_) => Some(format!(
                "--adv {column}: the snapshot column `{column}` of dataset `{dataset}` holds no numbers"
            )),
            None => Some(format!("no snapshot of dataset `{dataset}` has a column `{column}`")),
        };
        if let Some(message) = message {
            return Err(Failure::usage(
                message,
                "`divisor data describe` lists the columns and their types",
            ));
        }
    }
    let days = args.adv_days as usize;
    Ok(TradingPace {
        fund: args.fund,
        participation: args.participation,
        volume: args
            .adv
            .clone()
            .map_or(TradingVolume::Prices(days), TradingVolume::Column),
    })
}

/// The review of each index that is planned. An index whose rules failed before it has none; where no index has one,
/// that is a mistake of the call.
fn find<'a>(
    session: &'a Session,
    results: &'a [IndexRun],
    date: Option<Date>,
) -> Result<Vec<(Vec<Edition<'a>>, &'a Review)>, Failure> {
    let found: Vec<_> = editions(&session.pipelines, results)
        .into_iter()
        .filter_map(|index| {
            let all = index.iter().flat_map(|(_, result)| &result.reviews);
            let mut own = all.filter(|review| date.is_none_or(|date| review.dates.effective == date));
            let planned = own.next_back()?;
            Some((index, planned))
        })
        .collect();
    if !found.is_empty() || results.iter().any(|result| result.failure.is_some()) {
        return Ok(found);
    }
    let when = date.map_or_else(String::new, |date| format!(" effective {date}"));
    Err(Failure::usage(
        format!("none of these rulebooks has a review{when}"),
        "`divisor reviews` lists the dates",
    ))
}

/// How a review compares with the one published, and what a plan keeps of it.
fn entry<'a>(
    index: &Editions<'a>,
    wanted: &Review,
    shared: &Shared,
    session: &Session,
    out: &std::path::Path,
) -> Result<(Verdict, PlannedReview, &'a Pipeline), Failure> {
    let folder = IndexFolder::new(out, &index[0].0.methodology.index.id);
    let mut found = None;
    walk(
        index,
        shared,
        &configuration_hash(&session.checks),
        &folder,
        true,
        &mut |rendered| {
            let stands = matches!(rendered.verdict, Verdict::Same | Verdict::Damaged(_));
            if rendered.review.dates.effective == wanted.dates.effective {
                found = Some(planned(rendered)?);
            }
            Ok(if stands { Link::Standing } else { Link::Rendered })
        },
    )?;
    let is_of = |(_, result): &&(&Pipeline, &IndexRun)| {
        let mut own = result.reviews.iter();
        own.any(|review| review.dates.effective == wanted.dates.effective)
    };
    let edition = index.iter().find(is_of);
    found
        .zip(edition)
        .map(|((verdict, planned), (pipeline, _))| (verdict, planned, *pipeline))
        .ok_or_else(|| Failure::failed("the planned review was not rendered"))
}

/// What a plan keeps of a rendered review: what stands already is kept as it stands.
pub(crate) fn planned(rendered: Rendered<'_>) -> Result<(Verdict, PlannedReview), Failure> {
    let (revision, text) = match (&rendered.verdict, rendered.standing) {
        (Verdict::Changed(_), Some(standing)) => (standing.revision + 1, rendered.manifest),
        (_, Some(standing)) => (standing.revision, standing.text),
        (_, None) => (1, rendered.manifest),
    };
    let entry = PlannedReview {
        index_id: rendered.pipeline.methodology.index.id.clone(),
        effective: rendered.review.dates.effective,
        revision,
        manifest_hash: hash_bytes(text.as_bytes()),
        manifest: serde_json::from_str(&text).map_err(|error| Failure::failed(error.to_string()))?,
    };
    Ok((rendered.verdict, entry))
}

fn planned_rulebooks(session: &Session) -> Vec<PlannedRulebook> {
    let rulebook = |pipeline: &Pipeline| PlannedRulebook {
        index_id: pipeline.methodology.index.id.clone(),
        file: pipeline.source.file.clone(),
        methodology_hash: pipeline.methodology_hash.clone(),
        text: pipeline.source.whole().into_owned(),
    };
    session.pipelines.iter().map(rulebook).collect()
}

fn show(previews: &[Preview<'_>], common: &Common) -> Result<(), Failure> {
    match common.format {
        Format::Table => previews.iter().try_for_each(|preview| out::print(&preview.text())),
        Format::Json => {
            let all: Vec<serde_json::Value> = previews.iter().map(Preview::json).collect();
            let text = serde_json::to_string_pretty(&all).unwrap_or_default();
            out::print(&format!("{text}\n"))
        }
        format => out::table(
            &crate::plan_text::trades(previews),
            format,
            &divisor_report::TextOptions::new(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{amount, percent};

    #[test]
    fn amounts_and_shares_are_read() {
        for (text, value) in [("5bn", 5e9), ("250m", 2.5e8), ("$1.5bn", 1.5e9), ("1,000", 1e3)] {
            assert_eq!(amount(text), Ok(value), "{text}");
        }
        assert!(
            ["", "bn", "-5bn", "0", "inf", "5 apples"]
                .iter()
                .all(|text| amount(text).is_err())
        );
        assert_eq!(percent("20%"), Ok(0.2));
        assert!(["20", "0%", "101%", "-1%"].iter().all(|text| percent(text).is_err()));
    }
}
