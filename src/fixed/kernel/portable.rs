//! The kernels in safe Rust, for hosts and all cores but Cortex-M and RISC-V: the definition of what those in assembly compute.

use super::super::words::{Block8, Block16};
use super::super::{Quad, Rectifier};
use core::mem::MaybeUninit;

#[inline(never)]
pub(super) fn affine8(
    blocks: &[Block8],
    bias: &[[i32; 4]],
    x: &[Quad],
    sums: &mut [MaybeUninit<[i32; 4]>],
) {
    rows(blocks, bias, x, sums, add8, |sums| sums);
}

#[inline(never)]
pub(super) fn affine16(
    blocks: &[Block16],
    bias: &[[i32; 4]],
    x: &[Quad],
    sums: &mut [MaybeUninit<[i32; 4]>],
) {
    rows(blocks, bias, x, sums, add16, |sums| sums);
}

#[inline(never)]
pub(super) fn hidden8(
    blocks: &[Block8],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &mut [MaybeUninit<Quad>],
) {
    rows(blocks, bias, x, y, add8, |sums| {
        activate(sums, rectifier, 8_191)
    });
}

#[inline(never)]
pub(super) fn hidden16(
    blocks: &[Block16],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &mut [MaybeUninit<Quad>],
) {
    rows(blocks, bias, x, y, add16, |sums| {
        activate(sums, rectifier, 32_767)
    });
}

#[inline(never)]
pub(super) fn first8(blocks: &[Block8], x: Quad, shift: u32, y: &mut [MaybeUninit<Quad>]) {
    let relu = Rectifier { shift, slope: 0 };
    for (block, y) in blocks.iter().zip(y) {
        y.write(activate(add8([0; 4], block, &x), relu, 8_191));
    }
}

#[inline(never)]
pub(super) fn first16(blocks: &[Block16], x: Quad, shift: u32, y: &mut [MaybeUninit<Quad>]) {
    let relu = Rectifier { shift, slope: 0 };
    for (block, y) in blocks.iter().zip(y) {
        y.write(activate(add16([0; 4], block, &x), relu, 32_767));
    }
}

/// Four rows after four: the bias, the blocks times `x`, what is made of the sums.
#[inline]
fn rows<B, Y>(
    mut blocks: &[B],
    bias: &[[i32; 4]],
    x: &[Quad],
    y: &mut [MaybeUninit<Y>],
    add: impl Fn([i32; 4], &B, &Quad) -> [i32; 4],
    finish: impl Fn([i32; 4]) -> Y,
) {
    for (bias, y) in bias.iter().zip(y) {
        let Some((panel, rest)) = blocks.split_at_checked(x.len()) else {
            return;
        };
        let mut sums = *bias;
        for (block, x) in panel.iter().zip(x) {
            sums = add(sums, block, x);
        }
        y.write(finish(sums));
        blocks = rest;
    }
}

/// Four rows of bytes; a row is two multiply-accumulates of halfwords on a core that has them.
#[inline]
fn add8([s0, s1, s2, s3]: [i32; 4], [w0, w1, w2, w3]: &Block8, x: &Quad) -> [i32; 4] {
    let [x0, x1, x2, x3] = x.activations();
    // Shifted here, once, and not in each of the four rows.
    let x0 = x0 << 8;
    let row = |sum: i32, word: u32| {
        let sum = sum.wrapping_add(i32::from(word as i8).wrapping_mul(x0));
        let sum = sum.wrapping_add(i32::from(word as i16).wrapping_mul(x1));
        let sum = sum.wrapping_add(i32::from((word >> 8) as i16).wrapping_mul(x2));
        sum.wrapping_add(i32::from((word >> 16) as i16).wrapping_mul(x3))
    };
    [row(s0, *w0), row(s1, *w1), row(s2, *w2), row(s3, *w3)]
}

/// Four rows of halfwords.
#[inline]
fn add16([s0, s1, s2, s3]: [i32; 4], block: &Block16, x: &Quad) -> [i32; 4] {
    let [odd0, odd1, odd2, odd3, even0, even1, even2, even3] = *block;
    let [x0, x1, x2, x3] = x.activations();
    let row = |sum: i32, odd: u32, even: u32| {
        let sum = sum.wrapping_add(i32::from(odd as i16).wrapping_mul(x1));
        let sum = sum.wrapping_add(i32::from((odd >> 16) as i16).wrapping_mul(x3));
        let sum = sum.wrapping_add(i32::from(even as i16).wrapping_mul(x0));
        sum.wrapping_add(i32::from((even >> 16) as i16).wrapping_mul(x2))
    };
    [
        row(s0, odd0, even0),
        row(s1, odd1, even1),
        row(s2, odd2, even2),
        row(s3, odd3, even3),
    ]
}

/// What the next layer reads of four sums.
#[inline]
fn activate(sums: [i32; 4], rectifier: Rectifier, limit: i32) -> Quad {
    Quad::of(sums.map(|sum| {
        let v = sum.wrapping_shr(rectifier.shift);
        let positive = v.max(0).min(limit);
        if rectifier.slope == 0 {
            return positive;
        }
        let negative = v.min(0).max(-limit);
        let product = negative.wrapping_mul(rectifier.slope).wrapping_add(1 << 14);
        positive.wrapping_add(product >> 15)
    }))
}
