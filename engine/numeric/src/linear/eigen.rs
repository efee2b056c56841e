//! Eigenvalues and eigenvectors of a symmetric matrix.
//!
//! Householder reflections to tridiagonal form, then the implicit QL method with shifts (Bowdler, Martin, Reinsch and
//! Wilkinson 1968, as in EISPACK's `tql2`). Eigenvectors are kept as rows, so that every inner loop is contiguous.

use crate::sum::dot;

/// QL steps for one eigenvalue; two or three are usual.
const STEPS: usize = 60;

/// Eigenvalues, greatest first, and their eigenvectors of length one.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigen {
    /// Greatest first; equal ones in the order the method found them.
    pub values: Vec<f64>,
    /// Row k is the eigenvector of `values[k]`, its largest component (the first of equals) above zero.
    pub vectors: Vec<f64>,
}

impl Eigen {
    /// The eigenvector of the k-th value.
    pub fn vector(&self, k: usize) -> &[f64] {
        let size = self.values.len();
        &self.vectors[k * size..(k + 1) * size]
    }
}

/// Eigenvalues and eigenvectors of the symmetric matrix of `size` rows; only its lower triangle is read. None if a value is not
/// finite, or if the method does not converge (not known to happen on finite values).
///
/// # Panics
/// If the matrix is not of `size` × `size`.
pub fn symmetric_eigen(matrix: &[f64], size: usize) -> Option<Eigen> {
    assert_eq!(matrix.len(), size * size, "a square matrix");
    if matrix.iter().any(|value| !value.is_finite()) {
        return None;
    }
    // Near one, so that no square over- or underflows.
    let scale = matrix.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if scale <= 0.0 {
        return Some(Eigen {
            values: vec![0.0; size],
            vectors: identity(size),
        });
    }
    let mut work: Vec<f64> = matrix.iter().map(|value| value / scale).collect();
    for row in 0..size {
        for column in row + 1..size {
            work[row * size + column] = work[column * size + row];
        }
    }
    let (mut diagonal, mut beside, mut vectors) = tridiagonal(work, size);
    diagonalise(&mut diagonal, &mut beside, &mut vectors)?;
    Some(ordered(&diagonal, &vectors, scale))
}

fn identity(size: usize) -> Vec<f64> {
    let mut matrix = vec![0.0; size * size];
    (0..size).for_each(|k| matrix[k * size + k] = 1.0);
    matrix
}

/// Diagonal, the values beside it (`beside[k]` couples k and k + 1, the last is zero), and the transposed transformation.
fn tridiagonal(mut a: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; size];
    let mut reflections = Vec::with_capacity(size);
    for k in 0..size.saturating_sub(1) {
        let from = k + 1;
        let column: Vec<f64> = (from..size).map(|row| a[row * size + k]).collect();
        let Some((reflection, left)) = reflect(column) else {
            beside[k] = a[from * size + k];
            reflections.push(None);
            continue;
        };
        beside[k] = left;
        apply_both_sides(&mut a, size, from, &reflection);
        reflections.push(Some(reflection));
    }
    let diagonal = (0..size).map(|k| a[k * size + k]).collect();
    (diagonal, beside, accumulate(&reflections, size))
}

/// The vector v of the reflection 1 − v vᵀ that leaves only the first component of a column, and that component. None if
/// nothing stands below the first.
fn reflect(mut column: Vec<f64>) -> Option<(Vec<f64>, f64)> {
    if column[1..].iter().all(|value| value.abs() <= 0.0) {
        return None;
    }
    let length = dot(&column, &column).sqrt();
    let left = if column[0] > 0.0 { -length } else { length };
    column[0] -= left;
    let by = (2.0 / dot(&column, &column)).sqrt();
    for value in &mut column {
        *value *= by;
    }
    Some((column, left))
}

/// H A H of the rows and columns `from` on, H = 1 − v vᵀ.
fn apply_both_sides(a: &mut [f64], size: usize, from: usize, v: &[f64]) {
    let mut q: Vec<f64> = (from..size)
        .map(|row| dot(&a[row * size + from..(row + 1) * size], v))
        .collect();
    let half = 0.5 * dot(&q, v);
    q.iter_mut().zip(v).for_each(|(q, v)| *q -= half * v);
    for (row, (&v_row, &q_row)) in (from..size).zip(v.iter().zip(&q)) {
        let values = &mut a[row * size + from..(row + 1) * size];
        for ((value, &v), &q) in values.iter_mut().zip(v).zip(&q) {
            *value -= v_row * q + q_row * v;
        }
    }
}

