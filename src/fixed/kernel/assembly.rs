//! The kernels on Cortex-M and RISC-V, in assembly: `unsafe`, as are only their calls in `kernel.rs` and the assembly of
//! `float/kernel`.
//!
//! From Rust, LLVM forms neither `smlad`, nor `ldm` from loads. On a Cortex-M0+ it runs out of the eight low registers, and
//! branches on the sign of a number, so that time would depend on data, as on RISC-V. A core's file holds two functions of one
//! signature, [`Rows`].
//!
//! What they are worth, in the network 16x4x64x2: the portable kernels take twice the instructions a MAC on a Cortex-M4F or more,
//! and a third to a half more on the other cores; `codegen/lab/benches/figures.csv` has the present counts, and `tests/embedded`
//! prints those of this crate alone.
#![allow(unsafe_code)]

#[cfg(any(core = "v7em", core = "v8m", core = "helium"))]
mod dsp;
#[cfg(core = "helium")]
mod helium;
#[cfg(not(any(core = "v6m", core = "rv32")))]
mod mainline;
#[cfg(not(any(core = "v6m", core = "rv32")))]
mod mixture;
#[cfg(core = "rv32")]
mod rv32;
#[cfg(core = "v6m")]
mod v6m;
#[cfg(core = "v7m")]
mod v7m;

#[cfg(not(any(core = "v6m", core = "rv32")))]
pub(super) use mixture::{coarsen, squares};

#[cfg(core = "v6m")]
pub(in super::super) use v6m::{few8, few16};
#[cfg(core = "v6m")]
pub(super) use v6m::{log_sum_exp, narrow, standardise, terms};

#[cfg(core = "helium")]
use dsp::{first8 as panels8, first16 as panels16};
#[cfg(any(core = "v7em", core = "v8m"))]
use dsp::{first8 as panels8, first16 as panels16, rows8, rows16};
#[cfg(core = "helium")]
use helium::{rows8, rows16};
#[cfg(core = "rv32")]
use rv32::{first8 as panels8, first16 as panels16, rows8, rows16};
#[cfg(core = "v6m")]
use v6m::{first8 as panels8, first16 as panels16, rows8, rows16};
#[cfg(core = "v7m")]
use v7m::{first8 as panels8, first16 as panels16, rows8, rows16};

#[cfg(core = "v6m")]
use super::super::Narrowing;
use super::super::words::{Block8, Block16};
use super::super::{Quad, Rectifier};
use core::mem::MaybeUninit;

/// All rows of a layer: blocks, activations from start to end, biases from start to end, result, the rectifier as
/// `slope << 8 | shift` or [`SUMS`] for the sums themselves, and how many quads of activations there are.
///
/// # Safety
///
/// There are at least one quad and one bias (for four rows), a block for each pair of them, and room in the result for
/// as many quads as there are biases, or as many times four sums.
type Rows<B> = unsafe extern "C" fn(
    *const B,
    *const Quad,
    *const Quad,
    *const [i32; 4],
    *const [i32; 4],
    *mut u32,
    i32,
    usize,
);

/// All rows of a first layer: blocks from start to end, result, the two words of its activations, the shift.
///
/// # Safety
///
/// There is at least one block, and room in the result for as many quads.
type First<B> = unsafe extern "C" fn(*const B, *const B, *mut Quad, u32, u32, u32);

/// A network of one hidden layer between three elements of a state and three numbers that its outputs are added to: its first layer, its
/// last one, the narrowing, the elements, the numbers.
///
/// # Safety
///
/// The first layer is a [`First`](crate::fixed::First) of at least one block. The last one, right behind it, is a [`Linear`](crate::fixed::Linear)
/// of as many blocks and four outputs. There are three elements and three numbers.
#[cfg(core = "v6m")]
pub(in super::super) type Few<B> =
    unsafe extern "C" fn(*const B, *const B, *const Narrowing, *const i32, *mut i32);

/// No rectifier: a slope below zero, and no shift.
const SUMS: i32 = -1 << 8;

