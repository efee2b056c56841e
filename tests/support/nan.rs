//! NaN in Parquet files. The engine's own writer turns NaN into null, so a number that no data has is written first and
//! its bytes are replaced.

use std::path::Path;

/// Stands for NaN until [`write_nans`].
pub(crate) const MARK: f64 = 7.123_456_789_012_345e77;

/// Replaces the mark in a file; it must be there in plain bytes, which it is where it is the only value of a column or
/// one of few.
pub(crate) fn write_nans(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let mark = MARK.to_le_bytes();
    let found: Vec<usize> = (0..bytes.len() - 8).filter(|at| bytes[*at..*at + 8] == mark).collect();
    assert!(!found.is_empty(), "the mark is compressed away in {}", path.display());
    for at in found {
        bytes[at..at + 8].copy_from_slice(&f64::NAN.to_le_bytes());
    }
    std::fs::write(path, bytes).unwrap();
}
