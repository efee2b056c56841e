//! Tables as Parquet, by the low-level column writers: no Arrow between a result and its file.
//!
//! Every column is optional. Text and dates are dictionary-encoded (they repeat; text falls back to plain where its
//! dictionary passes 1 MiB), numbers are plain (they do not, and hashing each would cost more than it saves). Tables of
//! at least [`COMPRESS_ROWS`] rows are compressed by zstd level 3; smaller ones take a few disk blocks as they are, and
//! a run writes thousands of them. Chunk statistics are on. The bytes depend on the table and the metadata alone.

use std::ops::Range;
use std::sync::Arc;

use divisor_model::{DAY_MISSING, Table, TableColumn, TextColumn, Values};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{ColumnPath, Type as Schema, TypePtr};

use crate::ReportError;

/// Written into every file; without a version, so that an upgrade changes no byte.
const CREATED_BY: &str = "divisor";
/// Rows from which a table is compressed.
const COMPRESS_ROWS: usize = 2_048;
const ZSTD_LEVEL: i32 = 3;
/// Rows a row group holds at most.
const ROW_GROUP_ROWS: usize = 1 << 20;
/// Rows handed to a column writer at a time: few enough to stay in the processor's cache.
const BATCH_ROWS: usize = 8_192;

/// The table as the bytes of a Parquet file, `metadata` in its footer in the given order. Numbers are `DOUBLE`, text
/// `BYTE_ARRAY` (String), days `INT32` (Date), whole numbers `INT64`, flags `BOOLEAN`; missing values are null.
pub fn to_parquet(table: &Table, metadata: &[(&str, &str)]) -> Result<Vec<u8>, ReportError> {
    let rows = table.rows();
    if let Some(odd) = table.columns.iter().find(|column| column.values.len() != rows) {
        return Err(ReportError::UnequalColumns {
            table: table.name,
            column: odd.name.clone(),
            rows: odd.values.len(),
            expected: rows,
        });
    }
    write_file(table, metadata).map_err(|source| ReportError::Parquet {
        table: table.name,
        source,
    })
}

fn write_file(table: &Table, metadata: &[(&str, &str)]) -> ParquetResult<Vec<u8>> {
    let properties = Arc::new(properties(table, metadata)?);
    let mut file = SerializedFileWriter::new(Vec::new(), schema(table)?, properties)?;
    for start in (0..table.rows()).step_by(ROW_GROUP_ROWS) {
        let rows = start..table.rows().min(start + ROW_GROUP_ROWS);
        let mut group = file.next_row_group()?;
        let mut columns = table.columns.iter();
        while let (Some(mut writer), Some(column)) = (group.next_column()?, columns.next()) {
            write_column(&mut writer, &column.values, rows.clone())?;
            writer.close()?;
        }
        group.close()?;
    }
    file.into_inner()
}

fn properties(table: &Table, metadata: &[(&str, &str)]) -> ParquetResult<WriterProperties> {
    let pairs = metadata
        .iter()
        .map(|(key, value)| KeyValue::new((*key).to_owned(), (*value).to_owned()));
    let compression = if table.rows() < COMPRESS_ROWS {
        Compression::UNCOMPRESSED
    } else {
        Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?)
    };
    let mut builder = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_key_value_metadata((!metadata.is_empty()).then(|| pairs.collect()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_compression(compression)
        .set_dictionary_enabled(false);
    for column in &table.columns {
        if matches!(column.values, Values::Text(_) | Values::Day(_)) {
            builder = builder.set_column_dictionary_enabled(ColumnPath::from(column.name.as_str()), true);
        }
    }
    Ok(builder.build())
}

fn schema(table: &Table) -> ParquetResult<TypePtr> {
    let fields = table.columns.iter().map(field).collect::<ParquetResult<Vec<_>>>()?;
    let root = Schema::group_type_builder("schema").with_fields(fields).build()?;
    Ok(Arc::new(root))
}

fn field(column: &TableColumn) -> ParquetResult<TypePtr> {
    let (physical, logical) = match column.values {
        Values::Number(_) => (Physical::DOUBLE, None),
        Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Values::Day(_) => (Physical::INT32, Some(LogicalType::Date)),
        Values::Integer(_) => (Physical::INT64, None),
        Values::Flag(_) => (Physical::BOOLEAN, None),
    };
    let field = Schema::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(field))
}

fn write_column(writer: &mut SerializedColumnWriter<'_>, values: &Values, rows: Range<usize>) -> ParquetResult<()> {
    match values {
        Values::Number(numbers) => {
            let present = numbers[rows].iter().map(|number| (!number.is_nan()).then_some(*number));
            write_rows::<DoubleType>(writer, present)
        }
        Values::Text(text) => write_text(writer, text, rows),
        Values::Day(days) => {
            let present = days[rows].iter().map(|day| (*day != DAY_MISSING).then_some(*day));
            write_rows::<Int32Type>(writer, present)
        }
        Values::Integer(integers) => write_rows::<Int64Type>(writer, integers[rows].iter().copied()),
        Values::Flag(flags) => write_rows::<BoolType>(writer, flags[rows].iter().copied()),
    }
}

