//! `divisor data`: generate and describe datasets. Checking and importing have files of their own.

use std::path::{Path, PathBuf};

use divisor_market::{Dataset, TableSurvey, WorldSpec, generate_world};
use divisor_model::{DatasetInfo, Date, FieldInfo, FieldKind, FieldUnit, Table, TextBuilder, Values};
use divisor_report::{Format as Shown, TextOptions, to_text};

use crate::args::{Common, DataArgs, DataVerb, Format};
use crate::data_check::data_check;
use crate::exit::{Exit, Failure};
use crate::freeze::freeze;
use crate::import::import;
use crate::load::dataset;
use crate::lock::Lock;
use crate::out::{self, say};
use crate::settings::Settings;
use crate::watch;

/// The world that comes with the program.
const DEMO: &str = include_str!("../../data/worlds/demo.toml");

pub(crate) fn data(args: &DataArgs, common: &Common) -> Result<Exit, Failure> {
    let settings = Settings::load(common.config.as_deref())?;
    match &args.verb {
        DataVerb::Generate { world, force } => make(world, *force, common, &settings),
        DataVerb::Freeze { cutoff } => freeze(&dataset(common, &settings)?, *cutoff, common),
        DataVerb::Describe => describe(&dataset(common, &settings)?, common),
        DataVerb::Check(args) => data_check(args, common, &settings),
        DataVerb::Import(verb) => import(verb, common, &settings),
    }
}

/// A world's text by file or name; `None` where there is none of that name.
pub(crate) fn world(name: &str, settings: &Settings) -> Result<Option<String>, Failure> {
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("cannot read the world {}: {error}", path.display()), ""))
    };
    let named = settings.worlds.join(format!("{name}.toml"));
    if Path::new(name).extension().is_some_and(|extension| extension == "toml") {
        return read(Path::new(name)).map(Some);
    }
    if named.is_file() {
        return read(&named).map(Some);
    }
    Ok((name == "demo").then(|| DEMO.to_owned()))
}

fn make(name: &str, force: bool, common: &Common, settings: &Settings) -> Result<Exit, Failure> {
    let Some(text) = world(name, settings)? else {
        let message = format!("there is no world `{name}`");
        return Err(Failure::usage(
            message,
            format!("worlds lie in {}", settings.worlds.display()),
        ));
    };
    let short = Path::new(name)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or(name);
    let target = common.out.clone().unwrap_or_else(|| settings.data.join(short));
    let _lock = Lock::wait(&beside(&target, short))?;
    if target.exists() {
        if !force {
            let message = format!("{} is there already", target.display());
            return Err(Failure::usage(message, "--force replaces it"));
        }
        if !target.join("dataset.toml").is_file() {
            return Err(Failure::usage(
                format!("{} is no dataset; it stays", target.display()),
                "",
            ));
        }
        std::fs::remove_dir_all(&target)
            .map_err(|error| Failure::failed(format!("cannot remove {}: {error}", target.display())))?;
    }
    generate(&text, &target, settings)?;
    Ok(Exit::Done)
}

fn beside(target: &Path, name: &str) -> PathBuf {
    target.with_file_name(format!(".{name}"))
}

