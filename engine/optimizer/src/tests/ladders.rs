//! Ladders and their receipts.

use super::contradictions::{CAP, N, SECTOR, TURNOVER, base, group, holding, turnover};
use super::instance::Instance;
use super::{bits, solved};
use crate::{Options, Problem, Receipt, Refusal, Rule, Step, Stretch, climb, least_change, loosened, solve, steps};

/// What a rule allows after these steps; as written if none of them is its own.
fn allowed(steps: &[Step], rule: Rule, written: f64) -> Option<f64> {
    steps
        .iter()
        .rev()
        .find(|step| step.rule == rule)
        .map_or(Some(written), |step| step.to)
}

/// 12% left the universe; 10% may be traded, in steps of five points up to 30%.
fn deletions(steps: &[Step]) -> Problem<'static> {
    let mut problem = base();
    let limit = allowed(steps, TURNOVER, 0.1);
    problem.turnover = limit.map(|limit| turnover([0.3, 0.1, 0.2, 0.1, 0.1, 0.08], limit));
    problem
}

fn to_thirty() -> Vec<Step> {
    let rung = Stretch {
        rule: TURNOVER,
        from: 0.1,
        to: [0.15, 0.2, 0.25, 0.3].map(Some).to_vec(),
    };
    steps(&[rung])
}

fn climbed<'p>(steps: &[Step], problem_after: impl Fn(&[Step]) -> Problem<'p>) -> Receipt {
    climb(steps, problem_after, Options::default()).expect("a receipt")
}

/// Every refusal of a receipt is of the problem it stands for.
fn assert_refused<'p>(receipt: &Receipt, steps: &[Step], problem_after: impl Fn(&[Step]) -> Problem<'p>) {
    for (taken, refusal) in receipt.refusals.iter().enumerate() {
        let Refusal::Infeasible(proof) = refusal else {
            panic!("{taken}: {refusal:?}")
        };
        assert!(proof.margin > 0.0);
        let alone = solve(&problem_after(&steps[..taken]), Options::default());
        assert!(matches!(alone, Ok(crate::Outcome::Infeasible(_))), "{taken}: {alone:?}");
    }
}

#[test]
fn twelve_percent_of_deletions_need_the_rung_of_fifteen() {
    let receipt = climbed(&to_thirty(), deletions);
    assert_eq!(receipt.steps(), 1);
    assert_eq!(
        receipt.moved,
        [Step {
            rule: TURNOVER,
            from: 0.1,
            to: Some(0.15)
        }]
    );
    let [Refusal::Infeasible(proof)] = receipt.refusals.as_slice() else {
        panic!("{:?}", receipt.refusals)
    };
    // What must be bought is 12%, two points more than allowed.
    let rules: Vec<Rule> = proof.rules.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, [0, TURNOVER]);
    assert!((proof.margin - 0.02).abs() < 1e-6, "{}", proof.margin);
    let weights = receipt.solution.expect("weights").weights;
    let alone = solved(&deletions(&to_thirty()[..1]));
    assert_eq!(bits(&weights), bits(&alone.weights));
}

#[test]
fn rules_that_hold_as_written_move_nothing() {
    let mut steps = to_thirty();
    steps.insert(
        0,
        Step {
            rule: TURNOVER,
            from: 0.1,
            to: Some(0.125),
        },
    );
    let as_written = |steps: &[Step]| {
        let mut problem = deletions(steps);
        problem.turnover = None;
        problem
    };
    let receipt = climbed(&steps, as_written);
    assert!(receipt.refusals.is_empty() && receipt.moved.is_empty() && receipt.solution.is_some());
    assert_eq!(climbed(&steps, deletions).steps(), 1);
}

#[test]
fn past_the_last_step_every_rung_is_refused() {
    let hopeless = |steps: &[Step]| {
        let mut problem = deletions(steps);
        problem.bounds.upper = vec![0.1; N];
        problem
    };
    let steps = to_thirty();
    let receipt = climbed(&steps, hopeless);
    assert!(receipt.solution.is_none() && receipt.refusals.len() == 5 && receipt.steps() == 4);
    assert_refused(&receipt, &steps, hopeless);
    // The caps are blamed where they are the contradiction, and the turnover no more.
    let Refusal::Infeasible(last) = &receipt.refusals[4] else {
        panic!("no proof")
    };
    assert!(last.rules.iter().any(|(rule, _)| *rule == CAP), "{last:?}");
}

