//! Sums of products, the kernels under every layer of a conditioner.
//!
//! ```text
//! sum[r] = bias[r] + W[r][0] x[0] + W[r][1] x[1] + …        modulo 2³²
//! ```
//!
//! Weights stand in blocks of four rows by four columns: the blocks of rows 0 to 3 from left to right, then those of
//! rows 4 to 7, and so on. Not generic, so one copy serves all layers, at the user's opt-level. In `portable.rs`
//! is what a kernel computes; on Cortex-M and RISC-V `assembly.rs` computes the same bits.
//!
//! If lengths disagree or there is nothing to sum, which the types of [`Dense`](super::Dense) exclude, the result is
//! left as it was: a panic would be linked into every model.
// The calls of kernels below: in assembly, they rely on the lengths that `agree` compares. The portable ones do not. And that
// they have written their buffers.
#![allow(unsafe_code)]
#![cfg_attr(not(core), allow(unused_unsafe))]

#[cfg(core)]
mod assembly;
#[cfg(not(core))]
mod portable;

#[cfg(core)]
use assembly as machine;
#[cfg(not(core))]
use portable as machine;

#[cfg(core = "v6m")]
use super::Component;
#[cfg(not(any(core = "rv32", not(core))))]
use super::Fixed;
use super::words::{Block8, Block16};
use super::{Quad, Rectifier};
pub(super) use crate::unwritten::buffer;
use crate::unwritten::{unwritten, written};
use core::mem::MaybeUninit;
#[cfg(core = "v6m")]
pub(super) use machine::{Few, few8, few16};
#[cfg(core = "v6m")]
use nalgebra::SVector;

/// Writes `x` into a buffer.
#[inline]
pub(super) fn copy<'y, T: Copy, const G: usize>(
    x: &[T; G],
    y: &'y mut [MaybeUninit<T>; G],
) -> &'y mut [T; G] {
    *y = x.map(MaybeUninit::new);
    // SAFETY: written the line before.
    unsafe { written(y) }
}

/// `sums = W x + bias` with weights of 8 bits, with the fractions that [`Block8`] describes.
#[inline]
pub fn affine8(blocks: &[Block8], bias: &[[i32; 4]], x: &[Quad], sums: &mut [[i32; 4]]) {
    if agree(blocks.len(), bias.len(), x.len(), sums.len()) {
        // SAFETY: `agree` has compared the lengths, none of which is zero.
        unsafe { machine::affine8(blocks, bias, x, unwritten(sums)) };
    }
}

/// `sums = W x + bias` with weights of 16 bits.
#[inline]
pub fn affine16(blocks: &[Block16], bias: &[[i32; 4]], x: &[Quad], sums: &mut [[i32; 4]]) {
    if agree(blocks.len(), bias.len(), x.len(), sums.len()) {
        // SAFETY: `agree` has compared the lengths, none of which is zero.
        unsafe { machine::affine16(blocks, bias, x, unwritten(sums)) };
    }
}

/// `y = rectifier(W x + bias)` with weights of 8 bits; `|y| ≤ 8191`.
#[inline]
pub fn hidden8(
    blocks: &[Block8],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &mut [Quad],
) {
    if agree(blocks.len(), bias.len(), x.len(), y.len()) {
        // SAFETY: `agree` has compared the lengths, none of which is zero.
        unsafe { machine::hidden8(blocks, bias, rectifier, x, unwritten(y)) };
    }
}

/// [`hidden8`] in a buffer; zeros if the lengths disagree.
#[inline]
pub(super) fn new_hidden8<'y, const P: usize>(
    blocks: &[Block8],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &'y mut [MaybeUninit<Quad>; P],
) -> &'y mut [Quad; P] {
    if agree(blocks.len(), bias.len(), x.len(), P) {
        // SAFETY: `agree` has compared the lengths, none of which is zero.
        unsafe { machine::hidden8(blocks, bias, rectifier, x, y) };
    } else {
        *y = [MaybeUninit::new(Quad::ZERO); P];
    }
    // SAFETY: a kernel writes all activations.
    unsafe { written(y) }
}

/// `y = rectifier(W x + bias)` with weights of 16 bits; `|y| ≤ 32767`.
#[inline]
pub fn hidden16(
    blocks: &[Block16],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &mut [Quad],
) {
    if agree(blocks.len(), bias.len(), x.len(), y.len()) {
        // SAFETY: `agree` has compared the lengths, none of which is zero.
        unsafe { machine::hidden16(blocks, bias, rectifier, x, unwritten(y)) };
    }
}

