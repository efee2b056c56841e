//! One plan of what a run reads, and the reading of it.

use std::collections::{BTreeMap, BTreeSet};

use divisor_model::{DAY_MISSING, Date, Day, DayRanges, Defect, History, Panel, Problem, day_of};
use tracing::field::Empty;
use tracing::info_span;

use crate::actions::read_actions;
use crate::dataset::Dataset;
use crate::dated::Dated;
use crate::fundamentals::read_fundamentals;
use crate::identifiers::Unresolved;
use crate::prices::read_prices;
use crate::risk::read_risk;
use crate::rows::Keys;
use crate::snapshots::read_snapshots;

/// The rows and columns that all reviews of all rulebooks of a run need together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Snapshots to read.
    pub snapshots: BTreeSet<Date>,
    /// Their columns; the standard ones come along where they exist.
    pub columns: BTreeSet<String>,
    /// Fields of `fundamentals`; empty where no rule reads the table.
    pub fundamentals: BTreeSet<String>,
    /// Columns of `prices`; empty where no rule reads the table.
    pub prices: BTreeSet<String>,
    /// Days whose price rows history functions may read.
    pub price_days: DayRanges,
    /// Calendar days before a valuation day of the snapshots in which its close may lie; `None` where no close is
    /// looked up.
    pub close_age_days_max: Option<Day>,
    /// Whether share changes are needed.
    pub actions: bool,
    /// Vendors' risk models to read, by date.
    pub risk: BTreeSet<Date>,
    /// Nothing known after this day is needed.
    pub cutoff: Day,
}

impl Needs {
    /// All days whose prices are needed: those of history functions, and those around each valuation day of the
    /// snapshots, which is a name's `price_date`, else the snapshot's own date.
    fn days_with_prices(&self, panel: &Panel) -> DayRanges {
        let mut valued: BTreeSet<Day> = BTreeSet::new();
        if self.close_age_days_max.is_some() {
            for snapshot in panel.dates().filter_map(|date| panel.snapshot(date)) {
                let mut last = day_of(snapshot.date());
                valued.insert(last);
                for day in snapshot.days("price_date").into_iter().flatten() {
                    if *day != last && *day != DAY_MISSING {
                        valued.insert(*day);
                        last = *day;
                    }
                }
            }
        }
        let age = self.close_age_days_max.unwrap_or(0);
        let around = valued.into_iter().map(|day| (day.saturating_sub(age), day));
        let all = self.price_days.ranges().chain(around);
        DayRanges::new(all.map(|(first, last)| (first, last.min(self.cutoff))))
    }
}

/// What was read, and everything that is wrong with it.
#[derive(Debug)]
pub struct Landed {
    /// The snapshots.
    pub panel: Panel,
    /// The tables behind them.
    pub history: History,
    /// Broken promises, each dated by when its row became known.
    pub defects: Vec<Defect>,
    /// Columns of snapshots that came from `identifiers` or `classifications`, and from which, by snapshot.
    pub filled: BTreeMap<Date, BTreeMap<String, &'static str>>,
    /// Rows left out because nobody carried their identifier, by table; only tables keyed by identifiers are here.
    pub unresolved: BTreeMap<&'static str, Unresolved>,
}

/// The columns of a snapshot that results show, read wherever they exist.
pub const STANDARD_COLUMNS: [&str; 17] = [
    "country",
    "currency",
    "free_float",
    "fx",
    "industry",
    "isin",
    "issuer_id",
    "market_cap",
    "mic",
    "name",
    "price",
    "price_date",
    "sector",
    "security_id",
    "shares",
    "ticker",
    "universes",
];

impl Dataset {
    /// Reads what is needed. Never fails: what cannot be read or believed is a defect.
    pub fn read(&self, needs: &Needs) -> Landed {
        let span = info_span!(
            "read",
            snapshots = needs.snapshots.len(),
            securities = Empty,
            defects = Empty
        )
        .entered();
        let mut columns = needs.columns.clone();
        columns.extend(STANDARD_COLUMNS.map(str::to_owned));
        let dated = Dated::read(self, needs.cutoff);
        let snapshots = info_span!("snapshots", columns = columns.len())
            .in_scope(|| read_snapshots(self, &needs.snapshots, &needs.columns, &columns, &dated));
        let mut defects = snapshots.defects;
        self.foreign_currencies(&snapshots.panel, &mut defects);
        let securities = snapshots.panel.securities();
        defects.extend(dated.defects(securities));
        let keys = |table: &'static str| Keys::new(self, table, securities, &dated);
        let stage = span.id();
        // Publications are decoded on one thread, prices file by file: together they keep all threads busy.
        let (publications, prices) = rayon::join(
            || {
                let fields = (!needs.fundamentals.is_empty()).then_some(&needs.fundamentals)?;
                let _stage = info_span!(parent: stage.clone(), "fundamentals", fields = fields.len()).entered();
                let mut keys = keys("fundamentals");
                let (table, faults) = read_fundamentals(self, securities, &mut keys, fields, needs.cutoff);
                Some((table, faults, keys.finish()))
            },
            || {
                let days = (!needs.prices.is_empty()).then(|| needs.days_with_prices(&snapshots.panel))?;
                let _stage =
                    info_span!(parent: stage.clone(), "prices", ranges_of_days = days.ranges().count()).entered();
                Some(read_prices(self, securities, &keys, &needs.prices, &days))
            },
        );
        let mut history = History::default();
        let mut unresolved = BTreeMap::new();
        if let Some((table, faults, nobody)) = publications {
            unresolved.extend(nobody);
            history.fundamentals = Some(table);
            defects.extend(faults.defects);
        }
        if let Some((table, faults, nobody)) = prices {
            unresolved.extend(nobody);
            history.prices = Some(table);
            defects.extend(faults.defects);
        }
        if needs.actions && self.has_table("actions") {
            let mut keys = keys("actions");
            let (table, faults) = read_actions(self, securities, &mut keys, needs.cutoff);
            unresolved.extend(keys.finish());
            history.actions = Some(table);
            defects.extend(faults.defects);
        }
        if !needs.risk.is_empty() {
            let (models, faults) =
                info_span!("risk", models = needs.risk.len()).in_scope(|| read_risk(self, securities, &needs.risk));
            history.risk = models;
            defects.extend(faults);
        }
        span.record("securities", snapshots.panel.securities().len());
        span.record("defects", defects.len());
        Landed {
            panel: snapshots.panel,
            history,
            defects,
            filled: snapshots.filled,
            unresolved,
        }
    }

    /// Names in the dataset's own currency need no exchange rate: a missing one is 1, which is no defect.
    fn foreign_currencies(&self, panel: &Panel, defects: &mut Vec<Defect>) {
        let home = self.info.currency.as_str();
        defects.retain(|defect| {
            if defect.table != "snapshots" || defect.column != "fx" {
                return true;
            }
            let snapshot = divisor_model::date_of(defect.known_on).and_then(|date| panel.snapshot(date));
            let Some(snapshot) = snapshot else { return true };
            let currency = |row: usize| snapshot.text_at("currency", row).unwrap_or(home);
            match (
                &defect.problem,
                defect.security.and_then(|security| snapshot.row(security)),
            ) {
                (Problem::MissingValue, Some(row)) => currency(row) != home,
                (Problem::MissingColumn, _) => (0..snapshot.len()).any(|row| currency(row) != home),
                _ => true,
            }
        });
    }
}
