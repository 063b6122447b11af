//! The matrix products of training, with the widest SIMD instructions of the processor.
//!
//! A batch is stored feature by feature, so that a register holds one feature of several rows. Every sum has the same
//! order whatever the width of the register, and multiply-adds are not fused: all processors give the same bits.

use super::real::Real;
use pulp::{Arch, Simd, WithSimd};

/// The number of rows in a batch.
pub(super) const BATCH: usize = 256;

/// One feature of all rows in a batch.
pub(super) type Lane<T> = [T; BATCH];

/// A tile of a product has `TALL` features by `WIDE` registers of rows, so that its sums stay in registers.
const TALL: usize = 4;
const WIDE: usize = 2;

/// The number of partial sums in a sum over the rows of a batch: row `b` belongs to sum `b mod 16`.
const PARTS: usize = 16;

/// The operation on a sum before it is stored.
#[derive(Clone, Copy)]
pub(super) enum Finish<'a, T> {
    /// No operation.
    Keep,
    /// ReLU.
    Rectify,
    /// The derivative of ReLU: zero where these outputs of it are zero.
    Gate(&'a [Lane<T>]),
}

/// `W x + b` for every row; `W` is outputs × inputs, row by row.
pub(super) fn affine<T: Real>(
    weight: &[T],
    bias: &[T],
    x: &[Lane<T>],
    finish: Finish<T>,
) -> Vec<Lane<T>> {
    let mut y = vec![[T::ZERO; BATCH]; bias.len()];
    let product = Product {
        weight,
        bias,
        x,
        finish,
    };
    Arch::new().dispatch(Affine { product, y: &mut y });
    y
}

/// `Wᵀ y` for every row.
pub(super) fn transposed<T: Real>(weight: &[T], y: &[Lane<T>], finish: Finish<T>) -> Vec<Lane<T>> {
    let inputs = weight.len() / y.len();
    let columns: Vec<T> = (0..inputs)
        .flat_map(|i| weight.iter().skip(i).step_by(inputs).copied())
        .collect();
    affine(&columns, &vec![T::ZERO; inputs], y, finish)
}

/// Adds `Σ y xᵀ` over the rows of the batch to `weight`.
pub(super) fn outer<T: Real>(y: &[Lane<T>], x: &[Lane<T>], weight: &mut [T]) {
    Arch::new().dispatch(Outer { y, x, weight });
}

/// `Σ y` over the rows of the batch.
pub(super) fn sum<T: Real>(y: &Lane<T>) -> T {
    let mut parts = [T::ZERO; PARTS];
    for y in y.as_chunks::<PARTS>().0 {
        parts.iter_mut().zip(y).for_each(|(part, y)| *part += *y);
    }
    total(parts)
}

#[derive(Clone, Copy)]
struct Product<'a, T> {
    weight: &'a [T],
    bias: &'a [T],
    x: &'a [Lane<T>],
    finish: Finish<'a, T>,
}

struct Affine<'a, T> {
    product: Product<'a, T>,
    y: &'a mut [Lane<T>],
}

impl<T: Real> WithSimd for Affine<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (tiles, rest) = self.y.as_chunks_mut::<TALL>();
        let whole = tiles.len() * TALL;
        for (tile, y) in tiles.iter_mut().enumerate() {
            self.product.outputs(simd, tile * TALL, y);
        }
        for (row, y) in rest.iter_mut().enumerate() {
            let y = std::array::from_mut(y);
            self.product.outputs(simd, whole + row, y);
        }
    }
}

