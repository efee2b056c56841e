//! One thing wrong at a time, by check, and what is said of it.

use super::*;

/// A defect, the check it is meant for, and the first review that a run refuses to make of it; none where the check
/// belongs to `data check` alone or finds it there alone.
struct Broken {
    name: &'static str,
    check: &'static str,
    stops: Option<&'static str>,
    change: fn(&mut TextData),
}

const fn broken(
    name: &'static str,
    check: &'static str,
    stops: Option<&'static str>,
    change: fn(&mut TextData),
) -> Broken {
    Broken {
        name,
        check,
        stops,
        change,
    }
}

const VALUES: &[Broken] = &[
    broken("yield-in-percent", "value-bounds", Some(NOVEMBER), |data| {
        set(data, OCTOBER, "N07", "dividend_yield", "3.5");
    }),
    broken("yield-negative", "value-bounds", Some(MAY), |data| {
        set(data, APRIL, "N07", "dividend_yield", "-0.02");
    }),
    broken("price-to-book-wild", "sector-outlier", Some(NOVEMBER), |data| {
        set(data, OCTOBER, "N03", "price_to_book", "900");
    }),
    broken("sales-in-thousands", "own-jump", Some(NOVEMBER), |data| {
        change(
            data,
            OCTOBER,
            ("sales", "sales"),
            |name, _| name == "N05",
            times(1000.0),
        );
    }),
    broken("filed-sales-in-thousands", "own-jump", None, |data| {
        let is_2019 = |name: &str, end: &str| name == "N05" && end == "2019-12-31";
        change(data, FIGURES, ("period_end", "sales"), is_2019, times(1000.0));
    }),
    broken(
        "shares-of-another-class",
        "market-cap-mismatch",
        Some(NOVEMBER),
        |data| {
            set(data, OCTOBER, "N02", "shares", "10");
        },
    ),
    broken("market-cap-of-all-lines", "market-cap-jump", Some(NOVEMBER), |data| {
        for column in ["market_cap", "shares"] {
            change(data, OCTOBER, (column, column), |name, _| name == "N02", times(4.0));
        }
    }),
];

const MISSING: &[Broken] = &[
    broken("column-mostly-null", "missing-values", Some(MAY), |data| {
        for taken in DATES {
            let table = format!("snapshots/date={taken}");
            change(data, &table, ("sales", "sales"), first(20), null);
        }
    }),
    broken("column-empty-once", "missing-values", None, |data| {
        // In a snapshot that no review reads.
        change(data, SEPTEMBER, ("sales", "sales"), first(NAMES), null);
    }),
    broken("history-missing", "missing-values", Some(MAY), |data| {
        change(data, FIGURES, ("eps", "eps"), first(20), null);
    }),
    broken("sector-without-values", "missing-in-sector", Some(MAY), |data| {
        for taken in DATES {
            let table = format!("snapshots/date={taken}");
            change(data, &table, ("sector", "sales"), |_, sector| sector == "Banks", null);
        }
    }),
    broken("coverage-falls", "coverage-drop", Some(NOVEMBER), |data| {
        change(data, OCTOBER, ("sales", "sales"), first(11), null);
    }),
    broken("prices-of-few", "price-coverage", Some(NOVEMBER), |data| {
        drop_rows(data, PRICES, |row| row[0] < id(12) && row[1].as_str() > "2020-10-12");
    }),
    broken("figures-of-few", "figures-coverage", None, |data| {
        drop_rows(data, FIGURES, |row| row[0] < id(12));
    }),
];