/// [`hidden16`] in a buffer; zeros if the lengths disagree.
#[inline]
pub(super) fn new_hidden16<'y, const P: usize>(
    blocks: &[Block16],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &'y mut [MaybeUninit<Quad>; P],
) -> &'y mut [Quad; P] {
    if agree(blocks.len(), bias.len(), x.len(), P) {
        // SAFETY: `agree` has compared the lengths, none of which is zero.
        unsafe { machine::hidden16(blocks, bias, rectifier, x, y) };
    } else {
        *y = [MaybeUninit::new(Quad::ZERO); P];
    }
    // SAFETY: a kernel writes all activations.
    unsafe { written(y) }
}

/// `y = max(0, W x >> shift)` of one quad with weights of 8 bits; `y ≤ 8191`.
#[inline]
pub fn first8<'y, const P: usize>(
    blocks: &[Block8; P],
    x: Quad,
    shift: u32,
    y: &'y mut [MaybeUninit<Quad>; P],
) -> &'y mut [Quad; P] {
    if P != 0 {
        // SAFETY: there is a block, and room for a quad for each.
        unsafe { machine::first8(blocks, x, shift, y) };
    }
    // SAFETY: a kernel writes all activations.
    unsafe { written(y) }
}

/// `y = max(0, W x >> shift)` of one quad with weights of 16 bits; `y ≤ 32767`.
#[inline]
pub fn first16<'y, const P: usize>(
    blocks: &[Block16; P],
    x: Quad,
    shift: u32,
    y: &'y mut [MaybeUninit<Quad>; P],
) -> &'y mut [Quad; P] {
    if P != 0 {
        // SAFETY: there is a block, and room for a quad for each.
        unsafe { machine::first16(blocks, x, shift, y) };
    }
    // SAFETY: a kernel writes all activations.
    unsafe { written(y) }
}

/// The sum of squares of a mixture's component, in assembly; of slices of three lengths, as far as the shortest one goes.
#[cfg(any(core = "v7m", core = "v7em", core = "v8m", core = "helium"))]
#[inline]
pub(super) fn squares(mean: &[i16], factor: &[i16], shift: u32, v: &[i16]) -> u64 {
    match v.len().min(mean.len()).min(factor.len()) {
        0 => 0,
        // SAFETY: there are as many numbers in each slice, and at least one.
        n => unsafe { machine::squares(mean.as_ptr(), factor.as_ptr(), shift, v.as_ptr(), n) },
    }
}

/// The state of a mixture in 16 bits, in assembly; of slices of three lengths, as far as the shortest one goes.
#[cfg(any(core = "v7m", core = "v7em", core = "v8m", core = "helium"))]
#[inline]
pub(super) fn coarsen<const FRAC: u32>(u: &[Fixed<FRAC>], coarse: &[u8], v: &mut [i16]) {
    let n = u.len().min(coarse.len()).min(v.len());
    if n != 0 {
        // SAFETY: there are as many numbers in each slice, and at least one; a `Fixed` is an `i32`, `repr(transparent)`.
        unsafe { machine::coarsen(u.as_ptr().cast(), coarse.as_ptr(), v.as_mut_ptr(), n) };
    }
}

/// Calls `add` with `u` and `y`, which have as many elements as a kernel of three reads and adds to, or where they have fewer with copies:
/// zeros fill `u`, and the sums are added to `y`. Returns false, and calls nothing, where one has more.
#[cfg(core = "v6m")]
#[inline]
pub(super) fn in_threes<const FRAC: u32, const IN: usize, const OUT: usize>(
    u: &SVector<Fixed<FRAC>, IN>,
    y: &mut SVector<Fixed<FRAC>, OUT>,
    add: impl FnOnce(&[Fixed<FRAC>; 3], &mut [Fixed<FRAC>; 3]),
) -> bool {
    if IN > 3 || OUT > 3 {
        return false;
    }
    let (u, y) = (u.as_slice(), y.as_mut_slice());
    let [mut inputs, mut sums] = [[Fixed::from_bits(0); 3]; 2];
    let u = match u.first_chunk() {
        Some(u) => u,
        None => {
            for (input, u) in inputs.iter_mut().zip(u) {
                *input = *u;
            }
            &inputs
        }
    };
    match y.first_chunk_mut() {
        Some(y) => add(u, y),
        None => {
            add(u, &mut sums);
            for (y, sum) in y.iter_mut().zip(sums) {
                *y += sum;
            }
        }
    }
    true
}

