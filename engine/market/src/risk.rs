//! Vendors' risk models: the tables `exposures`, `covariance` and `specific` of `risk/date=YYYY-MM-DD/`, in annual
//! variance. A model is known from the date of its folder on, and is read whole or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use divisor_model::{
    Date, Day, Defect, Problem, RiskModels, RiskTables, Securities, SecurityIndex, TEXT_MISSING, day_of,
};
use divisor_numeric::linear::Spectrum;
use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use crate::MarketError;
use crate::dataset::{Dataset, dated_folders, table_files};
use crate::frame::{numbers, text_codes};
use crate::rows::{Faults, File, read_file};

pub(crate) const TABLE: &str = "risk";

/// One of the three tables: whose or which factors' a row is, and its number.
pub(crate) struct Layout {
    /// Its name among all tables of a dataset.
    pub(crate) table: &'static str,
    name: &'static str,
    pub(crate) keys: &'static [&'static str],
    pub(crate) value: &'static str,
}

const EXPOSURES: Layout = Layout {
    table: "risk/exposures",
    name: "exposures",
    keys: &["security_id", "factor"],
    value: "exposure",
};
const COVARIANCE: Layout = Layout {
    table: "risk/covariance",
    name: "covariance",
    keys: &["factor_a", "factor_b"],
    value: "covariance",
};
const SPECIFIC: Layout = Layout {
    table: "risk/specific",
    name: "specific",
    keys: &["security_id"],
    value: "specific_variance",
};
pub(crate) const LAYOUTS: [Layout; 3] = [EXPOSURES, COVARIANCE, SPECIFIC];

impl Layout {
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        self.keys.iter().copied().chain([self.value]).collect()
    }

    /// Its files in a model.
    pub(crate) fn files<'a>(&self, model: &'a RiskFiles) -> &'a [PathBuf] {
        model.tables.get(self.name).map_or(&[], Vec::as_slice)
    }
}

/// The files of one model, by the name of their table.
#[derive(Debug, Clone, Default)]
pub(crate) struct RiskFiles {
    tables: BTreeMap<&'static str, Vec<PathBuf>>,
}

impl RiskFiles {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.tables.values().flatten()
    }
}

/// The models of a dataset by date.
pub(crate) fn risk_files(root: &Path) -> Result<BTreeMap<Date, RiskFiles>, MarketError> {
    let mut models = BTreeMap::new();
    for (date, folder) in dated_folders(&root.join(TABLE))? {
        let mut files = RiskFiles::default();
        for layout in &LAYOUTS {
            files.tables.insert(layout.name, table_files(&folder, layout.name)?);
        }
        models.insert(date, files);
    }
    Ok(models)
}

/// Reads the models of some dates, as far as they are about these securities.
pub(crate) fn read_risk(
    dataset: &Dataset,
    securities: &Securities,
    dates: &BTreeSet<Date>,
) -> (RiskModels, Vec<Defect>) {
    let lookup = securities.lookup();
    let wanted: Vec<(Date, &RiskFiles)> = dates
        .iter()
        .filter_map(|date| Some((*date, dataset.risk.get(date)?)))
        .collect();
    let read: Vec<_> = wanted
        .into_par_iter()
        .map(|(date, files)| {
            let mut reader = Reader {
                dataset,
                securities,
                lookup: &lookup,
                date,
                faults: Faults::new(TABLE),
            };
            (date, reader.model(files), reader.faults.defects)
        })
        .collect();
    let (mut models, mut defects) = (RiskModels::default(), Vec::new());
    for (date, tables, faults) in read {
        models.insert(date, tables);
        defects.extend(faults);
    }
    (models, defects)
}

/// A row whose keys are numbers: of securities of the run, or of factors.
#[derive(Clone, Copy)]
struct Row {
    keys: (u32, u32),
    value: f64,
    file: usize,
}

struct Reader<'a> {
    dataset: &'a Dataset,
    securities: &'a Securities,
    lookup: &'a HashMap<&'a str, SecurityIndex>,
    date: Date,
    faults: Faults,
}

