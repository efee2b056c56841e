//! What is announced of a review: its constituents, and the names that leave.

use divisor_model::{DAY_MISSING, SecurityIndex, Table, TextBuilder, TextColumn, Values, day_of};

use crate::bind::Pipeline;
use crate::fold::Review;
use crate::shared::Shared;
use crate::tables::constituents;

/// `announcement`: the rows of `constituents`, then one row with weight 0 and status `deleted` for each name that
/// leaves, by security. Their names and groups are those of the newest snapshot that has them; `reason` is the rule that
/// put them out, `universe` for a name that left the parent.
pub fn announcement(pipeline: &Pipeline, shared: &Shared, review: &Review) -> Table {
    let rows = &review.turnover.rows;
    let leaving: Vec<SecurityIndex> = rows
        .iter()
        .filter(|row| row.cause() == "deletion")
        .map(|row| row.security)
        .collect();
    let mut table = Table::new("announcement");
    for column in constituents(pipeline, shared, review).columns {
        let values = match column.values {
            Values::Text(text) => Values::Text(texts(&text, &leaving, |security| {
                self::text(pipeline, shared, review, &column.name, security)
            })),
            Values::Number(mut values) => {
                let value = if ["weight", "index_shares"].contains(&column.name.as_str()) {
                    0.0
                } else {
                    f64::NAN
                };
                values.extend(leaving.iter().map(|_| value));
                Values::Number(values)
            }
            Values::Day(mut days) => {
                let day = match column.name.as_str() {
                    "effective_date" => day_of(review.dates.effective),
                    "cutoff_date" => day_of(review.dates.cutoff),
                    _ => DAY_MISSING,
                };
                days.extend(leaving.iter().map(|_| day));
                Values::Day(days)
            }
            Values::Integer(mut values) => {
                values.extend(leaving.iter().map(|_| None));
                Values::Integer(values)
            }
            Values::Flag(mut flags) => {
                flags.extend(leaving.iter().map(|_| None));
                Values::Flag(flags)
            }
        };
        table.push(column.name, values);
    }
    table
}

fn texts<'a>(
    members: &TextColumn,
    leaving: &[SecurityIndex],
    text: impl Fn(SecurityIndex) -> Option<&'a str>,
) -> TextColumn {
    let mut builder = TextBuilder::default();
    for row in 0..members.codes.len() {
        builder.push(members.get(row));
    }
    for security in leaving {
        builder.push(text(*security));
    }
    builder.finish()
}

/// A text of a name that leaves.
fn text<'a>(
    pipeline: &'a Pipeline,
    shared: &'a Shared,
    review: &'a Review,
    column: &str,
    security: SecurityIndex,
) -> Option<&'a str> {
    match column {
        "index_id" => return Some(&pipeline.methodology.index.id),
        "security_id" => return Some(shared.landed.panel.securities().id(security)),
        "status" => return Some("deleted"),
        "reason" => {
            let at = review.scored.position(security);
            let rule = at.map(|at| {
                review
                    .scored
                    .first_failing(&pipeline.methodology, at)
                    .unwrap_or("select")
            });
            return Some(rule.unwrap_or("universe"));
        }
        _ => {}
    }
    let before = review.previous.as_ref().map(|held| held.snapshot);
    let dates = [Some(review.scored.snapshot), before];
    dates.into_iter().flatten().find_map(|date| {
        let snapshot = shared.landed.panel.snapshot(date)?;
        snapshot.text_at(column, snapshot.row(security)?)
    })
}
