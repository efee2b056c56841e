//! Daily closes and volumes, point in time, packed: a run over forty years may need 10⁸ of them at once.

use crate::packed::{pack_integers, pack_numbers, unpack_integers, unpack_numbers};
use crate::{Day, SecurityIndex};

/// Most rows of a block: what is unpacked to look at one day.
const BLOCK_ROWS_MAX: usize = 512;

/// Which columns were landed, of `close`, `close_total_return` and `volume`.
pub type PriceColumns = [bool; 3];

/// Daily rows of all securities. The rows are private: there is no way to a price but through a cut-off.
#[derive(Debug, Default)]
pub struct Prices {
    parts: Vec<PricePart>,
    /// Start of the blocks of each security in `blocks`, plus the end.
    offsets: Vec<usize>,
    /// Part and block, by security and day.
    blocks: Vec<(u32, u32)>,
    rows: usize,
}

/// Packed rows as one file or one thread landed them.
#[derive(Debug, Default)]
pub struct PricePart {
    columns: PriceColumns,
    blocks: Vec<Block>,
    bytes: Vec<u8>,
}

/// Rows of one security, ascending by day.
#[derive(Debug, Clone, Copy)]
struct Block {
    security: SecurityIndex,
    first: Day,
    last: Day,
    rows: u32,
    /// Where its days lie: most blocks of a file have the same ones, and share them.
    days_at: usize,
    /// Where its columns lie, those landed.
    columns_at: [usize; 3],
}

/// The rows of one security in a range of days. Columns that were not landed are empty; missing values are NaN.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PriceRows {
    /// Days, ascending.
    pub day: Vec<Day>,
    /// Split-adjusted close in the security's currency.
    pub close: Vec<f64>,
    /// The same with dividends reinvested.
    pub close_total_return: Vec<f64>,
    /// Shares traded, on the split basis of `close`.
    pub volume: Vec<f64>,
}

/// [`PriceRows`], lent.
#[derive(Debug, Clone, Copy)]
pub struct PriceSlice<'a> {
    /// Days, ascending.
    pub day: &'a [Day],
    /// Split-adjusted close in the security's currency.
    pub close: &'a [f64],
    /// The same with dividends reinvested.
    pub close_total_return: &'a [f64],
    /// Shares traded, on the split basis of `close`.
    pub volume: &'a [f64],
}

impl PricePart {
    /// A part for rows with these columns.
    pub fn new(columns: PriceColumns) -> Self {
        Self {
            columns,
            ..Self::default()
        }
    }

    /// Appends rows of one security, ascending by day.
    ///
    /// # Panics
    /// If a landed column has another length than `day`: a fault of the reader.
    pub fn push(&mut self, security: SecurityIndex, rows: PriceSlice<'_>) {
        let columns = [rows.close, rows.close_total_return, rows.volume];
        for (column, landed) in columns.iter().zip(self.columns) {
            assert!(
                !landed || column.len() == rows.day.len(),
                "a price column has another length"
            );
        }
        for start in (0..rows.day.len()).step_by(BLOCK_ROWS_MAX) {
            let end = rows.day.len().min(start + BLOCK_ROWS_MAX);
            self.push_block(security, &rows.day[start..end], columns, start..end);
        }
    }

    fn push_block(
        &mut self,
        security: SecurityIndex,
        days: &[Day],
        columns: [&[f64]; 3],
        rows: std::ops::Range<usize>,
    ) {
        let integers: Vec<i64> = days.iter().map(|day| i64::from(*day)).collect();
        let start = self.bytes.len();
        pack_integers(&integers, &mut self.bytes);
        let mut days_at = start;
        if let Some(last) = self.blocks.last().filter(|last| last.rows as usize == days.len()) {
            let length = self.bytes.len() - start;
            if self.bytes[last.days_at..last.days_at + length] == self.bytes[start..] {
                self.bytes.truncate(start);
                days_at = last.days_at;
            }
        }
        let mut columns_at = [0; 3];
        for (at, column) in columns.into_iter().enumerate().filter(|(at, _)| self.columns[*at]) {
            columns_at[at] = self.bytes.len();
            pack_numbers(&column[rows.clone()], &mut self.bytes);
        }
        self.blocks.push(Block {
            security,
            first: days[0],
            last: days[days.len() - 1],
            rows: days.len() as u32,
            days_at,
            columns_at,
        });
    }