/// The states of measurements, in assembly, and a number below zero if one is at the limit; of slices of four lengths, as far as the
/// shortest one goes.
#[cfg(core = "v6m")]
#[inline]
pub(super) fn standardise<const FRAC: u32>(
    mean: &[f32],
    factor: &[f32],
    limit: i32,
    x: &[f32],
    u: &mut [Fixed<FRAC>],
) -> i32 {
    let n = x.len().min(mean.len()).min(factor.len()).min(u.len());
    if n == 0 {
        return 0;
    }
    // SAFETY: there are as many numbers in each slice, and at least one; a `Fixed` is an `i32`, `repr(transparent)`.
    unsafe {
        machine::standardise(
            mean.as_ptr(),
            factor.as_ptr(),
            x.as_ptr(),
            u.as_mut_ptr().cast(),
            4 * n,
            limit,
        )
    }
}

/// The first four elements of a state, or as many as there are, as activations, in assembly.
#[cfg(core = "v6m")]
#[inline]
pub(super) fn narrow<const FRAC: u32>(
    u: &[Fixed<FRAC>],
    shift: u32,
    limit: i32,
    slope: i32,
) -> Quad {
    let count = u.len().min(4);
    if count == 0 {
        return Quad::ZERO;
    }
    // SAFETY: there are one to four elements; a `Fixed` is an `i32`, `repr(transparent)`.
    let words = unsafe { machine::narrow(u.as_ptr().cast(), 4 * count, shift, limit, slope) };
    Quad([words as u32, (words >> 32) as u32])
}

/// The log-density of a mixture by a table of `ln(1 + e⁻ᵈ)`, in assembly; the lowest number if there are no components or elements.
#[cfg(core = "v6m")]
#[inline]
pub(super) fn mixture<const FRAC: u32, const D: usize, const K: usize>(
    components: &[Component<D>; K],
    shift: u32,
    v: &[i16; D],
    table: &'static [u16; 177],
) -> Fixed<FRAC> {
    const { assert!(4 <= FRAC && FRAC <= 16, "4 to 16 bits after the point") };
    if D == 0 || K == 0 {
        return Fixed::from_bits(-i32::MAX);
    }
    let (components, v) = (components.as_ptr().cast(), v.as_ptr());
    let mut terms = buffer::<i32, K>();
    let terms = terms.as_mut_ptr_range();
    let (start, end) = (terms.start.cast(), terms.end.cast());
    // SAFETY: there are a component and an element. A `Component` is `repr(C)`: its constant follows its factors. All terms are
    // written, and the table is whole.
    let bits = unsafe {
        machine::terms::<FRAC>(components, v, start, end, 2 * D, shift & 31);
        machine::log_sum_exp::<FRAC>(start, end, table.as_ptr())
    };
    Fixed::from_bits(bits)
}

