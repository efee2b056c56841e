//! The tables a mapping can fill: their columns, keys and files. The contract of a dataset, seen from the writing side.

use divisor_model::{Day, date_of, standard_field};

use crate::contract::expected_kind;
use crate::frame::ColumnKind;

/// A table of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// As a mapping names it: `prices`, `risk.exposures`.
    pub(crate) name: &'static str,
    /// Columns that must be mapped and have a value in every row.
    pub(crate) required: &'static [&'static str],
    /// Of each group one column must be mapped.
    pub(crate) one_of: &'static [&'static str],
    /// Further columns; vendor fields where `is_open`.
    pub(crate) optional: &'static [&'static str],
    /// Whether it may have columns of any name.
    pub(crate) is_open: bool,
    /// The columns that tell one row from all others.
    pub(crate) key: &'static [&'static str],
    /// How its rows are divided into files.
    pub(crate) layout: Layout,
}

/// How the rows of a table are divided into files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `<table>/<part>.parquet`.
    Whole,
    /// `<table>/year=YYYY/<part>.parquet`, by the year of this column.
    ByYear(&'static str),
    /// `<folder>/date=YYYY-MM-DD/<part>.parquet`; the date stands in the folder's name alone.
    ByDate(&'static str),
    /// `<folder>/date=YYYY-MM-DD/<file>.parquet`, one file a date.
    ByDateInto(&'static str, &'static str),
}

/// All tables.
pub(crate) const TARGETS: [Target; 8] = [
    Target {
        name: "snapshots",
        required: &["date", "security_id", "price", "sector", "country"],
        one_of: &["market_cap", "shares"],
        optional: &[
            "free_float",
            "issuer_id",
            "name",
            "ticker",
            "isin",
            "sedol",
            "figi",
            "mic",
            "currency",
            "fx",
            "industry",
            "price_date",
        ],
        is_open: true,
        key: &["security_id"],
        layout: Layout::ByDate("snapshots"),
    },
    Target {
        name: "fundamentals",
        required: &["security_id", "period_end", "period", "known_on"],
        one_of: &[],
        optional: &["period_start", "withdrawn"],
        is_open: true,
        key: &["security_id", "period_end", "period", "known_on"],
        layout: Layout::Whole,
    },
    Target {
        name: "prices",
        required: &["security_id", "date"],
        one_of: &["close", "close_total_return"],
        optional: &["volume", "open", "high", "low"],
        is_open: true,
        key: &["security_id", "date"],
        layout: Layout::ByYear("date"),
    },
    Target {
        name: "actions",
        required: &["security_id", "ex_date", "kind"],
        one_of: &["ratio", "amount"],
        optional: &["known_on"],
        is_open: false,
        key: &[],
        layout: Layout::Whole,
    },
    Target {
        name: "returns",
        required: &["date", "name", "return"],
        one_of: &[],
        optional: &["set", "vintage"],
        is_open: false,
        key: &["set", "vintage", "name", "date"],
        layout: Layout::Whole,
    },
    Target {
        name: "risk.exposures",
        required: &["date", "security_id", "factor", "exposure"],
        one_of: &[],
        optional: &[],
        is_open: false,
        key: &["security_id", "factor"],
        layout: Layout::ByDateInto("risk", "exposures"),
    },
    Target {
        name: "risk.covariance",
        required: &["date", "factor_a", "factor_b", "covariance"],
        one_of: &[],
        optional: &[],
        is_open: false,
        key: &["factor_a", "factor_b"],
        layout: Layout::ByDateInto("risk", "covariance"),
    },
    Target {
        name: "risk.specific",
        required: &["date", "security_id", "specific_variance"],
        one_of: &[],
        optional: &[],
        is_open: false,
        key: &["security_id"],
        layout: Layout::ByDateInto("risk", "specific"),
    },
];

impl Target {
    /// The type of a column where the contract fixes it; vendor fields have any.
    pub(crate) fn kind(&self, column: &str) -> Option<ColumnKind> {
        match column {
            "factor" | "factor_a" | "factor_b" | "set" | "vintage" if !self.is_open => Some(ColumnKind::Text),
            "return" | "exposure" | "covariance" | "specific_variance" if !self.is_open => Some(ColumnKind::Number),
            "open" | "high" | "low" if self.name == "prices" => Some(ColumnKind::Number),
            _ => expected_kind(column),
        }
    }

    /// Its name inside its folder.
    pub(crate) fn table(&self) -> &'static str {
        self.name.rsplit_once('.').map_or(self.name, |(_, table)| table)
    }

    /// All columns it knows by name.
    pub(crate) fn known(&self) -> impl Iterator<Item = &'static str> + Clone {
        let (required, one_of, optional) = (self.required, self.one_of, self.optional);
        required.iter().chain(one_of).chain(optional).copied()
    }

    /// Whether numbers of a column can have a unit: those that formulas read.
    pub(crate) fn has_units(&self, column: &str) -> bool {
        self.is_open
            && self.name != "prices"
            && (!self.known().any(|known| known == column) || standard_field(column).is_some())
    }

    /// The codes a column can have, where they are few.
    pub(crate) fn codes(&self, column: &str) -> Option<&'static [&'static str]> {
        match (self.name, column) {
            ("fundamentals", "period") => Some(&["FY", "H", "Q", "YTD", "TTM"]),
            ("actions", "kind") => Some(&["split", "stock-dividend", "dividend", "special-dividend"]),
            _ => None,
        }
    }

    /// The column whose days divide the rows into files.
    pub(crate) fn divided_by(&self) -> Option<&'static str> {
        match self.layout {
            Layout::Whole => None,
            Layout::ByYear(column) => Some(column),
            Layout::ByDate(_) | Layout::ByDateInto(..) => Some("date"),
        }
    }

    /// Whether the dividing column stands in the folder's name alone.
    pub(crate) fn is_folder_date(&self, column: &str) -> bool {
        matches!(self.layout, Layout::ByDate(_) | Layout::ByDateInto(..)) && column == "date"
    }

    /// The division a day belongs to: the day itself or its year.
    pub(crate) fn division(&self, day: Day) -> i32 {
        use chrono::Datelike;
        match self.layout {
            Layout::Whole => 0,
            Layout::ByYear(_) => date_of(day).map_or(0, |date| date.year()),
            Layout::ByDate(_) | Layout::ByDateInto(..) => day,
        }
    }

    /// The file of a division, below the dataset; `part` names the source it came from.
    pub(crate) fn file(&self, division: i32, part: &str) -> String {
        let date = || date_of(division).map(|date| date.to_string()).unwrap_or_default();
        match self.layout {
            Layout::Whole => format!("{}/{part}.parquet", self.name),
            Layout::ByYear(_) => format!("{}/year={division:04}/{part}.parquet", self.name),
            Layout::ByDate(folder) => format!("{folder}/date={}/{part}.parquet", date()),
            Layout::ByDateInto(folder, file) => format!("{folder}/date={}/{file}.parquet", date()),
        }
    }
}
