//! Screens: who is eligible.

use divisor_model::Fraction;
use serde::Serialize;

use super::{Prefer, Quantity, Rounding, Setting};
use crate::Line;
use crate::formula::Expr;

/// An eligibility rule.
#[derive(Debug, Clone, Serialize)]
pub struct Screen {
    /// Stable id.
    pub id: String,
    /// What decides.
    pub test: ScreenTest,
    /// Whether a name without an answer stays.
    pub keep_missing: Setting<bool>,
    /// Why.
    pub because: Option<String>,
    /// The scores that must be there before it can judge.
    pub scores: Vec<String>,
    /// Line of the formula or of `drop`.
    #[serde(skip)]
    pub line: Line,
}

impl Screen {
    /// Its formulas.
    pub fn formulas(&self) -> impl Iterator<Item = &Expr> {
        let (keep, members) = match &self.test {
            ScreenTest::Keep { keep, members } => (Some(keep), members.as_ref().map(|members| &members.value)),
            ScreenTest::Drop(_) => (None, None),
        };
        keep.into_iter().chain(members)
    }

    /// The line of the rule for current members, where it is another.
    pub fn members_line(&self) -> Option<Line> {
        match &self.test {
            ScreenTest::Keep { members, .. } => members.as_ref().and_then(|members| members.line),
            ScreenTest::Drop(drop) => drop.members.as_ref().and_then(|members| members.line),
        }
    }
}

/// How a screen decides.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScreenTest {
    /// By a formula that is true for what stays.
    Keep {
        /// The formula.
        keep: Expr,
        /// Another one for current members.
        members: Option<Setting<Expr>>,
    },
    /// By rank: a share of the names leaves.
    Drop(Drop),
}

/// The share of names that leaves.
#[derive(Debug, Clone, Serialize)]
pub struct Drop {
    /// The share.
    pub share: Fraction,
    /// Another one for current members.
    pub members: Option<Setting<Fraction>>,
    /// Which end stays: `High` where the bottom leaves.
    pub keep: Prefer,
    /// What ranks.
    pub by: Quantity,
    /// Text columns whose groups are ranked apart.
    pub within: Option<Setting<Vec<String>>>,
    /// Whether the whole parent is counted instead of the names passing the screens before.
    pub over_parent: Setting<bool>,
    /// How the number of names becomes whole.
    pub rounding: Setting<Rounding>,
}