impl Reader<'_> {
    fn model(&mut self, files: &RiskFiles) -> RiskTables {
        let mut tables = RiskTables::default();
        let before = self.faults.defects.len();
        let (covariances, labels) = self.covariances(COVARIANCE.files(files), &mut tables.factors);
        self.fill_covariance(&covariances, &labels, &mut tables);
        if self.faults.defects.len() == before {
            self.definite(COVARIANCE.files(files), &tables);
        }
        let k = tables.factors.len();
        let has_variance: Vec<bool> = (0..k).map(|at| tables.covariance[at * k + at] > 0.0).collect();
        // What a broken covariance says of factors is no measure of the exposures.
        let judged = (self.faults.defects.len() == before).then_some(has_variance.as_slice());
        tables.exposures = self.exposures(EXPOSURES.files(files), &tables.factors, judged);
        tables.specific = self.specific(SPECIFIC.files(files));
        tables
    }

    fn known_on(&self) -> Day {
        day_of(self.date)
    }

    /// The sound files of a table; one that is not there or has no rows is a defect.
    fn files(&mut self, layout: &Layout, paths: &[PathBuf]) -> Vec<File> {
        let columns = layout.columns();
        let known_on = self.known_on();
        let label = format!("{TABLE}/date={}/{}", self.date, layout.name);
        if paths.is_empty() {
            let reason = "there is no such table".to_owned();
            self.faults.file(&label, "", known_on, Problem::Unreadable(reason));
        }
        let read = |path: &PathBuf| read_file(self.dataset, path, &columns, &columns, known_on, &mut self.faults);
        let files: Vec<File> = paths.iter().filter_map(read).collect();
        if files.len() == paths.len() && !files.is_empty() && files.iter().all(|file| file.frame.height() == 0) {
            self.faults.file(&label, "", known_on, Problem::Empty);
        }
        files
    }

    /// The codes of a key column and what they stand for; rows without are defects.
    fn keys(&mut self, file: &File, column: &str) -> (Vec<u32>, Vec<String>) {
        let found = file.frame.column(column).ok().and_then(text_codes).unwrap_or_default();
        for row in (0..found.0.len()).filter(|row| found.0[*row] == TEXT_MISSING) {
            self.faults.keyless(&file.label, column, self.known_on(), row);
        }
        found
    }

    /// The numbers of a file; null is missing where a value must be.
    fn values(&mut self, file: &File, layout: &Layout, key: impl Fn(usize) -> Option<Key>) -> Vec<f64> {
        let (mut values, not_finite) = file
            .frame
            .column(layout.value)
            .cloned()
            .map(numbers)
            .unwrap_or_default();
        for (row, value) in values.iter_mut().enumerate().filter(|(_, value)| !value.is_finite()) {
            let Some(key) = key(row) else { continue };
            let is_null = not_finite.binary_search(&row).is_err();
            let problem = if is_null {
                Problem::MissingValue
            } else {
                Problem::NotFinite
            };
            self.fault(&file.label, layout.value, key, problem);
            *value = f64::NAN;
        }
        values
    }

    fn fault(&mut self, label: &str, column: &str, key: Key, problem: Problem) {
        let known_on = self.known_on();
        self.faults
            .keyed(label, column, known_on, (key.security, key.text), problem);
    }

    /// The rows of the covariance, with positions in `factors`, which are set to all that stand in it.
    fn covariances(&mut self, paths: &[PathBuf], factors: &mut Vec<String>) -> (Vec<Row>, Vec<String>) {
        let files = self.files(&COVARIANCE, paths);
        let (mut named, mut labels) = (Vec::new(), Vec::new());
        for (at, file) in files.iter().enumerate() {
            let (a, of_a) = self.keys(file, COVARIANCE.keys[0]);
            let (b, of_b) = self.keys(file, COVARIANCE.keys[1]);
            let name = |row: usize| Some((of_a.get(a[row] as usize)?, of_b.get(b[row] as usize)?));
            let key = |row: usize| name(row).map(|(a, b)| Key::of_factors(a, b));
            let values = self.values(file, &COVARIANCE, key);
            let rows = values.iter().enumerate();
            named.extend(rows.filter_map(|(row, value)| {
                let (a, b) = name(row)?;
                Some((a.clone(), b.clone(), *value, at))
            }));
            labels.push(file.label.clone());
        }
        factors.extend(named.iter().flat_map(|(a, b, ..)| [a.clone(), b.clone()]));
        factors.sort_unstable();
        factors.dedup();
        let position = |name: &String| factors.binary_search(name).unwrap_or_default() as u32;
        let mut rows: Vec<Row> = named
            .iter()
            .map(|(a, b, value, file)| Row {
                keys: (position(a), position(b)),
                value: *value,
                file: *file,
            })
            .collect();
        rows.sort_by_key(|row| (row.keys, row.file));
        (rows, labels)
    }

    /// Sets the symmetric matrix; what stands twice, or both ways round with two values, is a defect.
    fn fill_covariance(&mut self, rows: &[Row], labels: &[String], tables: &mut RiskTables) {
        let k = tables.factors.len();
        let mut given: Vec<Option<f64>> = vec![None; k * k];
        for row in rows {
            let (a, b) = (row.keys.0 as usize, row.keys.1 as usize);
            let key = Key::of_factors(&tables.factors[a], &tables.factors[b]);
            if given[a * k + b].is_some() {
                self.fault(&labels[row.file], "", key, Problem::DuplicateKey);
            } else if given[b * k + a].is_some_and(|other| other.to_bits() != row.value.to_bits()) {
                self.fault(&labels[row.file], COVARIANCE.value, key, Problem::Asymmetric);
            }
            given[a * k + b] = Some(row.value);
        }
        let at = |a: usize, b: usize| given[a * k + b].or(given[b * k + a]).unwrap_or(0.0);
        tables.covariance = (0..k * k).map(|place| at(place / k, place % k)).collect();
    }

    /// A mix of factors cannot have a negative variance.
    fn definite(&mut self, paths: &[PathBuf], tables: &RiskTables) {
        let spectrum = Spectrum::of(&tables.covariance, tables.factors.len());
        if spectrum.is_semidefinite() {
            return;
        }
        let Spectrum { smallest, largest } = spectrum;
        let words = format!("its smallest eigenvalue is {smallest:.3e}, its largest {largest:.3e}");
        let label = match paths {
            [only] => self.dataset.label(only),
            _ => format!("{TABLE}/date={}/{}", self.date, COVARIANCE.name),
        };
        let known_on = self.known_on();
        self.faults
            .file(&label, COVARIANCE.value, known_on, Problem::Indefinite(words));
    }

    /// The exposures of the run's securities. `judged` says which factors have a variance.
    fn exposures(
        &mut self,
        paths: &[PathBuf],
        factors: &[String],
        judged: Option<&[bool]>,
    ) -> Vec<(SecurityIndex, u32, f64)> {
        let files = self.files(&EXPOSURES, paths);
        let mut rows = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let (ids, of_ids) = self.keys(file, EXPOSURES.keys[0]);
            let (codes, names) = self.keys(file, EXPOSURES.keys[1]);
            let securities = self.indexes(&of_ids);
            let key = |row: usize| {
                let security = (*securities.get(ids[row] as usize)?)?;
                let name = names.get(codes[row] as usize)?;
                Some(Key::of_security(
                    security,
                    format!("{} {name}", of_ids[ids[row] as usize]),
                ))
            };
            let values = self.values(file, &EXPOSURES, key);
            let positions: Vec<Option<u32>> = (names.iter())
                .map(|name| factors.binary_search(name).ok().map(|at| at as u32))
                .collect();
            for (row, value) in values.into_iter().enumerate() {
                let Some(key) = key(row) else { continue };
                let factor = positions[codes[row] as usize];
                let is_known = factor.is_some_and(|at| judged.is_none_or(|judged| judged[at as usize]));
                if let (Some(factor), Some(security), true) = (factor, key.security, is_known) {
                    rows.push(Row {
                        keys: (security, factor),
                        value,
                        file: at,
                    });
                } else if judged.is_some() {
                    self.fault(&file.label, "factor", key, Problem::UnknownFactor);
                }
            }
        }
        let word = |row: &Row| format!("{} {}", self.securities.id(row.keys.0), factors[row.keys.1 as usize]);
        let twice = sorted(&mut rows, word);
        self.twice(&files, twice);
        rows.into_iter()
            .map(|row| (row.keys.0, row.keys.1, row.value))
            .collect()
    }

    fn specific(&mut self, paths: &[PathBuf]) -> Vec<(SecurityIndex, f64)> {
        let files = self.files(&SPECIFIC, paths);
        let mut rows = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let (ids, of_ids) = self.keys(file, SPECIFIC.keys[0]);
            let securities = self.indexes(&of_ids);
            let security = |row: usize| *securities.get(ids[row] as usize)?;
            let key = |row: usize| Some(Key::of_security(security(row)?, of_ids[ids[row] as usize].clone()));
            let values = self.values(file, &SPECIFIC, key);
            for (row, value) in values.into_iter().enumerate() {
                let (Some(security), Some(key)) = (security(row), key(row)) else {
                    continue;
                };
                if value < 0.0 {
                    self.fault(&file.label, SPECIFIC.value, key, Problem::Impossible("is below zero"));
                }
                rows.push(Row {
                    keys: (security, 0),
                    value,
                    file: at,
                });
            }
        }
        let twice = sorted(&mut rows, |row| self.securities.id(row.keys.0).to_owned());
        self.twice(&files, twice);
        rows.into_iter().map(|row| (row.keys.0, row.value)).collect()
    }

    /// The securities of ids, where they are the run's.
    fn indexes(&self, ids: &[String]) -> Vec<Option<SecurityIndex>> {
        ids.iter().map(|id| self.lookup.get(id.as_str()).copied()).collect()
    }

    fn twice(&mut self, files: &[File], rows: Vec<(Row, String)>) {
        for (row, text) in rows {
            let key = Key::of_security(row.keys.0, text);
            self.fault(&files[row.file].label, "", key, Problem::DuplicateKey);
        }
    }
}

/// Whose a broken row is, and its key for people.
struct Key {
    security: Option<SecurityIndex>,
    text: String,
}

impl Key {
    fn of_security(security: SecurityIndex, text: String) -> Self {
        Self {
            security: Some(security),
            text,
        }
    }

    fn of_factors(a: &str, b: &str) -> Self {
        Self {
            security: None,
            text: format!("{a}/{b}"),
        }
    }
}

/// Sorts rows by their keys; answers those whose keys stand before, with their words.
fn sorted(rows: &mut [Row], word: impl Fn(&Row) -> String) -> Vec<(Row, String)> {
    rows.sort_by_key(|row| (row.keys, row.file));
    let pairs = rows.windows(2).filter(|pair| pair[0].keys == pair[1].keys);
    pairs.map(|pair| (pair[1], word(&pair[1]))).collect()
}
