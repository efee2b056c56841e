use super::*;

fn sample() -> Fundamentals {
    let mut builder = FundamentalsBuilder::new(["eps"]);
    let rows = [
        (0, 365, 400, false, 1.0),
        (0, 365, 500, false, 1.5), // restated
        (0, 730, 800, false, 2.0),
        (0, 730, 900, true, f64::NAN),  // withdrawn
        (0, 730, 950, false, 2.5),      // published again
        (0, 365, 960, false, f64::NAN), // a publication without this field
    ];
    for (security, end, known, withdrawn, value) in rows {
        builder.push(security, Period::FiscalYear, (end - 365, end), known, withdrawn);
        builder.values("eps").expect("a field").push(value);
    }
    builder.finish(1)
}

fn values(cutoff: Day) -> Vec<f64> {
    let series = sample().series(0, "eps", Period::FiscalYear, cutoff, 10);
    series.iter().map(|seen| seen.value).collect()
}

#[test]
fn a_cutoff_sees_the_last_usable_publication() {
    assert!(values(399).is_empty());
    assert_eq!(values(400), [1.0]);
    assert_eq!(values(500), [1.5]);
    assert_eq!(values(800), [2.0, 1.5]);
    assert_eq!(values(900), [1.5]);
    assert_eq!(values(2000), [2.5, 1.5]);
}

#[test]
fn readings_tell_the_publications_behind_a_value() {
    let table = sample();
    let at = |cutoff: Day| table.readings(0, "eps", Period::FiscalYear, cutoff, 10);
    let restated = at(500).values[0];
    assert_eq!(
        (restated.publication, restated.publications, restated.with_field),
        (2, 2, 2)
    );
    let was = restated.was.expect("restated");
    assert_eq!((was.known_on, was.value.to_bits()), (400, 1.0f64.to_bits()));
    assert_eq!(restated.since, 500);
    // A publication without the field counts as one, and the value still stands in the second.
    let later = at(2000).values[1];
    assert_eq!((later.publication, later.publications, later.with_field), (2, 3, 2));
    let withdrawn = at(900);
    assert_eq!((withdrawn.values.len(), withdrawn.withdrawn), (1, 1));
    // Published again after a retraction: the third of three, and a restatement of the first.
    let again = at(950).values[0];
    assert_eq!((again.publication, again.publications), (3, 3));
    assert_eq!(again.was.map(|was| was.known_on), Some(800));
    assert!(
        at(2000)
            .values
            .iter()
            .all(|reading| !reading.is_late && !reading.is_lagged)
    );
}

#[test]
fn a_period_first_published_after_the_next_is_late() {
    let mut builder = FundamentalsBuilder::new(["eps"]);
    for (end, known) in [(365, 1000), (730, 800), (1095, 1200)] {
        builder.push(0, Period::FiscalYear, (end - 365, end), known, false);
        builder.values("eps").expect("a field").push(1.0);
    }
    let table = builder.finish(1);
    let late = |cutoff: Day| -> Vec<bool> {
        let readings = table.readings(0, "eps", Period::FiscalYear, cutoff, 10);
        readings.values.iter().map(|reading| reading.is_late).collect()
    };
    assert_eq!(late(999), [false]);
    assert_eq!(late(1000), [false, true]);
    assert_eq!(late(1200), [false, false, true]);
}

/// Day 1826 is 2 January 1975, day 1795 is 1 December 1974.
#[test]
fn a_field_whose_newest_value_is_too_old_is_missing() {
    let mut builder = FundamentalsBuilder::new(["debt", "eps"]);
    for end in [1430, 1795] {
        builder.push(0, Period::FiscalYear, (end - 365, end), end + 10, false);
        for field in ["debt", "eps"] {
            builder.values(field).expect("a field").push(1.0);
        }
    }
    builder.limit_age("debt", "1 month".parse().expect("a span"));
    let table = builder.finish(1);
    let count = |field: &str, cutoff: Day| table.series(0, field, Period::FiscalYear, cutoff, 5).len();
    assert_eq!(
        count("debt", 1826),
        2,
        "the older year is there as long as the newest is fresh"
    );
    assert_eq!(count("debt", 1827), 0);
    assert_eq!(count("eps", 1827), 2);
    assert!(table.readings(0, "debt", Period::FiscalYear, 1827, 5).is_stale);
    assert!(!table.readings(0, "debt", Period::FiscalYear, 1826, 5).is_stale);
}
