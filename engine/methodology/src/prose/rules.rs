//! The index, its reviews and its variables.

use super::dates::{day, frequency, months};
use super::formulas::in_words;
use super::words::{because, free, mark, sentence};
use super::{ProseSection, Section};
use crate::methodology::{DateOverride, DayAnchor, Index, Parent, ReviewRules, Variable};
use crate::numbers::grouped_float;

pub(super) fn index(index: &Index) -> ProseSection {
    let mut section = Section::new(format!(
        "{} (`{}`), edition {}",
        free(&index.name),
        index.id,
        free(&index.edition)
    ));
    if let Some(description) = &index.description {
        section.rule(free(description), index.line);
    }
    let parent = match &index.parent {
        Parent::Universe(name) => format!("Securities are chosen from the universe `{name}`, the parent."),
        Parent::Index(id) => format!(
            "Securities are chosen from the constituents of the index `{id}`, the parent, by its newest review whose \
             cut-off is on or before this one's."
        ),
    };
    section.rule(parent, index.parent_line);
    let level = grouped_float(index.base_level);
    let base = format!(
        "Base level {level}, at the close of the first review effective on or after {}.",
        index.base_date
    );
    section.rule(base, index.base_line);
    let notional = grouped_float(index.notional.value);
    let shares = format!(
        "Index shares are stated for {notional} of index currency at every review {}.",
        mark(&index.notional)
    );
    section.rule(shares, index.notional.line);
    section.0
}

pub(super) fn reviews(review: &ReviewRules) -> ProseSection {
    let mut section = Section::new("Reviews");
    let calendar = match review.calendar.as_str() {
        "weekdays" => "every weekday being a session (`weekdays`)".to_owned(),
        name => format!("by the sessions of `{name}`"),
    };
    let often = sentence(&frequency(&review.months));
    let which = if review.months.len() == 12 {
        String::new()
    } else {
        format!(", in {}", months(&review.months, 0))
    };
    section.rule(format!("{often}{which}, {calendar}."), review.line);
    let effective = format!(
        "Effective as of the close of {}.",
        day(&review.effective, &review.months)
    );
    section.rule(effective, review.effective.line);
    let cutoff = day(&review.cutoff, &review.months);
    let by = if review.cutoff.anchor == DayAnchor::Effective {
        "the close "
    } else {
        "the close of "
    };
    let cutoff = format!("Cut-off: data known by {by}{cutoff} is used, and no other.");
    section.rule(cutoff, review.cutoff.line);
    let on = if review.announcement.anchor == DayAnchor::Effective {
        ""
    } else {
        "on "
    };
    let announcement = format!("Announced {on}{}.", day(&review.announcement, &review.months));
    section.rule(announcement, review.announcement.line);
    match &review.max_age_days {
        Some(days) => {
            let text = format!(
                "A snapshot may be at most {} days old at the cut-off {}.",
                days.value,
                mark(days)
            );
            section.rule(text, days.line);
        }
        None => section.rule(
            "A snapshot may be as old at the cut-off as the dataset allows (default).",
            None,
        ),
    }
    for one in &review.overrides {
        section.rule(date_override(one), one.line);
    }
    section.0
}

fn date_override(one: &DateOverride) -> String {
    let dates = [
        one.effective.map(|date| format!("effective {date}")),
        one.cutoff.map(|date| format!("with cut-off {date}")),
        one.announcement.map(|date| format!("announced {date}")),
    ];
    let dates: Vec<String> = dates.into_iter().flatten().collect();
    let instead = one.instead_of;
    let why = because(&one.because);
    format!(
        "The review that falls on {instead} by rule is {} instead. {why}",
        super::words::list(&dates)
    )
}

pub(super) fn variables(variables: &[Variable]) -> ProseSection {
    let mut section = Section::new("Variables");
    let mut written: Vec<&Variable> = variables.iter().collect();
    written.sort_by_key(|variable| variable.line);
    for variable in written {
        let (name, formula) = (&variable.name, &variable.formula);
        let text = match in_words(formula) {
            Some(words) => format!("`{name}` is {words}: `{formula}`."),
            None => format!("`{name}` is `{formula}`."),
        };
        section.rule(text, variable.line);
    }
    section.0
}
