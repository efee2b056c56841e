//! What the codes of broken data (`D01xx`), of broken risk models (`D023x`) and of wrong mappings (`D03xx`) mean, for `divisor check --explain CODE`.
//! Codes are stable: a code is never given another meaning.

/// A few sentences on a code of this crate.
pub fn explain_code(code: &str) -> Option<&'static str> {
    let found = CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
    found.map(|(_, text)| *text)
}

const CODES: &[(&str, &str)] = &[
    (
        "D0101",
        "A file of the dataset cannot be read: it is cut short, is no Parquet, or may not be opened. Reviews that would \
         read it stop; others go on.",
    ),
    (
        "D0102",
        "A table lacks a column that every such table must have. The design of datasets lists them; `divisor data \
         describe` shows what is there.",
    ),
    (
        "D0103",
        "A column has another type than it must have. Dates are dates and numbers are numbers: nothing is converted \
         silently. `divisor data import` converts by a mapping that says how.",
    ),
    (
        "D0104",
        "A value is missing where one must be: in a key, a date of knowledge, or the rate of a foreign currency.",
    ),
    (
        "D0105",
        "A number is NaN or infinite. A missing value is null; NaN and infinity are the marks of a broken calculation.",
    ),
    (
        "D0106",
        "A value that no such field can have: a price of zero, a negative market cap, a free float above one.",
    ),
    (
        "D0107",
        "A code that is none of those a column may hold. The message lists them.",
    ),
    (
        "D0108",
        "Two rows have the same key. Which of them is meant cannot be told, so neither is taken.",
    ),
    ("D0109", "A file has no row where one is needed."),
    (
        "D0110",
        "A value of which nobody can tell when it became known: there is no `known_on`, and dataset.toml states no lag for \
         its table or field. The end of a reporting period is never taken for it.",
    ),
    (
        "D0111",
        "Something that only one may have at a time is claimed by two: an identifier by two securities, or two classes by \
         one security, on the same days.",
    ),
    (
        "D0112",
        "A column stands in the snapshots and in `classifications` too. Keep one of them: which one counts is not guessed.",
    ),
    (
        "D0231",
        "A security of a risk model is exposed to a factor that has no variance in the model's covariance: the name may be \
         misspelt in one of the two tables. Nothing is taken for zero there.",
    ),
    (
        "D0232",
        "A covariance of two factors stands in a risk model both ways round, with two values. Write it once, or twice alike.",
    ),
    (
        "D0233",
        "The factor covariance of a risk model is not positive semidefinite: a portfolio would have a negative variance. \
         Rounding of entries one by one can do that; ask the vendor for more digits. It is not repaired here.",
    ),
    ("D0301", "The mapping is not TOML."),
    ("D0302", "A key of the mapping has a value of another type."),
    ("D0303", "A key, table or column that the mapping must have is missing."),
    (
        "D0304",
        "The mapping language has no such key. None is ignored: it would be a wish that is not followed.",
    ),
    (
        "D0305",
        "Two things that exclude each other, or one that needs another, in one mapping.",
    ),
    (
        "D0306",
        "A value of the mapping that cannot be: a scale, a date format, an encoding, a unit, a separator.",
    ),
    (
        "D0307",
        "A key of the mapping without effect. Take it out, so that nobody believes that it does something.",
    ),
    (
        "D0308",
        "A table of the dataset that has no such column, or a name that no column can have.",
    ),
];
