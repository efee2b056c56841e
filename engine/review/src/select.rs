//! Selection: who becomes a member, by rank, buffer and tie chain.

use std::collections::BTreeMap;

use divisor_methodology::{
    Buffer, BufferEnd, Crossing, Methodology, Prefer, Select, Tie, Top, TopSize, rounded, stepped,
};
use divisor_model::Fraction;
use divisor_numeric::{Preference, RankKey, Verdict, order_rows_by, select_top, select_top_by_quota};

use crate::choice::Found;
use crate::error::ReviewError;
use crate::narrow::{Narrowed, narrow};
use crate::scored::Scored;

/// What selection made of every name of the parent.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Rank by `select`'s `by`, 1 the best, 0 for names that were not ranked. Within the name's group where selection
    /// works within groups.
    pub rank: Vec<u32>,
    /// What became of it.
    pub fate: Vec<Fate>,
    /// The zones ranks were held against, one a group.
    zones: Vec<Zone>,
    /// The group of each name; empty where there is one group.
    zone_of: Vec<u16>,
    /// Selected names that were dropped for their weight, ascending, with what they weighed.
    pub(crate) light: Vec<(u32, f64)>,
    /// How the index was narrowed, where it was.
    pub narrowed: Option<Narrowed>,
    /// Whom it found as members.
    pub(crate) found: Found,
}

impl Selection {
    /// Whether a name is in: selected, and not too light.
    pub fn is_in(&self, at: usize) -> bool {
        self.fate[at].is_in() && self.light(at).is_none()
    }

    /// What a selected name weighed that was dropped for its weight.
    pub fn light(&self, at: usize) -> Option<f64> {
        let found = self.light.binary_search_by_key(&(at as u32), |(name, _)| *name);
        found.ok().map(|found| self.light[found].1)
    }

    /// The zone a name's rank was held against.
    pub fn zone(&self, at: usize) -> Zone {
        let group = self.zone_of.get(at).copied().unwrap_or(0);
        self.zones.get(usize::from(group)).copied().unwrap_or_default()
    }
}

/// What became of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Out by a screen.
    Screened,
    /// Out: the number that ranks is missing.
    Unranked,
    /// Out: the weighting cannot weight it.
    Unweightable,
    /// Out: members stay at this review, and it is none.
    NoMember,
    /// In: members stay at this review.
    Stays,
    /// In: all eligible names are.
    Taken,
    /// Judged by rank.
    Ranked(Verdict),
}

impl Fate {
    /// Whether the name is a member.
    pub fn is_in(self) -> bool {
        match self {
            Self::Taken | Self::Stays => true,
            Self::Ranked(verdict) => verdict.is_in(),
            _ => false,
        }
    }
}

/// Ranks that decide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Zone {
    /// How many are selected.
    pub count: u32,
    /// Ranks up to here are in.
    pub inner: u32,
    /// Members up to here may stay.
    pub outer: u32,
    /// Most names of one group, where there is a quota.
    pub quota: u32,
}

impl Zone {
    /// Without a buffer or a quota.
    fn plain(count: u32) -> Self {
        Self {
            count,
            inner: count,
            outer: count,
            quota: u32::MAX,
        }
    }
}

/// Who can be selected, best first: what does not depend on who is a member now.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    /// What is known of each name so far; [`Fate::Taken`] for candidates.
    fate: Vec<Fate>,
    /// Candidates, best first, by the group selection works within; one group where it works on all.
    pub(crate) groups: Vec<Vec<u32>>,
}

impl Ranking {
    /// Ranks the candidates of a scored parent.
    pub(crate) fn new(methodology: &Methodology, inputs: &RankingInputs<'_>) -> Self {
        let names = inputs.raw_weight.len();
        let mut candidates: Vec<u32> = Vec::with_capacity(names);
        let mut fate = vec![Fate::Screened; names];
        for (at, fate) in fate.iter_mut().enumerate() {
            *fate = if inputs.first_failed[at].is_some() {
                Fate::Screened
            } else if inputs.ranked_by.get(at).is_some_and(|value| value.is_nan()) {
                Fate::Unranked
            } else if inputs.raw_weight[at] > 0.0 {
                candidates.push(at as u32);
                Fate::Taken
            } else {
                Fate::Unweightable
            };
        }
        let groups = match &methodology.select {
            Select::All { .. } => Vec::new(),
            Select::Top(top) => {
                let groups = groups(inputs.group, candidates);
                let order = |group| order(top.prefer.value, &top.ties, inputs, group);
                groups.into_iter().map(order).collect()
            }
            Select::Narrow(rules) => vec![order(Prefer::High, &rules.ties, inputs, candidates)],
        };
        Self { fate, groups }
    }

    /// Takes out names that turned out not to be eligible.
    pub(crate) fn screen_out(&mut self, first_failed: &[Option<u16>]) {
        for (fate, failed) in self.fate.iter_mut().zip(first_failed) {
            if failed.is_some() {
                *fate = Fate::Screened;
            }
        }
        for group in &mut self.groups {
            group.retain(|at| first_failed[*at as usize].is_none());
        }
    }
}

