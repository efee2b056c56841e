//! Fixed-order kernels on `&[f64]`: sums, moments, quantiles, standardising, ranks, slopes, buffers, [`limits`],
//! [`capping`] and dense [`linear`] algebra.
//!
//! Every result depends on the values and their order alone: no threads, no hash order, no CPU dispatch, no platform
//! mathematics. Missing is NaN; each function says what it does with it. Rows come in security order, so that "by row"
//! is the last, total tie-break everywhere.

mod blend;
mod buffer;
pub mod capping;
pub mod limits;
pub mod linear;
mod moments;
mod narrow;
mod quantile;
mod rank;
mod regression;
mod robust;
mod score_map;
mod standardise;
mod sum;
mod truncate;

pub use blend::{Blend, blend};
pub use buffer::{Verdict, select_top, select_top_by_quota};
pub use moments::{Deviation, mean, stdev, weighted_mean};
pub use narrow::Heads;
pub use quantile::{QuantileMethod, quantile, quantiles};
pub use rank::{Preference, RankKey, order_rows_by};
pub use regression::slope;
pub use robust::{median, median_and_deviation};
pub use score_map::{ascending_ranks, exponential, normal_cdf, percentile_ranks, raised};
pub use standardise::{clip, one_plus_z, winsorise, zscores_into};
pub use sum::{dot, sum, sum_iter};
pub use truncate::{Truncated, Truncation, truncate};