#[test]
fn rules_alternate_until_each_has_reached_its_end() {
    let rung = [
        Stretch {
            rule: TURNOVER,
            from: 0.1,
            to: vec![Some(0.11), Some(0.12), Some(0.13)],
        },
        Stretch {
            rule: SECTOR,
            from: 0.05,
            to: vec![Some(0.06)],
        },
    ];
    let found: Vec<(Rule, f64, Option<f64>)> = steps(&rung).iter().map(|s| (s.rule, s.from, s.to)).collect();
    assert_eq!(
        found,
        [
            (TURNOVER, 0.1, Some(0.11)),
            (SECTOR, 0.05, Some(0.06)),
            (TURNOVER, 0.11, Some(0.12)),
            (TURNOVER, 0.12, Some(0.13)),
        ]
    );
    // Half of everything is in a sector that may weigh 35% and a step more each time; 13% may be sold at most.
    let problem_after = |steps: &[Step]| {
        let mut problem = base();
        let limit = allowed(steps, TURNOVER, 0.1).expect("a limit");
        problem.turnover = Some(turnover([0.25, 0.25, 0.2, 0.1, 0.1, 0.1], limit));
        let cap = 0.32 + allowed(steps, SECTOR, 0.05).expect("a limit");
        problem.rows.push(group(SECTOR, &[0, 1], 0.0, cap));
        problem
    };
    let steps = steps(&rung);
    let receipt = climbed(&steps, problem_after);
    // 10% and 37%; 11% and 37%; 11% and 38%; 12% and 38% is the first that leaves room.
    assert_eq!(receipt.steps(), 3);
    assert_refused(&receipt, &steps, problem_after);
    assert_eq!(receipt.moved.len(), 2);
    assert_eq!((receipt.moved[0].rule, receipt.moved[0].to), (TURNOVER, Some(0.12)));
    assert_eq!((receipt.moved[1].rule, receipt.moved[1].to), (SECTOR, Some(0.06)));
}

#[test]
fn a_rule_can_be_done_without_in_the_end() {
    let rung = Stretch {
        rule: SECTOR,
        from: 0.3,
        to: vec![Some(0.35), None],
    };
    let problem_after = |steps: &[Step]| {
        let mut problem = base();
        problem.bounds.upper = vec![0.5, 0.5, 0.1, 0.1, 0.1, 0.1];
        problem.minimum_holding = Some(holding(0.05));
        if let Some(cap) = allowed(steps, SECTOR, 0.3) {
            problem.rows.push(group(SECTOR, &[0, 1], 0.0, cap));
        }
        problem
    };
    let steps = steps(&[rung]);
    let receipt = climbed(&steps, problem_after);
    assert_eq!(receipt.steps(), 2);
    assert_refused(&receipt, &steps, problem_after);
    assert_eq!(receipt.moved[0].to, None);
}

#[test]
fn a_published_problem_climbs_rung_by_rung() {
    let instance = Instance::new(1200, 10, false);
    let written = instance.problem();
    let steps = to_thirty();
    let problem_after = |steps: &[Step]| {
        let mut problem = written.clone();
        problem.minimum_holding = Some(crate::MinimumHolding {
            rule: 8,
            weight: 0.0005,
        });
        // Every fifth name is excluded, held or not.
        for at in (0..instance.n).step_by(5) {
            problem.bounds.upper[at] = 0.0;
            problem.bounds.upper_rule[at] = 99;
        }
        let limit = allowed(steps, 7, 0.1).expect("a limit");
        loosened(&problem, 7, limit - 0.1, &[])
    };
    let receipt = climbed(&steps, problem_after);
    let taken = receipt.steps();
    assert!(receipt.solution.is_some() && taken >= 1, "{taken}");
    assert_refused(&receipt, &steps, problem_after);
    // What the turnover alone would have to give lies between the last rung refused and the one taken.
    let change = least_change(&problem_after(&[]), 7, &[], Options::default()).expect("a change");
    let (refused, accepted) = (0.05 * (taken - 1) as f64, 0.05 * taken as f64);
    assert!(
        change.more_than >= refused && change.enough <= accepted,
        "{change:?} {taken}"
    );
    assert_eq!(climbed(&steps, problem_after), receipt);
}
