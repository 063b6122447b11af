//! What the kernels do with each storage of weights.

use super::Activation;
use super::kernel;
use super::words::{I8, I16, Quad};
use core::fmt::Debug;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::I8 {}
    impl Sealed for super::I16 {}
}

/// Storage of four rows by four columns of weights, [`I8`] or [`I16`]; sealed.
pub trait Block: sealed::Sealed + Copy + Debug + 'static {
    /// See [`kernel::affine8`].
    fn affine(blocks: &[Self], bias: &[[i32; 4]], x: &[Quad], sums: &mut [[i32; 4]]);

    /// See [`kernel::hidden8`].
    fn hidden(
        blocks: &[Self],
        bias: &[[i32; 4]],
        activation: Activation,
        x: &[Quad],
        y: &mut [Quad],
    );
}

impl Block for I8 {
    #[inline]
    fn affine(blocks: &[Self], bias: &[[i32; 4]], x: &[Quad], sums: &mut [[i32; 4]]) {
        kernel::affine8(blocks, bias, x, sums);
    }

    #[inline]
    fn hidden(
        blocks: &[Self],
        bias: &[[i32; 4]],
        activation: Activation,
        x: &[Quad],
        y: &mut [Quad],
    ) {
        kernel::hidden8(blocks, bias, activation, x, y);
    }
}

impl Block for I16 {
    #[inline]
    fn affine(blocks: &[Self], bias: &[[i32; 4]], x: &[Quad], sums: &mut [[i32; 4]]) {
        kernel::affine16(blocks, bias, x, sums);
    }

    #[inline]
    fn hidden(
        blocks: &[Self],
        bias: &[[i32; 4]],
        activation: Activation,
        x: &[Quad],
        y: &mut [Quad],
    ) {
        kernel::hidden16(blocks, bias, activation, x, y);
    }
}
