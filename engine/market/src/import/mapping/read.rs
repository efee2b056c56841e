//! A mapping file as a whole.

use divisor_model::{Diagnostic, closest};
use toml::de::DeTable;

use super::column::read_column;
use super::section::{Reader, Section, listed};
use super::target::{TARGETS, Target};
use super::{ColumnRule, HeadRule, Mapping, SourceFormat};
use crate::import::csv::CsvFormat;

/// What a missing value looks like where the mapping does not say.
const MISSING: [&str; 1] = [""];

/// Everything but the columns.
struct Source {
    files: Vec<String>,
    format: SourceFormat,
    missing: Vec<String>,
}

impl Mapping {
    /// Reads and checks a mapping; `file` is its name in messages. All mistakes are told, none twice.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let reader = Reader::new(file, text);
        let document = reader.parse();
        let mapping = if reader.has_errors() {
            None
        } else {
            read(&reader, document.get_ref(), text)
        };
        match mapping {
            Some(mapping) if !reader.has_errors() => Ok(mapping),
            _ => Err(reader.into_diagnostics()),
        }
    }

    /// The endings of its sources' names in a folder or zip.
    pub fn extensions(&self) -> &'static [&'static str] {
        match self.source {
            SourceFormat::Csv(_) => &["csv", "txt", "tsv"],
            SourceFormat::Parquet => &["parquet"],
        }
    }
}

fn read(reader: &Reader<'_>, document: &DeTable<'_>, text: &str) -> Option<Mapping> {
    let mut top = Section::new(reader, String::new(), 0..0, document);
    let source = read_source(&mut top);
    let keep = read_keep(&mut top);
    let head = top.section("dataset");
    let head_span = head.as_ref().map(|head| head.span.clone());
    let dataset = head.map(read_head);
    let table = read_target(&mut top);
    top.finish();
    let source = source?;
    let (target, table) = table?;
    if let Some(span) = head_span.filter(|_| target.name != "snapshots") {
        let message = "[dataset] belongs to a mapping of snapshots".to_owned();
        reader.error(
            "D0305",
            &span,
            message,
            "move it there: first and last are the dates of the snapshots",
        );
    }
    let columns = read_columns(&table, target, &source.missing);
    let dataset = match dataset {
        Some(head) => Some(head?),
        None => None,
    };
    Some(Mapping {
        text: text.to_owned(),
        files: source.files,
        source: source.format,
        target,
        columns,
        keep,
        dataset,
    })
}

/// `[csv]` or `[parquet]`.
fn read_source(top: &mut Section<'_>) -> Option<Source> {
    match (top.section("csv"), top.section("parquet")) {
        (Some(csv), None) => Some(read_csv(csv)),
        (None, Some(mut parquet)) => {
            let source = Source {
                files: parquet.texts("files").unwrap_or_default(),
                format: SourceFormat::Parquet,
                missing: parquet.texts("missing").unwrap_or_else(no_text),
            };
            parquet.finish();
            Some(source)
        }
        (Some(_), Some(parquet)) => {
            let message = "a mapping has [csv] or [parquet], not both".to_owned();
            parquet
                .reader
                .error("D0305", &parquet.span, message, "keep one of them");
            None
        }
        (None, None) => {
            if top.value("csv").is_none() && top.value("parquet").is_none() {
                let message = "neither [csv] nor [parquet] says how the source is written".to_owned();
                top.reader
                    .error("D0303", &top.span, message, "add [csv]; it may stay empty");
            }
            None
        }
    }
}

fn no_text() -> Vec<String> {
    MISSING.map(str::to_owned).to_vec()
}

fn read_csv(mut csv: Section<'_>) -> Source {
    let separator = match csv.text("separator") {
        None => b',',
        Some((text, span)) => match text.as_bytes() {
            [one] if one.is_ascii() && !one.is_ascii_alphanumeric() && *one != b'"' => *one,
            _ => {
                let message = format!("\"{}\" cannot separate fields", text.escape_debug());
                csv.reader
                    .error("D0306", &span, message, "write \",\", \";\", \"|\" or \"\\t\"");
                b','
            }
        },
    };
    let decimal = csv.character("decimal").unwrap_or('.');
    let thousands = csv.character("thousands");
    if decimal.is_ascii_alphanumeric() || thousands == Some(decimal) {
        let message = "the marks of decimals and of thousands must differ, and be no letters or digits".to_owned();
        csv.reader.error(
            "D0306",
            &csv.span.clone(),
            message,
            "decimal = \",\" with thousands = \".\", for example",
        );
    }
    if let Some((text, span)) = csv.text("encoding")
        && !text.eq_ignore_ascii_case("utf-8")
    {
        let message = format!("the encoding \"{text}\" is not read");
        csv.reader.error(
            "D0306",
            &span,
            message,
            "convert the file: iconv -f … -t UTF-8; `encoding` is \"utf-8\" or absent",
        );
    }
    let format = CsvFormat {
        separator,
        decimal,
        thousands,
        skip: csv.count("skip").unwrap_or(0),
        names: csv.texts("columns"),
    };
    let source = Source {
        files: csv.texts("files").unwrap_or_default(),
        format: SourceFormat::Csv(format),
        missing: csv.texts("missing").unwrap_or_else(no_text),
    };
    csv.finish();
    source
}

