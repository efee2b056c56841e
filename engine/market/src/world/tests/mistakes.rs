//! Worlds that cannot be, receivers that refuse, and what a dataset says of itself.

use super::*;

#[test]
fn the_receiver_can_refuse_and_sessions_must_reach() {
    let refuse = |part: Part| {
        if part.path.starts_with("actions") {
            Err("full".to_owned())
        } else {
            Ok(())
        }
    };
    let error = generate(&small(), &sessions(), &refuse, &|_, _| ()).expect_err("refused");
    let expected = WorldError::Sink {
        path: "actions.parquet".to_owned(),
        message: "full".to_owned(),
    };
    assert_eq!(error, expected);
    let short = &sessions()[..480];
    let error = generate(&small(), short, &|_| Ok(()), &|_, _| ()).expect_err("too short");
    assert_eq!(error, WorldError::Sessions("there is none in 2005-12".to_owned()));
    let mut twice = sessions();
    twice[7] = twice[6];
    assert!(matches!(
        generate(&small(), &twice, &|_| Ok(()), &|_, _| ()),
        Err(WorldError::Sessions(_))
    ));
}

#[test]
fn mistakes_in_a_world_are_named() {
    let broken = DEMO.replace("seed  ", "sead  ");
    let error = WorldSpec::from_toml(&broken).expect_err("an unknown key");
    assert!(
        matches!(&error, WorldError::Toml(message) if message.contains("sead")),
        "{error}"
    );
    let broken = DEMO
        .replace("weight          = 42\n", "weight          = -42\n")
        .replace("tail_freedom           = 6", "tail_freedom           = 7");
    let Err(WorldError::Spec(problems)) = WorldSpec::from_toml(&broken) else {
        panic!("two values are wrong");
    };
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["market.tail_freedom", "country.US.weight"]);
}

#[test]
fn the_dataset_says_what_it_is() {
    let spec = small();
    let (tables, generated) = build(&spec);
    let text = dataset_toml(&spec, &generated);
    let parsed: toml::Table = text.parse().expect("TOML");
    assert_eq!(parsed["currency"].as_str(), Some("USD"));
    assert_eq!(parsed["first"].to_string(), "2005-01-31");
    assert_eq!(parsed["last"].to_string(), "2006-12-29");
    assert_eq!(parsed["fields"]["eps_forward"]["unit"].as_str(), Some("per-share"));
    assert!(parsed["fields"].get("excluded").is_none(), "a flag has no unit");
    assert!(tables.contains_key("snapshots/date=2006-12-29/part.parquet"));
    assert!(tables.contains_key("prices/year=2004/part.parquet"));
}
