//! The matrix products of training, with the widest SIMD instructions of the processor.
//!
//! A batch is cut into parts, which cores share, and a part is stored feature by feature, so that a register holds one feature of
//! several rows. Every sum has the same order whatever the width of the register and the number of threads, and multiply-adds are
//! not fused: all processors give the same bits.

use super::real::Real;
use pulp::{Arch, Simd, WithSimd};

/// The number of rows in a batch.
pub(super) const BATCH: usize = 256;

/// The number of rows in a part of a batch.
pub(super) const PART: usize = 64;

/// One feature of all rows in a part.
pub(super) type Lane<T> = [T; PART];

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
    product(weight, (x.len(), 1), bias, x, finish)
}

/// `Wᵀ y` for every row.
pub(super) fn transposed<T: Real>(weight: &[T], y: &[Lane<T>], finish: Finish<T>) -> Vec<Lane<T>> {
    let inputs = weight.len() / y.len();
    product(weight, (1, inputs), &vec![T::ZERO; inputs], y, finish)
}

/// `M x + b` for every row; in `weight` the rows and the columns of `M` are so far apart.
fn product<T: Real>(
    weight: &[T],
    apart: (usize, usize),
    bias: &[T],
    x: &[Lane<T>],
    finish: Finish<T>,
) -> Vec<Lane<T>> {
    let mut y = vec![[T::ZERO; PART]; bias.len()];
    let product = Product {
        weight,
        apart,
        bias,
        x,
        finish,
    };
    Arch::new().dispatch(Affine { product, y: &mut y });
    y
}

/// The gradient of the output of a linear layer, and the layer's input, for the rows of a part.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a, T> {
    pub y: &'a [Lane<T>],
    pub x: &'a [Lane<T>],
}

/// Adds `Σ y xᵀ` over the rows of all parts of a batch to `weight`.
pub(super) fn outer<T: Real>(parts: &[Sides<T>], weight: &mut [T]) {
    Arch::new().dispatch(Outer { parts, weight });
}

/// `Σ y` over the rows of all parts of a batch.
pub(super) fn sum<'a, T: Real>(parts: impl Iterator<Item = &'a Lane<T>>) -> T {
    let mut sums = [T::ZERO; PARTS];
    for y in parts.flat_map(|y| y.as_chunks::<PARTS>().0) {
        sums.iter_mut().zip(y).for_each(|(sum, y)| *sum += *y);
    }
    total(sums)
}

#[derive(Clone, Copy)]
struct Product<'a, T> {
    weight: &'a [T],
    /// How far rows and columns are apart in `weight`.
    apart: (usize, usize),
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
        let Some(bias) = self.bias[row..].first_chunk::<R>() else {
            return;
        };
        let (down, right) = self.apart;
        for part in 0..registers::<S, T>(&self.x[0]).len() / WIDE {
            let mut sums = bias.map(|bias| [T::splat(simd, bias); WIDE]);
            for (i, x) in self.x.iter().enumerate() {
                let x = registers::<S, T>(x).as_chunks::<WIDE>().0[part];
                for (r, sums) in sums.iter_mut().enumerate() {
                    let weight = T::splat(simd, self.weight[(row + r) * down + i * right]);
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
    parts: &'a [Sides<'a, T>],
    weight: &'a mut [T],
}

impl<T: Real> WithSimd for Outer<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let inputs = self.parts.first().map_or(0, |part| part.x.len()).max(1);
        for (pair, rows) in self.weight.chunks_mut(2 * inputs).enumerate() {
            match rows.len() / inputs {
                2 => products::<S, T, 2>(simd, self.parts, 2 * pair, rows),
                _ => products::<S, T, 1>(simd, self.parts, 2 * pair, rows),
            }
        }
    }
}

/// Adds to `R` rows of a matrix, from `row` on.
#[inline(always)]
fn products<S: Simd, T: Real, const R: usize>(
    simd: S,
    parts: &[Sides<T>],
    row: usize,
    rows: &mut [T],
) {
    let inputs = rows.len() / R;
    let whole = inputs / TALL * TALL;
    let mut add = |column: usize, r: usize, sums: [T; PARTS]| {
        rows[r * inputs + column] += total(sums);
    };
    for column in (0..whole).step_by(TALL) {
        let sums = dots::<S, T, R, TALL>(simd, parts, row, column);
        (0..R).for_each(|r| (0..TALL).for_each(|c| add(column + c, r, sums[r][c])));
    }
    for column in whole..inputs {
        let sums = dots::<S, T, R, 1>(simd, parts, row, column);
        (0..R).for_each(|r| add(column, r, sums[r][0]));
    }
}

/// The partial sums of the `R · C` products of features from `row` and `column` on.
#[inline(always)]
fn dots<S: Simd, T: Real, const R: usize, const C: usize>(
    simd: S,
    parts: &[Sides<T>],
    row: usize,
    column: usize,
) -> [[[T; PARTS]; C]; R] {
    let mut partial = [[[T::ZERO; PARTS]; C]; R];
    let width = T::registers::<S>(&partial[0][0]).len();
    for place in 0..width {
        let mut sums = [[T::splat(simd, T::ZERO); C]; R];
        for part in parts {
            let (y, x) = (&part.y[row..][..R], &part.x[column..][..C]);
            for chunk in 0..PART / PARTS {
                let at = chunk * width + place;
                let x: [T::Register<S>; C] = std::array::from_fn(|c| registers::<S, T>(&x[c])[at]);
                for (sums, y) in sums.iter_mut().zip(y) {
                    let y = registers::<S, T>(y)[at];
                    for (sum, x) in sums.iter_mut().zip(x) {
                        *sum = T::accumulate(simd, *sum, y, x);
                    }
                }
            }
        }
        for (partial, sums) in partial.iter_mut().flatten().zip(sums.as_flattened()) {
            T::registers_mut::<S>(partial)[place] = *sums;
        }
    }
    partial
}

fn total<T: Real>(parts: [T; PARTS]) -> T {
    parts.into_iter().fold(T::ZERO, |total, part| total + part)
}
