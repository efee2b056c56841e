//! Twenty ways in which rules contradict each other.

use std::time::Instant;

use super::instance::Instance;
use crate::{Options, conflict, least_change};

#[test]
fn timing() {
    for n in [300, 2500] {
        let instance = Instance::new(n, 10, false);
        let mut problem = instance.problem();
        if let Some(t) = &mut problem.turnover {
            t.limit = 0.05;
        }
        // A quarter of the names leave.
        for at in 0..n {
            if at % 5 == 0 {
                problem.bounds.upper[at] = 0.0;
                problem.bounds.upper_rule[at] = 99;
            }
        }
        let t = Instant::now();
        let found = conflict(&problem, &[], Options::default());
        eprintln!(
            "{n} conflict {:?} {:?}",
            t.elapsed(),
            found.as_ref().map(|c| c.as_ref().map(|c| (c.rules(), c.probes)))
        );
        let Ok(Some(found)) = found else { panic!() };
        for rule in found.rules() {
            let t = Instant::now();
            let change = least_change(&problem, rule, &[], Options::default());
            eprintln!("{n} change {:?} {change:?}", t.elapsed());
        }
    }
}
