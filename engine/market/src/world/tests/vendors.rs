//! What vendors add: beside what is there, and in keeping with it.

use super::*;

/// The demo world up to its first year: who changes this changes every figure that was ever shown of it. What vendors
/// add disturbs nothing that is there without them.
#[test]
fn the_demo_world_stays_as_it_is() {
    let mut spec = WorldSpec::from_toml(DEMO).expect("the demo world is valid");
    spec.first = "2006-01".parse().expect("a month");
    spec.last = "2006-12".parse().expect("a month");
    spec.funds = None;
    let (vendors, risk_model) = (spec.vendors.take(), spec.risk_model.take());
    let (tables, generated) = build(&spec);
    let figures = (generated.securities, generated.price_rows, fingerprint(&tables));
    assert_eq!(figures, (1312, 937_494, 16_020_414_197_131_963_637));

    (spec.vendors, spec.risk_model) = (vendors, risk_model);
    let (mut with_vendors, _) = build(&spec);
    let models = with_vendors.split_off("risk/");
    let mut rest = models.clone();
    rest.retain(|path, _| !path.starts_with("risk/"));
    with_vendors.extend(rest);
    assert_eq!(models.len() - 12, 36, "three tables a month, beside the snapshots");
    let mut added = Tables::new();
    for (path, table) in &mut with_vendors {
        if path.starts_with("snapshots/") {
            let own = table.columns.split_off(tables[path].columns.len());
            let columns = Table {
                name: table.name,
                columns: own,
            };
            added.insert(path.clone(), columns);
        }
    }
    assert_eq!(fingerprint(&with_vendors), figures.2, "what was there before");
    let names: Vec<&str> = added["snapshots/date=2006-12-29/part.parquet"]
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "eps_forward",
            "growth_estimate",
            "enterprise_value",
            "accruals",
            "excluded"
        ]
    );
    assert_eq!(fingerprint(&added), 7_815_251_610_475_866_221);
}

/// Correlations that the fields of vendors promise.
#[test]
fn what_vendors_say_hangs_together_with_what_is_there() {
    let mut spec = WorldSpec::from_toml(DEMO).expect("the demo world is valid");
    spec.securities_alive = 400;
    spec.funds = None;
    spec.first = "2006-06".parse().expect("a month");
    spec.last = "2006-06".parse().expect("a month");
    let (tables, _) = build(&spec);
    let table = &tables["snapshots/date=2006-06-30/part.parquet"];
    let [price, fx, trailing, cap] = ["price", "fx", "eps_ttm", "market_cap"].map(|name| numbers(table, name));
    let [forward, growth, value, accruals] =
        ["eps_forward", "growth_estimate", "enterprise_value", "accruals"].map(|name| numbers(table, name));
    let rows: Vec<usize> = (0..table.rows()).filter(|row| !forward[*row].is_nan()).collect();
    assert!(rows.len() > 320 && rows.len() < table.rows(), "{} covered", rows.len());
    let over_price = |eps: f64, row: usize| eps / (price[row] * fx[row]);
    let yields = |eps: &[f64]| rows.iter().map(|row| over_price(eps[*row], *row)).collect::<Vec<_>>();
    let near = correlation(&yields(forward), &yields(trailing));
    assert!((0.5..0.99).contains(&near), "forward and trailing yields: {near}");
    let (fast, steps): (Vec<f64>, Vec<f64>) = rows
        .iter()
        .filter(|row| trailing[**row] > 0.0 && forward[**row] > 0.0)
        .map(|row| (growth[*row], (forward[*row] / trailing[*row]).ln()))
        .unzip();
    let near = correlation(&fast, &steps);
    assert!(
        (0.4..1.0).contains(&near),
        "growth and the step to forward earnings: {near}"
    );
    assert!(fast.iter().all(|rate| (-0.1..=0.4).contains(rate)));
    let sectors = texts(table, "sector");
    for row in 0..table.rows() {
        assert!(
            sectors[row] != "Financials" || value[row].is_nan(),
            "a bank has no enterprise value"
        );
        assert!(accruals[row].is_nan() || accruals[row].abs() < 2.0, "{}", accruals[row]);
    }
    let valued: Vec<usize> = (0..table.rows()).filter(|row| !value[*row].is_nan()).collect();
    let logs = |values: &[f64]| valued.iter().map(|row| values[*row].max(1.0).ln()).collect::<Vec<_>>();
    assert!(correlation(&logs(value), &logs(cap)) > 0.8);
    let Some(Values::Flag(flags)) = table.column("excluded") else {
        panic!("flags")
    };
    let share = flags.iter().filter(|flag| **flag == Some(true)).count() as f64 / table.rows() as f64;
    assert!((0.01..0.09).contains(&share), "{share}");
}
