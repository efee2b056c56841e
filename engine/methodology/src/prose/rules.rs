//! The index, its reviews and its variables.

use super::dates::{day, frequency, months, sessions_of};
use super::formulas::in_words;
use super::words::{because, free, list, mark, sentence};
use super::{ProseSection, Section};
use crate::methodology::{
    CutoffRules, DateOverride, DayAnchor, DayRule, InForce, Index, Parent, ReviewRules, Reweight, Variable,
};
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
    editions(index, &mut section);
    let parent = match &index.parent {
        Parent::Universe(name) => format!("Securities are chosen from the universe `{name}`, the parent."),
        Parent::Index(id) => format!(
            "Securities are chosen from the constituents of the index `{id}`, the parent, by its newest review whose \
             cut-off is on or before this one's."
        ),
        Parent::Indexes(ids) => {
            let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
            format!(
                "Securities are chosen from the constituents of the indexes {}, together the parent: each by its newest \
                 review whose cut-off is on or before this one's, a security at the mean of its weights in them, \
                 an index without it counting as zero.",
                list(&ids)
            )
        }
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

/// For which reviews this edition is in force, where there are several.
fn editions(index: &Index, section: &mut Section) {
    if index.editions.is_empty() {
        return;
    }
    let InForce { from, until } = index.in_force;
    let dates = match (from, until) {
        (None, None) => "is taken for all reviews here, whatever its dates (`--edition`)".to_owned(),
        (from, until) => {
            let from = from.map(|from| format!("on or after {from}"));
            let until = until.map(|until| format!("before {until}"));
            let dates: Vec<String> = from.into_iter().chain(until).collect();
            format!("is in force for reviews effective {}", list(&dates))
        }
    };
    let line = index
        .editions
        .iter()
        .find(|edition| edition.id == index.edition)
        .and_then(|edition| edition.line);
    section.rule(
        format!("Edition `{}` {dates}.", index.edition),
        line.unwrap_or(index.line),
    );
    let others = index.editions.iter().filter(|edition| edition.id != index.edition);
    for other in others {
        if let Some(date) = other.valid_from {
            section.rule(
                format!("Edition `{}` is in force from {date} on.", other.id),
                other.line,
            );
        }
    }
}

pub(super) fn reviews(review: &ReviewRules) -> ProseSection {
    let mut section = Section::new("Reviews");
    let calendar = match review.calendar.as_str() {
        "weekdays" => "every weekday being a session (`weekdays`)".to_owned(),
        name => format!("by the {}", sessions_of(name)),
    };
    let often = sentence(&frequency(&review.months));
    let which = if review.months.len() == 12 {
        String::new()
    } else {
        format!(", in {}", months(&review.months, 0))
    };
    section.rule(format!("{often}{which}, {calendar}."), review.line);
    section.rule(effective(&review.effective, &review.months), review.effective.line);
    section.rule(cutoff(&review.cutoff, &review.months), review.cutoff.line);
    cutoffs(&mut section, &review.cutoffs, &review.months);
    section.rule(
        announcement(&review.announcement, &review.months),
        review.announcement.line,
    );
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
    for one in &review.reweights {
        reweight(&mut section, one, review);
    }
    for one in &review.overrides {
        section.rule(date_override(one), one.line);
    }
    section.0
}

fn effective(rule: &DayRule, review_months: &[u32]) -> String {
    format!("Effective as of the close of {}.", day(rule, review_months))
}

/// The close of a day, as a noun.
fn close(rule: &DayRule, review_months: &[u32]) -> String {
    let of = if rule.anchor == DayAnchor::Effective { "" } else { "of " };
    format!("the close {of}{}", day(rule, review_months))
}

fn cutoff(rule: &DayRule, review_months: &[u32]) -> String {
    format!(
        "Cut-off: data known by {} is used, and no other.",
        close(rule, review_months)
    )
}

fn announcement(rule: &DayRule, review_months: &[u32]) -> String {
    let on = if rule.anchor == DayAnchor::Effective { "" } else { "on " };
    format!("Announced {on}{}.", day(rule, review_months))
}

/// Cut-offs of their own.
fn cutoffs(section: &mut Section, rules: &CutoffRules, review_months: &[u32]) {
    let kinds = [
        (
            &rules.prices,
            "Prices of the windows of formulas and of drift",
            "are those known by",
        ),
        (
            &rules.shares,
            "The snapshot, with shares, floats, classes and its prices, and the splits",
            "are those known by",
        ),
        (&rules.fundamentals, "Publications of companies", "are those known by"),
        (&rules.risk, "The risk model", "is the newest known by"),
    ];
    for (rule, what, is) in kinds {
        if let Some(rule) = rule {
            section.rule(format!("{what} {is} {}.", close(rule, review_months)), rule.line);
        }
    }
    if rules.prices.is_some() || rules.shares.is_some() {
        section.rule(
            "A snapshot holds prices and shares: it is never newer than either cut-off.",
            None,
        );
    }
}

/// Months in which members stay.
fn reweight(section: &mut Section, rules: &Reweight, review: &ReviewRules) {
    let those = |rule: &Option<DayRule>| if rule.is_some() { "" } else { " (default)" };
    let told = format!(
        "{} more, in {}, members stay and only their weights are set anew, by the same rules: nobody is added, and who \
         left the parent or cannot be weighted is sold. Screens, ranks and buffers decide nothing. The first review of the \
         index chooses members whatever its month.",
        sentence(&frequency(&rules.months)),
        months(&rules.months, 0)
    );
    section.rule(told, rules.line);
    let line = |rule: &Option<DayRule>| rule.as_ref().map(|rule| rule.line);
    let months = &rules.months;
    for (own, general, told) in [
        (
            &rules.effective,
            &review.effective,
            effective as fn(&DayRule, &[u32]) -> String,
        ),
        (&rules.cutoff, &review.cutoff, cutoff),
        (&rules.announcement, &review.announcement, announcement),
    ] {
        let text = told(own.as_ref().unwrap_or(general), months);
        let text = text.trim_end_matches('.');
        section.rule(format!("Then {}{}.", lower(text), those(own)), line(own));
    }
    match &rules.cutoffs {
        Some(own) => cutoffs(section, own, months),
        None => cutoffs(section, &review.cutoffs, months),
    }
    section.because(rules.because.as_ref(), rules.line);
}

/// The text with a small letter at its beginning.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn date_override(one: &DateOverride) -> String {
    let mut dates: Vec<String> = Vec::new();
    dates.extend(one.effective.map(|date| format!("effective {date}")));
    dates.extend(one.cutoff.map(|date| format!("with cut-off {date}")));
    let own = one.cutoffs.dates();
    dates.extend(own.map(|(what, date)| format!("with cut-off {date} of {what}")));
    dates.extend(one.announcement.map(|date| format!("announced {date}")));
    let instead = one.instead_of;
    let why = because(&one.because);
    format!(
        "The review that falls on {instead} by rule is {} instead. {why}",
        list(&dates)
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
