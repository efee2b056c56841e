//! What a rulebook could say and does not: not written does not happen.

use super::limits::forces_weight;
use super::{ProseSection, Section};
use crate::methodology::{LimitOn, Methodology, Score, ScreenTest, Select, TopSize};

pub(super) fn not_used(methodology: &Methodology) -> ProseSection {
    let mut unused: Vec<String> = Vec::new();
    let mut add = |is_unused: bool, what: &str| {
        if is_unused {
            unused.push(what.to_owned());
        }
    };
    let review = &methodology.review;
    add(review.max_age_days.is_none(), "an age limit for snapshots of its own");
    add(review.overrides.is_empty(), "dates announced differently");
    add(
        review.cutoffs.is_empty(),
        "cut-offs of their own for prices, shares, fundamentals or the risk model",
    );
    add(
        review.reweights.is_empty(),
        "months that keep members and only reset weights",
    );
    add(methodology.variables.is_empty(), "variables");
    add(methodology.screens.is_empty(), "screens");
    let no_share = !methodology
        .screens
        .iter()
        .any(|screen| matches!(screen.test, ScreenTest::Drop(_)));
    add(no_share, "screens by share");
    let no_members = methodology.screens.iter().all(|screen| screen.members_line().is_none());
    add(no_members, "other thresholds for members");
    add(methodology.scores.is_empty(), "scores");
    for (what, is_absent) in SCORE_OPTIONS {
        let lacking: Vec<&Score> = methodology.scores.iter().filter(|score| is_absent(score)).collect();
        if !lacking.is_empty() && lacking.len() == methodology.scores.len() {
            add(true, what);
            continue;
        }
        for score in lacking {
            add(true, &format!("{what} in `{}`", score.name));
        }
    }
    match &methodology.select {
        Select::All { .. } => add(true, "ranking and a number of members"),
        Select::Narrow(_) => add(true, "a number of members of its own, a buffer"),
        Select::Top(top) => {
            add(top.buffer.is_none(), "a buffer");
            add(top.within.is_none(), "selection within groups");
            add(top.quota.is_none(), "quotas of groups");
            add(!matches!(top.size, TopSize::Count(_)), "a fixed number of members");
        }
    }
    let limits = &methodology.limits;
    let on = |wanted: fn(&LimitOn) -> bool| limits.iter().any(|limit| wanted(&limit.on));
    if limits.is_empty() {
        add(
            true,
            if methodology.optimised.is_some() {
                "limits on weights"
            } else {
                "limits"
            },
        );
    } else {
        add(!on(|on| *on == LimitOn::Security), "limits on a security");
        add(!on(|on| *on == LimitOn::Issuer), "limits on an issuer");
        add(
            !on(|on| matches!(on, LimitOn::Column(_))),
            "limits on sectors, countries and other groups",
        );
        add(
            limits
                .iter()
                .all(|limit| limit.max.is_none() && limit.ladder.is_empty()),
            "maximum weights",
        );
        add(limits.iter().all(|limit| limit.min.is_none()), "minimum weights");
        add(
            limits.iter().all(|limit| limit.within.is_none()),
            "bands around the parent",
        );
        if methodology.optimised.is_none() {
            add(
                limits.iter().all(|limit| limit.concentration.is_none()),
                "limits on concentration",
            );
            add(!limits.iter().any(forces_weight), "rules for groups without members");
        }
    }
    weighting(methodology, &mut add);
    let mut section = Section::new("");
    section.rule(format!("Not used: {} (defaults).", unused.join(", ")), None);
    section.0
}

/// What is done to weights beside limits.
fn weighting(methodology: &Methodology, add: &mut impl FnMut(bool, &str)) {
    if let Some(optimised) = &methodology.optimised {
        super::optimised::unused(optimised, &mut *add);
    } else {
        let weight = &methodology.weight;
        add(weight.neutral.is_none(), "groups reset to their weights in the parent");
        add(weight.drop.is_none(), "a least weight below which members are dropped");
        add(methodology.tranches.is_none(), "tranches that are reset in turn");
    }
    add(methodology.turnover.is_none(), "turnover limits");
}

/// What it is called, and whether a score lacks it.
type ScoreOption = (&'static str, fn(&Score) -> bool);

/// The steps a score may leave out.
const SCORE_OPTIONS: [ScoreOption; 8] = [
    ("winsorising", |score| score.winsorize.is_none()),
    ("a clip of z-scores", |score| score.clip.is_none()),
    ("a truncating loop", |score| score.truncate.is_none()),
    ("standardising within groups", |score| score.within.is_none()),
    ("a second standardising", |score| score.restandardize.is_none()),
    ("a clip of the score", |score| score.clip_score.is_none()),
    ("a least number of parts", |score| score.least_present.is_none()),
    ("maps of z-scores", |score| {
        score.parts.iter().all(|part| part.map.is_none())
    }),
];
