//! The methodology language: TOML text → [`Source`] → draft (what the analyst wrote) → [`Methodology`] (checked,
//! defaulted, hashable). Places are kept, every mistake is reported at once. Knows nothing of Parquet or solvers.

mod advice;
mod catalogue;
mod check;
mod codes;
mod diff;
mod draft;
mod format;
mod formula;
mod literal;
mod located;
mod methodology;
mod names;
mod numbers;
mod one_or_table;
mod prose;
mod schema;
mod set;
mod source;
mod stand_in;
mod syntax;
mod walk;

pub use catalogue::Catalogue;
pub use check::{compile, rounded};
pub use codes::explain_code;
pub use diff::{Difference, Effect, SectionDifference, diff};
pub use format::format;
pub use formula::{
    BinaryOp, Expr, ExprKind, Function, FunctionKind, Named, Options, Record, Relative, ResultUnit, SeriesPeriod,
    Takes, Type, UnaryOp, Window, WindowUnit,
};
pub use methodology::{
    Bound, Combine, DateOverride, DayAnchor, DayRule, Deviation, EmptyGroup, Expectation, Index, Limit, LimitOn,
    Measure, MeasureMissing, Measures, Methodology, Missing, Over, Parent, Part, Prefer, Quantile, Quantity,
    ReviewRules, Rounding, Score, Screen, Select, Setting, SignMeans, TestPublication, TestRow, TestTable, TestValue,
    Tie, TiltBase, TiltMap, Top, TopSize, Variable, Weight, WeightScheme, Winsorize,
};
pub use names::closest;
pub use prose::{ProseRule, ProseSection, explain, functions, to_markdown, to_text};
pub use schema::json_schema;
pub use source::Source;
