//! Tables to Parquet files, and whole datasets put in place at once.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use divisor_model::{DAY_MISSING, Date, MembershipColumn, Table, TextBuilder, Values};
use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn, IntoSeries,
    ListBuilderTrait, ListStringChunkedBuilder, NewChunkedArray, ParquetCompression, ParquetWriter, PolarsResult,
    StringChunked,
};

use crate::MarketError;
use crate::frame::{ColumnKind, days, flags, integers, kind_of, numbers, read_whole, texts};
use crate::world::{Generated, Part, WorldSpec, dataset_toml, generate};

/// Generates a world into `target`, which must not exist: it is written under a temporary name beside it and renamed
/// when it is whole. `sessions` are all exchange sessions of the world's time.
pub fn generate_world(
    text: &str,
    target: &Path,
    sessions: impl Fn(&WorldSpec) -> Result<Vec<Date>, String>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Generated, MarketError> {
    let spec = WorldSpec::from_toml(text).map_err(|error| MarketError::World(error.to_string()))?;
    let sessions = sessions(&spec).map_err(MarketError::World)?;
    let temporary = beside(target)?;
    let result = fill(&spec, &sessions, &temporary, progress);
    let placed = result.and_then(|generated| {
        fs::rename(&temporary, target).map_err(|error| MarketError::io("put in place", target, error))?;
        Ok(generated)
    });
    if placed.is_err() {
        // What stopped the generation is worth more than a failure to tidy up after it.
        let _ = fs::remove_dir_all(&temporary);
    }
    placed
}

fn fill(
    spec: &WorldSpec,
    sessions: &[Date],
    folder: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Generated, MarketError> {
    let sink = |part: Part| {
        let path = folder.join(&part.path);
        let written = match (&part.universes, part.row_groups.as_slice()) {
            (Some(universes), [table]) => write_with_universes(table, universes, &path),
            (_, tables) => write_row_groups(tables, &path),
        };
        written.map_err(|error| error.to_string())
    };
    let generated = generate(spec, sessions, &sink, progress).map_err(|error| MarketError::World(error.to_string()))?;
    let head = folder.join("dataset.toml");
    fs::write(&head, dataset_toml(spec, &generated)).map_err(|error| MarketError::io("write", head, error))?;
    Ok(generated)
}

/// A fresh folder beside the target.
pub(crate) fn beside(target: &Path) -> Result<PathBuf, MarketError> {
    let name = target.file_name().and_then(|name| name.to_str()).unwrap_or("dataset");
    let temporary = target.with_file_name(format!(".{name}.tmp-{}", std::process::id()));
    if temporary.exists() {
        fs::remove_dir_all(&temporary).map_err(|error| MarketError::io("remove", &temporary, error))?;
    }
    fs::create_dir_all(&temporary).map_err(|error| MarketError::io("create", &temporary, error))?;
    Ok(temporary)
}

/// Writes one table as a Parquet file; the same table gives the same bytes. LZ4: figures hardly compress (a panel of
/// ratios is 6% larger than with zstd), and a run reads them in four fifths of the time.
pub fn write_table(table: &Table, path: &Path) -> Result<(), MarketError> {
    write_row_groups(std::slice::from_ref(table), path)
}

/// Writes tables of the same columns as the row groups of one Parquet file; a single table in groups of the writer's
/// own size.
pub fn write_row_groups(tables: &[Table], path: &Path) -> Result<(), MarketError> {
    write_frames(tables.iter().map(frame), path)
}

/// The same of frames, one in memory at a time.
pub(crate) fn write_frames(
    frames: impl Iterator<Item = PolarsResult<DataFrame>>,
    path: &Path,
) -> Result<(), MarketError> {
    let fail = |error: &dyn std::fmt::Display| MarketError::io("write", path, error);
    let mut frames = frames.peekable();
    let first = frames.next().unwrap_or_else(|| Ok(DataFrame::empty()));
    let mut first = first.map_err(|error| fail(&error))?;
    if frames.peek().is_none() {
        return write_frame(&mut first, path);
    }
    let mut batched = writer(path)?.batched(first.schema()).map_err(|error| fail(&error))?;
    for frame in std::iter::once(Ok(first)).chain(frames) {
        let written = frame.and_then(|frame| batched.write_batch(&frame));
        written.map_err(|error| fail(&error))?;
    }
    batched.finish().map_err(|error| fail(&error))?;
    Ok(())
}

/// Writes a table and, as its last column, the universes its rows belong to.
fn write_with_universes(table: &Table, universes: &MembershipColumn, path: &Path) -> Result<(), MarketError> {
    let fail = |error: &dyn std::fmt::Display| MarketError::io("write", path, error);
    let mut lists = ListStringChunkedBuilder::new("universes".into(), universes.bits.len(), universes.bits.len());
    for bits in &universes.bits {
        let names = universes.names.iter().enumerate();
        let own = names.filter(|(bit, _)| bits & (1 << bit) != 0);
        lists.append_values_iter(own.map(|(_, name)| name.as_str()));
    }
    let mut frame = frame(table).map_err(|error| fail(&error))?;
    let lists = lists.finish().into_series().into_column();
    frame.with_column(lists).map_err(|error| fail(&error))?;
    write_frame(&mut frame, path)
}

/// Writes a frame as a Parquet file; the same frame gives the same bytes.
pub(crate) fn write_frame(frame: &mut DataFrame, path: &Path) -> Result<(), MarketError> {
    let written = writer(path)?.finish(frame);
    written.map_err(|error| MarketError::io("write", path, error))?;
    Ok(())
}

fn writer(path: &Path) -> Result<ParquetWriter<BufWriter<File>>, MarketError> {
    let fail = |error: std::io::Error| MarketError::io("write", path, error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let file = File::create(path).map_err(fail)?;
    Ok(ParquetWriter::new(BufWriter::new(file))
        .with_compression(ParquetCompression::Lz4Raw)
        .set_parallel(false))
}

fn frame(table: &Table) -> PolarsResult<DataFrame> {
    let columns = table.columns.iter();
    let columns = columns.map(|column| series(&column.name, &column.values)).collect();
    DataFrame::new(table.rows(), columns)
}

fn series(name: &str, values: &Values) -> Column {
    let present = |value: &f64| Some(*value).filter(|value| !value.is_nan());
    match values {
        Values::Number(values) => Float64Chunked::from_iter_options(name.into(), values.iter().map(present))
            .into_series()
            .into_column(),
        Values::Text(text) => {
            let rows = text.codes.iter().map(|code| text.text(*code));
            StringChunked::from_iter_options(name.into(), rows)
                .into_series()
                .into_column()
        }
        Values::Day(days) => {
            let rows = days.iter().map(|day| Some(*day).filter(|day| *day != DAY_MISSING));
            let physical = Int32Chunked::from_iter_options(name.into(), rows).into_series();
            // From an integer a date cannot fail; the integers would be written if it did.
            physical.cast(&DataType::Date).unwrap_or(physical).into_column()
        }
        Values::Integer(values) => Int64Chunked::from_iter_options(name.into(), values.iter().copied())
            .into_series()
            .into_column(),
        Values::Flag(flags) => BooleanChunked::from_iter_options(name.into(), flags.iter().copied())
            .into_series()
            .into_column(),
    }
}

/// Reads a whole Parquet file as a table, columns in the file's order: for looking at results and for tests. Columns of types no table has are an
/// error.
pub fn read_table(name: &'static str, path: &Path) -> Result<Table, MarketError> {
    read_columns(name, path, |_| true)
}

/// The columns of a Parquet file that `is_wanted`, as [`read_table`] reads them; the others may be of any type.
pub fn read_columns(name: &'static str, path: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<Table, MarketError> {
    let fail = |reason: String| MarketError::io("read", path, reason);
    let frame = read_whole(path).map_err(fail)?;
    let mut table = Table::new(name);
    for column in frame.columns().iter().filter(|column| is_wanted(column.name())) {
        let values = match kind_of(column) {
            ColumnKind::Number => integers(column)
                .map(Values::Integer)
                .or_else(|| Some(Values::Number(numbers(column.clone()).0))),
            ColumnKind::Text => texts(column).map(|texts| {
                let mut builder = TextBuilder::with_capacity(texts.len());
                texts.iter().for_each(|text| builder.push(text));
                Values::Text(builder.finish())
            }),
            ColumnKind::Day => days(column).map(Values::Day),
            ColumnKind::Flag => flags(column).map(Values::Flag),
            ColumnKind::TextList | ColumnKind::Other => None,
        };
        let values = values.ok_or_else(|| fail(format!("column `{}` has a type no table has", column.name())))?;
        table.push(column.name().to_string(), values);
    }
    Ok(table)
}
