//! What became of one security over all reviews: spells with the same fate by the same rule, and what moved between them.

use divisor_model::{Date, Day, SecurityIndex, date_of};
use divisor_review::{Decision, Review, Shared, decisions_of};
use serde_json::{Value, json};

use crate::why_find::Found;
use crate::why_story::{Story, number, percent};

/// Inputs told of a change.
const MOVED: usize = 5;

/// All reviews of an index, as they judged one security.
pub(crate) struct Timeline {
    index: String,
    security: String,
    /// Its name and place, from the newest snapshot that has it.
    title: String,
    entries: Vec<Entry>,
}

/// Where a name is at a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    In,
    Out,
    NotInParent,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::NotInParent => "not-in-parent",
        }
    }

    fn shout(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Out => "OUT",
            Self::NotInParent => "not in the parent",
        }
    }
}

/// One review.
struct Entry {
    effective: Date,
    edition: String,
    state: State,
    weight: Option<f64>,
    rank: Option<u32>,
    /// The rule that decided, with its line and code; empty for a name that is not in the parent.
    rule_id: String,
    line: String,
    code: &'static str,
    words: String,
    /// What rules looked at, with the rule.
    inputs: Vec<Input>,
}

/// A number that went into a rule.
struct Input {
    rule_id: String,
    name: String,
    value: f64,
    known_on: Day,
}

/// An input that is another at the next review.
struct Move<'a> {
    from: &'a Input,
    to: &'a Input,
}

impl Timeline {
    pub(crate) fn new(reviews: &[Found<'_>], shared: &Shared, security: SecurityIndex) -> Self {
        let story = |(pipeline, result, review): Found<'_>| -> Option<(Entry, String)> {
            let snapshot = shared.landed.panel.snapshot(review.scored.snapshot)?;
            let story = Story {
                pipeline,
                result,
                review,
                shared,
                snapshot,
                security,
            };
            let title = if snapshot.row(security).is_some() {
                story.name()
            } else {
                String::new()
            };
            Some((Entry::new(&story, shared), title))
        };
        let mut title = String::new();
        let mut entries = Vec::with_capacity(reviews.len());
        for (entry, found) in reviews.iter().filter_map(|found| story(*found)) {
            if !found.is_empty() {
                title = found;
            }
            entries.push(entry);
        }
        let security = shared.landed.panel.securities().id(security).to_owned();
        Self {
            index: reviews
                .first()
                .map_or_else(String::new, |(pipeline, ..)| pipeline.methodology.index.id.clone()),
            title: if title.is_empty() { security.clone() } else { title },
            security,
            entries,
        }
    }

    /// Reviews in a row with the same fate by the same rule.
    fn spells(&self) -> Vec<&[Entry]> {
        self.entries.chunk_by(|a, b| a.fate() == b.fate()).collect()
    }

    pub(crate) fn text(&self) -> String {
        let spells = self.spells();
        let (Some(first), Some(last)) = (self.entries.first(), self.entries.last()) else {
            return format!("{}: {} has no review in this range\n", self.title, self.index);
        };
        let count = self.entries.iter().filter(|entry| entry.state == State::In).count();
        let since = self
            .entries
            .iter()
            .rev()
            .take_while(|entry| entry.state == last.state)
            .last();
        let state = match last.state {
            State::In => "IN",
            State::Out => "OUT of",
            State::NotInParent => "not in the parent of",
        };
        let mut text = format!(
            "{} is {state} {} since {} · in at {count} of {} reviews {} … {}\n",
            self.title,
            self.index,
            since.map_or(last.effective, |entry| entry.effective),
            self.entries.len(),
            first.effective,
            last.effective
        );
        for (at, spell) in spells.iter().enumerate() {
            if let Some(before) = at.checked_sub(1).and_then(|before| spells[before].last()) {
                text.push_str(&change_text(before, &spell[0]));
            }
            text.push_str(&spell_text(spell));
        }
        text
    }

    pub(crate) fn json(&self) -> String {
        let spells = self.spells();
        let spell = |(at, spell): (usize, &&[Entry])| {
            let before = at.checked_sub(1).and_then(|before| spells[before].last());
            let (first, last) = (&spell[0], &spell[spell.len() - 1]);
            json!({
                "from": first.effective,
                "to": last.effective,
                "reviews": spell.len(),
                "state": first.state.word(),
                "rule_id": first.rule_id,
                "code": first.code,
                "changed": before.map(|before| change_json(before, first)),
            })
        };
        let document = json!({
            "security_id": self.security,
            "index_id": self.index,
            "state": self.entries.last().map(|entry| entry.state.word()),
            "spells": spells.iter().enumerate().map(spell).collect::<Vec<Value>>(),
            "reviews": self.entries.iter().map(Entry::json).collect::<Vec<Value>>(),
        });
        format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default())
    }
}

impl Entry {
    fn new(story: &Story<'_>, shared: &Shared) -> Self {
        let review: &Review = story.review;
        let entry = |state| Self {
            effective: review.dates.effective,
            edition: story.pipeline.methodology.index.edition.clone(),
            state,
            weight: None,
            rank: None,
            rule_id: String::new(),
            line: String::new(),
            code: "not-in-parent",
            words: String::new(),
            inputs: Vec::new(),
        };
        let Some(at) = review.scored.position(story.security) else {
            return entry(State::NotInParent);
        };
        let decisions = decisions_of(story.pipeline, shared, review, at);
        let member = review.member(at);
        let decided = match member {
            Some(_) => decisions.iter().rev().find(|decision| decision.stage == "select"),
            None => decisions
                .iter()
                .rev()
                .find(|decision| decision.outcome == "out")
                .or(decisions.last()),
        };
        let inputs = decisions.iter().filter(|decision| is_input(decision));
        Self {
            weight: member.map(|member| review.weights[member]),
            rank: Some(review.selection.rank[at]).filter(|rank| *rank > 0),
            rule_id: decided.map_or_else(String::new, |decision| decision.rule_id.to_string()),
            line: decided.map_or_else(String::new, |decision| format!("[line {}] ", decision.line)),
            code: decided.map_or("", |decision| decision.code),
            words: decided.map_or_else(String::new, |decision| story.words(decision, at)),
            inputs: inputs
                .map(|decision| Input {
                    rule_id: decision.rule_id.to_string(),
                    name: decision.input.to_string(),
                    value: decision.value,
                    known_on: decision.known_on,
                })
                .collect(),
            ..entry(if member.is_some() { State::In } else { State::Out })
        }
    }