/// Columns the ranking is made of, one entry a name.
pub(crate) struct RankingInputs<'a> {
    pub(crate) first_failed: &'a [Option<u16>],
    pub(crate) raw_weight: &'a [f64],
    /// Empty where nothing ranks.
    pub(crate) ranked_by: &'a [f64],
    /// What counts before that; empty where nothing does.
    pub(crate) contribution: &'a [f64],
    pub(crate) ties: &'a [Vec<f64>],
    /// Who comes first whatever ranks; empty where nobody does.
    pub(crate) every: &'a [bool],
    /// Codes of the group; empty where there are none.
    pub(crate) group: &'a [u32],
}

/// Candidates by the text selection works within; all in one group without it.
fn groups(group: &[u32], candidates: Vec<u32>) -> Vec<Vec<u32>> {
    if group.is_empty() {
        return vec![candidates];
    }
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for at in candidates {
        groups.entry(group[at as usize]).or_default().push(at);
    }
    groups.into_values().collect()
}

fn order(prefer: Prefer, ties: &[Tie], inputs: &RankingInputs<'_>, group: Vec<u32>) -> Vec<u32> {
    let preference = |prefer: Prefer| {
        if prefer == Prefer::High {
            Preference::High
        } else {
            Preference::Low
        }
    };
    let first: Vec<f64> = inputs.every.iter().map(|every| f64::from(u8::from(*every))).collect();
    let mut keys = Vec::new();
    if !inputs.contribution.is_empty() {
        keys.push(RankKey {
            values: inputs.contribution,
            prefer: Preference::High,
        });
    }
    if !first.is_empty() {
        keys.push(RankKey {
            values: &first,
            prefer: Preference::High,
        });
    }
    keys.push(RankKey {
        values: inputs.ranked_by,
        prefer: preference(prefer),
    });
    for (tie, values) in ties.iter().zip(inputs.ties) {
        keys.push(RankKey {
            values,
            prefer: preference(tie.prefer),
        });
    }
    order_rows_by(group, &keys)
}

/// Who is selected at one review: all that has to wait for the review before. Entries follow the groups of the ranking.
#[derive(Debug)]
pub(crate) struct Decision {
    zones: Vec<Zone>,
    /// By rank.
    verdicts: Vec<Vec<Verdict>>,
    /// What becomes of every name where members stay and nobody is selected.
    staying: Option<Vec<Fate>>,
    /// How the index was narrowed.
    narrowed: Option<Narrowed>,
}

impl Decision {
    /// Decides by rank, zone and membership. `is_member` tells who is a member now, `when` is the review in messages.
    pub(crate) fn new(
        methodology: &Methodology,
        scored: &Scored,
        is_member: &[bool],
        when: &str,
    ) -> Result<Self, ReviewError> {
        let groups = &scored.ranking.groups;
        let mut narrowed = None;
        let zones: Vec<Zone> = match &methodology.select {
            Select::All { .. } => Vec::new(),
            Select::Top(top) => groups.iter().map(|order| zone(top, scored, order)).collect(),
            Select::Narrow(rules) => {
                let found = narrow(rules, scored, groups.first().map_or(&[][..], Vec::as_slice), when)?;
                let names = u32::try_from(found.names()).unwrap_or(u32::MAX);
                narrowed = Some(found);
                vec![Zone::plain(names)]
            }
        };
        let verdict = |(order, zone): (&Vec<u32>, &Zone)| {
            let (count, inner, outer) = (zone.count as usize, zone.inner as usize, zone.outer as usize);
            if scored.quota_group.is_empty() {
                return select_top(order, is_member, count, inner, outer);
            }
            let most = zone.quota as usize;
            select_top_by_quota(order, is_member, (count, inner, outer), &scored.quota_group, most)
        };
        Ok(Self {
            verdicts: groups.iter().zip(&zones).map(verdict).collect(),
            zones,
            staying: None,
            narrowed,
        })
    }

    /// Members stay, whatever screens, ranks and buffers say; only one that cannot be weighted leaves, or that a decision
    /// puts out.
    pub(crate) fn staying(scored: &Scored, is_member: &[bool]) -> Self {
        let fate = |(at, (is_member, raw)): (usize, (&bool, &f64))| match (is_member, *raw > 0.0) {
            (false, _) => Fate::NoMember,
            (true, _) if scored.discretion.excludes(at) => Fate::Screened,
            (true, true) => Fate::Stays,
            (true, false) => Fate::Unweightable,
        };
        Self {
            zones: vec![Zone::default(); scored.ranking.groups.len()],
            verdicts: Vec::new(),
            narrowed: None,
            staying: Some(is_member.iter().zip(&scored.raw_weight).enumerate().map(fate).collect()),
        }
    }