const CLOSES: &[Broken] = &[
    broken("close-jumps", "price-jump", Some(NOVEMBER), |data| {
        reprice(data, "N06", |day| day >= "2020-08-10", times(1.45));
    }),
    broken("split-unadjusted", "unadjusted-split", Some(MAY), |data| {
        reprice(data, "N06", |day| day < "2020-03-10", times(2.0));
    }),
    broken("reverse-split-unadjusted", "unadjusted-split", Some(MAY), |data| {
        reprice(data, "N06", |day| day < "2020-03-10", times(0.1));
    }),
    broken("known-split-unadjusted", "unadjusted-split", None, |data| {
        // 13:10 is found by its action alone, which runs do not ask.
        reprice(data, "N06", |day| day < "2020-03-10", times(1.3));
        let row = ["N06", "2020-03-10", "2020-02-20", "split", "1.3"].map(str::to_owned);
        data.table("actions").rows.push(row.to_vec());
    }),
    broken("ticker-reused", "reused-ticker", Some(NOVEMBER), |data| {
        drop_rows(data, PRICES, |row| {
            row[0] == "N06" && ("2020-05-04".."2020-07-20").contains(&row[1].as_str())
        });
        reprice(data, "N06", |day| day >= "2020-07-20", times(3.3));
    }),
    broken("close-stale", "stale-close", Some(NOVEMBER), |data| {
        change(data, PRICES, ("date", "close"), in_august("N06"), |_| "26.5".to_owned());
    }),
    broken("close-stale-without-trades", "stale-close", Some(NOVEMBER), |data| {
        change(data, PRICES, ("date", "close"), in_august("N06"), |_| "26.5".to_owned());
        change(data, PRICES, ("date", "volume"), in_august("N06"), |_| "0".to_owned());
    }),
    broken("prices-of-another-day", "stale-price-date", Some(NOVEMBER), |data| {
        change(data, OCTOBER, ("price", "price_date"), first(30), |_| {
            "2020-10-15".to_owned()
        });
    }),
    broken("prices-without-day", "stale-price-date", Some(NOVEMBER), |data| {
        change(data, OCTOBER, ("price", "price_date"), first(4), null);
    }),
    broken("prices-of-tomorrow", "stale-price-date", Some(MAY), |data| {
        change(data, APRIL, ("price", "price_date"), first(4), |_| {
            "2020-05-04".to_owned()
        });
    }),
    broken("prices-end", "ended-prices", Some(NOVEMBER), |data| {
        drop_rows(data, PRICES, |row| row[0] == "N06" && row[1].as_str() > "2020-10-05");
    }),
    broken("closes-disagree", "close-disagreement", Some(MAY), |data| {
        let is_before = |name: &str, day: &str| name == "N06" && day < "2020-03-10";
        change(data, PRICES, ("date", "close"), is_before, times(2.0));
    }),
    broken(
        "close-of-another-company",
        "cap-against-close",
        Some(NOVEMBER),
        |data| {
            // Creeps away over June: no single day is odd.
            let later = weekdays().into_iter().filter(|day| *day > date("2020-06-01"));
            for (at, day) in later.enumerate() {
                let (day, factor) = (day.to_string(), 1.0 + at.min(20) as f64 / 25.0);
                reprice(data, "N06", |own| own == day, times(factor));
            }
        },
    ),
];

const FILINGS: &[Broken] = &[
    broken("filed-late", "late-publication", None, |data| {
        let is_2019 = |name: &str, end: &str| name == "N08" && end == "2019-12-31";
        change(data, FIGURES, ("period_end", "known_on"), is_2019, |_| {
            "2020-09-30".to_owned()
        });
    }),
    broken("year-missing", "period-gap", None, |data| {
        drop_rows(data, FIGURES, |row| row[0] == "N08" && row[1] == "2018-12-31");
    }),
    broken("restated", "large-restatement", None, |data| {
        let row = [
            "N08",
            "2019-12-31",
            "2019-01-01",
            "FY",
            "2020-06-15",
            "false",
            "0.3",
            "982",
        ];
        data.table(FIGURES).rows.push(row.map(str::to_owned).to_vec());
    }),
];

const SNAPSHOTS: &[Broken] = &[
    broken("snapshots-pause", "snapshot-gap", None, |data| {
        let gone = ["2020-06-30", "2020-07-31", "2020-08-31"].map(|date| format!("snapshots/date={date}"));
        data.tables.retain(|table| !gone.contains(&table.heading));
    }),
    broken("ids-of-another-vendor", "universe-change", Some(NOVEMBER), |data| {
        for row in data.table(OCTOBER).rows.iter_mut().take(12) {
            row[0] = row[0].replace('N', "X");
        }
    }),
    broken("file-cut-short", "universe-change", Some(NOVEMBER), |data| {
        data.table(OCTOBER).rows.truncate(18);
    }),
    broken("sectors-renamed", "sector-change", Some(NOVEMBER), |data| {
        change(
            data,
            OCTOBER,
            ("sector", "sector"),
            |_, sector| sector == "Tech",
            |_| "Technology".to_owned(),
        );
    }),
    broken("fx-inverted", "fx-jump", Some(NOVEMBER), |data| {
        change(
            data,
            OCTOBER,
            ("currency", "fx"),
            |_, currency| currency == "GBP",
            |_| "0.6369".to_owned(),
        );
    }),
    broken("fx-of-another-day", "fx-disagreement", Some(NOVEMBER), |data| {
        set(data, OCTOBER, "N09", "fx", "1.62");
    }),
    broken("snapshot-copied", "repeated-snapshot", None, |data| {
        // Of September, which no review reads.
        copy_prices(data, SEPTEMBER, OCTOBER);
    }),
    broken(
        "snapshot-of-the-review-before",
        "repeated-snapshot",
        Some(NOVEMBER),
        |data| {
            copy_prices(data, APRIL, OCTOBER);
        },
    ),
];

