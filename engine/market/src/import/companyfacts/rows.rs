//! From figures to rows: one a period and publication.

use std::collections::BTreeMap;

use divisor_model::{Day, Period};

use super::figures::{Facts, Figure, Series};
use super::mapping::Mapping;
use super::period::{KINDS, Length};
use super::quarters::derive;

/// Kind and end of a period, and the day of the publication.
pub(super) type Key = (Period, Day, Day);

/// The rows of a company, in their order.
pub(super) type Rows = BTreeMap<Key, Row>;

/// One publication of a period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// The period's first day, where any filing until then states it.
    pub(super) start: Option<Day>,
    /// One cell a field, sorted by field.
    pub(super) cells: Vec<Cell>,
}

/// The value of a field in a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) figure: Figure,
    pub(super) origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The publication states it.
    Reported,
    /// A level stated earlier, when no period was known yet to end that day.
    Carried,
    /// A difference of two amounts for the year to date, published on these days.
    Derived {
        /// The longer one.
        longer: Day,
        /// The shorter one.
        shorter: Day,
    },
}

impl Origin {
    /// As written in the table of figures.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Carried => "carried",
            Self::Derived { .. } => "derived",
        }
    }
}

/// Which periods were known to end on a day: from when on, and where they began.
#[derive(Default)]
struct Ends(BTreeMap<(Day, Period), BTreeMap<Day, Option<Day>>>);

/// The rows of a company; the facts learn which of them are in one.
pub(super) fn rows(facts: &mut Facts<'_>, mapping: &Mapping) -> Rows {
    let series = facts.series(mapping);
    let best: Vec<Series> = series.iter().map(|sources| facts.best(sources)).collect();
    let mut cells: BTreeMap<Key, Vec<Cell>> = BTreeMap::new();
    let mut ends = Ends::default();
    flows(facts, &best, &mut cells, &mut ends);
    for (field, sources) in series.iter().enumerate() {
        if mapping.fields[field].subtractable {
            quarters(field, sources, &mut cells, &mut ends);
        }
    }
    levels(facts, &best, &mut cells, &ends);
    let settled = cells
        .into_iter()
        .map(|(key, cells)| (key, settle(key, cells, facts, &ends)));
    settled.collect()
}

/// Amounts over a period, by what their dates say.
fn flows(facts: &mut Facts<'_>, best: &[Series], cells: &mut BTreeMap<Key, Vec<Cell>>, ends: &mut Ends) {
    let durations =
        |((start, end), filed): &((Option<Day>, Day), Day)| Some((*filed, *end, Length::of((*start)?, *end)?));
    let mut longest: BTreeMap<(Day, Day), Length> = BTreeMap::new();
    for (filed, end, length) in best.iter().flat_map(BTreeMap::keys).filter_map(durations) {
        let known = longest.entry((filed, end)).or_insert(length);
        *known = length.max(*known);
    }
    for figure in best.iter().flat_map(BTreeMap::values) {
        let ((Some(start), end), filed) = (figure.span, figure.filed) else {
            continue;
        };
        let Some(length) = Length::of(start, end) else { continue };
        let Some(kind) = longest.get(&(filed, end)).and_then(|longest| length.kind(*longest)) else {
            for at in &figure.facts {
                facts.explain(*at, "nine months that end with a longer period of the same filing");
            }
            continue;
        };
        ends.duration(kind, start, end, filed);
        let origin = Origin::Reported;
        let figure = figure.clone();
        cells
            .entry((kind, end, filed))
            .or_default()
            .push(Cell { figure, origin });
    }
}

/// Quarters that no filing had stated by the day they could be derived.
fn quarters(field: usize, sources: &[Series], cells: &mut BTreeMap<Key, Vec<Cell>>, ends: &mut Ends) {
    let mut stated: BTreeMap<Day, Day> = BTreeMap::new();
    for ((kind, end, filed), row) in &*cells {
        if *kind == Period::Quarter && row.iter().any(|cell| cell.figure.field == field) {
            let first = stated.entry(*end).or_insert(*filed);
            *first = (*filed).min(*first);
        }
    }
    let mut made: BTreeMap<(Day, Day), Cell> = BTreeMap::new();
    for series in sources {
        for ((end, filed), derived) in derive(series) {
            if stated.get(&end).is_none_or(|first| *first > filed) {
                let origin = Origin::Derived {
                    longer: derived.longer,
                    shorter: derived.shorter,
                };
                let figure = derived.figure;
                made.entry((end, filed)).or_insert(Cell { figure, origin });
            }
        }
    }
    for ((end, filed), cell) in made {
        ends.know(Period::Quarter, end, filed, cell.figure.span.0);
        cells.entry((Period::Quarter, end, filed)).or_default().push(cell);
    }
}