    /// Positions of the selected names, in no particular order.
    pub(crate) fn members(&self, ranking: &Ranking) -> Vec<u32> {
        if self.zones.is_empty() || self.staying.is_some() {
            let fate = self.staying.as_ref().unwrap_or(&ranking.fate);
            let names = 0..fate.len() as u32;
            return names.filter(|at| fate[*at as usize].is_in()).collect();
        }
        let mut members = Vec::new();
        for (order, verdicts) in ranking.groups.iter().zip(&self.verdicts) {
            let ranked = order.iter().zip(verdicts);
            members.extend(ranked.filter(|(_, verdict)| verdict.is_in()).map(|(at, _)| *at));
        }
        members
    }
}

impl Selection {
    /// What a decision made of every name.
    pub(crate) fn new(scored: &Scored, decision: Decision) -> Self {
        let names = scored.security.len();
        let ranking = &scored.ranking;
        let mut selection = Self {
            rank: vec![0; names],
            fate: ranking.fate.clone(),
            zones: decision.zones,
            zone_of: Vec::new(),
            light: Vec::new(),
            narrowed: decision.narrowed,
            found: Found::default(),
        };
        if let Some(staying) = decision.staying {
            for order in &ranking.groups {
                for (position, at) in order.iter().enumerate() {
                    selection.rank[*at as usize] = position as u32 + 1;
                }
            }
            selection.fate = staying;
            return selection;
        }
        let several = ranking.groups.len() > 1;
        if several {
            selection.zone_of = vec![0; names];
        }
        for (group, (order, verdicts)) in ranking.groups.iter().zip(&decision.verdicts).enumerate() {
            for (position, (at, verdict)) in order.iter().zip(verdicts).enumerate() {
                let at = *at as usize;
                selection.rank[at] = position as u32 + 1;
                selection.fate[at] = Fate::Ranked(*verdict);
                if several {
                    selection.zone_of[at] = group as u16;
                }
            }
        }
        selection
    }
}

fn zone(top: &Top, scored: &Scored, order: &[u32]) -> Zone {
    let rounding = top.buffer_rounding.value;
    let covering = |share: f64, crossing: Crossing| {
        let whole = scored.parent_weight_of_groups(order);
        names_covering(scored, order, share * whole, crossing)
    };
    let is_every = |at: &&u32| scored.every[**at as usize];
    let every = if scored.every.is_empty() {
        0
    } else {
        order.iter().filter(is_every).count()
    };
    let wanted = match &top.size {
        TopSize::Count(count) => (*count).max(every),
        TopSize::Fraction(fraction, rounding) => rounded(*fraction, order.len(), rounding.value),
        TopSize::Coverage(coverage, crossing) => covering(coverage.value(), crossing.value),
    };
    let least = top.least_per_group.as_ref().map_or(0, |least| least.value);
    let count = stepped(wanted, &top.steps, top.step_rounding.value).max(least);
    let end = |end: BufferEnd| match (end, &top.size) {
        (BufferEnd::Rank(rank), _) => rank,
        (BufferEnd::Share(share), TopSize::Coverage(_, crossing)) => covering(share.value(), crossing.value),
        (BufferEnd::Share(share), _) => rounded(share, order.len(), rounding),
    };
    let (inner, outer) = match (top.buffer.as_ref().map(|buffer| buffer.value), &top.size) {
        (None, _) => (count, count),
        (Some(Buffer::Zone { enter, stay }), _) => (end(enter), end(stay)),
        (Some(Buffer::Share(share)), TopSize::Coverage(coverage, crossing)) => {
            let at = |factor: Fraction| covering(coverage.value() * factor.value(), crossing.value);
            (at(share.complement()), at(share.above_one()))
        }
        (Some(Buffer::Share(share)), _) => (
            rounded(share.complement(), count, rounding),
            rounded(share.above_one(), count, rounding),
        ),
    };
    let (inner, outer) = (inner.max(every), outer.max(every));
    let small = |rank: usize| u32::try_from(rank).unwrap_or(u32::MAX);
    let quota = top.quota.as_ref().map(|quota| quota.most.floor_of(count).max(1));
    Zone {
        count: small(count),
        inner: small(inner.min(count)),
        outer: small(outer.max(count)),
        quota: quota.map_or(u32::MAX, small),
    }
}

/// How many names, best first, it takes to reach a parent weight, and whether the one that crosses it counts.
fn names_covering(scored: &Scored, order: &[u32], target: f64, crossing: Crossing) -> usize {
    let mut covered = 0.0;
    for (position, at) in order.iter().enumerate() {
        if covered >= target {
            return position;
        }
        let with = covered + scored.parent_weight[*at as usize];
        let stops = match crossing {
            Crossing::Include => false,
            Crossing::Exclude => with > target,
            Crossing::Nearest => with - target > target - covered,
        };
        if stops {
            return position;
        }
        covered = with;
    }
    order.len()
}
