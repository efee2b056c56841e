//! `divisor data check`: everything that is or looks wrong with a dataset.

use std::path::Path;

use divisor_market::Dataset;
use divisor_market::quality::{CheckInfo, Checked, Checks, Finding, FindingGroup, Level};
use divisor_model::{DAY_MISSING, DataFault, Day, Defect, Securities, Table, TextBuilder, Values, date_of, day_of};
use divisor_report::{Format as Shown, TextOptions, to_parquet, to_text};

use crate::args::{Common, DataCheckArgs, Format};
use crate::exit::{Exit, Failure};
use crate::load::dataset;
use crate::out::{self, say};
use crate::settings::Settings;
use crate::watch;

/// How many findings of a check are shown to a person.
const WORST_SHOWN: usize = 5;

pub(crate) fn data_check(args: &DataCheckArgs, common: &Common, settings: &Settings) -> Result<Exit, Failure> {
    if let Some(check) = &args.explain {
        return explain_check(check);
    }
    let checks = settings.checks()?;
    let dataset = dataset(common, settings)?;
    let bar = watch::bar("reading", 0);
    let checked = dataset.check(&checks, &|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        if done > 0 {
            bar.set_message("checking");
        }
    });
    bar.finish_and_clear();
    let report = Report::new(&dataset, &checked, common);
    if let Some(folder) = &common.out {
        report.write(folder)?;
    }
    match common.format {
        Format::Table => out::print(&report.text())?,
        format => out::table(&report.table(), format, &TextOptions::new())?,
    }
    Ok(if report.has_errors() {
        Exit::Findings
    } else {
        Exit::Done
    })
}

/// Defines a check by code or name.
pub(crate) fn explain_check(name: &str) -> Result<Exit, Failure> {
    if name.eq_ignore_ascii_case("Q0001") {
        out::print(
            "Q0001\nA mistake in the checks.toml of the --config folder: a check or key that does not exist, or a value of \
             another\ntype. config/checks.toml has every check with every key.\n",
        )?;
        return Ok(Exit::Done);
    }
    let Some(check) = CheckInfo::find(name) else {
        let names = divisor_market::quality::ALL.iter().map(|check| check.name);
        let help = match divisor_methodology::closest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "codes look like M0211 or Q0302; `divisor data check` names its checks".to_owned(),
        };
        return Err(Failure::usage(format!("there is no code `{name}`"), help));
    };
    let scope = if check.in_runs {
        "Made by `data check`, and by runs on what each review may read."
    } else {
        "Made by `data check` alone."
    };
    out::print(&format!(
        "{} {}\n{}\n{scope}\n\n{}\n",
        check.code,
        check.name,
        check.definition,
        Checks::defaults_of(check)
    ))?;
    Ok(Exit::Done)
}

/// What was found and is asked for.
struct Report<'a> {
    dataset: &'a Dataset,
    securities: &'a Securities,
    defects: Vec<&'a Defect>,
    findings: Vec<&'a Finding>,
}

impl<'a> Report<'a> {
    fn new(dataset: &'a Dataset, checked: &'a Checked, common: &Common) -> Self {
        // What has no day of its own may concern any.
        let is_asked = |known_on: Day| {
            let after = common.from.is_none_or(|from| known_on >= day_of(from));
            let before = common.to.is_none_or(|to| known_on <= day_of(to));
            known_on == DAY_MISSING || (after && before)
        };
        let defects = checked.landed.defects.iter();
        let findings = checked.findings.iter();
        Self {
            dataset,
            securities: checked.landed.panel.securities(),
            defects: defects.filter(|defect| is_asked(defect.known_on)).collect(),
            findings: findings.filter(|finding| is_asked(finding.known_on)).collect(),
        }
    }

    fn has_errors(&self) -> bool {
        !self.defects.is_empty() || self.findings.iter().any(|finding| finding.level == Level::Error)
    }