    /// Gives back the memory that only growing needed.
    pub fn shrink(&mut self) {
        self.blocks.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }

    /// Security, first and last day of each block.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = (SecurityIndex, Day, Day)> + '_ {
        self.blocks
            .iter()
            .map(|block| (block.security, block.first, block.last))
    }

    /// The rows of a block, by its position in [`PricePart::blocks`].
    pub fn rows(&self, block: usize) -> PriceRows {
        let mut rows = PriceRows::default();
        self.unpack(&self.blocks[block], &mut rows);
        rows
    }

    fn unpack(&self, block: &Block, rows: &mut PriceRows) {
        let count = block.rows as usize;
        unpack_integers(&self.bytes[block.days_at..], count, |day| rows.day.push(day as Day));
        let columns = [&mut rows.close, &mut rows.close_total_return, &mut rows.volume];
        for (at, column) in columns.into_iter().enumerate().filter(|(at, _)| self.columns[*at]) {
            unpack_numbers(&self.bytes[block.columns_at[at]..], count, column);
        }
    }
}

impl Prices {
    /// Joins parts. `order` has the part and the block of each security's rows, by security and day; blocks it leaves
    /// out are not there. Blocks of a security must not overlap in days.
    pub fn new(parts: Vec<PricePart>, order: Vec<(u32, u32)>, securities: usize) -> Self {
        let mut offsets = vec![0; securities + 1];
        let mut rows = 0;
        for (part, block) in &order {
            let block = &parts[*part as usize].blocks[*block as usize];
            offsets[block.security as usize + 1] += 1;
            rows += block.rows as usize;
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        Self {
            parts,
            offsets,
            blocks: order,
            rows,
        }
    }

    /// How many rows were landed.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether no row was landed.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// How many bytes the rows take in memory.
    pub fn packed_bytes(&self) -> usize {
        let part = |part: &PricePart| part.bytes.len() + size_of_val(&part.blocks[..]);
        self.parts.iter().map(part).sum::<usize>() + size_of_val(&self.blocks[..])
    }

    /// The rows of a security dated from one day to the cut-off, both included.
    pub fn between(&self, security: SecurityIndex, from: Day, cutoff: Day) -> PriceRows {
        let mut rows = PriceRows::default();
        let at = security as usize;
        let own = match (self.offsets.get(at), self.offsets.get(at + 1)) {
            (Some(start), Some(end)) => &self.blocks[*start..*end],
            _ => &[],
        };
        let block = |(part, block): &(u32, u32)| &self.parts[*part as usize].blocks[*block as usize];
        let start = own.partition_point(|place| block(place).last < from);
        for place in own[start..].iter().take_while(|place| block(place).first <= cutoff) {
            self.parts[place.0 as usize].unpack(block(place), &mut rows);
        }
        rows.trim(from, cutoff);
        rows
    }
}

impl PriceRows {
    /// The rows as slices.
    pub fn slice(&self) -> PriceSlice<'_> {
        PriceSlice {
            day: &self.day,
            close: &self.close,
            close_total_return: &self.close_total_return,
            volume: &self.volume,
        }
    }

    fn trim(&mut self, from: Day, until: Day) {
        let start = self.day.partition_point(|day| *day < from);
        let end = self.day.partition_point(|day| *day <= until).max(start);
        self.day.truncate(end);
        self.day.drain(..start);
        for column in [&mut self.close, &mut self.close_total_return, &mut self.volume] {
            if !column.is_empty() {
                column.truncate(end);
                column.drain(..start);
            }
        }
    }
}

