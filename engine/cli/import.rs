//! `divisor data import`: data that others publish, brought into a dataset.

use std::path::Path;
use std::time::Instant;

use divisor_market::Dataset;
use divisor_market::import::companyfacts::{CompanyFacts, Mapping, Tickers};
use divisor_market::import::{Importer, Job, JobReport, Outcome, SourceFiles};
use divisor_report::TextOptions;

use crate::args::{Common, ImportVerb};
use crate::exit::{Exit, Failure};
use crate::extracts;
use crate::lock::Lock;
use crate::out::{self, say};
use crate::render;
use crate::settings::Settings;
use crate::watch;

/// The mapping that comes with the program.
const COMPANYFACTS: &str = include_str!("../../config/companyfacts.toml");

pub(crate) fn import(verb: &ImportVerb, common: &Common, settings: &Settings) -> Result<Exit, Failure> {
    match verb {
        ImportVerb::Companyfacts { source, tickers } => companyfacts(source, tickers.as_deref(), common, settings),
        ImportVerb::French {
            files,
            set,
            vintage,
            block,
            replace,
        } => extracts::french(files, (set, vintage), block.as_ref(), *replace, common),
        ImportVerb::Table { mapping, sources } => extracts::table(mapping, sources, common),
    }
}

fn companyfacts(source: &Path, tickers: Option<&Path>, common: &Common, settings: &Settings) -> Result<Exit, Failure> {
    let own = settings.own("companyfacts.toml")?;
    let mapping = Mapping::parse("companyfacts.toml", own.as_deref().unwrap_or(COMPANYFACTS))?;
    let tickers = match tickers {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display()), ""))?;
            Tickers::parse(&path.display().to_string(), &text)?
        }
        None => Tickers::default(),
    };
    let dataset = target(common)?;
    let currencies = mapping.currencies();
    if let Some(head) = Dataset::head(dataset)?
        && currencies.iter().any(|currency| *currency != head.currency)
    {
        let all: Vec<&str> = currencies.into_iter().collect();
        let message = format!(
            "the money of dataset {} is in {}, that of the mapping in {}",
            head.name,
            head.currency,
            all.join(", ")
        );
        return Err(Failure::usage(
            message,
            "give a dataset of that currency, or --config with a companyfacts.toml",
        ));
    }
    let sources = SourceFiles::open(source, &["json"])?;
    run(&CompanyFacts::new(mapping, tickers), &sources, dataset, common, || {
        Ok(())
    })
}

/// The dataset folder that `--out` names.
pub(crate) fn target(common: &Common) -> Result<&Path, Failure> {
    let named = common.out.as_deref();
    named.ok_or_else(|| Failure::usage("no dataset is given to import into", "--out and the dataset's folder"))
}

/// Runs an importer and prints what it did; `settle` follows where all items are in the dataset.
pub(crate) fn run(
    importer: &dyn Importer,
    sources: &SourceFiles,
    dataset: &Path,
    common: &Common,
    settle: impl FnOnce() -> Result<(), Failure>,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let _lock = Lock::take(&dataset.join("imports"))?;
    let bar = watch::bar("importing", sources.len() as u64);
    let progress = |done: usize, _: usize| bar.set_position(done as u64);
    let report = Job::new(importer, dataset).run(sources, &progress)?;
    bar.finish_and_clear();
    out::table(&report.summary.table(), common.format, &TextOptions::new())?;
    let failures = failures(&report);
    for failure in &failures {
        render::failure(failure);
    }
    let count = |outcome: &Outcome| report.items.iter().filter(|item| item.outcome == *outcome).count();
    let failed = report.items.len() - count(&Outcome::Written) - count(&Outcome::Unchanged);
    say(&format!(
        "{}: {} {}, {} written, {} unchanged, {failed} failed in {:.1} s · records in {}",
        dataset.display(),
        report.items.len(),
        if report.items.len() == 1 { "item" } else { "items" },
        count(&Outcome::Written),
        count(&Outcome::Unchanged),
        started.elapsed().as_secs_f64(),
        dataset.join("imports").join(importer.name()).display()
    ));
    if failures.is_empty() {
        settle()?;
    }
    if Dataset::head(dataset)?.is_none() {
        say("the folder has no dataset.toml yet: a dataset needs one, and snapshots, before rulebooks can run on it");
    }
    Ok(if failures.is_empty() {
        Exit::Done
    } else {
        Exit::BadInput
    })
}

/// What is wrong with the items that could not be imported, or were only half before.
fn failures(report: &JobReport) -> Vec<Failure> {
    let failed = report.items.iter().filter_map(|item| match &item.outcome {
        Outcome::Failed(reason) => Some(Failure::usage(reason.clone(), "")),
        Outcome::Written | Outcome::Unchanged => None,
    });
    let cut_short = report.cut_short.iter().map(|source| {
        let message = format!("{source}: an earlier import of it was cut short; half of it may be in the dataset");
        Failure::usage(message, "import it again")
    });
    failed.chain(cut_short).collect()
}