/// # Safety
///
/// As [`Rows`].
pub(super) unsafe fn affine8(
    blocks: &[Block8],
    bias: &[[i32; 4]],
    x: &[Quad],
    sums: &mut [MaybeUninit<[i32; 4]>],
) {
    // SAFETY: the caller's.
    unsafe { affine(rows8, blocks, bias, x, sums) };
}

/// # Safety
///
/// As [`Rows`].
pub(super) unsafe fn affine16(
    blocks: &[Block16],
    bias: &[[i32; 4]],
    x: &[Quad],
    sums: &mut [MaybeUninit<[i32; 4]>],
) {
    // SAFETY: the caller's.
    unsafe { affine(rows16, blocks, bias, x, sums) };
}

/// # Safety
///
/// As [`Rows`].
pub(super) unsafe fn hidden8(
    blocks: &[Block8],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &mut [MaybeUninit<Quad>],
) {
    // SAFETY: the caller's.
    unsafe { hidden(rows8, blocks, bias, rectifier, x, y) };
}

/// # Safety
///
/// As [`Rows`].
pub(super) unsafe fn hidden16(
    blocks: &[Block16],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &mut [MaybeUninit<Quad>],
) {
    // SAFETY: the caller's.
    unsafe { hidden(rows16, blocks, bias, rectifier, x, y) };
}

/// # Safety
///
/// As [`Rows`].
#[inline]
unsafe fn affine<B>(
    rows: Rows<B>,
    blocks: &[B],
    bias: &[[i32; 4]],
    x: &[Quad],
    sums: &mut [MaybeUninit<[i32; 4]>],
) {
    let (x_range, biases) = (x.as_ptr_range(), bias.as_ptr_range());
    let y = sums.as_mut_ptr().cast();
    // SAFETY: the caller's.
    unsafe {
        rows(
            blocks.as_ptr(),
            x_range.start,
            x_range.end,
            biases.start,
            biases.end,
            y,
            SUMS,
            x.len(),
        );
    }
}

/// # Safety
///
/// As [`Rows`].
#[inline]
unsafe fn hidden<B>(
    rows: Rows<B>,
    blocks: &[B],
    bias: &[[i32; 4]],
    rectifier: Rectifier,
    x: &[Quad],
    y: &mut [MaybeUninit<Quad>],
) {
    let (x_range, biases) = (x.as_ptr_range(), bias.as_ptr_range());
    let y = y.as_mut_ptr().cast();
    let Rectifier { shift, slope } = rectifier;
    let mut control = slope << 8 | shift as i32;
    if cfg!(feature = "blob") {
        // Constants in the program were checked by the compiler. Those of a blob may be any, and must not read as `SUMS`, which
        // takes twice the room.
        control &= i32::MAX;
    }
    // SAFETY: the caller's.
    unsafe {
        rows(
            blocks.as_ptr(),
            x_range.start,
            x_range.end,
            biases.start,
            biases.end,
            y,
            control,
            x.len(),
        );
    }
}

/// # Safety
///
/// There is a block, and room for a quad for each.
pub(super) unsafe fn first8(blocks: &[Block8], x: Quad, shift: u32, y: &mut [MaybeUninit<Quad>]) {
    // SAFETY: the caller's.
    unsafe { first(panels8, blocks, x, shift, y) };
}

/// # Safety
///
/// As [`first8`].
pub(super) unsafe fn first16(blocks: &[Block16], x: Quad, shift: u32, y: &mut [MaybeUninit<Quad>]) {
    // SAFETY: the caller's.
    unsafe { first(panels16, blocks, x, shift, y) };
}

/// # Safety
///
/// As [`first8`].
#[inline]
unsafe fn first<B>(
    panels: First<B>,
    blocks: &[B],
    Quad([odd, even]): Quad,
    shift: u32,
    y: &mut [MaybeUninit<Quad>],
) {
    let blocks = blocks.as_ptr_range();
    // SAFETY: the caller's.
    unsafe {
        panels(
            blocks.start,
            blocks.end,
            y.as_mut_ptr().cast(),
            odd,
            even,
            shift,
        );
    }
}