impl PriceSlice<'_> {
    /// The last present value of `column` on or before `day` and at most `days_max` calendar days older, with its day.
    /// `column` is one of this slice's.
    pub fn value_at(&self, column: &[f64], day: Day, days_max: Day) -> Option<(Day, f64)> {
        if column.is_empty() {
            return None;
        }
        let end = self.day.partition_point(|seen| *seen <= day);
        let recent = (0..end).rev().take_while(|at| self.day[*at] >= day - days_max);
        recent
            .map(|at| (self.day[at], column[at]))
            .find(|(_, value)| !value.is_nan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of securities in as many parts.
    fn prices(rows: &[(SecurityIndex, &[Day], &[f64])]) -> Prices {
        let part = |(security, day, close): &(SecurityIndex, &[Day], &[f64])| {
            let mut part = PricePart::new([true, false, false]);
            let (close_total_return, volume) = (&[][..], &[][..]);
            part.push(
                *security,
                PriceSlice {
                    day,
                    close,
                    close_total_return,
                    volume,
                },
            );
            part
        };
        let parts: Vec<PricePart> = rows.iter().map(part).collect();
        let blocks = parts.iter().enumerate().flat_map(|(at, part)| {
            let count = part.blocks().count() as u32;
            (0..count).map(move |block| (at as u32, block))
        });
        let order = blocks.collect();
        Prices::new(parts, order, 4)
    }

    #[test]
    fn a_close_is_the_last_present_one_not_too_old() {
        let prices = prices(&[(1, &[10, 11, 12, 40], &[1.0, 2.0, f64::NAN, 4.0])]);
        let rows = prices.between(1, Day::MIN, 39);
        let slice = rows.slice();
        assert_eq!(slice.day, [10, 11, 12]);
        assert_eq!(slice.value_at(slice.close, 15, 10), Some((11, 2.0)));
        assert_eq!(slice.value_at(slice.close, 21, 10), Some((11, 2.0)));
        assert_eq!(slice.value_at(slice.close, 22, 10), None);
        assert_eq!(slice.value_at(slice.close_total_return, 15, 10), None);
        assert!(prices.between(0, 0, 100).day.is_empty());
        assert!(prices.between(7, 0, 100).day.is_empty());
    }

    #[test]
    fn windows_are_cut_out_of_many_blocks() {
        let days: Vec<Day> = (0..3000).map(|at| at * 2).collect();
        let closes: Vec<f64> = (0..3000).map(|at| f64::from(at % 97) * 0.25).collect();
        let prices = prices(&[
            (0, &days, &closes),
            (2, &days[..700], &closes[..700]),
            (2, &days[900..], &closes[900..]),
        ]);
        assert_eq!(prices.len(), 3000 + 700 + 2100);
        for (from, until) in [
            (0, 5998),
            (1, 1),
            (1023, 1025),
            (-5, 3),
            (1390, 1815),
            (5998, 9000),
            (40, 39),
        ] {
            for security in [0, 2] {
                let kept = |at: &usize| {
                    let in_window = (from..=until).contains(&days[*at]);
                    in_window && (security == 0 || !(700..900).contains(at))
                };
                let expected: Vec<usize> = (0..3000).filter(kept).collect();
                let rows = prices.between(security, from, until);
                assert_eq!(rows.day, expected.iter().map(|at| days[*at]).collect::<Vec<_>>());
                assert_eq!(rows.close, expected.iter().map(|at| closes[*at]).collect::<Vec<_>>());
                assert!(rows.volume.is_empty());
            }
        }
        // Differences of days take a byte, those of these closes two; plain columns would take twelve.
        assert!(prices.packed_bytes() < 4 * prices.len(), "{}", prices.packed_bytes());
    }
}
