//! The published tables of a review, in memory. Schemas: `config/schemas/`.

use divisor_methodology::{CANDIDATE_COLUMNS, Methodology, Quantity};
use divisor_model::{Day, Snapshot, TEXT_MISSING, Table, TextBuilder, TextColumn, Values, day_of};

use crate::bind::Pipeline;
use crate::fold::Review;
use crate::needs::quantities;
use crate::select::Fate;
use crate::shared::Shared;
use crate::turnover::TurnoverRow;

/// `constituents`: one row a member, weight descending, then security.
pub fn constituents(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Table {
    let scored = &review.scored;
    let Some(snapshot) = shared.landed.panel.snapshot(scored.snapshot) else {
        return Table::new("constituents");
    };
    let mut order: Vec<usize> = (0..review.members.len()).collect();
    order.sort_by(|a, b| review.weights[*b].total_cmp(&review.weights[*a]).then(a.cmp(b)));
    let at: Vec<usize> = order.iter().map(|member| review.members[*member] as usize).collect();
    let rows: Vec<usize> = at.iter().map(|at| scored.rows[*at] as usize).collect();
    let count = order.len();
    let number = |name: &str| -> Vec<f64> {
        let values = snapshot.number(name);
        rows.iter()
            .map(|row| values.map_or(f64::NAN, |values| values[*row]))
            .collect()
    };
    let weights: Vec<f64> = order.iter().map(|member| review.weights[*member]).collect();
    let uncapped: Vec<f64> = order.iter().map(|member| review.uncapped[*member]).collect();
    let parent: Vec<f64> = at.iter().map(|at| scored.parent_weight[*at]).collect();
    let (price, fx) = (number("price"), number("fx"));
    let notional = pipeline.methodology.index.notional.value;
    let shares: Vec<f64> = (0..count)
        .map(|row| weights[row] * notional / (price[row] * fx[row]))
        .collect();
    let ratio = |over: &[f64]| Values::Number((0..count).map(|row| weights[row] / over[row]).collect());
    let capping = ratio(&uncapped);
    let inclusion = ratio(&parent);
    let same = |day: Day| Values::Day(vec![day; count]);
    let kept = |member: &usize| {
        let security = scored.security[review.members[*member] as usize];
        let held = review.previous.as_ref().is_some_and(|held| {
            held.members
                .binary_search_by_key(&security, |holding| holding.security)
                .is_ok()
        });
        if held { "kept" } else { "added" }
    };
    let limits = &pipeline.methodology.limits;
    Table::new("constituents")
        .with("index_id", repeated(&pipeline.methodology.index.id, count))
        .with("effective_date", same(day_of(review.dates.effective)))
        .with("cutoff_date", same(day_of(review.dates.cutoff)))
        .with(
            "valuation_date",
            Values::Day(at.iter().map(|at| scored.valuation_day[*at]).collect()),
        )
        .with("snapshot_date", same(day_of(scored.snapshot)))
        .with("security_id", ids(shared, at.iter().map(|at| scored.security[*at])))
        .with("issuer_id", text(snapshot, "issuer_id", &rows))
        .with("name", text(snapshot, "name", &rows))
        .with("ticker", text(snapshot, "ticker", &rows))
        .with("isin", text(snapshot, "isin", &rows))
        .with("country", text(snapshot, "country", &rows))
        .with("sector", text(snapshot, "sector", &rows))
        .with("currency", currency(pipeline, snapshot, &rows))
        .with("shares", Values::Number(number("shares")))
        .with("price", Values::Number(price))
        .with("fx", Values::Number(fx))
        .with("free_float", Values::Number(number("free_float")))
        .with("market_cap", Values::Number(number("market_cap")))
        .with("parent_weight", Values::Number(parent))
        .with("score", ranked_by(review, &at))
        .with("rank", ranks(review, at.iter().copied()))
        .with("uncapped_weight", Values::Number(uncapped))
        .with("weight", Values::Number(weights))
        .with("capping_factor", capping)
        .with("inclusion_factor", inclusion)
        .with("index_shares", Values::Number(shares))
        .with("status", words(order.iter().map(kept)))
        .with(
            "reason",
            words(order.iter().map(|member| review.reason(limits, *member))),
        )
        .published(&CONSTITUENTS)
}

/// Published order of the columns.
const CONSTITUENTS: [&str; 28] = [
    "index_id",
    "effective_date",
    "cutoff_date",
    "valuation_date",
    "snapshot_date",
    "security_id",
    "issuer_id",
    "name",
    "ticker",
    "isin",
    "country",
    "sector",
    "currency",
    "price",
    "fx",
    "shares",
    "free_float",
    "market_cap",
    "parent_weight",
    "score",
    "rank",
    "uncapped_weight",
    "weight",
    "capping_factor",
    "inclusion_factor",
    "index_shares",
    "status",
    "reason",
];

/// `turnover`: one row for every name held before or after, biggest trade first.
pub fn turnover(shared: &Shared, review: &Review) -> Table {
    let rows = review.turnover.by_size();
    let number = |read: fn(&TurnoverRow) -> f64| Values::Number(rows.iter().map(read).collect());
    Table::new("turnover")
        .with("security_id", ids(shared, rows.iter().map(|row| row.security)))
        .with("old_weight", number(|row| row.old_weight))
        .with("new_weight", number(|row| row.new_weight))
        .with("trade", number(TurnoverRow::trade))
        .with("cause", words(rows.iter().map(TurnoverRow::cause)))
        .with("drift_source", words(rows.iter().map(|row| row.drift_source.word())))
}

/// `candidates`: one row a name of the parent, by security, with everything that was computed about it.
pub fn candidates(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Table {
    let scored = &review.scored;
    let methodology = &pipeline.methodology;
    let names = scored.security.len();
    let mut table = Table::new("candidates").with("security_id", ids(shared, scored.security.iter().copied()));
    let mut variables: Vec<_> = methodology.variables.iter().zip(&scored.variables).collect();
    variables.sort_by_key(|(variable, _)| variable.line);
    for (variable, column) in variables {
        table.push(variable.name.clone(), Values::Number(column.values.clone()));
        table.push(
            format!("{}.known_on", variable.name),
            Values::Day(column.known_on.clone()),
        );
    }
    for (name, values) in named_columns(methodology, shared, review) {
        table.push(name.clone(), Values::Number(values));
        table.push(
            format!("{name}.known_on"),
            Values::Day(vec![day_of(scored.snapshot); names]),
        );
    }
    for (score, column) in methodology.scores.iter().zip(&scored.scores) {
        for (part, values) in score.parts.iter().zip(&column.parts) {
            // Only names of `over` were winsorised.
            let over = |values: &[f64]| {
                let each = values.iter().zip(&column.over);
                Values::Number(
                    each.map(|(value, over)| if *over { *value } else { f64::NAN })
                        .collect(),
                )
            };
            table.push(
                format!("{}.{}.winsorised", score.name, part.id),
                over(&values.winsorised),
            );
            table.push(format!("{}.{}.z", score.name, part.id), over(&values.z));
        }
        table.push(format!("score.{}", score.name), Values::Number(column.values.clone()));
    }
    let mut weight = vec![0.0; names];
    for (at, value) in review.members.iter().zip(&review.weights) {
        weight[*at as usize] = *value;
    }
    let failing = (0..names).map(
        |at| match (scored.first_failing(methodology, at), review.selection.fate[at]) {
            (Some(rule), _) => rule,
            (None, Fate::Unranked | Fate::NoMember) => "select",
            (None, Fate::Unweightable) => "weight",
            (None, _) if review.selection.light(at).is_some() => "weight",
            (None, _) => review.unweighted_by(at).unwrap_or_default(),
        },
    );
    let [rank, eligible, first_failing_rule, in_index] = CANDIDATE_COLUMNS;
    table
        .with(rank, ranks(review, 0..names))
        .with(
            eligible,
            Values::Flag((0..names).map(|at| Some(scored.is_eligible(at))).collect()),
        )
        .with(first_failing_rule, words(failing))
        .with(in_index, Values::Number(weight))
}

/// The snapshot columns that stand where a variable is named, with their values over the parent.
fn named_columns(methodology: &Methodology, shared: &Shared, review: &Review) -> Vec<(String, Vec<f64>)> {
    let mut names: Vec<&str> = quantities(methodology)
        .into_iter()
        .filter_map(|quantity| match quantity {
            Quantity::Column(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    let snapshot = shared.landed.panel.snapshot(review.scored.snapshot);
    let values = |name: &str| {
        let values = snapshot.and_then(|snapshot| snapshot.number(name))?;
        Some(review.scored.rows.iter().map(|row| values[*row as usize]).collect())
    };
    names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), values(name)?)))
        .collect()
}

fn ranked_by(review: &Review, at: &[usize]) -> Values {
    let values = &review.scored.ranked_by;
    Values::Number(
        at.iter()
            .map(|at| values.get(*at).copied().unwrap_or(f64::NAN))
            .collect(),
    )
}

fn ranks(review: &Review, at: impl Iterator<Item = usize>) -> Values {
    let rank = |at: usize| Some(i64::from(review.selection.rank[at])).filter(|rank| *rank > 0);
    Values::Integer(at.map(rank).collect())
}

fn ids(shared: &Shared, securities: impl Iterator<Item = u32>) -> Values {
    words(securities.map(|security| shared.landed.panel.securities().id(security)))
}

/// Texts; an empty one is missing.
fn words<'a>(texts: impl Iterator<Item = &'a str>) -> Values {
    let mut builder = TextBuilder::default();
    texts.for_each(|text| builder.push(Some(text).filter(|text| !text.is_empty())));
    Values::Text(builder.finish())
}

fn repeated(text: &str, count: usize) -> Values {
    words(std::iter::repeat_n(text, count))
}

fn text(snapshot: Snapshot<'_>, name: &str, rows: &[usize]) -> Values {
    let Some((codes, column)) = snapshot.text(name) else {
        return Values::Text(TextColumn {
            codes: vec![TEXT_MISSING; rows.len()],
            ..TextColumn::default()
        });
    };
    words(rows.iter().map(|row| column.text(codes[*row]).unwrap_or_default()))
}

/// A name's currency; the dataset's where the data has none.
fn currency(pipeline: &Pipeline, snapshot: Snapshot<'_>, rows: &[usize]) -> Values {
    let home = pipeline.dataset.currency.as_str();
    words(
        rows.iter()
            .map(|row| snapshot.text_at("currency", *row).unwrap_or(home)),
    )
}

/// Puts columns into their published order.
trait Published {
    fn published(self, order: &[&str]) -> Self;
}

impl Published for Table {
    fn published(mut self, order: &[&str]) -> Self {
        self.columns
            .sort_by_key(|column| order.iter().position(|name| *name == column.name));
        debug_assert!(self.columns.len() == order.len());
        self
    }
}
