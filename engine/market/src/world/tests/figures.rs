//! Prices, actions, publications and snapshots agree with each other.

use super::*;

#[test]
fn closes_actions_and_total_returns_agree() {
    let (tables, _) = build(&small());
    let actions = action_lists(&tables);
    let (mut cash_days, mut split_days) = (0, 0);
    for (id, path) in price_paths(&tables) {
        let own = actions.get(id).map_or(&[][..], Vec::as_slice);
        assert_close(path[0].1, path[0].2, 1e-12, "both columns start together");
        let mut rebuilt = path[0].1;
        for pair in path.windows(2) {
            let (before, today) = (pair[0], pair[1]);
            let on_day = own.iter().filter(|(ex_date, ..)| *ex_date == today.0);
            let mut cash = 0.0;
            for (ex_date, ratio, amount) in on_day {
                // An amount is a share's of the day before: every split from the ex-date on made more shares of it.
                let later = own
                    .iter()
                    .filter(|(other, ..)| other >= ex_date)
                    .map(|(_, ratio, _)| ratio);
                cash += amount / later.product::<f64>();
                cash_days += usize::from(*amount > 0.0);
                split_days += usize::from((ratio - 1.0).abs() > 0.01);
            }
            rebuilt *= (today.1 + cash) / before.1;
            assert_close(rebuilt, today.2, 1e-5, &format!("{id} on day {}", today.0));
        }
    }
    assert!(
        cash_days > 100 && split_days > 3,
        "{cash_days} dividends and {split_days} splits"
    );
}

#[test]
fn snapshots_agree_with_prices_and_with_themselves() {
    let (tables, generated) = build(&small());
    let (actions, paths) = (action_lists(&tables), price_paths(&tables));
    let mut rows = 0;
    for (path, table) in with_prefix(&tables, "snapshots/") {
        let (price, fx) = (numbers(table, "price"), numbers(table, "fx"));
        let (shares, cap) = (numbers(table, "shares"), numbers(table, "market_cap"));
        let date = path["snapshots/date=".len()..][..10].parse::<Date>().expect("a date");
        assert!(
            date.succ_opt()
                .is_some_and(|next| next.month() != date.month() || next.weekday() == Weekday::Sat)
        );
        for (row, id) in texts(table, "security_id").into_iter().enumerate() {
            assert_close(cap[row], shares[row] * price[row] * fx[row], 1e-9, id);
            assert_eq!(days(table, "price_date")[row], day_of(date));
            let own = actions.get(id).map_or(&[][..], Vec::as_slice);
            let later = own.iter().filter(|(ex_date, ..)| *ex_date > day_of(date));
            let factor: f64 = later.map(|(_, ratio, _)| ratio).product();
            let close = paths[id]
                .iter()
                .find(|(day, ..)| *day == day_of(date))
                .expect("a close on the day");
            assert_close(close.1 * factor, price[row], 2e-6, id);
            let float = numbers(table, "free_float")[row];
            assert!((0.15..=1.0).contains(&float));
            if texts_at(table, "currency", row) == "USD" {
                assert_eq!(fx[row].to_bits(), 1.0_f64.to_bits());
            }
            rows += 1;
        }
    }
    assert_eq!(rows, generated.snapshot_rows);
}

#[test]
fn about_the_wanted_number_is_alive_and_nothing_outlives_its_prices() {
    let mut spec = small();
    spec.securities_alive = 200;
    let (tables, generated) = build(&spec);
    let paths = price_paths(&tables);
    assert_eq!(paths.len(), generated.securities);
    assert!(generated.merged + generated.failed > 5 && generated.securities > 205);
    for (path, table) in with_prefix(&tables, "snapshots/") {
        let alive = table.rows() as f64;
        assert!((alive / 200.0 - 1.0).abs() < 0.04, "{alive} alive in {path}");
        let isins = texts(table, "isin");
        let unique: std::collections::BTreeSet<&str> = isins.iter().copied().collect();
        assert_eq!(unique.len(), isins.len());
    }
    let second_lines = paths.len() - generated.issuers;
    assert!(second_lines > 0 && second_lines < 25, "{second_lines} second lines");
}