/// Whether there are rows and columns, and a block for each four by four.
#[inline]
fn agree(blocks: usize, bias: usize, x: usize, y: usize) -> bool {
    blocks != 0 && bias == y && bias.checked_mul(x) == Some(blocks)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// A repeatable sequence, of which every fourth number is an extreme one.
    struct Numbers(u32);

    impl Numbers {
        fn next(&mut self) -> u32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = self.0.rotate_left(13);
            match self.0 >> 28 {
                0 => 0x8000_8000,
                1 => 0x7fff_7fff,
                2 => 0xffff_0000,
                3 => 0x8080_8080,
                _ => number,
            }
        }

        fn fill<const N: usize>(&mut self, words: &mut [[u32; N]]) {
            words.as_flattened_mut().fill_with(|| self.next());
        }
    }

    /// Column `j` of row `r`: a byte, and the byte below it in units of 1/256.
    fn weight8(block: &Block8, r: usize, j: usize) -> i64 {
        let bytes = block[r].to_le_bytes();
        let fraction = if j == 0 { 0 } else { i64::from(bytes[j - 1]) };
        256 * i64::from(bytes[j] as i8) + fraction
    }

    fn weight16(block: &Block16, r: usize, j: usize) -> i64 {
        let word = block[if j % 2 == 1 { r } else { 4 + r }];
        i64::from((word >> (16 * (j / 2))) as i16)
    }

    fn activation(x: &Quad, j: usize) -> i64 {
        i64::from((x.0[1 - j % 2] >> (16 * (j / 2))) as i16)
    }

    /// The definition, row by row, in 64 bits.
    fn naive<B>(
        blocks: &[B],
        bias: &[[i32; 4]],
        x: &[Quad],
        weight: fn(&B, usize, usize) -> i64,
    ) -> Vec<[i32; 4]> {
        let row = |p: usize, r: usize| {
            let columns = (0..4 * x.len()).map(|c| {
                let block = &blocks[p * x.len() + c / 4];
                weight(block, r, c % 4) * activation(&x[c / 4], c % 4)
            });
            (i64::from(bias[p][r]) + columns.sum::<i64>()) as i32
        };
        let panel = |p| core::array::from_fn(|r| row(p, r));
        (0..bias.len()).map(panel).collect()
    }

    /// The definition of an activation.
    fn activate(sum: i32, activation: Rectifier, limit: i32) -> i64 {
        let v = i64::from((sum >> activation.shift).clamp(-limit, limit));
        if v < 0 {
            (v * i64::from(activation.slope) + (1 << 14)) >> 15
        } else {
            v
        }
    }

    type Affine<B> = fn(&[B], &[[i32; 4]], &[Quad], &mut [[i32; 4]]);
    type Layer<B> = fn(&[B], &[[i32; 4]], Rectifier, &[Quad], &mut [Quad]);

    fn bits_equal_the_definition<const N: usize>(
        affine: Affine<[u32; N]>,
        hidden: Layer<[u32; N]>,
        weight: fn(&[u32; N], usize, usize) -> i64,
        limit: i32,
    ) {
        let mut numbers = Numbers(1);
        for (panels, groups) in (1..=5).flat_map(|p| (1..=9).map(move |g| (p, g))) {
            for round in 0..20 {
                let mut blocks = vec![[0; N]; panels * groups];
                let mut bias = vec![[0; 4]; panels];
                let mut x = vec![[0; 2]; groups];
                numbers.fill(&mut blocks);
                bias.as_flattened_mut().fill_with(|| numbers.next() as i32);
                numbers.fill(&mut x);
                let x: Vec<Quad> = x.into_iter().map(Quad).collect();
                let expected = naive(&blocks, &bias, &x, weight);

                let mut sums = vec![[7; 4]; panels];
                affine(&blocks, &bias, &x, &mut sums);
                assert_eq!(sums, expected, "{panels} x {groups}");

                let slope = [0, 1, 328, 6_554, 32_767][round % 5];
                let shift = 1 + round as u32 * 3 / 2;
                let leak = Rectifier::leaky_relu(shift, slope);
                let mut y = vec![Quad([7; 2]); panels];
                hidden(&blocks, &bias, leak, &x, &mut y);
                for (y, sums) in y.iter().zip(&expected) {
                    let found: [i64; 4] = core::array::from_fn(|j| activation(y, j));
                    let expected = sums.map(|sum| activate(sum, leak, limit));
                    assert_eq!(found, expected, "{panels} x {groups}, {leak:?}");
                }
            }
        }
    }

    #[test]
    fn bytes_give_the_bits_of_the_definition() {
        bits_equal_the_definition(affine8, hidden8, weight8, 8_191);
    }

    #[test]
    fn halfwords_give_the_bits_of_the_definition() {
        bits_equal_the_definition(affine16, hidden16, weight16, 32_767);
    }

    /// A first layer is a hidden layer whose biases are zero.
    #[test]
    fn first_layers_have_the_bits_of_hidden_ones() {
        let mut numbers = Numbers(3);
        for shift in 1..=31 {
            let (mut bytes, mut halves, mut x) = ([[0; 4]; 5], [[0; 8]; 5], [[0; 2]]);
            numbers.fill(&mut bytes);
            numbers.fill(&mut halves);
            numbers.fill(&mut x);
            let x = x.map(Quad);
            let relu = Rectifier::relu(shift);
            let (mut of_bytes, mut of_halves) = ([Quad::ZERO; 5], [Quad::ZERO; 5]);
            hidden8(&bytes, &[[0; 4]; 5], relu, &x, &mut of_bytes);
            hidden16(&halves, &[[0; 4]; 5], relu, &x, &mut of_halves);
            assert_eq!(*first8(&bytes, x[0], shift, &mut buffer()), of_bytes);
            assert_eq!(*first16(&halves, x[0], shift, &mut buffer()), of_halves);
        }
    }

    #[test]
    fn wrong_lengths_change_nothing() {
        let (mut sums, mut y) = ([[7; 4]; 3], [Quad([7; 2]); 3]);
        let x = [Quad([1; 2]); 3];
        let relu = Rectifier::relu(1);
        affine8(&[[1; 4]; 8], &[[1; 4]; 3], &x, &mut sums);
        affine16(&[[1; 8]; 9], &[[1; 4]; 2], &x, &mut sums);
        hidden8(&[[1; 4]; 6], &[[1; 4]; 2], relu, &x, &mut y);
        hidden16(&[[1; 8]; 9], &[[1; 4]; 3], relu, &x[..2], &mut y);
        affine8(&[], &[[1; 4]; 3], &[], &mut sums);
        hidden16(&[], &[], relu, &x[..2], &mut []);
        assert_eq!((sums, y), ([[7; 4]; 3], [Quad([7; 2]); 3]));
    }
}