/// Levels, in the rows of every kind of period that was known to end that day.
fn levels(facts: &mut Facts<'_>, best: &[Series], cells: &mut BTreeMap<Key, Vec<Cell>>, ends: &Ends) {
    let mut by_day: BTreeMap<(usize, Day), Vec<&Figure>> = BTreeMap::new();
    for figure in best.iter().flat_map(BTreeMap::values) {
        if let (None, day) = figure.span {
            by_day.entry((figure.field, day)).or_default().push(figure);
        }
    }
    for ((_, day), figures) in by_day {
        let mut known = false;
        for kind in KINDS {
            let Some(first) = ends.first(kind, day) else { continue };
            known = true;
            let mut put = |figure: &Figure, filed: Day, origin: Origin| {
                let figure = figure.clone();
                cells
                    .entry((kind, day, filed))
                    .or_default()
                    .push(Cell { figure, origin });
            };
            let before = figures.partition_point(|figure| figure.filed < first);
            let stated = figures.get(before).is_some_and(|figure| figure.filed == first);
            if let (Some(last), false) = (figures[..before].last(), stated) {
                put(last, first, Origin::Carried);
            }
            for figure in &figures[before..] {
                put(figure, figure.filed, Origin::Reported);
            }
        }
        let reason = if known {
            "published again before a period was known to end that day"
        } else {
            "no period is known to end that day"
        };
        for at in figures.iter().flat_map(|figure| &figure.facts) {
            facts.explain(*at, reason);
        }
    }
}

/// One cell a field, and the first day of the period: that of most of its amounts, then the earliest.
fn settle((kind, end, filed): Key, mut cells: Vec<Cell>, facts: &mut Facts<'_>, ends: &Ends) -> Row {
    let mut votes: BTreeMap<Day, usize> = BTreeMap::new();
    for start in cells.iter().filter_map(|cell| cell.figure.span.0) {
        *votes.entry(start).or_default() += 1;
    }
    let most = votes.values().max().copied();
    let elected = votes
        .iter()
        .find(|(_, count)| Some(**count) == most)
        .map(|(start, _)| *start);
    let start = elected.or_else(|| ends.start(kind, end, filed));
    let off = |cell: &Cell| cell.figure.span.0.is_some() && cell.figure.span.0 != start;
    cells.sort_by_key(|cell| (cell.figure.field, off(cell), cell.figure.span.0));
    let mut kept: Vec<Cell> = Vec::with_capacity(cells.len());
    for cell in cells {
        if kept.last().is_some_and(|last| last.figure.field == cell.figure.field) {
            for at in &cell.figure.facts {
                facts.explain(*at, "the filing states another period of the kind up to the same day");
            }
        } else {
            facts.keep(&cell.figure);
            kept.push(cell);
        }
    }
    Row { start, cells: kept }
}

impl Ends {
    /// A duration stated on `filed`. The end of a year and of a year to date is a quarter's too; the day before either
    /// began ended a fiscal year, and the day before a quarter began ended a quarter.
    fn duration(&mut self, kind: Period, start: Day, end: Day, filed: Day) {
        self.know(kind, end, filed, Some(start));
        if kind != Period::Half {
            self.know(Period::Quarter, start - 1, filed, None);
        }
        if matches!(kind, Period::FiscalYear | Period::YearToDate) {
            self.know(Period::Quarter, end, filed, None);
            self.know(Period::FiscalYear, start - 1, filed, None);
        }
    }

    fn know(&mut self, kind: Period, end: Day, filed: Day, start: Option<Day>) {
        let seen = self.0.entry((end, kind)).or_default().entry(filed).or_default();
        *seen = match (*seen, start) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// The day from which on a period of this kind was known to end on a day.
    fn first(&self, kind: Period, end: Day) -> Option<Day> {
        self.0.get(&(end, kind))?.keys().next().copied()
    }

    /// Where it began, by the last filing until `filed` that says so.
    fn start(&self, kind: Period, end: Day, filed: Day) -> Option<Day> {
        self.0
            .get(&(end, kind))?
            .range(..=filed)
            .rev()
            .find_map(|(_, start)| *start)
    }
}
