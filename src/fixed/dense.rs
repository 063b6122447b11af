//! Layers of a conditioner.

use super::{Quad, Rectifier, Storage, kernel};
use crate::{Conditioner, Then};
use core::mem::MaybeUninit;

/// `W x + b`: `4 G` activations of 16 bits to `4 P` sums of 32 bits.
///
/// `S` is how weights are stored, [`I8`](super::I8) or [`I16`](super::I16). Sizes are in fours; where a network's are no
/// multiples, the generator fills up with zeros. A [`Hidden`] layer is one with a [`Rectifier`], a [`Linear`] layer one with
/// a shift for each row; the generator writes both.
///
/// ```
/// use nice_flow::fixed::{Dense, I8};
///
/// // Four activations to four sums, all weights zero.
/// static DENSE: Dense<I8, 1, 1> = Dense::new([[[0; 4]]], [[100, 200, 300, 400]]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Dense<S: Storage, const G: usize, const P: usize> {
    blocks: [[S::Block; G]; P],
    bias: [[i32; 4]; P],
}

impl<S: Storage, const G: usize, const P: usize> Dense<S, G, P> {
    /// `blocks[p][g]` holds the weights of rows `4 p ..` and columns `4 g ..`, `bias[p]` the biases of rows `4 p ..`.
    ///
    /// Add `1 << (shift − 1)` to each bias, `shift` that of its row: then `sum >> shift` rounds to the nearest.
    pub const fn new(blocks: [[S::Block; G]; P], bias: [[i32; 4]; P]) -> Self {
        assert!(G > 0 && P > 0, "a layer has inputs and outputs");
        Self { blocks, bias }
    }
}

/// A hidden layer, `rectifier(W x + b)`: `4 G` activations in, `4 P` out.
///
/// With what follows it, a tuple `(hidden, rest)` is a [`Conditioner`]: nested, a perceptron whose widths differ.
///
/// ```
/// use nice_flow::{Conditioner, fixed::{Dense, Hidden, I8, Linear, Quad, Rectifier}};
///
/// static TAPERED: (Hidden<I8, 1, 2>, Linear<I8, 2, 1>) = (
///     Hidden::new(Dense::new([[[0; 4]]; 2], [[640; 4]; 2]), Rectifier::relu(7)),
///     Linear::new(Dense::new([[[0x100; 4]; 2]], [[0; 4]]), [[8; 4]]),
/// );
/// // Hidden activations: 640 >> 7 = 5 each. A weight of 1, in the byte of column 1 of each block: 5 + 5.
/// assert_eq!(TAPERED.eval(&[Quad::ZERO]), [[10; 4]]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Hidden<S: Storage, const G: usize, const P: usize> {
    dense: Dense<S, G, P>,
    rectifier: Rectifier,
}

impl<S: Storage, const G: usize, const P: usize> Hidden<S, G, P> {
    /// `rectifier(dense(x))`.
    pub const fn new(dense: Dense<S, G, P>, rectifier: Rectifier) -> Self {
        Self { dense, rectifier }
    }

    /// Writes `y`.
    #[inline]
    pub(super) fn write<'y>(
        &self,
        x: &[Quad; G],
        y: &'y mut [MaybeUninit<Quad>; P],
    ) -> &'y mut [Quad; P] {
        let Dense { blocks, bias } = &self.dense;
        S::hidden(blocks.as_flattened(), bias, self.rectifier, x, y)
    }

    /// Overwrites `y`.
    #[inline]
    pub(super) fn overwrite(&self, x: &[Quad; G], y: &mut [Quad; P]) {
        let Dense { blocks, bias } = &self.dense;
        S::hidden_again(blocks.as_flattened(), bias, self.rectifier, x, y);
    }
}

/// The last layer, `(W x + b) >> shift`, a shift for each row: `4 G` activations to `4 P` numbers in bits of the state.
///
/// By itself, a linear [`Conditioner`].
///
/// ```
/// use nice_flow::{Conditioner, fixed::{Dense, I8, Linear, Quad}};
///
/// static BIASES: Linear<I8, 1, 1> =
///     Linear::new(Dense::new([[[0; 4]]], [[100, 200, 300, 400]]), [[1, 2, 3, 4]]);
/// assert_eq!(BIASES.eval(&[Quad::ZERO]), [[50, 50, 37, 25]]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Linear<S: Storage, const G: usize, const P: usize> {
    dense: Dense<S, G, P>,
    shifts: [[u8; 4]; P],
}

impl<S: Storage, const G: usize, const P: usize> Linear<S, G, P> {
    /// `shifts[p]` holds the shifts of rows `4 p ..`.
    ///
    /// # Panics
    ///
    /// If a shift is above 31.
    pub const fn new(dense: Dense<S, G, P>, shifts: [[u8; 4]; P]) -> Self {
        let mut row = 0;
        while row < 4 * P {
            assert!(shifts[row / 4][row % 4] <= 31, "a shift of at most 31");
            row += 1;
        }
        Self { dense, shifts }
    }

    /// Overwrites `y`.
    #[inline]
    fn overwrite(&self, x: &[Quad; G], y: &mut [[i32; 4]; P]) {
        let Dense { blocks, bias } = &self.dense;
        S::affine(blocks.as_flattened(), bias, x, y);
        self.shift(y);
    }

    #[inline]
    fn shift(&self, y: &mut [[i32; 4]; P]) {
        let shifts = self.shifts.as_flattened();
        for (y, shift) in y.as_flattened_mut().iter_mut().zip(shifts) {
            *y = y.wrapping_shr(u32::from(*shift));
        }
    }
}

impl<S: Storage, const G: usize, const P: usize> Conditioner for Linear<S, G, P> {
    type Input = [Quad; G];
    type Output = [[i32; 4]; P];

    #[inline]
    fn eval(&self, x: &Self::Input) -> Self::Output {
        // Zeros take less time than a copy of the sums from a buffer without.
        let mut y = [[0; 4]; P];
        self.overwrite(x, &mut y);
        y
    }
}

/// A hidden layer and what follows it.
impl<S, C, const G: usize, const P: usize> Conditioner for (Hidden<S, G, P>, C)
where
    S: Storage,
    C: Conditioner<Input = [Quad; P]>,
{
    type Input = [Quad; G];
    type Output = C::Output;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = kernel::buffer();
        self.1.eval(self.0.write(x, &mut h))
    }
}

/// As a pair.
impl<S, C, const G: usize, const P: usize> Conditioner for Then<Hidden<S, G, P>, C>
where
    S: Storage,
    C: Conditioner<Input = [Quad; P]>,
{
    type Input = [Quad; G];
    type Output = C::Output;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = kernel::buffer();
        self.1.eval(self.0.write(x, &mut h))
    }
}