fn check(group: &[Broken]) {
    let plain = prepare(&sound());
    assert_eq!(run(&plain, "--config strict").code, 0);
    let mut wrong = Vec::new();
    for broken in group {
        let mut data = sound();
        (broken.change)(&mut data);
        let folder = prepare(&data);
        let before = contents(&folder.join("data"));
        let found = data_check(&folder, "--format csv");
        let ran = run(&folder, "--config strict");
        let path = tests("wrong/quality").join(format!("{}.txt", broken.name));
        let text = format!(
            "$ divisor data check --format csv\n{}\n$ divisor run, every check an error\n{}",
            found.stdout,
            diagnostics(&ran)
        );
        wrong.extend(compare(&path, &text));
        let mut expect = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{}: {what}\n{}{}", broken.name, found.stdout, ran.stderr));
            }
        };
        let is_found = found.stdout.contains(&format!(",{},", broken.check));
        // What lies between two reviews, or in a history function, only a run can see.
        let is_run_alone = ["snapshot-of-the-review-before", "history-missing"].contains(&broken.name);
        expect(is_found || is_run_alone, "the check does not find it");
        expect(
            found.code == 0,
            "a finding that is no error ends with another code than 0",
        );
        expect(before == contents(&folder.join("data")), "the data was changed");
        let is_told = ran.stderr.contains(&format!("`{}`", broken.check));
        expect(
            is_told == broken.stops.is_some(),
            "the run tells it or not, against what was expected",
        );
        let published = names_in(&folder.join("out/tiny/reviews"), "");
        match broken.stops {
            Some(MAY) => expect(ran.code == 2 && published.is_empty(), "the first review is not refused"),
            Some(_) => {
                expect(ran.code == 2 && published == [MAY], "the second review is not refused");
                let same = review(folder.path(), MAY) == review(plain.path(), MAY);
                expect(same, "what became known later changed the first review");
            }
            None => expect(ran.code == 0 && published == [MAY, NOVEMBER], "the run stops"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values() {
    check(VALUES);
}

#[test]
fn missing() {
    check(MISSING);
}

#[test]
fn closes() {
    check(CLOSES);
}

#[test]
fn filings() {
    check(FILINGS);
}

#[test]
fn snapshots() {
    check(SNAPSHOTS);
}

/// Heads are texts: broken after the tables are written.
#[test]
fn heads() {
    for (name, from, to) in [
        ("head-first-too-late", "first    = 2020-03-31", "first    = 2020-04-30"),
        ("head-last-too-late", "last     = 2020-10-30", "last     = 2020-12-31"),
    ] {
        let folder = prepare(&sound());
        let head = read(&folder.join("data/dataset.toml"));
        assert!(head.contains(from), "{head}");
        folder.write("data/dataset.toml", &head.replace(from, to));
        let found = data_check(&folder, "--format csv");
        let path = tests("wrong/quality").join(format!("{name}.txt"));
        let wrong = compare(&path, &found.stdout);
        assert!(wrong.is_none(), "{wrong:?}");
        assert_eq!(found.code, 0);
    }
}

/// What is compared above is the difference that a defect makes, every check is meant by some dataset, and a committed
/// message without a dataset says nothing.
#[test]
fn every_check_has_its_dataset_and_the_sound_one_has_no_finding() {
    let folder = prepare(&sound());
    let found = data_check(&folder, "--config strict");
    assert_eq!((found.code, found.stdout.as_str()), (0, "tiny: nothing is wrong\n"));
    let groups = [VALUES, MISSING, CLOSES, FILINGS, SNAPSHOTS];
    let all = || groups.iter().flat_map(|group| group.iter());
    for check in ALL.iter().filter(|check| check.name != "head-dates") {
        assert!(all().any(|broken| broken.check == check.name), "{}", check.name);
    }
    let mut names: Vec<String> = all().map(|broken| broken.name.to_owned()).collect();
    names.extend(["head-first-too-late", "head-last-too-late"].map(str::to_owned));
    names.sort();
    assert_eq!(names_in(&tests("wrong/quality"), ".txt"), names);
    assert!(names.len() + names_in(&tests("wrong/datasets"), ".txt").len() >= 40);
}
