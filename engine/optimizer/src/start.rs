//! Where the interior method begins.

use crate::block::Block;
use crate::form::Form;
use crate::sides::Sides;

/// What limits cost at the beginning; the objective is about one.
pub(crate) const PRICE: f64 = 0.1;
/// Beginning near a point: how much of the neutral beginning is in it, and what a limit costs at most.
const NEUTRAL: f64 = 0.3;
const DEAREST: f64 = 0.5;
/// Parts of its room a weight keeps from its bounds there.
const AWAY: f64 = 0.02;

/// Weights inside all bounds: the same part of everyone's room, so that they sum to one with those outside the block if there
/// are such; or mostly the weights to begin near. Then limits cost the more the nearer they are.
pub(crate) fn start(form: &Form<'_>, block: &Block, fixed: &[f64], near: Option<&[f64]>) -> (Vec<f64>, Sides) {
    let names = || block.names.iter().map(|name| *name as usize);
    let least = divisor_numeric::sum_iter(names().map(|name| form.lower[name]));
    let room = divisor_numeric::sum_iter(names().map(|name| form.upper[name] - form.lower[name]));
    let part = ((1.0 - divisor_numeric::sum(fixed) - least) / room).clamp(0.02, 0.98);
    let mut bounds = Sides::new(block.len());
    let typical = 1.0 / block.len() as f64;
    let x = names().enumerate().map(|(at, name)| {
        let width = form.upper[name] - form.lower[name];
        let (mut above, mut prices) = (part * width, [PRICE; 2]);
        if let Some(near) = near {
            let known = (near[name] - form.lower[name]).clamp(0.0, width);
            above = (NEUTRAL * above + (1.0 - NEUTRAL) * known).clamp(AWAY * width, (1.0 - AWAY) * width);
            prices = [above, width - above].map(|slack| (PRICE * typical / slack).min(DEAREST));
        }
        bounds.open(0, at, above, prices[0]);
        bounds.open(1, at, width - above, prices[1]);
        form.lower[name] + above
    });
    (x.collect(), bounds)
}

/// The linear term of a block's names.
pub(crate) fn linear(form: &Form<'_>, block: &Block) -> Vec<f64> {
    block.names.iter().map(|name| form.linear[*name as usize]).collect()
}

/// What names outside the block buy.
pub(crate) fn outside_bought(form: &Form<'_>, block: &Block, fixed: &[f64]) -> f64 {
    let mut inside = vec![false; form.n];
    for name in &block.names {
        inside[*name as usize] = true;
    }
    divisor_numeric::sum_iter(
        (0..form.n)
            .filter(|name| !inside[*name])
            .map(|name| (fixed[name] - form.previous(name)).max(0.0)),
    )
}
