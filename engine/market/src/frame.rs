//! Where Polars' frames become plain columns. Polars reads; it computes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use divisor_model::{DAY_MISSING, Day, MembershipColumn, TEXT_MISSING};
use polars::prelude::{
    ArrowField, BooleanChunked, Column, DataFrame, DataType, Float64Chunked, IntoColumn, ListChunked, ParallelStrategy,
    PlSmallStr, StringChunked,
};

use crate::fetch::{ParquetFile, first_line};

/// What a column holds, as far as this engine cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Any integer or float.
    Number,
    /// Text.
    Text,
    /// A date.
    Day,
    /// True or false.
    Flag,
    /// A list of texts.
    TextList,
    /// Something no rule can use.
    Other,
}

impl ColumnKind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Day => "a date",
            Self::Flag => "true or false",
            Self::TextList => "a list of texts",
            Self::Other => "of an unusable type",
        }
    }

    fn of(kind: &DataType) -> Self {
        match kind {
            DataType::String | DataType::Categorical(..) | DataType::Enum(..) => Self::Text,
            DataType::Date => Self::Day,
            DataType::Boolean => Self::Flag,
            DataType::List(inner) if **inner == DataType::String => Self::TextList,
            kind if kind.is_primitive_numeric() => Self::Number,
            _ => Self::Other,
        }
    }
}

/// A frame, and the wanted columns that were left out because no rule can use their type.
pub(crate) struct FileFrame {
    pub(crate) frame: DataFrame,
    pub(crate) unusable: Vec<String>,
}

/// The columns of a Parquet file, from its footer.
pub(crate) fn file_columns(path: &Path) -> Result<BTreeMap<String, ColumnKind>, String> {
    guarded(|| columns_of(&ParquetFile::open(path)?))
}

/// Reads those of `columns` that the file has, on this thread or on all.
pub(crate) fn read_frame(path: &Path, columns: &[&str], parallel: bool) -> Result<FileFrame, String> {
    let file = open_file(path)?;
    frame_of(&file, columns, &file.groups(), parallel)
}

/// The same of some row groups of an opened file.
pub(crate) fn frame_of(
    file: &ParquetFile,
    columns: &[&str],
    groups: &[usize],
    parallel: bool,
) -> Result<FileFrame, String> {
    guarded(|| {
        let there = columns_of(file)?;
        let is_usable = |name: &&&str| there.get(**name).is_some_and(|kind| *kind != ColumnKind::Other);
        let is_other = |name: &&&str| there.get(**name) == Some(&ColumnKind::Other);
        let wanted: Vec<&str> = columns.iter().filter(is_usable).copied().collect();
        let strategy = if parallel {
            ParallelStrategy::Auto
        } else {
            ParallelStrategy::None
        };
        Ok(FileFrame {
            frame: plain_texts(file.read(&wanted, groups, strategy)?)?,
            unusable: columns.iter().filter(is_other).map(|name| (*name).to_owned()).collect(),
        })
    })
}

/// Opens a file; a damaged one may make the decoder panic.
pub(crate) fn open_file(path: &Path) -> Result<ParquetFile, String> {
    guarded(|| ParquetFile::open(path))
}

/// Reads all columns of a file, in the file's order.
pub(crate) fn read_whole(path: &Path) -> Result<DataFrame, String> {
    Ok(read_groups(path)?.0)
}

/// The same, and how many rows each of its row groups has.
pub(crate) fn read_groups(path: &Path) -> Result<(DataFrame, Vec<usize>), String> {
    guarded(|| {
        let file = ParquetFile::open(path)?;
        let schema = file.schema()?;
        let columns: Vec<&str> = schema.iter_names().map(PlSmallStr::as_str).collect();
        let groups = file.groups();
        let rows = groups.iter().map(|group| file.rows(*group)).collect();
        Ok((file.read(&columns, &groups, ParallelStrategy::Auto)?, rows))
    })
}

/// Whole numbers, where a column holds integers.
pub(crate) fn integers(column: &Column) -> Option<Vec<Option<i64>>> {
    let series = column.as_materialized_series();
    let cast = series
        .cast(&DataType::Int64)
        .ok()
        .filter(|_| column.dtype().is_integer())?;
    Some(cast.i64().ok()?.iter().collect())
}

