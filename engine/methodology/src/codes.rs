//! What each diagnostic code of the language means, for `divisor check --explain CODE`. Codes are stable: a code is never
//! given another meaning. M01xx shape, M02xx literals, M03xx names and formulas, M04xx rules, M06xx tests, M07xx
//! layout.

/// A few sentences on a code of this crate.
pub fn explain_code(code: &str) -> Option<&'static str> {
    let found = CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
    found.map(|(_, text)| *text)
}

const CODES: &[(&str, &str)] = &[
    (
        "M0100",
        "The rulebook has the right shape but a value cannot be read, most often a number too large for its key.",
    ),
    (
        "M0101",
        "The file is not TOML. Texts stand in quotes, lists in square brackets with commas between their entries, and a \
         key may stand only once in a table. Nothing else is checked until the file can be read.",
    ),
    (
        "M0102",
        "The value has another type than the key needs. Texts and literals with units stand in quotes (\"5%\"), numbers, \
         dates and true or false do not (300, 2010-05-28, true). Tables that may stand several times have double \
         brackets: [[screen]], [[limit]].",
    ),
    (
        "M0103",
        "A key or table that every rulebook needs is missing. The engine assumes nothing in its place: what an index \
         does must be written down. `divisor new` writes a rulebook with all of them.",
    ),
    (
        "M0104",
        "The language has no such key here. A key the engine does not know would be a rule it does not follow, so none \
         is ignored. Mostly it is misspelt or stands in the wrong table.",
    ),
    (
        "M0105",
        "Of a group of keys exactly one must be given: [select.all] or [select.top]; one weighting; one of `count`, \
         `fraction` and `coverage`; `variable` or `score`.",
    ),
    (
        "M0106",
        "A number lies below the least its key allows or above the most, or a list has too few or too many entries. `percentiles` takes \
         exactly two, a low one and a high one.",
    ),
    (
        "M0107",
        "The key takes one of a few words and this is none of them. Months are written by their English names.",
    ),
    (
        "M0108",
        "The key of a --set leads nowhere. It is a dotted path through the rulebook; elements of lists are named by \
         their id, or by the variable or score they name: limit.issuer-cap.max, score.quality.of.leverage.missing. A \
         setting changes a rule or adds a key to it; a new rule has to be written into the rulebook.",
    ),
    (
        "M0109",
        "Decision traces name the engine's own stages universe, variables, score, select and weight, so that no screen \
         or limit may have one of these ids.",
    ),
    (
        "M0110",
        "Two rules have one id, or one list names a thing twice. Traces, variants and --set find a rule by its id, which \
         must be its own among all screens and limits.",
    ),
    (
        "M0120",
        "A file that the rulebook extends cannot be read. `extends` is a path from the folder of the file that it stands \
         in. Nothing else is checked until all of them can be read.",
    ),
    (
        "M0121",
        "Files extend each other in a circle, so that none could be read first. What they share belongs into a file of \
         its own, which extends none of them.",
    ),
    (
        "M0122",
        "The file has rules but no [index]: it is a fragment, which rulebooks name in `extends`. On its own it is the \
         rulebook of no index.",
    ),
    (
        "M0123",
        "`remove = true` takes out what an extended file, or the file of a variant or edition, says. Anything beside it \
         but the name of the rule would be lost, so nothing may stand there.",
    ),
    (
        "M0124",
        "There is nothing of this name to take out. Most often the inherited rule has another id.",
    ),
    (
        "M0125",
        "Two editions have the same id or are valid from the same date. At every review one edition is in force: the last \
         that is valid from its effective date or earlier.",
    ),
    (
        "M0126",
        "Two variants have one id, or one has that of the [index] of its file. Every variant is an index, and its id is the name of its results.",
    ),
    (
        "M0127",
        "The key has no place in a variant or edition. It has an id, keys of [index] beside it, and below it the tables of a \
         rulebook with what differs: [variant.select.top], [[edition.limit]].",
    ),
    (
        "M0128",
        "An edition would be in force from the base date of the index or earlier, so that the rules it changes never were. \
         The rules of [index] and the tables beside it are the first edition.",
    ),
    (
        "M0211",
        "A percentage is a text with its unit: \"5%\" or \"25bp\". A bare 5 could mean five per cent or five times, and \
         0.05 five per cent or a twentieth of one, so neither is accepted.",
    ),
    (
        "M0212",
        "A distance from the parent's weight is written in percentage points, \"5pp\": 5% of a sector that has 10% \
         would be half a point, 5pp are from 5% to 15%.",
    ),
    (
        "M0213",
        "A bound on z-scores is a number of standard deviations above zero, \"3 sd\".",
    ),
    (
        "M0214",
        "An age is written in calendar days, \"120 days\". Months and quarters differ in length, days do not.",
    ),
    (
        "M0215",
        "A bound on a weight is a share of the index, \"5%\", a multiple of the weight in the parent, \"20 x parent\", or \
         the lower of several, { lower_of = [\"1.5%\", \"20 x parent\"] }. A distance from the parent is `within`.",
    ),
    (
        "M0216",
        "A weight is a share of the index and lies between 0% and 100%.",
    ),
    (
        "M0217",
        "A weekday of a month is written as \"third Friday\": first, second, third, fourth or last, and the day.",
    ),
    (
        "M0218",
        "Ids name folders and stand in paths such as limit.issuer-cap.max, so they have lower-case letters, digits, `-` \
         and `_` only, and begin with a letter or digit.",
    ),
    (
        "M0219",
        "A formula could not name this variable or score: `debt-ratio` reads as debt minus ratio. Names have letters, digits and \
         `_`, do not begin with a digit, and are none of and, or, not, true and false.",
    ),
    (
        "M0301",
        "A character or number means nothing in a formula. The operators are + - * / ^, < <= > >= == !=, and, or and \
         not; numbers may end in %, bp, k, m or bn; amounts begin with $, €, £ or ¥; texts stand in quotes.",
    ),
    (
        "M0302",
        "The formula breaks off or has something where it cannot stand. Brackets must close, an operator needs a value \
         on both sides, and comparisons do not chain: write 0 < x and x < 1. It is not nested deeply either, and has \
         no more terms than one would read.",
    ),
    (
        "M0303",
        "There is no such function. There are abs, log, exp, sqrt, min, max, coalesce, is_missing and if of numbers; latest, \
         lag, average, stdev, growth, yoy, trend, streak and ttm of reported history; returns, volatility, beta, drawdown, \
         adv and atvr of prices. `divisor explain --functions` defines them all.",
    ),
    (
        "M0304",
        "A function is called in another way than it is defined: with the wrong number of arguments, a named argument \
         it does not have, no window, or a `min` its window cannot reach.",
    ),
    (
        "M0305",
        "A part of a formula has the wrong type. Arithmetic and the order of values need numbers; texts can only be equal \
         or not; and, or and not join conditions. A variable is a number, a screen a condition. Inside history functions \
         only reported fields, arithmetic, growth, yoy, lag and ttm may stand, all over the same kind of period, and \
         comparisons of them inside `streak`.",
    ),
    (
        "M0306",
        "A name would mean two things: a variable and a score, one of them and a field the engine itself reads, such as \
         price or market_cap, or a number and a column that is published beside it, such as rank or weight. Other fields may be redefined by a formula of that name.",
    ),
    (
        "M0307",
        "Nothing has this name. A name in a formula is a variable, a score (in screens) or a column of the snapshot; a \
         field of `fundamentals` is read with a history function such as latest(eps).",
    ),
    (
        "M0308",
        "A score stands where only a variable or column can. Variables come before scores, so that no variable can use \
         one; screens, selection and tilts can.",
    ),
    (
        "M0309",
        "A text or a condition stands where a number per security is needed, to rank or weight by.",
    ),
    (
        "M0310",
        "The name is neither defined in the rulebook nor a standard field, and it looks like one that is. Datasets may \
         have columns of their own, so this is a warning until the rulebook is checked with --data.",
    ),
    (
        "M0311",
        "Groups are made of securities with the same text in a column, such as `sector`, `country` or `industry`. This is \
         no such column.",
    ),
    (
        "M0312",
        "The dataset has no universe of this name. `divisor data describe` lists those it has.",
    ),
    (
        "M0313",
        "Variables or scores are defined by each other in a circle, so that none can be computed first. A score that \
         takes its statistics after a screen waits for the scores that screen uses.",
    ),
    (
        "M0314",
        "A history function reads a field that the dataset's table `fundamentals` does not have. `divisor data describe` \
         lists the fields it has.",
    ),
    (
        "M0315",
        "The formula needs something the dataset lacks: a table, or amounts in this currency. Money is compared in the \
         dataset's currency only.",
    ),
    (
        "M0316",
        "A score's statistics are to be taken after a screen that the rulebook does not have.",
    ),
    (
        "M0317",
        "A limit on issuers needs the column `issuer_id`. With fallback = \"security\" each security without one counts \
         as its own issuer; without it the engine does not guess.",
    ),
    (
        "M0318",
        "A per-share figure is stated on the share basis of its day: after a two-for-one split the same earnings are half \
         as much a share. Without the table `actions` the engine cannot restate earlier ones, so a history of them jumps at \
         each split. Totals such as net_income do not.",
    ),
    (
        "M0319",
        "`ttm` is the sum of twelve months, which only amounts over a period have: sales, earnings, dividends. A level at a \
         date, such as assets or debt, is read with `latest`. dataset.toml states the kind of vendor fields.",
    ),
    (
        "M0320",
        "`beta` compares with the cap-weighted return of the parent universe. Where the parent is another index its weights \
         are found in the course of the run, after the history functions.",
    ),
    (
        "M0321",
        "Money, money per share, ratios and counts are different things: adding or comparing them gives a number that \
         means nothing. Units follow from the fields through + - * / ^ and functions; an amount is written with its \
         currency, `$3bn`; a field without a declared unit combines with anything.",
    ),
    (
        "M0401",
        "The key would change nothing where it stands. A rule that does nothing reads like one that does, so it must go.",
    ),
    (
        "M0402",
        "A value is possible in form but not in meaning: an empty name, a level of zero, an absurd count.",
    ),
    (
        "M0403",
        "An index takes its securities from a universe or from other indexes, each named once, never from itself.",
    ),
    (
        "M0404",
        "A month can have one review only, so it stands once in `months`.",
    ),
    (
        "M0405",
        "The rule finds no day. A day is counted from a month, { session = \"last\" } or { weekday = \"third Friday\" }, or, \
         for cut-off and announcement, from the effective day, { sessions = -9 }.",
    ),
    (
        "M0406",
        "An override says which review was announced with other dates, so it must give at least one of them.",
    ),
    (
        "M0407",
        "A day is found either from the sessions of a month or from its weekdays.",
    ),
    (
        "M0408",
        "Winsorising sets values below the low percentile and above the high one to those percentiles: the first must be \
         below the second, and both between 0% and 100%.",
    ),
    (
        "M0409",
        "A buffer of 20% lets newcomers in down to 80% of the count and members stay down to 120% of it. Above 100% no \
         rank would be safe to enter.",
    ),
    (
        "M0410",
        "A share of the names or of the parent's weight lies above 0% and is at most 100%.",
    ),
    (
        "M0411",
        "`one-plus-z` makes a factor of a z-score: 1 + z above zero, 1/(1 - z) below it. Of a plain variable it would mean \
         nothing; use it as it is with map = \"value\", or make a score of it.",
    ),
    (
        "M0412",
        "A rule for zero or negative values names a measure that is not weighted by.",
    ),
    (
        "M0413",
        "A limit needs a bound: at most `max`, at least `min`, or `within` a distance from the parent.",
    ),
    (
        "M0414",
        "The bounds of a limit leave nothing between them, or allow no weight at all. Names are kept out by screens, so \
         that the reason is on record.",
    ),
    (
        "M0415",
        "Weights in proportion to a power of a variable need a power above zero: 1 is the variable itself, 0.5 its root, 2 its \
         square. At zero all weights would be equal, and negative powers are [weight.inverse].",
    ),
    (
        "M0416",
        "One-way turnover is half the sum of all trades and at most 100%; two-way it is their sum and at most 200%. A limit \
         there would hold by itself.",
    ),
    (
        "M0417",
        "A ladder gives the heaviest its first step, the next its second and so on, so its steps cannot rise.",
    ),
    (
        "M0418",
        "A concentration limit, such as 40% in all that weigh more than 5%, needs names that may weigh more than the one and \
         room for at least one of them within the other.",
    ),
    (
        "M0419",
        "Two concentration limits would have to choose together who may weigh more. One rulebook has one.",
    ),
    (
        "M0420",
        "Limits hold together as the weights nearest to the uncapped ones. A published step-by-step procedure is something \
         else: it moves weights in its own way, so it stands alone and has maxima only.",
    ),
    (
        "M0421",
        "With [tranches] a review resets one part of the index to its target weights and lets the others drift. Rules that move \
         the weights of the whole index at a review contradict that.",
    ),
    (
        "M0422",
        "[weight.drop] drops members that weigh less than a small part of the index. At 0% that is nobody; above 50% one member \
         at most could stay.",
    ),
    (
        "M0430",
        "`clip` bounds each z-score once; `truncate` bounds them and standardises again until none lies beyond. A score has \
         one of the two: their results differ much.",
    ),
    (
        "M0431",
        "The weights of a weighted mean are stated for every part, lie above 0% and add up to 100%, so that each can be read \
         as its share of the score.",
    ),
    (
        "M0432",
        "A product of z-scores means nothing: two bad ones would make a good one. A `map` makes a positive factor of a \
         z-score: one-plus-z, normal-cdf, exponential, rank or percentile.",
    ),
    (
        "M0433",
        "A buffer with two ends says where newcomers enter and how far members stay, in the unit of the size: ranks around \
         `count`, shares around `fraction` or `coverage`. The size lies between them.",
    ),
    (
        "M0434",
        "Numbers of members are rounded to multiples that depend on how large they are: each step but the last says below \
         which number it applies, each a larger one than the step before.",
    ),
    (
        "M0451",
        "Minimum variance, minimum tracking error, maximum exposure and limits on tracking error look at predicted risk. One \
         table says where it comes from: [risk.vendor] reads the dataset's models, [risk.shrinkage], [risk.statistical] and \
         [risk.fundamental] are estimated from returns known at the cut-off.",
    ),
    (
        "M0452",
        "Exposures, the number of names and tracking error can be bounded where weights are optimised. Other weightings are \
         made first and capped then, by limits on weights.",
    ),
    (
        "M0453",
        "Limits of optimised weights are constraints: bounds that leave a set of weights without gaps. Ladders by rank and \
         concentrations such as 5/10/40 depend on the weights themselves.",
    ),
    (
        "M0454",
        "Bands around the parent are percentage points of weight (\"5pp\") or standard deviations of an exposure \
         (\"0.25 sd\").",
    ),
    (
        "M0455",
        "A limit on exposure says of what and within which distance of the parent, one on names the least or the most of \
         them, one on tracking error an annual volatility. Each is bounded once.",
    ),
    (
        "M0456",
        "A rung of [[relax]] names `turnover` or a limit with one number that can be loosened: a maximum of the index, a \
         distance from the parent, a tracking error.",
    ),
    (
        "M0457",
        "How far a rule is loosened is said in the rule's own unit and lies beyond what it allows already; a step is a \
         distance above zero, \"5pp\" or \"0.25 sd\".",
    ),
    (
        "M0458",
        "What happens where loosening is not enough is said once, at the end of the ladder.",
    ),
    (
        "M0459",
        "A number of the optimisation or of its risk model is possible in form but leaves nothing to compute: an aversion or \
         risk of zero, more returns than the window has.",
    ),
    (
        "M0461",
        "[[select.narrow.stop]] names what narrowing looks at (exposure, capacity, effective-names, or a text column whose \
         groups are weighed) and one bound in its own unit: max = \"2 x broad\" of an exposure or a capacity, min = \"0.67 x \
         broad\" or a number of effective names, \"1%\" or \"0.5 x parent\" of a group.",
    ),
    (
        "M0462",
        "The broad index is where narrowing begins. A stop that it crosses by itself would drop nobody: an exposure or \
         capacity may become a larger, the effective number of names a smaller multiple of the broad index's.",
    ),
    (
        "M0463",
        "Narrowing weighs what is left after each round by one number a name. Optimised weights and equal excess weigh all \
         members together, so they cannot be narrowed that way.",
    ),
    (
        "M0601",
        "Every row of a test's universe names its security by a text: { security_id = \"A\", market_cap = 100 }.",
    ),
    (
        "M0602",
        "A security stands twice in a test's universe. A snapshot has one row a security.",
    ),
    (
        "M0603",
        "A column of a test's universe holds numbers in one row and texts or flags in another. Leave a cell out where \
         the value is missing.",
    ),
    ("M0604", "A test names a security that its universe does not have."),
    (
        "M0605",
        "A test without expectations cannot fail. It may expect members, weights, scores, variables, ranks, reasons, \
         missing values or an error.",
    ),
    (
        "M0606",
        "A test expects values of a score or variable that the rulebook does not define.",
    ),
    (
        "M0701",
        "`divisor fmt` compares what it read with what it would write, and writes nothing where they differ. That is a \
         fault of the formatter, never of the rulebook.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The quoted codes of all sources but this one.
    fn used(folder: &Path, codes: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("the sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                used(&path, codes);
            } else if !path.ends_with("codes.rs") {
                let text = fs::read_to_string(&path).expect("a source");
                let quoted = text.split('"').filter(|part| part.len() == 5 && part.starts_with('M'));
                codes.extend(
                    quoted
                        .filter(|part| part[1..].bytes().all(|b| b.is_ascii_digit()))
                        .map(str::to_owned),
                );
            }
        }
    }

    #[test]
    fn every_code_is_explained_and_none_is_invented() {
        let mut codes = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut codes);
        let explained: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
        assert!(explained.is_sorted());
        assert_eq!(codes.iter().map(String::as_str).collect::<Vec<_>>(), explained);
    }

    #[test]
    fn a_code_is_found_in_any_case() {
        assert!(explain_code("m0211").is_some_and(|text| text.contains("\"5%\"")));
        assert_eq!(explain_code("M9999"), None);
    }
}
