//! Rules that change with time.

use super::*;

fn counts(source: &Source) -> Vec<(String, String, usize)> {
    let editions = source.editions();
    let rules = editions.iter().map(sound).map(|rules| {
        let Select::Top(top) = &rules.select else {
            panic!("not [select.top]")
        };
        let TopSize::Count(count) = top.size else {
            panic!("no count")
        };
        let date = |date: Option<divisor_model::Date>| date.map_or_else(|| "-".to_owned(), |date| date.to_string());
        let force = rules.index.in_force;
        (
            rules.index.edition.clone(),
            format!("{}…{}", date(force.from), date(force.until)),
            count,
        )
    });
    rules.collect()
}

#[test]
fn each_edition_changes_the_one_before() {
    let source = Source::new("base.toml", format!("{BASE}{EDITIONS}"));
    let wanted = [
        ("1", "-…2016-01-01", 50),
        ("2", "2016-01-01…2022-01-01", 60),
        ("3", "2022-01-01…-", 70),
    ];
    let wanted = wanted.map(|(id, dates, count)| (id.to_owned(), dates.to_owned(), count));
    assert_eq!(counts(&source), wanted);
    let editions = source.editions();
    let last = sound(&editions[2]);
    assert_eq!((last.index.name.as_str(), last.limits.len()), ("Base renamed", 1));
    // What was published under the first stays: the editions after it are no part of its rules.
    assert_eq!(
        sound(&editions[0]).hash(),
        sound(&Source::new("base.toml", BASE)).hash()
    );
    // Nor of the text that their manifests have, where they stand at its end.
    assert_eq!(editions[0].whole(), BASE);
    assert!(
        editions[1].whole().contains("valid_from = 2022-01-01"),
        "the later stands before it"
    );
    let in_order = Source::new(
        "base.toml",
        format!(
            "{BASE}\n# Of 2016.\n[[edition]]\nid = \"2\"\nvalid_from = 2016-01-01\n\n# Of 2022.\n[[edition]]\nid = \"3\"\nvalid_from = 2022-01-01\n"
        ),
    );
    let wholes = in_order
        .editions()
        .iter()
        .map(|one| one.whole().len())
        .collect::<Vec<_>>();
    let end = in_order.text.find("\n\n# Of 2022.").expect("there") + 1;
    assert_eq!(wholes, [BASE.len(), end, in_order.text.len()]);
    // A variant wins over every edition of its file.
    let family = Source::new("base.toml", format!("{BASE}{EDITIONS}{VARIANTS}"));
    let child = counts(&of_index(&family, "child"));
    assert_eq!(child.iter().map(|(.., count)| *count).collect::<Vec<_>>(), [20, 20, 20]);
    // So does a file over the editions of one it extends, and it has editions of its own.
    let own = "extends = \"base.toml\"\n[index]\nid = \"own\"\n[select.top]\ncount = 5\n[[edition]]\nid = \"2\"\nvalid_from = 2016-01-01\n[edition.select.top]\ncount = 6\n";
    let text = format!("{BASE}{EDITIONS}");
    let own = loaded("own.toml", &[("base.toml", &text), ("own.toml", own)]);
    assert_eq!(
        counts(&own).iter().map(|(.., count)| *count).collect::<Vec<_>>(),
        [5, 6, 6]
    );
    assert_eq!(sound(&own.editions()[2]).limits.len(), 1);

    let prose = to_text(&explain(&sound(&editions[1])));
    assert!(
        prose.contains("Edition `2` is in force for reviews effective on or after 2016-01-01 and before 2022-01-01."),
        "{prose}"
    );
    assert!(prose.contains("Edition `3` is in force from 2022-01-01 on."), "{prose}");
    let forced = source.in_edition("2").expect("an edition");
    assert!(forced.text.ends_with("# --edition 2\n"));
    assert_eq!(sound(&forced).hash(), sound(&editions[1]).hash());
    assert_eq!(sound(&forced).index.in_force, divisor_methodology::InForce::default());
    assert_eq!(source.in_edition("4").expect_err("none"), ["1", "2", "3"]);
}

#[test]
fn an_edition_added_affects_the_future_only() {
    let effect = |a: &str, b: &str| {
        let compiled = [a, b].map(|text| {
            let editions = Source::new("base.toml", text).editions();
            editions
                .into_iter()
                .map(|source| (sound(&source), source))
                .collect::<Vec<_>>()
        });
        let [a, b] = compiled
            .each_ref()
            .map(|all| all.iter().map(|(rules, source)| (source, rules)).collect::<Vec<_>>());
        let found = diff(&a, &b);
        (found.effect, found.from.map(|date| date.to_string()))
    };
    let with = format!("{BASE}{EDITIONS}");
    assert_eq!(effect(BASE, &with), (Effect::Future, Some("2016-01-01".to_owned())));
    assert_eq!(effect(&with, &with), (Effect::None, None));
    assert_eq!(effect(&with, &format!("# More.\n{with}")), (Effect::Cosmetic, None));
    assert_eq!(effect(&with, BASE), (Effect::RestatesHistory, None));
    assert_eq!(
        effect(&with, &with.replace("2022-01-01", "2021-01-01")),
        (Effect::RestatesHistory, None)
    );
    assert_eq!(
        effect(&with, &with.replace("count = 60", "count = 61")),
        (Effect::RestatesHistory, None)
    );
    assert_eq!(
        effect(&with, &with.replace("Base renamed", "Renamed")),
        (Effect::Wording, None)
    );
}
