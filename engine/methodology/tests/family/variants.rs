//! Indexes of one file.

use super::*;

#[test]
fn variants_are_indexes_of_their_own() {
    let text = format!(
        "{BASE}\n[[test]]\nid = \"of-base\"\nuniverse = [{{ security_id = \"A\" }}]\nexpect = {{ members = [\"A\"] }}\n{VARIANTS}"
    );
    let source = Source::new("family.toml", text.as_str());
    let ids: Vec<_> = source.indexes().iter().filter_map(Source::index_id).collect();
    assert_eq!(ids, ["base", "equal", "child"]);
    let [base, equal, child] = ["base", "equal", "child"].map(|id| sound(&of_index(&source, id)));
    assert_eq!(base.hash(), sound(&Source::new("base.toml", BASE)).hash());
    assert!(matches!(equal.select, Select::All { .. }) && matches!(equal.weight.scheme, WeightScheme::Equal));
    assert_eq!(equal.index.parent, Parent::Universe("asia".to_owned()));
    assert_eq!(equal.limits.len(), 1);
    assert_eq!(child.index.parent, Parent::Index("base".to_owned()));
    assert_eq!((base.hash() == child.hash(), child.limits.len()), (false, 2));
    let tests = [&base, &equal, &child].map(|one| one.tests.iter().map(|test| test.id.as_str()).collect::<Vec<_>>());
    assert_eq!(tests, [vec!["of-base"], vec![], vec!["own"]]);
    // Without an id of its own the file stands for its variants alone.
    let nameless = Source::new("family.toml", text.replace("id      = \"base\"\n", ""));
    let ids: Vec<_> = nameless.indexes().iter().filter_map(Source::index_id).collect();
    assert_eq!(ids, ["equal", "child"]);
    assert_eq!(sound(&of_index(&nameless, "equal")).hash(), equal.hash());
    // Another that extends it takes its rules, not its siblings.
    let other = loaded(
        "o.toml",
        &[
            ("family.toml", &text),
            ("o.toml", "extends = \"family.toml\"\n[index]\nid = \"o\"\n"),
        ],
    );
    assert_eq!(other.indexes().len(), 1);
    assert!(sound(&other.indexes()[0]).tests.is_empty());
}

#[test]
fn mistakes_of_blocks_are_told_where_they_stand() {
    for (block, told) in [
        (
            "[[variant]]\nname = \"V\"\n",
            "M0103 f.toml:55:1 `id` is missing in `variant` (add id = \"asia-quality\": id of the index)\n",
        ),
        (
            "[variant]\nid = \"v\"\n",
            "M0102 f.toml:55:1 `variant` must be a list, not a table (write [[variant]] with double brackets: there may be several)\n",
        ),
        (
            "[[variant]]\nid = \"v\"\n[[variant]]\nid = \"v\"\n",
            "M0126 f.toml:58:6 the variant `v` is written twice (line 56 has it already; every variant is an index with an id of its own)\n",
        ),
        (
            "[[variant]]\nid = \"base\"\n",
            "M0126 f.toml:56:6 the variant `base` has the id of [index] (line 2 has it already; every variant is an index with an id of its own)\n",
        ),
        (
            "[[variant]]\nid = \"v\"\n[variant.index]\nname = \"V\"\n",
            "M0127 f.toml:57:10 `index` has no place in `variant` (write the keys of [index] beside `id`)\n",
        ),
        (
            "[[edition]]\nid = \"2\"\n",
            "M0103 f.toml:55:1 `valid_from` is missing in `edition` (add valid_from = 2026-11-01: in force for reviews effective on or after this date)\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = \"2020\"\n",
            "M0102 f.toml:57:14 `edition.valid_from` must be a date, not a text (write the date without quotes, the year first: 2010-05-28)\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = 2010-05-28\n",
            "M0128 f.toml:57:14 `2` would be in force before the index begins (the base date is 2010-05-28: state these rules as those of [index])\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = 2020-01-01\nbase = { date = 2011-01-01, level = 1 }\n",
            "M0127 f.toml:58:1 `base` has no place in `edition` (an index has one base, whatever its edition: it stands in [index])\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = 2020-01-01\n[[edition]]\nid = \"2\"\nvalid_from = 2021-01-01\n",
            "M0125 f.toml:59:6 there is another edition `2` (line 56 has it already; every edition has its own id and date)\n",
        ),
        (
            "[[edition]]\nid = \"1\"\nvalid_from = 2020-01-01\n",
            "M0125 f.toml:56:6 there is another edition `1` (line 5 has it already; every edition has its own id and date)\n",
        ),
        (
            "[[edition]]\nid = \"2\"\nvalid_from = 2020-01-01\n[[edition]]\nid = \"3\"\nvalid_from = 2020-01-01\n",
            "M0125 f.toml:60:14 there is another edition that is valid from 2020-01-01 (line 56 has it already; every edition has its own id and date)\n",
        ),
    ] {
        assert_eq!(
            mistakes(&Source::new("f.toml", format!("{BASE}\n{block}"))),
            told,
            "{block}"
        );
    }
    let misspelt = Source::new(
        "f.toml",
        format!("{BASE}\n[[variant]]\nid = \"v\"\nnmae = \"V\"\n[variant.selct.top]\ncount = 3\n"),
    );
    assert_eq!(
        mistakes(&of_index(&misspelt, "v")),
        "M0104 f.toml:57:1 unknown key `nmae` in `index` (did you mean `name`?)\n\
         M0104 f.toml:58:10 unknown key `selct` (did you mean `select`?)\n"
    );
}
