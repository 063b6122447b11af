//! The dense kernel of integers for sixteen rows at a time.
//!
//! A word of a row's activations holds two of 16 bits, a word of weights those that belong to them: two products and their
//! sum are one instruction on processors that have it, and all orders of additions modulo 2³² give the same bits.

use super::Lane;
use super::processor::{Pairs, Portable};
use crate::host::lane::LANES;
use crate::host::vectors::Vectors;
use nice_flow::host::fixed::Block16;
use pulp::{Arch, Simd, WithSimd};

/// Four activations of sixteen rows: the two words of a `nice_flow::fixed::Quad`.
pub(super) type Quads = [Lane; 2];

/// `finish(p, sums)` for each panel `p` of four rows of `W x + b`.
pub(super) fn affine(
    vectors: Vectors,
    blocks: &[Block16],
    bias: &[[i32; 4]],
    x: &[Quads],
    finish: impl FnMut(usize, [Lane; 4]),
) {
    let affine = Affine {
        blocks,
        bias,
        x,
        finish,
    };
    match vectors.arch() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V4(v4) => Simd::vectorize(v4, On(v4, affine)),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V3(v3) => Simd::vectorize(v3, On(v3, affine)),
        arch => arch.dispatch(On(Portable, affine)),
    }
}

/// The activations of `ReLU((W x + b) >> shift)`, none above `limit`, for each panel; `shift` is below 32.
///
/// Apart from [`affine`]: sums stay in the registers in which they were added up. Through arrays, of which the compiler takes a
/// quarter at a time, what follows the sums takes as long as the sums themselves.
pub(super) fn rectified(
    vectors: Vectors,
    blocks: &[Block16],
    bias: &[[i32; 4]],
    x: &[Quads],
    (shift, limit): (u8, i32),
) -> Vec<Quads> {
    let mut y = vec![[[0; LANES]; 2]; bias.len()];
    let rectified = Rectified {
        blocks,
        bias,
        x,
        shift,
        limit,
        y: &mut y,
    };
    match vectors.arch() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V4(v4) => Simd::vectorize(v4, On(v4, rectified)),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Arch::V3(v3) => Simd::vectorize(v3, On(v3, rectified)),
        arch => arch.dispatch(On(Portable, rectified)),
    }
    y
}

struct Rectified<'a> {
    blocks: &'a [Block16],
    bias: &'a [[i32; 4]],
    x: &'a [Quads],
    shift: u8,
    limit: i32,
    y: &'a mut [Quads],
}

impl<P: Pairs> WithSimd for On<P, Rectified<'_>> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self(processor, layer) = self;
        let panels = layer.blocks.chunks_exact(layer.x.len().max(1));
        for ((blocks, bias), y) in panels.zip(layer.bias).zip(layer.y) {
            let sums = sums(processor, blocks, bias, layer.x);
            let relu = |sum| processor.relu(sum, layer.shift, layer.limit);
            let [x0, x1, x2, x3] = [relu(sums[0]), relu(sums[1]), relu(sums[2]), relu(sums[3])];
            *y = [processor.pair(x1, x3), processor.pair(x0, x2)];
        }
    }
}

struct Affine<'a, F> {
    blocks: &'a [Block16],
    bias: &'a [[i32; 4]],
    x: &'a [Quads],
    finish: F,
}

/// A layer on a processor.
struct On<P, A>(P, A);

impl<P: Pairs, F: FnMut(usize, [Lane; 4])> WithSimd for On<P, Affine<'_, F>> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self(processor, mut layer) = self;
        let panels = layer.blocks.chunks_exact(layer.x.len().max(1));
        for (p, (blocks, bias)) in panels.zip(layer.bias).enumerate() {
            let [a, b, c, d] = sums(processor, blocks, bias, layer.x);
            let lanes = |sums| processor.lanes(sums);
            (layer.finish)(p, [lanes(a), lanes(b), lanes(c), lanes(d)]);
        }
    }
}

/// The sums of a panel.
#[inline(always)]
fn sums<P: Pairs>(processor: P, blocks: &[Block16], bias: &[i32; 4], x: &[Quads]) -> [P::Sums; 4] {
    let mut sums = [processor.start(0); 4];
    for (sum, bias) in sums.iter_mut().zip(bias) {
        *sum = processor.start(*bias);
    }
    for (block, [odd, even]) in blocks.iter().zip(x) {
        let (odd, even) = (processor.load(odd), processor.load(even));
        for (r, sum) in sums.iter_mut().enumerate() {
            *sum = processor.add(*sum, odd, block[r]);
            *sum = processor.add(*sum, even, block[4 + r]);
        }
    }
    sums
}
