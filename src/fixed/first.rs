//! First layers that store their biases as weights.
// The call of a kernel that relies on how layers stand in memory.
#![cfg_attr(core = "v6m", allow(unsafe_code))]

#[cfg(core = "v6m")]
use super::{Fixed, Narrowing};
use super::{Function, Hidden, Linear, Mlp, Quad, Smooth, Storage, kernel};
use crate::{Conditioner, Then};
use core::mem::MaybeUninit;
#[cfg(core = "v6m")]
use nalgebra::SVector;

/// The first hidden layer of a network of one to three inputs, `max(0, W [x, c] >> shift)`: three activations in, `4 P` out.
///
/// Weights stand in fours, and a network of three inputs leaves the fourth column free. Here it holds the biases, as weights of
/// a constant activation `c`: four bytes less for each row than in a [`Hidden`](super::Hidden) layer, and fewer
/// instructions. A bias then has the precision of a weight, so the generator does this only in models that say so.
///
/// With what follows it, a pair [`Then(first, rest)`](Then) is a [`Conditioner`]. Outputs are clamped as those of a `Hidden` layer
/// are: to 8191 after weights of 8 bits, to 32767 after those of 16.
///
/// ```
/// use nice_flow::{Conditioner, Then, fixed::{Dense, First, I8, Linear, Quad}};
///
/// // A byte in column 3 is worth 256: 5 · 256 · c >> 16 = 5, where c is 256.
/// static NET: Then<First<I8, 1>, Linear<I8, 1, 1>> = Then(
///     First::new([[5 << 24; 4]], 256, 16),
///     Linear::new(Dense::new([[[1; 4]]], [[0; 4]]), [[8; 4]]),
/// );
/// assert_eq!(NET.eval(&[Quad::ZERO]), [[5; 4]]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct First<S: Storage, const P: usize> {
    blocks: [S::Block; P],
    constant: i16,
    shift: u8,
}

impl<S: Storage, const P: usize> First<S, P> {
    /// `blocks[p]` holds the weights of rows `4 p ..`: columns 0 to 2 those of the inputs, column 3 those of `constant`. Half of the
    /// unit that `shift` keeps is part of the biases.
    ///
    /// # Panics
    ///
    /// If there is no row, `constant` is below zero, or `shift` not in `1..=31`.
    pub const fn new(blocks: [S::Block; P], constant: i16, shift: u8) -> Self {
        assert!(P > 0, "a layer has outputs");
        assert!(constant >= 0, "a constant not below zero");
        assert!(1 <= shift && shift <= 31, "a shift of 1 to 31");
        Self {
            blocks,
            constant,
            shift,
        }
    }

    /// Writes `y`.
    #[inline]
    fn write<'y>(&self, x: Quad, y: &'y mut [MaybeUninit<Quad>; P]) -> &'y mut [Quad; P] {
        S::first(&self.blocks, self.with_constant(x), self.shift.into(), y)
    }

    /// The activations, of which the fourth is the constant.
    #[inline]
    fn with_constant(&self, Quad([odd, even]): Quad) -> Quad {
        Quad([odd & 0xffff | (self.constant as u32) << 16, even])
    }
}

/// What can follow a first layer of `4 P` outputs: a [`Linear`] layer, a perceptron, or a [`Hidden`] or [`Smooth`] layer
/// and what follows that. Sealed.
pub trait Rest<S: Storage, const P: usize>:
    Conditioner<Input = [Quad; P]> + sealed::Sealed
{
    /// See [`Conditioner::add_narrowed`].
    #[cfg(core = "v6m")]
    #[doc(hidden)]
    #[inline(always)]
    fn add_narrowed_behind<const FRAC: u32, const IN: usize, const OUT: usize>(
        network: &Then<First<S, P>, Self>,
        narrowing: &Narrowing,
        u: &SVector<Fixed<FRAC>, IN>,
        y: &mut SVector<Fixed<FRAC>, OUT>,
    ) -> bool
    where
        Self: Sized,
    {
        let _ = (network, narrowing, u, y);
        false
    }
}

mod sealed {
    pub trait Sealed {}
}

impl<S: Storage, const G: usize, const P: usize> sealed::Sealed for Linear<S, G, P> {}
impl<S: Storage, C, const G: usize, const P: usize> sealed::Sealed for (Hidden<S, G, P>, C) {}
impl<S: Storage, C, const G: usize, const P: usize> sealed::Sealed for Then<Hidden<S, G, P>, C> {}

impl<S, F, C, const G: usize, const P: usize> sealed::Sealed for Then<Smooth<S, G, P, F>, C>
where
    S: Storage,
    F: Function,
{
}
impl<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize> sealed::Sealed
    for Mlp<S, G, H, P, N>
{
}

impl<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize> Rest<S, G>
    for Mlp<S, G, H, P, N>
{
}
impl<S, F, C, const G: usize, const P: usize> Rest<S, G> for Then<Smooth<S, G, P, F>, C>
where
    S: Storage,
    F: Function,
    C: Conditioner<Input = [Quad; P]>,
{
}
impl<S: Storage, C, const G: usize, const P: usize> Rest<S, G> for (Hidden<S, G, P>, C) where
    C: Conditioner<Input = [Quad; P]>
{
}
impl<S: Storage, C, const G: usize, const P: usize> Rest<S, G> for Then<Hidden<S, G, P>, C> where
    C: Conditioner<Input = [Quad; P]>
{
}

impl<S: Storage, const G: usize, const P: usize> Rest<S, G> for Linear<S, G, P> {
    #[cfg(core = "v6m")]
    #[inline]
    fn add_narrowed_behind<const FRAC: u32, const IN: usize, const OUT: usize>(
        network: &Then<First<S, G>, Self>,
        narrowing: &Narrowing,
        u: &SVector<Fixed<FRAC>, IN>,
        y: &mut SVector<Fixed<FRAC>, OUT>,
    ) -> bool {
        let first = core::ptr::from_ref(network).cast();
        let last = (&raw const network.1).cast();
        G > 0
            && P == 1
            && kernel::in_threes(u, y, |u, y| {
                // SAFETY: there is a block, and there are four outputs. Both layers and all parts of them are `repr(C)`. A `Fixed` is an
                // `i32`, `repr(transparent)`.
                unsafe {
                    S::FEW(
                        first,
                        last,
                        narrowing,
                        u.as_ptr().cast(),
                        y.as_mut_ptr().cast(),
                    )
                };
            })
    }
}

/// A first layer and what follows it.
impl<S, C, const P: usize> Conditioner for Then<First<S, P>, C>
where
    S: Storage,
    C: Rest<S, P>,
{
    type Input = [Quad; 1];
    type Output = C::Output;

    #[inline]
    fn eval(&self, [x]: &Self::Input) -> Self::Output {
        let mut h = kernel::buffer();
        self.1.eval(self.0.write(*x, &mut h))
    }

    #[cfg(core = "v6m")]
    #[inline]
    fn add_narrowed<const FRAC: u32, const IN: usize, const OUT: usize>(
        &self,
        narrowing: &Narrowing,
        u: &SVector<Fixed<FRAC>, IN>,
        y: &mut SVector<Fixed<FRAC>, OUT>,
    ) -> bool {
        C::add_narrowed_behind(self, narrowing, u, y)
    }
}