/// Generates a world into a folder that is not there yet.
pub(crate) fn generate(text: &str, target: &Path, settings: &Settings) -> Result<(), Failure> {
    let started = std::time::Instant::now();
    say(&format!("generating the world {} …", target.display()));
    let bar = watch::bar("generating", 0);
    let progress = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let sessions = |spec: &WorldSpec| sessions(spec, settings);
    let generated = generate_world(text, target, sessions, &progress)?;
    bar.finish_and_clear();
    let funds = match generated.funds {
        0 => String::new(),
        funds => format!(" and {funds} funds"),
    };
    say(&format!(
        "{}: {} securities of {} issuers{funds}, {} snapshots {} … {}, {} prices, {} publications, {} corporate actions in {:.1} s",
        target.display(),
        generated.securities,
        generated.issuers,
        generated.snapshots,
        generated.first,
        generated.last,
        generated.price_rows,
        generated.fundamentals_rows,
        generated.action_rows,
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// The sessions from the world's first prices to the end of its last month.
fn sessions(spec: &WorldSpec, settings: &Settings) -> Result<Vec<Date>, String> {
    let words = |failure: Failure| match failure {
        Failure::Plain { message, .. } => message,
        Failure::Diagnostics { .. } => "the calendar cannot be used".to_owned(),
    };
    let calendar = settings.calendar(&spec.calendar).map_err(words)?;
    let last = calendar
        .last_session(spec.last.year(), spec.last.month())
        .map_err(|error| error.to_string())?;
    let sessions = calendar
        .sessions(spec.prices_from, last)
        .map_err(|error| error.to_string())?;
    Ok(sessions.to_vec())
}

fn describe(dataset: &Dataset, common: &Common) -> Result<Exit, Failure> {
    let columns = columns_table(dataset);
    if common.format != Format::Table {
        out::table(&columns, common.format, &TextOptions::new())?;
        return Ok(Exit::Done);
    }
    let info = &dataset.info;
    let mut text = format!(
        "{} · {}\n{} … {} · currency {} · calendar {} · universes {}\n\n",
        info.name,
        info.title,
        info.first,
        info.last,
        info.currency,
        info.calendar,
        dataset.universes().join(", ")
    );
    for TableSurvey { table, rows, days } in dataset.tables() {
        let range = days.and_then(|(first, last)| {
            Some(format!(
                " {} … {}",
                divisor_model::date_of(first)?,
                divisor_model::date_of(last)?
            ))
        });
        text.push_str(&format!("{table:<13} {rows:>10} rows{}\n", range.unwrap_or_default()));
    }
    let dates: Vec<String> = dataset.snapshot_dates().map(|date| date.to_string()).collect();
    text.push_str(&format!("{:<13} {:>10} dates\n\n", "", dates.len()));
    let options = TextOptions::new()
        .format("present", Shown::Percent(1))
        .format("first", Shown::Percent(1))
        .format("last", Shown::Percent(1));
    text.push_str(&to_text(&columns, &options));
    let plain: Vec<String> = dataset
        .survey()
        .into_iter()
        .filter(|column| ["snapshots", "fundamentals"].contains(&column.table))
        .filter(|column| column.kind == divisor_market::ColumnKind::Number && info.field(&column.name).is_none())
        .map(|column| column.name)
        .collect();
    if !plain.is_empty() {
        text.push_str(&format!(
            "\nwithout unit and kind, so plain numbers that combine with anything: {}\n  dataset.toml can give them: [fields]\n",
            plain.join(", ")
        ));
    }
    text.push_str(&stated(info));
    for defect in &info.known_defects {
        text.push_str(&format!("\nknown defect: {defect}"));
    }
    text.push('\n');
    out::print(&text)?;
    Ok(Exit::Done)
}

/// What the head states of tables and of when fields are known, a line each.
fn stated(info: &DatasetInfo) -> String {
    let mut lines = Vec::new();
    if let Some(frozen) = &info.frozen {
        lines.push(format!(
            "frozen from `{}` at {}: nothing known later is in it",
            frozen.from, frozen.cutoff
        ));
    }
    for (table, rules) in &info.tables {
        if let Some(scheme) = &rules.keyed_by {
            lines.push(format!(
                "`{table}` is keyed by `{scheme}`: rows belong to who carried it on their day"
            ));
        }
        if let Some(lag) = rules.lag {
            lines.push(format!(
                "`{table}` without known_on: known {lag} after the period's end"
            ));
        }
    }
    for (field, timing) in &info.timings {
        if let Some(lag) = timing.lag {
            lines.push(format!(
                "`{field}` without known_on: known {lag} after the period's end"
            ));
        }
        if let Some(max_age) = timing.max_age {
            lines.push(format!(
                "`{field}` is missing once its newest value is more than {max_age} old"
            ));
        }
    }
    lines
        .iter()
        .map(|line| format!("\n{line}"))
        .collect::<Vec<_>>()
        .concat()
}

fn columns_table(dataset: &Dataset) -> Table {
    let survey = dataset.survey();
    let mut texts: [TextBuilder; 4] = Default::default();
    for column in &survey {
        let field: Option<FieldInfo> = dataset.info.field(&column.name);
        texts[0].push(Some(column.table));
        texts[1].push(Some(&column.name));
        texts[2].push(Some(column.kind.words().trim_start_matches("a ")));
        texts[3].push(field.map(unit_words).as_deref());
    }
    let [table, name, kind, unit] = texts;
    let ends = |pick: fn((f64, f64)) -> f64| {
        Values::Number(
            survey
                .iter()
                .map(|column| column.first_and_last.map_or(f64::NAN, pick))
                .collect(),
        )
    };
    Table::new("columns")
        .with("table", Values::Text(table.finish()))
        .with("column", Values::Text(name.finish()))
        .with("holds", Values::Text(kind.finish()))
        .with("unit", Values::Text(unit.finish()))
        .with(
            "present",
            Values::Number(survey.iter().map(|column| column.present).collect()),
        )
        .with("first", ends(|ends| ends.0))
        .with("last", ends(|ends| ends.1))
}

fn unit_words(field: FieldInfo) -> String {
    let unit = match field.unit {
        FieldUnit::Money => "money",
        FieldUnit::PerShare => "per share",
        FieldUnit::Ratio => "ratio",
        FieldUnit::Count => "count",
    };
    let kind = if field.kind == FieldKind::Flow { "flow" } else { "stock" };
    format!("{unit}, {kind}")
}