fn columns_of(file: &ParquetFile) -> Result<BTreeMap<String, ColumnKind>, String> {
    let schema = file.schema()?;
    let kind = |field: &ArrowField| ColumnKind::of(&DataType::from_arrow_field(field));
    Ok(schema
        .iter_values()
        .map(|field| (field.name.to_string(), kind(field)))
        .collect())
}

/// Categories are texts.
fn plain_texts(mut frame: DataFrame) -> Result<DataFrame, String> {
    let is_category = |column: &&Column| matches!(column.dtype(), DataType::Categorical(..) | DataType::Enum(..));
    let categories: Vec<Column> = frame.columns().iter().filter(is_category).cloned().collect();
    for column in categories {
        let text = column
            .cast(&DataType::String)
            .map_err(|error| first_line(&error.to_string()))?;
        frame
            .with_column(text)
            .map_err(|error| first_line(&error.to_string()))?;
    }
    Ok(frame)
}

/// A damaged file may make the decoder panic; for us that is a file that cannot be read.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    caught.unwrap_or_else(|_| Err("the file is damaged".to_owned()))
}

/// The kind of a column of a frame.
pub(crate) fn kind_of(column: &Column) -> ColumnKind {
    ColumnKind::of(column.dtype())
}

/// Numbers with NaN for nulls, and the rows that hold a NaN or an infinity of their own. A column that nobody else has
/// gives its memory.
pub(crate) fn numbers(column: Column) -> (Vec<f64>, Vec<usize>) {
    let rows = column.len();
    let series = column.take_materialized_series();
    let series = match series.dtype() {
        DataType::Float64 => Ok(series),
        _ => series.cast(&DataType::Float64),
    };
    // The series must be gone before its numbers can be taken.
    let chunked = series.ok().and_then(|series| series.f64().ok().cloned());
    chunked.map_or_else(|| (vec![f64::NAN; rows], Vec::new()), dense)
}

fn dense(chunked: Float64Chunked) -> (Vec<f64>, Vec<usize>) {
    let mut values: Vec<f64> = Vec::new();
    let mut not_finite = Vec::new();
    for array in chunked.downcast_into_iter() {
        let start = values.len();
        let (_, buffer, validity) = array.into_inner();
        if start == 0 {
            values = buffer.to_vec();
        } else {
            values.extend_from_slice(&buffer);
        }
        let own = &mut values[start..];
        // One pass without branches tells whether a closer look is needed. What lies under a null is anything; it must
        // not be taken for a NaN of the file's own.
        let suspicious = own.iter().fold(false, |seen, value| seen | !value.is_finite());
        if suspicious {
            let present = |at: usize| validity.as_ref().is_none_or(|validity| validity.get_bit(at));
            let found = own
                .iter()
                .enumerate()
                .filter(|(at, value)| !value.is_finite() && present(*at));
            not_finite.extend(found.map(|(at, _)| start + at));
        }
        if let Some(validity) = validity {
            for at in (!&validity).true_idx_iter() {
                own[at] = NULL;
            }
        }
    }
    (values, not_finite)
}

/// A missing value.
const NULL: f64 = f64::NAN;

