//! The table `actions`: splits and stock dividends, as far as they are known.

use divisor_model::{ActionKind, Actions, ActionsBuilder, DAY_MISSING, Day, Problem, Securities, SecurityIndex};

use crate::contract::bounds;
use crate::dataset::Dataset;
use crate::frame::{days, numbers, texts};
use crate::rows::{Faults, File, Keys, day_text, read_file};

/// The columns that are read, `key` being the one that says whose a row is.
pub(crate) fn columns(key: &str) -> [&str; 5] {
    [key, "ex_date", "kind", "known_on", "ratio"]
}

const KINDS: &str = "split, stock-dividend, dividend, special-dividend";

/// Reads the share changes known by `cutoff` of the given securities.
pub(crate) fn read_actions(
    dataset: &Dataset,
    securities: &Securities,
    lookup: &mut Keys<'_>,
    cutoff: Day,
) -> (Actions, Faults) {
    let mut faults = Faults::new("actions");
    let mut builder = ActionsBuilder::default();
    let mut keys: Vec<(SecurityIndex, Day, Day, &str, String)> = Vec::new();
    let required = [lookup.column, "ex_date", "kind"];
    let columns = columns(lookup.column);
    for path in &dataset.actions {
        let Some(file) = read_file(dataset, path, &required, &columns, DAY_MISSING, &mut faults) else {
            continue;
        };
        for action in share_changes(&file, securities, lookup, cutoff, &mut faults) {
            builder.push_share_change(action.security, action.ex_date, action.known_on, action.ratio);
            let kind = action.kind.code();
            keys.push((
                action.security,
                action.ex_date,
                action.known_on,
                kind,
                file.label.clone(),
            ));
        }
    }
    keys.sort_unstable();
    for pair in keys.windows(2) {
        if let [(a, b, c, d, _), (security, ex_date, known_on, kind, file)] = pair
            && (a, b, c, d) == (security, ex_date, known_on, kind)
        {
            let key = format!("{} {} {kind}", securities.id(*security), day_text(*ex_date));
            faults.row(file, "", *known_on, (*security, key), Problem::DuplicateKey);
        }
    }
    (builder.finish(), faults)
}

struct ShareChange {
    security: SecurityIndex,
    ex_date: Day,
    known_on: Day,
    kind: ActionKind,
    ratio: f64,
}

fn share_changes(
    file: &File,
    securities: &Securities,
    lookup: &mut Keys<'_>,
    cutoff: Day,
    faults: &mut Faults,
) -> Vec<ShareChange> {
    let mut changes = Vec::new();
    let column = |name: &str| file.frame.column(name).ok();
    let rows = file.frame.height();
    let ex_dates = column("ex_date").and_then(days).unwrap_or_default();
    let known = column("known_on")
        .and_then(days)
        .unwrap_or_else(|| vec![DAY_MISSING; rows]);
    let ratios = column("ratio").map_or_else(|| vec![f64::NAN; rows], |column| numbers(column.clone()).0);
    let (Some(ids), Some(kinds)) = (column(lookup.column).and_then(texts), column("kind").and_then(texts)) else {
        return changes;
    };
    for (row, (id, kind)) in ids.iter().zip(kinds.iter()).enumerate() {
        let ex_date = ex_dates[row];
        // Without an announcement an action is known on its ex-date.
        let known_on = if known[row] == DAY_MISSING { ex_date } else { known[row] };
        if known_on > cutoff {
            continue;
        }
        let Some(id) = id else {
            faults.keyless(&file.label, lookup.column, known_on, row);
            continue;
        };
        if lookup.are_dated() && ex_date == DAY_MISSING {
            faults.keyless(&file.label, "ex_date", known_on, row);
            continue;
        }
        let Some(security) = lookup.index(id, ex_date, known_on) else {
            continue;
        };
        let key = || (security, format!("{} {}", securities.id(security), day_text(ex_date)));
        if ex_date == DAY_MISSING {
            faults.row(&file.label, "ex_date", known_on, key(), Problem::MissingValue);
            continue;
        }
        let Some(kind) = kind.and_then(ActionKind::from_code) else {
            faults.row(&file.label, "kind", known_on, key(), Problem::UnknownCode(KINDS));
            continue;
        };
        if !matches!(kind, ActionKind::Split | ActionKind::StockDividend) {
            continue;
        }
        let ratio = ratios[row];
        if ratio.is_nan() {
            faults.row(&file.label, "ratio", known_on, key(), Problem::MissingValue);
        } else if let Some(problem) = bounds("ratio").and_then(|bounds| bounds.broken_by(ratio)) {
            faults.row(&file.label, "ratio", known_on, key(), problem);
        } else if ratio.is_infinite() {
            faults.row(&file.label, "ratio", known_on, key(), Problem::NotFinite);
        } else {
            changes.push(ShareChange {
                security,
                ex_date,
                known_on,
                kind,
                ratio,
            });
        }
    }
    changes
}