/// The product of the reflections, transposed.
fn accumulate(reflections: &[Option<Vec<f64>>], size: usize) -> Vec<f64> {
    let mut q = identity(size);
    for (k, v) in reflections.iter().enumerate().rev() {
        let (Some(v), from) = (v, k + 1) else { continue };
        let mut along = vec![0.0; size - from];
        for (row, &by) in (from..size).zip(v) {
            let values = &q[row * size + from..(row + 1) * size];
            along.iter_mut().zip(values).for_each(|(sum, value)| *sum += by * value);
        }
        for (row, &by) in (from..size).zip(v) {
            let values = &mut q[row * size + from..(row + 1) * size];
            values
                .iter_mut()
                .zip(&along)
                .for_each(|(value, along)| *value -= by * along);
        }
    }
    for row in 0..size {
        for column in row + 1..size {
            q.swap(row * size + column, column * size + row);
        }
    }
    q
}

/// QL steps on the tridiagonal matrix; the rows of `vectors` turn with it. None if it does not converge.
fn diagonalise(d: &mut [f64], e: &mut [f64], vectors: &mut [f64]) -> Option<()> {
    let size = d.len();
    let (mut shifted, mut largest) = (0.0_f64, 0.0_f64);
    for l in 0..size {
        largest = largest.max(d[l].abs() + e[l].abs());
        let negligible = f64::EPSILON * largest;
        let m = (l..size).find(|&m| e[m].abs() <= negligible).unwrap_or(size - 1);
        let mut steps = 0;
        while m > l && e[l].abs() > negligible {
            steps += 1;
            if steps > STEPS {
                return None;
            }
            shifted += shift(d, e, l);
            ql_step(d, e, vectors, (l, m));
        }
        d[l] += shifted;
        e[l] = 0.0;
    }
    Some(())
}

/// Moves the diagonal from l on by the eigenvalue of its first 2 × 2 block that is nearer; returns by how much.
#[expect(clippy::many_single_char_names, reason = "the letters of the published algorithm")]
fn shift(d: &mut [f64], e: &[f64], l: usize) -> f64 {
    let before = d[l];
    let p = (d[l + 1] - before) / (2.0 * e[l]);
    let r = if p < 0.0 {
        -hypotenuse(p, 1.0)
    } else {
        hypotenuse(p, 1.0)
    };
    d[l] = e[l] / (p + r);
    d[l + 1] = e[l] * (p + r);
    let by = before - d[l];
    d[l + 2..].iter_mut().for_each(|value| *value -= by);
    by
}

/// One implicit QL sweep over the block from l to m.
#[expect(clippy::many_single_char_names, reason = "the letters of the published algorithm")]
fn ql_step(d: &mut [f64], e: &mut [f64], vectors: &mut [f64], (l, m): (usize, usize)) {
    let size = d.len();
    let (second, beside_second) = (d[l + 1], e[l + 1]);
    let mut p = d[m];
    let (mut c, mut c2, mut c3, mut s, mut s2) = (1.0, 1.0, 1.0, 0.0, 0.0);
    for i in (l..m).rev() {
        (c3, c2, s2) = (c2, c, s);
        let (g, h, r) = (c * e[i], c * p, hypotenuse(p, e[i]));
        e[i + 1] = s * r;
        s = e[i] / r;
        c = p / r;
        p = c * d[i] - s * g;
        d[i + 1] = h + s * (c * g + s * d[i]);
        let (before, after) = vectors.split_at_mut((i + 1) * size);
        for (low, high) in before[i * size..].iter_mut().zip(&mut after[..size]) {
            let kept = *high;
            *high = s * *low + c * kept;
            *low = c * *low - s * kept;
        }
    }
    p = -s * s2 * c3 * beside_second * e[l] / second;
    e[l] = s * p;
    d[l] = c * p;
}

/// √(a² + b²) of numbers near one or below.
fn hypotenuse(a: f64, b: f64) -> f64 {
    let (large, small) = if a.abs() > b.abs() {
        (a.abs(), b.abs())
    } else {
        (b.abs(), a.abs())
    };
    if large <= 0.0 {
        return 0.0;
    }
    let ratio = small / large;
    large * (1.0 + ratio * ratio).sqrt()
}

