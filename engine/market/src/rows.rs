//! Shared by the readers of the tables behind the snapshots: files to frames, ids to indexes, defects.

use std::collections::HashMap;
use std::path::Path;

use divisor_model::{Date, Day, Defect, Problem, Securities, SecurityIndex, date_of};
use polars::prelude::DataFrame;

use crate::contract::expected_kind_in;
use crate::dataset::Dataset;
use crate::dated::Dated;
use crate::frame::{ColumnKind, FileFrame, kind_of, read_frame};
use crate::identifiers::{Carrier, Carriers, Unresolved};

/// One file of a table, read and checked for types.
pub(crate) struct File {
    pub(crate) label: String,
    pub(crate) frame: DataFrame,
}

/// Collects the defects of one table.
pub(crate) struct Faults {
    table: &'static str,
    pub(crate) defects: Vec<Defect>,
}

impl Faults {
    pub(crate) fn new(table: &'static str) -> Self {
        Self {
            table,
            defects: Vec::new(),
        }
    }

    /// A defect of a whole file, known from `known_on`.
    pub(crate) fn file(&mut self, file: &str, column: &str, known_on: Day, problem: Problem) {
        self.keyed(file, column, known_on, (None, String::new()), problem);
    }

    /// A row of which nobody can tell whose it is, or of which day: it may be any that the file can hold from
    /// `known_on` on.
    pub(crate) fn keyless(&mut self, file: &str, column: &str, known_on: Day, row: usize) {
        let key = format!("row {}", row + 1);
        self.keyed(file, column, known_on, (None, key), Problem::MissingValue);
    }

    /// A defect of one row.
    pub(crate) fn row(
        &mut self,
        file: &str,
        column: &str,
        known_on: Day,
        (security, key): (SecurityIndex, String),
        problem: Problem,
    ) {
        self.keyed(file, column, known_on, (Some(security), key), problem);
    }

    /// A defect of what has this key, and of a security where it is one's.
    pub(crate) fn keyed(
        &mut self,
        file: &str,
        column: &str,
        known_on: Day,
        (security, key): (Option<SecurityIndex>, String),
        problem: Problem,
    ) {
        self.defects.push(Defect {
            table: self.table,
            file: file.to_owned(),
            column: column.to_owned(),
            known_on,
            security,
            key,
            problem,
        });
    }
}

/// Reads a file's columns and checks that the required ones, of which the first is its key, are there and all have their
/// types. `from` is the earliest day the file can hold: what is wrong with the file stops reviews from then on.
pub(crate) fn read_file(
    dataset: &Dataset,
    path: &Path,
    required: &[&str],
    columns: &[&str],
    from: Day,
    faults: &mut Faults,
) -> Option<File> {
    let label = dataset.label(path);
    let FileFrame { frame, unusable } = match read_frame(path, columns, true) {
        Ok(read) => read,
        Err(reason) => {
            faults.file(&label, "", from, Problem::Unreadable(reason));
            return None;
        }
    };
    let sound = is_sound(&frame, &unusable, required, (&label, from), faults);
    sound.then_some(File { label, frame })
}

/// Whether a file's required columns are there and all have their types; what is wrong becomes a defect. The first of the
/// required ones says whose a row is.
pub(crate) fn is_sound(
    frame: &DataFrame,
    unusable: &[String],
    required: &[&str],
    (label, from): (&str, Day),
    faults: &mut Faults,
) -> bool {
    let expected = |table: &str, name: &str| {
        // A table may be keyed by any scheme of identifiers.
        let is_key = required.first() == Some(&name);
        let standard = expected_kind_in(table, name).unwrap_or(ColumnKind::Number);
        if is_key { ColumnKind::Text } else { standard }
    };
    let mut sound = true;
    for name in unusable {
        let problem = Problem::WrongType(
            expected(faults.table, name).words(),
            ColumnKind::Other.words().to_owned(),
        );
        faults.file(label, name, from, problem);
        sound = false;
    }
    for name in required {
        if frame.column(name).is_err() && !unusable.iter().any(|known| known == name) {
            faults.file(label, name, from, Problem::MissingColumn);
            sound = false;
        }
    }
    for column in frame.columns() {
        let found = kind_of(column);
        let expected = expected(faults.table, column.name());
        if found != expected {
            let problem = Problem::WrongType(expected.words(), found.words().to_owned());
            faults.file(label, column.name(), from, problem);
            sound = false;
        }
    }
    sound
}

/// Finds whose a row is: by its `security_id`, or by who carried its identifier on its day. A run of equal ids costs one
/// look-up.
pub(crate) struct Keys<'a> {
    table: &'static str,
    /// The column that has them.
    pub(crate) column: &'a str,
    lookup: Lookup<'a>,
    unresolved: Unresolved,
}

enum Lookup<'a> {
    Ids {
        all: HashMap<&'a str, SecurityIndex>,
        last: Option<(String, Option<SecurityIndex>)>,
    },
    Identifiers(Carriers<'a>),
}

impl<'a> Keys<'a> {
    pub(crate) fn new(dataset: &'a Dataset, table: &'static str, securities: &'a Securities, dated: &'a Dated) -> Self {
        let column = dataset.info.key_column(table);
        let lookup = if column == "security_id" {
            Lookup::Ids {
                all: securities.lookup(),
                last: None,
            }
        } else {
            Lookup::Identifiers(Carriers::new(&dated.identifiers, column, securities))
        };
        Self {
            table,
            column,
            lookup,
            unresolved: Unresolved::default(),
        }
    }

    /// Whether whose a row is depends on its day.
    pub(crate) fn are_dated(&self) -> bool {
        matches!(self.lookup, Lookup::Identifiers(_))
    }

    /// The security of a row of a day that was known on another, if it is one of the run's.
    pub(crate) fn index(&mut self, id: &str, day: Day, known_on: Day) -> Option<SecurityIndex> {
        match &mut self.lookup {
            Lookup::Ids { all, last } => {
                if let Some((last, index)) = last
                    && last == id
                {
                    return *index;
                }
                let index = all.get(id).copied();
                *last = Some((id.to_owned(), index));
                index
            }
            Lookup::Identifiers(carriers) => match carriers.on(id, day, known_on) {
                Carrier::Security(security) => Some(security),
                Carrier::Other => None,
                Carrier::Unknown => {
                    self.unresolved.push(id, day);
                    None
                }
            },
        }
    }

    /// What nobody carried; nothing for a table keyed by `security_id`.
    pub(crate) fn finish(self) -> Option<(&'static str, Unresolved)> {
        self.are_dated().then_some((self.table, self.unresolved))
    }
}

/// A day for a message.
pub(crate) fn day_text(day: Day) -> String {
    date_of(day).map_or_else(|| "null".to_owned(), |date: Date| date.to_string())
}

/// The rows whose value passes a test, ascending.
pub(crate) fn rows_where<T>(values: &[T], test: impl Fn(&T) -> bool) -> Vec<usize> {
    // Mostly none does, which one pass without branches tells.
    if !values.iter().fold(false, |some, value| some | test(value)) {
        return Vec::new();
    }
    // Every row is written and only such are kept: a branch would be guessed wrong too often.
    let mut found = vec![0; values.len()];
    let mut count = 0;
    for (row, value) in values.iter().enumerate() {
        found[count] = row;
        count += usize::from(test(value));
    }
    found.truncate(count);
    found
}
