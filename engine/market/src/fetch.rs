//! Parquet files read by their parts: the footer, then the column chunks a run needs and no byte between them.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use divisor_model::DayRanges;
use polars::io::parquet::metadata::FileMetadataRef;
use polars::prelude::{ArrowSchema, DataFrame, ParallelStrategy, ParquetReader, SerReader};

/// Length of the footer's length and of the magic number after it.
const TAIL_BYTES: u64 = 8;

static BYTES_READ: AtomicU64 = AtomicU64::new(0);

/// Bytes this process has read from Parquet files, footers included.
pub fn bytes_read() -> u64 {
    BYTES_READ.load(Ordering::Relaxed)
}

/// A Parquet file of which the footer was read.
pub(crate) struct ParquetFile {
    file: File,
    length: u64,
    metadata: FileMetadataRef,
}

impl ParquetFile {
    /// Opens a file and reads its footer.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let words = |error: std::io::Error| error.to_string();
        let file = File::open(path).map_err(words)?;
        let length = file.metadata().map_err(words)?.len();
        let footer = footer(&file, length).map_err(words)?;
        let metadata = ParquetReader::new(Cursor::new(footer)).get_metadata().cloned();
        Ok(Self {
            file,
            length,
            metadata: metadata.map_err(|error| first_line(&error.to_string()))?,
        })
    }

    /// Names and types of its columns.
    pub(crate) fn schema(&self) -> Result<Arc<ArrowSchema>, String> {
        let mut reader = ParquetReader::new(Cursor::new([]));
        reader.set_metadata(Arc::clone(&self.metadata));
        reader.schema().map_err(|error| first_line(&error.to_string()))
    }

    /// All its row groups.
    pub(crate) fn groups(&self) -> Vec<usize> {
        (0..self.metadata.row_groups.len()).collect()
    }

    /// Rows of a row group.
    pub(crate) fn rows(&self, group: usize) -> usize {
        self.metadata.row_groups[group].num_rows()
    }

    /// The position in the file of a group's first row.
    pub(crate) fn first_row(&self, group: usize) -> usize {
        (0..group).map(|before| self.rows(before)).sum()
    }

    /// The row groups that may have a row of these days, or one without a day, by the statistics of a date column.
    pub(crate) fn groups_on(&self, column: &str, days: &DayRanges) -> Vec<usize> {
        let may_have = |group: &usize| {
            self.day_bounds(*group, column)
                .is_none_or(|(first, last)| days.overlaps(first, last))
        };
        self.groups().into_iter().filter(may_have).collect()
    }

    /// First and last day of a row group, where its statistics tell them and that no row is without a day.
    fn day_bounds(&self, group: usize, column: &str) -> Option<(i32, i32)> {
        let chunk = self.metadata.row_groups[group]
            .columns_under_root_iter(column)?
            .next()?;
        let statistics = chunk.statistics(&self.metadata.footer_buf)?.ok()?;
        let days = statistics.as_int32().filter(|days| days.null_count == Some(0))?;
        Some((days.min_value?, days.max_value?))
    }

    /// Bytes that columns take in row groups.
    pub(crate) fn column_bytes(&self, columns: &[&str], groups: &[usize]) -> u64 {
        let ranges = groups.iter().flat_map(|group| self.chunks(*group, columns));
        ranges.map(|range| range.end - range.start).sum()
    }

    /// Where columns lie in a row group.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "Polars does not export the type of a chunk"
    )]
    fn chunks<'a>(&'a self, group: usize, columns: &'a [&str]) -> impl Iterator<Item = Range<u64>> + 'a {
        let group = &self.metadata.row_groups[group];
        let chunks = columns
            .iter()
            .filter_map(|name| group.columns_under_root_iter(name))
            .flatten();
        chunks.map(|chunk| chunk.byte_range())
    }

    /// Reads columns, which must be there, of row groups.
    pub(crate) fn read(
        &self,
        columns: &[&str],
        groups: &[usize],
        strategy: ParallelStrategy,
    ) -> Result<DataFrame, String> {
        let bytes = self.fetch(groups.iter().flat_map(|group| self.chunks(*group, columns)))?;
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        reader.set_metadata(self.metadata_of(groups));
        // Joining chunks waits for Polars' threads. Ours would take up the next file meanwhile, and the one after that,
        // with all of them in memory: who reads on one thread gets the chunks as they are.
        let reader = reader
            .with_columns(Some(columns.iter().map(|name| (*name).to_owned()).collect()))
            .set_rechunk(strategy != ParallelStrategy::None)
            .read_parallel(strategy);
        reader.finish().map_err(|error| first_line(&error.to_string()))
    }

    /// The metadata of a file that had only these row groups.
    fn metadata_of(&self, groups: &[usize]) -> FileMetadataRef {
        if groups.len() == self.metadata.row_groups.len() {
            return Arc::clone(&self.metadata);
        }
        let mut metadata = (*self.metadata).clone();
        metadata.row_groups = groups
            .iter()
            .map(|group| self.metadata.row_groups[*group].clone())
            .collect();
        metadata.num_rows = groups.iter().map(|group| self.rows(*group)).sum();
        Arc::new(metadata)
    }

    /// The file with only these ranges filled. The system gives no memory to the zeros that nobody touches.
    fn fetch(&self, ranges: impl Iterator<Item = Range<u64>>) -> Result<Vec<u8>, String> {
        let mut joined: Vec<Range<u64>> = Vec::new();
        let mut sorted: Vec<Range<u64>> = ranges.collect();
        sorted.sort_unstable_by_key(|range| (range.start, range.end));
        for range in sorted {
            if range.end > self.length || range.start > range.end {
                return Err("the file is damaged: a column reaches beyond its end".to_owned());
            }
            match joined.last_mut() {
                Some(before) if range.start <= before.end => before.end = before.end.max(range.end),
                _ => joined.push(range),
            }
        }
        let mut bytes = vec![0; self.length as usize];
        for range in joined {
            let target = &mut bytes[range.start as usize..range.end as usize];
            read_at(&self.file, range.start, target).map_err(|error| error.to_string())?;
        }
        Ok(bytes)
    }
}

/// The end of a file from the start of its footer on; the whole of one that can have no footer, so that the decoder says
/// what is wrong with it.
fn footer(file: &File, length: u64) -> std::io::Result<Vec<u8>> {
    let mut tail = [0; TAIL_BYTES as usize];
    let mut start = 0;
    if length >= TAIL_BYTES {
        read_at(file, length - TAIL_BYTES, &mut tail)?;
        let [a, b, c, d, ..] = tail;
        let of_footer = u64::from(u32::from_le_bytes([a, b, c, d])) + TAIL_BYTES;
        // Magic numbers at both ends: a file of 12 bytes is the shortest.
        let is_there = &tail[4..] == b"PAR1" && of_footer + 4 <= length;
        start = if is_there { length - of_footer.max(12) } else { 0 };
    }
    let mut bytes = vec![0; (length - start) as usize];
    read_at(file, start, &mut bytes)?;
    Ok(bytes)
}

fn read_at(mut file: &File, start: u64, target: &mut [u8]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(target)?;
    BYTES_READ.fetch_add(target.len() as u64, Ordering::Relaxed);
    Ok(())
}

/// The first line of a message: the decoder's go on with hints for its own users.
pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