fn ordered(values: &[f64], vectors: &[f64], scale: f64) -> Eigen {
    let size = values.len();
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut sorted = Vec::with_capacity(size * size);
    for &k in &order {
        let vector = &vectors[k * size..(k + 1) * size];
        let peak = vector.iter().fold(
            0.0_f64,
            |peak, value| if value.abs() > peak.abs() { *value } else { peak },
        );
        let sign = if peak < 0.0 { -1.0 } else { 1.0 };
        sorted.extend(vector.iter().map(|value| sign * value));
    }
    Eigen {
        values: order.iter().map(|&k| scale * values[k]).collect(),
        vectors: sorted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest |A v − λ v| and |V Vᵀ − 1|.
    fn residuals(matrix: &[f64], eigen: &Eigen) -> (f64, f64) {
        let size = eigen.values.len();
        let (mut equation, mut unit) = (0.0_f64, 0.0_f64);
        for k in 0..size {
            let v = eigen.vector(k);
            for row in 0..size {
                let product = dot(&matrix[row * size..(row + 1) * size], v);
                equation = equation.max((product - eigen.values[k] * v[row]).abs());
                let expected = f64::from(u8::from(row == k));
                unit = unit.max((dot(v, eigen.vector(row)) - expected).abs());
            }
        }
        (equation, unit)
    }

    #[test]
    fn two_by_two_by_hand() {
        // [[2, 1], [1, 2]]: 3 along (1, 1)/√2, 1 along (1, −1)/√2.
        let eigen = symmetric_eigen(&[2.0, 1.0, 1.0, 2.0], 2).expect("converges");
        let half = 0.5_f64.sqrt();
        for (found, expected) in eigen.values.iter().zip([3.0, 1.0]) {
            assert!((found - expected).abs() < 1e-15);
        }
        for (found, expected) in eigen.vector(0).iter().zip([half, half]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert!((eigen.vector(1)[0] + eigen.vector(1)[1]).abs() < 1e-15);
    }

    #[test]
    fn second_differences_have_known_values() {
        // Tridiagonal (−1, 2, −1): 2 − 2 cos(kπ/(n+1)), k = 1..n.
        let size = 40;
        let mut matrix = vec![0.0; size * size];
        for k in 0..size {
            matrix[k * size + k] = 2.0;
            if k + 1 < size {
                matrix[k * size + k + 1] = -1.0;
                matrix[(k + 1) * size + k] = -1.0;
            }
        }
        let eigen = symmetric_eigen(&matrix, size).expect("converges");
        for (k, found) in eigen.values.iter().rev().enumerate() {
            let angle = (k + 1) as f64 * std::f64::consts::PI / (size + 1) as f64;
            assert!((found - (2.0 - 2.0 * libm::cos(angle))).abs() < 1e-13);
        }
    }

    #[test]
    fn a_dense_matrix_of_any_scale_is_taken_apart() {
        for (size, scale) in [(1, 1.0), (3, 1e-200), (25, 1e-8), (60, 1.0), (60, 1e150)] {
            let mut matrix = vec![0.0; size * size];
            for row in 0..size {
                for column in 0..size {
                    let mixed = (row * column * 7 + 13 * (row + column)) % 31;
                    matrix[row * size + column] = scale * (mixed as f64 / 31.0 - 0.3);
                }
            }
            let eigen = symmetric_eigen(&matrix, size).expect("converges");
            let (equation, unit) = residuals(&matrix, &eigen);
            assert!(
                equation <= 1e-13 * scale * size as f64 && unit < 1e-13,
                "{size} {scale} {equation} {unit}"
            );
            assert!(eigen.values.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }

    #[test]
    fn low_rank_repeated_and_zero() {
        // u uᵀ of length² 30 and 29 zeros.
        let u: Vec<f64> = (0..30).map(|k| if k % 3 == 0 { -1.0 } else { 1.0 }).collect();
        let matrix: Vec<f64> = u.iter().flat_map(|a| u.iter().map(move |b| a * b)).collect();
        let eigen = symmetric_eigen(&matrix, 30).expect("converges");
        assert!((eigen.values[0] - 30.0).abs() < 1e-12);
        assert!(eigen.values[1..].iter().all(|value| value.abs() < 1e-12));
        let (equation, unit) = residuals(&matrix, &eigen);
        assert!(equation < 1e-12 && unit < 1e-12);
        assert_eq!(symmetric_eigen(&[0.0; 9], 3).expect("zero").values, vec![0.0; 3]);
        assert_eq!(symmetric_eigen(&[], 0).expect("empty").values.len(), 0);
        assert!(symmetric_eigen(&[f64::NAN], 1).is_none());
    }
}
