//! `divisor data import french` and `divisor data import table`: extracts of files that others publish.

use std::path::{Path, PathBuf};

use divisor_market::import::french::FrenchImporter;
use divisor_market::import::mapping::{HeadOutcome, Mapping, TableImporter};
use divisor_market::import::{Importer, SourceFiles};
use divisor_methodology::Source;

use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::import::{run, target};
use crate::out::say;

pub(crate) fn french(
    files: &[PathBuf],
    (set, vintage): (&str, &str),
    block: Option<&String>,
    replace: bool,
    common: &Common,
) -> Result<Exit, Failure> {
    let importer = FrenchImporter::new(set, vintage, block.cloned(), replace);
    let importer = importer.map_err(|message| Failure::usage(message, ""))?;
    let dataset = target(common)?;
    let sources = SourceFiles::open_all(files, &["csv", "txt"])?;
    importer.check(&sources, dataset)?;
    run(&importer, &sources, dataset, common, || Ok(()))
}

pub(crate) fn table(path: &Path, sources: &[PathBuf], common: &Common) -> Result<Exit, Failure> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read the mapping {file}: {error}"), ""))?;
    let mapping = Mapping::from_toml(&file, &text).map_err(|diagnostics| Failure::Diagnostics {
        exit: Exit::BadInput,
        diagnostics,
        sources: vec![Source::new(file.as_str(), text.as_str())],
    })?;
    let dataset = target(common)?;
    mapping.check_head(dataset)?;
    let sources = match sources {
        [] => named(path, &mapping)?,
        given => given.to_vec(),
    };
    let sources = SourceFiles::open_all(&sources, mapping.extensions())?;
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let importer = TableImporter::new(&mapping, stem);
    run(&importer, &sources, dataset, common, || {
        settle(&mapping, dataset, importer.name())
    })
}

/// The sources a mapping names, which lie beside it.
fn named(path: &Path, mapping: &Mapping) -> Result<Vec<PathBuf>, Failure> {
    if mapping.files.is_empty() {
        let help = "name them after the mapping, or in it: files = [\"prices.csv\"]";
        return Err(Failure::usage("no source is given to import", help));
    }
    Ok(mapping.files.iter().map(|file| path.with_file_name(file)).collect())
}

/// Brings the dataset's head up to date and says what it lacks.
fn settle(mapping: &Mapping, dataset: &Path, importer: &str) -> Result<(), Failure> {
    let head = dataset.join("dataset.toml");
    match mapping.settle_head(dataset, importer)? {
        HeadOutcome::Written => say(&format!("{} is up to date", head.display())),
        HeadOutcome::Lacks(lines) => {
            say(&format!("{} was written by hand and should now say:", head.display()));
            for line in lines {
                say(&format!("  {line}"));
            }
        }
        HeadOutcome::Unchanged | HeadOutcome::Absent => {}
    }
    Ok(())
}
