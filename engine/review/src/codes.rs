//! What the codes of reviews mean, for `divisor check --explain CODE`: rulebooks that do not fit their surroundings
//! (`M05xx`), what a review lacks (`D02xx`), rules that cannot be satisfied (`R…`) and warnings (`W…`). Codes are stable: a code is never given another meaning.

/// A few sentences on a code of this crate.
pub fn explain_code(code: &str) -> Option<&'static str> {
    let found = CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
    found.map(|(_, text)| *text)
}

const CODES: &[(&str, &str)] = &[
    (
        "M0501",
        "The review dates of the rulebook cannot be found on its calendar: a date lies outside the years the calendar \
         knows, or is no session.",
    ),
    (
        "M0502",
        "The parent of an index is another index whose rulebook is not in this run, or the two depend on each other.",
    ),
    (
        "M0503",
        "There is no such calendar, neither built in nor in the `calendars` folder of --config.",
    ),
    (
        "M0504",
        "At a change of edition the first review of the new one would have an earlier cut-off than the last of the old one, \
         so that it would know less than what it follows.",
    ),
    (
        "M0505",
        "A file of decisions (<decisions>/<index>.toml) is wrong: [[exclude]] and [[override]] tables with security, \
         decided_on, from, because and approved_by; until where a decision ends; variable and value of an override.",
    ),
    (
        "D0201",
        "A review has no snapshot on or before its cut-off. Begin the index later (index.base.date), or add earlier \
         snapshots.",
    ),
    (
        "D0202",
        "The newest snapshot at the cut-off is older than the rulebook (review.max_age) or the dataset allows. The feed \
         stopped, or the date is beyond the data.",
    ),
    ("D0203", "A universe has no name in the snapshot of a review."),
    (
        "D0204",
        "No name of the parent has any free-float market cap, so that parent weights cannot be told.",
    ),
    (
        "D0205",
        "A measure that weights are made of is negative, and the rulebook does not say what that counts as: \
         weight.measures.negative.",
    ),
    (
        "D0206",
        "A selected name has no value in the column a limit groups by, and the limit has no fallback.",
    ),
    (
        "D0207",
        "The parent index has no review with a cut-off on or before this one's: it begins later, or failed.",
    ),
    (
        "D0208",
        "A review beyond the cut-off a dataset was frozen at. What became known later is not in it.",
    ),
    (
        "D0209",
        "A security of the parent has no predicted risk, and the rulebook says that this is an error (short_history or \
         missing = \"error\"), or no security has any.",
    ),
    (
        "D0210",
        "The risk model cannot be made from the returns known at the cut-off: there are none, or numbers stand in them that are \
         none.",
    ),
    (
        "D0211",
        "The dataset has no risk model dated on or before the cut-off (review.cutoffs.risk, else the review's), or \
         none as young as the rulebook wants (risk.vendor.max_age).",
    ),
    (
        "D0234",
        "By a vendor's risk model the median name has a volatility that no market has, so that its numbers are taken to be in \
         another unit. Exposures and covariances must make annual variance as a fraction: 0.04 for a volatility of 20%. Vendors \
         also deliver squared percent (400), or the variance of a month; `divisor data import table` scales by powers of ten.",
    ),
    (
        "R0201",
        "No name is left to choose from. The message says how many names each screen and missing policy took out.",
    ),
    (
        "R0202",
        "A loop that truncates and standardises again had not ended after its passes. Say what happens then \
         (unfinished = \"clip\" or \"keep\"), or allow more.",
    ),
    (
        "R0301",
        "Limits that cannot hold together. The message has a smallest set of them: without any one of these the others \
         could hold.",
    ),
    (
        "R0302",
        "A group of the parent must have weight, by the limits or the neutrality of the rulebook, and has no member.",
    ),
    (
        "R0303",
        "The limits could not be held in numbers, though nothing shows that they contradict each other.",
    ),
    (
        "R0304",
        "A published capping procedure has no answer for these weights, such as a power that no number of steps makes pass.",
    ),
    (
        "R0305",
        "The turnover limit cannot be held, since members that leave weigh more than it allows, and the rulebook says that \
         this is an error (unreachable = \"error\").",
    ),
    (
        "R0306",
        "The optimisation came to no end or its answer failed the check that every answer must pass, though nothing shows that \
         the rules contradict each other. No weights leave it. Exit code 4; 3 \
         where only numbers of names were left open, 2 where the risk model has a negative variance.",
    ),
    (
        "R0307",
        "Every member would weigh less than the least weight of [weight.drop], so that nobody would be left.",
    ),
    (
        "R0311",
        "Narrowing came down to the least number of names and crossed none of its stops. Say what happens then (unfinished = \
         \"keep\"), tighten a stop or lower `least`.",
    ),
    (
        "R0312",
        "A stop of narrowing is a multiple of the broad index's exposure or capacity, which is zero, negative or not finite \
         at this review.",
    ),
    (
        "R0313",
        "Groups beyond their bands around the parent ([weight.neutral] band) are brought to the ends of these once. Here those \
         ends add up to the whole index or more, so that nothing is left for groups within their bands.",
    ),
    (
        "R0351",
        "The weights of a published review at its effective close cannot be made: the dataset has not the snapshot it was \
         valued in, or not a member in it.",
    ),
    (
        "R0352",
        "A review that was made again from another beginning, to say what of a difference comes from rules, data or drift, does \
         not take place: its rulebook says that there is no review where no weights hold all rules.",
    ),
    (
        "W0101",
        "A variable of a score is missing for more than a tenth of the names the score is made over.",
    ),
    (
        "W0102",
        "Fewer names could be ranked and weighted than the rulebook wants.",
    ),
    (
        "W0103",
        "Names of the parent had neither closes nor market caps at both ends of the interval since the last review: their \
         weights stayed as they were.",
    ),
    (
        "W0104",
        "Per-share figures of earlier years were not restated for splits, since the dataset has no `actions`.",
    ),
    (
        "W0105",
        "Two reviews in a row used the same snapshot: nothing but newer publications can differ between them.",
    ),
    (
        "W0106",
        "Members that leave weigh more than the turnover limit allows. They are sold, and nothing else is traded.",
    ),
    (
        "W0107",
        "Rows of a table keyed by a ticker or another identifier that no security carried on their day. They are left out \
         and counted in the manifest.",
    ),
    (
        "W0108",
        "A loop that truncates and standardises again had not ended after its passes; the rulebook says that this may be.",
    ),
    (
        "W0109",
        "A group has fewer names than the rulebook wants of each: all it has were taken.",
    ),
    (
        "W0110",
        "A date of the review lies beyond the last day for which its exchange has published a calendar: the rules say what \
         happens there, and may yet be wrong. A calendar of your own in --config DIR, with `announced_to`, or an entry of \
         review.overrides settles it.",
    ),
    (
        "W0111",
        "A decision is in force about a security that is not in the parent: it changes nothing. Its id may be misspelt.",
    ),
    (
        "W0112",
        "No weights held all rules, and the rules that the rulebook says give way were loosened until some did. The manifest \
         has every step.",
    ),
    (
        "W0113",
        "No weights held all rules, however far they may be loosened: the weights of the review before were kept, names that \
         left the parent sold in proportion.",
    ),
    (
        "W0114",
        "No weights held all rules, however far they may be loosened: the rulebook says that there is no review then.",
    ),
    (
        "W0115",
        "Securities of more than a tenth of the parent have no predicted risk and got no weight.",
    ),
    (
        "W0116",
        "A limit held before new weights were blended with drifted ones, and the blend carries weights beyond it: turnover is \
         held after limits. The warning says how many groups and how far the furthest is, or what all above a weight hold \
         together.",
    ),
    (
        "W0121",
        "Narrowing dropped nobody: the first round would have crossed a stop, or the broad index does by itself.",
    ),
    (
        "W0122",
        "Narrowing came down to the least number of names and crossed none of its stops; the rulebook says that this may be.",
    ),
    (
        "W0151",
        "Members had neither closes nor market caps between the valuation of a review and its effective close: they enter \
         `effective.parquet` with the weight they were announced with. `effective.json` names them.",
    ),
    (
        "W0152",
        "The rules of an index give no review from its base date to --to, or to the last day of the dataset where there is \
         no --to: the run makes nothing of it.",
    ),
];
