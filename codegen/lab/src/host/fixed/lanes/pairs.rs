//! The dense kernel of integers for sixteen rows at a time.
//!
//! A word of a row's activations holds two of 16 bits, a word of weights those that belong to them: two products and their
//! sum are one instruction on processors that have it, and all orders of additions modulo 2³² give the same bits.

use super::Lane;
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
            let mut sums = bias.map(|bias| [bias; LANES]);
            for (block, [odd, even]) in blocks.iter().zip(layer.x) {
                let [o0, o1, o2, o3, e0, e1, e2, e3] = *block;
                let words = [[o0, e0], [o1, e1], [o2, e2], [o3, e3]];
                for (sum, [of_odd, of_even]) in sums.iter_mut().zip(words) {
                    *sum = processor.add(*sum, odd, of_odd);
                    *sum = processor.add(*sum, even, of_even);
                }
            }
            (layer.finish)(p, sums);
        }
    }
}

/// A processor's products of pairs.
trait Pairs: Copy {
    /// For each row `sum + x₀ w₀ + x₁ w₁`, of the halves of its word `x` and of `w`.
    fn add(self, sums: Lane, x: &Lane, w: u32) -> Lane;
}

/// Any processor: the compiler makes of it what it can.
#[derive(Clone, Copy)]
struct Portable;

impl Pairs for Portable {
    #[inline(always)]
    fn add(self, mut sums: Lane, x: &Lane, w: u32) -> Lane {
        let [low, high] = [i32::from(w as i16), w as i32 >> 16];
        for (sum, x) in sums.iter_mut().zip(x) {
            let products = i32::from(*x as i16)
                .wrapping_mul(low)
                .wrapping_add((*x >> 16).wrapping_mul(high));
            *sum = sum.wrapping_add(products);
        }
        sums
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Pairs for pulp::x86::V4 {
    #[inline(always)]
    fn add(self, sums: Lane, x: &Lane, w: u32) -> Lane {
        let w = pulp::cast([w; LANES]);
        let products = self.multiply_wrapping_add_adjacent_i16x32(pulp::cast(*x), w);
        pulp::cast(self.wrapping_add_i32x16(pulp::cast(sums), products))
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Pairs for pulp::x86::V3 {
    #[inline(always)]
    fn add(self, sums: Lane, x: &Lane, w: u32) -> Lane {
        let (x, sums): ([[i32; 8]; 2], [[i32; 8]; 2]) = (pulp::cast(*x), pulp::cast(sums));
        let w = pulp::cast([w; 8]);
        let half = |x: [i32; 8], sums: [i32; 8]| -> [i32; 8] {
            let products = self.multiply_wrapping_add_adjacent_i16x16(pulp::cast(x), w);
            pulp::cast(self.wrapping_add_i32x8(pulp::cast(sums), products))
        };
        pulp::cast([half(x[0], sums[0]), half(x[1], sums[1])])
    }
}
