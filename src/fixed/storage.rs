//! What the kernels do with each storage of weights.

use super::words::{Block8, Block16, I8, I16, Quad};
use super::{Rectifier, kernel};
use core::fmt::Debug;
use core::mem::MaybeUninit;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::I8 {}
    impl Sealed for super::I16 {}
}

/// How the weights of a layer are stored: [`I8`] or [`I16`]. Sealed.
///
/// ```
/// use nice_flow::fixed::{I16, Mlp, Storage};
///
/// /// A network of one shape, in either storage.
/// type Net<S> = Mlp<S, 2, 4, 2, 0>;
/// fn takes_either<S: Storage>(_: &Net<S>) {}
/// let _ = takes_either::<I16>;
/// ```
pub trait Storage: sealed::Sealed + Debug + 'static {
    /// Four rows by four columns of weights: an array of words, whose meaning may change in any version.
    #[doc(hidden)]
    type Block: Block;

    /// See [`kernel::affine8`].
    #[doc(hidden)]
    fn affine(blocks: &[Self::Block], bias: &[[i32; 4]], x: &[Quad], sums: &mut [[i32; 4]]);

    /// See [`kernel::new_hidden8`].
    #[doc(hidden)]
    fn hidden<'y, const P: usize>(
        blocks: &[Self::Block],
        bias: &[[i32; 4]],
        rectifier: Rectifier,
        x: &[Quad],
        y: &'y mut [MaybeUninit<Quad>; P],
    ) -> &'y mut [Quad; P];

    /// See [`kernel::first8`].
    #[doc(hidden)]
    fn first<'y, const P: usize>(
        blocks: &[Self::Block; P],
        x: Quad,
        shift: u32,
        y: &'y mut [MaybeUninit<Quad>; P],
    ) -> &'y mut [Quad; P];

    /// See [`kernel::Few`].
    #[cfg(core = "v6m")]
    #[doc(hidden)]
    const FEW: kernel::Few<Self::Block>;

    /// See [`kernel::hidden8`].
    #[doc(hidden)]
    fn hidden_again(
        blocks: &[Self::Block],
        bias: &[[i32; 4]],
        rectifier: Rectifier,
        x: &[Quad],
        y: &mut [Quad],
    );
}

/// What every block can do.
#[cfg(not(feature = "defmt"))]
#[doc(hidden)]
pub trait Block: Copy + Debug + 'static {}

/// What every block can do.
#[cfg(feature = "defmt")]
#[doc(hidden)]
pub trait Block: Copy + Debug + defmt::Format + 'static {}

impl Block for Block8 {}
impl Block for Block16 {}

impl Storage for I8 {
    type Block = Block8;

    #[cfg(core = "v6m")]
    const FEW: kernel::Few<Block8> = kernel::few8;

    #[inline]
    fn affine(blocks: &[Block8], bias: &[[i32; 4]], x: &[Quad], sums: &mut [[i32; 4]]) {
        kernel::affine8(blocks, bias, x, sums);
    }

    #[inline]
    fn hidden<'y, const P: usize>(
        blocks: &[Block8],
        bias: &[[i32; 4]],
        rectifier: Rectifier,
        x: &[Quad],
        y: &'y mut [MaybeUninit<Quad>; P],
    ) -> &'y mut [Quad; P] {
        kernel::new_hidden8(blocks, bias, rectifier, x, y)
    }

    #[inline]
    fn first<'y, const P: usize>(
        blocks: &[Block8; P],
        x: Quad,
        shift: u32,
        y: &'y mut [MaybeUninit<Quad>; P],
    ) -> &'y mut [Quad; P] {
        kernel::first8(blocks, x, shift, y)
    }

    #[inline]
    fn hidden_again(
        blocks: &[Block8],
        bias: &[[i32; 4]],
        rectifier: Rectifier,
        x: &[Quad],
        y: &mut [Quad],
    ) {
        kernel::hidden8(blocks, bias, rectifier, x, y);
    }
}

impl Storage for I16 {
    type Block = Block16;

    #[cfg(core = "v6m")]
    const FEW: kernel::Few<Block16> = kernel::few16;

    #[inline]
    fn affine(blocks: &[Block16], bias: &[[i32; 4]], x: &[Quad], sums: &mut [[i32; 4]]) {
        kernel::affine16(blocks, bias, x, sums);
    }

    #[inline]
    fn hidden<'y, const P: usize>(
        blocks: &[Block16],
        bias: &[[i32; 4]],
        rectifier: Rectifier,
        x: &[Quad],
        y: &'y mut [MaybeUninit<Quad>; P],
    ) -> &'y mut [Quad; P] {
        kernel::new_hidden16(blocks, bias, rectifier, x, y)
    }

    #[inline]
    fn first<'y, const P: usize>(
        blocks: &[Block16; P],
        x: Quad,
        shift: u32,
        y: &'y mut [MaybeUninit<Quad>; P],
    ) -> &'y mut [Quad; P] {
        kernel::first16(blocks, x, shift, y)
    }

    #[inline]
    fn hidden_again(
        blocks: &[Block16],
        bias: &[[i32; 4]],
        rectifier: Rectifier,
        x: &[Quad],
        y: &mut [Quad],
    ) {
        kernel::hidden16(blocks, bias, rectifier, x, y);
    }
}
