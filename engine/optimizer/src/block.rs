//! The columns of some names: what each adds to factors, rows and turnover.

/// Names compressed for the inner loops. A row of this matrix is a name; its columns are, in this order, factors, dense
/// rows, sparse rows (the total first) and the turnover limit.
pub(crate) struct Block {
    /// The names, ascending.
    pub(crate) names: Vec<u32>,
    /// Number of dense columns.
    pub(crate) dense: usize,
    /// Number of all columns.
    pub(crate) size: usize,
    /// Doubles between two rows of `values`: `dense` rounded up to whole tiles, filled with zeros.
    stride: usize,
    values: Vec<f64>,
    starts: Vec<u32>,
    entries: Vec<(u32, f64)>,
}

/// Edge of the square tiles the Gram matrix is made of: sixteen running sums stay in registers.
const TILE: usize = 4;
/// Names per pass, so that their columns stay in the nearest cache.
const CHUNK: usize = 48;

impl Block {
    pub(crate) fn new(dense: usize, size: usize, capacity: usize) -> Self {
        let stride = dense.next_multiple_of(TILE);
        Self {
            names: Vec::with_capacity(capacity),
            dense,
            size,
            stride,
            values: Vec::with_capacity(capacity * stride),
            starts: vec![0],
            entries: Vec::with_capacity(capacity * 4),
        }
    }

    /// Adds a name: `dense` fills its dense columns, `entries` are its (column, coefficient) beyond them.
    pub(crate) fn push(&mut self, name: u32, dense: &[f64], entries: impl Iterator<Item = (u32, f64)>) {
        self.names.push(name);
        self.values.extend_from_slice(dense);
        self.values.resize(self.names.len() * self.stride, 0.0);
        self.entries.extend(entries);
        self.starts.push(self.entries.len() as u32);
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    fn row(&self, at: usize) -> &[f64] {
        &self.values[at * self.stride..(at + 1) * self.stride]
    }

    fn entries(&self, at: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// Sets the last entry of a name: its coefficient in the turnover limit changes as it trades.
    pub(crate) fn set_last(&mut self, at: usize, coefficient: f64) {
        let last = self.starts[at + 1] as usize - 1;
        self.entries[last].1 = coefficient;
    }

    /// `out = C v`.
    pub(crate) fn times(&self, v: &[f64], out: &mut [f64]) {
        for (at, out) in out.iter_mut().enumerate() {
            let mut total = divisor_numeric::dot(&self.row(at)[..self.dense], &v[..self.dense]);
            for (column, coefficient) in self.entries(at) {
                total += coefficient * v[*column as usize];
            }
            *out = total;
        }
    }

    /// `out = Cᵀ x`.
    pub(crate) fn transposed_times(&self, x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (at, x) in x.iter().enumerate() {
            let (head, _) = out.split_at_mut(self.dense);
            for (out, value) in head.iter_mut().zip(self.row(at)) {
                *out += value * x;
            }
            for (column, coefficient) in self.entries(at) {
                out[*column as usize] += coefficient * x;
            }
        }
    }

    /// The lower triangle of `Cᵀ diag(weight) C`, row-major in `matrix` (size × size).
    pub(crate) fn gram(&self, weight: &[f64], matrix: &mut [f64]) {
        matrix.fill(0.0);
        let mut scaled = vec![0.0; CHUNK * self.stride];
        let mut from = 0;
        while from < self.len() {
            let to = (from + CHUNK).min(self.len());
            for at in from..to {
                let target = &mut scaled[(at - from) * self.stride..][..self.stride];
                for (target, value) in target.iter_mut().zip(self.row(at)) {
                    *target = value * weight[at];
                }
            }
            self.gram_dense(&scaled, from, to, matrix);
            for at in from..to {
                self.gram_sparse(&scaled[(at - from) * self.stride..], at, weight[at], matrix);
            }
            from = to;
        }
    }

    fn gram_dense(&self, scaled: &[f64], from: usize, to: usize, matrix: &mut [f64]) {
        let stride = self.stride;
        let plain = &self.values[from * stride..to * stride];
        let scaled = &scaled[..(to - from) * stride];
        for r in (0..stride).step_by(TILE) {
            for c in (0..=r).step_by(TILE) {
                let mut sums = [[0.0_f64; TILE]; TILE];
                for (a, b) in scaled.chunks_exact(stride).zip(plain.chunks_exact(stride)) {
                    if let (Some(a), Some(b)) = (a[r..].first_chunk::<TILE>(), b[c..].first_chunk::<TILE>()) {
                        for (sums, a) in sums.iter_mut().zip(a) {
                            for (sum, b) in sums.iter_mut().zip(b) {
                                *sum += a * b;
                            }
                        }
                    }
                }
                for (row, sums) in (r..self.dense).zip(&sums) {
                    for (column, sum) in (c..=row).zip(sums) {
                        matrix[row * self.size + column] += sum;
                    }
                }
            }
        }
    }

    fn gram_sparse(&self, scaled: &[f64], at: usize, weight: f64, matrix: &mut [f64]) {
        let entries = self.entries(at);
        for (nth, (row, coefficient)) in entries.iter().enumerate() {
            let start = *row as usize * self.size;
            for (target, value) in matrix[start..start + self.dense].iter_mut().zip(scaled) {
                *target += coefficient * value;
            }
            for (column, other) in &entries[..=nth] {
                matrix[start + *column as usize] += coefficient * other * weight;
            }
        }
    }

    /// The lower triangle of `B Bᵀ` of the first `k` columns, row-major (names × names).
    pub(crate) fn outer(&self, k: usize, matrix: &mut [f64]) {
        let n = self.len();
        for i in 0..n {
            for j in 0..=i {
                matrix[i * n + j] = divisor_numeric::dot(&self.row(i)[..k], &self.row(j)[..k]);
            }
        }
    }

    /// One column.
    pub(crate) fn column(&self, column: usize) -> Vec<f64> {
        let of = |at: usize| {
            if column < self.dense {
                return self.row(at)[column];
            }
            let entry = self.entries(at).iter().find(|entry| entry.0 as usize == column);
            entry.map_or(0.0, |entry| entry.1)
        };
        (0..self.len()).map(of).collect()
    }
}