    /// One row a finding: broken contracts first, in the order they are grouped in, then by check.
    fn table(&self) -> Table {
        let mut defects = self.defects.clone();
        defects.sort_by_cached_key(|defect| {
            let place = (defect.table, defect.file.clone(), defect.column.clone());
            (place, defect.problem.clone(), defect.key.clone())
        });
        let mut texts: [TextBuilder; 8] = Default::default();
        let (mut dates, mut known, mut values, mut limits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for defect in defects {
            let key = Some(defect.key.as_str()).filter(|key| !key.is_empty());
            let message = match key {
                Some(key) => format!("{key}: {}", defect.problem),
                None => defect.problem.to_string(),
            };
            let row = [
                Some(defect.problem.code()),
                Some("contract"),
                Some(Level::Error.word()),
                Some(defect.table),
                Some(&defect.file),
                Some(defect.column.as_str()).filter(|column| !column.is_empty()),
                defect.security.map(|security| self.securities.id(security)),
                Some(&message),
            ];
            texts.iter_mut().zip(row).for_each(|(column, text)| column.push(text));
            dates.push(DAY_MISSING);
            known.push(defect.known_on);
            values.push(f64::NAN);
            limits.push(f64::NAN);
        }
        for finding in &self.findings {
            let file = self.dataset.file_of(finding);
            let row = [
                Some(finding.check.code),
                Some(finding.check.name),
                Some(finding.level.word()),
                Some(finding.table),
                Some(&file),
                Some(finding.column.as_str()).filter(|column| !column.is_empty()),
                finding.security.map(|security| self.securities.id(security)),
                Some(&finding.message),
            ];
            texts.iter_mut().zip(row).for_each(|(column, text)| column.push(text));
            dates.push(finding.date);
            known.push(finding.known_on);
            values.push(finding.value);
            limits.push(finding.limit);
        }
        let [code, check, severity, table, file, column, security, message] = texts.map(TextBuilder::finish);
        Table::new("findings")
            .with("code", Values::Text(code))
            .with("check", Values::Text(check))
            .with("severity", Values::Text(severity))
            .with("table", Values::Text(table))
            .with("file", Values::Text(file))
            .with("column", Values::Text(column))
            .with("security_id", Values::Text(security))
            .with("date", Values::Day(dates))
            .with("known_on", Values::Day(known))
            .with("value", Values::Number(values))
            .with("limit", Values::Number(limits))
            .with("message", Values::Text(message))
    }

    /// `DIR/findings.parquet`, whole or not there.
    fn write(&self, folder: &Path) -> Result<(), Failure> {
        let bytes = to_parquet(&self.table(), &[("schema_version", "1")])?;
        let path = folder.join("findings.parquet");
        let temporary = folder.join(".findings.parquet");
        let write = || {
            std::fs::create_dir_all(folder)?;
            std::fs::write(&temporary, bytes)?;
            std::fs::rename(&temporary, &path)
        };
        write().map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))?;
        say(&format!(
            "{} findings in {}",
            self.defects.len() + self.findings.len(),
            path.display()
        ));
        Ok(())
    }

    /// The report for a person.
    fn text(&self) -> String {
        let groups = FindingGroup::of(self.findings.iter().copied());
        let faults = DataFault::group(self.defects.iter().copied());
        if groups.is_empty() && faults.is_empty() {
            return format!("{}: nothing is wrong\n", self.dataset.info.name);
        }
        let mut text = format!("{}: {}\n\n", self.dataset.info.name, self.tally());
        text.push_str(&to_text(
            &self.summary(&faults, &groups),
            &TextOptions::new()
                .format("findings", Shown::Thousands)
                .format("names", Shown::Thousands)
                .format("weight", Shown::Percent(1)),
        ));
        if !faults.is_empty() {
            text.push_str("\ncontract (error)\n");
            for fault in faults.iter().take(4 * WORST_SHOWN) {
                text.push_str(&format!("  {}  {fault}\n", fault.first.problem.code()));
            }
            if faults.len() > 4 * WORST_SHOWN {
                text.push_str(&format!("  … {} more sorts\n", faults.len() - 4 * WORST_SHOWN));
            }
        }
        for group in &groups {
            text.push_str(&self.worst(group));
        }
        text.push_str(&advice(&faults, &groups));
        text
    }

    fn tally(&self) -> String {
        let of = |level: Level| self.findings.iter().filter(|finding| finding.level == level).count();
        let counts = [
            (self.defects.len() + of(Level::Error), "error"),
            (of(Level::Warning), "warning"),
            (of(Level::Note), "note"),
        ];
        let words = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| {
            let plural = if *count == 1 { "" } else { "s" };
            format!("{count} {word}{plural}")
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// One line a check.
    fn summary(&self, faults: &[DataFault], groups: &[FindingGroup<'_>]) -> Table {
        let mut texts: [TextBuilder; 3] = Default::default();
        let (mut counts, mut names, mut first, mut last, mut weight) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut push = |row: [&str; 3], numbers: (usize, usize), days: (Day, Day), share: f64| {
            texts
                .iter_mut()
                .zip(row)
                .for_each(|(column, text)| column.push(Some(text)));
            counts.push(Some(numbers.0 as i64));
            names.push(Some(numbers.1 as i64).filter(|names| *names > 0));
            first.push(days.0);
            last.push(days.1);
            weight.push(share);
        };
        let mut codes: Vec<&str> = faults.iter().map(|fault| fault.first.problem.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            let own = || self.defects.iter().filter(|defect| defect.problem.code() == code);
            let mut securities: Vec<_> = own().filter_map(|defect| defect.security).collect();
            securities.sort_unstable();
            securities.dedup();
            let days = own().map(|defect| defect.known_on).filter(|day| *day != DAY_MISSING);
            let days = (days.clone().min(), days.max());
            let days = (days.0.unwrap_or(DAY_MISSING), days.1.unwrap_or(DAY_MISSING));
            push(
                [code, "contract", Level::Error.word()],
                (own().count(), securities.len()),
                days,
                f64::NAN,
            );
        }
        for group in groups {
            let row = [group.check.code, group.check.name, group.level.word()];
            push(row, (group.findings.len(), group.names), group.days, group.weight);
        }
        let [code, check, severity] = texts.map(TextBuilder::finish);
        Table::new("summary")
            .with("code", Values::Text(code))
            .with("check", Values::Text(check))
            .with("severity", Values::Text(severity))
            .with("findings", Values::Integer(counts))
            .with("names", Values::Integer(names))
            .with("first", Values::Day(first))
            .with("last", Values::Day(last))
            .with("weight", Values::Number(weight))
    }

    fn worst(&self, group: &FindingGroup<'_>) -> String {
        let mut text = format!("\n{} {} ({})\n", group.check.code, group.check.name, group.level.word());
        let subjects = group.subjects();
        for (finding, count) in subjects.iter().take(WORST_SHOWN) {
            let date = date_of(finding.date).map(|date| date.to_string()).unwrap_or_default();
            let name = finding
                .security
                .map(|security| format!("  {}", self.securities.id(security)));
            let again = match count {
                1 => String::new(),
                count => format!("  (and {} more of it)", count - 1),
            };
            text.push_str(&format!(
                "  {date}{}  {}{again}\n",
                name.unwrap_or_default(),
                finding.message
            ));
        }
        if subjects.len() > WORST_SHOWN {
            let more = subjects.len() - WORST_SHOWN;
            let what = if group.names > 0 { "name" } else { "column" };
            text.push_str(&format!("  … {more} more {what}{}\n", if more == 1 { "" } else { "s" }));
        }
        text
    }
}

/// What to do about it.
fn advice(faults: &[DataFault], groups: &[FindingGroup<'_>]) -> String {
    let mut lines = Vec::new();
    if !faults.is_empty() {
        lines.push("contract: correct the files; reviews that would read these rows stop".to_owned());
    }
    if let Some(group) = groups.first() {
        let name = group.check.name;
        lines.push(format!(
            "`divisor data check --explain {name}` says what it looks for; `--format csv` lists every finding"
        ));
        lines.push(format!(
            "a checks.toml in the --config folder changes limits and severity: [{name}] severity = \"error\" stops the \
             reviews that would read it, \"off\" silences it"
        ));
    }
    format!("\n{}\n", lines.join("\n"))
}