impl<T: Real> Product<'_, T> {
    /// Computes `R` outputs from `row` on.
    #[inline(always)]
    fn outputs<S: Simd, const R: usize>(self, simd: S, row: usize, y: &mut [Lane<T>; R]) {
        let inputs = self.x.len();
        let Some(bias) = self.bias[row..].first_chunk::<R>() else {
            return;
        };
        let (weights, _) = self.weight[row * inputs..].split_at(R * inputs);
        for part in 0..registers::<S, T>(&self.x[0]).len() / WIDE {
            let mut sums = bias.map(|bias| [T::splat(simd, bias); WIDE]);
            for (i, x) in self.x.iter().enumerate() {
                let x = registers::<S, T>(x).as_chunks::<WIDE>().0[part];
                for (r, sums) in sums.iter_mut().enumerate() {
                    let weight = T::splat(simd, weights[r * inputs + i]);
                    for (sum, x) in sums.iter_mut().zip(x) {
                        *sum = T::accumulate(simd, *sum, weight, x);
                    }
                }
            }
            for (r, (y, sums)) in y.iter_mut().zip(sums).enumerate() {
                let place = &mut T::registers_mut::<S>(y).as_chunks_mut::<WIDE>().0[part];
                *place = match self.finish {
                    Finish::Keep => sums,
                    Finish::Rectify => sums.map(|sum| T::gate(simd, sum, sum)),
                    Finish::Gate(open) => {
                        let open = registers::<S, T>(&open[row + r]).as_chunks::<WIDE>().0[part];
                        std::array::from_fn(|n| T::gate(simd, open[n], sums[n]))
                    }
                };
            }
        }
    }
}

#[inline(always)]
fn registers<S: Simd, T: Real>(lane: &Lane<T>) -> &[T::Register<S>] {
    T::registers::<S>(lane)
}

struct Outer<'a, T> {
    y: &'a [Lane<T>],
    x: &'a [Lane<T>],
    weight: &'a mut [T],
}

impl<T: Real> WithSimd for Outer<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let inputs = self.x.len();
        let (pairs, last) = self.y.as_chunks::<2>();
        let (rows, last_row) = self.weight.split_at_mut(pairs.len() * 2 * inputs);
        for (rows, pair) in rows.chunks_exact_mut(2 * inputs).zip(pairs) {
            products(simd, pair, self.x, rows);
        }
        if let [y] = last {
            products(simd, std::array::from_ref(y), self.x, last_row);
        }
    }
}

/// Adds to `R` rows of a matrix.
#[inline(always)]
fn products<S: Simd, T: Real, const R: usize>(
    simd: S,
    y: &[Lane<T>; R],
    x: &[Lane<T>],
    rows: &mut [T],
) {
    let (tiles, rest) = x.as_chunks::<TALL>();
    let mut add = |column: usize, sums: &[[T; PARTS]], r: usize, width: usize| {
        for (n, parts) in sums.iter().enumerate() {
            rows[r * x.len() + column * width + n] += total(*parts);
        }
    };
    for (tile, x) in tiles.iter().enumerate() {
        let sums = dots(simd, y, x);
        (0..R).for_each(|r| add(tile, &sums[r], r, TALL));
    }
    for (column, x) in rest.iter().enumerate() {
        let sums = dots(simd, y, std::array::from_ref(x));
        (0..R).for_each(|r| add(tiles.len() * TALL + column, &sums[r], r, 1));
    }
}

/// The partial sums of the `R · C` products of features.
#[inline(always)]
fn dots<S: Simd, T: Real, const R: usize, const C: usize>(
    simd: S,
    y: &[Lane<T>; R],
    x: &[Lane<T>; C],
) -> [[[T; PARTS]; C]; R] {
    let mut parts = [[[T::ZERO; PARTS]; C]; R];
    let width = T::registers::<S>(&parts[0][0]).len();
    for place in 0..width {
        let mut sums = [[T::splat(simd, T::ZERO); C]; R];
        for chunk in 0..BATCH / PARTS {
            let at = chunk * width + place;
            let x: [T::Register<S>; C] = std::array::from_fn(|c| registers::<S, T>(&x[c])[at]);
            for (sums, y) in sums.iter_mut().zip(y) {
                let y = registers::<S, T>(y)[at];
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum = T::accumulate(simd, *sum, y, x);
                }
            }
        }
        for (parts, sums) in parts.iter_mut().flatten().zip(sums.as_flattened()) {
            T::registers_mut::<S>(parts)[place] = *sums;
        }
    }
    parts
}

fn total<T: Real>(parts: [T; PARTS]) -> T {
    parts.into_iter().fold(T::ZERO, |total, part| total + part)
}
