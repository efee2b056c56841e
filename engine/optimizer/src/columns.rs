//! Dense columns of names, made once for each name that is looked at closely.

use crate::block::Block;
use crate::form::Form;

const NONE: u32 = u32::MAX;

/// Columns made so far.
pub(crate) struct Columns {
    at: Vec<u32>,
    values: Vec<f64>,
    width: usize,
}

impl Columns {
    pub(crate) fn new(form: &Form<'_>) -> Self {
        Self {
            at: vec![NONE; form.n],
            values: Vec::new(),
            width: form.width(),
        }
    }

    /// A block of these names, ascending; `bought` is the coefficient of a name in the turnover limit.
    pub(crate) fn block(&mut self, form: &Form<'_>, names: &[u32], bought: impl Fn(usize) -> f64) -> Block {
        for name in names {
            if self.at[*name as usize] == NONE {
                self.at[*name as usize] = (self.values.len() / self.width.max(1)) as u32;
                form.dense_columns(*name as usize, &mut self.values);
            }
        }
        let size = form.size();
        let mut block = Block::new(self.width, size, names.len());
        for name in names {
            let at = *name as usize;
            let start = self.at[at] as usize * self.width;
            let sparse = form.sparse(at).iter().map(|column| (*column, 1.0));
            let turnover = form.previous.as_ref().map(|_| (size as u32 - 1, bought(at)));
            block.push(*name, &self.values[start..start + self.width], sparse.chain(turnover));
        }
        block
    }
}
