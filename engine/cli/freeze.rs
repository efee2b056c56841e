//! `divisor data freeze`: a dataset as it was known at a cut-off.

use divisor_market::{Dataset, FreezeRecord, FrozenFile, freeze as freeze_dataset};
use divisor_model::{Date, Table, TextBuilder, Values};
use divisor_report::TextOptions;

use crate::args::{Common, Format};
use crate::exit::{Exit, Failure};
use crate::lock::Lock;
use crate::out;
use crate::watch;

pub(crate) fn freeze(dataset: &Dataset, cutoff: Date, common: &Common) -> Result<Exit, Failure> {
    let Some(target) = &common.out else {
        return Err(Failure::usage(
            "where should the frozen dataset go?",
            "--out and a folder that is not there yet",
        ));
    };
    let name = target.file_name().and_then(|name| name.to_str()).unwrap_or("dataset");
    let _lock = Lock::wait(&target.with_file_name(format!(".{name}")))?;
    let bar = watch::bar("freezing", 0);
    let progress = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    };
    let record = freeze_dataset(dataset, cutoff, target, &progress)?;
    bar.finish_and_clear();
    match common.format {
        Format::Table => out::print(&summary(&record, &target.display().to_string()))?,
        Format::Json => out::print(&format!(
            "{}\n",
            serde_json::to_string_pretty(&record).unwrap_or_default()
        ))?,
        format => out::table(&files(&record), format, &TextOptions::new())?,
    }
    Ok(Exit::Done)
}

fn summary(record: &FreezeRecord, target: &str) -> String {
    let mut text = format!(
        "{target}: `{}` as known on {}, the last snapshot of {}\n",
        record.dataset, record.cutoff, record.last_snapshot
    );
    for table in ["snapshots", "risk"] {
        let own = |file: &&String| file.split('/').next() == Some(table);
        let files = record.inputs.keys().filter(own).count();
        if files > 0 {
            text.push_str(&format!("  {table:<16} {files:>10} files\n"));
        }
    }
    for table in ["fundamentals", "prices", "actions", "identifiers", "classifications"] {
        let own = record.inputs.iter().filter(|(file, _)| {
            let first = file.split('/').next().unwrap_or_default();
            first.strip_suffix(".parquet").unwrap_or(first) == table
        });
        let counts: Vec<(usize, usize)> = own
            .filter_map(|(_, file)| Some((file.rows?, file.rows_frozen?)))
            .collect();
        if !counts.is_empty() {
            let all: usize = counts.iter().map(|(rows, _)| rows).sum();
            let kept: usize = counts.iter().map(|(_, kept)| kept).sum();
            text.push_str(&format!("  {table:<16} {kept:>10} of {all} rows\n"));
        }
    }
    text.push_str(&format!(
        "  {:<16} {:>10} values in provenance.parquet\n",
        "", record.values
    ));
    if record.defects > 0 {
        text.push_str(&format!(
            "  {} broken rows were known by then and are frozen as they are: `divisor data check --data {target}`\n",
            record.defects
        ));
    }
    if !record.left_out.is_empty() {
        text.push_str(&format!(
            "  left out, since no review reads it: {}\n",
            record.left_out.join(", ")
        ));
    }
    text
}

/// One row a file that went in.
fn files(record: &FreezeRecord) -> Table {
    let (mut file, mut hash) = (TextBuilder::default(), TextBuilder::default());
    for (name, input) in &record.inputs {
        file.push(Some(name));
        hash.push(Some(&input.blake3));
    }
    let rows = |pick: fn(&FrozenFile) -> Option<usize>| {
        let each = record.inputs.values().map(|input| pick(input).map(|rows| rows as i64));
        Values::Integer(each.collect())
    };
    Table::new("files")
        .with("file", Values::Text(file.finish()))
        .with("blake3", Values::Text(hash.finish()))
        .with("rows", rows(|file| file.rows))
        .with("rows_frozen", rows(|file| file.rows_frozen))
}
