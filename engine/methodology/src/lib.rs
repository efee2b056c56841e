//! The methodology language: TOML text → [`Source`] → draft (what the analyst wrote) → [`Methodology`] (checked,
//! defaulted, hashable). Places are kept, every mistake is reported at once. Knows nothing of Parquet or solvers.

mod advice;
mod buffer;
mod catalogue;
mod check;
mod codes;
mod columns;
mod diff;
mod draft;
mod family;
mod format;
mod formula;
mod line;
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
mod stop_bound;
mod syntax;
mod walk;

pub use catalogue::{CANDIDATE_COLUMNS, Catalogue};
pub use check::{compile, rounded, stepped};
pub use codes::explain_code;
pub use diff::{Compiled, Difference, Effect, SectionDifference, diff};
pub use family::{Edition, ReadText};
pub use format::format;
pub use formula::{
    BinaryOp, Expr, ExprKind, Function, FunctionKind, Named, Options, Record, Relative, ResultUnit, SeriesPeriod,
    Takes, Type, UnaryOp, Window, WindowUnit,
};
pub use line::Line;
pub use methodology::{
    Amount, Bound, Bounds, Buffer, BufferEnd, Centre, Combine, Concentration, Constraint, ConstraintOn, Crossing, Cut,
    CutoffDates, CutoffRules, DateOverride, DayAnchor, DayRule, Deviation, Distance, Drop, DropLight, EmptyGroup,
    Estimation, Expectation, ExposureDates, Frequency, Groups, InForce, Index, LastResort, Level, Limit, LimitOn,
    Measure, MeasureMissing, Measures, Methodology, Missing, Narrow, NarrowEnd, NarrowOrder, NoRisk, Objective,
    Optimised, Over, Parent, Part, Pick, Prefer, Quantile, Quantity, Quota, Redistribute, RelaxedRule, Restandardize,
    ReviewRules, Reweight, RiskMethod, RiskModel, RiskSource, RoundCrossing, RoundSize, Rounding, Rung, Score, Screen,
    ScreenTest, Select, Setting, ShrinkageTarget, SignMeans, Small, SmallGroup, SmallestGroup, Spread, Step, Stop,
    StopOn, TestPublication, TestRow, TestTable, TestValue, Tie, Tilt, TiltBase, TiltMap, Top, TopSize, TrancheSize,
    Tranches, Truncate, TurnoverLimit, TurnoverMeasure, Unfinished, Unreachable, Variable, Weight, WeightScheme,
    Winsorize,
};
pub use names::closest;
pub use prose::{ProseRule, ProseSection, explain, functions, to_markdown, to_text};
pub use schema::json_schema;
pub use source::Source;