#[test]
fn lines_of_one_issuer_share_it_and_have_their_own_capitalization() {
    let (tables, _) = build(&small());
    let (_, table) = with_prefix(&tables, "snapshots/").last().expect("a snapshot");
    let mut by_issuer: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, issuer) in texts(table, "issuer_id").into_iter().enumerate() {
        by_issuer.entry(issuer).or_default().push(row);
    }
    let pairs: Vec<Vec<usize>> = by_issuer.into_values().filter(|rows| rows.len() == 2).collect();
    assert!(!pairs.is_empty());
    for pair in pairs {
        for column in ["country", "sector", "industry", "currency", "mic"] {
            assert_eq!(texts_at(table, column, pair[0]), texts_at(table, column, pair[1]));
        }
        let cap = numbers(table, "market_cap");
        assert!((cap[pair[0]] / cap[pair[1]] - 1.0).abs() > 1e-3);
    }
}

#[test]
fn publications_follow_their_periods_and_add_up() {
    let (tables, _) = build(&small());
    let table = &tables["fundamentals.parquet"];
    let (start, end, known) = (
        days(table, "period_start"),
        days(table, "period_end"),
        days(table, "known_on"),
    );
    let column = |name| numbers(table, name);
    let (mut checked, mut years, mut oldest) = (0, 0, Day::MAX);
    for row in 0..table.rows() {
        let annual = texts_at(table, "period", row) == "FY";
        assert!(known[row] >= end[row] + 25, "a publication comes after its period");
        assert!((known[row] + 3).rem_euclid(7) < 5, "known on a weekday");
        let length = end[row] - start[row] + 1;
        assert!(if annual {
            (365..=366).contains(&length)
        } else {
            (90..=92).contains(&length)
        });
        years += usize::from(annual);
        oldest = oldest.min(end[row]);
        let (income, eps) = (column("net_income")[row], column("eps")[row]);
        let (book, book_per_share) = (column("book_value")[row], column("book_value_per_share")[row]);
        if eps.abs() > 0.01 && income.abs() > 1e7 && book.abs() > 1e7 {
            // Average shares of a year may differ from those at its end by a year's issuance.
            let tolerance = if annual { 0.05 } else { 2e-3 };
            assert_close(
                income / eps,
                book / book_per_share,
                tolerance,
                "shares behind the figures",
            );
            checked += 1;
        }
    }
    assert!(checked > 500 && years > 300, "{checked} checked, {years} years");
    assert!(
        oldest < day_of("1990-01-01".parse().expect("a date")),
        "old companies reach back"
    );
}

#[test]
fn snapshot_figures_are_the_newest_known_publications() {
    let (tables, _) = build(&small());
    let table = &tables["fundamentals.parquet"];
    let (_, snapshot) = with_prefix(&tables, "snapshots/").last().expect("a snapshot");
    let day = days(snapshot, "price_date")[0];
    let sales: BTreeMap<&str, f64> = texts(snapshot, "security_id")
        .into_iter()
        .zip(numbers(snapshot, "sales").iter().copied())
        .collect();
    let mut newest: BTreeMap<&str, (Day, Day, f64)> = BTreeMap::new();
    for (row, id) in texts(table, "security_id").into_iter().enumerate() {
        let known = days(table, "known_on")[row];
        let row_of_year = (days(table, "period_end")[row], known, numbers(table, "sales")[row]);
        if texts_at(table, "period", row) == "FY" && known <= day && !row_of_year.2.is_nan() {
            let best = newest.entry(id).or_insert(row_of_year);
            if (row_of_year.0, row_of_year.1) > (best.0, best.1) {
                *best = row_of_year;
            }
        }
    }
    let mut compared = 0;
    for (id, value) in sales.iter().filter(|(_, value)| !value.is_nan()) {
        assert_close(*value, newest[id].2, 1e-12, id);
        compared += 1;
    }
    assert!(compared > 50);
}

#[test]
fn utilities_are_calmer_than_technology() {
    let mut spec = small();
    spec.securities_alive = 150;
    let (tables, _) = build(&spec);
    let (_, table) = with_prefix(&tables, "snapshots/").last().expect("a snapshot");
    let mean = |sector: &str| {
        let of_sector = |row: &usize| texts_at(table, "sector", *row) == sector;
        let volatility = numbers(table, "volatility_1y");
        let values: Vec<f64> = (0..table.rows()).filter(of_sector).map(|row| volatility[row]).collect();
        let present: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        assert!(present.len() > 3, "{sector}");
        present.iter().sum::<f64>() / present.len() as f64
    };
    let (calm, lively) = (mean("Utilities"), mean("Information Technology"));
    assert!(
        calm * 1.2 < lively && calm > 0.08 && lively < 0.7,
        "{calm} against {lively}"
    );
}
