//! The same world at any number of threads, in chunks of any size, and however far it goes on.

use super::*;

#[test]
fn the_same_bytes_at_one_and_four_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| build(&small()))
    };
    let ((one, one_counts), (four, four_counts)) = (run(1), run(4));
    assert_eq!(one_counts, four_counts);
    assert_eq!(one.keys().collect::<Vec<_>>(), four.keys().collect::<Vec<_>>());
    for (path, table) in &one {
        assert!(exact(table) == exact(&four[path]), "{path} differs");
    }
    let mut other = small();
    other.seed += 1;
    let (other, _) = build(&other);
    assert!(exact(&one["actions.parquet"]) != exact(&other["actions.parquet"]));
}

#[test]
fn chunks_are_the_same_at_any_number_of_threads() {
    let (one, counts) = build_in_chunks(&small(), 17, 1);
    assert!(one.contains_key("fundamentals/part-003.parquet") && !one.contains_key("fundamentals.parquet"));
    assert_eq!(
        one["prices/year=2005/part-001.parquet"].len(),
        12,
        "a row group a month"
    );
    for threads in [2, 8] {
        let (other, other_counts) = build_in_chunks(&small(), 17, threads);
        assert_eq!(counts, other_counts);
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (path, tables) in &one {
            let same = tables.iter().map(exact).eq(other[path].iter().map(exact));
            assert!(same, "{path} differs at {threads} threads");
        }
    }
}

#[test]
fn a_world_has_the_same_rows_in_chunks_of_any_size() {
    let (whole, counts) = build(&small());
    for slots in [1, 25] {
        let (parts, other) = build_in_chunks(&small(), slots, 2);
        assert_eq!(other, counts);
        for table in [
            "prices/year=2004",
            "prices/year=2006",
            "fundamentals",
            "actions",
            "snapshots",
        ] {
            let own = parts.iter().filter(|(path, _)| path.starts_with(table));
            let chunked = sorted_rows(own.flat_map(|(_, tables)| tables));
            let expected = sorted_rows(with_prefix(&whole, table).map(|(_, table)| table));
            assert!(
                !expected.is_empty() && chunked == expected,
                "{table} in chunks of {slots}"
            );
        }
    }
}

#[test]
fn a_shorter_world_is_the_beginning_of_a_longer_one() {
    let mut short = small();
    short.last = "2005-12".parse().expect("a month");
    let ((short, _), (long, _)) = (build(&short), build(&small()));
    assert_eq!(with_prefix(&short, "snapshots/").count(), 12);
    for (path, table) in with_prefix(&short, "snapshots/") {
        assert!(exact(table) == exact(&long[path]), "{path} differs");
    }
    let end = day_of("2005-12-30".parse().expect("a date"));
    let known = |tables: &Tables| -> Vec<String> {
        let table = &tables["fundamentals.parquet"];
        let ids = texts(table, "security_id");
        let row = |row: usize| {
            let cells = table.columns.iter().map(|column| match &column.values {
                Values::Number(values) => values[row].to_string(),
                Values::Day(values) => values[row].to_string(),
                Values::Flag(values) => format!("{:?}", values[row]),
                _ => texts_at(table, &column.name, row).to_owned(),
            });
            cells.collect::<Vec<_>>().join(" ")
        };
        let listed = price_paths(&short);
        let wanted = (0..ids.len()).filter(|at| days(table, "known_on")[*at] <= end && listed.contains_key(ids[*at]));
        wanted.map(row).collect()
    };
    assert!(known(&short).len() > 1000);
    assert!(known(&short) == known(&long));
}

#[test]
fn progress_ends_at_its_total() {
    let seen = Mutex::new(Vec::new());
    let note = |done, total| seen.lock().expect("no poison").push((done, total));
    generate(&small(), &sessions(), &|_| Ok(()), &note).expect("a world");
    let seen = seen.into_inner().expect("no poison");
    let total = seen[0].1;
    assert_eq!(seen.len(), total);
    assert_eq!(seen.iter().map(|(done, _)| *done).max(), Some(total));
}