/// `[keep]`: source columns and the texts that keep a row.
fn read_keep(top: &mut Section<'_>) -> Vec<(String, Vec<String>)> {
    let Some(section) = top.section("keep") else {
        return Vec::new();
    };
    let entries = section.entries().into_iter();
    let read = |((name, _), value)| Some((String::from(name), section.as_texts(name, value)?));
    entries.filter_map(read).collect()
}

fn read_head(mut head: Section<'_>) -> Option<HeadRule> {
    let mut text = |key: &'static str, example: &str| {
        if head.value(key).is_none() {
            head.missing(key, format!("for example {key} = \"{example}\""));
        }
        head.text(key).map(|(text, _)| text.to_owned())
    };
    let name = text("name", "vendor-us");
    let title = text("title", "US companies by the vendor");
    let currency = text("currency", "USD");
    let calendar = text("calendar", "XNYS");
    let universe = text("universe", "vendor-us");
    let provenance = head.text("provenance").map(|(text, _)| text.to_owned());
    let known_defects = head.texts("known_defects").unwrap_or_default();
    let max_age = head.text("max_age").map(|(text, _)| text.to_owned());
    head.finish();
    Some(HeadRule {
        name: name?,
        title: title?,
        currency: currency?,
        calendar: calendar?,
        universe: universe?,
        provenance,
        known_defects,
        max_age,
    })
}

/// The one table the mapping fills.
fn read_target<'r>(top: &mut Section<'r>) -> Option<(Target, Section<'r>)> {
    let mut found: Vec<(Target, Section<'r>)> = Vec::new();
    let mut wrong = false;
    let plain = TARGETS.iter().filter(|target| !target.name.contains('.'));
    for target in plain {
        if top.value(target.name).is_some() {
            match top.section(target.name) {
                Some(section) => found.push((*target, section)),
                None => wrong = true,
            }
        }
    }
    if let Some(mut risk) = top.section("risk") {
        for target in &TARGETS {
            if let ("risk", table) = target.name.split_once('.').unwrap_or_default()
                && let Some(section) = risk.section(table)
            {
                found.push((*target, section));
            }
        }
        wrong |= found.is_empty();
        risk.finish();
    }
    let names: Vec<String> = TARGETS.iter().map(|target| format!("[{}]", target.name)).collect();
    match found.len() {
        1 => found.pop(),
        // A misspelt table is reported as an unknown key.
        0 if wrong || is_misspelt(top) => None,
        0 => {
            let message = "no table says which columns the rows become".to_owned();
            top.reader
                .error("D0303", &top.span, message, format!("add one of {}", names.join(", ")));
            None
        }
        _ => {
            let (_, second) = &found[1];
            let message = format!(
                "a mapping fills one table, not [{}] and [{}]",
                found[0].0.name, found[1].0.name
            );
            top.reader
                .error("D0305", &second.span, message, "write a mapping for each");
            None
        }
    }
}

fn is_misspelt(top: &Section<'_>) -> bool {
    let names = TARGETS.iter().map(|target| target.name);
    let mut written = top.entries().into_iter().map(|((name, _), _)| name);
    written.any(|name| closest(name, names.clone()).is_some())
}

fn read_columns(table: &Section<'_>, target: Target, missing: &[String]) -> Vec<ColumnRule> {
    let entries = table.entries();
    let written = |name: &str| entries.iter().any(|((column, _), _)| *column == name);
    for name in target.required.iter().filter(|name| !written(name)) {
        table.missing(name, format!("every row of `{}` has it", target.name));
    }
    if !target.one_of.is_empty() && !target.one_of.iter().any(|name| written(name)) {
        table.missing(
            target.one_of[0],
            format!("one of {} must be there", listed(target.one_of)),
        );
    }
    let columns = entries.iter().filter_map(|((name, span), value)| {
        let mut rule = read_column(table, target, (name, span), value, missing)?;
        rule.required |= target.required.contains(name);
        Some(rule)
    });
    let columns: Vec<ColumnRule> = columns.collect();
    let has_field = |name: &&str| !target.required.contains(name) && !target.optional.contains(name);
    if target.name == "fundamentals" && !entries.iter().any(|((name, _), _)| has_field(name)) {
        table.missing(
            "sales",
            "a table of figures needs a figure: sales, eps, book_value, or any of the vendor's",
        );
    }
    columns
}