/// Texts as codes into a dictionary in order of first use; empty where the column holds none. Columns repeat few
/// texts, so recent ones are recognised by their 16-byte view before the dictionary is asked.
pub(crate) fn text_codes(column: &Column) -> Option<(Vec<u32>, Vec<String>)> {
    const REMEMBERED_BITS: u32 = 8;
    let chunked = texts(column)?;
    let mut dictionary: Vec<String> = Vec::new();
    let mut lookup: HashMap<&str, u32> = HashMap::new();
    let mut codes = Vec::with_capacity(chunked.len());
    let has_nulls = chunked.null_count() > 0;
    for array in chunked.downcast_iter() {
        // Equal views are equal texts inside one array, whose buffers they refer to.
        let mut recent = [(0u128, TEXT_MISSING); 1 << REMEMBERED_BITS];
        let code = |(row, view): (usize, u128)| {
            if has_nulls && array.get(row).is_none() {
                return TEXT_MISSING;
            }
            let mixed = (view as u64 ^ (view >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let slot = &mut recent[(mixed >> (u64::BITS - REMEMBERED_BITS)) as usize];
            if slot.1 == TEXT_MISSING || slot.0 != view {
                let text = array.value(row);
                let code = *lookup.entry(text).or_insert_with(|| {
                    dictionary.push(text.to_owned());
                    dictionary.len() as u32 - 1
                });
                *slot = (view, code);
            }
            slot.1
        };
        let views = array.views().iter().map(|view| view.as_u128());
        codes.extend(views.enumerate().map(code));
    }
    Some((codes, dictionary))
}

/// Texts of a column; empty where it holds none.
pub(crate) fn texts(column: &Column) -> Option<&StringChunked> {
    column.as_materialized_series().str().ok()
}

/// Whether two columns hold the same texts, told by their 16-byte views alone: only for short texts without nulls.
pub(crate) fn are_same(one: &StringChunked, other: &StringChunked) -> bool {
    /// Longer texts lie elsewhere, and the view has where.
    const INLINE_BYTES: u128 = 12;
    let (mut of_one, mut of_other) = (one.downcast_iter(), other.downcast_iter());
    let (Some(a), None, Some(b), None) = (of_one.next(), of_one.next(), of_other.next(), of_other.next()) else {
        return false;
    };
    let is_plain = a.len() == b.len() && one.null_count() == 0 && other.null_count() == 0;
    let differ = |(a, b): (u128, u128)| (a != b) | (a & u128::from(u32::MAX) > INLINE_BYTES);
    let views = a.views().iter().zip(b.views().iter());
    is_plain && !views.fold(false, |some, (a, b)| some | differ((a.as_u128(), b.as_u128())))
}

/// Day numbers with [`DAY_MISSING`] for nulls.
pub(crate) fn days(column: &Column) -> Option<Vec<Day>> {
    let series = column.as_materialized_series();
    let physical = series.to_physical_repr();
    let chunked = physical.i32().ok()?;
    Some(chunked.iter().map(|day| day.unwrap_or(DAY_MISSING)).collect())
}

/// Flags.
pub(crate) fn flags(column: &Column) -> Option<Vec<Option<bool>>> {
    let chunked: &BooleanChunked = column.as_materialized_series().bool().ok()?;
    Some(chunked.iter().collect())
}

/// The distinct texts in all lists of a column.
pub(crate) fn texts_in_lists(column: &Column) -> Option<BTreeSet<String>> {
    let inner = column.as_materialized_series().list().ok()?.get_inner();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for text in inner.str().ok()?.iter().flatten() {
        if !found.contains(text) {
            found.insert(text.to_owned());
        }
    }
    Some(found)
}

/// Lists of texts as bits, by their texts in order: one set a row, of the first 64 alone. All names are told.
pub(crate) fn memberships(column: &Column) -> Option<MembershipColumn> {
    let chunked: &ListChunked = column.as_materialized_series().list().ok()?;
    let (codes, dictionary) = text_codes(&chunked.get_inner().into_column())?;
    let mut names = dictionary.clone();
    names.sort_unstable();
    let bit = |name: &String| {
        let at = names.binary_search(name).ok()?;
        1_u64.checked_shl(at as u32)
    };
    let masks: Vec<u64> = dictionary.iter().map(|name| bit(name).unwrap_or(0)).collect();
    let mask = |code: &u32| masks.get(*code as usize).copied().unwrap_or(0);
    let (mut bits, mut first) = (Vec::with_capacity(chunked.len()), 0);
    for array in chunked.downcast_iter() {
        for row in 0..array.len() {
            let (start, end) = array.offsets().start_end(row);
            let is_there = array.validity().is_none_or(|validity| validity.get_bit(row));
            let own = &codes[first + start..first + if is_there { end } else { start }];
            bits.push(own.iter().map(mask).fold(0, |all, one| all | one));
        }
        first += array.values().len();
    }
    Some(MembershipColumn { names, bits })
}