    /// What makes a spell.
    fn fate(&self) -> (State, &str, &str) {
        (self.state, &self.rule_id, self.code)
    }

    /// Inputs that differ from those of the review before: of the rules that decided, where there are any.
    fn moves<'a>(&'a self, before: &'a Self) -> Vec<Move<'a>> {
        let mut moves: Vec<Move<'_>> = Vec::new();
        for to in &self.inputs {
            let is_same = |other: &&Input| other.rule_id == to.rule_id && other.name == to.name;
            let Some(from) = before.inputs.iter().find(is_same) else {
                continue;
            };
            if from.value.to_bits() != to.value.to_bits() {
                moves.push(Move { from, to });
            }
        }
        // Where the rules that decided saw something move, that is told; else whatever did.
        let decided = |rule: &str| {
            [self, before]
                .iter()
                .any(|entry| entry.rule_id == rule || (entry.rule_id == "select" && rule.starts_with("score.")))
        };
        if moves.iter().any(|moved| decided(&moved.to.rule_id)) {
            moves.retain(|moved| decided(&moved.to.rule_id));
        }
        moves
    }

    fn json(&self) -> Value {
        json!({
            "effective_date": self.effective,
            "edition": self.edition,
            "state": self.state.word(),
            "weight": self.weight,
            "rank": self.rank,
            "rule_id": self.rule_id,
            "code": self.code,
            "words": self.words,
        })
    }
}

/// Whether a row of the trace says what went in, rather than what a step made of it.
fn is_input(decision: &Decision<'_>) -> bool {
    let made = [".z", ".factor", ".passes", ".combined"];
    matches!(decision.stage, "screen" | "score" | "decision") && !made.iter().any(|end| decision.input.ends_with(end))
}

fn spell_text(spell: &[Entry]) -> String {
    let (first, last) = (&spell[0], &spell[spell.len() - 1]);
    let dates = if spell.len() == 1 {
        first.effective.to_string()
    } else {
        format!("{} … {}", first.effective, last.effective)
    };
    let count = if spell.len() == 1 {
        "1 review".to_owned()
    } else {
        format!("{} reviews", spell.len())
    };
    let mut figures: Vec<String> = Vec::new();
    if let (Some(from), Some(to)) = (first.weight, last.weight) {
        figures.push(if spell.len() == 1 {
            percent(from)
        } else {
            format!("{} → {}", percent(from), percent(to))
        });
    }
    let ranks = spell.iter().filter_map(|entry| entry.rank);
    if let (Some(best), Some(worst)) = (ranks.clone().min(), ranks.max())
        && spell.len() > 1
    {
        figures.push(format!("ranks {best} to {worst}"));
    }
    let mut text = format!("  {dates:<25} {count:>10}  {}", first.state.shout());
    if !figures.is_empty() {
        text.push_str(&format!(" {}", figures.join(", ")));
    }
    if last.state != State::NotInParent {
        let when = if spell.len() == 1 { "" } else { ", last" };
        text.push_str(&format!(" · {}{}{when} {}", last.line, last.rule_id, last.words));
    }
    text + "\n"
}

/// What moved between two reviews with another fate.
fn change_text(before: &Entry, now: &Entry) -> String {
    let mut parts: Vec<String> = Vec::new();
    if before.edition != now.edition {
        parts.push(format!("edition {} → {}", before.edition, now.edition));
    }
    if let (Some(from), Some(to)) = (before.rank, now.rank) {
        parts.push(format!("rank {from} → {to}"));
    }
    let moves = now.moves(before);
    for moved in moves.iter().take(MOVED) {
        let known = date_of(moved.to.known_on).map_or_else(String::new, |date| format!(" (known {date})"));
        parts.push(format!(
            "{} {} → {}{known}",
            moved.to.name.trim_end_matches([' ', '<', '>', '=', '!']),
            number(moved.from.value),
            number(moved.to.value)
        ));
    }
    let words = match (before.state, now.state) {
        _ if !parts.is_empty() => parts.join("; "),
        (State::NotInParent, _) => "it came into the parent".to_owned(),
        (_, State::NotInParent) => "it left the parent".to_owned(),
        _ => "none of its own inputs: the names around it, or its membership".to_owned(),
    };
    format!("    changed at {}: {words}\n", now.effective)
}

fn change_json(before: &Entry, now: &Entry) -> Value {
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    let moves: Vec<Value> = now
        .moves(before)
        .iter()
        .map(|moved| {
            json!({
                "rule_id": moved.to.rule_id,
                "input": moved.to.name,
                "from": finite(moved.from.value),
                "to": finite(moved.to.value),
                "known_on": date_of(moved.to.known_on),
            })
        })
        .collect();
    json!({
        "edition_from": before.edition,
        "edition_to": now.edition,
        "rank_from": before.rank,
        "rank_to": now.rank,
        "rule_from": before.rule_id,
        "rule_to": now.rule_id,
        "inputs": moves,
    })
}
