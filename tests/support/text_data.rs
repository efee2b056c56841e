//! Small datasets and expectations as text: sections of blank-separated columns under a `[heading]`.
//!
//! ```text
//! [snapshots/date=2020-04-30]
//! security_id  price  market_cap  sector  country
//! A            10     100         Tech    US
//! ```
//!
//! `-` is null, `#` begins a comment. A column has the type its standard name has, else it is a number; `name:text`,
//! `:day`, `:flag` or `:number` says otherwise.

use std::path::Path;

use divisor_market::write_table;
use divisor_model::{DAY_MISSING, Date, Table, TextBuilder, Values, day_of};

/// One section.
#[derive(Debug, Clone)]
pub(crate) struct TextTable {
    pub(crate) heading: String,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// All sections of a file.
#[derive(Debug, Clone)]
pub(crate) struct TextData {
    pub(crate) tables: Vec<TextTable>,
}

impl TextData {
    pub(crate) fn parse(text: &str) -> Self {
        let mut tables: Vec<TextTable> = Vec::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(heading) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                tables.push(TextTable {
                    heading: heading.to_owned(),
                    header: Vec::new(),
                    rows: Vec::new(),
                });
            } else if !line.is_empty() {
                let cells: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
                let table = tables.last_mut().expect("a [heading] comes first");
                if table.header.is_empty() {
                    table.header = cells;
                } else {
                    assert_eq!(cells.len(), table.header.len(), "[{}] {line}", table.heading);
                    table.rows.push(cells);
                }
            }
        }
        Self { tables }
    }

    pub(crate) fn load(path: &Path) -> Self {
        Self::parse(&super::read(path))
    }

    /// Writes the tables as a dataset with a `dataset.toml` that fits them.
    pub(crate) fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for table in &self.tables {
            let path = folder.join(&table.heading).join("part.parquet");
            write_table(&table.to_table(), &path).unwrap_or_else(|error| panic!("{error}"));
        }
        std::fs::write(folder.join("dataset.toml"), self.head()).unwrap();
    }

    fn head(&self) -> String {
        let dates = self
            .tables
            .iter()
            .filter_map(|table| table.heading.strip_prefix("snapshots/date="));
        let (first, last) = (dates.clone().min().unwrap(), dates.max().unwrap());
        format!(
            "name     = \"tiny\"\ntitle    = \"Tiny\"\ncurrency = \"USD\"\ncalendar = \"XNYS\"\nuniverse = \"world\"\n\
             first    = {first}\nlast     = {last}\n"
        )
    }

    pub(crate) fn table(&mut self, heading: &str) -> &mut TextTable {
        let found = self.tables.iter_mut().find(|table| table.heading == heading);
        found.unwrap_or_else(|| panic!("no table {heading}"))
    }
}

impl TextTable {
    fn column(&self, name: &str) -> usize {
        let found = self.header.iter().position(|column| column == name);
        found.unwrap_or_else(|| panic!("no column {name} in {}", self.heading))
    }

    /// Changes one value of the first row whose first cell is `id`.
    pub(crate) fn set(&mut self, id: &str, column: &str, value: &str) {
        let column = self.column(column);
        let row = self.rows.iter_mut().find(|row| row[0] == id);
        row.unwrap_or_else(|| panic!("no row {id}"))[column] = value.into();
    }

    pub(crate) fn rename(&mut self, column: &str, name: &str) {
        let at = self.column(column);
        self.header[at] = name.into();
    }

    pub(crate) fn drop_column(&mut self, column: &str) {
        let at = self.column(column);
        self.header.remove(at);
        for row in &mut self.rows {
            row.remove(at);
        }
    }

    /// Adds a column with one value in all rows.
    pub(crate) fn add_column(&mut self, column: &str, value: &str) {
        self.header.push(column.to_owned());
        self.rows.iter_mut().for_each(|row| row.push(value.to_owned()));
    }

    /// Repeats the first row whose first cell is `id`.
    pub(crate) fn repeat(&mut self, id: &str) {
        let row = self.rows.iter().find(|row| row[0] == id).unwrap().clone();
        self.rows.push(row);
    }

    fn to_table(&self) -> Table {
        let mut table = Table::new("data");
        for (at, name) in self.header.iter().enumerate() {
            let (name, kind) = name.split_once(':').unwrap_or((name, kind_of(name)));
            let cells = self
                .rows
                .iter()
                .map(|row| Some(row[at].as_str()).filter(|cell| *cell != "-"));
            table.push(name, values(kind, cells));
        }
        table
    }
}

fn kind_of(name: &str) -> &'static str {
    match name {
        "security_id" | "issuer_id" | "name" | "ticker" | "isin" | "mic" | "currency" | "sector" | "country"
        | "industry" | "period" | "kind" | "scheme" | "value" => "text",
        "price_date" | "date" | "period_end" | "period_start" | "known_on" | "ex_date" | "from" | "to" => "day",
        "withdrawn" => "flag",
        _ => "number",
    }
}

fn values<'a>(kind: &str, cells: impl Iterator<Item = Option<&'a str>>) -> Values {
    match kind {
        "number" => Values::Number(
            cells
                .map(|cell| cell.map_or(f64::NAN, |cell| cell.parse().expect("a number")))
                .collect(),
        ),
        "day" => {
            let day = |cell: &str| day_of(cell.parse::<Date>().expect("a date"));
            Values::Day(cells.map(|cell| cell.map_or(DAY_MISSING, day)).collect())
        }
        "flag" => Values::Flag(cells.map(|cell| cell.map(|cell| cell == "true")).collect()),
        "text" => {
            let mut builder = TextBuilder::default();
            cells.for_each(|cell| builder.push(cell));
            Values::Text(builder.finish())
        }
        other => panic!("no kind {other}"),
    }
}