/// One shared buffer an entry, cloned by reference count for each row; but a short table with a long dictionary copies
/// the few texts it uses.
fn write_text(writer: &mut SerializedColumnWriter<'_>, text: &TextColumn, rows: Range<usize>) -> ParquetResult<()> {
    let codes = text.codes[rows].iter();
    if text.dictionary.len() > codes.len() {
        return write_rows::<ByteArrayType>(writer, codes.map(|code| text.text(*code).map(ByteArray::from)));
    }
    let entries: Vec<ByteArray> = text.dictionary.iter().map(|entry| entry.as_str().into()).collect();
    write_rows::<ByteArrayType>(writer, codes.map(|code| entries.get(*code as usize).cloned()))
}

fn write_rows<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    mut rows: impl Iterator<Item = Option<T::T>>,
) -> ParquetResult<()> {
    let column = writer.typed::<T>();
    let mut values = Vec::with_capacity(BATCH_ROWS);
    let mut present: Vec<i16> = Vec::with_capacity(BATCH_ROWS);
    loop {
        values.clear();
        present.clear();
        for row in rows.by_ref().take(BATCH_ROWS) {
            present.push(row.is_some().into());
            values.extend(row);
        }
        if present.is_empty() {
            return Ok(());
        }
        column.write_batch(&values, Some(&present), None)?;
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use divisor_model::{TextBuilder, date_of};
    use parquet::basic::Encoding;
    use parquet::file::metadata::RowGroupMetaData;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::file::statistics::Statistics;
    use parquet::record::Field;

    use super::*;
    use crate::cell::{Cell, sample};
    use crate::scratch::Scratch;

    fn open(bytes: &[u8]) -> SerializedFileReader<File> {
        let scratch = Scratch::new("parquet");
        let path = scratch.path().join("t.parquet");
        std::fs::write(&path, bytes).expect("written");
        SerializedFileReader::new(File::open(&path).expect("a file")).expect("Parquet")
    }

    /// Column names and values as the crate's own record reader sees them.
    fn read(bytes: &[u8]) -> Vec<Vec<(String, Field)>> {
        let reader = open(bytes);
        let rows = reader.get_row_iter(None).expect("rows");
        rows.map(|row| row.expect("a row").into_columns()).collect()
    }

    fn expected(table: &Table, row: usize) -> Vec<(String, Field)> {
        let field = |column: &TableColumn| match Cell::of(&column.values, row) {
            Cell::Missing => Field::Null,
            Cell::Number(number) => Field::Double(number),
            Cell::Text(text) => Field::Str(text.to_owned()),
            Cell::Day(date) => Field::Date(divisor_model::day_of(date)),
            Cell::Integer(integer) => Field::Long(integer),
            Cell::Flag(flag) => Field::Bool(flag),
        };
        table
            .columns
            .iter()
            .map(|column| (column.name.clone(), field(column)))
            .collect()
    }

    /// 20,000 rows: several batches and pages, compressed, nulls in runs and alone.
    fn large() -> Table {
        let rows = 20_000_usize;
        let mut text = TextBuilder::with_capacity(rows);
        let mut unique = TextBuilder::with_capacity(rows);
        for row in 0..rows {
            text.push((row % 7 != 0).then(|| ["passed", "failed", "n/a"][row % 3]));
            unique.push(
                (!(9_000..=18_000).contains(&row))
                    .then(|| format!("value {row}"))
                    .as_deref(),
            );
        }
        let number = |row: usize| {
            if row.is_multiple_of(5) {
                f64::NAN
            } else {
                1.0 / (row as f64)
            }
        };
        let day = |row: usize| {
            if row % 11 == 3 {
                DAY_MISSING
            } else {
                19_000 + (row % 200) as i32
            }
        };
        Table::new("large")
            .with("score.quality", Values::Number((0..rows).map(number).collect()))
            .with("outcome", Values::Text(text.finish()))
            .with("unique", Values::Text(unique.finish()))
            .with("known_on", Values::Day((0..rows).map(day).collect()))
            .with(
                "step",
                Values::Integer((0..rows).map(|row| (row % 9 != 8).then_some(row as i64)).collect()),
            )
            .with(
                "flag",
                Values::Flag((0..rows).map(|row| (row % 4 != 1).then_some(row % 3 == 0)).collect()),
            )
    }

    #[test]
    fn a_small_table_reads_back() {
        let read = read(&to_parquet(&sample(), &[]).expect("bytes"));
        let field = |row: usize, column: usize| &read[row][column].1;
        assert_eq!(read.len(), 4);
        assert_eq!(read[0][1].0, "a weight");
        assert_eq!((field(0, 0), field(1, 0)), (&Field::Str("Plain".into()), &Field::Null));
        assert_eq!(field(2, 0), &Field::Str("Says \"a, b\"\nthen é".into()));
        assert_eq!(field(3, 0), &Field::Str(String::new()));
        assert_eq!((field(0, 1), field(2, 1)), (&Field::Double(0.1 + 0.2), &Field::Null));
        assert_eq!((field(0, 2), field(3, 2)), (&Field::Null, &Field::Date(-1)));
        assert_eq!(field(2, 2), &Field::Date(19_723));
        assert_eq!(
            date_of(19_723).map(|date| date.to_string()).as_deref(),
            Some("2024-01-01")
        );
        assert_eq!((field(0, 3), field(1, 3)), (&Field::Long(i64::MAX), &Field::Null));
        assert_eq!((field(1, 4), field(2, 4)), (&Field::Bool(false), &Field::Null));
    }

    #[test]
    fn a_large_table_reads_back() {
        let table = large();
        let read = read(&to_parquet(&table, &[]).expect("bytes"));
        assert_eq!(read.len(), table.rows());
        for (row, fields) in read.iter().enumerate() {
            assert_eq!(fields, &expected(&table, row), "row {row}");
        }
    }

    #[test]
    fn more_rows_than_a_row_group_holds() {
        let rows = ROW_GROUP_ROWS + 3;
        let table = Table::new("long").with("flag", Values::Flag((0..rows).map(|row| Some(row % 2 == 0)).collect()));
        let reader = open(&to_parquet(&table, &[]).expect("bytes"));
        let groups = reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows);
        assert_eq!(groups.collect::<Vec<_>>(), [1 << 20, 3]);
        let last = reader.get_row_group(1).expect("a group");
        let flags = last
            .get_row_iter(None)
            .expect("rows")
            .map(|row| row.expect("a row").into_columns().remove(0).1);
        assert_eq!(flags.collect::<Vec<_>>(), [true, false, true].map(Field::Bool));
    }

    #[test]
    fn types_encodings_and_statistics() {
        let reader = open(&to_parquet(&large(), &[]).expect("bytes"));
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let types = schema
            .columns()
            .iter()
            .map(|column| (column.physical_type(), column.logical_type_ref().cloned()));
        let expected = [
            (Physical::DOUBLE, None),
            (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            (Physical::INT32, Some(LogicalType::Date)),
            (Physical::INT64, None),
            (Physical::BOOLEAN, None),
        ];
        assert_eq!(types.collect::<Vec<_>>(), expected);
        let columns = reader.metadata().row_group(0).columns();
        let has_dictionary = |at: usize| {
            columns[at]
                .encodings()
                .any(|encoding| encoding == Encoding::RLE_DICTIONARY)
        };
        assert_eq!([0, 1, 2, 3, 4].map(has_dictionary), [false, true, true, true, false]);
        assert!(
            columns
                .iter()
                .all(|column| matches!(column.compression(), Compression::ZSTD(_)))
        );
        let Some(Statistics::Double(numbers)) = columns[0].statistics() else {
            panic!("no statistics")
        };
        assert_eq!(numbers.null_count_opt(), Some(4_000));
        assert_eq!(
            (numbers.min_opt(), numbers.max_opt()),
            (Some(&(1.0 / 19_999.0)), Some(&1.0))
        );
    }

    #[test]
    fn no_rows_and_no_columns_are_valid_files() {
        let empty = Table::new("empty")
            .with("x", Values::Number(vec![]))
            .with("d", Values::Day(vec![]));
        let reader = open(&to_parquet(&empty, &[]).expect("bytes"));
        let file = reader.metadata().file_metadata();
        assert_eq!((file.num_rows(), file.schema_descr().num_columns()), (0, 2));
        assert_eq!(file.schema_descr().column(1).name(), "d");
        assert!(read(&to_parquet(&Table::new("none"), &[]).expect("bytes")).is_empty());
    }

    #[test]
    fn equal_tables_give_equal_bytes_and_no_version() {
        let metadata = [("schema", "1"), ("index_id", "world-quality")];
        let bytes = to_parquet(&large(), &metadata).expect("bytes");
        assert_eq!(bytes, to_parquet(&large(), &metadata).expect("bytes"));
        let reader = open(&bytes);
        let file = reader.metadata().file_metadata();
        assert_eq!(file.created_by(), Some("divisor"));
        let pairs = file.key_value_metadata().expect("metadata").iter();
        let pairs: Vec<_> = pairs.map(|pair| (pair.key.as_str(), pair.value.as_deref())).collect();
        assert_eq!(pairs, [("schema", Some("1")), ("index_id", Some("world-quality"))]);
    }

    #[test]
    fn a_long_dictionary_gives_the_bytes_of_a_short_one() {
        let mut text = TextBuilder::default();
        (0..100).for_each(|code| {
            text.intern(&format!("unused {code}"));
        });
        let mut short = TextBuilder::default();
        for value in [Some("b"), None, Some("a"), Some("b")] {
            text.push(value);
            short.push(value);
        }
        let bytes = |text: TextBuilder| to_parquet(&Table::new("t").with("x", Values::Text(text.finish())), &[]);
        assert_eq!(bytes(text).expect("bytes"), bytes(short).expect("bytes"));
    }

    #[test]
    fn unequal_columns_are_an_error() {
        let mut table = sample();
        table.columns[3].values = Values::Integer(vec![Some(1)]);
        let error = to_parquet(&table, &[]).expect_err("too short").to_string();
        assert_eq!(error, "cannot write sample: column `count` has 1 rows, the first one 4");
    }
}
